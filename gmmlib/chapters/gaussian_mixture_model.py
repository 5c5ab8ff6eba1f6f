"""Chapter 5: whose height, a mixture on a line and in the plane, the story it tells."""

from functools import lru_cache

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from gmmlib.datasets import three_groups_mixture
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import (
    covariance_with_axes,
    hardened,
    joint_densities,
    log_odds,
    shares,
    turning_point,
)
from gmmlib.show import marks
from gmmlib.show.controls import choice, moves, player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels, scientific
from gmmlib.show.palette import COLOURS, FAINT, HATCHES, INK, MARKERS, RED

HEIGHTS = np.linspace(60, 220, 321)
LINE = np.linspace(0, 20, 401)
WIDE_LINE = np.linspace(-30, 50, 4001)  # holds all of every bell
SIDE = 110


# Two groups of heights.


def whose_height() -> Live:
    """Two groups of heights: whose is this one, and how does the answer move?"""
    with look():
        fig, over, curve, odds = panels(3.4, 1.35, 1, 1)
        for ax in (over, curve, odds):
            ax.set(xlim=(HEIGHTS[0], HEIGHTS[-1]), xlabel="height x in cm")
        over.set(yticks=(), title="p(x, z): ● group 1, ■ group 2")
        curve.set(ylim=(-0.03, 1.03), title="posterior p(group 1 | x)")
        marks.ticks(curve.yaxis, 0, 0.5, 1)
        odds.set(ylim=(-12.7, 12.7), title="log-odds")
        marks.ticks(odds.yaxis, -10, 0, 10)
        odds.axhline(0, color="#BBBBBB", lw=1, zorder=0)

    def show(height, share, **parameters):
        means, deviations = (
            [parameters[f"{name}_{k}"] for k in (1, 2)] for name in ("mean", "sd")
        )
        model = GaussianMixture([share, 1 - share], means, np.square(deviations))
        turn, here = turning_point(model), np.array([float(height)])
        two_bells(over, model, height)
        whose = model.responsibilities(here)[0]
        reading(curve, model.responsibilities(HEIGHTS)[:, 0], height, whose[0], turn)
        leads = log_odds(model, HEIGHTS), height, log_odds(model, here)[0]
        reading(odds, *leads, turn)
        return (
            f"At {height} cm, group 1 has {number(whose[0])} and "
            f"group 2 {number(whose[1])}; {_shape(model)}"
        )

    return Live(
        fig,
        show,
        height=slider("height in cm", 172, 60, 220, 1),
        share=slider("share of ●", 0.5, 0.05, 0.95, 0.05, "share of group 1"),
        mean_1=slider("mean of ●", 175, 140, 200, 1, "mean of group 1"),
        sd_1=slider("spread of ●", 7, 3, 12, 1, "spread of group 1"),
        mean_2=slider("mean of ■", 162, 140, 200, 1, "mean of group 2"),
        sd_2=slider("spread of ■", 7, 3, 12, 1, "spread of group 2"),
        strip=({}, {"sd_2": 6, "height": 80}),
    )


def _shape(model):
    """Say in words how the posterior of group 1 depends on the height."""
    turn = turning_point(model)
    if turn is None:
        rising = model.means[0, 0] - model.means[1, 0]
        if rising == 0:
            return "the same at every other height"
        more = "more" if rising > 0 else "less"
        return f"the taller, the {more} probable is group 1"
    least = model.covariances[0, 0, 0] > model.covariances[1, 0, 0]
    place = f"{turn:.0f}".replace("-", "−")
    return f"group 1 is {'least' if least else 'most'} probable at {place} cm"


