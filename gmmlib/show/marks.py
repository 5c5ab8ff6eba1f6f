"""What every picture is made of: bars, clouds, ellipses, curves, climbs, maps, handles.

Each mark is drawn by one call on Matplotlib axes, for one state, and keeps nothing.
Many alike are drawn as one collection, since each artist costs time. No mark measures
itself for limits, as Axes.plot does: axes stand still. Components are
told apart by colour, and by marker, line style and hatching as well.
"""

from functools import lru_cache
from itertools import combinations

import numpy as np
from contourpy import contour_generator
from matplotlib.collections import (
    EllipseCollection,
    LineCollection,
    PathCollection,
    PolyCollection,
)
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

from gmmlib.convergence import free_parameters, with_free_parameters
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import hardened, log_likelihood_surface
from gmmlib.show.look import number
from gmmlib.show.palette import COLOURS, FAINT, HATCHES, INK, LINES, MARKERS, PAPER, RED
from gmmlib.wrong_formulas import SYMBOLS

PALETTE = np.array([to_rgb(colour) for colour in COLOURS])
DOT = Path.unit_circle().transformed(Affine2D().scale(0.5))
GRID = "#DDDDDD"


# Words and lines.


def word(ax, x, y, text, colour=INK, on=None, **how):
    """Write a word, centred at (x, y); `on` is the colour of a patch behind it."""
    box = on and {"facecolor": on, "lw": 0, "pad": 1.5}
    style = {"ha": "center", "va": "center", "weight": "bold", "color": colour}
    return ax.text(x, y, text, bbox=box or None, **(style | how))


def beside(ax, x, y, text, colour=INK, shift=(8, 4), **how):
    """Write a word `shift` points away from (x, y), on a patch of paper."""
    sides = {-1: "right", 0: "center", 1: "left"}, {-1: "top", 0: "center", 1: "bottom"}
    ha, va = (side[np.sign(s)] for side, s in zip(sides, shift, strict=True))
    style = {"ha": ha, "va": va, "color": colour, "weight": "bold", "zorder": 7}
    style["bbox"] = {"facecolor": PAPER, "lw": 0, "pad": 0.8, "alpha": 0.85}
    return ax.annotate(text, (x, y), shift, textcoords="offset points", **style | how)


def curve(ax, x, y, k=None, **how):
    """Draw a curve in ink, or in the colour and line style of component k."""
    line = ax.add_artist(Line2D(x, y, **(_line(k) | how)))
    if ax.get_autoscalex_on() or ax.get_autoscaley_on():  # no limits were set
        ax.update_datalim(line.get_xydata())
        ax.autoscale_view()
    return line


def _line(k):
    return {"color": INK} if k is None else {"color": COLOURS[k], "ls": LINES[k]}


def spot(ax, x, y, marker, **how):
    """Draw one marker, or, for a number k, the marker of component k."""
    if not isinstance(marker, str):
        marker, how = MARKERS[marker], {"color": COLOURS[marker]} | how
    return ax.add_artist(Line2D([x], [y], **({"marker": marker, "ls": "none"} | how)))


def segments(ax, ends, **how):
    """Draw line segments, `ends` of shape (M, 2, 2), as one collection."""
    return ax.add_collection(LineCollection(ends, **how), autolim=False)


def arrow(ax, start, end, **how):
    """Draw an arrow from one place to another; its head has size `mutation_scale`."""
    style = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "color": INK, "lw": 1.5}
    style |= {"posA": tuple(start), "posB": tuple(end), "mutation_scale": 14}
    return ax.add_artist(FancyArrowPatch(**(style | how)))


def stems(ax, x, tops, k=None, **how):
    """Draw a vertical line from 0 to each top, in ink or as component k's."""
    pairs = zip(np.atleast_1d(x), np.atleast_1d(tops), strict=True)
    return segments(ax, [[(at, 0), (at, top)] for at, top in pairs], **_line(k) | how)


