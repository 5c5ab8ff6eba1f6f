"""Chapter 1: the bound under the log of a sum, a chord, a cloud and its image.

One colour code throughout: green is the mean of the images, ink the image of the mean,
purple the gap between them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from gmmlib.datasets import skewed_points
from gmmlib.jensen import chord_gap, jensen_gap, log_sum_bound
from gmmlib.show import marks
from gmmlib.show.controls import choice, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels
from gmmlib.show.palette import COLOURS, FAINT, INK

BLUE, ORANGE, MEAN, GAP = COLOURS[:4]
BAND = "#EEEEEE"
LAMBDAS = np.linspace(-0.5, 1.5, 201)
SPREADS = np.linspace(0, 1, 41)
Q = np.linspace(0, 1, 201)
LOGS = -2.5, 1.5  # logarithms that are drawn
FARTHEST = 4.0  # ratio of a term to its q that is drawn


# The log of a sum, and the bound under it.


def log_sum_explorer(why=True) -> Live:
    """Move q, and with it the bound under the log of a sum of two terms.

    `why` shows beside it that the bound is a chord of the logarithm.
    """
    with look():
        widths = (0.6, 1.25, 1.15) if why else (0.6, 2.4)
        fig, shares, bound, *chord = panels(3.5, *widths)
        marks.column_axes(shares, ("your q", "terms"), "shares")
        bound.set(xlim=(-0.03, 1.03), ylim=LOGS, xlabel="q of term 1")
        marks.ticks(bound.xaxis, 0, 0.5, 1)
        bound.set_title("a bound for every q")
        for ax in chord:
            ax.set(xlim=(0, FARTHEST), ylim=LOGS, xlabel="term ÷ q")
            ax.set_title("why: a chord of ln")
            x = np.linspace(0.01, FARTHEST, 400)
            marks.curve(ax, x, np.log(x), zorder=2.5)

    def show(one, two, q):
        terms, guess = np.array([one, two]), np.array([q, 1 - q])
        total = float(np.log(terms.sum()))
        height = float(log_sum_bound(np.log(terms), guess))
        parts = guess, terms / terms.sum()
        marks.columns(shares, parts, [[number(v) for v in p] for p in parts])
        marks.handle(shares, 0, q, up="q", mfc=INK, mec="white", ms=11)
        bound_over_q(bound, terms, q, height, total)
        for ax in chord:
            ratios_on_ln(ax, terms, guess, height, total)
        below = total - height
        how = f"is {number(below, 3)} below"
        if below < 5e-4:
            how = "touches" if below < 1e-9 else "almost touches"
        return (
            f"With q = {number(q)} the bound {how} "
            f"ln({number(one)} + {number(two)}) = {number(total)}"
        )

    return Live(
        fig,
        show,
        one=slider("term 1", 0.6, 0.1, 1.5, 0.05),
        two=slider("term 2", 0.2, 0.1, 1.5, 0.05),
        q=slider("q of term 1", 0.3, 0.0, 1.0, 0.01),
        strip=({}, {"q": 0.75}),
    )


def bound_over_q(ax, terms, q, height, total):
    """Draw the bound for every q, under ln Σ."""
    guesses = np.column_stack([Q, 1 - Q])
    bounds = log_sum_bound(np.tile(np.log(terms), (len(Q), 1)), guesses)
    marks.curve(ax, [0, 1], [total, total], ls="--")
    marks.curve(ax, Q, bounds, color=MEAN)
    side = "left" if q > 0.5 else "right"
    gap(ax, q, height, total, ("bound", "ln(sum)"), (side, side))
    marks.handle(ax, q, height, across="q")


def ratios_on_ln(ax, terms, q, height, total):
    """Draw the ratios term ÷ q on the curve ln, as large as q: they balance at Σ."""
    used = q > 0
    ratios = np.divide(terms, q, where=used, out=np.full(2, np.nan))
    marks.curve(ax, ratios, np.log(ratios), color=MEAN)
    for k in np.flatnonzero(used):
        size = 5 + 14 * np.sqrt(q[k])
        marks.spot(ax, ratios[k], np.log(ratios[k]), k, mec="white", ms=size, zorder=5)
    farthest = np.nanmax(ratios)
    if farthest > FARTHEST:
        colour = COLOURS[int(np.nanargmax(ratios))]
        marks.word(ax, FARTHEST, 0.6, f"→ {number(farthest, 1)}", colour, ha="right")
    mean = terms[used].sum()
    fulcrum(ax, mean)
    upper = "left" if mean > 1 else "right"  # not over the ticks
    gap(ax, mean, height, total, ("bound", "ln(sum)"), (upper, "right"))


# What the pictures of this chapter share.


def gap(ax, x, mean, image, names=("mean of images", "image of mean"),
        sides=("left", "right")):  # fmt: skip
    """Draw both heights at x and the gap between; NaN is an image that does not exist.

    `sides` are those of the upper and of the lower height's name.
    """
    heights = [(mean, names[0], MEAN, "D"), (image, names[1], INK, "o")]
    if mean < image or names[0] == "bound":  # also where bound and ln(sum) meet
        heights.reverse()
    if not np.isnan(image):
        marks.segments(ax, [[(x, mean), (x, image)]], color=GAP, lw=6)
    for (y, name, colour, marker), side, up in zip(
        heights, sides, (4, -4), strict=True
    ):
        if not np.isnan(y):
            marks.spot(ax, x, y, marker, color=colour, mec="white", ms=9, zorder=6)
            marks.beside(ax, x, y, name, colour, (-8 if side == "left" else 8, up))


def fulcrum(ax, x):
    """Draw a triangle that stands on the x-axis, under a mean."""
    style = {"color": INK, "ms": 11, "clip_on": False, "zorder": 5}
    marks.spot(ax, x, 0, "^", transform=ax.get_xaxis_transform(), **style)


class Curve(NamedTuple):
    """A function of the menu, and the windows in which its pictures show it."""

    name: str
    f: Callable
    slope: Callable  # of the line through (c, f(c)) that supports f, where one does
    window: tuple  # lowest and highest x, lowest and highest y
    chord_gap: tuple  # lowest and highest gap
    cloud_gap: tuple
    lowest: float = -np.inf  # the figures go no further left: no values, if above 0

    def at(self, x):
        """Return f(x), NaN where f has no value."""
        x = np.asarray(x, float)
        inside = x > (1e-9 if self.lowest > 0 else -np.inf)
        return np.where(inside, self.f(np.where(inside, x, 1.0)), np.nan)

    def held(self, x):
        """Say that a point asked for at x stands at `lowest` instead."""
        return f"; {self.name} has no values further left" if x < self.lowest else ""


_CURVES = (
    Curve(
        name="x²",
        f=np.square,
        slope=lambda c: 2 * c,
        window=(-2.5, 2.8, -3, 8),
        chord_gap=(-9.5, 5.5),
        cloud_gap=(-0.2, 1.2),
    ),
    Curve(
        name="eˣ",
        f=np.exp,
        slope=np.exp,
        window=(-2.5, 2.5, -4, 13),
        chord_gap=(-9.5, 5.5),
        cloud_gap=(-0.2, 1.6),
    ),
    Curve(
        name="ln x",
        f=np.log,
        slope=lambda c: 1 / c,
        window=(-0.8, 3.4, -2.6, 2.2),
        chord_gap=(-1.7, 2),
        cloud_gap=(-0.8, 0.1),
        lowest=0.1,
    ),
    Curve(
        name="|x|",
        f=np.abs,
        slope=np.sign,
        window=(-2.5, 3.4, -1.6, 3.4),
        chord_gap=(-2.6, 2.6),
        cloud_gap=(-0.2, 1.2),
    ),
    Curve(
        name="x³",
        f=lambda x: x**3,
        slope=lambda c: 3 * c**2,
        window=(-1.9, 2.55, -7, 17),
        chord_gap=(-9.5, 9.5),
        cloud_gap=(-2.5, 3.5),
    ),
)
CURVES = {curve.name: curve for curve in _CURVES}


def draw_curve(ax, curve):
    """Draw a function in its window, and where it has no values."""
    left, right, bottom, top = curve.window
    x = np.linspace(left, right, 401)
    marks.curve(ax, x, curve.at(x), zorder=2.5)
    ax.set(xlim=(left, right), ylim=(bottom, top), title=f"f(x) = {curve.name}")
    if curve.lowest > 0:
        ax.axvspan(left, 0, color=BAND)
        middle = left / 2, (bottom + top) / 2
        marks.word(ax, *middle, "no value here", weight="normal", rotation=90)


def clear_of(rising):
    """Return the sides on which names are clear of a curve: above it, below it."""
    return ("left", "right") if rising else ("right", "left")


# A chord.


def chord_explorer() -> Live:
    """Drag two points on a curve, and λ along their chord, even beyond its ends."""
    with look():
        fig, view, gaps = panels(3.4, 1.5, 1)
        view.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        gaps.axvspan(0, 1, color=BAND)
        gaps.axhline(0, color=INK, lw=1)
        for y, side, word in ((0.98, "top", "above"), (0.02, "bottom", "below")):
            place = {"transform": gaps.transAxes, "ha": "center", "va": side}
            gaps.text(0.5, y, f"chord {word}", **place)
        gaps.set(xlim=(-0.55, 1.55), xlabel="λ", title="chord − curve, for every λ")
        gaps.set_xticks((-0.5, 0, 0.5, 1, 1.5), ("−½", "0", "½", "1", "1½"))

    def show(function, x1, x2, weight):
        curve = CURVES[function]
        ends = np.maximum([x1, x2], curve.lowest)
        draw_chord(view, curve, ends, weight)
        now = chord_gap(curve.at, ends, weight)
        gaps.set_ylim(curve.chord_gap)
        marks.curve(gaps, LAMBDAS, chord_gap(curve.at, ends, LAMBDAS), color=GAP)
        marks.spot(gaps, weight, now, "D", color=GAP, mec="white", ms=11)
        marks.handle(gaps, weight, now, across="weight")
        held = curve.held(min(x1, x2))
        mean = weight * ends[0] + (1 - weight) * ends[1]
        if np.isnan(now):
            return (
                f"At λ = {number(weight)} the mean is {number(mean)}, and "
                f"{function} has no value there"
            )
        image = float(curve.at(mean))
        side = "above" if now > 0 else "below"
        so = f"the chord is {side} by {number(abs(now))}"
        if abs(now) < 0.005:
            so = f"it is {side} by less than .01" if abs(now) > 1e-9 else "they meet"
        return (
            f"At λ = {number(weight)} the chord of {function} has the height "
            f"{number(image + now)}, the curve {number(image)}: {so}{held}"
        )

    return Live(
        fig,
        show,
        function=choice("function", list(CURVES)),
        x1=slider("x₁", 0.4, -1.5, 2.5, 0.1),
        x2=slider("x₂", 2.4, -1.5, 2.5, 0.1),
        weight=slider("λ", 0.5, -0.4, 1.4, 0.05, help="weight λ of x₁"),
        strip=({}, {"weight": 1.4}),
    )


def draw_chord(ax, curve, ends, weight):
    """Draw two points on a curve, the line through them, and λ's place on both."""
    draw_curve(ax, curve)
    left, right, bottom, _ = curve.window
    heights = curve.at(ends)
    x, mean = np.array([weight, 1 - weight]) @ np.column_stack([ends, heights])
    both = np.column_stack([LAMBDAS[[0, -1]], 1 - LAMBDAS[[0, -1]]])
    marks.curve(ax, both @ ends, both @ heights, color=MEAN, lw=1.5, ls="--")
    marks.curve(ax, ends, heights, color=MEAN, lw=2.5)
    drops = [[(e, bottom), (e, h)] for e, h in zip(ends, heights, strict=True)]
    marks.segments(ax, drops, color=FAINT, lw=1, ls=":")
    for k, (name, control, shift) in enumerate((("x₁", "x1", -4), ("x₂", "x2", 4))):
        marks.spot(ax, ends[k], heights[k], k, mec="white", ms=11, zorder=5)
        marks.handle(ax, ends[k], heights[k], across=control)
        marks.beside(ax, ends[k], bottom, name, COLOURS[k], (shift, 8), bbox=None)
    if left <= x <= right:
        fulcrum(ax, x)
    rising = np.diff(ends) * np.diff(heights) >= 0
    gap(ax, x, mean, float(curve.at(x)), ("chord", "curve"), clear_of(rising))
    x1, x2 = ends
    if x1 != x2:
        along = "weight", lambda at: (at - x2) / (x1 - x2)
        marks.handle(ax, x, mean, across=along)


