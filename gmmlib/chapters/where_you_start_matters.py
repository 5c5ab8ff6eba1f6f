"""Chapter 7: four experiments, a plateau, a map of basins, fifty starts, and rates."""

from functools import lru_cache

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from gmmlib.collapse import until_collapse
from gmmlib.convergence import stops_at
from gmmlib.datasets import published_start, rows, table, three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.show import marks
from gmmlib.show.controls import choice, forgets, moves, player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels, power
from gmmlib.show.palette import COLOURS, FAINT, INK, LINES, MARKERS, RED
from gmmlib.starts import (
    MOVED,
    POINTS,
    SAME,
    STUCK,
    counted,
    interval,
    optimum,
    starting_from,
)

SLOW = 7  # the draw on which experiment 2 is only slow
ITERATIONS, TICKETS = 80, 50
WINDOW = {"xlim": (-8, 138), "ylim": (-12, 128)}  # holds the points and the starts
LOW, HIGH = -9.6, -8.6  # nats a point: the scale of a climb; the optimum is at −8.67


# Four experiments.


def run_an_experiment() -> Live:
    """Run any published experiment on any draw of points; drag its initial means."""

    @lru_cache(maxsize=8)
    def drawn(draw):
        x, _ = three_groups(POINTS, draw)
        return x, optimum(x).log_likelihoods[-1]

    @lru_cache(maxsize=16)
    def run(experiment, draw, moved):
        start = marks.with_means_moved(published_start(*experiment), moved)
        return until_collapse(start, drawn(draw)[0], max_iter=ITERATIONS, tol=None)

    with look():
        fig, plane, ascent = panels(4, 1.35, 1)
        plane.set(**WINDOW, title="drag ○, □ or △")
        marks.ascent_axes(ascent, ITERATIONS, LOW, HIGH, "nats per point")
        ascent.text(ITERATIONS, LOW, "dashed: the best", ha="right")

    def show(experiment, draw, ahead, iteration, **moved):
        (x, best), shift = drawn(draw), tuple(moved.values())
        trace, collapse = run(experiment, draw, shift)
        now = min(iteration, trace.n_iter)
        journey(plane, trace.models, now, x)
        base = published_start(*experiment).means
        marks.movable(plane, trace.models[0].means, base)
        edges = [[(-1e3, best / POINTS), (1e3, best / POINTS)]]
        marks.segments(ascent, edges, color=FAINT, lw=1.5, ls="--")
        marks.climb(ascent, trace.log_likelihoods / POINTS, now, ahead)
        name = f"Experiment {experiment[0]} on draw {draw}{_moves_in_words(shift)}"
        when = f"after iteration {int(now)}" if now >= 1 else "at the start"
        if collapse and iteration >= trace.n_iter:
            when += ", just before a collapse"
        below = max(best - trace.log_likelihoods[int(now)], 0)
        shares = ", ".join(number(w) for w in trace.models[int(now)].weights)
        return f"{name} is {below:.0f} nats below the best {when}; shares {shares}"

    experiments = [(f"{e}", (e, "lower")) for e in (1, 2, 3, 4)]
    experiments += [(f"{e}, mean of corners", (e, "mean")) for e in (3, 4)]
    moved = moves(marks.SYMBOLS[:3], step=1)
    menu = choice("experiment", experiments, (2, "lower"))
    return Live(
        fig,
        show,
        experiment=forgets(menu, moved.values()),
        draw=slider("draw of the points", STUCK, 0, 99, 1),
        **moved,
        ahead=switch("show what comes"),
        iteration=player("iteration", ITERATIONS, glides=True),
        strip=(
            {"iteration": 0},
            {"iteration": 80},
            {"experiment": (3, "lower"), "iteration": 2},
            {"experiment": (4, "lower"), "iteration": 5},
        ),
        columns=2,
    )


def _moves_in_words(shift):
    ways = np.reshape(shift, (-1, 2)).tolist()
    return "".join(
        f", {symbol} moved by ({right}, {up}),".replace("-", "−")
        for symbol, (right, up) in zip(marks.SYMBOLS, ways, strict=False)
        if right or up
    ).replace(",,", ",")


