"""Live figures of chapter 7: four experiments, a plateau, basins, fifty starts."""

from functools import lru_cache

import numpy as np

from gmmlib.collapse import until_collapse
from gmmlib.datasets import published_start, table, three_groups, three_groups_mixture
from gmmlib.gaussians import GaussianMixture
from gmmlib.plots.gaussians import Ascent
from gmmlib.plots.starts import (
    HIGH,
    LOW,
    Basins,
    Paths,
    StopRule,
    Traces,
    within,
)
from gmmlib.show.look import FAINT, RED, figure, look, number, power
from gmmlib.starts import MOVED, POINTS, SAME, STUCK, starting_from
from gmmlib.widgets.live import Live, choice, slider

SLOW = 7  # the draw on which experiment 2 is only slow
ITERATIONS, TICKETS = 80, 50


def run_an_experiment():
    """Run any published experiment on any draw of points; move an initial mean."""

    @lru_cache(maxsize=16)
    def run(experiment, draw, moved, right, up):
        x, _ = three_groups(POINTS, draw)
        start = published_start(*experiment)
        means = start.means.copy()
        means[moved - 1] += right, up
        start = GaussianMixture(start.weights, means, start.covariances)
        return x, *_run(start, x, max_iter=ITERATIONS, tol=None), _best(x)

    with look():
        fig = figure(9, 4)
        axes = fig.subplots(1, 2, width_ratios=(1.35, 1))
        paths = Paths(axes[0], three_groups(POINTS, STUCK)[0])
        ascent = Ascent(axes[1], ITERATIONS, LOW, HIGH)
        top = axes[1].axhline(0, color=FAINT, lw=1.5, ls="--")
        (ring,) = axes[0].plot([], [], "o", mfc="none", mec=RED, mew=1.5, ms=22)
        ring.set_clip_on(False)
        axes[1].text(ITERATIONS, LOW, "dashed: the best", ha="right")
        axes[0].set_title("hollow: initial means")

    def update(iteration, **setting):
        x, trace, _, best = run(**setting)
        iteration = min(iteration, trace.n_iter)
        top.set_ydata([best / POINTS] * 2)
        ring.set_data(*within(trace.models[0].means[setting["moved"] - 1])[:, None])
        return [
            *paths.show(trace.models, iteration, x),
            *ascent.show(trace.log_likelihoods / POINTS, iteration),
            top,
            ring,
        ]

    def sentence(iteration, experiment, draw, moved, right, up):
        _, trace, collapsed, best = run(experiment, draw, moved, right, up)
        name = f"Exp. {experiment[0]}, draw {draw}"
        if right or up:
            way = f"({right}, {up})".replace("-", "−")
            name += f", mean {moved} moved by {way}"
        if collapsed and iteration >= trace.n_iter:
            iteration, name = trace.n_iter, f"{name}, just before a collapse"
        below = max(best - trace.log_likelihoods[iteration], 0)
        shares = " ".join(number(w) for w in trace.models[iteration].weights)
        return (
            f"{name}, iteration {iteration}: {below:.0f} nats below best, "
            f"shares {shares}"
        )

    experiments = [(f"{e}", (e, "lower")) for e in (1, 2, 3, 4)]
    experiments += [(f"{e}, mean of corners", (e, "mean")) for e in (3, 4)]
    means = [("● first", 1), ("■ second", 2), ("▲ third", 3)]
    return Live(
        fig,
        controls={
            "experiment": choice("experiment", experiments, (2, "lower")),
            "draw": slider("draw of the points", STUCK, 0, 99, 1),
            "moved": choice("initial mean to move", means, 3),
            "right": slider("move right by", 0, -60, 60, 5),
            "up": slider("move up by", 0, -60, 60, 5),
            "iteration": slider("iteration", 0, 0, ITERATIONS, 1),
        },
        update=update,
        sentence=sentence,
        strip=(
            {"iteration": 0},
            {"iteration": 80},
            {"experiment": (3, "lower"), "iteration": 2},
            {"experiment": (4, "lower"), "iteration": 5},
        ),
        columns=2,
        player="iteration",
    )


def plateau_or_optimum():
    """Choose when EM may stop; two runs that look alike for two hundred iterations."""
    runs, goals = [], []
    for draw in (STUCK, SLOW):
        x, _ = three_groups(POINTS, draw)
        start = published_start(2)
        runs.append(_run(start, x, max_iter=400, tol=1e-11)[0].log_likelihoods)
        goals.append(_best(x))
    with look():
        fig = figure(9, 3.4)
        names = [f"draw {STUCK}", f"draw {SLOW}"]
        shown = StopRule(fig.subplots(1, 2), runs, names, goals, POINTS)

    def update(exponent):
        return shown.show(10.0**exponent)

    def sentence(exponent):
        parts = []
        for k, name in enumerate(names):
            n = shown.stop(k, 10.0**exponent)
            below = max(shown.below[k][n], 0)
            parts.append(f"{name} at iteration {n}, {below:.0f} nats below best")
        return f"Tolerance {power(exponent)} stops {'; '.join(parts)}"

    return Live(
        fig,
        controls={
            "exponent": slider("log₁₀ of the tolerance", -3.0, -10.0, -2.0, 0.5),
        },
        update=update,
        sentence=sentence,
        strip=({"exponent": -7.0}, {"exponent": -8.0}),
    )


