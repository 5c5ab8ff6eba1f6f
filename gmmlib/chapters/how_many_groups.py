"""Chapter 9: how many groups, of which shape, and how hard the labels."""

from functools import lru_cache

import numpy as np

from gmmlib.datasets import (
    GENRES,
    old_faithful,
    rows,
    streaming_viewers,
    table,
    three_groups,
    two_strips,
    viewer_features,
)
from gmmlib.em import em
from gmmlib.gaussians import COVARIANCE_TYPES, GaussianMixture
from gmmlib.selection import agreement, from_labels, kmeans, soft_kmeans
from gmmlib.show import marks
from gmmlib.show.controls import choice, slider
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number
from gmmlib.show.palette import COLOURS, FAINT, HATCHES, INK, MARKERS, RED
from gmmlib.starts import best_of

MOST = len(COLOURS)  # components that a picture can tell apart
KS = np.arange(1, MOST + 1)
STARTS = 5
DOUBT = 0.95  # a point is in doubt while no component has this much of it
SCORES = {  # how each is drawn
    "fitted": {"lw": 3},
    "held out": {"lw": 3, "ls": "--"},
    "AIC": {"lw": 1.5, "ls": "-."},
    "BIC": {"lw": 1.5, "ls": ":"},
    "fresh": {"lw": 3, "ls": "--"},
}
FOUR = ("fitted", "held out", "AIC", "BIC")


def fifths(r):
    """Return r in fifths: the eye sees no difference, and a picture stays small."""
    return np.round(5 * r) / 5


def clouded(ax, x, model, size=12):
    """Draw points (N, 2), mixed by r, under ellipses of two standard deviations."""
    r = fifths(model.responsibilities(x))
    marks.groups(ax, x, model, r, [2], size, mean=11, antialiaseds=False)


# How many?


@lru_cache(maxsize=8)
def scored(name, kind):
    """Return the best mixture of each K, and four scores of them in nats a point."""
    x = three_groups(300, 0)[0] if name == "three" else old_faithful()
    models = [best_of(x, K, STARTS, covariance_type=kind).model for K in KS]
    scores = {
        "fitted": [m.log_likelihood(x) / len(x) for m in models],
        "held out": rows(table("held_out_over_k"), data=name, type=kind)["nats"],
        "AIC": [-m.aic(x) / (2 * len(x)) for m in models],
        "BIC": [-m.bic(x) / (2 * len(x)) for m in models],
    }
    return x, models, {name: np.array(values) for name, values in scores.items()}


def best_up_to(K, scores):
    """Return the sentence that says which of the first K each score likes best."""
    unseen, aic, bic = (
        1 + scores[name][:K].argmax() for name in ("held out", "AIC", "BIC")
    )
    return f"Up to here held out is best at K = {unseen}, AIC at {aic}, BIC at {bic}."


def criteria_over_k() -> Live:
    """Choose K; see what the fit gains, on its own points and on those held out."""
    with look():
        fig = figure(9, 3.8)
        plane, over = fig.subplots(1, 2, width_ratios=(1, 1.25))
        plane.set_title("the groups at this K")
        k_axes(over, "nats a point: higher is better", FOUR)

    def show(name, kind, K):
        x, models, scores = scored(name, kind)
        marks.around(plane, x)
        clouded(plane, x, models[K - 1])
        over.set_ylim(*_where_they_part(scores))
        low, high = over.get_ylim()
        top = np.clip(scores["fitted"][K - 1], low, high)  # below the legend
        marks.curve(over, [K, K], [low, top], color=FAINT, lw=1)
        score_curves(over, scores, K)  # what lies beyond, the reader has yet to see
        star_on(over, K, scores["held out"])
        score = number(scores["held out"][K - 1])
        said = f"K = {K}, {kind}: points held out score {score} each. "
        return said + best_up_to(K, scores)

    return Live(
        fig,
        show,
        name=choice(
            "data", [("three groups, N = 300", "three"), ("Old Faithful", "geyser")]
        ),
        kind=choice("covariances", COVARIANCE_TYPES),
        K=slider("K", 1, 1, MOST, 1),
        strip=({"K": 2},),  # a prediction of the rest stands above it
    )


