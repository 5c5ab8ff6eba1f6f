"""Chapter 6: EM on a line and in the plane, held by hand, and with a wrong formula."""

from functools import lru_cache

import numpy as np
from contourpy import contour_generator

from gmmlib import wrong_formulas
from gmmlib.collapse import follow
from gmmlib.datasets import published_start, seven_points, three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.show import marks
from gmmlib.show.controls import (
    choice,
    forgets,
    moves,
    only_while,
    player,
    slider,
    switch,
)
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels
from gmmlib.show.marks import SYMBOLS
from gmmlib.show.palette import COLOURS, INK

ONE_D, TWO_D, WRONG = 20, 60, 80  # iterations of each player
TOP = 0.56  # of the density on the line
BY_HAND = (40, 30), (50, 90), (100, 40)
STARTS = [("three means by hand", "hand 0")]
STARTS += [(f"far-apart points, draw {n}", f"kmeans++ {n}") for n in range(1, 6)]
STARTS += [(f"random points, draw {n}", f"points {n}") for n in range(1, 6)]
PLACES = (
    ("at the optimum", "best"),
    ("far-apart points", "far"),
    ("three means in one corner", "corner"),
)


# One dimension.


def seven_points_climb() -> Live:
    """Drag three means, or the last point, on a line; watch EM fit seven points."""
    points = seven_points()
    start = GaussianMixture([1 / 3] * 3, [-4, 0, 8], [1, 0.2, 3])

    @lru_cache(maxsize=32)
    def run(last, *means):
        x = np.array([*points[:-1], last])
        moved = GaussianMixture(start.weights, means, start.covariances)
        return x, *follow(moved, x, ONE_D)

    with look():
        fig = figure(9, 3.6)
        ratios = {"width_ratios": (1.9, 1), "height_ratios": (2.2, 1)}
        line, ascent, below = fig.subplot_mosaic("ab;cb", **ratios).values()
        line.set(xlim=(-9, 9), ylim=(0, TOP), title="three components, and their sum")
        below.set(xlim=(-9, 9), ylim=(0, 1), yticks=(0, 1), xlabel="x", ylabel="r")
        marks.ascent_axes(ascent, ONE_D, -18, -10, "ℓ")

    def show(mean_1, mean_2, mean_3, last, ahead, iteration):
        x, trace, why = run(last, mean_1, mean_2, mean_3)
        now = min(iteration, trace.n_iter)
        model, r = marks.moment(trace.models, x, now)
        bells(line, x, model, r)
        for k, place in enumerate(tops(trace.models[0])):
            marks.handle(line, *place, across=f"mean_{k + 1}", k=k)
        marks.handle(line, last, 0, across="last")
        marks.divided(below, r, at=x, width=0.4)
        marks.climb(ascent, trace.log_likelihoods, now, ahead)
        ell = number(trace.log_likelihoods[int(now)])
        if now < iteration and why:
            return f"{why[0].upper()}{why[1:]}; before it ℓ = {ell}"
        return f"Iteration {int(now)} has ℓ = {ell}: {in_words(trace.models[int(now)])}"

    return Live(
        fig,
        show,
        mean_1=slider("mean ● at the start", -4.0, -6.0, 9.0, 0.5),
        mean_2=slider("mean ■ at the start", 0.0, -6.0, 9.0, 0.5),
        mean_3=slider("mean ▲ at the start", 8.0, -6.0, 9.0, 0.5),
        last=slider("the last point", 5.0, -8.5, 8.5, 0.25),
        ahead=switch("show what comes"),
        iteration=player("iteration", ONE_D, glides=True),
        strip=(
            {"iteration": 0},
            {"iteration": 1},
            {"mean_2": 1.0, "iteration": 20},
            {"mean_2": 3.0, "iteration": 20},
        ),
        columns=2,
    )


def tops(model):
    """Return where weighted bells on a line have their tops, (K, 2)."""
    means, variances = model.means[:, 0], model.covariances[:, 0, 0]
    return np.column_stack([means, model.weights / np.sqrt(2 * np.pi * variances)])


def bells(ax, x, model, r):
    """Draw weighted bells, their sum, and points x (N,) on the axis, mixed by r."""
    grid = np.linspace(*ax.get_xlim(), 601)
    densities = np.exp(model.log_joint(grid))
    marks.curve(ax, grid, densities.sum(axis=1), color="#CCCCCC", lw=7)
    for k, density in enumerate(densities.T):
        marks.curve(ax, grid, density, k, lw=2.5)
    places = tops(model)
    *_, last = marks.centres(ax, places, 10)
    marks.tells(last, places, lambda k: marks.component_in_words(model, k))
    style = {"ec": INK, "linewidths": 1, "zorder": 4, "clip_on": False}
    marks.cloud(ax, np.column_stack([x, 0 * x]), r, 110, **style)