# A cloud and its image.


def cloud_explorer() -> Live:
    """Shape a cloud on the x-axis; compare the mean of its image with f(its mean)."""
    with look():
        fig, view, gaps = panels(3.5, 1.6, 1)
        view.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        gaps.axhline(0, color=INK, lw=1)
        gaps.set(xlim=(-0.04, 1.04), xlabel="spread (standard deviation)")
        marks.ticks(gaps.xaxis, 0, 0.5, 1)
        gaps.set_title("the gap at every spread")

    def show(function, centre, spread, skew, points, tangent):
        curve, shape = CURVES[function], skewed_points(points, skew)
        middle = max(centre, 2 * curve.lowest)
        largest = room(curve, middle, shape)
        wide = min(spread, largest)
        image = float(curve.at(middle))
        difference = jensen_gap(curve.f, middle + wide * shape)
        draw_cloud(view, curve, middle, wide, shape, image + difference, tangent)
        spreads = np.minimum(SPREADS, largest)
        heights = curve.at(middle + spreads[:, None] * shape).mean(axis=1) - image
        gaps.set_ylim(curve.cloud_gap)
        marks.curve(gaps, spreads, heights, color=GAP)
        marks.spot(gaps, wide, difference, "D", color=GAP, mec="white", ms=11)
        marks.handle(gaps, wide, difference, across="spread")
        room_left = "" if wide == spread else "; there is no room for more"
        held = curve.held(centre / 2) or room_left
        return (
            f"A cloud with mean {number(middle)} and spread {number(wide)} has mean of "
            f"images {number(image + difference)}, image of mean {number(image)}, "
            f"gap {number(difference)}{held}"
        )

    return Live(
        fig,
        show,
        function=choice("function", list(CURVES)),
        centre=slider("mean", 0.9, -0.5, 1.0, 0.1),
        spread=slider("spread", 0.8, 0.0, 1.0, 0.05),
        skew=slider("skew", 0.0, -1.0, 1.0, 0.1),
        points=slider("points", 20, 2, 40, 1),
        tangent=switch("supporting line at the mean"),
        strip=({}, {"function": "ln x", "spread": 0.45, "tangent": True}),
    )


