"""Live figures of chapter 9: how many groups, of which shape, hard or soft."""

from functools import lru_cache

import numpy as np

from gmmlib.datasets import (
    GENRES,
    old_faithful,
    streaming_viewers,
    three_groups,
    two_strips,
    viewer_features,
)
from gmmlib.em import em
from gmmlib.gaussians import COVARIANCE_TYPES, GaussianMixture
from gmmlib.plots.selection import (
    MOST,
    Criteria,
    Foresight,
    Groups,
    Hardening,
    Recommendation,
    Sample,
    Segments,
    Shapes,
    SoftCentres,
    TwoLabellings,
)
from gmmlib.selection import agreement, best_of, from_labels, kmeans, soft_kmeans
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider, switch

STARTS = 5
DOUBT = 0.95  # a point is in doubt while no component has this much of it


def criteria_over_k():
    """Choose K and a covariance type; see what the fit gains and what it must pay."""
    data = {"three": three_groups(300, 0)[0], "geyser": old_faithful()}

    @lru_cache(maxsize=8)
    def fits(name, kind):
        x = data[name]
        models = [
            best_of(x, K, STARTS, covariance_type=kind).model
            for K in range(1, MOST + 1)
        ]
        costs = [(-2 * m.log_likelihood(x), m.aic(x), m.bic(x)) for m in models]
        return models, np.transpose(costs)

    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.15))
        groups, criteria = Groups(axes[0]), Criteria(axes[1])

    def update(name, kind, K):
        models, values = fits(name, kind)
        model = models[K - 1]
        return [
            *groups.show(data[name], model, model.responsibilities(data[name])),
            *criteria.show(values, K),
        ]

    def sentence(name, kind, K):
        models, values = fits(name, kind)
        model, (_, aic, bic) = models[K - 1], values[:, K - 1]
        best = ", ".join(
            f"least {n}: {1 + row.argmin()}"
            for n, row in zip(("AIC", "BIC"), values[1:], strict=True)
        )
        return (
            f"K = {K}, {kind}: ℓ {number(-values[0, K - 1] / 2, 1)}, p = "
            f"{model.n_parameters}, AIC {aic:.1f}, BIC {bic:.1f} ({best})"
        )

    return Live(
        fig,
        controls={
            "name": choice(
                "data", [("three groups, N = 300", "three"), ("Old Faithful", "geyser")]
            ),
            "kind": choice("covariances", COVARIANCE_TYPES),
            "K": slider("K", 1, 1, MOST, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"K": 3}, {"kind": "tied", "K": 5}),
    )


def fitted_against_fresh():
    """Fit few points with more and more groups; then show the mixture fresh points."""
    fresh, _ = three_groups(2000, 1000)

    @lru_cache(maxsize=64)
    def fits(n, draw):
        x, _ = three_groups(n, draw)
        models = [
            best_of(x, K, 4, max_iter=500, covariance_floor=4.0).model
            for K in range(1, MOST + 1)
        ]
        nats = [
            np.array([m.log_likelihood(points) / len(points) for m in models])
            for points in (x, fresh)
        ]
        return x, models, *nats

    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.15))
        sample, curves = Sample(axes[0], fresh[:200]), Foresight(axes[1])

    def update(n, draw, K):
        x, models, learned, unseen = fits(n, draw)
        return [*sample.show(x, models[K - 1]), *curves.show(learned, unseen, K)]

    def sentence(n, draw, K):
        _, _, learned, unseen = fits(n, draw)
        return (
            f"{n} points, K = {K}: {number(learned[K - 1])} nats a point, on fresh "
            f"ones {number(unseen[K - 1])} (best: K = {1 + unseen.argmax()})"
        )

    return Live(
        fig,
        controls={
            "n": choice("points to fit", [("40", 40), ("80", 80), ("320", 320)]),
            "draw": slider("draw of the points", 0, 0, 9, 1),
            "K": slider("K", 1, 1, MOST, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"K": 6},),
    )


def four_covariance_types():
    """Choose K; see the same eruptions under four kinds of covariance."""
    x = old_faithful()
    units = {False: np.ones(2), True: x.std(axis=0)}

    @lru_cache(maxsize=16)
    def fits(K, standardised):
        unit, found = units[standardised], {}
        for kind in COVARIANCE_TYPES:
            m = best_of(x / unit, K, STARTS, covariance_type=kind).model
            shown = GaussianMixture(
                m.weights, m.means * unit, m.covariances * np.outer(unit, unit)
            )
            bic = m.bic(x / unit) + 2 * len(x) * np.log(unit).sum()  # per min² again
            found[kind] = shown, m.n_parameters, bic
        return found

    with look():
        fig = figure(9, 3.2)
        shapes = Shapes(fig.subplots(1, 4), x, COVARIANCE_TYPES, 5)

    def update(K, standardised):
        return shapes.show(fits(K, standardised))

    def sentence(K, standardised):
        parts = ", ".join(
            f"{kind} {p} → {bic:.1f}"
            for kind, (_, p, bic) in fits(K, standardised).items()
        )
        return f"K = {K}, p → BIC: {parts}"

    return Live(
        fig,
        controls={
            "K": slider("K", 2, 1, 5, 1),
            "standardised": switch("measure both columns in standard deviations"),
        },
        update=update,
        sentence=sentence,
        strip=({"K": 2}, {"K": 3}),
    )


