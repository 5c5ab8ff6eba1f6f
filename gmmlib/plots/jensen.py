"""Pictures of Jensen's inequality: a chord, a cloud with its image, a log-sum's bound.

One colour code throughout: green is the mean of the images, ink the image of the mean,
purple the gap between them. Each class draws its fixed parts once and has a `show`
that sets what moves and returns the artists it touched.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from gmmlib.jensen import chord_gap, jensen_gap, log_sum_bound
from gmmlib.plots.coins import Columns
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    INK,
    MARKERS,
    Picture,
    figure,
    look,
    number,
)

BLUE, ORANGE, MEAN, GAP = COLOURS[:4]
BAND = "#EEEEEE"
LAMBDAS = np.linspace(-0.5, 1.5, 201)
SPREADS = np.linspace(0, 1, 41)
Q = np.linspace(0, 1, 201)


@dataclass(frozen=True)
class Curve:
    """A function of the menu, and the windows in which its pictures show it."""

    name: str
    f: Callable
    slope: Callable  # of the line through (c, f(c)) that supports f, where one does
    chord_window: tuple  # lowest and highest x, lowest and highest y
    chord_gap: tuple
    cloud_window: tuple
    cloud_gap: tuple
    lowest: float = -np.inf  # the figures go no further left; f may have no values

    @property
    def positive_only(self):
        """Whether f has values for positive x alone."""
        return self.lowest > 0

    def at(self, x):
        """Return f(x), NaN where f has no value."""
        x = np.asarray(x, float)
        inside = x > 1e-9 if self.positive_only else np.isfinite(x)
        return np.where(inside, self.f(np.where(inside, x, 1.0)), np.nan)


CURVES = {
    "x²": Curve(
        name="x²",
        f=np.square,
        slope=lambda c: 2 * c,
        chord_window=(-2.4, 3.4, -3, 7),
        chord_gap=(-9.5, 5.5),
        cloud_window=(-2.5, 2.8, -1, 8),
        cloud_gap=(-0.2, 1.2),
    ),
    "eˣ": Curve(
        name="eˣ",
        f=np.exp,
        slope=np.exp,
        chord_window=(-2.4, 3.2, -4, 13),
        chord_gap=(-9.5, 5.5),
        cloud_window=(-2.5, 2.4, -1.5, 11.2),
        cloud_gap=(-0.2, 1.6),
    ),
    "−ln x": Curve(
        name="−ln x",
        f=lambda x: -np.log(x),
        slope=lambda c: -1 / c,
        chord_window=(-0.8, 3.4, -2.2, 2.6),
        chord_gap=(-2, 1.7),
        cloud_window=(-0.5, 3, -1.5, 2.5),
        cloud_gap=(-0.1, 0.8),
        lowest=0.1,
    ),
    "ln x": Curve(
        name="ln x",
        f=np.log,
        slope=lambda c: 1 / c,
        chord_window=(-0.8, 3.4, -2.6, 2.2),
        chord_gap=(-1.7, 2),
        cloud_window=(-0.5, 3, -2.5, 1.5),
        cloud_gap=(-0.8, 0.1),
        lowest=0.1,
    ),
    "|x|": Curve(
        name="|x|",
        f=np.abs,
        slope=np.sign,
        chord_window=(-2.4, 3.4, -1.6, 3.4),
        chord_gap=(-2.6, 2.6),
        cloud_window=(-2.5, 2.8, -0.6, 3),
        cloud_gap=(-0.2, 1.2),
    ),
    "x³": Curve(
        name="x³",
        f=lambda x: x**3,
        slope=lambda c: 3 * c**2,
        chord_window=(-2.4, 3.0, -7, 17),
        chord_gap=(-9.5, 9.5),
        cloud_window=(-1.9, 2.4, -7, 14),
        cloud_gap=(-2.5, 3.5),
    ),
}


class View:
    """A curve in its window, which changes with the curve alone; below it a fulcrum."""

    def __init__(self, ax):
        self.ax, self.curve = ax, None
        (self.line,) = ax.plot([], [], color=INK, zorder=2.5)
        self.forbidden = ax.axvspan(-9, 0, color=BAND, visible=False)
        self.warning = ax.text(0, 0.03, "", ha="center", va="bottom", rotation=90)
        self.warning.set_transform(ax.get_xaxis_transform())
        self.fulcrum = _fulcrum(ax)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        ax.yaxis.set_major_formatter(_equally_wide(2))

    def use(self, curve, window):
        """Show `curve`; return what changed, the axes too, if it is a new one."""
        if curve is self.curve:
            return []
        self.curve = curve
        x = np.linspace(*window[:2], 801)
        self.line.set_data(x, curve.at(x))
        self.forbidden.set_visible(curve.positive_only)
        self.warning.set_text("no value here" if curve.positive_only else "")
        self.warning.set_x(window[0] / 2 if curve.positive_only else 0)
        self.ax.set(xlim=window[:2], ylim=window[2:])
        self.ax.set_title(f"f(x) = {curve.name}")
        return [self.ax, self.line, self.forbidden, self.warning]


class Gap:
    """The mean of the images over a mean, the image of the mean, and their gap."""

    def __init__(self, ax, mean="mean of images", image="image of mean"):
        (self.segment,) = ax.plot([], [], color=GAP, lw=6, solid_capstyle="butt")
        (self.mean,) = ax.plot([], [], "D", color=MEAN, mec="white", ms=9, zorder=6)
        (self.image,) = ax.plot([], [], "o", color=INK, mec="white", ms=9, zorder=6)
        self.texts = [
            ax.annotate(
                name,
                xy=(0, 0),
                xytext=(0, 0),
                textcoords="offset points",
                color=colour,
                weight="bold",
                zorder=7,
                bbox={"facecolor": "white", "lw": 0, "pad": 0.8, "alpha": 0.85},
            )
            for name, colour in ((mean, MEAN), (image, INK))
        ]

    def show(self, x, mean, image, upper="left", lower="right"):
        """Put both heights at x; say on which side their names stand."""
        self.segment.set_data([x, x], [mean, image])
        self.mean.set_data([x], [mean])
        self.image.set_data([x], [image])
        places = [(upper, "bottom", 4), (lower, "top", -4)]
        if mean < image:
            places.reverse()
        heights = (mean, image)
        for text, y, (side, va, up) in zip(self.texts, heights, places, strict=True):
            text.set(visible=not np.isnan(y), va=va)
            text.xy = (x, 0 if np.isnan(y) else y)
            text.set_ha("right" if side == "left" else "left")
            text.set_position((-8 if side == "left" else 8, up))
        return [self.segment, self.mean, self.image, *self.texts]


def _equally_wide(width):
    """Return a format of ticks that leaves the layout as it is when they change."""

    def write(value, _):
        return (
            f"{value:.1f}".removesuffix(".0").replace("-", "−").rjust(width, "\u2007")
        )

    return write


def _fulcrum(ax):
    """Return a triangle that stands on the x-axis, under a mean."""
    (triangle,) = ax.plot([], [], "^", color=INK, ms=11, clip_on=False, zorder=5)
    triangle.set_transform(ax.get_xaxis_transform())
    return triangle


def _sides(rising):
    """Return where names stand clear of a curve: above it, and below it."""
    return ("left", "right") if rising else ("right", "left")


class Chord:
    """Two points on a curve, the line through them, and λ's place on both."""

    def __init__(self, ax):
        self.view, self.gap = View(ax), Gap(ax, "chord", "curve")
        (self.beyond,) = ax.plot([], [], color=MEAN, lw=1.5, ls="--")
        (self.chord,) = ax.plot([], [], color=MEAN, lw=2.5)
        self.drops = [ax.plot([], [], color=FAINT, lw=1, ls=":")[0] for _ in range(2)]
        self.points = [
            ax.plot([], [], MARKERS[i], color=c, mec="white", ms=11, zorder=5)[0]
            for i, c in enumerate((BLUE, ORANGE))
        ]
        self.names = [
            ax.annotate(
                name,
                xy=(0, 0),
                xytext=(shift, 12),
                xycoords=ax.get_xaxis_transform(),
                textcoords="offset points",
                color=colour,
                weight="bold",
                ha="center",
                zorder=7,
            )
            for name, colour, shift in (("x₁", BLUE, -11), ("x₂", ORANGE, 11))
        ]

    def show(self, curve, ends, weight):
        """Draw the chord over `ends` (2,) and its point for λ = `weight`."""
        touched = self.view.use(curve, curve.chord_window)
        left, right, bottom, _ = curve.chord_window
        heights = curve.at(ends)
        weights = np.array([weight, 1 - weight])
        x, mean = weights @ ends, weights @ heights
        both = np.column_stack([LAMBDAS, 1 - LAMBDAS])
        self.beyond.set_data(both @ ends, both @ heights)
        self.chord.set_data(ends, heights)
        for i in range(2):
            self.points[i].set_data(ends[i : i + 1], heights[i : i + 1])
            self.drops[i].set_data([ends[i]] * 2, [bottom, heights[i]])
            self.names[i].xy = (ends[i], 0)
        self.view.fulcrum.set_visible(left <= x <= right)
        self.view.fulcrum.set_data([x], [0])
        rising = np.diff(ends) * np.diff(heights) >= 0
        return [
            *touched,
            *(self.view.fulcrum, self.beyond, self.chord),
            *(*self.drops, *self.points, *self.names),
            *self.gap.show(x, mean, float(curve.at(x)), *_sides(rising)),
        ]