def band(ax, x, lower, upper, k, **how):
    """Fill what lies between two curves over x in the colour of component k.

    Faster than Axes.fill, which measures every side for limits that stand anyhow.
    """
    lower, upper = np.broadcast_arrays(lower, upper)
    around = np.column_stack([[*x, *x[::-1]], [*lower, *upper[::-1]]])
    style = {"facecolors": COLOURS[k], "linewidths": 0}
    return ax.add_collection(PolyCollection([around], **(style | how)), autolim=False)


def ticks(axis, *places):
    """Put ticks at these places of an axis, written as the series prints numbers."""
    words = [number(at, len(f"{at:g}".partition(".")[2])) for at in places]
    axis.set_ticks(places, words)


# Bars.


def bars(ax, at, sizes, start=0.0, width=0.8, across=False, k=None, **how):
    """Draw bars of `sizes` (M,) that begin at `start`; `across` lays them down.

    Those of component k have its look.
    """
    if k is not None:
        style = {"facecolor": COLOURS[k], "hatch": HATCHES[k], "edgecolor": "white"}
        how = style | how
    at, sizes, start = np.broadcast_arrays(np.asarray(at, float), sizes, start)
    low, high = at - width / 2, at + width / 2
    corners = [(low, start), (high, start), (high, start + sizes), (low, start + sizes)]
    turned = [(b, a) if across else (a, b) for a, b in corners]
    verts = np.stack([np.stack(c, axis=-1) for c in turned], axis=-2).reshape(-1, 4, 2)
    return ax.add_collection(PolyCollection(verts, **how), autolim=False)


def divided(ax, shares, at=None, width=0.8, across=False, start=0.0):
    """Draw bars, bar m divided among the components by shares[m], (M, K)."""
    shares = np.asarray(shares, float)
    at = range(len(shares)) if at is None else at
    for k, part in enumerate(shares.T):
        bars(ax, at, part, start, width, across, k, linewidth=0)
        start = start + part


# Points and groups.


def mixed_colours(r):
    """Return one colour for each point, (N, 3): the components' mixed by r (N, K)."""
    return np.clip(r @ PALETTE[: r.shape[1]], 0, 1)


def cloud(ax, x, r, size=9, **how):
    """Draw points (N, 2), coloured by r (N, K); each says its r under the pointer."""
    style = {"sizes": [size], "linewidths": 0, "facecolors": mixed_colours(r)}
    style |= {"offsets": x, "offset_transform": ax.transData}
    style |= {"transform": IdentityTransform()}  # sizes are those of the page
    points = PathCollection([DOT], **(style | how))
    ax.add_collection(points, autolim=False)
    return tells(points, x, lambda n: responsibilities_in_words(r[n]))


def responsibilities_in_words(row):
    """Say whose a point is: "● 80%, ■ 20%"."""
    shares = zip(SYMBOLS, np.round(100 * row).astype(int), strict=False)
    return ", ".join(f"{symbol} {share}%" for symbol, share in shares if share)


def ellipse_axes(covariance):
    """Return full width, height and angle in degrees of the ellipse |y| = 1, in 2-D.

    The angle lies in [0°, 180°), and is 0 where both axes agree to rounding: the sign
    of an eigenvector, and its direction in a circle, differ between machines.
    """
    variances, directions = np.linalg.eigh(covariance)
    width, height = 2 * np.sqrt(np.maximum(variances[::-1], 0))
    if np.isclose(width, height, rtol=1e-6):
        return width, height, 0.0
    angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
    return width, height, round(float(angle), 6) % 180


def ellipses(ax, means, covariances, deviations=(1, 2), **how):
    """Draw |y| = 1, 2, … of each Gaussian, in the line style of its component."""
    far = np.asarray(deviations, float)
    axes = np.array([ellipse_axes(covariance) for covariance in covariances])
    widths, heights = (np.outer(length, far).ravel() for length in axes.T[:2])
    style = {"edgecolor": INK, "facecolor": "none", "units": "xy"}
    style |= {"linestyle": [LINES[k] for k in range(len(axes)) for _ in far]}
    style |= {"linewidths": np.tile(2.2 / far, len(axes))}
    style |= {"offsets": np.repeat(means, len(far), axis=0)}
    drawn = EllipseCollection(
        *(widths, heights, np.repeat(axes[:, 2], len(far))),
        offset_transform=ax.transData,
        **(style | how),
    )
    ax.add_collection(drawn, autolim=False)


