"""Live figures of chapter 6: EM in one and two dimensions, and with a wrong formula."""

from functools import lru_cache

import numpy as np

from gmmlib import wrong_formulas
from gmmlib.collapse import follow
from gmmlib.datasets import published_start, seven_points, three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.plots.gaussian_em import (
    SYMBOLS,
    Contours,
    Curves,
    MovingGroups,
    Relief,
    ResponsibilityColumns,
    TwoClimbs,
    as_model,
    what_happened,
    what_went_wrong,
)
from gmmlib.plots.gaussians import Ascent
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider, switch

ONE_D, TWO_D, WRONG = 20, 60, 80  # iterations of each player


def seven_points_climb():
    """Choose where three means start on a line; watch EM fit seven points."""
    x = seven_points()

    @lru_cache(maxsize=32)
    def run(*means):
        return follow(GaussianMixture([1 / 3] * 3, means, [1, 0.2, 3]), x, ONE_D)

    with look():
        fig = figure(9, 3.6)
        grid = fig.add_gridspec(2, 2, width_ratios=(1.9, 1), height_ratios=(2.2, 1))
        top, bottom = fig.add_subplot(grid[0, 0]), fig.add_subplot(grid[1, 0])
        curves, columns = (
            Curves(top, x, 3, -9, 9, 0.56),
            ResponsibilityColumns(bottom, x, 3),
        )
        bottom.set_xlim(-9, 9)
        ascent = Ascent(fig.add_subplot(grid[:, 1]), ONE_D, low=-18, high=-10)
        ascent.now.axes.set(title="ℓ", xlim=(-1.5, ONE_D + 1.5))

    def update(mean_1, mean_2, mean_3, iteration):
        path = run(mean_1, mean_2, mean_3)
        now = path.at(iteration)
        model = path.models[now]
        r = model.responsibilities(x)
        return [
            *curves.show(model, r),
            *columns.show(r),
            *ascent.show(path.log_likelihoods, now),
        ]

    def sentence(mean_1, mean_2, mean_3, iteration):
        path = run(mean_1, mean_2, mean_3)
        now = path.at(iteration)
        model = path.models[now]
        means = " ".join(number(m) for m in model.means[:, 0])
        spreads = " ".join(number(v) for v in model.covariances[:, 0, 0])
        ell = number(path.log_likelihoods[now])
        if now < iteration and path.why:
            return f"{path.why[0].upper()}{path.why[1:]}; before it ℓ = {ell}"
        return f"Iteration {now}: ℓ = {ell}, μ {means}, σ² {spreads}"

    return Live(
        fig,
        controls={
            "mean_1": slider("mean ● at the start", -4.0, -6.0, 9.0, 0.5),
            "mean_2": slider("mean ■ at the start", 0.0, -6.0, 9.0, 0.5),
            "mean_3": slider("mean ▲ at the start", 8.0, -6.0, 9.0, 0.5),
            "iteration": slider("iteration", 0, 0, ONE_D, 1),
        },
        update=update,
        sentence=sentence,
        strip=tuple({"iteration": n} for n in (0, 1, 2, 20)),
        columns=2,
        player="iteration",
    )