class GapOverLambda:
    """Chord minus curve for every λ: its sign changes at 0 and at 1."""

    def __init__(self, ax):
        self.ax, self.curve = ax, None
        ax.axvspan(0, 1, color=BAND)
        ax.axhline(0, color=INK, lw=1)
        (self.line,) = ax.plot([], [], color=GAP)
        (self.now,) = ax.plot([], [], "D", color=GAP, mec="white", ms=11)
        for y, side, word in ((0.98, "top", "above"), (0.02, "bottom", "below")):
            place = {"transform": ax.transAxes, "ha": "center", "va": side}
            ax.text(0.5, y, f"chord {word}", color=INK, **place)
        ax.set(xlim=(-0.55, 1.55), xlabel="λ")
        ax.set_xticks((-0.5, 0, 0.5, 1, 1.5), ("−½", "0", "½", "1", "1½"))
        ax.set_title("chord − curve, for every λ")
        ax.yaxis.set_major_formatter(_equally_wide(4))

    def show(self, curve, ends, weight):
        """Draw the gap of the chord over `ends` (2,) and mark λ = `weight`."""
        self.line.set_data(LAMBDAS, chord_gap(curve.at, ends, LAMBDAS))
        self.now.set_data([weight], [chord_gap(curve.at, ends, weight)])
        if curve is self.curve:
            return [self.line, self.now]
        self.curve = curve
        self.ax.set_ylim(curve.chord_gap)
        return [self.ax, self.line, self.now]