def centres(ax, means, size=13, **how):
    """Draw the marker of each component at its mean, (K, 2)."""
    style = {"mec": INK, "mew": 1.5, "ms": size, "zorder": 4}
    return [spot(ax, *mean, k, **(style | how)) for k, mean in enumerate(means)]


def groups(ax, x, model, r, deviations=(1, 2), size=9, mean=13, **how):
    """Draw points mixed by r, under the ellipses and centres of `model`."""
    cloud(ax, x, r, size, **how)
    ellipses(ax, model.means, model.covariances, deviations)
    *_, last = centres(ax, model.means, mean)
    tells(last, model.means, lambda k: component_in_words(model, k))


def component_in_words(model, k):
    """Say a component's parameters: "● has share .28, mean (40.1, 30.6), σ (…)"."""
    spreads = np.sqrt(np.maximum(np.diagonal(model.covariances[k]), 0))
    mean, spread = (
        values[0] if len(values) == 1 else f"({', '.join(values)})"
        for values in ([number(v) for v in vs] for vs in (model.means[k], spreads))
    )
    return f"{SYMBOLS[k]} has share {number(model.weights[k])}, mean {mean}, σ {spread}"


def around(ax, x):
    """Give the axes limits that hold points x (N, 2), with a margin."""
    low, high, margin = x.min(axis=0), x.max(axis=0), 0.06 * np.ptp(x, axis=0)
    (left, bottom), (right, top) = low - margin, high + margin
    ax.set(xlim=(left, right), ylim=(bottom, top))


def inside(ax, places):
    """Return places (…, 2), those outside the axes moved to their edge."""
    limits = sorted(ax.get_xlim()), sorted(ax.get_ylim())  # an axis may run downwards
    return np.clip(places, *np.transpose(limits))


# Runs of EM.


def here(ax, x, y, beyond=None, **how):
    """Put the star at the present state; an arrow if it lies "below" or "above"."""
    marker = {None: "*", "below": "$↓$", "above": "$↑$"}[beyond]
    style = {"color": RED, "mec": "white" if beyond is None else RED, "ms": 15}
    style |= {"clip_on": False, "zorder": 5}
    return spot(ax, x, y, marker, **(style | how))


