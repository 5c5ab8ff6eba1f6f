"""Live figures of chapter 1: a chord, a cloud and its image, the bound under a log."""

import numpy as np

from gmmlib.datasets import skewed_points
from gmmlib.jensen import chord_gap, jensen_gap, log_sum_bound
from gmmlib.plots.jensen import (
    CURVES,
    Chord,
    CloudAndImage,
    GapOverLambda,
    GapOverSpread,
    LogSum,
    room,
)
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider, switch


def chord_explorer():
    """Drag two points on a curve, and λ along their chord, even beyond its ends."""
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 2, width_ratios=(1.5, 1))
        chord, gap = Chord(axes[0]), GapOverLambda(axes[1])

    def setting(function, x1, x2, weight):
        curve = CURVES[function]
        return curve, np.maximum([x1, x2], curve.lowest), weight

    def update(**values):
        return [*chord.show(*setting(**values)), *gap.show(*setting(**values))]

    def sentence(**values):
        curve, ends, weight = setting(**values)
        mean = weight * ends[0] + (1 - weight) * ends[1]
        difference = chord_gap(curve.at, ends, weight)
        x1, x2 = (
            number(x, 1) + _held(x, values[name])
            for name, x in zip(("x1", "x2"), ends, strict=True)
        )
        said = f"f = {curve.name}, x₁ = {x1}, x₂ = {x2}, λ = {number(weight)}: "
        if np.isnan(difference):
            return f"{said}no value of f at {number(mean)}"
        image = float(curve.at(mean))
        compared = _compared(difference, "above", "below", "chord and curve meet")
        chord_height = image + (difference if abs(difference) > 1e-9 else 0)
        heights = (chord_height, image)
        said += f"chord {number(heights[0])}, curve {number(heights[1])}: {compared}"
        low, high = curve.chord_window[2:]
        outside = min(heights) < low or max(heights) > high
        return f"{said} (beyond the picture)" if outside else said

    controls = {
        "function": choice("function", list(CURVES)),
        "x1": slider("x₁", 0.4, -1.5, 2.5, 0.1),
        "x2": slider("x₂", 2.4, -1.5, 2.5, 0.1),
        "weight": slider("λ", 0.5, -0.4, 1.4, 0.05, help="weight λ of x₁"),
    }

    return Live(
        fig,
        controls=controls,
        update=update,
        sentence=sentence,
        strip=({}, {"weight": 1.4}),
    )


def cloud_explorer():
    """Shape a cloud on the x-axis; compare the mean of its image with f(its mean)."""
    with look():
        fig = figure(9, 3.5)
        axes = fig.subplots(1, 2, width_ratios=(1.6, 1))
        picture, gap = CloudAndImage(axes[0]), GapOverSpread(axes[1])

    def setting(function, centre, spread, skew, points, **_):
        curve = CURVES[function]
        centre = max(centre, 2 * curve.lowest)
        shape = skewed_points(points, skew)
        return curve, centre, shape, min(spread, room(curve, centre, shape))

    def update(tangent, **values):
        curve, centre, shape, spread = setting(**values)
        return [
            *picture.show(curve, centre + spread * shape, tangent),
            *gap.show(curve, centre, shape, spread),
        ]

    def sentence(**values):
        curve, centre, shape, spread = setting(**values)
        image = float(curve.at(centre))
        difference = jensen_gap(curve.f, centre + spread * shape)
        no_room = " (no room for more)" if spread < values["spread"] else ""
        return (
            f"f = {curve.name}, {len(shape)} points, "
            f"mean {number(centre)}{_held(centre, values['centre'])}, "
            f"spread {number(spread)}{no_room}: mean of images "
            f"{number(image + difference)}, image of mean {number(image)}, "
            f"gap {number(difference)}"
        )

    controls = {
        "function": choice("function", list(CURVES)),
        "centre": slider("mean", 0.9, -0.5, 1.0, 0.1),
        "spread": slider("spread", 0.8, 0.0, 1.0, 0.05),
        "skew": slider("skew", 0.0, -1.0, 1.0, 0.1),
        "points": slider("points", 20, 2, 40, 1),
        "tangent": switch("supporting line at the mean"),
    }

    return Live(
        fig,
        controls=controls,
        update=update,
        sentence=sentence,
        strip=(
            {},
            {"function": "ln x", "spread": 0.45, "tangent": True},
        ),
    )


def log_sum_explorer():
    """Move q, and with it the bound under the log of a sum of two terms."""
    with look():
        fig = figure(9, 3.4)
        picture = LogSum(fig)

    def setting(one, two, q):
        return np.array([one, two]), np.array([q, 1 - q])

    def update(**values):
        return picture.show(*setting(**values))

    def sentence(**values):
        terms, q = setting(**values)
        total = np.log(terms.sum())
        bound = float(log_sum_bound(np.log(terms), q))
        return (
            f"terms {number(terms[0])} and {number(terms[1])}, q = {number(q[0])}: "
            f"ln Σ = {number(total)}, bound {number(bound)}, "
            f"gap = KL(q‖p) = {number(total - bound, 3)}; "
            f"it touches at q = {number(terms[0] / terms.sum())}"
        )

    return Live(
        fig,
        controls={
            "one": slider("term 1", 0.6, 0.05, 1.5, 0.05),
            "two": slider("term 2", 0.2, 0.05, 1.5, 0.05),
            "q": slider("q of term 1", 0.3, 0.0, 1.0, 0.01),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"q": 0.75}),
    )


def _compared(difference, above, below, equal):
    if abs(difference) < 1e-9:
        return equal
    digits = 2 if abs(difference) >= 0.005 else 4
    return f"{above if difference > 0 else below} by {number(abs(difference), digits)}"


def _held(shown, asked):
    return " (no values further left)" if shown > asked else ""