def journey(ax, models, now, x):
    """Draw what a run shows after `now` iterations, and how each mean came there.

    Every second point is drawn: stored pictures stay small.
    """
    some = x[::2]
    model, r = marks.moment(models, some, now)
    marks.groups(ax, some, model, r, size=5, antialiased=False)
    means = np.array([*(m.means for m in models[: int(now) + 1]), model.means])
    for k, way in enumerate(means.transpose(1, 0, 2)):
        marks.curve(ax, *way.T, ls=LINES[k], lw=1.3, zorder=2.5)


def hollow(ax, means):
    """Draw the hollow mark of each component where its mean started, (K, 2)."""
    for k, place in enumerate(marks.inside(ax, means)):
        style = {"mfc": "none", "mew": 2.5, "ms": 11}
        marks.spot(ax, *place, k, clip_on=False, zorder=5, **style)


# A plateau or an optimum.


def plateau_or_optimum() -> Live:
    """Choose when EM may stop; two runs that look alike for hundreds of iterations."""
    names, below, heights = [f"draw {STUCK}", f"draw {SLOW}"], [], []
    for draw in (STUCK, SLOW):
        x, _ = three_groups(POINTS, draw)
        trace = em(published_start(2), x, max_iter=400, tol=1e-11, progress=False)
        ells = trace.log_likelihoods
        below.append(optimum(x).log_likelihoods[-1] - ells)
        heights.append(ells / POINTS)
    gains = [np.diff(each) for each in heights]
    with look():
        fig, lost, steps = panels(3.4, 1, 1)
        longest = max(map(len, below))
        for k, off in enumerate((4, 40)):
            marks.curve(lost, range(len(below[k])), below[k], k)
            marks.curve(steps, range(1, len(gains[k]) + 1), gains[k], k)
            place = longest - off, below[k][-1] + 42
            words = f"{marks.SYMBOLS[k]} {names[k]}"
            lost.text(*place, words, color=COLOURS[k], weight="bold", ha="right")
        for ax in (lost, steps):
            ax.set(xlim=(-5, longest + 8), xlabel="iteration")
            ax.grid(axis="y", color=marks.GRID)
        lost.set(ylim=(560, -25), title="nats below the best optimum")
        steps.set(ylim=(1e-11, 0.3), yscale="log")
        steps.set_title("gain of each iteration, nats per point")

    def show(exponent):
        tolerance = 10.0**exponent
        marks.segments(steps, [[(-5, tolerance), (1e4, tolerance)]], color=RED, lw=1.5)
        marks.handle(steps, 0.8 * longest, tolerance, up=("exponent", np.log10))
        parts = []
        for k, name in enumerate(names):
            n = stops_at(heights[k], 1, tolerance)
            for ax, values, at in ((lost, below[k], n), (steps, gains[k], n - 1)):
                marks.spot(ax, n, values[at], k, mec=INK, ms=13, zorder=5)
            short = max(below[k][n], 0)
            parts.append(f"{name} at iteration {n}, {short:.0f} nats short")
        return f"Tolerance {power(exponent)} stops {'; '.join(parts)}"

    return Live(
        fig,
        show,
        exponent=slider("log₁₀ of the tolerance", -3.0, -10.0, -2.0, 0.5),
        strip=({"exponent": -6.5}, {"exponent": -8.0}),
    )


# A map of basins.


