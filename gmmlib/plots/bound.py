"""Pictures of the bound under ℓ: its accounts, the climb on it, and its rival.

Each class draws its fixed parts once and has a `show` that sets what moves and returns
the artists it touched.
"""

import numpy as np

from gmmlib.convergence import rise_of_q
from gmmlib.em import tempered
from gmmlib.jensen import entropy, log_sum_bound
from gmmlib.likelihood import divergence, log_likelihood_and_bound
from gmmlib.plots.coins import Shares, Surface
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    INK,
    RED,
    Picture,
    Scale,
    figure,
    look,
    number,
)

BLUE, RIVAL, BOUND, KL, ENTROPY = COLOURS[:5]
SURENESS = np.linspace(-1, 3, 41)


# The accounts: ℓ = Q + entropy + KL.


class Labels(Shares):
    """A guess q of the labels as divided bars; arrows point at the responsibilities."""

    def __init__(self, ax, x):
        super().__init__(ax, x)
        (self.arrows,) = ax.plot([], [], "v", color=INK, mec="white", ms=11, zorder=5)
        ax.set_title("q: A's share of each trial")

    def show(self, q, r):
        """Divide the bars by q (N, 2); put an arrow at A's responsibility in r."""
        self.arrows.set_data(r[:, 0], np.arange(len(r)) - 0.42)
        return [*super().show(q), self.arrows]


class Waterfall:
    """From Q up by the entropy of q to the bound, and up by KL to ℓ, always to ℓ."""

    names = ("Q", "+\nentropy", "=\nbound", "+\nKL", "=\nℓ")

    def __init__(self, ax):
        self.goal = ax.axhline(0, color=INK, lw=1.5, ls="--")
        self.levels = [
            ax.plot([], [], color=colour, linewidth=5, solid_capstyle="butt")[0]
            for colour in (BLUE, BOUND, INK)
        ]
        self.rises = ax.bar(
            (1, 3), (0, 0), width=0.8, color=(ENTROPY, KL), hatch=("", "///")
        )
        self.links = [ax.plot([], [], color=FAINT, lw=1, ls=":")[0] for _ in range(4)]
        self.texts = [
            ax.annotate(
                "", (m, 0), (0, 4), textcoords="offset points", ha="center", size=11
            )
            for m in range(5)
        ]
        ax.set(xlim=(-0.5, 4.5))
        ax.set_xticks(range(5), self.names)
        ax.set_title("always ends at ℓ")

    def show(self, Q, H, divergence, log_likelihood):
        """Build the waterfall of Q, entropy H and KL, all in nats, beside ℓ."""
        self.goal.set_ydata([log_likelihood] * 2)
        heights = (Q, Q + H, Q + H, Q + H + divergence, Q + H + divergence)
        for line, m in zip(self.levels, (0, 2, 4), strict=True):
            line.set_data([m - 0.4, m + 0.4], [heights[m]] * 2)
        for bar, bottom, rise in zip(
            self.rises, (Q, Q + H), (H, divergence), strict=True
        ):
            bar.set(y=bottom, height=rise)
        for m, link in enumerate(self.links):
            link.set_data([m + 0.4, m + 0.6], [heights[m]] * 2)
        values = (Q, H, Q + H, divergence, heights[4])
        for m, text in enumerate(self.texts):
            plus = "+" if m in (1, 3) else ""
            text.set_text(plus + number(values[m]))
            text.xy = (m, heights[m])
        return [self.goal, *self.levels, *self.rises, *self.links, *self.texts]


class BoundOverSureness:
    """The bound for every sureness of q: it meets ℓ where q is the posterior."""

    def __init__(self, ax):
        (self.top,) = ax.plot([], [], color=INK, lw=1.5, ls="--")
        (self.curve,) = ax.plot([], [], color=BOUND)
        (self.now,) = ax.plot([], [], "s", color=BOUND, mec="white", ms=11)
        self.name = ax.annotate("ℓ", (-0.9, 0), (0, 4), textcoords="offset points")
        ax.axvline(1, color=FAINT, lw=1, ls=":")
        ax.set(xlim=(-1.1, 3.1), xlabel="sureness of q")
        ax.set_xticks((-1, 0, 1, 2, 3), ("−1", "0", "1", "2", "3"))
        ax.set_title("the bound")

    def show(self, curve, sureness, bound, log_likelihood):
        """Draw the bound over `SURENESS`, and where it is now."""
        self.top.set_data(SURENESS[[0, -1]], [log_likelihood] * 2)
        self.curve.set_data(SURENESS, curve)
        self.now.set_data([sureness], [bound])
        self.name.xy = (-0.9, log_likelihood)
        return [self.top, self.curve, self.now, self.name]