def two_bells(ax, model, height):
    """Draw two weighted bells and their sum, cut at a height; all can be dragged."""
    parts = joint_densities(model, HEIGHTS)
    total, at = parts.sum(axis=0), joint_densities(model, [float(height)])[:, 0]
    ax.set_ylim(0, next(top for top in (0.045, 0.09, 0.2) if top > 1.08 * total.max()))
    marks.curve(ax, HEIGHTS, total, color=FAINT, lw=4)
    marks.stems(ax, height, 1, lw=1.5, ls=":")
    low = int(model.means[0, 0] > model.means[1, 0])  # which bell is further left
    for k, part in enumerate(parts):
        mean, deviation = model.means[k, 0], model.covariances[k, 0, 0] ** 0.5
        side = -1 if k == low else 1
        marks.curve(ax, HEIGHTS, part, k)
        marks.band(ax, HEIGHTS, 0, part, k, alpha=0.18)
        marks.spot(ax, height, at[k], k, mec="white", ms=15 - 6 * k)
        peak, flank = joint_densities(model, [mean, mean + side * deviation])[k]
        marks.handle(ax, mean, peak, across=f"mean_{k + 1}", k=k)
        spread = f"sd_{k + 1}", lambda x, mean=mean: abs(x - mean)
        _wide_handle(ax, mean + side * deviation, flank, spread)
    marks.handle(ax, height, 0.93 * ax.get_ylim()[1], across="height")


def _wide_handle(ax, x, y, across, **how):
    """Draw a double arrow that is dragged sideways, to change a width."""
    return marks.handle(ax, x, y, across, marker="$↔$", mfc=INK, ms=15, mew=0.3, **how)


def reading(ax, values, height, value, turn=None):
    """Draw values over the heights, read off at one; a line where they turn back."""
    low, high = ax.get_ylim()
    shown = np.clip(value, 0.95 * low, high - 0.05 * abs(low))
    marks.curve(ax, HEIGHTS, values)
    marks.segments(ax, [[(height, low), (height, shown)]], color=INK, lw=1.5, ls=":")
    if turn is not None:
        style = {"color": RED, "lw": 1.5, "ls": "--"}
        marks.segments(ax, [[(turn, low), (turn, high)]], **style)
    style = {"mfc": COLOURS[0], "ms": 12}
    if not low <= value <= high:
        style = {"marker": "$↓$" if value < low else "$↑$", "mfc": RED, "mec": RED}
    marks.handle(ax, height, shown, across="height", **style)


# A mixture on a line: the stack of weighted bells, and its cut.


def mixture_on_a_line() -> Live:
    """Build a mixture of three bells; cut the stack anywhere and read the posterior."""
    with look():
        fig = figure(9, 3.6)
        ratios = {"width_ratios": (2.3, 1), "height_ratios": (1.7, 1)}
        joint, column, cuts = fig.subplot_mosaic("ab;cb", **ratios).values()
        for ax in (joint, cuts):
            ax.set(xlim=(0, 20), xticks=range(0, 21, 5))
        joint.tick_params(labelbottom=False)
        joint.yaxis.set_major_locator(MaxNLocator(2))
        cuts.set(ylim=(0, 1))
        marks.ticks(cuts.yaxis, 0, 0.5, 1)
        marks.column_axes(column, ("prior", "cut at x"), "whose is x?")

    @lru_cache(maxsize=8)
    def built(weighted, numbers):
        parts, means, deviations = np.reshape(numbers, (3, 3)).T
        model = GaussianMixture(parts / parts.sum(), means, np.square(deviations))
        step = WIDE_LINE[1] - WIDE_LINE[0]
        area = step * joint_densities(model, WIDE_LINE, weighted).sum()
        true = joint_densities(model, LINE).sum(axis=0)
        parts = joint_densities(model, LINE, weighted)
        return model, parts, shares(model, LINE, weighted), true, area

    def show(x, forget, **numbers):
        weighted, here = not forget, np.array([x])
        model, parts, everywhere, true, area = built(weighted, tuple(numbers.values()))
        at = joint_densities(model, here, weighted)[:, 0]
        whose = shares(model, here, weighted)[:, 0]
        joint.set_title(f"{TITLES[weighted][0]}, area {number(area)}")
        cuts.set_title(TITLES[weighted][1])
        tall = parts.sum(axis=0).max()
        joint.set_ylim(0, next(t for t in (0.08, 0.16, 0.45, 1.05, 2, 5) if t > tall))
        stack(joint, parts, at, x)
        stack(cuts, everywhere, whose, x)
        if forget:
            below = [withStroke(linewidth=4.5, foreground=INK)]
            style = {"lw": 2.5, "ls": ":", "path_effects": below}
            marks.curve(joint, LINE, true, color="white", **style)
        bells_to_hold(joint, model)
        marks.handle(joint, x, 0.9 * joint.get_ylim()[1], across="x")
        both = [model.weights, whose]
        words = [[number(v) if v >= 0.07 else "" for v in share] for share in both]
        marks.columns(column, both, words)
        return cut_in_words(x, at.sum(), whose, area, weighted)

    return Live(
        fig,
        show,
        **bell_sliders(),
        x=slider("x", 7.0, 0.0, 20.0, 0.1),
        forget=switch("forget the weights"),
        strip=({}, {"x": 14.0}),
    )