def scores_over_k():
    """Return a picture: four scores of the 300 points, over every K."""
    with look():
        fig = figure(6.5, 3.2)
        ax = fig.subplots()
        k_axes(ax, "nats a point: higher is better", FOUR)
        *_, scores = scored("three", "full")
        ax.set_ylim(*_where_they_part(scores))
        score_curves(ax, scores)
        return Picture(fig, best_up_to(MOST, scores))


def _where_they_part(scores):
    """Return limits that show how the scores part; far too small K lie below."""
    top, unseen = scores["fitted"].max(), sorted(scores["held out"])
    gap = top - unseen[-1]
    return min(unseen[-1] - 2 * gap, unseen[-3] - 0.2 * gap), top + 0.3 * gap


def k_axes(ax, title, names):
    """Prepare axes for scores over K, and say which line is which."""
    for name in names:
        marks.curve(ax, [], [], label=name, **SCORES[name])
    ax.legend(loc="upper left", handlelength=3)
    ax.set(xlim=(0.7, MOST + 0.3), xlabel="K", title=title)
    ax.set_xticks(KS)
    ax.grid(axis="y", color=marks.GRID)


def score_curves(ax, scores, K=MOST):
    """Draw each score (MOST,) over the numbers of groups up to K."""
    for name, values in scores.items():
        marks.curve(ax, KS[:K], values[:K], marker=".", ms=8, **SCORES[name])


def star_on(ax, K, values):
    """Put the star on a score at K, and a handle; an arrow where it lies below."""
    low, high = ax.get_ylim()
    foot = low + 0.05 * (high - low)
    y = max(values[K - 1], foot)
    marks.here(ax, K, y, None if values[K - 1] > low else "below")
    marks.handle(ax, K, y, across="K")


def fitted_against_fresh() -> Live:
    """Fit few points with more and more groups; then show the mixture fresh points."""
    fresh, _ = three_groups(2000, 1000)

    @lru_cache(maxsize=64)
    def fits(n, draw):
        x, _ = three_groups(n, draw)
        models = [
            best_of(x, K, 4, max_iter=500, covariance_floor=4.0).model for K in KS
        ]
        learned, unseen = (
            np.array([m.log_likelihood(points) / len(points) for m in models])
            for points in (x, fresh)
        )
        return x, models, {"fitted": learned, "fresh": unseen}

    with look():
        fig = figure(9, 3.6)
        plane, over = fig.subplots(1, 2, width_ratios=(1, 1.25))
        plane.plot(*fresh[:200].T, "x", color="#BBBBBB", ms=4)
        marks.around(plane, fresh[:200])
        plane.set_title("fitted, and × fresh")
        k_axes(over, "nats a point", ("fitted", "fresh"))
        over.set_ylim(-10.4, -7.4)

    def show(n, draw, K):
        x, models, scores = fits(n, draw)
        learned, unseen = scores.values()
        clouded(plane, x, models[K - 1], size=26)
        score_curves(over, scores)
        star_on(over, K, unseen)
        return (
            f"K = {K}: the {n} fitted points score {number(learned[K - 1])} each, "
            f"fresh ones {number(unseen[K - 1])} (best at K = {1 + unseen.argmax()})"
        )

    return Live(
        fig,
        show,
        n=choice("points to fit", [("40", 40), ("80", 80), ("320", 320)]),
        draw=slider("draw of the points", 0, 0, 9, 1),
        K=slider("K", 1, 1, MOST, 1),
        strip=({"K": 6},),
    )