def in_words(model):
    """Say each mean and its standard deviation: "● −2.75 ± .25, ■ …"."""
    parts = zip(SYMBOLS, model.means[:, 0], model.covariances[:, 0, 0], strict=False)
    return ", ".join(
        f"{symbol} {number(mean)} ± {number(variance**0.5)}"
        for symbol, mean, variance in parts
    )


# Two dimensions.


def gaussian_explorer() -> Live:
    """Choose K and a start, drag its means; watch EM find groups in the plane."""
    x, _ = three_groups()
    scatter, middle = np.cov(x.T, ddof=0), x.mean(axis=0)

    @lru_cache(maxsize=32)
    def begun(K, start, spread, share):
        if start == "hand 0":
            weights = [share, *[(1 - share) / (K - 1)] * (K - 1)] if K > 1 else [1]
            means = np.array([*BY_HAND, middle])[:K]  # a fourth starts in the middle
            return GaussianMixture(weights, means, [spread**2 * scatter] * K)
        method, seed = start.split()
        return GaussianMixture.from_points(x, K, rng=int(seed), method=method)

    @lru_cache(maxsize=32)
    def run(moved, *how):
        return follow(marks.with_means_moved(begun(*how), moved), x, TWO_D)

    with look():
        fig = figure(9, 3.9)
        ratios = {"width_ratios": (1.35, 1), "height_ratios": (1.15, 1)}
        plane, relief, ascent = fig.subplot_mosaic("ab;ac", **ratios).values()
        marks.around(plane, x)
        plane.set_title("drag ○, □ or △")
        extent = *plane.get_xlim(), *plane.get_ylim()
        marks.mountain_axes(relief, "density p(x)", aspect="auto", ylim=(-0.4, 0.7))
        marks.ascent_axes(ascent, TWO_D, -9.7, -8.6, "ℓ per point")

    def show(K, start, spread, share, lines, ahead, iteration, **moved):
        how = K, start, spread, share
        trace, why = run(tuple(moved.values()), *how)
        now = min(iteration, trace.n_iter)
        model, r = marks.moment(trace.models, x, now)
        marks.groups(plane, x, model, r)
        ways(plane, trace.models[: int(now) + 1], model)
        marks.movable(plane, trace.models[0].means, begun(*how).means)
        if lines:
            contours(plane, model)
        marks.mountain(relief, model, extent, top=6e-4, size=34)
        marks.climb(ascent, trace.log_likelihoods / len(x), now, ahead)
        return what_happened(trace, why, iteration)

    moved = moves(SYMBOLS[:4])
    spread = slider("spread", 0.5, 0.1, 1.5, 0.05, "by hand; 1: as all points")
    share = slider("weight of ●", 0.3, 0.05, 0.95, 0.05, "by hand")
    spread.folds = share.folds = True  # with the means: the picture comes sooner
    start = forgets(choice("start", STARTS), moved.values())
    only_while(lambda start: start == "hand 0", start, (spread, share))
    K = slider("K", 3, 1, 4, 1, "how many components")
    for k in (2, 3, 4):
        pair = moved[f"right_{k}"], moved[f"up_{k}"]
        only_while(lambda count, k=k: k <= count, K, pair)
    return Live(
        fig,
        show,
        K=K,
        start=start,
        spread=spread,
        share=share,
        **moved,
        lines=switch("contours of p(x)"),
        ahead=switch("show what comes"),
        iteration=player("iteration", TWO_D, glides=True),
        strip=tuple({"iteration": n, "lines": n == 60} for n in (0, 1, 8, 60)),
        columns=2,
    )


def ways(ax, models, now):
    """Draw the way that each mean has come through `models` to where it is `now`."""
    means = np.array([*(model.means for model in models), now.means])
    for way in means.transpose(1, 0, 2):
        marks.path(ax, way, lw=1, ms=6, zorder=3)


def contours(ax, model, size=90):
    """Draw lines of equal density p(x), each half the height of the one inside it."""
    sides = np.linspace(*ax.get_xlim(), size), np.linspace(*ax.get_ylim(), size)
    places = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_joint(places)).sum(axis=1).reshape(size, size)
    lines = contour_generator(*sides, density).lines
    ends = [line for n in range(1, 8) for line in lines(density.max() / 2**n)]
    return marks.segments(ax, ends, colors="#555555", linewidths=1, zorder=1.5)