def room(curve, centre, shape):
    """Return the largest spread at which centre + spread · shape stays in sight."""
    low, high = curve.window[:2]
    low = max(low, curve.lowest)
    return min((low - centre) / shape.min(), (high - centre) / shape.max())


def draw_cloud(ax, curve, centre, spread, shape, mean, tangent):
    """Draw points on the x-axis, their images on the y-axis, and both means."""
    draw_curve(ax, curve)
    points = centre + spread * shape
    images, image = curve.at(points), float(curve.at(centre))
    left, right, bottom, _ = curve.window
    rug = {"color": BLUE, "ls": "", "ms": 16, "alpha": 0.8, "clip_on": False}
    x_axis, y_axis = ax.get_xaxis_transform(), ax.get_yaxis_transform()
    marks.curve(ax, points, 0 * points, marker="|", transform=x_axis, **rug)
    marks.curve(ax, 0 * images, images, marker="_", transform=y_axis, **rug)
    lifted = {"color": BLUE, "mec": "white", "ms": 6, "ls": "", "zorder": 4}
    marks.curve(ax, points, images, marker="o", **lifted)
    if tangent:
        x = np.array([left, right])
        line = image + curve.slope(centre) * (x - centre)
        marks.curve(ax, x, line, color=ORANGE, ls="-.", zorder=3)
    beside = left + 0.02 * (right - left)
    marks.segments(ax, [[(beside, mean), (beside, image)]], color=GAP, lw=6)
    ends = [
        [(left, mean), (centre, mean)],
        [(left, image), (centre, image)],
        [(centre, bottom), (centre, image)],
    ]
    style = {"colors": (MEAN, INK, FAINT), "linestyles": ("--", ":", ":")}
    marks.segments(ax, ends, linewidths=(1.5, 1.5, 1), **style)
    fulcrum(ax, centre)
    crowded = centre - left < 0.3 * (right - left)
    sides = ("right", "right") if crowded else clear_of(curve.slope(centre) >= 0)
    gap(ax, centre, mean, image, sides=sides)
    marks.handle(ax, centre, image, across="centre")
    widest = int(shape.argmax())
    outwards = "spread", lambda at: (at - centre) / shape[widest]
    marks.handle(ax, points[widest], images[widest], across=outwards)