def four_covariance_types() -> Live:
    """Choose K; see the same eruptions under four kinds of covariance."""
    x = old_faithful()

    @lru_cache(maxsize=16)
    def fits(K):
        return {
            kind: best_of(x, K, STARTS, covariance_type=kind).model
            for kind in COVARIANCE_TYPES
        }

    with look():
        fig = figure(9, 3.2)
        panels = dict(zip(COVARIANCE_TYPES, fig.subplots(1, 4), strict=True))
        for kind, ax in panels.items():
            marks.around(ax, x)
            ax.set_title(f"{kind}\n ")  # keeps room for a second line
        first, *others = panels.values()
        first.set(xlabel="eruption, min", ylabel="waiting, min")
        for ax in others:
            ax.set(xticklabels=(), yticklabels=())

    def show(K):
        bics = {kind: model.bic(x) for kind, model in fits(K).items()}
        least = min(bics, key=bics.get)
        for kind, model in fits(K).items():
            clouded(panels[kind], x, model, size=8)
            words = f"{'least ' * (kind == least)}BIC {bics[kind]:.1f}"
            style = {"weight": "bold" if kind == least else "normal", "va": "bottom"}
            marks.word(
                panels[kind],
                0.5,
                1.03,
                words,
                transform=panels[kind].transAxes,
                **style,
            )
        p = ", ".join(f"{kind} {model.n_parameters}" for kind, model in fits(K).items())
        return (
            f"K = {K}: {least} has the least BIC, {bics[least]:.1f}. Parameters: {p}."
        )

    return Live(
        fig,
        show,
        K=slider("K", 2, 1, 5, 1),
        strip=({"K": 2}, {"K": 3}),
    )


# Hard or soft?


def soft_to_hard() -> Live:
    """Shrink the spread of equal round components; EM turns into K-means."""
    x, _ = three_groups(300, 0)
    centres, _ = kmeans(x, 3)
    spreads = np.arange(1.0, 31)
    models = [soft_kmeans(x, centres, s) for s in spreads]
    doubt = [100 * (m.responsibilities(x).max(axis=1) < DOUBT).mean() for m in models]
    away = [np.linalg.norm(m.means - centres, axis=1).mean() for m in models]
    with look():
        fig = figure(9, 3.6)
        plane, over = fig.subplots(1, 2, width_ratios=(1.35, 1))
        plane.plot(*centres.T, "x", color=INK, ms=22, mew=3, zorder=5)
        marks.around(plane, x)
        plane.set(aspect="equal", title="means; × K-means")
        marks.curve(over, spreads, doubt)
        over.set(xlim=(-1, 32), ylim=(-6, 108), xlabel="spread σ")
        over.set_yticks((0, 50, 100), ("0", "50%", "100%"))
        over.grid(axis="y", color=marks.GRID)
        over.set_title("points in doubt")

    def show(spread):
        i = int(abs(spreads - spread).argmin())
        clouded(plane, x, models[i])
        marks.here(over, spreads[i], doubt[i])
        marks.handle(over, spreads[i], doubt[i], across="spread")
        return (
            f"At σ = {spread:.0f}, {doubt[i]:.0f}% of the points are in doubt, and the "
            f"means lie {number(away[i])} from K-means'"
        )

    return Live(
        fig,
        show,
        spread=slider("spread σ", 20.0, 1.0, 30.0, 1.0),
        strip=({}, {"spread": 2.0}),
    )


def long_thin_groups() -> Live:
    """Make two groups longer; see where K-means cuts, and what a mixture finds."""

    @lru_cache(maxsize=64)
    def fits(length, draw, start):
        x, z = two_strips(length, 400, draw)
        centres, labels = kmeans(x, 2, starts=5)
        if start == "kmeans":
            begin = from_labels(x, labels)
        else:
            begin = GaussianMixture.from_points(x, 2, rng=0)
        model = em(begin, x, progress=False).model
        soft = model.responsibilities(x)
        right = agreement(labels, z), agreement(soft.argmax(axis=1), z)
        return x, labels, centres, model, right

    with look():
        fig = figure(9, 3.3)
        cut, soft = fig.subplots(1, 2, sharey=True)
        cut.set(xlim=(-12, 12), ylim=(-2.2, 5.2), title="labels of K-means")
        soft.set(xlim=(-12, 12), title="labels of the mixture")

    def show(length, draw, start):
        x, labels, centres, model, right = fits(length, draw, start)
        for k, centre in enumerate(centres):
            style = {"color": COLOURS[k], "ms": 4, "mew": 0, "aa": False}
            cut.plot(*x[labels == k].T, MARKERS[k], **style)
            cut.plot(*centre, "X", color=COLOURS[k], mec=INK, mew=1.4, ms=15)
        clouded(soft, x, model)
        marks.curve(cut, [0, 2 * length], [-1.8, -1.8], color=FAINT, lw=1)
        by_two = ("length", lambda v: v / 2)  # two standard deviations
        marks.handle(cut, 2 * length, -1.8, across=by_two, ms=11)
        hard_right, soft_right = right
        return (
            f"At length {length:.2f}, K-means labels {100 * hard_right:.0f}% rightly, "
            f"the mixture {100 * soft_right:.0f}% "
            f"(ℓ {number(model.log_likelihood(x), 1)})"
        )

    return Live(
        fig,
        show,
        length=slider("length (sd along)", 1.0, 0.5, 4.0, 0.25),
        draw=slider("draw of the points", 0, 0, 29, 1),
        start=choice(
            "the mixture starts from",
            [("far-apart points", "points"), ("K-means' labels", "kmeans")],
        ),
        strip=({"length": 1.0}, {"length": 3.0}),
    )