def ascent_axes(ax, iterations, low, high, title):
    """Prepare axes for `climb` over so many iterations, from low to high."""
    across, up = 0.04 * iterations, 0.06 * (high - low)
    ax.set(xlim=(-across, iterations + across), ylim=(low - up, high + up))
    ax.set(xlabel="iteration", title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(axis="y", color=GRID)


def climb(ax, values, now, ahead=False):
    """Draw values over iterations up to `now`, a fraction as well; then the star.

    Values beyond the axes are drawn at their edge. `ahead` shows what is to come.
    """
    low, high = ax.get_ylim()
    room = 0.05 * (high - low)
    shown = np.clip(values, low + room, high - room)
    if ahead:
        curve(ax, range(len(shown)), shown, color=FAINT, lw=1.5, ls=":")
    n, heights = until(now, shown)
    curve(ax, n, heights, marker=".", ms=7)
    true = until(now, values)[1][-1]
    beyond = "below" if true < low else "above" if true > high else None
    here(ax, now, heights[-1], beyond)


def until(now, values):
    """Return the iterations 0, 1, … up to `now`, itself the last, and values there."""
    n = [*range(int(now) + 1), now]
    return n, np.interp(n, range(len(values)), values)


def path(ax, places, **how):
    """Draw the way through places (M, 2), a dot for each."""
    style = {"marker": ".", "ms": 5, "lw": 1.5}
    curve(ax, *np.asarray(places).T, **(style | how))


def ring(ax, x, y, **how):
    """Draw a hollow circle: a start."""
    style = {"mfc": "white", "mec": INK, "ms": 9, "zorder": 4}
    return spot(ax, x, y, "o", **(style | how))


def between(one, other, share):
    """Return the model a `share` of the way from one to the other, to be drawn."""
    near, far = free_parameters(one), free_parameters(other)
    return with_free_parameters(one, (1 - share) * near + share * far)


def moment(models, x, t):
    """Return what a run shows after `t` iterations: a model, and labels (N, K)."""
    return beats(models, lambda model: model.responsibilities(x), between, t)


def beats(states, labels, mixed, t):
    """Return the state of a run after `t` iterations, and its labels (N, K).

    Between two iterations it glides in two beats: first the shapes move, by the
    M-step; then the colours change, by the E-step. ``mixed(one, other, share)`` is a
    state between two.
    """
    n = min(int(t), len(states) - 1)
    state, share = states[n], t - n
    if share <= 0 or n + 1 >= len(states):
        return state, labels(state)
    new = states[n + 1]
    if share < 0.5:
        return mixed(state, new, 2 * share), labels(state)
    share = 2 * share - 1
    return new, (1 - share) * labels(state) + share * labels(new)


# Maps.


def grey_map(ax, values, levels, extent, dark=0.55):
    """Draw values (rows, columns) in greys between `levels`: brighter is higher."""
    bands = len(levels) + 1
    greys = [f"{v:.3f}" for v in np.linspace(dark, 1, bands)]
    return ax.imshow(
        values,
        cmap=ListedColormap(greys),
        norm=BoundaryNorm(levels, bands, extend="both"),
        extent=extent,
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
        interpolation_stage="data",
        zorder=0,
    )


def density_map(ax, model, side, size=61):
    """Draw the density of a mixture over a square in bands, from 0 to `side`."""
    grid = np.linspace(0, side, size)
    places = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_joint(places)).sum(axis=1).reshape(size, size)
    levels = (-0.75, -0.5, -0.25, -0.1, -0.03, -0.01)  # of the highest density
    grey_map(ax, -density / density.max(), levels, (0, side, 0, side), 0.62)
    ax.set_aspect("equal")


def borders(model, grid):
    """Return the lines in a square where two components share the largest joint."""
    places = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    log_joint, lines = model.log_joint(places), []
    for pair in combinations(range(model.K), 2):
        first, second = log_joint[:, pair].T
        others = np.delete(log_joint, pair, axis=1).max(axis=1, initial=-np.inf)
        beaten = others > np.maximum(first, second)
        lead = np.ma.masked_array(first - second, beaten)
        lead = lead.reshape(len(grid), len(grid))
        lines += contour_generator(grid, grid, lead).lines(0)
    return lines


# A surface in three dimensions, painted from back to front: ten times as fast as one
# of Matplotlib's.

TILT, HEIGHT = np.radians(35), 0.75  # of the view above the horizon; of the summit


def mountain_axes(ax, title="", **how):
    """Prepare axes for `mountain`."""
    style = {"xlim": (-0.73, 0.73), "ylim": (-0.42, 0.93), "aspect": "equal"}
    ax.set(**(style | how), title=title)
    ax.set_axis_off()


def mountain(ax, model, extent, turn=-25, top=0.0, hard=False, size=44):
    """Draw the density of a mixture in the plane as a surface in mixed colours.

    The ground has an `extent` (left, right, bottom, top) and is turned by so many
    degrees. A density of `top`, or a higher one, is as high as the summit. `hard`
    colours each place by its largest share alone.
    """
    u, v = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    left, right, bottom, far = extent
    ground = np.stack([left + (right - left) * u, bottom + (far - bottom) * v], -1)
    joint = np.exp(model.log_joint(ground.reshape(-1, 2)))
    density = joint.sum(axis=1)
    z = (density / max(top, density.max())).reshape(size, size)
    angle = np.radians(turn)
    across = (u - 0.5) * np.cos(angle) - (v - 0.5) * np.sin(angle)
    depth = (u - 0.5) * np.sin(angle) + (v - 0.5) * np.cos(angle)
    up = depth * np.sin(TILT) + HEIGHT * z * np.cos(TILT)
    seen = np.stack([across, up], axis=-1)
    corners = seen[:-1, :-1], seen[:-1, 1:], seen[1:, 1:], seen[1:, :-1]
    order = np.argsort(-_middles(depth).ravel(), kind="stable")  # far first
    r = joint / np.maximum(density, 1e-300)[:, None]
    colours = _slopes(hardened(r) if hard else r, z)[order]
    style = {"facecolors": colours, "edgecolors": 0.9 * colours, "linewidths": 0.4}
    cells = PolyCollection(np.stack(corners, 2).reshape(-1, 4, 2)[order], **style)
    return ax.add_collection(cells, autolim=False)