# Pictures that stand still.


def balance_point(points, weights):
    """Return a picture: weighted points on x², their polygon, their balance point."""
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        ax.fill(points, points**2, color="#D9EFE7", zorder=1)
        said = weighted_points(ax, points, weights)
        ax.set_title("the polygon is above the curve, so the balance point is too")
        return Picture(fig, said)


def supporting_line(points, weights):
    """Return a picture: weighted points on x², all above the tangent at their mean."""
    centre = weights @ points
    heights = (points - centre) ** 2  # of x² above its tangent
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        ax.vlines(points, points**2 - heights, points**2, color=ORANGE, lw=1.5, ls=":")
        said = weighted_points(ax, points, weights)
        x = np.array(ax.get_xlim())
        line = centre**2 + 2 * centre * (x - centre)
        marks.curve(ax, x, line, color=ORANGE, ls="-.")
        ax.set_xlim(x)
        ax.set_title("every point is above the line, so their balance point is too")
        above = ", ".join(number(h) for h in heights)
        return Picture(fig, f"The heights above the line are {above}. {said}")


def weighted_points(ax, points, weights):
    """Draw weighted points on x² with both means; return what they are, in words."""
    x = np.linspace(points.min() - 0.5, points.max() + 0.5, 201)
    marks.curve(ax, x, x**2)
    ax.scatter(points, points**2, s=700 * weights, color=BLUE, ec="white", zorder=4)
    centre, mean = weights @ points, weights @ points**2
    for point, weight in zip(points, weights, strict=True):
        shift = (9 if point < centre else -9, 5)
        style = {"weight": "normal", "bbox": None}
        marks.beside(ax, point, point**2, number(weight, 1), BLUE, shift, **style)
    gap(ax, centre, mean, centre**2)
    fulcrum(ax, centre)
    ax.set(xlim=x[[0, -1]], ylim=(-2, 1.05 * (x**2).max()), xlabel="x", ylabel="x²")
    return (
        f"The mean of the images is {number(mean)}, the image of the mean "
        f"{number(centre**2)}, the gap {number(mean - centre**2)}"
    )