def bell_sliders():
    """Return sliders for parts, mean and spread of three components."""
    starts = ((4, 5.0, 1.2), (3, 9.0, 2.0), (3, 14.0, 1.0))
    part = "its weight is its share of all parts"
    sliders = {}
    for k, (parts, mu, sd) in enumerate(starts, start=1):
        symbol = marks.SYMBOLS[k - 1]
        mean, spread = (f"{what} of component {k}" for what in ("mean", "spread"))
        sliders |= {
            f"part_{k}": slider(f"parts of {symbol}", parts, 1, 10, 1, part),
            f"mu_{k}": slider(f"{symbol} μ", mu, 2.0, 18.0, 0.5, mean),
            f"sd_{k}": slider(f"{symbol} σ", sd, 0.4, 4.0, 0.1, spread),
        }
    return sliders


TITLES = {  # of the stack, and of its stretched cuts, by whether bells are weighted
    True: ("joint: stacked, the marginal", "posterior: cuts stretched to 1"),
    False: ("no joint, no marginal", "shares, but no posterior"),
}


def stack(ax, parts, at_x, x):
    """Draw bands (K, G) over the line on top of each other, cut at one x into (K,)."""
    upper = np.cumsum(parts, axis=0)
    lower = upper - parts
    for k in range(len(parts)):
        style = {"hatch": HATCHES[k], "edgecolor": "white"}
        marks.band(ax, LINE, lower[k], upper[k], k, **style)
    marks.curve(ax, LINE, upper[-1])
    top = ax.get_ylim()[1]
    marks.stems(ax, x, top, lw=2, ls="--")
    middles = np.cumsum(at_x) - np.asarray(at_x) / 2
    marks.centres(ax, [(x, y) for y in middles], 9, mec="white")


def bells_to_hold(ax, model):
    """Draw each mean on the axis, and a double arrow at its σ; both can be dragged."""
    for k, (mean, variance) in enumerate(
        zip(model.means[:, 0], model.covariances[:, 0, 0], strict=True)
    ):
        style = {"marker": MARKERS[k], "mfc": COLOURS[k], "ms": 14}
        marks.handle(ax, mean, 0, across=f"mu_{k + 1}", **style)
        spread = f"sd_{k + 1}", lambda x, mean=mean: abs(x - mean)
        height = np.exp(model.log_joint([mean])[0, k] - 0.5)
        at = mean + variance**0.5
        _wide_handle(ax, at, height / 2, spread, mec="white", zorder=5)
    *_, last = ax.lines
    places = np.column_stack([model.means[:, 0], np.zeros(model.K)])
    marks.tells(last, places, lambda k: marks.component_in_words(model, k))


def cut_in_words(x, height, whose, area, weighted):
    """Say what a cut through the stack at x shows."""
    each = ", ".join(number(share) for share in whose)
    density = number(height, 3) if height > 0.01 else scientific(height)
    if height == 0:
        density = "below 10⁻³⁰⁰"  # smaller than a float can be
    if not weighted:
        return (
            f"Without weights the area is {number(area)}; at x = {x:.1f} the height is "
            f"{density}, divided {each}"
        )
    return (
        f"The area is {number(area)}; at x = {x:.1f} the density is {density}, the "
        f"posterior {each}"
    )


