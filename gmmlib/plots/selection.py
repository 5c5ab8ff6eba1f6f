"""Pictures of chapter 9: how many groups, of which shape, and how hard the labels.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np
from matplotlib.patches import Ellipse

from gmmlib.datasets import GENRES
from gmmlib.gaussians import GaussianMixture
from gmmlib.jensen import log_sum_exp
from gmmlib.plots.gaussians import mixed_colours, place_ellipse
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    INK,
    LINES,
    MARKERS,
    RED,
    Picture,
    figure,
    look,
    number,
)

MOST = len(COLOURS)  # components that a picture can tell apart
CRITERIA = {  # name: colour, marker, line
    "−2ℓ": (INK, "o", "-"),
    "AIC": (COLOURS[0], "s", "--"),
    "BIC": (COLOURS[1], "^", "-."),
}


def limits(values, margin=0.06):
    """Return limits with room around `values`."""
    low, high = np.min(values), np.max(values)
    room = margin * (high - low)
    return low - room, high + room


class Groups:
    """Points in two dimensions, in mixed colours, under as many ellipses as needed."""

    def __init__(self, ax, most=MOST, size=12):
        self.ax, self.x = ax, None
        self.points = ax.scatter([], [], s=size, linewidths=0, antialiaseds=False)
        self.ellipses = [
            ax.add_patch(Ellipse((0, 0), 1, 1, fill=False, ec=INK, ls=LINES[k], lw=1.8))
            for k in range(most)
        ]
        self.means = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], mec=INK, mew=1.4, ms=11)[0]
            for k in range(most)
        ]

    def show(self, x, model, r=None):
        """Draw the points x (N, 2), coloured by r (N, K), under the model's ellipses.

        An ellipse is drawn at two standard deviations. Without r the points are grey.
        """
        changed = []
        if self.x is not x:
            self.x = x
            self.points.set_offsets(x)
            self.ax.set(xlim=limits(x[:, 0]), ylim=limits(x[:, 1]))
            changed = [self.ax]
        # in fifths: the eye sees no difference, and a stored picture stays small
        colours = [FAINT] if r is None else mixed_colours(np.round(5 * r) / 5)
        self.points.set_facecolors(colours)
        for k, (ellipse, mean) in enumerate(
            zip(self.ellipses, self.means, strict=True)
        ):
            used = k < model.K
            ellipse.set_visible(used)
            mean.set_visible(used)
            if used:
                place_ellipse(ellipse, model.means[k], model.covariances[k], 2)
                mean.set_data(*model.means[k, :, None])
        return [self.points, *self.ellipses, *self.means, *changed]


class Criteria:
    """−2ℓ, AIC and BIC over K, measured from the least BIC."""

    low, high = -190, 270

    def __init__(self, ax):
        self.K = np.arange(1, MOST + 1)
        self.lines, self.names, self.now = [], [], []
        for name, (colour, marker, line) in CRITERIA.items():
            style = {"color": colour, "marker": marker}
            self.lines += ax.plot([], [], ls=line, ms=6, **style)
            self.now += ax.plot([], [], ms=13, mec=INK, ls="", **style)
            self.names.append(ax.text(MOST + 0.3, 0, name, color=colour, va="center"))
        (self.best,) = ax.plot([], [], "*", color=RED, mec="white", ms=19, zorder=4)
        ax.axhline(0, color="#DDDDDD", lw=1, zorder=0)
        ax.set(xlim=(0.7, MOST + 1.1), ylim=(self.low, self.high), xlabel="K")
        ax.set_xticks(self.K)
        ax.set_title("above the least BIC")

    def show(self, values, K):
        """Draw `values` (3, MOST): −2ℓ, AIC and BIC for each K; mark the present K."""
        above = values - values[2].min()
        for line, name, now, row in zip(
            self.lines, self.names, self.now, above, strict=True
        ):
            line.set_data(self.K, row)
            name.set_y(row[-1])
            now.set_data([K], [row[K - 1]])
            now.set_visible(self.low < row[K - 1] < self.high)
        self.best.set_data([1 + values[2].argmin()], [0])
        return [*self.lines, *self.names, *self.now, self.best]


class Foresight:
    """Nats a point over K: on the points that were fitted, and on fresh ones."""

    low, high = -10.4, -7.4

    def __init__(self, ax):
        self.K = np.arange(1, MOST + 1)
        (self.learned,) = ax.plot([], [], "o-", color=INK, ms=6)
        (self.fresh,) = ax.plot([], [], "s--", color=COLOURS[1], ms=6)
        self.now = [
            ax.plot([], [], m, color=c, mec=INK, ms=12)[0]
            for m, c in (("o", INK), ("s", COLOURS[1]))
        ]
        (self.best,) = ax.plot([], [], "*", color=RED, mec="white", ms=19, zorder=4)
        self.names = [
            ax.text(MOST + 0.3, 0, "fitted", va="center"),
            ax.text(MOST + 0.3, 0, "fresh", va="center", color=COLOURS[1]),
        ]
        ax.set(xlim=(0.7, MOST + 1.3), ylim=(self.low, self.high), xlabel="K")
        ax.set_xticks(self.K)
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_title("nats a point")

    def show(self, learned, fresh, K):
        """Draw both curves, (MOST,) each, and mark the present K."""
        gap = 0.13  # nats between the names at least
        middle = (learned[-1] + fresh[-1]) / 2
        half = max(gap, (learned[-1] - fresh[-1]) / 2)
        for line, name, now, row, y in zip(
            (self.learned, self.fresh),
            self.names,
            self.now,
            (learned, fresh),
            (middle + half, middle - half),
            strict=True,
        ):
            line.set_data(self.K, row)
            name.set_y(np.clip(y, self.low + gap, self.high - gap))
            now.set_data([K], [row[K - 1]])
        best = fresh.argmax()
        self.best.set_data([best + 1], [fresh[best]])
        return [self.learned, self.fresh, *self.names, *self.now, self.best]


class Sample:
    """Few points that are fitted, filled, over many fresh ones, faint."""

    def __init__(self, ax, fresh):
        ax.scatter(*fresh.T, s=5, color="#CCCCCC", linewidths=0, antialiaseds=False)
        self.groups = Groups(ax, size=26)
        ax.set(xlim=limits(fresh[:, 0]), ylim=limits(fresh[:, 1]))
        ax.set_title("fitted; fresh in grey")

    def show(self, x, model):
        """Draw the fitted points x and their mixture; the axes stay."""
        self.groups.x = x  # keeps the limits
        self.groups.points.set_offsets(x)
        return self.groups.show(x, model, model.responsibilities(x))


class Shapes:
    """One panel for each covariance type: the same points, other ellipses."""

    def __init__(self, axes, x, names, most):
        self.panels = {
            n: Groups(ax, most, size=8) for n, ax in zip(names, axes, strict=True)
        }
        self.titles, self.x = {}, x
        for name, ax in zip(names, axes, strict=True):
            ax.set_title(" \n ")  # keeps room for two lines
            self.titles[name] = ax.text(
                *(0.5, 1.03, ""), transform=ax.transAxes, ha="center", va="bottom"
            )
            ax.set(xlim=limits(x[:, 0], 0.12), ylim=limits(x[:, 1], 0.12))
            self.panels[name].points.set_offsets(x)
            self.panels[name].x = x
        axes[0].set(xlabel="eruption, min", ylabel="waiting, min")
        for ax in axes[1:]:
            ax.set_xticklabels([])
            ax.set_yticklabels([])

    def show(self, fits):
        """Draw a fit (model, parameters, BIC) under each name; star the least BIC."""
        least, artists = min(bic for *_, bic in fits.values()), []
        for name, (model, p, bic) in fits.items():
            star = " ★" if bic == least else ""
            self.titles[name].set_text(f"{name}, p = {p}\nBIC {bic:.1f}{star}")
            self.titles[name].set_weight("bold" if star else "normal")
            r = model.responsibilities(self.x)
            artists += [*self.panels[name].show(self.x, model, r), self.titles[name]]
        return artists


class SoftCentres:
    """Points in mixed colours, the means of one spread, and K-means' centres."""

    def __init__(self, ax, x, centres):
        self.groups = Groups(ax, len(centres))
        self.groups.show(x, _round_mixture(centres))
        ax.plot(*centres.T, "x", color=INK, ms=22, mew=3, zorder=5)
        ax.set_aspect("equal")
        ax.set_title("means; × K-means")
        self.x = x

    def show(self, model):
        """Draw one mixture of equal spreads."""
        return self.groups.show(self.x, model, model.responsibilities(self.x))


