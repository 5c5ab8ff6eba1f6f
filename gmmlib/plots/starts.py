"""Pictures of where EM starts and ends: paths, plateaus, basins, rates of success.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, ListedColormap

from gmmlib.convergence import stops_at
from gmmlib.datasets import rows
from gmmlib.plots.gaussians import Cloud
from gmmlib.plots.mixtures import Mountain, Plane
from gmmlib.show.look import (
    COLOURS,
    INK,
    LINES,
    MARKERS,
    RED,
    Picture,
    figure,
    look,
    number,
)
from gmmlib.starts import counted, interval

WINDOW = {"xlim": (-8, 138), "ylim": (-12, 128)}  # holds the points and the starts
# Nats a point: the optimum, and the scale of a climb
BEST, LOW, HIGH = -8.67, -9.6, -8.6


def within(places):
    """Return places (…, 2), those outside the window moved to its edge."""
    return np.clip(places, *np.transpose([WINDOW["xlim"], WINDOW["ylim"]]))


class Paths(Cloud):
    """Every second point under K ellipses; each mean's path from its start (hollow)."""

    def __init__(self, ax, x, K=3, deviations=(1, 2)):
        super().__init__(ax, x, K, deviations)
        self.points.set(antialiased=False, sizes=[5])
        self.paths = [
            ax.plot([], [], color=INK, ls=LINES[k], lw=1.3, zorder=2.5)[0]
            for k in range(K)
        ]
        self.starts = [
            ax.plot([], [], MARKERS[k], mfc="none", mec=COLOURS[k], mew=2.5, ms=11)[0]
            for k in range(K)
        ]
        for start in self.starts:
            start.set_clip_on(False)
        ax.set(**WINDOW)

    def show(self, models, iteration, x):
        """Draw model number `iteration` on the points x, and how it came there."""
        model, x = models[iteration], x[::2]  # every second point: small pictures
        self.points.set_offsets(x)
        means = np.array([m.means for m in models[: iteration + 1]])
        for k, (path, start) in enumerate(zip(self.paths, self.starts, strict=True)):
            path.set_data(*means[:, k].T)
            start.set_data(*within(means[:1, k]).T)
        shown = super().show(model, model.responsibilities(x))
        return [*shown, *self.paths, *self.starts]


class StopRule:
    """Two runs of EM, and where a tolerance stops each."""

    def __init__(self, axes, runs, names, goals, points):
        self.heights = [ells / points for ells in runs]
        self.gains = [np.diff(heights) for heights in self.heights]
        self.below = [goal - ells for ells, goal in zip(runs, goals, strict=True)]
        heights, gains = axes
        self.stops = []
        for k, name in enumerate(names):
            style = {"color": COLOURS[k], "ls": LINES[k], "lw": 2}
            heights.plot(self.below[k], label=name, **style)
            gains.plot(np.arange(1, len(self.gains[k]) + 1), self.gains[k], **style)
            self.stops += [
                ax.plot([], [], MARKERS[k], color=COLOURS[k], mec=INK, ms=13, zorder=5)[
                    0
                ]
                for ax in axes
            ]
        (self.rule,) = gains.plot([], [], color=RED, lw=1.5)
        longest = max(len(ells) for ells in runs)
        heights.set(xlim=(-5, longest + 8), ylim=(560, -25), xlabel="iteration")
        heights.set_title("nats below the best optimum")
        heights.text(longest - 4, self.below[0][-1] + 42, names[0], ha="right")
        heights.text(longest - 40, self.below[1][-1] + 42, names[1], ha="right")
        gains.set(xlim=(-5, longest + 8), ylim=(1e-11, 0.3), yscale="log")
        gains.set(xlabel="iteration")
        gains.set_title("gain of each iteration, nats per point")
        for ax in axes:
            ax.grid(axis="y", color="#DDDDDD")

    def stop(self, k, tolerance):
        """Return the iteration after which run k stops."""
        return stops_at(self.heights[k], 1, tolerance)

    def show(self, tolerance):
        """Mark where gains first fall below `tolerance` nats a point."""
        self.rule.set_data([-5, 1e4], [tolerance] * 2)
        for k in range(len(self.gains)):
            n = self.stop(k, tolerance)
            self.stops[2 * k].set_data([n], [self.below[k][n]])
            self.stops[2 * k + 1].set_data([n], [self.gains[k][n - 1]])
        return [self.rule, *self.stops]


