"""Pictures of likelihoods: a coin's two curves, a bell over points, the weights' line.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from gmmlib.likelihood import (
    coin_log_likelihood,
    coin_slope,
    gaussian_surface,
    weights_of_equal_height,
)
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    HATCHES,
    INK,
    RED,
    Picture,
    figure,
    look,
    number,
    scientific,
)

SUBSCRIPTS = "₁₂₃"


class CoinCurves:
    """Likelihood and log-likelihood of one coin, each measured from its top."""

    depth = 10.5  # nats shown below the top

    def __init__(self, axes, size=401):
        self.theta = np.linspace(0, 1, size)
        self.curves, self.tops, self.stems, self.dots = [], [], [], []
        self.above, self.below = [], []
        for ax in axes:
            self.curves += ax.plot([], [], color=INK)
            self.stems += ax.plot([], [], color=COLOURS[0], ls="--", lw=1.5)
            self.tops += ax.plot([], [], "*", color=RED, ms=22, clip_on=False)
            self.dots += ax.plot(
                *([], [], "o"), color=COLOURS[0], mec="white", ms=10, clip_on=False
            )
            row = {"transform": ax.transAxes, "va": "bottom", "weight": "bold"}
            self.above.append(ax.text(0, 1.05, "", color=RED, **row))
            self.below.append(ax.text(1, 1.05, "", color=COLOURS[0], ha="right", **row))
            ax.set(xlim=(-0.01, 1.01), xlabel="θ, the coin's probability of heads")
            ax.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", ".25", ".5", ".75", "1"))
            ax.axhline(0, color="#DDDDDD", lw=1, zorder=0)
        (self.tangent,) = axes[1].plot([], [], color=COLOURS[0], lw=2)
        axes[0].set_title("likelihood p(tosses | θ)", pad=26)
        axes[0].set(ylim=(-0.03, 1.12), ylabel="measured by its top")
        axes[0].set_yticks((0, 0.5, 1), ("0", "half", "top"))
        axes[1].set_title("log-likelihood ℓ(θ)", pad=26)
        axes[1].set(ylim=(-self.depth, 1.2), ylabel="nats below its top")
        axes[1].set_yticks((0, -5, -10), ("0", "5", "10"))

    def show(self, heads, tails, theta):
        """Draw both curves for `heads` and `tails`, read off at one θ."""
        h, t = heads, tails
        curve, at = coin_log_likelihood(h, t, self.theta), _at(h, t, theta)
        best = h / (h + t) if h + t else np.nan
        top = _at(h, t, best) if h + t else 0.0
        down = max(at - top, 0.3 - self.depth)
        self._show(0, np.exp(curve - top), best, 1, theta, np.exp(at - top), 0)
        self._show(1, np.maximum(curve - top, -99), best, 0, theta, down, -99)
        self.dots[1].set_marker("o" if at - top >= down else "v")
        slope = coin_slope(h, t, theta)
        half = min(0.15, 2.5 / max(abs(slope), 1)) if np.isfinite(slope) else np.nan
        ends = np.array([-half, half])
        self.tangent.set_data(theta + ends, at - top + slope * ends)
        star = f"★ θ = {number(best)}: {scientific(np.exp(top))}"
        self.above[0].set_text(star if h + t else "no top")
        self.below[0].set_text(f"● θ = {number(theta)}: {scientific(np.exp(at))}")
        self.above[1].set_text(f"★ {nats(top)}" if h + t else "no top")
        self.below[1].set_text(f"● {nats(at)}{_slope_words(slope)}")
        return [
            *(*self.curves, *self.tops, *self.stems, *self.dots),
            *(*self.above, *self.below, self.tangent),
        ]

    def _show(self, i, curve, best, top, theta, at, foot):
        self.curves[i].set_data(self.theta, curve)
        self.tops[i].set_data([best], [top])
        self.stems[i].set_data([theta, theta], [foot, at])
        self.dots[i].set_data([theta], [at])


def nats(value):
    """Write a log-likelihood, −∞ included."""
    return number(value) if np.isfinite(value) else "−∞"


def _at(h, t, theta):
    return coin_log_likelihood(h, t, np.array([theta]))[0]


def _slope_words(slope):
    return f", slope {number(slope, 1)}" if np.isfinite(slope) else ""


class Bell:
    """Points on a line, a Gaussian over them, and each point's density as a stem."""

    def __init__(self, ax, points, low, high, top):
        self.points, self.x = points, np.linspace(low, high, 301)
        (self.curve,) = ax.plot([], [], color=INK)
        self.stems = ax.vlines(points, 0, np.ones(len(points)), color=COLOURS[0])
        (self.heads,) = ax.plot([], [], "o", color=COLOURS[0], ms=6)
        ax.plot(points, np.full(len(points), -0.03 * top), "|", color=INK, ms=9)
        self.title = _title(ax)
        ax.set(xlim=(low, high), ylim=(-0.06 * top, top), yticks=(), xlabel="x")

    def show(self, model):
        """Draw the bell of a one-component model and a stem at each point."""
        at = np.exp(model.log_joint(self.points)[:, 0])
        self.curve.set_data(self.x, np.exp(model.log_joint(self.x)[:, 0]))
        self.stems.set_segments(
            [[(x, 0), (x, p)] for x, p in zip(self.points, at, strict=True)]
        )
        self.heads.set_data(self.points, at)
        self.title.set_text(f"product of the densities: {scientific(at.prod())}")
        return [self.curve, self.stems, self.heads, self.title]


