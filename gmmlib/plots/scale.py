"""Pictures of EM at scale: sums add up, what an iteration costs, enough points."""

import numpy as np
from matplotlib.patches import Ellipse
from matplotlib.ticker import NullLocator

from gmmlib import datasets
from gmmlib.plots.gaussians import mixed_colours, place_ellipse
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    HATCHES,
    INK,
    LINES,
    MARKERS,
    RED,
    Picture,
    figure,
    look,
    number,
)

SAME = 1e-13  # below it, two results differ by rounding alone
PROGRAMS = ("gmmlib", "sklearn", "mclust")
NAMES = {"gmmlib": "gmmlib", "sklearn": "scikit-learn", "mclust": "mclust"}


class Outlines:
    """One ellipse a component (two standard deviations), dashed or not, with means."""

    def __init__(self, ax, K, colour=None, ls="-", lw=2.2, marks=True):
        self.ellipses = [
            ax.add_patch(
                Ellipse((0, 0), 1, 1, fill=False, ec=colour or INK, ls=ls, lw=lw)
            )
            for _ in range(K)
        ]
        self.means = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], mec=INK, mew=1.5, ms=11)[0]
            for k in range(K if marks else 0)
        ]

    def show(self, model):
        """Draw the components of `model`, or none of them for None."""
        for k, ellipse in enumerate(self.ellipses):
            ellipse.set_visible(model is not None)
            if model is not None:
                place_ellipse(ellipse, model.means[k], model.covariances[k], 2)
        for k, mark in enumerate(self.means):
            mark.set_data(*([[], []] if model is None else model.means[k, :, None]))
        return [*self.ellipses, *self.means]