def map_of_basins():
    """Put the third initial mean anywhere; the map says where EM will end."""
    x, _ = three_groups(POINTS, STUCK)
    ends = table("basins")
    known = {
        (row["covariances"], row["across"], row["up"]): row["below"] for row in ends
    }

    @lru_cache(maxsize=16)
    def run(covariances, across, up):
        return _run(starting_from((across, up), covariances, x), x, 400, 1e-8)[0]

    with look():
        fig = figure(9, 3.8)
        axes = fig.subplots(1, 2)
        basins = Basins(axes[0], ends, x, published_start(2).means[:MOVED])
        paths = Paths(axes[1], x)
        axes[1].set_title("where EM ends")

    def update(covariances, across, up):
        models = run(covariances, across, up).models
        moved = np.array([model.means[MOVED] for model in models])
        return [
            *basins.show(covariances, moved),
            *paths.show(models, len(models) - 1, x),
        ]

    def sentence(covariances, across, up):
        place = (2.5 * round(p / 2.5) for p in (across, up))  # as browsers round
        below = known[covariances, *place]
        which = "reported" if covariances == "published" else "broad"
        end = (
            "a component collapses"
            if np.isnan(below)
            else f"EM ends {below:.0f} nats below the best"
            if below > 0
            else "EM ends at the best optimum"
        )
        return f"Third mean from ({across:g}, {up:g}), {which} covariances: {end}"

    kinds = [("reported, as published", "published"), ("broad: all points'", "broad")]
    return Live(
        fig,
        controls={
            "covariances": choice("covariances", kinds),
            "across": slider("third mean: across", 10.0, 0.0, 130.0, 2.5),
            "up": slider("up", 20.0, 0.0, 120.0, 2.5),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"covariances": "broad"}),
    )


def lottery_of_starts():
    """Fifty random starts at once; click through their ends from worst to best."""
    x, _ = three_groups(POINTS, STUCK)
    best = _best(x)

    @lru_cache(maxsize=12)
    def tickets(means, variance):
        runs = []
        for seed in range(TICKETS):
            start = GaussianMixture.from_points(x, 3, rng=seed, method=means)
            if variance:
                narrow = np.repeat(variance * np.eye(2)[None], 3, axis=0)
                start = GaussianMixture(start.weights, start.means, narrow)
            runs.append(_run(start, x, max_iter=1000, tol=1e-8))
        runs.sort(key=lambda run: (not run[1], round(run[0].log_likelihoods[-1], 1)))
        below = np.array([best - trace.log_likelihoods[-1] for trace, _ in runs])
        collapsed = np.array([collapsed for _, collapsed in runs])
        return [trace for trace, _ in runs], below, collapsed

    with look():
        fig = figure(9, 3.8)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.15))
        traces, paths = Traces(axes[0], ITERATIONS), Paths(axes[1], x)
        axes[1].set_title("the chosen run: start, paths, end")

    def update(means, variance, ticket):
        runs, _, _ = tickets(means, variance)
        heights = [run.log_likelihoods[: ITERATIONS + 1] / POINTS for run in runs]
        models = runs[ticket - 1].models
        return [
            *traces.show(heights, ticket - 1),
            *paths.show(models, len(models) - 1, x),
        ]

    def sentence(means, variance, ticket):
        _, below, collapsed = tickets(means, variance)
        found = (~collapsed & (below < SAME)).sum()
        if collapsed[ticket - 1]:
            end = "collapses"
        elif below[ticket - 1] < SAME:
            end = "reaches the best"
        else:
            end = f"ends {below[ticket - 1]:.0f} nats below the best"
        return (
            f"{found} of {TICKETS} starts reach the best, {collapsed.sum()} collapse; "
            f"number {ticket} from the worst {end}"
        )

    ways = [("anywhere in the box", "box"), ("random points", "points")]
    ways.append(("far-apart points", "kmeans++"))
    widths = [
        ("narrow: variance 5", 5),
        ("variance 150", 150),
        ("broad: all points'", 0),
    ]
    return Live(
        fig,
        controls={
            "means": choice("means", ways),
            "variance": choice("covariances", widths),
            "ticket": slider("start, from the worst", 1, 1, TICKETS, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"ticket": 5}, {"variance": 0, "ticket": 1}),
    )


def _best(x):
    """Return the height of the optimum near the mixture that made the points."""
    return _run(three_groups_mixture(), x, max_iter=200)[0].log_likelihoods[-1]


def _run(start, x, max_iter, tol=1e-9):
    """Return the trace of EM, and whether a component's collapse cut it off."""
    trace, collapse = until_collapse(start, x, max_iter=max_iter, tol=tol)
    return trace, collapse is not None