class Hill:
    """ℓ(μ, σ) of points on a line as a map, with one place on it and the way uphill."""

    def __init__(self, ax, points, means, sigmas, best):
        height = gaussian_surface(points, means, sigmas)
        below = height.max() - height
        levels = (0, 0.5, 1, 2, 4, 7, 11, 16, 25, 40, 1e9)
        greys = [f"{v:.3f}" for v in np.linspace(1, 0.55, len(levels) - 1)]
        ax.contourf(means, sigmas, below, levels=levels, colors=greys)
        ax.contour(
            means, sigmas, below, levels=levels[1:-1], colors="white", linewidths=1
        )
        ax.plot(*best, "*", color=RED, ms=22)
        self.arrow = _arrow(ax, COLOURS[0], 3)
        (self.dot,) = ax.plot([], [], "o", color=COLOURS[0], mec="white", ms=10)
        ax.set(xlabel="μ", ylabel="σ", aspect="equal")
        ax.set(xlim=(means[0], means[-1]), ylim=(sigmas[0], sigmas[-1]))
        self.title = _title(ax)

    def show(self, mean, sigma, height, gradient):
        """Put the dot at (μ, σ), where ℓ is `height`, and an arrow up the gradient."""
        length = np.hypot(*gradient)
        self.dot.set_data([mean], [sigma])
        tip = np.array([mean, sigma]) + 7 * np.asarray(gradient) / (length + 1)
        self.arrow.set_positions((mean, sigma), tuple(tip))
        self.arrow.set_visible(length > 0.1)
        slopes = " and ".join(number(g, 1) for g in gradient)
        self.title.set_text(f"ℓ(μ, σ) = {number(height)}, slopes {slopes}")
        return [self.arrow, self.dot, self.title]


class WeightPlane:
    """The line π₁ + π₂ = 1, level curves of Σ N_k ln π_k, and two arrows at a point."""

    reach, unit = 1.3, 0.3  # the axes end here; an arrow (N, N) is this long each way
    scales = (0.5, 0.65, 0.8, 0.95, 1.0, 1.1, 1.25, 1.4)  # 1.0 touches the line

    def __init__(self, ax):
        self.x = np.geomspace(0.01, self.reach + 0.1, 600)
        self.levels = [
            ax.plot([], [], color=FAINT, lw=2.2 if s == 1 else 1, zorder=1)[0]
            for s in self.scales
        ]
        ax.plot([0, 1], [1, 0], color=INK, lw=3, zorder=2)
        self.normal = _arrow(ax, COLOURS[5], 6)
        self.gradient = _arrow(ax, COLOURS[0], 2)
        (self.top,) = ax.plot([], [], "*", color=RED, ms=18, zorder=5)
        (self.dot,) = ax.plot([], [], "o", color=COLOURS[0], mec="white", ms=10)
        self.dot.set_zorder(6)
        self.names = [
            ax.text(0, 0, name, ha="center", va="center", color=c, weight="bold")
            for name, c in (("gradient", COLOURS[0]), ("(λ, λ)", "#8A5A00"))
        ]
        for name in self.names:
            name.set(bbox=_paper(), zorder=7)
        ax.set(xlim=(0, self.reach), ylim=(0, self.reach), aspect="equal")
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_yticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set(xlabel="π₁", ylabel="π₂")
        ax.set_title("black: π₁ + π₂ = 1, grey: level curves")

    def show(self, counts, weights):
        """Draw the level curves for `counts` (2,) and the arrows at `weights` (2,)."""
        shares = np.asarray(counts) / np.sum(counts)
        for scale, curve in zip(self.scales, self.levels, strict=True):
            curve.set_data(self.x, weights_of_equal_height(counts, scale, self.x))
        here, level = np.asarray(weights), np.array([1, 1])
        uphill = shares / here  # the gradient N_k / π_k in units of N
        for arrow, way in ((self.gradient, uphill), (self.normal, level)):
            arrow.set_positions(tuple(here), tuple(here + self.unit * way))
        self.top.set_data(*shares[:, None])
        self.dot.set_data(*here[:, None])
        side = 1 if uphill[0] >= uphill[1] else -1  # names stand apart
        for name, way, shift in (
            (self.names[0], uphill, (0.26 * side, -0.11 * side)),
            (self.names[1], level, (-0.24 * side, 0.06 * side)),
        ):
            place = here + self.unit * way + shift
            name.set_position(tuple(np.clip(place, (0.1, 0.06), (1.4, 1.2))))
        return [
            *(*self.levels, self.normal, self.gradient, self.top, self.dot),
            *self.names,
        ]


