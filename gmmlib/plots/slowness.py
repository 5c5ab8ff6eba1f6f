"""Pictures of EM's speed: the cobweb, missing information, temperature (chapter 8).

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np

from gmmlib.convergence import next_gap
from gmmlib.show.look import COLOURS, FAINT, INK, LINES, RED, number

BLUE, GREEN = COLOURS[0], COLOURS[2]
LEAST = 1e-9  # of what is left of the way, on a logarithmic axis


class Cobweb:
    """The map g → M(g), the diagonal, and the steps between them."""

    def __init__(self, ax, low=-0.06, high=0.64):
        self.grid = np.linspace(low, high, 281)
        ax.plot([low, high], [low, high], color=FAINT, lw=1.5)
        (self.curve,) = ax.plot([], [], color=BLUE, lw=3)
        (self.web,) = ax.plot([], [], color=INK, lw=1.3)
        (self.start,) = ax.plot([], [], "s", color=INK, ms=7)
        (self.rests,) = ax.plot([], [], "o", mfc="white", mec=INK, mew=2, ms=9)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=16)
        ticks = (0, 0.2, 0.4, 0.6), ("0", ".2", ".4", ".6")
        ax.set_xticks(*ticks)
        ax.set_yticks(*ticks)
        ax.set(xlim=(low, high), ylim=(low, 0.5), xlabel="gap g: coin A − coin B")
        ax.set_title("one iteration: the next gap M(g)")

    def show(self, x, gaps, iteration, rests):
        """Draw the map of x, `gaps` up to `iteration`, and the resting points."""
        self.curve.set_data(self.grid, next_gap(x, self.grid))
        path = np.repeat(gaps[: iteration + 1], 2)
        self.web.set_data(path[:-1], np.append(0, path[2:]))
        self.rests.set_data(rests, rests)
        self.start.set_data([gaps[0]], [0])
        self.now.set_data([gaps[iteration]], [gaps[iteration] if iteration else 0])
        return [self.curve, self.web, self.rests, self.start, self.now]


class WayLeft:
    """What is left of the way, and the straight line that the slope predicts."""

    def __init__(self, ax, iterations):
        self.n = np.arange(iterations + 1)
        (self.predicted,) = ax.plot([], [], color=GREEN, ls="-.", lw=3)
        (self.line,) = ax.plot([], [], color=INK, marker="o", ms=4, lw=1.2)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=16)
        ax.set(xlim=(-0.5, iterations + 0.5), ylim=(LEAST, 3), yscale="log")
        ax.set(xlabel="iteration")
        ax.set_title("way left; dashed: what the slope says")
        ax.grid(axis="y", color="#DDDDDD")

    def show(self, left, iteration, rate):
        """Draw `left` (n,) up to `iteration`, and a line of slope `rate`."""
        left = np.asarray(left)
        seen = max(int(np.count_nonzero(left > LEAST)), 1)
        anchor = seen - 1
        line = left[anchor] * rate ** (self.n[:seen] - anchor) if rate > 1e-6 else []
        self.predicted.set_data(self.n[: len(line)], line)
        last = min(iteration, seen - 1)
        self.line.set_data(self.n[: last + 1], left[: last + 1])
        self.now.set_data([last], [max(left[last], LEAST)])
        return [self.predicted, self.line, self.now]


class Rates:
    """The rate of convergence for each number of labels told, one of them lit."""

    def __init__(self, ax, rates):
        self.bars = ax.bar(range(len(rates)), rates, color=FAINT, width=0.8)
        for n, rate in enumerate(rates):
            ax.text(n, rate + 0.008, number(rate, 3), ha="center")
        ax.set(ylim=(0, 0.47), yticks=(), xlabel="coins told")
        ax.set_xticks(range(len(rates)))
        ax.spines["left"].set_visible(False)
        ax.set_title("missing information")

    def show(self, told):
        """Light the bar of `told`."""
        for n, bar in enumerate(self.bars):
            bar.set(facecolor=RED if n == told else FAINT)
        return list(self.bars)


class ByTemperature:
    """Where both coins end for every β: merged, apart, hard."""

    def __init__(self, ax, betas, ends, merge):
        for k, name in enumerate("AB"):
            ax.plot(betas, ends[:, k], color=COLOURS[k], ls=LINES[k])
            at = (betas[-1] * 0.97, ends[-1, k] + (0.025, -0.025)[k])
            va = ("bottom", "top")[k]
            ax.text(*at, f"coin {name}", color=COLOURS[k], ha="right", va=va)
        ax.axvline(merge, color=FAINT, ls=":")
        ax.text(merge * 0.96, 0.84, "1/φ", ha="right")
        ax.axvline(1, color=FAINT, ls=":")
        ax.text(1.04, 0.84, "EM")
        self.dots = [
            ax.plot([], [], m, color=COLOURS[k], mec=INK, ms=11, zorder=4)[0]
            for k, m in enumerate("os")
        ]
        (self.now,) = ax.plot([], [], color=RED, lw=1.5)
        ax.set(xscale="log", xlim=(0.92 * betas[0], 1.08 * betas[-1]))
        ax.set(ylim=(0.4, 0.88))
        ax.set_xticks((0.3, 1, 3, 10), (".3", "1", "3", "10"))
        ax.set_xticks((), minor=True)
        ax.set_yticks((0.5, 0.66, 0.8), (".5", ".66", ".8"))
        ax.set(xlabel="β: melted to hard")
        ax.set_title("where the coins end")

    def show(self, beta, heads):
        """Mark the coins that `beta` leads to."""
        for dot, theta in zip(self.dots, heads, strict=True):
            dot.set_data([beta], [theta])
        self.now.set_data([beta, beta], [0.4, 0.83])
        return [*self.dots, self.now]