def bells_and_sum(model, low, high):
    """Return a figure of K weighted bells on a line, and of the density they add to."""
    x = np.linspace(low, high, 161)
    parts = joint_densities(model, x)
    with look():
        fig, ax = panels(3.4, 1)
        total = parts.sum(axis=0)
        ax.plot(x, total, color="#BBBBBB", lw=8, solid_capstyle="butt")
        for k in range(model.K):
            marks.curve(ax, x, parts[k], k, lw=2.5)
            ax.fill_between(x, parts[k], color=COLOURS[k], alpha=0.15, lw=0)
            (mean,), spread = model.means[k], model.covariances[k, 0, 0] ** 0.5
            words = f"{number(model.weights[k])} · N(x | {mean:g}, {spread:g}²)"
            peak = np.exp(model.log_joint([mean])[0, k])
            side = (k == model.K - 1) - (k == 0)  # the outer ones have room outside
            place = mean + side * 1.4 * spread, (0.75 if side else 0.45) * peak
            aligned = ("center", "left", "right")[side]
            ax.text(*place, words, ha=aligned, weight="bold")
        top = total.argmax()
        words = "p(x): their sum, of area 1"
        ax.text(x[top] + 0.05 * (high - low), 0.97 * total[top], words, weight="bold")
        ax.set(xlim=(low, high), ylim=(0, 1.1 * total[top]), xlabel="x", yticks=())
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.spines["left"].set_visible(False)
        return fig


# The story: a plate diagram, and a label drawn, then a point.


def plate_diagram():
    """Return the Gaussian mixture as a graph: who is drawn from whom, how often."""
    with look():
        return Picture(
            plates_and_nodes(),
            "Plate diagram: π → zₙ → xₙ ← μₖ, Σₖ; "
            "2 of the 5 nodes (zₙ hidden, xₙ seen) are repeated N times, "
            "2 (μₖ, Σₖ) K times",
        )


NODES = {
    "π": (0.9, 1.45, "white"),
    "zₙ": (3.0, 1.45, "white"),
    "xₙ": (4.9, 1.45, "#C9D9E6"),
    "μₖ": (7.2, 2.05, "white"),
    "Σₖ": (7.2, 0.85, "white"),
}
ARROWS = ("π", "zₙ"), ("zₙ", "xₙ"), ("μₖ", "xₙ"), ("Σₖ", "xₙ")
PLATES = (2.25, 0.35, 3.4, 2.2, "N points"), (6.4, 0.1, 1.65, 2.7, "K groups")


def plates_and_nodes():
    """Return the figure of `plate_diagram`."""
    with look():
        fig = figure(8.4, 2.9)
        ax = fig.subplots()
        for left, bottom, width, height, name in PLATES:
            style = {"boxstyle": "round,pad=0,rounding_size=0.15", "fill": False}
            box = FancyBboxPatch((left, bottom), width, height, **style, ec=INK, lw=1.5)
            ax.add_patch(box)
            corner = left + width - 0.1, bottom + 0.06
            ax.text(*corner, name, ha="right", va="bottom", size=11)
        for name, (x, y, colour) in NODES.items():
            ax.add_patch(Circle((x, y), 0.42, fc=colour, ec=INK, lw=2, zorder=3))
            ax.text(x, y, name, ha="center", va="center", size=17, zorder=4)
        for start, end in ARROWS:
            a, b = np.array(NODES[start][:2]), np.array(NODES[end][:2])
            way = 0.42 * (b - a) / np.hypot(*(b - a))
            marks.arrow(ax, a + way, b - way, lw=1.8, mutation_scale=20)
        for name, words in (("zₙ", "hidden"), ("xₙ", "seen")):
            x, y, _ = NODES[name]
            ax.text(x, y + 0.52, words, ha="center", va="bottom", size=11)
        ax.text(0.9, 0.9, "weights", ha="center", va="top", size=11)
        ax.set(xlim=(0.2, 8.2), ylim=(0, 2.95), aspect="equal")
        ax.set_axis_off()
        return fig