def one_account() -> Live:
    """Choose a viewer's age and hours; see the segments it may belong to."""
    viewers, _ = streaming_viewers()
    x = viewer_features(viewers)
    full = best_of(x, 4, 4).model
    order = np.argsort(full.means[:, 0], kind="stable")  # by age, so that names stay
    w, m, S = (a[order] for a in (full.weights, full.means, full.covariances))
    model = GaussianMixture(w, m[:, :2], S[:, :2, :2])
    r = GaussianMixture(w, m, S).responsibilities(x)
    genres = r.T @ viewers[:, 2:] / r.sum(axis=0)[:, None]
    G, K = len(GENRES), model.K
    with look():
        fig = figure(9, 3.6)
        plane, whose, advice = fig.subplots(1, 3, width_ratios=(1.5, 0.9, 0.9))
        some = slice(0, 300)  # enough to see, few enough to store
        colours = fifths(r[some])
        marks.cloud(plane, x[some, :2], colours, size=9, antialiaseds=False)
        marks.ellipses(plane, model.means, model.covariances, [2])
        marks.centres(plane, model.means, size=17)
        for k, mean in enumerate(model.means):
            marks.word(plane, *mean, k + 1, "white", zorder=5)
        hours = np.array([1, 3, 10, 30])
        plane.set_yticks(np.log(hours), [str(h) for h in hours])
        plane.set(xlabel="age", ylabel="hours a week", title="accounts")
        plane.set(xlim=(12, 84), ylim=(-1.1, 4.1))
        whose.set(xlim=(0, 1.02), ylim=(K - 0.4, -0.6), title="segment?")
        whose.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        names = [f"{k + 1} {marks.SYMBOLS[k]}" for k in range(K)]
        whose.set_yticks(range(K), names)
        advice.set(xlim=(0, 0.6), ylim=(G - 0.4, -0.6), title="soft ▬, hard ┃")
        advice.set_xticks((0, 0.3, 0.6), ("0", ".3", ".6"))
        advice.set_yticks(range(G), GENRES)

    def show(age, hours):
        mine = model.responsibilities([[age, np.log(hours)]])[0]
        soft, hard = mine @ genres, genres[mine.argmax()]
        marks.here(plane, age, np.log(hours), ms=20)
        marks.handle(plane, age, np.log(hours), "age", ("hours", np.exp), ms=24)
        for k, share in enumerate(mine):
            style = {"facecolor": COLOURS[k], "hatch": HATCHES[k]}
            style |= {"edgecolor": "white", "linewidth": 0}
            marks.bars(whose, [k], share, across=True, **style)
        marks.bars(advice, range(G), soft, width=0.7, across=True, color=FAINT)
        ends = np.array([[(h, g - 0.4), (h, g + 0.4)] for g, h in enumerate(hard)])
        marks.segments(advice, ends, color=RED, lw=4)
        shares, top = " ".join(number(share) for share in mine), int(soft.argmax())
        return (
            f"Age {age}, {hours:.1f} hours: the segments get {shares}; {GENRES[top]} "
            f"leads with {number(soft[top])}, by one label {number(hard[top])}"
        )

    return Live(
        fig,
        show,
        age=slider("age", 32, 16, 80, 1),
        hours=slider("hours a week", 11.0, 0.5, 40.0, 0.5),
        strip=({}, {"age": 48, "hours": 6.0}),
    )