class BlockByBlock:
    """Points read so far, the counts of each machine, and what they would give."""

    def __init__(self, fig, x, blocks, machines=3):
        self.x, self.blocks = x, blocks
        ax, bars, error = fig.subplots(1, 3, width_ratios=(1.15, 0.8, 1.15))
        self._cloud(ax)
        self._bars(bars, machines)
        self.n = np.arange(1, blocks + 1)
        (self.ahead,) = error.plot([], [], color=FAINT, lw=1.5, ls=":")
        (self.line,) = error.plot([], [], color=INK, marker="o", ms=5)
        (self.now,) = error.plot([], [], "*", color=RED, mec="white", ms=16)
        error.axhspan(SAME / 30, SAME, color="#DDDDDD", lw=0)
        error.text(1, SAME / 5.5, "rounding", va="center", color=INK, size=10)
        error.set(xlim=(0, blocks + 1), ylim=(SAME / 30, 300), yscale="log")
        error.set(xlabel="blocks read", title="distance from the full M-step")
        error.set_yticks([1e-12, 1e-8, 1e-4, 1])
        error.minorticks_off()
        error.set_xticks(range(0, blocks + 1, 5))

    def _cloud(self, ax):
        self.points = ax.scatter(*self.x.T, s=7, linewidths=0)
        self.new = Outlines(ax, 3)
        (low, high), room = (self.x.min(0), self.x.max(0)), 5
        ax.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, 112))
        ax.set(title="dark: read; pale: not yet")

    def _bars(self, ax, machines):
        self.bars = [
            ax.bar(
                range(3), np.zeros(3), color=COLOURS[:3], hatch=HATCHES[m],
                edgecolor="white", width=0.8,
            )
            for m in range(machines)
        ]  # fmt: skip
        self.totals = [ax.text(k, 0, "", ha="center", weight="bold") for k in range(3)]
        ax.set(ylim=(0, 820), xlim=(-0.6, 2.6), title="N₁, N₂, N₃ so far")
        ax.set_xlabel("hatching: machine")
        ax.set_xticks(range(3), [f"group {k + 1}" for k in range(3)])
        ax.yaxis.set_major_locator(NullLocator())

    def show(self, r, order, read, counts, model, errors):
        """Show the state after `read` blocks of the points in `order`.

        `counts` (machines, K) are the N_k of each machine, `model` is what the M-step
        makes of their sum (None at first), `errors` its distance from the full M-step
        after each number of blocks.
        """
        colours = np.full((len(self.x), 3), 0.86)
        seen = order[: read * len(self.x) // self.blocks]
        colours[seen] = mixed_colours(r[seen])
        self.points.set_facecolors(colours)
        bottom = np.zeros(3)
        for m, bars in enumerate(self.bars):
            heights = counts[m] if m < len(counts) else np.zeros(3)
            for bar, y, height in zip(bars, bottom, heights, strict=True):
                bar.set(y=y, height=height)
            bottom = bottom + heights
        for text, total in zip(self.totals, bottom, strict=True):
            text.set(text=f"{total:.0f}", y=total + 12)
        shown = np.where(errors < 10 * SAME, SAME / 5.5, errors)
        self.ahead.set_data(self.n, shown)
        self.line.set_data(self.n[:read], shown[:read])
        self.now.set_data(self.n[read - 1 : read], shown[read - 1 : read])
        return [
            self.points,
            *self.new.show(model),
            *(bar for bars in self.bars for bar in bars),
            *self.totals,
            *(self.ahead, self.line, self.now),
        ]


class Enough:
    """A fit to N points over the truth, and how far it falls short on new points."""

    def __init__(self, fig, truth, shown=1500):
        ax, curve = fig.subplots(1, 2, width_ratios=(1, 1.35))
        (self.points,) = ax.plot([], [], ".", color="#BBBBBB", ms=4)
        self.shown = shown
        self.truth, self.fit = Outlines(ax, 3, FAINT, "--", 2, False), Outlines(ax, 3)
        self.truth.show(truth)
        ax.set(xlim=(-5, 125), ylim=(-12, 112), title="dashed: truth, solid: fit")
        N = np.logspace(1.9, 5.15)
        curve.plot(N, truth.n_parameters / (2 * N), color=COLOURS[1], ls="--")
        words = "dashed: number of parameters / 2N"
        place = {"transform": curve.transAxes, "ha": "right"}
        curve.text(0.98, 0.88, words, color=COLOURS[1], **place)
        measured = datasets.table("scale_enough")
        for n in np.unique(measured["N"]):
            of_n = datasets.rows(measured, N=n)["excess"]
            curve.plot([n, n], [of_n.min(), of_n.max()], color="#9CC3DF", lw=5)
            curve.plot(n, of_n.mean(), "o", color=COLOURS[0], ms=7)
        (self.now,) = curve.plot([], [], "*", color=RED, mec="white", ms=18, zorder=5)
        curve.set(xscale="log", yscale="log", xlim=(70, 1.6e5), ylim=(1.5e-5, 0.7))
        curve.set(xlabel="points N", title="nats a point lost on new points")
        curve.minorticks_off()

    def show(self, x, fit, excess):
        """Draw `fit` and some of its points x; a star at its `excess`."""
        self.points.set_data(*x[: self.shown].T)
        self.now.set_data([len(x)], [max(excess, 1.8e-5)])
        return [self.points, *self.fit.show(fit), self.now]


def rows_of(series, **wanted):
    """Return the rows of the speed table of a series, with these entries."""
    speed = datasets.table("scale_speed")
    return datasets.rows(speed, series=series, **wanted)


def growth():
    """Return a picture of the time of an iteration against N, D and K."""
    laws = {
        "N": (lambda n: n, "∝ N"),
        "D": (lambda d: d**2 + d, "∝ D² + D"),
        "K": (lambda k: k, "∝ K"),
    }
    slopes = {}
    with look():
        fig = figure(9, 3.3)
        for i, (ax, (name, (law, words))) in enumerate(
            zip(fig.subplots(1, 3), laws.items(), strict=True)
        ):
            rows = rows_of(name)
            at, ms = rows[name].astype(float), rows["ms"]
            ax.plot(at, ms, MARKERS[i], color=COLOURS[i], ms=8, zorder=3)
            fine = np.geomspace(at[0], at[-1])
            ax.plot(fine, ms[-1] * law(fine) / law(at[-1]), color=INK, ls="--", lw=1.5)
            ax.set(xscale="log", yscale="log", xlabel=name, title=f"dashed: {words}")
            if name != "N":
                ax.set_xticks(at, [f"{v:.0f}" for v in at])
            ax.xaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_minor_locator(NullLocator())
            slopes[name] = slope(at[-2:], ms[-2:])
        fig.axes[0].set_ylabel("ms an iteration")
        said = ", ".join(f"{s:.1f} in {name}" for name, s in slopes.items())
        return Picture(fig, f"Slopes at the upper end: {said}")


def slope(at, ms):
    """Return the slope of a line through two points on logarithmic axes."""
    return float(np.diff(np.log(ms))[0] / np.diff(np.log(at))[0])


def side_by_side():
    """Return a picture of the programs' times of the same iteration."""
    speed = rows_of("programs")
    cases = list(dict.fromkeys(zip(*(speed[c] for c in "NDK"), strict=True)))
    kinds = [(p, t) for t in (1, 2) for p in PROGRAMS]
    kinds = [(p, t) for p, t in kinds if len(times_of(p, t))]
    with look():
        fig = figure(9, 3.4)
        ax = fig.subplots()
        for i, (program, cores) in enumerate(kinds):
            ms, colour = times_of(program, cores), COLOURS[PROGRAMS.index(program)]
            place = np.arange(len(cases)) + (i - (len(kinds) - 1) / 2) * 0.18
            ax.plot(
                *(place, ms, MARKERS[PROGRAMS.index(program)]),
                color=colour,
                mfc=colour if cores == 1 else "white",
                mew=2,
                ms=9,
                label=f"{NAMES[program]}, {cores} core{'s'[: cores - 1]}",
            )
            for at, value in zip(place, ms, strict=True):
                text = f"{value:.0f}" if value >= 10 else number(value, 1 + (value < 1))
                ax.annotate(
                    *(text, (at, value), (0, 8)),
                    textcoords="offset points",
                    ha="center",
                    size=10,
                )
        ax.set(yscale="log", ylim=(speed["ms"].min() / 2, 40 * speed["ms"].max()))
        ax.set(ylabel="ms an iteration", xlim=(-0.5, len(cases) - 0.5))
        ax.vlines(np.arange(1, len(cases)) - 0.5, *ax.get_ylim(), color="#DDDDDD", lw=1)
        names = [f"N = {N}\nD = {D}, K = {K}" for N, D, K in cases]
        ax.set_xticks(range(len(cases)), names)
        ax.yaxis.set_minor_locator(NullLocator())
        ax.legend(loc="upper left", ncols=3)
        ratios = [times_of("sklearn", t) / times_of("gmmlib", t) for t in (1, 2)]
        return Picture(
            fig,
            f"{len(cases)} tasks: scikit-learn takes {np.min(ratios):.1f} to "
            f"{np.max(ratios):.0f} times as long as gmmlib on the same cores",
        )


def times_of(program, threads):
    """Return a program's times of the tasks side by side, in ms an iteration."""
    return rows_of("programs", program=program, threads=threads)["ms"]


def blocks_and_memory():
    """Return a picture of time against the size of blocks, and memory against N."""
    rows = rows_of("blocks")
    best = rows[rows["ms"].argmin()]
    with look():
        fig = figure(9, 3.3)
        time, memory = fig.subplots(1, 2)
        time.plot(rows["rows"], rows["ms"], "o-", color=COLOURS[0])
        time.plot(best["rows"], best["ms"], "*", color=RED, mec="white", ms=18)
        time.set(xscale="log", ylim=(0, 1.15 * rows["ms"].max()))
        time.set(xlabel="rows of a block", title="a million points: ms an iteration")
        for i, program in enumerate(("gmmlib", "sklearn")):
            of = rows_of("memory", program=program)
            style = {"ls": LINES[i], "color": COLOURS[i], "marker": MARKERS[i]}
            memory.plot(of["N"], of["mb"], ms=8, **style)
            _name_line(memory, NAMES[program], of["N"][1], of["mb"][1], 12, COLOURS[i])
        data = of["N"] * of["D"] * 8 / 1e6
        memory.plot(of["N"], data, color=FAINT, ls=":")
        _name_line(memory, "the data themselves", of["N"][1], data[1], -24, INK)
        memory.set(xscale="log", yscale="log", ylim=(0.05, 2000))
        memory.set(xlabel="points N", title="MB held beside the data")
        for ax in (time, memory):
            ax.minorticks_off()
        slow = rows["ms"][-1] / best["ms"]
        return Picture(
            fig,
            f"Best: blocks of {best['rows']} rows, {best['ms']:.0f} ms; all rows at "
            f"once take {slow:.1f} times as long",
        )


def _name_line(ax, words, x, y, up, colour):
    ax.annotate(
        *(words, (x, y), (0, up)),
        textcoords="offset points",
        color=colour,
        ha="center",
        weight="bold",
    )