def room(curve, centre, shape):
    """Return the largest spread at which centre + spread · shape stays in sight."""
    low, high = curve.cloud_window[:2]
    low = max(low, curve.lowest)
    return min((low - centre) / shape.min(), (high - centre) / shape.max())


class CloudAndImage:
    """Points on the x-axis, their images on the y-axis, and both means."""

    def __init__(self, ax):
        self.view, self.gap = View(ax), Gap(ax)
        x_axis, y_axis = ax.get_xaxis_transform(), ax.get_yaxis_transform()
        rug = {"ls": "", "clip_on": False, "alpha": 0.8, "color": BLUE}
        (self.points,) = ax.plot([], [], marker="|", ms=16, transform=x_axis, **rug)
        (self.images,) = ax.plot([], [], marker="_", ms=16, transform=y_axis, **rug)
        (self.lifted,) = ax.plot([], [], "o", color=BLUE, mec="white", ms=6, zorder=4)
        (self.tangent,) = ax.plot([], [], color=ORANGE, ls="-.", zorder=3)
        (self.up,) = ax.plot([], [], color=FAINT, lw=1, ls=":")
        (self.projected,) = ax.plot([], [], color=GAP, lw=6, solid_capstyle="butt")
        self.across = [
            ax.plot([], [], color=c, lw=1.5, ls=ls)[0]
            for c, ls in ((MEAN, "--"), (INK, ":"))
        ]

    def show(self, curve, points, tangent=False):
        """Draw the cloud `points` (M,), its image, and the tangent at its mean."""
        touched = self.view.use(curve, curve.cloud_window)
        images, centre = curve.at(points), points.mean()
        image = float(curve.at(centre))
        mean = image + jensen_gap(curve.f, points)
        self.points.set_data(points, np.zeros_like(points))
        self.images.set_data(np.zeros_like(images), images)
        self.lifted.set_data(points, images)
        left, right, bottom, _ = curve.cloud_window
        self.up.set_data([centre] * 2, [bottom, image])
        for line, y in zip(self.across, (mean, image), strict=True):
            line.set_data([left, centre], [y, y])
        x = np.array([left, right])
        self.tangent.set_data(x, image + curve.slope(centre) * (x - centre))
        self.tangent.set_visible(tangent)
        self.projected.set_data([left + 0.02 * (right - left)] * 2, [mean, image])
        self.view.fulcrum.set_data([centre], [0])
        sides = _sides(curve.slope(centre) >= 0)
        if centre - left < 0.3 * (right - left):
            sides = ("right", "right")
        return [
            *touched,
            *(self.view.fulcrum, self.projected, self.points, self.images, self.lifted),
            *(self.tangent, self.up, *self.across),
            *self.gap.show(centre, mean, image, *sides),
        ]