def map_of_basins() -> Live:
    """Put the third initial mean anywhere; the map says where EM will end."""
    x, _ = three_groups(POINTS, STUCK)
    ends, fixed = table("basins"), published_start(2).means[:MOVED]
    known = {
        (row["covariances"], row["across"], row["up"]): row["below"] for row in ends
    }

    @lru_cache(maxsize=16)
    def run(covariances, across, up):
        start = starting_from((across, up), covariances, x)
        return until_collapse(start, x, max_iter=400, tol=1e-8)[0]

    with look():
        fig, basins, plane = panels(3.8, 1, 1)
        basins.set(xlim=(-1.25, 131.25), ylim=(-1.25, 121.25))
        basins.set_title("drag ▲: nats lost from there")
        plane.set(**WINDOW, title="where EM ends")

    def show(covariances, across, up):
        models = run(covariances, across, up).models
        basins_drawn(basins, rows(ends, covariances=covariances), x)
        for k, mean in enumerate(fixed):
            marks.spot(basins, *mean, k, mfc="white", mew=2.5, ms=9)
        way = np.array([model.means[MOVED] for model in models])
        marks.curve(basins, *way.T)
        marks.here(basins, *way[-1])
        style = {"marker": MARKERS[MOVED], "mfc": COLOURS[MOVED], "ms": 15}
        marks.handle(basins, across, up, "across", "up", **style)
        journey(plane, models, len(models) - 1, x)
        hollow(plane, models[0].means)
        place = (2.5 * round(p / 2.5) for p in (across, up))  # as browsers round
        below = known[covariances, *place]
        which = "reported" if covariances == "published" else "broad"
        end = _end(below, np.isnan(below))
        return f"Third mean from ({across:g}, {up:g}), {which} covariances: EM {end}"

    kinds = [("reported, as published", "published"), ("broad: all points'", "broad")]
    return Live(
        fig,
        show,
        covariances=choice("covariances", kinds),
        across=slider("third mean: across", 10.0, 0.0, 130.0, 2.5),
        up=slider("up", 20.0, 0.0, 120.0, 2.5),
        strip=({}, {"covariances": "broad"}),
    )