def label_then_point() -> Live:
    """The story of a mixture: draw a label, then a point, then forget the label."""
    model = three_groups_mixture()
    one_by_one = [n / 2 for n in range(25)]  # half a point: the label alone
    steps = [*one_by_one, 15, 20, 30, 40, 60, 100, 200, 400]
    with look():
        fig, label, plane, seen = panels(3.4, 0.4, 1, 1)
        label_axes(label, model.weights)
        for ax in (plane, seen):
            ax.set(xlim=(-15, 138), ylim=(-14, 123), xticks=(), yticks=())
            ax.set_aspect("equal")
        marks.ellipses(plane, model.means, model.covariances, ec=FAINT, lw=2)
        plane.set_title("2: a point around its mean")
        seen.set_title("what is seen")

    @lru_cache(maxsize=8)
    def draws(seed):
        u = np.random.default_rng(seed).random(400)  # what `sample` draws first
        return u, *model.sample(400, seed)

    def show(step, seed):
        u, x, z = draws(seed)
        n = int(steps[step])
        pending = steps[step] > n
        last = n if pending else n - 1
        for k in range(model.K):
            of_k = x[:n][z[:n] == k]
            plane.plot(*of_k.T, MARKERS[k], color=COLOURS[k], ms=4.5, mew=0)
        seen.plot(*x[:n].T, "o", color="#666666", ms=4.5, mew=0)
        if last < 0:
            return "No point is drawn yet: begin with a label"
        marks.spot(label, 0.55, u[last], "<", color=INK, ms=13, clip_on=False)
        k = z[last]
        if not pending:
            plane.plot(*zip(model.means[k], x[last], strict=True), color=INK, lw=2)
            marks.spot(plane, *x[last], k, mec=INK, mew=2, ms=12)
        marks.spot(plane, *model.means[k], "+", color=INK, ms=16, mew=3)
        if pending:
            return f"Point {n + 1} begins: u = {number(u[last], 3)} gives z = {k + 1}"
        so_far = ", ".join(number(c / n) for c in np.bincount(z[:n], minlength=3))
        a, b = x[last]
        return (
            f"Point {n} has z = {k + 1} and x = ({number(a, 1)}, {number(b, 1)}); "
            f"the shares so far are {so_far}"
        )

    return Live(
        fig,
        show,
        step=player("step", len(steps) - 1),
        seed=slider("seed", 1, 0, 20, 1),
        strip=({"step": 6}, {"step": len(steps) - 1}),
    )


def label_axes(ax, weights):
    """Draw the interval from 0 to 1, cut up by the weights."""
    marks.divided(ax, [weights])
    for k, middle in enumerate(np.cumsum(weights) - np.asarray(weights) / 2):
        marks.word(ax, 0, middle, f"z = {k + 1}", "white", COLOURS[k])
    ax.set(xlim=(-0.55, 0.75), ylim=(0, 1), xticks=(), yticks=(), title="1: a label")
    ax.text(0.5, -0.02, "0", ha="left", va="center")
    ax.text(0.5, 1.0, "1", ha="left", va="center")
    ax.spines[:].set_visible(False)


# In the plane: one Gaussian, whitened; a mixture as a map and as a mountain.


def whitened(model, marked, x):
    """Return a picture of one Gaussian as it is, and in its whitened coordinates.

    `marked` (M, 2) are points with letters, `x` (N, 2) a faint cloud behind them.
    """
    mean, covariance = model.means[0], model.covariances[0]
    y, cloud = model.whiten(marked)[0].T, model.whiten(x)[0].T
    with look():
        fig, *axes = panels(4, 1, 1)
        views = ((x, marked, mean, covariance), (cloud, y, np.zeros(2), np.eye(2)))
        for ax, (points, letters, centre, shape) in zip(axes, views, strict=True):
            ax.plot(*points.T, ".", color="#B8B8B8", ms=4)
            marks.ellipses(ax, [centre], [shape], (1, 2, 3))
            far = 3 * np.sqrt(np.diagonal(shape))
            ax.update_datalim([centre - far, centre + far])
            ax.plot(*centre, "+", color=INK, ms=14, mew=2)
            for m, point in enumerate(letters):
                marks.curve(ax, *zip(centre, point, strict=True), m)
                ax.plot(*point, MARKERS[m], color=COLOURS[m], mec="white", ms=12)
                marks.beside(ax, *point, "AB"[m], COLOURS[m], (10, 0), size=14)
            ax.set_aspect("equal", "datalim")
        axes[0].set(xlabel="height in cm", ylabel="body weight in kg")
        axes[0].set_title("as measured: |y| = 1, 2, 3 are ellipses")
        axes[1].set(xlabel="y₁", ylabel="y₂")
        axes[1].set_title("whitened: |y| = 1, 2, 3 are circles")
        distances = zip("AB", np.hypot(*(marked - mean).T), np.hypot(*y.T), strict=True)
        sentence = "; ".join(
            f"{name} is {number(plain, 1)} from the centre as measured and "
            f"{number(far)} whitened"
            for name, plain, far in distances
        )
        return Picture(fig, sentence)