# Pictures that stand still.


def two_answers(x, two, three):
    """Return a picture: Old Faithful under two free shapes, and three of one shape."""
    with look():
        fig = figure(7.6, 3)
        axes, said = fig.subplots(1, 2, sharey=True), []
        for ax, model, shape in zip(
            axes, (two, three), ("of free shapes", "of one shape"), strict=True
        ):
            marks.around(ax, x)
            clouded(ax, x, model)
            ax.set(xlabel="length of the eruption, min", ylim=(38, 110))
            ax.set_title(f"K = {model.K}, {shape}: BIC {model.bic(x):.1f}")
            shares = [number(weight) for weight in model.weights]
            for k, mean in enumerate(model.means):
                marks.beside(ax, *mean, shares[k], shift=(0, -58 if k % 2 else 46))
            shares = ", ".join(sorted(shares))
            said.append(f"{model.K} {shape}: shares {shares}, BIC {model.bic(x):.1f}")
        axes[0].set(ylabel="waiting for the next, min")
        return Picture(fig, "; ".join(said))


def leads_of_twins(leads, observed):
    """Return a picture: how far three shapes lead in twins drawn from each rival."""
    bins, said = np.arange(-11, 17, 1.0), []
    with look():
        fig = figure(7, 2.6)
        ax = fig.subplots()
        for k, (name, values) in enumerate(leads.items()):
            style = {"color": COLOURS[k], "hatch": HATCHES[k], "alpha": 0.75}
            counts, *_ = ax.hist(values, bins, edgecolor="white", **style)
            share = np.mean(values >= observed)
            said.append(f"{name}: {100 * share:.1f}% lead by as much or more")
        ax.axvline(observed, color=RED, lw=3)
        ax.axvline(0, color=INK, lw=1, ls=":")
        top = ax.get_ylim()[1]
        ax.set(xlabel="nats by which three of one shape fit better than two free ones")
        ax.set(yticks=(), ylim=(0, 1.08 * top))
        marks.beside(ax, observed, 0.95 * top, "the geyser", RED)
        for k, (name, at) in enumerate(zip(leads, (9, -6.5), strict=False)):
            marks.word(ax, at, 0.76 * top, f"twins of\n{name}", COLOURS[k])
        return Picture(fig, f"Observed {number(observed)}. " + "; ".join(said))


def drawn_and_scored(x, model, drawn, strange):
    """Return a picture: points seen and drawn over levels of ln p, and strange ones."""
    with look():
        fig = figure(6.5, 3.4)
        ax = fig.subplots()
        side = np.linspace(0.8, 6.2, 120), np.linspace(35, 106, 120)
        grid = np.column_stack([g.ravel() for g in np.meshgrid(*side)])
        height = model.log_density(grid).reshape(120, 120)
        levels = [-1e9, -14, -11, -8, -5, 9]
        greys = [f"{v:.2f}" for v in np.linspace(1, 0.65, len(levels) - 1)]
        ax.contourf(*side, height, levels=levels, colors=greys)
        ax.plot(*x.T, "o", color=COLOURS[0], ms=3, mew=0, aa=False)
        ax.plot(*drawn.T, "x", color=COLOURS[1], ms=4, aa=False)
        ax.plot(*strange.T, "*", color=RED, mec="white", ms=20)
        scores = [number(score, 1) for score in model.log_density(strange)]
        for point, score in zip(strange, scores, strict=True):
            shift = (-14 if point[0] > 5 else 14, 0)
            marks.beside(ax, *point, f"ln p = {score}", RED, shift)
        ax.set(xlabel="eruption, min", ylabel="waiting, min")
        ax.set_title(f"● {len(x)} seen, × {len(drawn)} drawn, over levels of ln p")
        return Picture(fig, f"ln p of the starred eruptions: {', '.join(scores)}")
