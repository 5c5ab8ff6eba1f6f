"""Pictures of mixtures: whitened points, the stack of bells, the story, the plane.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

from itertools import combinations

import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgb
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from gmmlib.likelihood import hardened, joint_densities
from gmmlib.plots.coins import Columns
from gmmlib.plots.gaussians import Cloud, ellipse_axes, mixed_colours
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    HATCHES,
    INK,
    LINES,
    MARKERS,
    RED,
    Picture,
    Scale,
    figure,
    look,
    number,
)

WHITE = np.array(to_rgb("white"))


# On a line: the stack of weighted bells, its cut, and two groups of heights.


class Stack:
    """K bands on top of each other over x, and a cut through all of them at one x."""

    tops = (0.08, 0.16, 0.45, 1.05, 2, 5)

    def __init__(self, ax, x, K=3):
        self.x, self.scale = x, Scale(ax)
        self.bands = [
            ax.fill([0, 1, 1], [0, 0, 1], fc=COLOURS[k], hatch=HATCHES[k], lw=0)[0]
            for k in range(K)
        ]
        (self.total,) = ax.plot([], [], color=INK, lw=2)
        (self.true,) = ax.plot([], [], color="white", lw=2.5, ls=":")
        self.true.set_path_effects([withStroke(linewidth=4.5, foreground=INK)])
        (self.cut,) = ax.plot([], [], color=INK, lw=2, ls="--")
        self.middles = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], mec="white", mew=1.5, ms=9)
            for k in range(K)
        ]
        self.middles = [line for (line,) in self.middles]
        ax.set(xlim=(x[0], x[-1]))
        ax.yaxis.set_major_locator(MaxNLocator(2))
        self.note = ax.text(
            *(0.99, 0.97, ""),
            transform=ax.transAxes,
            ha="right",
            va="top",
            size=13,
            weight="bold",
        )

    def show(self, parts, at_x, x_now, note="", true=None):
        """Stack `parts` (K, G); cut them at `x_now`, where they are `at_x` (K,).

        `true` (G,) is a marginal to compare with, if they do not add up to it.
        """
        self.note.set_text(note)
        edges = np.vstack([np.zeros(len(self.x)), np.cumsum(parts, axis=0)])
        there = np.concatenate([[0], np.cumsum(at_x)])
        for k, band in enumerate(self.bands):
            lower, upper = edges[k], edges[k + 1]
            band.set_xy(
                np.column_stack([[*self.x, *self.x[::-1]], [*lower, *upper[::-1]]])
            )
            self.middles[k].set_data([x_now], [(there[k] + there[k + 1]) / 2])
        self.total.set_data(self.x, edges[-1])
        self.true.set_data(*([], []) if true is None else (self.x, true))
        self.cut.set_data([x_now, x_now], [0, 5])
        return [
            *(*self.bands, self.total, self.true, self.cut, *self.middles, self.note),
            *self.scale.set(0, next(s for s in self.tops if s > edges[-1].max())),
        ]


class Divided(Columns):
    """Columns divided among the components, with the shares that have room for it."""

    def show(self, shares):
        """Divide column m by shares[m] (K,)."""
        labels = [[number(v) if v >= 0.07 else "" for v in share] for share in shares]
        return super().show(shares, labels)


class Bells:
    """Two weighted bells, their sum, and how high each is at one x."""

    def __init__(self, ax, x, names):
        self.x, self.scale = x, Scale(ax)
        (self.total,) = ax.plot([], [], color=FAINT, lw=4)
        self.bells = [
            ax.plot([], [], color=COLOURS[k], ls=LINES[k])[0] for k in range(2)
        ]
        self.fills = [
            ax.fill([0, 1, 1], [0, 0, 1], fc=COLOURS[k], alpha=0.18, lw=0)[0]
            for k in range(2)
        ]
        (self.line,) = ax.plot([], [], color=INK, lw=1.5, ls=":")
        self.dots = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], mec="white", ms=(15, 9)[k])[0]
            for k in range(2)
        ]
        self.names = [
            ax.text(0, 0, name, color=COLOURS[k], weight="bold", bbox=_paper())
            for k, name in enumerate(names)
        ]
        ax.set(xlim=(x[0], x[-1]), xlabel="height x in cm", yticks=())
        ax.set_title("joint p(x, z)")

    def show(self, model, x_now):
        """Draw the bells of `model`, and their heights at `x_now`."""
        parts = joint_densities(model, self.x)
        at = joint_densities(model, np.array([x_now]))[:, 0]
        for k in range(2):
            self.bells[k].set_data(self.x, parts[k])
            self.fills[k].set_xy(np.column_stack([self.x, parts[k]]))
            self.dots[k].set_data([x_now], [at[k]])
        self.total.set_data(self.x, parts.sum(axis=0))
        top = parts.sum(axis=0).max()
        self.line.set_data([x_now, x_now], [0, 2 * top])
        self._name(model)
        scale = next(s for s in (0.045, 0.09, 0.2) if s > 1.08 * top)
        return [
            *(self.total, *self.bells, *self.fills, self.line, *self.dots),
            *(*self.names, *self.scale.set(0, scale)),
        ]

    def _name(self, model):
        """Write each name on the outer side of its bell, half-way up."""
        low = int(model.means[0, 0] > model.means[1, 0])  # which bell is further left
        for k, text in enumerate(self.names):
            mean, deviation = model.means[k, 0], model.covariances[k, 0, 0] ** 0.5
            side = -1 if k == low else 1
            peak = np.exp(model.log_joint(model.means[k : k + 1])[0, k])
            x = min(mean + side * (1.3 * deviation + 3), self.x[-1] - 30)
            text.set_position((x, 0.55 * peak))
            text.set_ha("right" if side < 0 else "left")


def _paper():
    return {"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 1}


def bells_and_sum(model, low, high):
    """Return a figure of K weighted bells on a line, and of the density they add to."""
    x = np.linspace(low, high, 161)
    parts = joint_densities(model, x)
    with look():
        fig = figure(9, 3.4)
        ax = fig.subplots()
        total = parts.sum(axis=0)
        ax.plot(x, total, color="#BBBBBB", lw=8, solid_capstyle="butt")
        for k in range(model.K):
            style = {"color": COLOURS[k], "ls": LINES[k], "lw": 2.5}
            ax.plot(x, parts[k], **style)
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


class Reading:
    """One curve over the heights, read off at one of them."""

    def __init__(self, ax, x, low, high):
        self.x, self.low, self.high = x, low, high
        (self.curve,) = ax.plot([], [], color=INK)
        (self.turn,) = ax.plot([], [], color=RED, lw=1.5, ls="--")
        (self.line,) = ax.plot([], [], color=INK, lw=1.5, ls=":")
        (self.dot,) = ax.plot([], [], "o", color=COLOURS[0], mec="white", ms=11)
        self.dot.set_clip_on(False)
        ax.set(xlim=(x[0], x[-1]), xlabel="height x in cm")
        ax.set_ylim(low - 0.03 * (high - low), high + 0.03 * (high - low))

    def show(self, curve, x_now, y_now, turn=None):
        """Draw `curve` over x, a dot at (x_now, y_now), a line where it turns back."""
        self.curve.set_data(self.x, curve)
        shown = min(max(y_now, self.low), self.high)
        self.dot.set_data([x_now], [shown])
        self.dot.set_marker("o" if shown == y_now else "^" if y_now > shown else "v")
        self.line.set_data([x_now, x_now], [self.low, shown])
        self.turn.set_data([turn or 0] * 2, [self.low, self.high])
        self.turn.set_visible(turn is not None)
        return [self.curve, self.turn, self.line, self.dot]


# In the plane: one Gaussian, whitened.


def whitened(model, marked, x):
    """Return a picture of one Gaussian as it is, and in its whitened coordinates.

    `marked` (M, 2) are points with letters, `x` (N, 2) a faint cloud behind them.
    """
    mean, covariance = model.means[0], model.covariances[0]
    plain = np.hypot(*(marked - mean).T)
    y, cloud = model.whiten(marked)[0].T, model.whiten(x)[0].T
    with look():
        fig = figure(9, 4)
        axes = fig.subplots(1, 2)
        views = ((x, marked, mean, covariance), (cloud, y, (0, 0), np.eye(2)))
        for ax, (points, letters, centre, shape) in zip(axes, views, strict=True):
            ax.plot(*points.T, ".", color="#B8B8B8", ms=4)
            width, height, angle = ellipse_axes(shape)
            for d in (1, 2, 3):
                size = {"width": d * width, "height": d * height, "angle": angle}
                ax.add_patch(Ellipse(centre, **size, fill=False, ec=INK, lw=2.4 / d))
            ax.plot(*centre, "+", color=INK, ms=14, mew=2)
            for m, point in enumerate(letters):
                style = {"color": COLOURS[m], "ls": LINES[m]}
                ax.plot(*zip(centre, point, strict=True), **style)
                ax.plot(*point, MARKERS[m], color=COLOURS[m], mec="white", ms=12)
                ax.annotate(
                    *("AB"[m], point, (10, 0)),
                    textcoords="offset points",
                    va="center",
                    weight="bold",
                    size=14,
                    color=COLOURS[m],
                    bbox={"facecolor": "white", "lw": 0, "pad": 1},
                )
            ax.set_aspect("equal", "datalim")
        axes[0].set(xlabel="height in cm", ylabel="body weight in kg")
        axes[0].set_title("as measured: |y| = 1, 2, 3 are ellipses")
        axes[1].set(xlabel="y₁", ylabel="y₂")
        axes[1].set_title("whitened: |y| = 1, 2, 3 are circles")
        far = np.hypot(*y.T)
        sentence = "; ".join(
            f"{name} is {number(a, 1)} from the centre as measured and "
            f"{number(b)} whitened"
            for name, a, b in zip("AB", plain, far, strict=True)
        )
        return Picture(fig, sentence)


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


def plates_and_nodes():
    """Return the figure of `plate_diagram`."""
    nodes = {
        "π": (0.9, 1.45, "white"),
        "zₙ": (3.0, 1.45, "white"),
        "xₙ": (4.9, 1.45, "#C9D9E6"),
        "μₖ": (7.2, 2.05, "white"),
        "Σₖ": (7.2, 0.85, "white"),
    }
    arrows = (("π", "zₙ"), ("zₙ", "xₙ"), ("μₖ", "xₙ"), ("Σₖ", "xₙ"))
    plates = ((2.25, 0.35, 3.4, 2.2, "N points"), (6.4, 0.1, 1.65, 2.7, "K groups"))
    radius = 0.42
    with look():
        fig = figure(8.4, 2.9)
        ax = fig.subplots()
        for left, bottom, width, height, name in plates:
            box = FancyBboxPatch(
                *((left, bottom), width, height),
                boxstyle="round,pad=0,rounding_size=0.15",
                fill=False,
                ec=INK,
                lw=1.5,
            )
            ax.add_patch(box)
            ax.text(
                *(left + width - 0.1, bottom + 0.06, name),
                ha="right",
                va="bottom",
                size=11,
            )
        for name, (x, y, colour) in nodes.items():
            ax.add_patch(Circle((x, y), radius, fc=colour, ec=INK, lw=2, zorder=3))
            ax.text(x, y, name, ha="center", va="center", size=17, zorder=4)
        for start, end in arrows:
            a, b = np.array(nodes[start][:2]), np.array(nodes[end][:2])
            way = (b - a) / np.hypot(*(b - a))
            arrow = FancyArrowPatch(
                *(tuple(a + radius * way), tuple(b - radius * way)),
                arrowstyle="-|>",
                mutation_scale=20,
                shrinkA=0,
                shrinkB=0,
                color=INK,
                lw=1.8,
            )
            ax.add_patch(arrow)
        for name, words in (("zₙ", "hidden"), ("xₙ", "seen")):
            x, y, _ = nodes[name]
            ax.text(x, y + 0.52, words, ha="center", va="bottom", size=11)
        ax.text(0.9, 0.9, "weights", ha="center", va="top", size=11)
        ax.set(xlim=(0.2, 8.2), ylim=(0, 2.95), aspect="equal")
        ax.set_axis_off()
        return fig


class LabelDraw:
    """The interval from 0 to 1 cut up by the weights, and where a number has fallen."""

    def __init__(self, ax, weights):
        bottom = 0
        for k, weight in enumerate(weights):
            ax.bar(0, weight, bottom=bottom, color=COLOURS[k], hatch=HATCHES[k])
            ax.text(
                *(0, bottom + weight / 2, f"z = {k + 1}"),
                ha="center",
                va="center",
                color="white",
                weight="bold",
                bbox={"facecolor": COLOURS[k], "lw": 0, "pad": 2},
            )
            bottom += weight
        (self.arrow,) = ax.plot([], [], "<", color=INK, ms=13, clip_on=False)
        ax.set(xlim=(-0.55, 0.75), ylim=(0, 1), xticks=(), yticks=())
        ax.text(*(0.5, -0.02, "0"), ha="left", va="center")
        ax.text(*(0.5, 1.0, "1"), ha="left", va="center")
        ax.spines[:].set_visible(False)
        ax.set_title("1: a label")

    def show(self, u):
        """Put the arrow at the number `u`; nowhere if it is None."""
        self.arrow.set_data(*([], []) if u is None else ([0.55], [u]))
        return [self.arrow]


class PointDraw:
    """Points drawn so far with their labels; the newest joined to its mean."""

    def __init__(self, ax, model, limits):
        for k in range(model.K):
            width, height, angle = ellipse_axes(model.covariances[k])
            for d in (1, 2):
                size = {"width": d * width, "height": d * height, "angle": angle}
                ax.add_patch(
                    Ellipse(
                        *(model.means[k],), **size, fill=False, ec=FAINT, ls=LINES[k]
                    )
                )
        self.means = model.means
        self.points = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], ms=4.5, mew=0)[0]
            for k in range(model.K)
        ]
        (self.line,) = ax.plot([], [], color=INK, lw=2)
        (self.mean,) = ax.plot([], [], "+", color=INK, ms=16, mew=3)
        (self.new,) = ax.plot([], [], "o", mec=INK, mew=2, ms=12)
        ax.set(**limits, aspect="equal")
        ax.set_title("2: a point around its mean")

    def show(self, x, z, pending):
        """Draw points x (n, 2) of groups z (n,); `pending` is a label with no point."""
        for k, points in enumerate(self.points):
            points.set_data(*x[z == k].T)
        k = pending if pending is not None else z[-1] if len(z) else None
        newest = len(x) > 0 and pending is None
        for artist, shown in (
            (self.mean, k is not None),
            (self.line, newest),
            (self.new, newest),
        ):
            artist.set_visible(shown)
        if k is not None:
            self.mean.set_data(*self.means[k, :, None])
        if newest:
            self.line.set_data(*zip(self.means[k], x[-1], strict=True))
            self.new.set_data(*x[-1:].T)
            self.new.set(marker=MARKERS[k], color=COLOURS[k], markeredgecolor=INK)
        return [*self.points, self.line, self.mean, self.new]


class Seen:
    """The same points as the world gets to see them: the label is gone."""

    def __init__(self, ax, limits):
        (self.points,) = ax.plot([], [], "o", color="#666666", ms=4.5, mew=0)
        ax.set(**limits, aspect="equal")
        ax.set_title("what is seen")

    def show(self, x):
        """Draw points x (n, 2)."""
        self.points.set_data(*x.T)
        return [self.points]


# The plane: a mixture as a map and as a mountain.


class Plane(Cloud):
    """Points in mixed colours under their ellipses, on a map of the density."""

    shares = (0.01, 0.03, 0.1, 0.25, 0.5, 0.75)  # of the highest density

    def __init__(self, ax, x, K, side):
        self.grid = np.linspace(0, side, 61)
        self.places = np.stack(np.meshgrid(self.grid, self.grid), axis=-1).reshape(
            -1, 2
        )
        bands = len(self.shares) + 1
        greys = [f"{v:.3f}" for v in np.linspace(1, 0.62, bands)]
        self.image = ax.imshow(
            np.zeros((61, 61)),
            cmap=ListedColormap(greys),
            norm=BoundaryNorm(self.shares, bands, extend="both"),
            extent=(0, side, 0, side),
            origin="lower",
            interpolation="bilinear",
            interpolation_stage="data",
        )
        super().__init__(ax, x, K)
        self.borders = ax.add_collection(LineCollection([], colors=INK, lw=2.5))
        ax.set(xlim=(0, side), ylim=(0, side), xticks=(), yticks=(), aspect="equal")

    def show(self, model, x, r, hard=False):
        """Draw `model`, and points x (N, D) coloured by r (N, K); borders if `hard`."""
        log_joint = model.log_joint(self.places)
        density = np.exp(log_joint).sum(axis=1)
        self.image.set_data(density.reshape(61, 61) / density.max())
        self.points.set_offsets(x)
        self.borders.set_segments(_borders(self.grid, log_joint) if hard else [])
        return [
            *(self.image, self.borders),
            *super().show(model, hardened(r) if hard else r),
        ]


def _borders(grid, log_joint):
    """Return the lines where two components share the largest joint density."""
    lines = []
    for pair in combinations(range(log_joint.shape[1]), 2):
        first, second = log_joint[:, pair].T
        others = np.delete(log_joint, pair, axis=1).max(axis=1, initial=-np.inf)
        beaten = others > np.maximum(first, second)
        lead = np.ma.masked_array(first - second, beaten)
        lead = lead.reshape(len(grid), len(grid))
        lines += contour_generator(grid, grid, lead).lines(0)
    return lines


class Mountain:
    """The density of a mixture as a surface, its slopes in the components' colours."""

    tilt = np.radians(35)  # of the view above the horizon
    height = 0.75  # of the highest density, in units of the side

    def __init__(self, ax, side, size=44):
        self.side, grid = side, np.linspace(0, side, size)
        self.nodes = np.stack(np.meshgrid(grid, grid), axis=-1)  # (size, size, 2)
        self.faces = ax.add_collection(PolyCollection([], lw=0.4))
        ax.set(xlim=(-0.73, 0.73), ylim=(-0.42, 0.93), aspect="equal")
        ax.set_axis_off()

    def show(self, model, turn, hard=False):
        """Draw the surface of `model`, turned by `turn` degrees."""
        joint = np.exp(model.log_joint(self.nodes.reshape(-1, 2)))
        density = joint.sum(axis=1)
        top = density.max()
        z = density.reshape(self.nodes.shape[:2]) / top
        flat, depth = self._turned(turn)
        seen = np.stack(
            [flat, depth * np.sin(self.tilt) + self.height * z * np.cos(self.tilt)],
            axis=-1,
        )
        order = np.argsort(-_centres(depth).ravel(), kind="stable")  # far first
        corners = np.stack(
            [seen[:-1, :-1], seen[:-1, 1:], seen[1:, 1:], seen[1:, :-1]], axis=2
        )
        r = joint / np.maximum(density, 1e-300)[:, None]
        r = hardened(r) if hard else r
        colours = self._colours(r, z)[order]
        self.faces.set_verts(corners.reshape(-1, 4, 2)[order])
        self.faces.set_facecolors(colours)
        self.faces.set_edgecolors(0.9 * colours)
        return [self.faces]

    def _turned(self, turn):
        """Return each node's place from left to right, and how far away it is."""
        angle = np.radians(turn)
        x, y = np.moveaxis(self.nodes / self.side - 0.5, -1, 0)
        return (
            x * np.cos(angle) - y * np.sin(angle),
            x * np.sin(angle) + y * np.cos(angle),
        )

    def _colours(self, r, z):
        """Return mixed colours, paler where the density is low, shaded by the slope."""
        size = z.shape[0]
        mixed = _centres(mixed_colours(r).reshape(size, size, 3))
        ink = np.clip(_centres(z) / 0.12, 0.05, 1)[..., None]
        east, north = np.gradient(z * size * self.height)[::-1]
        light = _centres((1 - 0.5 * east + 0.5 * north) / np.hypot(1, east, north))
        shade = np.clip(0.72 + 0.28 * light, 0.6, 1.08)[..., None]
        colours = (ink * mixed + (1 - ink) * WHITE) * shade
        return np.clip(colours, 0, 1).reshape(-1, 3)


def _centres(values):
    """Return the mean of the four corners of each cell of a grid."""
    return (values[:-1, :-1] + values[:-1, 1:] + values[1:, 1:] + values[1:, :-1]) / 4


def one_against_many(x, one, many):
    """Return a picture of x, a third of it, under one Gaussian and under a mixture."""
    some = x[::3]
    with look():
        fig = figure(9, 3.9)
        for ax, model in zip(fig.subplots(1, 2), (one, many), strict=True):
            plane = Plane(ax, some, model.K, side=120)
            plane.show(model, some, model.responsibilities(some))
            if model.K == 1:
                plane.points.set_facecolors("#555555")
            plane.points.set_sizes([6])
            per_point = number(model.log_likelihood(x) / len(x))
            name = "one Gaussian" if model.K == 1 else f"a mixture of {model.K}"
            ax.set_title(f"{name}: {per_point} nats a point")
        gain = many.log_likelihood(x) - one.log_likelihood(x)
        return Picture(
            fig,
            f"{len(x)} points: the mixture of {many.K} is {gain:.0f} nats "
            "above the best single Gaussian",
        )