class Basins:
    """A map: from every place of one mean, the optimum that EM ends at."""

    def __init__(self, ax, table, x, fixed):
        self.maps, self.names = {}, {}
        for covariances in np.unique(table["covariances"]):
            part = table[table["covariances"] == covariances]
            across, up = np.unique(part["across"]), np.unique(part["up"])
            self.maps[str(covariances)] = part["below"].reshape(len(up), len(across))
        half = (across[1] - across[0]) / 2
        edges = (across[0] - half, across[-1] + half, up[0] - half, up[-1] + half)
        colours = ListedColormap(["white", "#B9B9B9", "#7F7F7F"])
        colours = colours.with_extremes(bad="#333333")
        self.image = ax.imshow(
            next(iter(self.maps.values())),
            cmap=colours,
            norm=BoundaryNorm((-1, 10, 400, 1e4), 3),
            extent=edges,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
        )
        self.points = ax.scatter(*x[::3].T, s=4, color=COLOURS[4], linewidths=0)
        self.points.set(antialiased=False)
        for k, mean in enumerate(fixed):
            ax.plot(*mean, MARKERS[k], mfc="white", mec=COLOURS[k], mew=2.5, ms=9)
        self.labels = [
            ax.text(0, 0, "", ha="center", va="center", weight="bold") for _ in range(3)
        ]
        (self.path,) = ax.plot([], [], color=INK, lw=2)
        (self.start,) = ax.plot([], [], MARKERS[2], color=COLOURS[2], mec=INK, ms=14)
        (self.end,) = ax.plot([], [], "*", color=RED, mec="white", ms=16)
        ax.set(xlim=edges[:2], ylim=edges[2:])
        ax.set_title("nats lost, by start of ▲")

    def show(self, covariances, means):
        """Draw one map and the path of the moved mean, (iterations + 1, 2)."""
        below = self.maps[covariances]
        self.image.set_data(np.ma.masked_invalid(below))
        texts = (("0", 108, 20), ("453", 38, 72), ("338", 72, 26))
        for label, (text, *place) in zip(self.labels, texts, strict=True):
            shown = text == "0" or np.nanmax(below) > 10
            label.set(text=text, position=place, visible=shown)
            label.set_bbox({"facecolor": "white", "lw": 0, "alpha": 0.8, "pad": 2})
        self.path.set_data(*means.T)
        self.start.set_data(*means[:1].T)
        self.end.set_data(*means[-1:].T)
        artists = [self.image, self.points, *self.labels, self.path]
        return [*artists, self.start, self.end]


class Traces:
    """Many climbs at once, one of them in full colour."""

    def __init__(self, ax, iterations):
        self.all = ax.add_collection(LineCollection([], colors="#9A9A9A", lw=0.5))
        self.all.set_antialiased(False)  # half the bytes
        (self.one,) = ax.plot([], [], color=RED, lw=2.5)
        (self.end,) = ax.plot([], [], "*", color=RED, mec="white", ms=16)
        ax.set(xlim=(-1, iterations + 1), ylim=(LOW, HIGH), xlabel="iteration")
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_title("nats per point")

    def show(self, heights, chosen):
        """Draw all of `heights`, one array a run, and number `chosen` on top."""
        self.all.set_segments([np.column_stack([range(len(h)), h]) for h in heights])
        one = heights[chosen]
        self.one.set_data(np.arange(len(one)), one)
        self.end.set_data([len(one) - 1], [max(one[-1], LOW)])
        return [self.all, self.one, self.end]


# Pictures that do not move.


def three_readings(printed):
    """Return a picture of the ellipses that one printed matrix may mean, (2, 2)."""
    lower, upper = printed[1, 0], printed[0, 1]
    corners = {
        "lower corner": lower,
        "mean": (lower + upper) / 2,
        "upper corner": upper,
    }
    with look():
        fig = figure(9, 2.5)
        parts = []
        angles = np.linspace(0, 2 * np.pi, 400)
        directions = np.array([np.cos(angles), np.sin(angles)])
        for ax, (name, corner) in zip(
            fig.subplots(1, 3, sharex=True, sharey=True), corners.items(), strict=True
        ):
            S = np.array([[printed[0, 0], corner], [corner, printed[1, 1]]])
            least = np.linalg.eigvalsh(S)[0]
            if least > 0:
                x, y = np.linalg.cholesky(S) @ directions
                ax.plot(x, y, color=COLOURS[0])
                said = f"least eigenvalue {number(least, 1)}"
            else:  # the curve yᵀ S⁻¹ y = 1 of an indefinite S is a hyperbola
                squares = np.sum(directions * np.linalg.solve(S, directions), axis=0)
                radius = np.where(squares > 0, 1 / np.sqrt(abs(squares)), np.nan)
                radius[radius > 60] = np.nan
                ax.plot(*(radius * directions), color=COLOURS[1], ls="--")
                said = f"least eigenvalue {number(least, 1)}: no ellipse"
            parts.append(f"{name} {number(corner, 1)}: {said}")
            ax.set(xlim=(-40, 40), ylim=(-24, 24), aspect="equal")
            ax.set_title(f"{name}: {number(corner, 1)}")
            ax.set_xlabel(said)
            ax.grid(color="#E6E6E6")
        return Picture(fig, "; ".join(parts), 9_000)