class Hardening:
    """The share of points in doubt over the spread."""

    def __init__(self, ax, spreads, doubt):
        self.spreads, self.doubt = np.asarray(spreads), doubt
        ax.plot(spreads, doubt, color=INK)
        (self.dot,) = ax.plot([], [], "*", color=RED, mec="white", ms=20)
        ax.set(xlim=limits(spreads), ylim=(-6, 108), xlabel="spread σ")
        ax.set_yticks((0, 50, 100), ("0", "50%", "100%"))
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_title("points in doubt")

    def show(self, i):
        """Mark the i-th spread."""
        self.dot.set_data([self.spreads[i]], [self.doubt[i]])
        return [self.dot]


class TwoLabellings:
    """The same points twice: labelled by K-means, and by a mixture."""

    def __init__(self, axes, x_reach, y_limits):
        self.hard = [
            axes[0].plot(
                *([], [], MARKERS[k]), color=COLOURS[k], ms=4, ls="", mew=0, aa=False
            )[0]
            for k in range(2)
        ]
        self.centres = [
            axes[0].plot([], [], "X", color=COLOURS[k], mec=INK, mew=1.4, ms=15)[0]
            for k in range(2)
        ]
        self.groups = Groups(axes[1], 2)
        self.titles = []
        for ax in axes:
            ax.set(xlim=(-x_reach, x_reach), ylim=y_limits)
            ax.set_title(" ")
            self.titles.append(
                ax.text(
                    *(0.5, 1.03, ""), transform=ax.transAxes, ha="center", va="bottom"
                )
            )

    def show(self, x, labels, centres, model, shares):
        """Draw both labellings and the share of points that each has right."""
        for k in range(2):
            self.hard[k].set_data(*x[labels == k].T)
            self.centres[k].set_data(*centres[k, :, None])
        self.groups.x = x
        self.groups.points.set_offsets(x)
        names = ("K-means", "mixture")
        for title, name, share in zip(self.titles, names, shares, strict=True):
            title.set_text(f"{name} {100 * share:.0f}%")
        return [
            *(*self.hard, *self.centres, *self.titles),
            *self.groups.show(x, model, model.responsibilities(x)),
        ]