def basins_drawn(ax, part, x):
    """Draw a map from rows of the table of basins, its shelves named, and points x."""
    across, up = np.unique(part["across"]), np.unique(part["up"])
    below = part["below"].reshape(len(up), len(across))
    colours = ListedColormap(["white", "#B9B9B9", "#7F7F7F"])
    ax.imshow(
        np.ma.masked_invalid(below),
        cmap=colours.with_extremes(bad="#333333"),
        norm=BoundaryNorm((-1, 10, 400, 1e4), 3),
        extent=(*ax.get_xlim(), *ax.get_ylim()),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    style = {"s": 4, "color": COLOURS[4], "linewidths": 0, "antialiased": False}
    ax.scatter(*x[::3].T, **style)
    for lost, *place in (("0", 108, 20), ("453", 38, 72), ("338", 72, 26)):
        if lost == "0" or np.nanmax(below) > 10:
            marks.word(ax, *place, lost, on="white")


# A lottery of starts.


def lottery_of_starts() -> Live:
    """Fifty random starts at once; click through their ends from worst to best."""
    x, _ = three_groups(POINTS, STUCK)
    best = optimum(x).log_likelihoods[-1]

    @lru_cache(maxsize=12)
    def tickets(means, variance):
        starts = _starts(x, means, variance)
        runs = [until_collapse(start, x, max_iter=1000, tol=1e-8) for start in starts]
        runs.sort(key=lambda run: (not run[1], round(run[0].log_likelihoods[-1], 1)))
        collapsed = np.array([collapse is not None for _, collapse in runs])
        traces = [trace for trace, _ in runs]
        below = best - np.array([trace.log_likelihoods[-1] for trace in traces])
        climbs = [t.log_likelihoods[: ITERATIONS + 1] / POINTS for t in traces]
        ways = [np.column_stack([range(len(climb)), climb]) for climb in climbs]
        return [trace.models for trace in traces], ways, below, collapsed

    with look():
        fig, climbs, plane = panels(3.8, 1, 1.15)
        climbs.set(xlim=(-1, ITERATIONS + 1), ylim=(LOW, HIGH), xlabel="iteration")
        climbs.grid(axis="y", color=marks.GRID)
        climbs.set_title("nats per point")
        plane.set(**WINDOW, title="the chosen run")

    def show(means, variance, ticket):
        models, ways, below, collapsed = tickets(means, variance)
        chosen = ticket - 1
        marks.segments(climbs, ways, colors="#9A9A9A", linewidths=0.5, antialiased=0)
        marks.curve(climbs, *ways[chosen].T, color=RED, lw=2.5)
        last, height = ways[chosen][-1]
        beyond = None if height >= LOW else "below"
        star = marks.here(climbs, last, max(height, LOW), beyond)
        end_of = [_end(*end) for end in zip(below, collapsed, strict=True)]
        ends = [way[-1] for way in ways]
        marks.tells(star, ends, lambda n: f"number {n + 1} {end_of[n]}")
        journey(plane, models[chosen], len(models[chosen]) - 1, x)
        hollow(plane, models[chosen][0].means)
        found = (~collapsed & (below < SAME)).sum()
        return (
            f"{found} of {TICKETS} starts reach the best, {collapsed.sum()} collapse; "
            f"number {ticket} {end_of[chosen]}"
        )

    ways = [("anywhere in the box", "box"), ("random points", "points")]
    ways.append(("far-apart points", "kmeans++"))
    widths = [("narrow: variance 5", 5), ("variance 150", 150)]
    widths.append(("broad: all points'", 0))
    return Live(
        fig,
        show,
        means=choice("means", ways),
        variance=choice("covariances", widths),
        ticket=slider("start, from the worst", 1, 1, TICKETS, 1),
        strip=(
            {"ticket": 5},
            {"ticket": 9},
            {"variance": 0, "ticket": 1},
            {"means": "points", "variance": 0, "ticket": 1},
        ),
        columns=2,
    )


def _starts(x, means, variance):
    """Yield the starts of the lottery; variance 0: that of all points."""
    for seed in range(TICKETS):
        start = GaussianMixture.from_points(x, 3, rng=seed, method=means)
        narrow = variance * np.eye(2)
        shapes = [narrow] * 3 if variance else start.covariances
        yield GaussianMixture(start.weights, start.means, shapes)


def _end(below, collapsed):
    """Say how a run ends."""
    if collapsed:
        return "collapses"
    if below < SAME:
        return "reaches the best"
    return f"ends {below:.0f} nats below the best"


# Pictures that stand still.


def three_readings(printed):
    """Return a picture of the ellipses that one printed matrix may mean, (2, 2)."""
    lower, upper = printed[1, 0], printed[0, 1]
    corners = {
        "lower corner": lower,
        "mean": (lower + upper) / 2,
        "upper corner": upper,
    }
    side = np.linspace(-40, 40, 321)
    places = np.stack(np.meshgrid(side, side), axis=-1)
    with look():
        parts = []
        fig, *axes = panels(2.5, 1, 1, 1, sharex=True, sharey=True)
        for ax, (name, corner) in zip(axes, corners.items(), strict=True):
            S = np.array([[printed[0, 0], corner], [corner, printed[1, 1]]])
            squares = np.einsum("...i,ij,...j", places, np.linalg.inv(S), places)
            least = np.linalg.eigvalsh(S)[0]
            said, colour = f"least eigenvalue {number(least, 1)}", COLOURS[0]
            if least < 0:
                said, colour = f"{said}: no ellipse", COLOURS[1]
            ax.contour(side, side, squares, [1], colors=colour)
            parts.append(f"{name} {number(corner, 1)}: {said}")
            ax.set(ylim=(-24, 24), aspect="equal", xlabel=said)
            ax.set_title(f"{name}: {number(corner, 1)}")
            ax.grid(color=marks.GRID)
        return Picture(fig, "; ".join(parts), 9_000)


def experiment_by_experiment(x, traces, shown):
    """Return a figure: a run of EM in each row, at the iterations `shown`, at its end.

    The best end is that of the first run. The last column is the density at the end.
    """
    best, some = traces[0].log_likelihoods[-1], x[::4]
    with look():
        fig = figure(9, 1.75 * len(traces) + 0.25)
        axes = fig.subplots(len(traces), len(shown) + 2)
        for row, trace in zip(axes, traces, strict=True):
            for ax, n in zip(row, (*shown, trace.n_iter), strict=False):
                model, side = trace.models[n], (0, 128)
                ax.set(xlim=side, ylim=side, xticks=(), yticks=(), aspect="equal")
                marks.density_map(ax, model, 128)
                r = model.responsibilities(some)
                marks.groups(ax, some, model, r, size=2, mean=8)
                below = max(best - trace.log_likelihoods[n], 0)
                ax.set_xlabel("the best" if below < 0.5 else f"{below:,.0f} nats below")
                ax.spines[:].set_visible(False)
            marks.mountain_axes(row[-1])
            marks.mountain(row[-1], trace.model, (0, 128, 0, 128))
        for ax, n in zip(axes[0], shown, strict=False):
            ax.set_title("start" if n == 0 else f"iteration {n}")
        axes[0, -2].set_title("end")
        axes[0, -1].set_title("density", pad=9.5)
        for n, row in enumerate(axes, start=1):
            row[0].set_ylabel(f"experiment {n}")
        return fig


def success_by_size(table):
    """Return a picture: how often experiments 2, 3 and 4 end at the best, over N."""
    sizes = np.unique(table["size"])
    groups = {}
    for experiment in (2, 3, 4):
        part = rows(table, experiment=experiment, reading="lower")
        ends = [rows(part, size=n)["end"] == "best" for n in sizes]
        groups[f"experiment {experiment}"] = [(e.sum(), len(e)) for e in ends]
    return _rates(groups, sizes, "number of points N", "share of 100 draws", 0)


def success_by_damage(table):
    """Return a picture: success after one block lost `damage` nats a point."""
    damages, groups = np.unique(table["damage"]), {}
    for block in ("shapes", "means", "weights", "sizes"):
        groups[block] = [counted(table, block=block, damage=d) for d in damages]
    return _rates(
        groups, damages, "damage at the start, nats per point", "share of runs", 0.4
    )


def success_by_start(table):
    """Return a picture: success of means and covariances chosen independently."""
    covariances, groups = ("fitted", "broad", "random", "narrow"), {}
    equal = rows(table, weights="equal")
    for means in ("fitted", "kmeans++", "points", "box"):
        groups[means] = [
            counted(equal, means=means, covariances=c) for c in covariances
        ]
    return _rates(groups, covariances, "initial covariances", "share of runs", 0.8)


def _rates(groups, ticks, xlabel, title, bottom):
    """Draw rates of success, (best, runs) for each tick, with 95% Wilson intervals."""
    with look():
        fig = figure(8, 3.2)
        ax = fig.subplots()
        last = [rates[-1] for rates in groups.values()]
        heights = _apart([best / runs for best, runs in last], bottom)
        for k, (name, rates) in enumerate(groups.items()):
            at = np.arange(len(rates)) + 0.07 * (k - (len(groups) - 1) / 2)
            share = np.array([best / runs for best, runs in rates])
            low, high = np.array([interval(*rate) for rate in rates]).T
            style = {"fmt": MARKERS[k], "ls": LINES[k], "color": COLOURS[k]}
            ends = share - low, high - share
            ax.errorbar(at, share, ends, **style, capsize=4, ms=8)
            name = f"{marks.SYMBOLS[k]} {name}"
            ax.text(len(rates) - 0.78, heights[k], name, color=COLOURS[k], va="center")
        ax.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
        ax.set(xlim=(-0.3, len(ticks) - 0.1), xlabel=xlabel, ylim=(bottom, 1.02))
        ax.set_title(f"{title} that reach the best optimum, with 95% intervals")
        ax.grid(axis="y", color=marks.GRID)
        said = "; ".join(
            f"{name} {' '.join(number(best / runs) for best, runs in rates)}"
            for name, rates in groups.items()
        )
        return Picture(fig, f"At {', '.join(map(str, ticks))}: {said}", 13_000)


def _apart(heights, bottom):
    """Return heights for labels: those of the lines' ends, but never too near."""
    gap, order = 0.075 * (1 - bottom), np.argsort(heights, kind="stable")[::-1]
    placed, ceiling = np.zeros(len(heights)), 1.0
    for k in order:
        placed[k] = min(heights[k], ceiling)
        ceiling = placed[k] - gap
    return placed
