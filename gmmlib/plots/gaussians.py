"""Pictures of Gaussian mixtures: points in mixed colours, ellipses, the climb."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Ellipse

from gmmlib.show.look import COLOURS, FAINT, INK, LINES, MARKERS, RED

PALETTE = np.array([to_rgb(colour) for colour in COLOURS])


def mixed_colours(r):
    """Return one colour for each point, (N, 3): the components' mixed by r (N, K)."""
    return np.clip(r @ PALETTE[: r.shape[1]], 0, 1)


def ellipse_axes(covariance):
    """Return full width, height and angle in degrees of the ellipse |y| = 1, in 2-D.

    The angle is from 0 to under 180, and 0 for a circle, whatever rounding made of it.
    """
    (least, most), directions = np.linalg.eigh(covariance)
    x, y = directions[:, 1]
    angle = np.round(np.degrees(np.arctan2(y, x)), 9) % 180
    if most - least <= 1e-9 * most:
        angle = 0.0
    return 2 * np.sqrt(most), 2 * np.sqrt(least), angle


def place_ellipse(ellipse, mean, covariance, deviations):
    """Draw an `Ellipse` of Matplotlib's at |y| = `deviations` of a Gaussian in 2-D."""
    width, height, angle = ellipse_axes(covariance)
    ellipse.set(center=mean, width=deviations * width, height=deviations * height)
    ellipse.set_angle(angle)


class Cloud:
    """Points in two dimensions, coloured by responsibility, under K ellipses."""

    def __init__(self, ax, x, K, deviations=(1, 2)):
        self.deviations = deviations
        self.points = ax.scatter(*x.T, s=9, linewidths=0)
        self.ellipses = [
            [
                ax.add_patch(
                    Ellipse((0, 0), 1, 1, fill=False, ec=INK, ls=LINES[k], lw=2.2 / d)
                )
                for d in deviations
            ]
            for k in range(K)
        ]
        self.means = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], mec=INK, mew=1.5, ms=13)[0]
            for k in range(K)
        ]
        (low, high), margin = (x.min(axis=0), x.max(axis=0)), np.ptp(x, axis=0) * 0.06
        ax.set(
            xlim=(low[0] - margin[0], high[0] + margin[0]),
            ylim=(low[1] - margin[1], high[1] + margin[1]),
        )

    def show(self, model, r):
        """Draw `model`, of K components at most, and colour the points by r (N, K)."""
        self.points.set_facecolors(mixed_colours(r))
        for k, ellipses in enumerate(self.ellipses):
            used = k < len(model.means)
            for artist in (*ellipses, self.means[k]):
                artist.set_visible(used)
            if not used:
                continue
            for ellipse, d in zip(ellipses, self.deviations, strict=True):
                place_ellipse(ellipse, model.means[k], model.covariances[k], d)
            self.means[k].set_data(*model.means[k, :, None])
        return [self.points, *(e for es in self.ellipses for e in es), *self.means]


class Ascent:
    """The log-likelihood a point after each iteration, on one fixed scale."""

    def __init__(self, ax, iterations, low, high):
        self.n, self.low, self.high = np.arange(iterations + 1), low, high
        (self.ahead,) = ax.plot([], [], color=FAINT, linewidth=1.5, ls=":")
        (self.line,) = ax.plot([], [], color=INK, marker=".", markersize=7)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=15)
        room = 0.06 * (high - low)
        ax.set(xlim=(-0.5, iterations + 0.5), ylim=(low - room, high + room))
        ax.set(xlabel="iteration")
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_title("nats per point")

    def show(self, values, iteration):
        """Draw the climb to `iteration`; ▼ or ▲ is a value beyond the scale."""
        here = values[iteration]
        beyond = "v" if here < self.low else "^" if here > self.high else "*"
        self.now.set_marker(beyond)
        values = np.clip(values, self.low, self.high)
        self.ahead.set_data(self.n[: len(values)], values)
        self.line.set_data(self.n[: iteration + 1], values[: iteration + 1])
        self.now.set_data([iteration], [values[iteration]])
        return [self.ahead, self.line, self.now]
