"""Pictures of EM's failures: infinite heights, lost digits, twins (chapter 8).

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np
from matplotlib.patches import Ellipse

from gmmlib.collapse import outcomes, squeezed, with_spike
from gmmlib.plots.gaussians import place_ellipse
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    INK,
    LINES,
    RED,
    Picture,
    figure,
    look,
    number,
    power,
)

BLUE, GREEN = COLOURS[0], COLOURS[2]
DECADES = np.linspace(0.5, -30, 123)  # log10 of its σ


class Density:
    """Points on a line under the density of a mixture, cut off at the top."""

    def __init__(self, ax, x, top=0.42):
        self.x, self.top = np.asarray(x), top
        low, high = self.x.min() - 1.2, self.x.max() + 1.2
        self.grid = np.linspace(low, high, 801)
        ax.plot(self.x, np.full(len(x), -0.022), "|", color=INK, ms=11, mew=1.5)
        self.parts = [
            ax.plot([], [], color=COLOURS[k], ls=LINES[k + 1], lw=1.8)[0]
            for k in range(2)
        ]
        (self.line,) = ax.plot([], [], color=INK)
        self.arrow = ax.annotate(
            "", (0, 0), (12, -2), textcoords="offset points", color=RED, va="top",
            weight="bold",
        )  # fmt: skip
        ax.set(xlim=(low, high), ylim=(-0.05, top), xlabel="x", yticks=())
        ax.spines["left"].set_visible(False)

    def show(self, model):
        """Draw the density and its parts; say how high the part above the top is."""
        grid = np.unique(np.concatenate([self.grid, *_around(model)]))
        parts = np.exp(model.log_joint(grid))
        for k, line in enumerate(self.parts):
            line.set_data(grid, parts[:, k])
        self.line.set_data(grid, parts.sum(axis=1))
        peak = parts.sum(axis=1).max()
        self.arrow.set_visible(peak > self.top)
        at = grid[parts.sum(axis=1).argmax()]
        left = at > self.grid.mean() + 1
        self.arrow.set(ha="right" if left else "left", text=f"up to {rounded(peak)}")
        self.arrow.set_position((-8 if left else 8, -2))
        self.arrow.xy = (at, self.top)
        return [*self.parts, self.line, self.arrow]


def _around(model):
    """Yield points about each mean, as dense as its own spread asks for."""
    for mean, variance in zip(
        model.means[:, 0], model.covariances[:, 0, 0], strict=True
    ):
        yield mean + np.sqrt(variance) * np.linspace(-5, 5, 101)


def rounded(value):
    """Write a large number by its power of ten."""
    if value < 1000:
        return number(value) if value < 10 else f"{value:.0f}"
    return power(round(np.log10(value)))


class HeightOverWidth:
    """ℓ as one component gets narrower, on a point and beside it; the sane fit."""

    def __init__(self, ax, x, places, sane):
        self.curves = {
            name: np.array(
                [with_spike(x, at, 10.0**d).log_likelihood(x) for d in DECADES]
            )
            for name, at in places.items()
        }
        self.places, self.x = places, x
        self.lines = {
            name: ax.plot(DECADES, curve, color=FAINT, ls=style, lw=2)[0]
            for (name, curve), style in zip(
                self.curves.items(), ("-", "--"), strict=True
            )
        }
        ax.axhline(sane, color=GREEN, lw=1.8, ls="-.")
        ax.text(-29.5, sane + 1.5, "sane fit", color=GREEN, ha="right")
        on, beside = self.curves
        middle = len(DECADES) // 2
        ax.text(DECADES[middle], self.curves[on][middle] + 2, on, ha="right")
        ax.text(-29.5, self.curves[beside][-1] - 1.5, beside, ha="right", va="top")
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=17)
        ax.set(xlim=(0.7, -30.9), ylim=(-86, 4))
        ax.set(xlabel="log₁₀ σ of the narrow component")
        ax.set_title("log-likelihood ℓ")
        ax.grid(axis="y", color="#DDDDDD")

    def show(self, name, decade):
        """Put the star on the curve of `name` at σ = 10^decade."""
        for other, line in self.lines.items():
            line.set_color(INK if other == name else FAINT)
        model = with_spike(self.x, self.places[name], 10.0**decade)
        self.now.set_data([decade], [model.log_likelihood(self.x)])
        return [*self.lines.values(), self.now]


class Cures:
    """ℓ where EM ends from a narrow start, for every strength of two cures."""

    def __init__(self, ax, strengths, ends, sane):
        self.strengths, self.ends = strengths, ends
        self.lines = {
            kind: ax.plot(strengths, ends[kind], color=FAINT, ls=style, lw=2)[0]
            for kind, style in (("floor", "-"), ("prior", "--"))
        }
        ax.axhline(sane, color=GREEN, lw=1.8, ls="-.")
        ax.text(2.5, sane + 0.25, "sane fit", color=GREEN, ha="right")
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=17)
        low = sane - 12
        ax.set(ylim=(low, sane + 1.7), xlabel="log₁₀ strength")
        ax.text(0.02, 0.06, "— floor   - - prior", transform=ax.transAxes)
        ax.set_title("ℓ where EM ends")
        ax.grid(axis="y", color="#DDDDDD")
        self.low = low

    def show(self, kind, strength):
        """Put the star on the line of `kind`; ▼ at the foot is a value below."""
        for other, line in self.lines.items():
            line.set_color(INK if other == kind else FAINT)
        at = int(abs(self.strengths - strength).argmin())
        end = self.ends[kind][at]
        self.now.set_marker("*" if end > self.low + 0.4 else "v")
        self.now.set_data([self.strengths[at]], [max(end, self.low + 0.4)])
        return [*self.lines.values(), self.now]


# Pictures that stand still.


def collapse_in_slow_motion(trace, sane):
    """Return ℓ and the smallest σ in each iteration of a run that collapsed."""
    n = np.arange(len(trace.models))
    sigmas = [np.sqrt(m.covariances.min()) for m in trace.models]
    with look():
        fig = figure(9, 3.2)
        left, right = fig.subplots(1, 2)
        left.plot(n[1:], trace.log_likelihoods[1:], color=INK, marker="o", ms=5)
        left.axhline(sane, color=GREEN, ls="-.", lw=1.8)
        left.text(1, sane + 0.35, "sane fit", color=GREEN)
        left.set(xlabel="iteration", ylim=(None, sane + 5))
        left.set_title("log-likelihood ℓ")
        right.plot(n, sigmas, color=BLUE, marker="s", ms=5)
        right.set(xlabel="iteration", yscale="log")
        right.set_title("σ of the narrow component")
        for ax in (left, right):
            ax.grid(axis="y", color="#DDDDDD")
        middle = len(n) // 2
        return Picture(
            fig,
            f"Iteration {middle}: ℓ = {number(trace.log_likelihoods[middle], 1)}, "
            f"σ = {sigmas[middle]:.2f}; iteration {n[-1]}: ℓ = "
            f"{number(trace.log_likelihoods[-1], 1)}, σ = {sigmas[-1]:.0e}",
        )


def two_ways_to_infinity(x):
    """Return a cloud with a component shrunk on a point and one flattened on a line."""
    one, other = x[0], x[1]
    cases = {
        "point": (one, None),
        "line through 2": ((one + other) / 2, other - one),
        "line through 1": (one, np.array([1.0, 0.0])),
        "line through none": (one + np.array([0, 0.13]), np.array([1.0, 0.0])),
    }
    widths = 10.0 ** np.linspace(0, -5, 41)
    with look():
        fig = figure(9, 3.7)
        axes = fig.subplot_mosaic("abe\ncde", width_ratios=(1, 1, 2.1))
        right = axes["e"]
        for letter, name in zip("acbd", cases, strict=True):
            ax, inside = axes[letter], {"2": 2, "e": 0}.get(name[-1], 1)
            ax.plot(*x.T, "o", color=FAINT, ms=3)
            ax.plot(*x[:inside].T, "o", color=RED, ms=6)
            model = squeezed(x, *cases[name], 0.12)
            for k in range(2):
                style = {"fill": False, "ec": COLOURS[k], "ls": LINES[k], "lw": 2}
                shape = ax.add_patch(Ellipse((0, 0), 1, 1, **style))
                place_ellipse(shape, model.means[k], model.covariances[k], 2)
            ax.set(xticks=(), yticks=(), xlim=(-3, 3), ylim=(-3, 3))
            ax.set_aspect("equal")
            ax.set_title(name, size=11)
        slopes = {}
        for (name, (origin, direction)), style in zip(
            cases.items(), LINES, strict=False
        ):
            ells = [squeezed(x, origin, direction, w).log_likelihood(x) for w in widths]
            slopes[name] = (ells[-1] - ells[-9]) / (np.log(10))
            right.plot(np.log10(widths), ells, color=INK, ls=style)
        right.set(xlim=(0, -5), xlabel="log₁₀ of the width")
        right.set_title("log-likelihood ℓ")
        _name(right, cases, widths, x)
        said = ", ".join(f"{name} {number(v)}" for name, v in slopes.items())
        return Picture(fig, f"ℓ gains, in ln 10 for each power of ten: {said}")


def _name(ax, cases, widths, x):
    """Write beside each curve how many points lie in what is squeezed."""
    for name, at, text, shift in (
        ("point", -3.2, "a point", (-8, 5)),
        ("line through 2", -4.0, "2 points", (6, -14)),
        ("line through 1", -4.4, "1 point", (6, -14)),
        ("line through none", -4.4, "none", (0, 5)),
    ):
        width = widths[abs(np.log10(widths) - at).argmin()]
        height = squeezed(x, *cases[name], width).log_likelihood(x)
        side = "left" if shift[0] > 0 else "right"
        ax.annotate(text, (at, height), shift, textcoords="offset points", ha=side)


def where_numbers_end():
    """Return the density of N(0, 1) far out: as a float, and by its logarithm."""
    distance = np.linspace(0, 50, 501)
    log_density = -0.5 * distance**2 - 0.5 * np.log(2 * np.pi)
    density = np.exp(log_density)
    last = distance[density > 0].max()
    with look():
        fig = figure(9, 2.8)
        ax = fig.subplots()
        ax.plot(distance, log_density / np.log(10), color=BLUE, ls="--", lw=2.5)
        seen = density > 0
        ax.plot(distance[seen], np.log10(density[seen]), color=INK, lw=4, alpha=0.6)
        ax.plot([last], [np.log10(density[seen][-1])], "X", color=RED, ms=13)
        ax.axhline(-323.3, color=FAINT, ls=":", lw=1.5)
        ax.text(0.4, -372, "smallest number above 0 that the computer has")
        ax.text(last + 0.8, -290, "the density is now 0", color=RED, weight="bold")
        ax.text(43, -480, "its logarithm goes on", color=BLUE, ha="right")
        ax.set(
            xlim=(0, 50), ylim=(-560, 12), xlabel="standard deviations from the mean"
        )
        ax.set_title("log₁₀ of the density")
        return Picture(
            fig,
            f"The density of N(0, 1) is 0 to the computer beyond {number(last, 1)} "
            f"standard deviations; its logarithm at 50 is {number(log_density[-1], 1)}",
        )


def same_pairs_of_tosses(coins, other):
    """Return how two pairs of coins distribute the heads of 2 and of 3 tosses."""
    differ = []
    with look():
        fig = figure(9, 2.9)
        axes = fig.subplots(1, 2, width_ratios=(3, 4))
        for ax, tosses in zip(axes, (2, 3), strict=True):
            h = np.arange(tosses + 1)
            for k, (model, shift) in enumerate(((coins, -0.2), (other, 0.2))):
                p = outcomes(model, tosses)
                ax.bar(h + shift, p, 0.38, color=COLOURS[k], hatch=("", "///")[k])
                for m in h:
                    ax.text(m + shift, p[m] + 0.01, number(p[m], 3), ha="center")
            gap = abs(outcomes(coins, tosses) - outcomes(other, tosses)).max()
            differ.append(f"{tosses} tosses differ by at most {number(gap, 3)}")
            ax.set(ylim=(0, 0.54), yticks=(), xlabel=f"heads in {tosses} tosses")
            ax.set_xticks(h)
            ax.spines["left"].set_visible(False)
            ax.set_title(f"{tosses} tosses a trial")
        names = [
            f"θ {number(m.heads[0])}, {number(m.heads[1])}, π {number(m.weights[0])}"
            for m in (coins, other)
        ]
        fig.suptitle(f"plain: {names[0]}      hatched: {names[1]}", size=11)
        return Picture(fig, f"{names[0]} and {names[1]}: " + ", ".join(differ))