class Tanks:
    """Two tanks of widths π_k that hold N_k: their levels are N_k / π_k."""

    reach = 2.5  # in units of N

    def __init__(self, ax):
        self.tanks = [
            ax.bar([0], [1], color=COLOURS[k], hatch=HATCHES[k], align="edge")[0]
            for k in range(2)
        ]
        (self.wall,) = ax.plot([], [], color=INK, lw=3)
        self.texts = [
            ax.text(0, 0, "", ha="center", va="center", weight="bold") for _ in "12"
        ]
        ax.axhline(1, color=INK, ls="--", lw=1.5, zorder=3)
        ax.set(xlim=(0, 1), ylim=(0, self.reach))
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_xlabel("widths π₁ and π₂")
        ax.set_yticks((0, 1, 2), ("0", "N", "2N"))
        ax.set_title("level N\u2096 / π\u2096 of a tank that holds N\u2096")

    def show(self, counts, weights):
        """Fill the tanks of widths `weights` (2,) with `counts` (2,)."""
        N, left = np.sum(counts), 0
        for k, (count, width) in enumerate(zip(counts, weights, strict=True)):
            level = count / width / N
            self.tanks[k].set(x=left, width=width, height=level)
            over = "↑ " if level > self.reach else ""
            text = f"{over}N{SUBSCRIPTS[k]} = {count}\nlevel {number(count / width, 1)}"
            x = min(max(left + width / 2, 0.15), 0.85)
            self.texts[k].set(text=text, x=x, y=0)
            self.texts[k].set_y(np.clip(level / 2, 0.2, self.reach / 2))
            self.texts[k].set_bbox(_paper())
            left += width
        self.wall.set_data([weights[0]] * 2, [0, self.reach])
        return [*self.tanks, self.wall, *self.texts]


def _arrow(ax, colour, width):
    arrow = FancyArrowPatch(
        *((0, 0), (1, 1)),
        arrowstyle="-|>",
        mutation_scale=10 + 2.5 * width,
        shrinkA=0,
        shrinkB=0,
        color=colour,
        lw=width,
        zorder=4,
    )
    ax.add_patch(arrow)
    return arrow


def _title(ax):
    """Return a title that may change: a text that `show` sets, over the axes."""
    ax.set_title(" ")  # keeps room for it
    return ax.text(
        *(0.5, 1.02, ""), transform=ax.transAxes, ha="center", va="bottom", size=12
    )


def _paper():
    return {"facecolor": "white", "lw": 0, "pad": 1.5}


def product_and_sum(densities, shown=120):
    """Return a picture: the running product of densities ends, that of logs goes on."""
    densities = np.asarray(densities)
    product, total = np.cumprod(densities), np.cumsum(np.log(densities))
    last = int(np.count_nonzero(product))
    n = np.arange(1, len(densities) + 1)
    with look():
        fig = figure(9, 3.3)
        left, right = fig.subplots(1, 2)
        left.plot(n[:last], np.log10(product[:last]), color=INK)
        left.plot(last + 1, -335, "X", color=RED, ms=12)
        left.text(
            *(last - 4, -335),
            f"0.0 from point {last + 1} on",
            va="center",
            ha="right",
            color=RED,
            weight="bold",
        )
        left.set(xlim=(0, shown), ylim=(-350, 10), xlabel="points so far")
        left.set_yticks((-300, -200, -100, 0), ("10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1"))
        left.set_title(f"running product, the first {shown}")
        right.plot(n, total, color=INK)
        right.plot(last + 1, total[last], "X", color=RED, ms=12)
        right.text(
            *(last + 60, total[last]),
            "here the product was lost",
            va="center",
            color=RED,
            weight="bold",
        )
        right.set(xlim=(0, len(n)), ylim=(1.05 * total[-1], 0), xlabel="points so far")
        right.set_yticks([0, -5000, -10000], ["0", "−5 000", "−10 000"])
        right.set_title(f"running sum of logarithms, all {len(n)}")
        return Picture(
            fig,
            f"The product is 0.0 from point {last + 1} on; "
            f"the sum of all {len(n)} logarithms is {number(total[-1])}",
        )