class Accounts:
    """Labels, waterfall and bound side by side, the last two on one scale."""

    def __init__(self, fig, x):
        self.x = x
        axes = fig.subplots(1, 3, width_ratios=(0.95, 1.5, 1))
        self.labels = Labels(axes[0], x)
        self.waterfall = Waterfall(axes[1])
        self.bound = BoundOverSureness(axes[2])
        self.scale = Scale(*axes[1:])

    def of(self, model, sureness):
        """Return q, Q, its entropy and its KL from the posterior, all but q in nats."""
        q = tempered(model.log_joint(self.x), sureness)
        Q, H = model.expected_log_joint(self.x, q), entropy(q).sum()
        return q, Q, H, divergence(q, model.log_joint(self.x))

    def show(self, model, sureness):
        """Show the accounts of q ∝ r^sureness at `model`."""
        log_joint = model.log_joint(self.x)
        q, Q, H, gap = self.of(model, sureness)
        ell = model.log_likelihood(self.x)
        curve = [
            log_sum_bound(log_joint, tempered(log_joint, a)).sum() for a in SURENESS
        ]
        return [
            *self.labels.show(q, model.responsibilities(self.x)),
            *self.waterfall.show(Q, H, gap, ell),
            *self.bound.show(curve, sureness, Q + H, ell),
            *self.scale.set(*coarse_limits(ell, Q)),
        ]


def coarse_limits(top, bottom):
    """Return limits around two heights that seldom change as the heights move."""
    sizes = (2.0**n * m for n in range(1, 12) for m in (1, 1.5))
    depth = next(d for d in sizes if 0.68 * d >= top - bottom)
    ceiling = np.ceil(4 * top / depth + 0.25) * depth / 4
    return ceiling - depth, ceiling


# The climb: ℓ over one coin, the bound under it, E-step and M-step in turn.


