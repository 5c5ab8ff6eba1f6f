"""Chapter 1: the bound under the log of a sum, a chord, a cloud and its image.

One colour code throughout: green is the mean of the images, ink the image of the mean,
purple the gap between them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from gmmlib.datasets import skewed_points
from gmmlib.jensen import chord_gap, jensen_gap, log_sum_bound
from gmmlib.show import marks
from gmmlib.show.controls import choice, slider, switch
from gmmlib.show.live import Live
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
LOGS = -2.5, 1.5  # logarithms that are drawn
FARTHEST = 4.0  # ratio of a term to its q that is drawn


# The log of a sum, and the bound under it.


def log_sum_explorer() -> Live:
    """Move q, and with it the bound under the log of a sum of two terms."""
    with look():
        fig = figure(9, 3.5)
        shares, bound, why = fig.subplots(1, 3, width_ratios=(0.6, 1.25, 1.15))
        marks.column_axes(shares, ("your q", "the terms"), "shares of 1 and 2")
        bound.set(xlim=(-0.03, 1.03), ylim=LOGS, xlabel="q of term 1")
        bound.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        bound.set_title("a bound under ln(sum), for every q")
        why.set(xlim=(0, FARTHEST), ylim=LOGS, xlabel="term ÷ q")
        why.set_title("why: a chord of ln lies below ln")
        x = np.linspace(0.01, FARTHEST, 400)
        marks.curve(why, x, np.log(x), zorder=2.5)

    def show(one, two, q):
        terms, guess = np.array([one, two]), np.array([q, 1 - q])
        total, share = float(np.log(terms.sum())), one / terms.sum()
        height = float(log_sum_bound(np.log(terms), guess))
        parts = (guess, [share, 1 - share])
        marks.columns(shares, parts, [[number(v) for v in p] for p in parts])
        marks.handle(shares, 0, q, up="q", mfc=INK, mec="white", ms=11)
        bound_over_q(bound, terms, q, height, total)
        ratios_on_ln(why, terms, guess, height, total)
        below, at = total - height, f"; it touches at q = {number(share)}"
        how = f"is {number(below, 3)} below"
        if below < 5e-4:
            how, at = ("touches", "") if below < 1e-9 else ("almost touches", at)
        return (
            f"With q = {number(q)} the bound {how} "
            f"ln({number(one)} + {number(two)}) = {number(total)}{at}"
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
    """Draw the bound over every q, under ln Σ: it touches where q is the share."""
    log_terms = np.broadcast_to(np.log(terms), (len(Q), 2))
    bounds = log_sum_bound(log_terms, np.column_stack([Q, 1 - Q]))
    marks.curve(ax, [0, 1], [total, total], ls="--")
    marks.curve(ax, Q, bounds, color=MEAN)
    marks.segments(ax, [[(terms[0] / terms.sum(), y) for y in (LOGS[0], total)]],
                   color=FAINT, lw=1, ls=":")  # fmt: skip
    side = "left" if q > 0.5 else "right"
    gap(ax, q, height, total, ("bound", "ln(sum)"), side, side)
    marks.handle(ax, q, height, across="q")


def ratios_on_ln(ax, terms, q, height, total):
    """Draw the ratios term ÷ q on the curve ln, as large as q: they balance at Σ."""
    used = q > 0
    ratios = np.divide(terms, q, where=used, out=np.full(2, np.nan))
    marks.curve(ax, ratios, np.log(ratios), color=MEAN)
    for k in np.flatnonzero(used):
        style = {"color": COLOURS[k], "mec": "white", "ms": 5 + 14 * np.sqrt(q[k])}
        marks.spot(ax, ratios[k], np.log(ratios[k]), MARKERS[k], zorder=5, **style)
    farthest = np.nanmax(ratios)
    if farthest > FARTHEST:
        colour = COLOURS[int(np.nanargmax(ratios))]
        marks.word(ax, FARTHEST, 0.6, f"→ {number(farthest, 1)}", colour, ha="right")
    mean = terms[used].sum()
    fulcrum(ax, mean)
    upper = "left" if mean > 1 else "right"  # not over the ticks
    gap(ax, mean, height, total, ("bound", "ln(sum)"), upper)


# What the pictures of this chapter share.


def gap(ax, x, mean, image, names=("mean of images", "image of mean"),
        upper="left", lower="right"):  # fmt: skip
    """Draw both heights at x and the gap between; say on which side names stand.

    Where both heights meet, the name of the image stands above in the concave case
    that `mean` ≤ `image` says.
    """
    if np.isnan(image):
        heights = [(mean, names[0], MEAN, "D", upper, 4)]
    else:
        marks.segments(ax, [[(x, mean), (x, image)]], color=GAP, lw=6)
        places = [(upper, 4), (lower, -4)]
        if mean < image or names[0] == "bound":
            places.reverse()
        heights = [
            (mean, names[0], MEAN, "D", *places[0]),
            (image, names[1], INK, "o", *places[1]),
        ]
    for y, name, colour, marker, side, up in heights:
        marks.spot(ax, x, y, marker, color=colour, mec="white", ms=9, zorder=6)
        marks.beside(ax, x, y, name, colour, (-8 if side == "left" else 8, up))


def fulcrum(ax, x):
    """Draw a triangle that stands on the x-axis, under a mean."""
    style = {"color": INK, "ms": 11, "clip_on": False, "zorder": 5}
    marks.spot(ax, x, 0, "^", transform=ax.get_xaxis_transform(), **style)


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


_CURVES = (
    Curve(
        name="x²",
        f=np.square,
        slope=lambda c: 2 * c,
        chord_window=(-2.4, 3.4, -3, 7),
        chord_gap=(-9.5, 5.5),
        cloud_window=(-2.5, 2.8, -1, 8),
        cloud_gap=(-0.2, 1.2),
    ),
    Curve(
        name="eˣ",
        f=np.exp,
        slope=np.exp,
        chord_window=(-2.4, 3.2, -4, 13),
        chord_gap=(-9.5, 5.5),
        cloud_window=(-2.5, 2.4, -1.5, 11.2),
        cloud_gap=(-0.2, 1.6),
    ),
    Curve(
        name="−ln x",
        f=lambda x: -np.log(x),
        slope=lambda c: -1 / c,
        chord_window=(-0.8, 3.4, -2.2, 2.6),
        chord_gap=(-2, 1.7),
        cloud_window=(-0.5, 3, -1.5, 2.5),
        cloud_gap=(-0.1, 0.8),
        lowest=0.1,
    ),
    Curve(
        name="ln x",
        f=np.log,
        slope=lambda c: 1 / c,
        chord_window=(-0.8, 3.4, -2.6, 2.2),
        chord_gap=(-1.7, 2),
        cloud_window=(-0.5, 3, -2.5, 1.5),
        cloud_gap=(-0.8, 0.1),
        lowest=0.1,
    ),
    Curve(
        name="|x|",
        f=np.abs,
        slope=np.sign,
        chord_window=(-2.4, 3.4, -1.6, 3.4),
        chord_gap=(-2.6, 2.6),
        cloud_window=(-2.5, 2.8, -0.6, 3),
        cloud_gap=(-0.2, 1.2),
    ),
    Curve(
        name="x³",
        f=lambda x: x**3,
        slope=lambda c: 3 * c**2,
        chord_window=(-2.4, 3.0, -7, 17),
        chord_gap=(-9.5, 9.5),
        cloud_window=(-1.9, 2.4, -7, 14),
        cloud_gap=(-2.5, 3.5),
    ),
)
CURVES = {curve.name: curve for curve in _CURVES}


def draw_curve(ax, curve, window):
    """Draw a function in its window, and where it has no values."""
    x = np.linspace(*window[:2], 401)
    marks.curve(ax, x, curve.at(x), zorder=2.5)
    ax.set(xlim=window[:2], ylim=window[2:], title=f"f(x) = {curve.name}")
    if curve.positive_only:
        ax.axvspan(window[0], 0, color=BAND)
        middle = window[0] / 2, window[2] + 0.03 * (window[3] - window[2])
        ax.text(*middle, "no value here", ha="center", va="bottom", rotation=90)


def _sides(rising):
    """Return where names stand clear of a curve: above it, and below it."""
    return ("left", "right") if rising else ("right", "left")


def _held(shown, asked):
    return " (no values further left)" if shown > asked else ""


# A chord.


def chord_explorer() -> Live:
    """Drag two points on a curve, and λ along their chord, even beyond its ends."""
    with look():
        fig = figure(9, 3.4)
        view, gaps = fig.subplots(1, 2, width_ratios=(1.5, 1))
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
        held = [_held(x, asked) for x, asked in zip(ends, (x1, x2), strict=True)]
        first, second = (number(x, 1) + h for x, h in zip(ends, held, strict=True))
        chord = f"The chord of {function} from {first} to {second}"
        mean = weight * ends[0] + (1 - weight) * ends[1]
        if np.isnan(now):
            return f"{chord} has no curve beside it at {number(mean)}"
        image = float(curve.at(mean))
        heights = image + (now if abs(now) > 1e-9 else 0), image
        low, high = curve.chord_window[2:]
        unseen = min(heights) < low or max(heights) > high
        return (
            f"{chord} is {number(heights[0])} at λ = {number(weight)}, "
            f"the curve {number(image)}: {_compared(now)}"
            + " (out of sight)"
            * int(unseen)
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
    draw_curve(ax, curve, curve.chord_window)
    left, right, bottom, _ = curve.chord_window
    heights = curve.at(ends)
    x, mean = np.array([weight, 1 - weight]) @ np.column_stack([ends, heights])
    both = np.column_stack([LAMBDAS[[0, -1]], 1 - LAMBDAS[[0, -1]]])
    marks.curve(ax, both @ ends, both @ heights, color=MEAN, lw=1.5, ls="--")
    marks.curve(ax, ends, heights, color=MEAN, lw=2.5)
    drops = [[(e, bottom), (e, h)] for e, h in zip(ends, heights, strict=True)]
    marks.segments(ax, drops, color=FAINT, lw=1, ls=":")
    names = (("x₁", "x1", -4), ("x₂", "x2", 4))
    for k, (name, control, shift) in enumerate(names):
        style = {"color": COLOURS[k], "mec": "white", "ms": 11, "zorder": 5}
        marks.spot(ax, ends[k], heights[k], MARKERS[k], **style)
        marks.handle(ax, ends[k], heights[k], across=control)
        marks.beside(ax, ends[k], bottom, name, COLOURS[k], (shift, 8), bbox=None)
    if left <= x <= right:
        fulcrum(ax, x)
    rising = np.diff(ends) * np.diff(heights) >= 0
    gap(ax, x, mean, float(curve.at(x)), ("chord", "curve"), *_sides(rising))
    x1, x2 = ends
    if x1 != x2:
        along = "weight", lambda at: (at - x2) / (x1 - x2)
        marks.handle(ax, x, mean, across=along)


def _compared(difference):
    if abs(difference) < 1e-9:
        return "they meet"
    digits = 2 if abs(difference) >= 0.005 else 4
    side = "above" if difference > 0 else "below"
    return f"it lies {side} by {number(abs(difference), digits)}"


# A cloud and its image.


def cloud_explorer() -> Live:
    """Shape a cloud on the x-axis; compare the mean of its image with f(its mean)."""
    with look():
        fig = figure(9, 3.5)
        view, gaps = fig.subplots(1, 2, width_ratios=(1.6, 1))
        view.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        gaps.axhline(0, color=INK, lw=1)
        gaps.set(xlim=(-0.04, 1.04), xlabel="spread (standard deviation)")
        gaps.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
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
        no_room = " (no room for more)" if wide < spread else ""
        return (
            f"{points} points on {function} with mean "
            f"{number(middle)}{_held(middle, centre)} and spread "
            f"{number(wide)}{no_room}: mean of images {number(image + difference)}, "
            f"image of mean {number(image)}, gap {number(difference)}"
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
    low, high = curve.cloud_window[:2]
    low = max(low, curve.lowest)
    return min((low - centre) / shape.min(), (high - centre) / shape.max())


def draw_cloud(ax, curve, centre, spread, shape, mean, tangent):
    """Draw points on the x-axis, their images on the y-axis, and both means."""
    draw_curve(ax, curve, curve.cloud_window)
    points = centre + spread * shape
    images, image = curve.at(points), float(curve.at(centre))
    left, right, bottom, _ = curve.cloud_window
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
    sides = _sides(curve.slope(centre) >= 0)
    if centre - left < 0.3 * (right - left):
        sides = ("right", "right")
    gap(ax, centre, mean, image, upper=sides[0], lower=sides[1])
    marks.handle(ax, centre, image, across="centre")
    widest = int(shape.argmax())
    outwards = "spread", lambda at: (at - centre) / shape[widest]
    marks.handle(ax, points[widest], images[widest], across=outwards)


# Pictures that stand still.


def balance_point(points, weights):
    """Return a picture: weighted points on x², their polygon, their balance point."""
    points, weights = np.asarray(points, float), np.asarray(weights, float)
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        ax.fill(points, points**2, color="#D9EFE7", zorder=1)
        said = _weighted_points(ax, points, weights)
        ax.set_title("the balance point lies in the polygon, and that above the curve")
        return Picture(fig, said)


def supporting_line(points, weights):
    """Return a picture: weighted points on x², all above the tangent at their mean."""
    points, weights = np.asarray(points, float), np.asarray(weights, float)
    centre = weights @ points
    with look():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        tangent = centre**2 + 2 * centre * (points - centre)
        ax.vlines(points, tangent, points**2, color=ORANGE, lw=1.5, ls=":")
        said = _weighted_points(ax, points, weights)
        x = np.array(ax.get_xlim())
        line = centre**2 + 2 * centre * (x - centre)
        marks.curve(ax, x, line, color=ORANGE, ls="-.")
        ax.set_xlim(x)
        ax.set_title("every point is above the line, so their balance point is too")
        heights = ", ".join(number(h) for h in points**2 - tangent)
        return Picture(fig, f"Heights above the line: {heights}; {said}")


def _weighted_points(ax, points, weights):
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
    ax.set(xlim=x[[0, -1]], ylim=(-2, None), xlabel="x", ylabel="x²")
    return (
        f"mean of the images {number(mean)}, image of the mean {number(centre**2)}, "
        f"gap {number(mean - centre**2)}"
    )