def soft_to_hard():
    """Shrink the spread of equal round components; EM turns into K-means."""
    x, _ = three_groups(300, 0)
    centres, _ = kmeans(x, 3)
    spreads = np.arange(1.0, 31)
    models = [soft_kmeans(x, centres, s) for s in spreads]
    doubt = [100 * (m.responsibilities(x).max(axis=1) < DOUBT).mean() for m in models]
    away = [np.linalg.norm(m.means - centres, axis=1).mean() for m in models]
    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1.35, 1))
        picture = SoftCentres(axes[0], x, centres)
        curves = Hardening(axes[1], spreads, doubt)

    def place(spread):
        return int(abs(spreads - spread).argmin())

    def update(spread):
        return [*picture.show(models[place(spread)]), *curves.show(place(spread))]

    def sentence(spread):
        i = place(spread)
        return (
            f"σ = {spread:.0f}: {doubt[i]:.0f}% of the points in doubt; means "
            f"{away[i]:.2f} from K-means'"
        )

    return Live(
        fig,
        controls={"spread": slider("spread σ", 20.0, 1.0, 30.0, 1.0)},
        update=update,
        sentence=sentence,
        strip=({}, {"spread": 2.0}),
    )


def long_thin_groups():
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
        axes = fig.subplots(1, 2, sharey=True)
        picture = TwoLabellings(axes, 12, (-2.2, 5.2))

    def update(length, draw, start):
        return picture.show(*fits(length, draw, start))

    def sentence(length, draw, start):
        x, _, _, model, (hard, soft) = fits(length, draw, start)
        return (
            f"Length {length:.2f}: labels right by K-means {100 * hard:.0f}%, by the "
            f"mixture {100 * soft:.0f}% (ℓ {number(model.log_likelihood(x), 1)})"
        )

    return Live(
        fig,
        controls={
            "length": slider("length (sd along)", 1.0, 0.5, 4.0, 0.25),
            "draw": slider("draw of the points", 0, 0, 29, 1),
            "start": choice(
                "the mixture starts from",
                [("far-apart points", "points"), ("K-means' labels", "kmeans")],
            ),
        },
        update=update,
        sentence=sentence,
        strip=({"length": 1.0}, {"length": 3.0}),
    )


def one_account():
    """Choose a viewer's age and hours; see the segments it may belong to."""
    viewers, _ = streaming_viewers()
    x = viewer_features(viewers)
    full = best_of(x, 4, 4).model
    order = np.argsort(
        full.means[:, 0], kind="stable"
    )  # segments by age, so that names stay
    w, m, S = (a[order] for a in (full.weights, full.means, full.covariances))
    model = GaussianMixture(w, m[:, :2], S[:, :2, :2])
    r = GaussianMixture(w, m, S).responsibilities(x)
    genres = r.T @ viewers[:, 2:] / r.sum(axis=0)[:, None]

    def of(age, hours):
        mine = model.responsibilities([[age, np.log(hours)]])[0]
        return mine, mine @ genres, genres[mine.argmax()]

    with look():
        fig = figure(9, 3.6)
        left, *right = fig.subplots(1, 3, width_ratios=(1.5, 0.9, 0.9))
        some = slice(0, 300)  # enough to see, few enough to store
        plane = Segments(left, x[some, :2], model, r[some])
        advice = Recommendation(right, model.K)

    def update(age, hours):
        return [*plane.show(age, hours), *advice.show(*of(age, hours))]

    def sentence(age, hours):
        mine, soft, hard = of(age, hours)
        shares = " ".join(number(share) for share in mine)
        top = int(soft.argmax())
        return (
            f"Age {age}, {hours:.1f} hours: segments {shares}; most "
            f"{GENRES[top]}, {number(soft[top])} (by one label {number(hard[top])})"
        )

    return Live(
        fig,
        controls={
            "age": slider("age", 32, 16, 80, 1),
            "hours": slider("hours a week", 11.0, 0.5, 40.0, 0.5),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"age": 48, "hours": 6.0}),
    )