class GapOverSpread:
    """The gap of the same cloud at every spread: 0 for a constant."""

    def __init__(self, ax):
        self.ax, self.curve = ax, None
        ax.axhline(0, color=INK, lw=1)
        (self.line,) = ax.plot([], [], color=GAP)
        (self.now,) = ax.plot([], [], "D", color=GAP, mec="white", ms=11)
        ax.set(xlim=(-0.04, 1.04), xlabel="spread (standard deviation)")
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_title("the gap at every spread")
        ax.yaxis.set_major_formatter(_equally_wide(4))

    def show(self, curve, centre, shape, spread):
        """Draw the gap of centre + spread · `shape` (M,) while it has room."""
        largest = room(curve, centre, shape)
        spreads = np.minimum(SPREADS, largest)
        points = centre + np.append(spreads, spread)[:, None] * shape
        gaps = curve.at(points).mean(axis=1) - curve.at(centre)
        self.line.set_data(spreads, gaps[:-1])
        self.now.set_data([spread], gaps[-1:])
        if curve is self.curve:
            return [self.line, self.now]
        self.curve = curve
        self.ax.set_ylim(curve.cloud_gap)
        return [self.ax, self.line, self.now]


class Ratios:
    """The ratios term ÷ q on the curve ln, with weights q: their balance point."""

    top = 4.0

    def __init__(self, ax):
        x = np.linspace(0.01, self.top, 400)
        ax.plot(x, np.log(x), color=INK, zorder=2.5)
        self.gap = Gap(ax, "bound", "ln Σ")
        (self.chord,) = ax.plot([], [], color=MEAN, lw=2)
        self.points = [
            ax.plot([], [], MARKERS[k], color=c, mec="white", zorder=5)[0]
            for k, c in enumerate((BLUE, ORANGE))
        ]
        self.fulcrum = _fulcrum(ax)
        self.away = ax.text(self.top, 0.55, "", ha="right", color=BLUE, weight="bold")
        ax.set(xlim=(0, self.top), ylim=(-3.2, 1.6), xlabel="term ÷ q")
        ax.set_title("two ratios, weights q, on ln")

    def show(self, terms, q):
        """Put the ratios of `terms` (2,) to q (2,) on the curve, as large as q."""
        used = q > 0
        ratios = np.divide(terms, q, where=used, out=np.full(2, np.nan))
        for k, point in enumerate(self.points):
            point.set_data(ratios[k : k + 1], np.log(ratios[k : k + 1]))
            point.set_markersize(5 + 14 * np.sqrt(q[k]))
        self.chord.set_data(ratios, np.log(ratios))
        farthest = np.nanmax(ratios)
        self.away.set_text(f"→ {number(farthest, 1)}" if farthest > self.top else "")
        mean, total = terms[used].sum(), float(np.log(terms.sum()))
        self.fulcrum.set_data([mean], [0])
        upper = "left" if mean > 0.45 else "right"  # not over the ticks
        return [
            *(self.chord, self.fulcrum, *self.points, self.away),
            *self.gap.show(mean, _below(terms, q), total, upper),
        ]