def _slopes(r, z):
    """Return mixed colours, paper where the density is low, lit from one side."""
    size = len(z)
    mixed = _middles(mixed_colours(r).reshape(size, size, 3))
    ink = np.clip(_middles(z) / 0.12, 0.05, 1)[..., None]
    east, north = np.gradient(z * size * HEIGHT)[::-1]
    light = _middles((1 - 0.5 * east + 0.5 * north) / np.hypot(1, east, north))
    shade = np.clip(0.72 + 0.28 * light, 0.6, 1.08)[..., None]
    return np.clip((ink * mixed + 1 - ink) * shade, 0, 1).reshape(-1, 3)


def _middles(values):
    """Return the mean of the four corners of each cell of a grid."""
    return (values[:-1, :-1] + values[:-1, 1:] + values[1:, 1:] + values[1:, :-1]) / 4


# What the reader can take hold of, and ask.


def handle(ax, x, y, across=None, up=None, k=None, **how):
    """Draw a mark at (x, y), or at the edge of the axes, that a reader can drag.

    Parameters
    ----------
    across, up : str or (str, callable), optional
        The control that each coordinate sets: its name, and, where its value is not
        the coordinate itself, a function from the coordinate to the value.
    k : int, optional
        The component whose hollow marker it is; a ring if left out.
    """
    style = {"marker": "o", "mfc": "none", "mec": INK, "mew": 1, "ms": 17}
    if k is not None:
        style |= {"marker": MARKERS[k], "mec": COLOURS[k], "mew": 2, "ms": 19}
    style |= {"zorder": 6, "clip_on": False}  # whole at the edge as well
    mark = spot(ax, *inside(ax, (x, y)), **(style | how))
    mark.holds = _hold(across), _hold(up)
    return mark


def movable(ax, places, base):
    """Draw a hollow mark at each place (K, 2) where a mean starts, to be dragged.

    The controls right_1, up_1, right_2, … say how far each lies from its `base`.
    """
    for k, (place, (x, y)) in enumerate(zip(places, base, strict=True)):
        across = f"right_{k + 1}", lambda at, x=x: at - x
        up = f"up_{k + 1}", lambda at, y=y: at - y
        handle(ax, *place, across, up, k)


def with_means_moved(model, moved):
    """Return a mixture in the plane with its means moved: right, up of each in turn."""
    means = model.means + np.reshape(moved, (-1, 2))[: model.K]
    return GaussianMixture(model.weights, means, model.covariances)


def _hold(control):
    if control is None:
        return None, None
    return control if isinstance(control, tuple) else (control, float)


def tells(artist, places, say):
    """Let an artist say, under the pointer, ``say(n)`` at the nth of places (M, 2)."""
    artist.tells = np.asarray(places, float), say
    return artist


# Trials of coins.

COINS = "ABCDEF"  # their names


def trial_axes(ax, x, title="Whose trial? p(A | trial)"):
    """Prepare axes for `trial_shares`: a row for each trial of x (N, 2)."""
    N = len(x)
    ax.set_yticks(range(N), [f"{h} H {t} T" for h, t in np.asarray(x)[:, :2]])
    ax.set(xlim=(0, 1), ylim=(N - 0.4, -0.6), title=title)
    ticks(ax.xaxis, 0, 0.5, 1)
    ax.tick_params(left=False)
    ax.spines["left"].set_visible(False)