def ends_side_by_side(x, models):
    """Return a picture of several ends of EM on x, the best one first."""
    heights = [model.log_likelihood(x) for model in models]
    with look():
        fig = figure(9, 3.2)
        parts = []
        for ax, model, height in zip(
            fig.subplots(1, len(models), sharey=True), models, heights, strict=True
        ):
            cloud = Cloud(ax, x[::2], model.K)  # every second point: a small picture
            cloud.points.set(antialiased=False, sizes=[5])
            cloud.show(model, model.responsibilities(x[::2]))
            below = heights[0] - height
            ax.set_title("the best" if below < 0.05 else f"{below:.0f} nats below")
            shares = ", ".join(number(w, 3) for w in model.weights)
            ax.set_xlabel(f"shares {shares}")
            parts.append(f"{below:.0f} nats below the best: shares {shares}")
        return Picture(fig, "; ".join(parts), 29_000)


def experiment_by_experiment(x, traces, shown):
    """Return a figure: a run of EM in each row, at some iterations and at its end.

    Parameters
    ----------
    x : array_like, shape (N, 2)
        The points that all runs fit.
    traces : sequence of Trace
        The best end is that of the first.
    shown : sequence of int
        Which iterations; the last column is the density at the end, as a mountain.
    """
    best, some = traces[0].log_likelihoods[-1], x[::4]
    with look():
        fig = figure(9, 1.75 * len(traces) + 0.25)
        axes = fig.subplots(len(traces), len(shown) + 2)
        for row, trace in zip(axes, traces, strict=True):
            for ax, n in zip(row, (*shown, trace.n_iter), strict=False):
                model = trace.models[n]
                plane = Plane(ax, some, model.K, side=128)
                plane.show(model, some, model.responsibilities(some))
                plane.points.set_sizes([2])
                for mean in plane.means:
                    mean.set_markersize(8)
                below = max(best - trace.log_likelihoods[n], 0)
                ax.set_xlabel("the best" if below < 0.5 else f"{below:,.0f} nats below")
                ax.spines[:].set_visible(False)
            Mountain(row[-1], 128).show(trace.model, turn=-25)
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
        fig = figure(8, 3.6)
        ax = fig.subplots()
        heights = _apart(
            [rates[-1][0] / rates[-1][1] for rates in groups.values()], bottom
        )
        for k, (name, rates) in enumerate(groups.items()):
            at = np.arange(len(rates)) + 0.07 * (k - (len(groups) - 1) / 2)
            share = np.array([best / runs for best, runs in rates])
            low, high = np.array([interval(*rate) for rate in rates]).T
            ax.errorbar(
                at,
                share,
                (share - low, high - share),
                fmt=MARKERS[k],
                ls=LINES[k],
                color=COLOURS[k],
                capsize=4,
                ms=8,
            )
            ax.text(len(rates) - 0.78, heights[k], name, color=COLOURS[k], va="center")
        ax.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
        ax.set(xlim=(-0.3, len(ticks) - 0.1), xlabel=xlabel, ylim=(bottom, 1.02))
        ax.set_title(f"{title} that reach the best optimum, with 95% intervals")
        ax.grid(axis="y", color="#DDDDDD")
        return Picture(fig, _rates_in_words(groups, ticks), 11_000)


def _apart(heights, bottom):
    """Return heights for labels: those of the lines' ends, but never too near."""
    gap, order = 0.075 * (1 - bottom), np.argsort(heights)[::-1]
    placed, ceiling = np.zeros(len(heights)), 1.0
    for k in order:
        placed[k] = min(heights[k], ceiling)
        ceiling = placed[k] - gap
    return placed


def _rates_in_words(groups, ticks):
    parts = [
        f"{name} {' '.join(number(best / runs) for best, runs in rates)}"
        for name, rates in groups.items()
    ]
    return f"At {', '.join(str(t) for t in ticks)}: {'; '.join(parts)}"
