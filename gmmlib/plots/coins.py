"""Pictures of the coins: whose trial, the two urns, the surface, the climb.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from gmmlib.likelihood import log_likelihood_surface
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

NAMES = "ABCDEF"


class Shares:
    """Each trial as a bar divided by its responsibilities: whose trial was it?"""

    def __init__(self, ax, x, K=2):
        N = len(x)
        self.bars = [
            ax.barh(
                range(N), np.ones(N), color=COLOURS[k], hatch=HATCHES[k], height=0.8
            )
            for k in range(K)
        ]
        self.texts = [
            ax.text(0, n, "", ha="center", va="center", color="white", weight="bold")
            for n in range(N)
        ]
        self.frames = ax.barh(
            range(N), np.ones(N), height=0.86, fill=False, edgecolor=INK, linewidth=2.5
        )
        ax.set_yticks(range(N), [f"{h} H {t} T" for h, t in np.asarray(x)[:, :2]])
        ax.set(xlim=(0, 1), ylim=(N - 0.4, -0.6), xticks=(0, 0.5, 1))
        ax.set_xticklabels(("0", ".5", "1"))
        ax.set_title(f"Whose trial? p({NAMES[0]} | trial)")
        ax.tick_params(left=False)
        ax.spines["left"].set_visible(False)

    def show(self, r, told=()):
        """Divide the bars by r (N, K); trials in `told` get a frame."""
        left = np.zeros(len(r))
        for k, bars in enumerate(self.bars):
            for n, bar in enumerate(bars):
                bar.set(x=left[n], width=r[n, k])
            left += r[:, k]
        for n, text in enumerate(self.texts):
            inside = r[n, 0] > 0.3
            text.set(text=number(r[n, 0]), x=r[n, 0] / 2 if inside else r[n, 0] + 0.14)
            text.set_color("white" if inside else COLOURS[0])
            text.set_bbox(
                {"facecolor": COLOURS[0] if inside else "white", "lw": 0, "pad": 1.5}
            )
        for n, frame in enumerate(self.frames):
            frame.set_visible(n in told)
        return [*(b for bars in self.bars for b in bars), *self.texts, *self.frames]


class Urns:
    """Expected heads and tails of each coin, poured into one urn a coin."""

    def __init__(self, ax, total, K=2):
        self.heads = ax.bar(
            range(K), np.ones(K), color=COLOURS[:K], hatch=HATCHES[:K], width=0.86
        )
        self.tails = ax.bar(
            range(K), np.ones(K), color="white", edgecolor=COLOURS[:K], width=0.86
        )
        for bar in self.tails:
            bar.set_linewidth(2)
        self.texts = [
            [
                ax.text(k, 0, "", ha="center", va="center", weight="bold")
                for k in range(K)
            ]
            for _ in "HT"
        ]
        self.shares = [
            ax.text(k, 0, "", ha="center", va="bottom", color=COLOURS[k], weight="bold")
            for k in range(K)
        ]
        ax.set_xticks(range(K), [f"coin {NAMES[k]}" for k in range(K)])
        ax.set(ylim=(0, 1.12 * total), xlim=(-0.5, K - 0.5))
        ax.set_title("Tosses poured")

    def show(self, heads, tails):
        """Fill the urns with `heads` and `tails` (K,), share of heads on top."""
        for k, (h, t) in enumerate(zip(heads, tails, strict=True)):
            share = number(h / (h + t)) if h + t > 0 else "none"
            self.shares[k].set(text=f"→ {share}", y=h + t)
            self.heads[k].set_height(h)
            self.tails[k].set(y=h, height=t)
            for row, (n, y, colour) in enumerate(
                [(h, h / 2, COLOURS[k]), (t, h + t / 2, "white")]
            ):
                text = self.texts[row][k]
                text.set(text=f"{n:.1f} {'HT'[row]}", y=y, visible=n > 2)
                text.set_color("white" if row == 0 else INK)
                text.set_bbox({"facecolor": colour, "lw": 0, "pad": 1})
        return [*self.heads, *self.tails, *self.texts[0], *self.texts[1], *self.shares]


class Surface:
    """ℓ over the square of (θ_A, θ_B), with the path that EM takes on it."""

    levels = (-60, -50, -45, -40, -38, -36, -35, -34, -33, -32.5, -32, -31.75, -31.6)

    def __init__(self, ax, x, size=81):
        self.x, self.grid, self.weights = np.asarray(x), np.linspace(0, 1, size), None
        bands = len(self.levels) + 1
        greys = [f"{v:.3f}" for v in np.linspace(0.55, 1, bands)]
        self.image = ax.imshow(
            np.zeros((size, size)),
            cmap=ListedColormap(greys),
            norm=BoundaryNorm(self.levels, bands, extend="both"),
            extent=(0, 1, 0, 1),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
            interpolation_stage="data",
        )
        (self.diagonal,) = ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1, ls=":")
        (self.path,) = ax.plot(
            [], [], color=INK, marker=".", markersize=5, linewidth=1.5
        )
        (self.start,) = ax.plot([], [], "o", mfc="white", mec=INK, ms=8)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=15)
        ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="θ of coin A", ylabel="θ of coin B")
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_yticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_title("ℓ(θ): brighter is higher")

    def show(self, models, iteration):
        """Draw the path of `models` up to `iteration`, over ℓ for its weights."""
        now = models[iteration]
        if self.weights is None or not np.array_equal(self.weights, now.weights):
            self.weights = now.weights
            self.image.set_data(log_likelihood_surface(self.x, now.weights, self.grid))
        path = np.array([m.heads for m in models[: iteration + 1]])
        self.path.set_data(*path.T)
        self.start.set_data(*path[:1].T)
        self.now.set_data(*path[-1:].T)
        return [self.image, self.diagonal, self.path, self.start, self.now]


class Climb:
    """The log-likelihood after each iteration."""

    def __init__(self, ax, iterations, top):
        self.top, self.scale = top, Scale(ax)
        self.n = np.arange(iterations + 1)
        (self.ahead,) = ax.plot([], [], color=FAINT, linewidth=1.5, ls=":")
        (self.line,) = ax.plot([], [], color=INK, marker=".", markersize=7)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=15, clip_on=False)
        ax.set(xlim=(-0.5, iterations + 0.5), xlabel="iteration")
        ax.set_title("log-likelihood ℓ")
        ax.grid(axis="y", color="#DDDDDD")

    def show(self, log_likelihoods, iteration):
        """Draw the climb to `iteration`; return its axes too if their scale changed."""
        self.ahead.set_data(self.n, log_likelihoods)
        self.line.set_data(self.n[: iteration + 1], log_likelihoods[: iteration + 1])
        self.now.set_data([iteration], [log_likelihoods[iteration]])
        depth = self.top - log_likelihoods[0]
        bottom = self.top - next(d for d in (2, 5, 20, 80, 320, np.inf) if d > depth)
        changed = self.scale.set(bottom, self.top + 0.08 * (self.top - bottom))
        return [self.ahead, self.line, self.now, *changed]


class Likelihoods:
    """p(trial | θ) over θ for one trial, read off at the θ of each coin."""

    def __init__(self, ax, K=2):
        self.theta = np.linspace(0, 1, 201)
        (self.curve,) = ax.plot([], [], color=INK)
        self.stems = [
            ax.plot(
                [],
                [],
                color=COLOURS[k],
                ls=LINES[k],
                marker=MARKERS[k],
                markevery=[1],
                ms=12 - 5 * k,
                clip_on=False,
            )[0]
            for k in range(K)
        ]
        ax.set(xlim=(0, 1), ylim=(0, 1.1), xlabel="θ", yticks=())
        ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        ax.set_title("p(trial | θ)")

    def show(self, trial, heads):
        """Draw the curve of `trial`, its top at 1, and a stem at each of `heads`."""
        h, t = trial
        top = _sequence_probability(h, t, np.array([h / (h + t)]))
        curve = _sequence_probability(h, t, self.theta) / top
        self.curve.set_data(self.theta, curve)
        at = _sequence_probability(h, t, np.asarray(heads)) / top
        for k, stem in enumerate(self.stems):
            stem.set_data([heads[k], heads[k]], [0, at[k]])
        return [self.curve, *self.stems]


def _sequence_probability(h, t, theta):
    return theta**h * (1 - theta) ** t


class Columns:
    """Columns of numbers as divided bars: Bayes' rule from left to right."""

    def __init__(self, ax, names, K=2):
        M = len(names)
        self.bars = [
            ax.bar(range(M), np.ones(M), color=COLOURS[k], hatch=HATCHES[k], width=0.8)
            for k in range(K)
        ]
        self.texts = [
            [
                ax.text(m, 0, "", ha="center", va="center", weight="bold")
                for m in range(M)
            ]
            for _ in range(K)
        ]
        ax.set_xticks(range(M), names)
        ax.set(ylim=(0, 1), yticks=())
        ax.spines["left"].set_visible(False)

    def show(self, shares, labels):
        """Divide bar m by shares[m] (K,), and write labels[m][k] in its parts."""
        for m, share in enumerate(shares):
            bottom = 0
            for k, part in enumerate(share):
                self.bars[k][m].set(y=bottom, height=part)
                self.texts[k][m].set(text=labels[m][k], color="white")
                self.texts[k][m].set_y(min(max(bottom + part / 2, 0.06), 0.94))
                self.texts[k][m].set_bbox({"facecolor": COLOURS[k], "lw": 0, "pad": 2})
                bottom += part
        return [*(b for bars in self.bars for b in bars), *sum(self.texts, [])]