def trial_shares(ax, r, told=()):
    """Divide a bar for each trial by r (N, K); trials in `told` get a frame."""
    divided(ax, r, across=True)
    for n, share in enumerate(r[:, 0]):
        inside = share > 0.3
        colours = ("white", COLOURS[0]) if inside else (COLOURS[0], "white")
        word(ax, share / 2 if inside else share + 0.14, n, number(share), *colours)
    frame = {"facecolor": "none", "edgecolor": INK, "linewidth": 2.5}
    bars(ax, list(told), 1.0, width=0.86, across=True, **frame)


def unit_square(ax, title):
    """Prepare axes for θ of coin A across and θ of coin B up."""
    ax.set(xlim=(0, 1), ylim=(0, 1), title=title)
    ax.set(xlabel="θ of coin A", ylabel="θ of coin B")
    ticks(ax.xaxis, 0, 0.5, 1)
    ticks(ax.yaxis, 0, 0.5, 1)


def column_axes(ax, names, title=""):
    """Prepare axes for `columns`, with a name under each."""
    ax.set_xticks(range(len(names)), names)
    ax.set(xlim=(-0.5, len(names) - 0.5), ylim=(0, 1), yticks=(), title=title)
    ax.spines["left"].set_visible(False)


def columns(ax, shares, labels):
    """Divide column m by shares[m] (K,), and write labels[m][k] in its parts."""
    divided(ax, shares)
    for m, (parts, words) in enumerate(zip(shares, labels, strict=True)):
        middles = np.cumsum(parts) - np.asarray(parts) / 2
        for k, (y, text) in enumerate(zip(middles, words, strict=True)):
            word(ax, m, np.clip(y, 0.06, 0.94), text, "white", COLOURS[k])


LEVELS = (-60, -50, -45, -40, -38, -36, -35, -34, -33, -32.5, -32, -31.75, -31.6)


def urn_axes(ax, x, title="tosses poured"):
    """Prepare axes for the tosses of all trials x (N, 2), poured into two urns."""
    ax.set_xticks((0, 1), ("coin A", "coin B"))
    ax.set(xlim=(-0.5, 1.5), ylim=(0, 1.12 * x.sum()), yticks=(), title=title)
    ax.spines["left"].set_visible(False)


def theta_axes(ax, title):
    """Prepare axes for θ across, coin A in the upper row and coin B in the lower."""
    ax.set(xlim=(0, 1), ylim=(1.6, -0.8), yticks=(), xlabel="θ", title=title)
    ticks(ax.xaxis, 0, 0.25, 0.5, 0.75, 1)
    ax.spines["left"].set_visible(False)


def pour(ax, heads, tails):
    """Draw expected heads and tails (K,) in one urn a coin, and the share of heads."""
    for k, (h, t) in enumerate(zip(heads, tails, strict=True)):
        colour = COLOURS[k]
        bars(ax, [k], h, width=0.86, k=k, linewidth=0)
        empty = {"edgecolor": colour, "facecolor": "white", "linewidth": 2}
        bars(ax, [k], t, h, width=0.86, **empty)
        if h > 4:
            word(ax, k, h / 2, f"{h:.1f} H", "white", on=colour)
        if t > 4:
            word(ax, k, h + t / 2, f"{t:.1f} T", on="white")
        share = number(h / (h + t)) if h + t > 0 else "none"
        word(ax, k, h + t, f"→ {share}", colour, va="bottom")


def surface(ax, x, weights, size=81):
    """Draw ℓ over the square of (θ_A, θ_B) for fixed `weights`, and its diagonal."""
    heights = _surface(x.tobytes(), tuple(weights), size)
    grey_map(ax, heights, LEVELS, (0, 1, 0, 1))
    ax.plot([0, 1], [0, 1], color=FAINT, lw=1, ls=":")


@lru_cache(maxsize=64)
def _surface(x, weights, size):
    trials = np.frombuffer(x, int).reshape(-1, 2)
    return log_likelihood_surface(trials, weights, np.linspace(0, 1, size))
