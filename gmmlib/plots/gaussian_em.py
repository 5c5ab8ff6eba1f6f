"""Pictures of EM for Gaussian mixtures: in one dimension, in two, and gone wrong.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

from types import SimpleNamespace

import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection, PolyCollection

from gmmlib import wrong_formulas
from gmmlib.em import posterior
from gmmlib.jensen import log_sum_exp
from gmmlib.plots.gaussians import Cloud, mixed_colours
from gmmlib.show.look import (
    COLOURS,
    HATCHES,
    INK,
    LINES,
    RED,
    Picture,
    Scale,
    figure,
    look,
    number,
)

SYMBOLS = wrong_formulas.MARKS


# One dimension.


class Curves:
    """Weighted densities of K components, their sum, and the points on the axis."""

    def __init__(self, ax, x, K, low, high, top):
        self.grid = np.linspace(low, high, 601)
        self.parts = [
            ax.plot([], [], color=COLOURS[k], ls=LINES[k], lw=2.5)[0] for k in range(K)
        ]
        (self.sum,) = ax.plot([], [], color="#CCCCCC", lw=7, zorder=1)
        self.points = ax.scatter(x, 0 * x, s=110, ec=INK, zorder=4, clip_on=False)
        ax.set(xlim=(low, high), ylim=(0, top))
        ax.set_title("three components, and their sum")

    def show(self, model, r):
        """Draw `model`, and colour the points by r (N, K)."""
        densities = np.exp(model.log_joint(self.grid))
        for line, density in zip(self.parts, densities.T, strict=True):
            line.set_data(self.grid, density)
        self.sum.set_data(self.grid, densities.sum(axis=1))
        self.points.set_facecolors(mixed_colours(r))
        return [*self.parts, self.sum, self.points]


class ResponsibilityColumns:
    """One column for each point, divided among K components by responsibility."""

    def __init__(self, ax, x, K, width=0.4):
        self.bars = [
            ax.bar(x, 0 * x, width, color=COLOURS[k], hatch=HATCHES[k])
            for k in range(K)
        ]
        ax.set(ylim=(0, 1), yticks=(0, 1), xlabel="x", ylabel="r")

    def show(self, r):
        """Divide the columns by r (N, K)."""
        bottoms = np.cumsum(r, axis=1) - r
        for k, bars in enumerate(self.bars):
            for bar, height, bottom in zip(bars, r[:, k], bottoms[:, k], strict=True):
                bar.set(height=height, y=bottom)
        return [bar for bars in self.bars for bar in bars]


# Two dimensions.


class MovingGroups(Cloud):
    """A cloud under at most K ellipses, with the way each mean has come."""

    def __init__(self, ax, x, K):
        super().__init__(ax, x, K)
        self.ways = [
            ax.plot([], [], color=INK, marker=".", mew=0, ms=7, lw=1)[0]
            for _ in range(K)
        ]
        for way in self.ways:
            way.set_zorder(3)
        for mean in self.means:
            mean.set_zorder(4)

    def show(self, models, r):
        """Draw the last of `models`, and the means of all of them."""
        artists = super().show(models[-1], r)
        means = np.array([model.means for model in models])
        for k, way in enumerate(self.ways):
            way.set_visible(k < means.shape[1])
            if k < means.shape[1]:
                way.set_data(*means[:, k].T)
        return [*artists, *self.ways]


class Contours:
    """Lines of equal density p(x), each half the height of the one inside it."""

    heights = 0.5 ** np.arange(1, 8)

    def __init__(self, ax):
        self.lines = ax.add_collection(
            LineCollection([], colors="#555555", linewidths=1, zorder=1.5)
        )
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        self.sides = np.linspace(left, right, 90), np.linspace(low, high, 90)
        self.grid = np.stack(np.meshgrid(*self.sides), axis=-1).reshape(-1, 2)

    def show(self, model, visible):
        """Draw the contours of `model`, or none."""
        self.lines.set_visible(visible)
        if visible:
            density = np.exp(log_sum_exp(model.log_joint(self.grid)))
            lines = contour_generator(*self.sides, density.reshape(90, 90)).lines
            levels = density.max() * self.heights
            self.lines.set_segments([line for h in levels for line in lines(h)])
        return [self.lines]


class Relief:
    """The density as a surface in three dimensions, in the components' colours.

    Drawn in oblique projection from back to front, as its own small painter: a surface
    of Matplotlib's takes ten times as long.
    """

    def __init__(self, ax, xlim, ylim, top, columns=36, rows=30):
        self.top, self.shape = top, (rows + 1, columns + 1)
        across, back = np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)
        u, v = np.meshgrid(across, back)
        self.grid = np.column_stack(
            [xlim[0] + np.ptp(xlim) * u.ravel(), ylim[0] + np.ptp(ylim) * v.ravel()]
        )
        self.u, self.v = u + 0.35 * v, 0.5 * v
        self.cells = ax.add_collection(PolyCollection([], linewidths=0.3))
        ax.set(xlim=(-0.02, 1.37), ylim=(-0.02, 1.15))
        ax.axis("off")
        ax.set_title("density p(x)")

    def show(self, model):
        """Draw the density of `model`; what is higher than `top` is scaled to it."""
        r, log_density = posterior(model.log_joint(self.grid))
        height = np.exp(log_density).reshape(self.shape)
        height = height * (0.75 / max(self.top, height.max()))
        corners = np.stack([self.u, self.v + height], axis=-1)
        squares = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:]]
        squares = np.stack([*squares, corners[1:, :-1]], axis=2)
        slope = height[:-1, :-1] - height[1:, 1:]  # lit from the front
        light = np.clip(0.65 + 5 * slope, 0.35, 1)[:, :, None]
        hue = mixed_colours(r).reshape(*self.shape, 3)[:-1, :-1]
        pale = np.clip(height[:-1, :-1, None] * 8, 0, 1)  # flat ground is paper
        colours = (1 - pale) * 0.93 + pale * (light * hue + (1 - light))
        back_to_front = slice(None, None, -1)
        self.cells.set_verts(squares[back_to_front].reshape(-1, 4, 2))
        faces = colours[back_to_front].reshape(-1, 3)
        self.cells.set_facecolor(faces)
        self.cells.set_edgecolor(0.8 * faces)
        return [self.cells]


def what_happened(path, iteration):
    """Say in one line what iteration `iteration` of a run did."""
    now = path.at(iteration)
    model, ells = path.models[now], path.log_likelihoods
    shares = " ".join(
        f"{s} {number(w)}" for s, w in zip(SYMBOLS, model.weights, strict=False)
    )
    if now < iteration and path.why:
        return f"{path.why[0].upper()}{path.why[1:]}; shown is {now}; {shares}"
    if now == 0:
        return f"Start: ℓ = {number(ells[0], 1)}, shares {shares}"
    gain = ells[now] - ells[now - 1]
    moved = np.linalg.norm(model.means - path.models[now - 1].means, axis=1)
    k = int(moved.argmax())
    ell, rise = number(ells[now], 1), number(gain, 1)
    if gain < 0.05:
        return f"Iteration {now}: ℓ hardly moves, {ell}; {shares}"
    return (
        f"Iteration {now}: ℓ up {rise} to {ell}, {SYMBOLS[k]} moves "
        f"{number(moved[k], 1)}; {shares}"
    )


# Gone wrong.


class TwoClimbs:
    """ℓ with a mistake (×) beside ℓ with the right formulas (●), in nats."""

    def __init__(self, ax, iterations):
        self.scale = Scale(ax)
        self.n = np.arange(iterations + 1)
        style = {"color": COLOURS[0], "marker": ".", "ms": 6, "lw": 1.2}
        (self.right,) = ax.plot([], [], **style)
        style = {"color": COLOURS[1], "marker": "x", "ms": 6, "ls": "--"}
        (self.wrong,) = ax.plot([], [], **style)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=15)
        place = {"transform": ax.transAxes, "weight": "bold"}
        ax.text(0.25, 0.66, "● right", color=COLOURS[0], **place)
        ax.text(0.25, 0.56, "× mistaken", color=COLOURS[1], **place)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.set(xlim=(-0.02 * iterations, 1.02 * iterations), xlabel="iteration")
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_title("true ℓ")

    def show(self, right, wrong, iteration):
        """Draw two runs of log-likelihoods up to `iteration`; ▼: below the scale."""
        later = np.concatenate([right[1:], wrong[1:]])
        low, high = later.min(), max(later.max(), right[0])
        low = min(low, right[0]) if right[0] > 2 * low - high else low
        room = max(0.08 * (high - low), 1)
        here = wrong[min(iteration, len(wrong) - 1)]
        for line, ells in ((self.right, right), (self.wrong, wrong)):
            shown = np.clip(ells[: iteration + 1], low - room, high + room)
            line.set_data(self.n[: len(shown)], shown)
        self.now.set_data(self.wrong.get_xdata()[-1:], self.wrong.get_ydata()[-1:])
        self.now.set_marker("*" if here >= low else "v")
        changed = self.scale.set(low - room, high + room)
        return [self.right, self.wrong, self.now, *changed]


def as_model(mixture):
    """Return a plain tuple (weights, means, covariances) with names, to be drawn."""
    names = "weights", "means", "covariances"
    return SimpleNamespace(**dict(zip(names, mixture, strict=True)))


def what_went_wrong(mistake, run, right, iteration):
    """Say in one line where the wrong run stands in `iteration`, and the right one."""
    now = min(iteration, len(run.log_likelihoods) - 1)
    ells, goal = run.log_likelihoods, right.log_likelihoods
    ell, rivals = number(ells[now], 1), number(goal[min(iteration, len(goal) - 1)], 1)
    if now < iteration:
        return f"{mistake}: {run.ended}; ℓ {ell}, right {rivals}"
    if now == 0:
        return f"{mistake}. Start: ℓ {ell}"
    gain = ells[now] - ells[now - 1]
    how = "rises to" if gain > 0.05 else "falls to" if gain < -0.05 else "stays at"
    return f"{mistake}, iteration {now}: ℓ {how} {ell}, right {rivals}"


# Pictures that stand still.


def q_of_spread(S=1.0):
    """Return Q of one component over its variance, and over its precision 1/σ²."""
    v = np.linspace(0.12, 6, 400)
    with look():
        fig = figure(9, 3.2)
        left, right = fig.subplots(1, 2)
        q = -0.5 * (np.log(v) + S / v)
        bent = v >= 2 * S
        left.plot(v[~bent], q[~bent], color=COLOURS[0], lw=3)
        left.plot(v[bent], q[bent], color=COLOURS[1], lw=3, ls="--")
        left.plot([S], [-0.5], "o", color=INK, ms=8, zorder=4)
        left.plot([2 * S], [-0.5 * (np.log(2 * S) + 0.5)], "|", color=INK, ms=22, mew=2)
        left.text(S, -0.42, "top at S", ha="center")
        left.text(0.6 * S, -1.9, "concave", color=COLOURS[0], weight="bold")
        left.text(3.2 * S, -0.6, "convex from 2S on", color=COLOURS[1], weight="bold")
        left.set(xlabel="variance σ²", ylim=(-2.2, -0.25), xlim=(0, 6))
        left.set_title("Q over the variance")
        p = np.linspace(0.02, 6, 400)
        right.plot(p, 0.5 * (np.log(p) - S * p), color=COLOURS[0], lw=3)
        right.plot([1 / S], [-0.5], "o", color=INK, ms=8, zorder=4)
        right.text(1 / S, -0.42, "top at 1/S", ha="center")
        right.text(0.6, -1.9, "concave everywhere", color=COLOURS[0], weight="bold")
        right.set(xlabel="precision 1/σ²", ylim=(-2.2, -0.25), xlim=(0, 6))
        right.set_title("the same Q over the precision")
        return Picture(
            fig,
            f"Q for S = {number(S)}: over the variance its top is at {number(S)} and "
            f"it turns convex at {number(2 * S)}; over the precision it is concave",
        )


def determinant_or_inverse(x, z, model):
    """Return one E-step with Σ⁻¹, and with |Σ|⁻¹ for data in ones and in tens.

    Lines of equal distance, one and two, are drawn in the data's own unit.
    """
    w, m, C = model.weights, model.means, model.covariances
    wrong = wrong_formulas.determinant_for_inverse
    panels = (
        ("Σ⁻¹", wrong_formulas.log_joint, 1),
        ("|Σ|⁻¹, in ones", wrong, 1),
        ("|Σ|⁻¹, in tens", wrong, 10),
    )
    with look():
        fig = figure(9, 3.2)
        hits = []
        for ax, (name, joint, unit) in zip(
            fig.subplots(1, 3, sharey=True), panels, strict=True
        ):
            r = wrong_formulas.responsibilities(
                joint(x / unit, (w, m / unit, C / unit**2))
            )
            cloud = Cloud(ax, x, model.K)
            cloud.show(model, r)
            hits.append(number(100 * (r.argmax(axis=1) == z).mean(), 1))
            ax.set_title(f"{name}: {hits[-1]}%")
            if joint is wrong:
                radii = unit * np.sqrt(np.linalg.det(C / unit**2))
                for circles, radius in zip(cloud.ellipses, radii, strict=True):
                    for circle, d in zip(circles, cloud.deviations, strict=True):
                        circle.set(width=2 * d * radius, height=2 * d * radius, angle=0)
        return Picture(
            fig,
            f"One E-step: with Σ⁻¹ {hits[0]}% of the points go to the component that "
            f"made them, with |Σ|⁻¹ {hits[1]}%, and with |Σ|⁻¹ and data measured in "
            f"tens {hits[2]}%; the lines of equal distance become circles",
        )