class OneCoin:
    """ℓ over θ_A with coin B known, the bound of the present q, and where we are."""

    def __init__(self, ax, x, size=401):
        self.x, self.scale = np.asarray(x), Scale(ax)
        self.grid = np.linspace(0, 1, size)[1:-1]
        (self.curve,) = ax.plot([], [], color=INK, lw=3)
        (self.old,) = ax.plot([], [], color=BOUND, lw=1.5, ls=":")
        (self.bound,) = ax.plot([], [], color=BOUND, ls="--")
        (self.level,) = ax.plot([], [], color=FAINT, lw=1)
        (self.gap,) = ax.plot([], [], color=KL, lw=4, solid_capstyle="butt")
        (self.before,) = ax.plot([], [], "o", mfc="white", mec=INK, ms=9)
        (self.below,) = ax.plot([], [], "s", color=BOUND, mec="white", ms=11)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=18)
        box = {"bbox": {"fc": "white", "lw": 0, "pad": 0, "alpha": 0.8}}
        self.name = ax.text(0, 0, "ℓ ", size=14, ha="right", va="bottom", **box)
        self.bound_name = ax.text(0, 0, "bound  ", color=BOUND, ha="right", **box)
        ax.set(xlim=(0, 1), xlabel="θ of coin A (coin B is known)")
        ax.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", ".25", ".5", ".75", "1"))
        ax.set_title("ℓ, and the bound under it")

    def curves(self, theta_b, q):
        """Return ℓ and the bound of q over the grid."""
        return log_likelihood_and_bound(self.x, self.grid, theta_b, q)

    def show(self, states, step, theta_b):
        """Draw the state after `step` half-steps, with the one before it faintly."""
        now, before = states[step], states[max(step - 1, 0)]
        lifted = step % 2 == 1
        ell, bound = self.curves(theta_b, now.q)
        self.curve.set_data(self.grid, ell)
        self.bound.set_data(self.grid, bound)
        _, old = self.curves(theta_b, before.q)
        self.old.set_data(self.grid, old)
        self.old.set_visible(lifted)
        self.level.set_data([0, 1], [before.log_likelihood] * 2)
        low = min(before.bound, now.bound) if lifted else now.bound
        self.gap.set_data([now.theta_a] * 2, [low, now.log_likelihood])
        self.gap.set_linestyle(":" if lifted else "-")
        self.before.set_data([before.theta_a], [before.log_likelihood])
        self.below.set_data([now.theta_a], [now.bound])
        self.now.set_data([now.theta_a], [now.log_likelihood])
        low = min([s.log_likelihood for s in states] + [s.bound for s in states[2::2]])
        changed = self.scale.set(*coarse_limits(ell.max(), low))
        self._name(ell, bound)
        return [
            self.curve, self.old, self.bound, self.level, self.gap, self.before,
            self.below, self.now, self.name, self.bound_name, *changed,
        ]  # fmt: skip

    def _name(self, ell, bound):
        """Write both names at the left end of their curves (or where there is room)."""
        bottom, top = self.scale.limits
        for text, curve in ((self.name, ell), (self.bound_name, bound)):
            seen = np.flatnonzero(curve > bottom + 0.2 * (top - bottom))
            text.set_visible(len(seen) > 0)
            if len(seen):
                no_room = text is self.bound_name and self.grid[seen[0]] < 0.15
                i = seen[-1] if no_room else seen[0]
                at_edge = text is self.name and self.grid[i] < 0.1
                above = 0.012 * (top - bottom)
                text.set_position((0.05 if at_edge else self.grid[i], curve[i] + above))
                text.set_ha("left" if at_edge else "right")


def one_iteration(x, theta_b, before, lifted, moved):
    """Return a figure of ℓ and the bound in one E-step and the M-step after it.

    Parameters
    ----------
    x : array_like, shape (N, 2)
        Heads and tails of each trial.
    theta_b : float
        Coin B, known.
    before, lifted, moved : HalfStep
        Three neighbours of `half_steps`: an M-step, the E-step, the next M-step.
    """
    with look():
        fig = figure(9, 4)
        ax = fig.subplots()
        picture = OneCoin(ax, x)
        grid, (ell, bound) = picture.grid, picture.curves(theta_b, lifted.q)
        picture.curve.set_data(grid, ell)
        picture.bound.set_data(grid, bound)
        picture.old.set_data(grid, picture.curves(theta_b, before.q)[1])
        old, new = lifted.theta_a, moved.theta_a
        for theta in (old, new):
            ax.axvline(theta, color=FAINT, lw=1, ls=":", zorder=0)
        picture.gap.set_data([new, new], [moved.bound, moved.log_likelihood])
        picture.before.set_data([old], [lifted.log_likelihood])
        picture.below.set_data([new], [moved.bound])
        picture.now.set_data([new], [moved.log_likelihood])
        arrow = {"arrowstyle": "-|>", "lw": 2, "color": INK, "shrinkA": 0, "shrinkB": 5}
        ax.annotate("", (old, lifted.bound), (old, before.bound), arrowprops=arrow)
        touch, top, height = lifted.bound, moved.bound, moved.log_likelihood
        names = (
            (0.8, -31.05, "log-likelihood ℓ", INK, "center"),
            (0.185, -41.2, "bound, lifted", INK, "right"),
            (0.06, -39.9, "bound before", INK, "left"),
            (
                old - 0.015,
                touch + 0.5,
                "E-step: lift it until it touches ℓ",
                INK,
                "right",
            ),
            (new, top - 1.3, "M-step: go to its top", INK, "center"),
            (new + 0.02, (top + height) / 2, "gap, KL: ℓ rises even more", KL, "left"),
        )
        for across, up, words, colour, side in names:
            style = {"color": colour, "ha": side, "va": "center", "weight": "bold"}
            ax.text(across, up, words, **style, bbox={"fc": "white", "lw": 0, "pad": 1})
        ax.set(xlim=(0, 1), ylim=(-42, -30.5), title="", ylabel="nats")
        ax.set_xticks((0, old, new, 1), ("0", "old θ", "new θ", "1"))
        for artist in (picture.level, picture.name, picture.bound_name):
            artist.remove()
        return fig