class Segments:
    """Accounts by age and hours in mixed colours, and one account among them."""

    def __init__(self, ax, features, model, r):
        groups = Groups(ax, model.K, size=9)
        groups.show(features, model, r)
        (self.star,) = ax.plot([], [], "*", color=RED, mec="white", ms=22, zorder=6)
        hours = np.array([1, 3, 10, 30])
        ax.set_yticks(np.log(hours), [str(h) for h in hours])
        ax.set(xlabel="age", ylabel="hours a week")
        ax.set(xlim=(12, 84), ylim=(-1.1, 4.1))
        ax.set_title("accounts")
        for k, mean in enumerate(model.means):
            groups.means[k].set_markersize(17)
            ax.text(
                *(*mean, k + 1), color="white", weight="bold", zorder=5,
                ha="center", va="center",
            )  # fmt: skip

    def show(self, age, hours):
        """Put the star at one account."""
        self.star.set_data([age], [np.log(hours)])
        return [self.star]


class Recommendation:
    """One account's segments, and the genres to expect: softly, and by one label."""

    def __init__(self, axes, K):
        bars, genres = axes
        self.shares = bars.barh(range(K), np.ones(K), color=COLOURS[:K], height=0.8)
        bars.set(xlim=(0, 1.18), ylim=(K - 0.4, -0.6))
        bars.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        bars.set_yticks(range(K), [f"{k + 1}" for k in range(K)])
        bars.set_title("segment?")
        self.texts = [bars.text(0, k, "", va="center") for k in range(K)]
        G = len(GENRES)
        self.soft = genres.barh(
            range(G), np.ones(G), color=FAINT, height=0.7, label="soft"
        )
        (self.hard,) = genres.plot(
            [], [], "D", color=RED, mec="white", ms=10, label="one label"
        )
        genres.set(xlim=(0, 0.6), ylim=(G - 0.4, -0.6))
        genres.set_xticks((0, 0.3, 0.6), ("0", ".3", ".6"))
        genres.set_yticks(range(G), GENRES)
        genres.set_title("soft ▬, hard ◆")

    def show(self, r, soft, hard):
        """Show memberships r (K,) and both expectations of the genres' shares."""
        for k, (bar, text, share) in enumerate(
            zip(self.shares, self.texts, r, strict=True)
        ):
            bar.set_width(share)
            text.set(text=number(share), x=share + 0.02, y=k)
        for bar, share in zip(self.soft, soft, strict=True):
            bar.set_width(share)
        self.hard.set_data(hard, np.arange(len(hard)))
        return [*self.shares, *self.texts, *self.soft, self.hard]