def what_happened(trace, why, iteration):
    """Say in one line what iteration `iteration` of a run did."""
    now = int(min(iteration, trace.n_iter))
    ells = trace.log_likelihoods
    shares = "shares " + ", ".join(
        f"{s} {number(w)}"
        for s, w in zip(SYMBOLS, trace.models[now].weights, strict=False)
    )
    if now < iteration and why:
        return f"{why[0].upper()}{why[1:]}; shown is {now}; {shares}"
    ell = number(ells[now], 1)
    if now == 0:
        return f"The start has ℓ = {ell}; {shares}"
    gain = ells[now] - ells[now - 1]
    if gain < 0.05:
        return f"Iteration {now} hardly moves ℓ from {ell}; {shares}"
    return f"Iteration {now} lifts ℓ by {number(gain, 1)} to {ell}; {shares}"


# Gone wrong.


def wrong_formula() -> Live:
    """Put one wrong formula into EM; see what it does to ellipses and to true ℓ."""
    x, _ = three_groups()
    far = GaussianMixture.from_points(x, 3)
    best = em(far, x, progress=False).model
    named = {"best": best, "far": far, "corner": published_start(2)}
    starts = {name: wrong_formulas.as_tuple(model) for name, model in named.items()}

    @lru_cache(maxsize=64)
    def run(mistake, start):
        how = wrong_formulas.SWITCHES[mistake]
        return wrong_formulas.run(x, starts[start], iterations=WRONG, **how)

    with look():
        fig, plane, climbs = panels(3.8, 1.2, 1)
        marks.around(plane, x)
        plane.set_title("what it believes")
        climbs.ticklabel_format(axis="y", useOffset=False)
        climbs.set(xlim=(-0.02 * WRONG, 1.02 * WRONG), xlabel="iteration")
        climbs.grid(axis="y", color=marks.GRID)
        climbs.set_title("true ℓ")
        for k, words in enumerate(("• right", "× mistaken")):
            place = {"transform": climbs.transAxes, "ha": "left"}
            marks.word(climbs, 0.25, 0.66 - 0.1 * k, words, COLOURS[k], **place)

    def show(mistake, start, iteration):
        wrong, right = run(mistake, start), run("everything right", start)
        how = wrong_formulas.SWITCHES[mistake]
        joint = how.get("log_joint", wrong_formulas.log_joint)

        def labels(mixture):
            return wrong_formulas.responsibilities(joint(x, mixture))

        mixture, r = marks.beats(wrong.mixtures, labels, between, iteration)
        now = min(int(iteration), len(wrong.mixtures) - 1)
        marks.groups(plane, x, mixture, r)
        ways(plane, wrong.mixtures[: now + 1], mixture)
        two_climbs(climbs, right.log_likelihoods, wrong.log_likelihoods, iteration)
        return what_went_wrong(mistake, wrong, right, int(iteration))

    names = [name for name in wrong_formulas.SWITCHES if name != "everything right"]
    return Live(
        fig,
        show,
        mistake=choice("mistake", names),
        start=choice("start", PLACES),
        iteration=player("iteration", WRONG, glides=True),
        strip=(
            {"mistake": "1/N for 1/N_k in Σ", "iteration": 2},
            {"mistake": "r² for r", "iteration": 5},
            {"mistake": "Jensen without weights", "iteration": 1},
            {"mistake": "stop when Q stops rising", "start": "corner", "iteration": 80},
        ),
        columns=2,
    )


def between(one, other, share):
    """Return the parameters a `share` of the way from one to the other."""
    pairs = zip(one, other, strict=True)
    return type(one)(*((1 - share) * a + share * b for a, b in pairs))


def two_climbs(ax, right, wrong, now):
    """Draw ℓ with a mistake (×) and with the right formulas (•) up to iteration `now`.

    An arrow in place of the star says that ℓ is below the scale.
    """
    later = np.concatenate([right[1:], wrong[1:]])
    low, high = later.min(), max(later.max(), right[0])
    low = min(low, right[0]) if right[0] > 2 * low - high else low
    room = max(0.08 * (high - low), 1)
    ax.set_ylim(low - room, high + room)
    runs = (right, {"marker": ".", "ls": "-"}), (wrong, {"marker": "x", "ls": "--"})
    for k, (ells, style) in enumerate(runs):
        end = min(now, len(ells) - 1)
        n, heights = marks.until(end, np.clip(ells, low - room, high + room))
        marks.curve(ax, n, heights, k, ms=6, lw=1.2, **style)
    true = marks.until(end, wrong)[1][-1]
    marks.here(ax, end, heights[-1], None if true >= low - room else "below")