class Staircase:
    """ℓ and the bound after each half-step: E lifts the bound, M lifts both."""

    def __init__(self, ax, steps):
        self.scale = Scale(ax)
        self.n = np.arange(steps + 1)
        (self.ells,) = ax.plot([], [], color=INK, marker="o", ms=6)
        (self.bounds,) = ax.plot([], [], color=BOUND, marker="s", ls="--", ms=6)
        (self.now,) = ax.plot([], [], "*", color=RED, mec="white", ms=16)
        ax.set(xlim=(-0.6, steps + 0.6))
        ax.set_xticks(self.n, ["0", *("E" if n % 2 else "M" for n in self.n[1:])])
        ax.set_title("half-step by half-step")
        place = {"transform": ax.transAxes, "ha": "right"}
        ax.text(0.97, 0.17, "● ℓ", **place)
        ax.text(0.97, 0.05, "■ bound", color=BOUND, **place)

    def show(self, states, step):
        """Draw both climbs up to `step`."""
        ells = np.array([s.log_likelihood for s in states])
        bounds = np.array([s.bound for s in states])
        self.ells.set_data(self.n[: step + 1], ells[: step + 1])
        self.bounds.set_data(self.n[: step + 1], bounds[: step + 1])
        self.now.set_data([step], [ells[step]])
        scale = coarse_limits(ells.max(), min(ells.min(), bounds[2::2].min()))
        return [self.ells, self.bounds, self.now, *self.scale.set(*scale)]


# EM against gradient ascent.


class Race:
    """EM and gradient ascent from one start: on the surface, and height by height."""

    def __init__(self, axes, x, iterations):
        self.x, self.n = x, np.arange(iterations + 1)
        self.surface = Surface(axes[0], x)
        (self.path,) = axes[0].plot([], [], "s--", color=RIVAL, ms=4, lw=1.5)
        (self.there,) = axes[0].plot([], [], "X", color=RIVAL, mec="white", ms=12)
        axes[0].set_title("paths on ℓ(θ)")
        self.ax, self.scale = axes[1], Scale(axes[1])
        self.ax.set(xlim=(-0.7, iterations + 0.7), xlabel="iteration")
        self.ax.set_title("log-likelihood ℓ")
        self.ax.grid(axis="y", color="#DDDDDD")
        self.lines = [
            self.ax.plot([], [], **style)[0]
            for style in (
                {"color": INK, "marker": "o", "ms": 5},
                {"color": RIVAL, "marker": "s", "ms": 5, "ls": "--"},
            )
        ]
        self.now = [
            self.ax.plot([], [], m, color=c, mec="white", ms=s)[0]
            for m, c, s in (("*", RED, 16), ("X", RIVAL, 11))
        ]
        self.now[0].set_zorder(3)
        self.surface.now.set_zorder(3)
        self.left = self.ax.annotate(
            "leaves [0, 1]: stop", (0, 0), (12, 0), textcoords="offset points",
            color=RIVAL, va="center", weight="bold",
        )  # fmt: skip
        place = {"transform": self.ax.transAxes, "ha": "right"}
        self.ax.text(0.98, 0.2, "● ★ EM", **place)
        self.ax.text(0.98, 0.08, "■ ✖ gradient ascent", color=RIVAL, **place)

    def show(self, runs, iteration):
        """Show two runs, each (models, log-likelihoods), up to `iteration`."""
        (models, ells), (rivals, rival_ells) = runs
        artists = self.surface.show(models, iteration)
        last = min(iteration, len(rivals) - 1)
        path = np.array([m.heads for m in rivals[: last + 1]])
        self.path.set_data(*path.T)
        self.there.set_data(*path[-1:].T)
        for line, now, heights, at in zip(
            self.lines, self.now, (ells, rival_ells), (iteration, last), strict=True
        ):
            line.set_data(self.n[: at + 1], heights[: at + 1])
            now.set_data([at], [heights[at]])
        self.left.set_visible(iteration >= len(rivals))
        self.left.xy = (last, rival_ells[last])
        artists += [self.path, self.there, *self.lines, *self.now, self.left]
        both = np.concatenate([ells, rival_ells])
        scale = coarse_limits(both.max(), both.min())
        return [*artists, *self.scale.set(*scale)]