def _round_mixture(centres):
    K, D = centres.shape
    return GaussianMixture(np.full(K, 1 / K), centres, np.repeat(np.eye(D)[None], K, 0))


def two_answers(x, two, three):
    """Return a picture: Old Faithful under two free shapes, and three of one shape."""
    with look():
        fig = figure(7.6, 3)
        axes = fig.subplots(1, 2, sharey=True)
        for ax, model, shape in zip(
            axes, (two, three), ("free shapes", "one shape"), strict=True
        ):
            Groups(ax).show(x, model, model.responsibilities(x))
            ax.set(xlabel="length of the eruption, min")
            ax.set_title(f"K = {model.K}, {shape}: BIC {model.bic(x):.1f}")
            for k, (mean, weight) in enumerate(
                zip(model.means, model.weights, strict=True)
            ):
                ax.annotate(
                    number(weight), mean, (0, -64 if k % 2 else 52),
                    textcoords="offset points", ha="center", weight="bold",
                )  # fmt: skip
        axes[0].set(ylabel="waiting for the next, min", ylim=(38, 110))
        shares = [", ".join(number(w) for w in sorted(m.weights)) for m in (two, three)]
        return Picture(
            fig,
            f"Two free shapes: shares {shares[0]}, BIC {two.bic(x):.1f}; "
            f"three of one shape: shares {shares[1]}, BIC {three.bic(x):.1f}",
        )


def leads_of_twins(leads, observed):
    """Return a picture: how far three shapes lead in twins drawn from each rival."""
    with look():
        fig = figure(7, 2.6)
        ax = fig.subplots()
        bins = np.arange(-11, 17, 1.0)
        parts = []
        for (name, values), colour, hatch in zip(
            leads.items(), COLOURS, ("", "///"), strict=False
        ):
            ax.hist(
                values, bins, color=colour, hatch=hatch, alpha=0.75, edgecolor="white"
            )
            share = np.mean(values >= observed)
            parts.append(f"{name}: {100 * share:.1f}% lead by as much or more")
        ax.axvline(observed, color=RED, lw=3)
        ax.axvline(0, color=INK, lw=1, ls=":")
        top = ax.get_ylim()[1]
        ax.set(xlabel="nats by which three of one shape fit better than two free ones")
        ax.text(observed + 0.2, 0.93 * top, "the geyser", color=RED, weight="bold")
        for name, x, colour in zip(leads, (9, -6.5), COLOURS, strict=False):
            ax.text(
                x, 0.7 * top, f"twins of\n{name}", color=colour, weight="bold",
                ha="center",
            )  # fmt: skip
        ax.set(yticks=(), ylim=(0, 1.08 * top))
        return Picture(fig, f"Observed {number(observed)}. " + "; ".join(parts))


def drawn_and_scored(x, model, drawn, strange):
    """Return a picture: points seen and drawn over levels of ln p, and strange ones."""
    with look():
        fig = figure(6.5, 3.4)
        ax = fig.subplots()
        side = np.linspace(0.8, 6.2, 120), np.linspace(35, 106, 120)
        grid = np.column_stack([g.ravel() for g in np.meshgrid(*side)])
        height = log_sum_exp(model.log_joint(grid)).reshape(120, 120)
        levels = [-1e9, -14, -11, -8, -5, 9]
        greys = [f"{v:.2f}" for v in np.linspace(1, 0.65, len(levels) - 1)]
        ax.contourf(*side, height, levels=levels, colors=greys)
        ax.plot(*x.T, "o", color=COLOURS[0], ms=3, mew=0, aa=False)
        ax.plot(*drawn.T, "x", color=COLOURS[1], ms=4, aa=False)
        ax.plot(*strange.T, "*", color=RED, mec="white", ms=20)
        scores = log_sum_exp(model.log_joint(strange))
        for point, score in zip(strange, scores, strict=True):
            side = -1 if point[0] > 5 else 1
            ax.annotate(
                f"ln p = {number(score, 1)}", point, (14 * side, -4), color=RED,
                textcoords="offset points", weight="bold",
                ha="right" if side < 0 else "left",
                bbox={"facecolor": "white", "lw": 0, "pad": 1.5},
            )  # fmt: skip
        ax.set(xlabel="eruption, min", ylabel="waiting, min")
        ax.set_title(f"● {len(x)} seen, × {len(drawn)} drawn; darker is denser")
        words = ", ".join(number(s, 1) for s in scores)
        return Picture(
            fig, f"{len(drawn)} points drawn; ln p of the starred eruptions: {words}"
        )