class BoundOverQ:
    """The bound for every q, under ln Σ: it touches where q is the terms' share."""

    def __init__(self, ax):
        (self.top,) = ax.plot([], [], color=INK, ls="--")
        (self.curve,) = ax.plot([], [], color=MEAN)
        (self.touch,) = ax.plot([], [], color=FAINT, lw=1, ls=":")
        self.gap = Gap(ax, "bound", "ln Σ")
        ax.set(xlim=(-0.03, 1.03), ylim=(-3.2, 1.6), xlabel="q of term 1")
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_title("the bound, for every q")

    def show(self, terms, q):
        """Draw the bound of `terms` (2,) over q, and where q (2,) is now."""
        log_terms, total = np.log(terms), np.log(terms.sum())
        bounds = log_sum_bound(
            np.tile(log_terms, (len(Q), 1)), np.column_stack([Q, 1 - Q])
        )
        self.top.set_data([0, 1], [total, total])
        self.curve.set_data(Q, bounds)
        self.touch.set_data([terms[0] / terms.sum()] * 2, [-3.2, total])
        side = "left" if q[0] > 0.5 else "right"
        return [
            *(self.top, self.curve, self.touch),
            *self.gap.show(q[0], _below(terms, q), float(total), side, side),
        ]


def _below(terms, q):
    """Return the bound under ln Σ; where they touch its name stays below, too."""
    return min(float(log_sum_bound(np.log(terms), q)), np.log(terms.sum()) - 1e-9)


class LogSum:
    """Ratios on ln, q beside the shares, and the bound for every q."""

    def __init__(self, fig):
        axes = fig.subplots(1, 3, width_ratios=(1.25, 0.6, 1.15))
        self.ratios, self.bound = Ratios(axes[0]), BoundOverQ(axes[2])
        self.columns = Columns(axes[1], ("q", "p"))
        axes[1].set_title("q, and terms ÷ Σ")

    def show(self, terms, q):
        """Show two `terms` and a distribution q over them."""
        shares = (q, terms / terms.sum())
        labels = [[number(v) for v in share] for share in shares]
        return [
            *self.ratios.show(terms, q),
            *self.columns.show(shares, labels),
            *self.bound.show(terms, q),
        ]


def balance_point(points, weights):
    """Return a picture: weighted points on x², their polygon, their balance point."""
    points, weights = np.asarray(points, float), np.asarray(weights, float)
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        ax.fill(points, points**2, color="#D9EFE7", zorder=1)
        gap = _weighted_points(ax, points, weights)
        ax.set_title("the balance point lies in the polygon, and that above the curve")
        return Picture(fig, gap)


def supporting_line(points, weights):
    """Return a picture: weighted points on x², all above the tangent at their mean."""
    points, weights = np.asarray(points, float), np.asarray(weights, float)
    centre = weights @ points
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        tangent = centre**2 + 2 * centre * (points - centre)
        ax.vlines(points, tangent, points**2, color=ORANGE, lw=1.5, ls=":")
        gap = _weighted_points(ax, points, weights)
        x = np.array(ax.get_xlim())
        ax.plot(x, centre**2 + 2 * centre * (x - centre), color=ORANGE, ls="-.")
        ax.set_xlim(x)
        ax.set_title("every point is above the line, so their balance point is too")
        heights = ", ".join(number(h) for h in points**2 - tangent)
        return Picture(fig, f"Heights above the line: {heights}; {gap}")


def _weighted_points(ax, points, weights):
    """Draw weighted points on x² with both means; return what they are, in words."""
    x = np.linspace(points.min() - 0.5, points.max() + 0.5, 201)
    ax.plot(x, x**2, color=INK)
    ax.scatter(points, points**2, s=700 * weights, color=BLUE, ec="white", zorder=4)
    centre, mean = weights @ points, weights @ points**2
    for point, weight in zip(points, weights, strict=True):
        side = "left" if point < centre else "right"
        place = {"textcoords": "offset points", "ha": side, "va": "bottom"}
        shift = (9 if side == "left" else -9, 5)
        ax.annotate(number(weight, 1), (point, point**2), shift, color=BLUE, **place)
    Gap(ax).show(centre, mean, centre**2)
    _fulcrum(ax).set_data([centre], [0])
    ax.set(xlim=x[[0, -1]], ylim=(-2, None), xlabel="x", ylabel="x²")
    return (
        f"mean of the images {number(mean)}, image of the mean {number(centre**2)}, "
        f"gap {number(mean - centre**2)}"
    )