def gaussian_explorer():
    """Choose K and a start, by hand or at random; watch EM find groups in the plane."""
    x, _ = three_groups()
    cloud_covariance, middle = np.cov(x.T, ddof=0), x.mean(axis=0)
    starts = [("three means by hand", "hand 0")]
    for method, word in (("kmeans++", "far-apart points"), ("points", "random points")):
        starts += [(f"{word}, draw {n}", f"{method} {n}") for n in range(1, 6)]

    @lru_cache(maxsize=32)
    def by_hand(K, spread, share, places):
        others = [(1 - share) / max(K - 1, 1)] * (K - 1)
        weights = [share, *others] if others else [1.0]
        means = np.array([*places, middle])[:K]  # a fourth one starts in the middle
        covariances = np.tile(spread**2 * cloud_covariance, (K, 1, 1))
        return follow(GaussianMixture(weights, means, covariances), x, TWO_D)

    @lru_cache(maxsize=32)
    def drawn(K, start):
        method, seed = start.split()
        model = GaussianMixture.from_points(x, K, rng=int(seed), method=method)
        return follow(model, x, TWO_D)

    def run(K, start, spread, share, x1, y1, x2, y2, x3, y3):
        if start != "hand 0":
            return drawn(K, start)
        return by_hand(K, spread, share, ((x1, y1), (x2, y2), (x3, y3)))

    with look():
        fig = figure(9, 3.9)
        grid = fig.add_gridspec(2, 2, width_ratios=(1.35, 1), height_ratios=(1.15, 1))
        plane = fig.add_subplot(grid[:, 0])
        groups = MovingGroups(plane, x, 4)
        plane.set_title("groups, mixed where in doubt")
        contours = Contours(plane)
        relief = Relief(
            fig.add_subplot(grid[0, 1]), plane.get_xlim(), plane.get_ylim(), 6e-4
        )
        ascent = Ascent(fig.add_subplot(grid[1, 1]), TWO_D, low=-9.7, high=-8.6)
        ascent.now.axes.set(title="ℓ per point", xlim=(-4, TWO_D + 4))

    def update(lines, iteration, **start):
        path = run(**start)
        now = path.at(iteration)
        model = path.models[now]
        return [
            *groups.show(path.models[: now + 1], model.responsibilities(x)),
            *contours.show(model, lines),
            *relief.show(model),
            *ascent.show(path.log_likelihoods / len(x), now),
        ]

    def sentence(lines, iteration, **start):
        return what_happened(run(**start), iteration)

    places = {}
    for k, (across, up) in enumerate(((40, 30), (50, 90), (100, 40))):
        name = f"mean {SYMBOLS[k]}"
        places[f"x{k + 1}"] = slider(f"{name} x", across, 0, 130, 5)
        places[f"y{k + 1}"] = slider(f"{name} y", up, 0, 110, 5)
    controls = {
        "K": slider("K", 3, 1, 4, 1, "how many components"),
        "start": choice("start", starts),
        "spread": slider("spread", 0.5, 0.1, 1.5, 0.05, "1: that of the whole cloud"),
        "share": slider("weight of ●", 0.3, 0.05, 0.95, 0.05),
    }
    for control, width in zip(controls.values(), (200, 270, 240, 260), strict=True):
        control.layout.width = f"{width}px"
    for control in places.values():
        control.layout.width = "225px"
    return Live(
        fig,
        controls={
            **controls,
            **places,
            "lines": switch("contours of p(x)"),
            "iteration": slider("iteration", 0, 0, TWO_D, 1),
        },
        update=update,
        sentence=sentence,
        strip=(
            {"iteration": 0},
            {"iteration": 1},
            {"iteration": 8},
            {"iteration": 60, "lines": True},
        ),
        columns=2,
        player="iteration",
    )


def wrong_formula():
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
        fig = figure(9, 3.8)
        axes = fig.subplots(1, 2, width_ratios=(1.2, 1))
        groups = MovingGroups(axes[0], x, 3)
        axes[0].set_title("what it believes")
        climbs = TwoClimbs(axes[1], WRONG)

    def update(mistake, start, iteration):
        wrong, right = run(mistake, start), run("everything right", start)
        now = min(iteration, len(wrong.mixtures) - 1)
        joint = wrong_formulas.SWITCHES[mistake].get(
            "log_joint", wrong_formulas.log_joint
        )
        r = wrong_formulas.responsibilities(joint(x, wrong.mixtures[now]))
        models = [as_model(mixture) for mixture in wrong.mixtures[: now + 1]]
        heights = right.log_likelihoods, wrong.log_likelihoods
        return [*groups.show(models, r), *climbs.show(*heights, iteration)]

    def sentence(mistake, start, iteration):
        wrong, right = run(mistake, start), run("everything right", start)
        return what_went_wrong(mistake, wrong, right, iteration)

    names = [name for name in wrong_formulas.SWITCHES if name != "everything right"]
    return Live(
        fig,
        controls={
            "mistake": choice("mistake", names),
            "start": choice(
                "start",
                [
                    ("at the optimum", "best"),
                    ("far-apart points", "far"),
                    ("three means in one corner", "corner"),
                ],
            ),
            "iteration": slider("iteration", 0, 0, WRONG, 1),
        },
        update=update,
        sentence=sentence,
        strip=(
            {"mistake": "1/N for 1/N_k in Σ", "iteration": 2},
            {"mistake": "r² for r", "iteration": 5},
            {"mistake": "Jensen without weights", "iteration": 1},
            {"mistake": "stop when Q stops rising", "start": "corner", "iteration": 80},
        ),
        columns=2,
        player="iteration",
    )