class Distances:
    """How far θ still is from where it ends, iteration by iteration, on a log axis."""

    def __init__(self, ax, runs):
        n = max(len(run) for run in runs)
        for run in runs:
            ax.plot(run, color="#C8C8C8", linewidth=1.5)
        (self.line,) = ax.plot([], [], color=RED, marker=".", markersize=8)
        ax.set(xlim=(0, n - 1), ylim=(1e-10, 1), yscale="log", xlabel="iteration")
        ax.set_title("|θ − its end|")

    def show(self, run):
        """Draw one run in full colour."""
        self.line.set_data(np.arange(len(run)), run)
        return [self.line]


class Heads:
    """Each coin's θ on a line from 0 to 1, beside the answer with all labels known."""

    def __init__(self, ax, known):
        K = len(known)
        self.dots = [
            ax.plot([], [], MARKERS[k], color=COLOURS[k], ms=13, zorder=4)[0]
            for k in range(K)
        ]
        self.texts = [
            ax.text(0, 0, "", ha="center", color=COLOURS[k], weight="bold", size=13)
            for k in range(K)
        ]
        for k in range(K):
            ax.axvline(known[k], color=COLOURS[k], ls=LINES[1], linewidth=1.5)
            ax.text(known[k], -0.85, number(known[k]), ha="center", color=COLOURS[k])
        ax.set(xlim=(0.35, 0.9), ylim=(-1, 1), yticks=(), xlabel="θ")
        ax.set_xticks((0.4, 0.6, 0.8), (".4", ".6", ".8"))
        ax.set_title("estimates; dashed: all told")
        ax.spines["left"].set_visible(False)

    def show(self, heads):
        """Put the dots at `heads` (K,)."""
        for k, theta in enumerate(heads):
            self.dots[k].set_data([theta], [0])
            self.texts[k].set(text=number(theta), x=theta, y=0.25)
        return [*self.dots, *self.texts]


def starts_on_surface(x, traces):
    """Return a picture of ℓ(θ) with the path of each trace from start to end."""
    with look():
        fig = figure(5.4, 4.6)
        ax = fig.subplots()
        surface = Surface(ax, x, size=161)
        surface.show(traces[0].models, 0)
        for artist in (surface.start, surface.now):
            artist.remove()
        for trace in traces:
            path = np.array([model.heads for model in trace.models])
            ax.plot(*path.T, color=INK, marker=".", markersize=5, linewidth=1.5)
            ax.plot(*path[0], "o", mfc="white", mec=INK, ms=9)
            saddle = path[-1, 0] == path[-1, 1]
            ax.plot(*path[-1], "X" if saddle else "*", color=RED, mec="w", ms=17)
        ax.set_title("circles: starts, stars: peaks, cross: saddle")
        ends = sorted({tuple(np.round(t.model.heads, 2) + 0.0) for t in traces})
        places = ", ".join(f"({number(a)}, {number(b)})" for a, b in ends)
        return Picture(fig, f"{len(traces)} starts lead to {len(ends)} ends: {places}")