# Pictures that stand still.


def entropy_and_divergence(share=0.8):
    """Return two pictures: the entropy of (q, 1 − q), and KL from it to two others."""
    grid = np.linspace(0, 1, 401)
    q = np.column_stack([grid, 1 - grid])
    with look():
        fig = figure(9, 3.2)
        left, right = fig.subplots(1, 2)
        left.plot(grid, entropy(q), color=ENTROPY)
        for at, name, side, shift in (
            (0.5, "a toss-up", "center", (0, 9)),
            (share, "fairly sure", "left", (9, 4)),
            (1.0, "sure", "right", (-12, 4)),
        ):
            height = entropy([at, 1 - at])
            left.plot([at], [height], "o", color=ENTROPY, ms=9, clip_on=False, zorder=4)
            said = f"{name}: {number(height)}"
            left.annotate(
                said, (at, height), shift, textcoords="offset points", ha=side
            )
        left.set(xlim=(0, 1), ylim=(0, 0.85))
        left.set_title("entropy of q: how undecided?")
        for p, colour, style in ((0.5, BOUND, "--"), (share, KL, "-")):
            log_p = np.log(np.broadcast_to([p, 1 - p], q.shape))
            right.plot(grid, -log_sum_bound(log_p, q), color=colour, ls=style)
            right.plot([p], [0], "o", color=colour, ms=9, clip_on=False, zorder=4)
            name, place = f"p = {number(p)}", (0.03, -np.log(1 - p))
            right.text(*place, name, color=colour, weight="bold", va="bottom")
        right.set(xlim=(0, 1), ylim=(0, 1.9))
        right.set_title("KL(q ‖ p): how far from p?")
        for ax in (left, right):
            ax.set_xlabel("q: coin A's share")
            ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))
        here, there = entropy([0.5, 0.5]), entropy([share, 1 - share])
        return Picture(
            fig,
            f"Left: entropy {number(here)} at q = .50, {number(there)} at "
            f"{number(share)}, 0 at 0 and 1. Right: KL to p = .50 and p = "
            f"{number(share)}, each 0 at q = p",
        )


def stopping_on_q(x, starts, iterations=12):
    """Return ℓ and Q after each iteration from two starts, and where Q stops rising."""
    sentences = []
    with look():
        fig = figure(9, 3.4)
        for ax, start in zip(fig.subplots(1, 2), starts, strict=True):
            trace, Q = rise_of_q(x, start, iterations)
            ells, n = trace.log_likelihoods[1:], np.arange(1, iterations + 1)
            ax.fill_between(n, Q, ells, color=ENTROPY, alpha=0.15)
            ax.plot(n, ells, color=INK, marker="o", ms=6)
            ax.plot(n, Q, color=BLUE, marker="s", ls="--", ms=6)
            place = {"ha": "right", "textcoords": "offset points", "size": 13}
            ax.annotate("ℓ", (iterations, ells[-1]), (0, 7), **place)
            ax.annotate("Q", (iterations, Q[-1]), (0, -18), color=BLUE, **place)
            ax.text(iterations, -32.5, "entropy of q, and KL", ha="right")
            a, b = (number(theta) for theta in start)
            falls = np.flatnonzero(np.diff(Q) < 0)
            if len(falls):
                stop = falls[0] + 2
                ax.axvline(stop, color=RED, lw=1.5, ls=":")
                ax.text(stop + 0.2, -32.9, "the rule on Q stops here", color=RED)
                said = f"falls from iteration {stop} on, while ℓ rises"
            else:
                said = "rises all the time, as ℓ does"
            sentences.append(f"from ({a}, {b}) Q {said}")
            ax.set(xlabel="iteration", ylim=(Q.min() - 0.4, ells.max() + 0.4))
            ax.set_title(f"start ({a}, {b})")
        said = "; ".join(sentences)
        return Picture(fig, said[0].upper() + said[1:])