def what_went_wrong(mistake, run, right, iteration):
    """Say in one line where the wrong run stands in `iteration`, and the right one."""
    now = min(iteration, len(run.log_likelihoods) - 1)
    ells, goal = run.log_likelihoods, right.log_likelihoods
    ell, rivals = number(ells[now], 1), number(goal[min(iteration, len(goal) - 1)], 1)
    if now < iteration:
        return f"{mistake}: {run.ended}; ℓ is {ell}, the right one {rivals}"
    if now == 0:
        return f"{mistake}: ℓ starts at {ell}"
    gain = ells[now] - ells[now - 1]
    how = "leaves ℓ at"
    if abs(gain) > 0.05:
        how = "raises ℓ to" if gain > 0 else "lowers ℓ to"
    return f"{mistake}: iteration {now} {how} {ell}; the right ℓ is {rivals}"


# Pictures that stand still.


def q_of_spread(S=1.0):
    """Return Q of one component over its variance, and over its precision 1/σ²."""
    with look():
        fig, over_variance, over_precision = panels(2.6, 1, 1)
        v, p = np.linspace(0.12, 6, 400), np.linspace(0.02, 6, 400)
        q, bent = -0.5 * (np.log(v) + S / v), v >= 2 * S
        marks.curve(over_variance, v[~bent], q[~bent], 0, lw=3)
        marks.curve(over_variance, v[bent], q[bent], 1, lw=3)
        turn = 2 * S, -0.5 * (np.log(2 * S) + 0.5)
        over_variance.plot(*turn, "|", color=INK, ms=22, mew=2)
        left = {"ha": "left", "va": "baseline"}
        words = "convex from 2S on"
        marks.word(over_variance, 3.2 * S, -0.6, words, COLOURS[1], **left)
        marks.word(over_variance, 0.6 * S, -1.9, "concave", COLOURS[0], **left)
        marks.curve(over_precision, p, 0.5 * (np.log(p) - S * p), 0, lw=3)
        marks.word(over_precision, 0.6, -1.9, "concave everywhere", COLOURS[0], **left)
        over_variance.set(xlabel="variance σ²", title="Q over the variance")
        over_precision.set(xlabel="precision 1/σ²")
        over_precision.set_title("the same Q over the precision")
        for ax, top, name in ((over_variance, S, "S"), (over_precision, 1 / S, "1/S")):
            ax.plot([top], [-0.5], "o", color=INK, ms=8, zorder=4)
            ax.text(top, -0.42, f"top at {name}", ha="center")
            ax.set(ylim=(-2.2, -0.25), xlim=(0, 6))
        return Picture(
            fig,
            f"Q for S = {number(S)}: over the variance its top is at {number(S)} and "
            f"it turns convex at {number(2 * S)}; over the precision it is concave",
        )


def determinant_or_inverse(x, z, model):
    """Return one E-step with Σ⁻¹, and with |Σ|⁻¹ for data in ones and in tens.

    Lines of equal distance, one and two, are drawn in the data's own unit.
    """
    w, m, C = theta = wrong_formulas.as_tuple(model)
    wrong = wrong_formulas.determinant_for_inverse
    cases = (
        ("Σ⁻¹", wrong_formulas.log_joint, 1),
        ("|Σ|⁻¹, in ones", wrong, 1),
        ("|Σ|⁻¹, in tens", wrong, 10),
    )
    with look():
        hits = []
        fig, *axes = panels(3.2, 1, 1, 1, sharey=True)
        for ax, (name, joint, unit) in zip(axes, cases, strict=True):
            scaled = w, m / unit, C / unit**2
            r = wrong_formulas.responsibilities(joint(x / unit, scaled))
            shown = theta
            if joint is wrong:  # distances are equal on circles of this area
                squares = unit**2 * np.linalg.det(scaled[2])
                shown = theta._replace(covariances=squares[:, None, None] * np.eye(2))
            marks.around(ax, x)
            marks.groups(ax, x, shown, r)
            hits.append(number(100 * (r.argmax(axis=1) == z).mean(), 1))
            ax.set_title(f"{name}: {hits[-1]}%")
        return Picture(
            fig,
            f"One E-step: with Σ⁻¹ {hits[0]}% of the points go to the component that "
            f"made them, with |Σ|⁻¹ {hits[1]}%, and with |Σ|⁻¹ and data measured in "
            f"tens {hits[2]}%; the lines of equal distance become circles",
        )