def mixture_in_the_plane() -> Live:
    """Build a mixture in the plane: ellipses, a map, a mountain, points that follow."""
    reported, points = three_groups_mixture(), 300
    with look():
        fig, plane, relief = panels(3.9, 1, 1)
        plane_axes(plane)
        plane.set_title("from above")
        marks.mountain_axes(relief, "density as a mountain")

    def show(right, up, share, long, wide, angle, hard, turn, **moved):
        others = reported.means[:2] + np.reshape([*moved.values()], (2, 2))
        weights = (1 - share) * reported.weights[:2] / reported.weights[:2].sum()
        model = GaussianMixture(
            [*weights, share],
            [*others, [right, up]],
            [*reported.covariances[:2], covariance_with_axes(long, wide, angle)],
        )
        x, z = model.sample(points, 0)
        r = model.responsibilities(x)
        from_above(plane, x, model, r, hard)
        marks.movable(plane, others, reported.means[:2])
        marks.handle(plane, right, up, "right", "up", k=2)
        marks.mountain(relief, model, (0, SIDE, 0, SIDE), turn, hard=hard)
        doubtful = np.count_nonzero(r.max(axis=1) < 0.9)
        hits = np.count_nonzero(r.argmax(axis=1) == z)
        return (
            f"{'Hard' if hard else 'Soft'}, π₃ = {number(share)}: {doubtful} of "
            f"{points} points are in doubt, {hits} are assigned right"
        )

    return Live(
        fig,
        show,
        right=slider("▲ to the right", 80, 10, 100, 1, "mean of component 3"),
        up=slider("▲ up", 70, 10, 100, 1, "mean of component 3"),
        **moves(marks.SYMBOLS[:2], 80, 1),
        share=slider("weight of ▲", 0.45, 0.05, 0.9, 0.05),
        long=slider("length of ▲", 18, 5, 25, 1),
        wide=slider("width of ▲", 9, 5, 25, 1),
        angle=slider("angle of ▲ in degrees", 45, 0, 180, 5),
        hard=choice("colour", [("soft: mixed", False), ("hard: largest", True)]),
        turn=slider("turn the mountain", -25, -180, 180, 5),
        strip=(
            {},
            {"right": 50},
            {"right": 50, "hard": True},
            {"long": 6, "wide": 6},
        ),
        columns=2,
    )


def plane_axes(ax, side=SIDE):
    """Prepare axes for `from_above`."""
    ax.set(xlim=(0, side), ylim=(0, side), xticks=(), yticks=(), aspect="equal")


def from_above(ax, x, model, r, hard=False, **how):
    """Draw points (N, 2), coloured by r (N, K), on a map of the density of a mixture.

    If `hard`, each has the colour of its largest share, and borders are drawn.
    """
    marks.density_map(ax, model, ax.get_xlim()[1])
    marks.groups(ax, x, model, hardened(r) if hard else r, **how)
    if hard:
        lines = marks.borders(model, np.linspace(*ax.get_xlim(), 61))
        marks.segments(ax, lines, colors=INK, linewidths=2.5)


def one_against_many(x, one, many):
    """Return a picture of x, a third of it, under one Gaussian and under a mixture."""
    some = x[::3]
    with look():
        fig, *axes = panels(3.9, 1, 1)
        for ax, model in zip(axes, (one, many), strict=True):
            plane_axes(ax, 120)
            single = {"facecolors": "#555555"} if model.K == 1 else {}
            r = model.responsibilities(some)
            from_above(ax, some, model, r, size=6, **single)
            per_point = number(model.log_likelihood(x) / len(x))
            name = "one Gaussian" if model.K == 1 else f"a mixture of {model.K}"
            ax.set_title(f"{name}: {per_point} nats a point")
        gain = many.log_likelihood(x) - one.log_likelihood(x)
        return Picture(
            fig,
            f"{len(x)} points: the mixture of {many.K} is {gain:.0f} nats "
            "above the best single Gaussian",
        )
