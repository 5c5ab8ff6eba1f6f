"""Chapter 4: the accounts of ℓ, the climb on the bound under it, and its rival."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.convergence import HalfStep, gradient_ascent, half_steps, rise_of_q
from gmmlib.datasets import coin_trials
from gmmlib.em import em, tempered
from gmmlib.jensen import entropy, log_sum_bound
from gmmlib.likelihood import divergence, log_likelihood_and_bound
from gmmlib.show import marks
from gmmlib.show.controls import player, slider
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, look, number, panels
from gmmlib.show.palette import COLOURS, FAINT, INK, RED

BLUE, RIVAL, BOUND, KL, ENTROPY = COLOURS[:5]
SURENESS = np.linspace(-1, 3, 41)
SURENESS_HELP = "q is proportional to r to this power: 1 is the posterior"
GRID = np.linspace(0, 1, 401)[1:-1]
HALF_STEPS, ITERATIONS = 14, 30
THUMB = {"mec": "white", "ms": 11}  # of the square that marks the bound
UNSEEN = 5e-4  # nats: what is less does not show in three decimals


def coarse_limits(top, bottom):
    """Return limits around two heights that seldom change as the heights move."""
    sizes = (2.0**n * m for n in range(1, 12) for m in (1, 1.5))
    depth = next(d for d in sizes if 0.68 * d >= top - bottom)
    ceiling = np.ceil(4 * top / depth + 0.25) * depth / 4
    return ceiling - depth, ceiling


# The accounts: ℓ = Q + entropy + KL.


def accounts() -> Live:
    """Choose labels q and coins; see Q, entropy and KL always add up to ℓ."""
    x = coin_trials()
    with look():
        fig, labels, sums, bound = panels(3.4, 0.8, 1.9, 0.9)
        marks.trial_axes(labels, x, "q: A's share")
        sums.set(xlim=(-0.5, 4.5), title="always ends at ℓ")
        sums.set_xticks(range(5), ("Q", "+\nentropy", "=\nbound", "+\nKL", "=\nℓ"))
        sums.tick_params(axis="x", labelsize=10)
        bound.set(xlim=(-1.1, 3.1), xlabel="sureness of q", title="the bound")
        marks.ticks(bound.xaxis, -1, 0, 1, 2, 3)
        bound.axvline(1, color=FAINT, lw=1, ls=":")

    @lru_cache(maxsize=8)
    def bounds(theta_a, theta_b):
        log_joint = CoinMixture([theta_a, theta_b]).log_joint(x)
        guesses = np.stack([tempered(log_joint, a) for a in SURENESS])
        return log_sum_bound(log_joint, guesses).sum(axis=1)

    def show(sureness, theta_a, theta_b):
        model = CoinMixture([theta_a, theta_b])
        log_joint, ell = model.log_joint(x), model.log_likelihood(x)
        q = tempered(log_joint, sureness)
        Q, H = model.expected_log_joint(x, q), entropy(q).sum()
        gap = divergence(q, log_joint)
        marks.trial_shares(labels, q)
        posterior_ticks(labels, model.responsibilities(x)[:, 0])
        low, high = coarse_limits(ell, Q)
        for ax in (sums, bound):
            ax.set_ylim(low, high)
        waterfall(sums, Q, H, gap, ell)
        marks.curve(bound, SURENESS[[0, -1]], [ell, ell], lw=1.5, ls="--")
        marks.curve(bound, SURENESS, bounds(theta_a, theta_b), color=BOUND)
        marks.beside(bound, -0.9, ell, "ℓ", shift=(0, 4), weight="normal")
        marks.spot(bound, sureness, Q + H, "s", color=BOUND, zorder=4, **THUMB)
        marks.handle(bound, sureness, Q + H, across="sureness")
        return (
            f"Sureness {number(sureness)}: Q {number(Q)} and entropy {number(H)} make "
            f"the bound {number(Q + H)}; KL {number(gap)} more makes ℓ {number(ell)}"
        )

    return Live(
        fig,
        show,
        sureness=slider("sureness of q", 0.0, -1.0, 3.0, 0.1, SURENESS_HELP),
        theta_a=slider("θ of coin A", 0.6, 0.1, 0.9, 0.01),
        theta_b=slider("θ of coin B", 0.5, 0.1, 0.9, 0.01),
        strip=({"sureness": 1.0}, {"sureness": -1.0}),
    )


def posterior_ticks(ax, shares):
    """Draw a thick tick across each trial's bar at coin A's posterior share (N,)."""
    ends = [[(r, n - 0.48), (r, n + 0.48)] for n, r in enumerate(shares)]
    for colour, width in (("white", 7), (INK, 3.5)):
        marks.segments(ax, ends, color=colour, lw=width, zorder=2.5, clip_on=False)


def waterfall(ax, Q, H, gap, ell):
    """Draw the way from Q up by the entropy H to the bound, and up by KL to ℓ."""
    marks.curve(ax, (-0.5, 4.5), (ell, ell), lw=1.5, ls="--")
    heights = np.array([Q, Q + H, Q + H, Q + H + gap, Q + H + gap])
    for m, start, rise, k in ((1, Q, H, 4), (3, Q + H, gap, 3)):
        style = {"facecolor": COLOURS[k], "hatch": "///" * (m == 3)}
        marks.bars(ax, [m], rise, start, edgecolor="white", linewidth=0, **style)
    levels = [[(m - 0.4, heights[m]), (m + 0.4, heights[m])] for m in (0, 2, 4)]
    marks.segments(ax, levels, colors=(BLUE, BOUND, INK), lw=5)
    links = [[(m + 0.4, heights[m]), (m + 0.6, heights[m])] for m in range(4)]
    marks.segments(ax, links, color=FAINT, lw=1, ls=":")
    for m, height, value, up in (  # neighbours at different heights
        (0, Q, Q, 4),
        (1, Q + H / 2, H, 0),
        (2, Q + H, Q + H, -6),
        (3, ell, gap, 4),
        (4, ell, ell, -6),
    ):
        text = "+" * (m in (1, 3)) + number(value)
        marks.beside(ax, m, height, text, shift=(0, up), weight="normal", size=11)


# The climb: ℓ over one coin, the bound under it, E-step and M-step in turn.


def climb_the_bound() -> Live:
    """Lift the bound (E), walk to its top (M); then try it with a q of your own."""
    x = coin_trials()
    with look():
        fig, hill, stairs = panels(3.6, 1.7, 1)
        hill.set(xlim=(0, 1), xlabel="θ of coin A (coin B is known)")
        marks.ticks(hill.xaxis, 0, 0.25, 0.5, 0.75, 1)
        hill.set_title("ℓ, and the bound under it")
        steps = ["E" if n % 2 else "M" for n in range(1, HALF_STEPS + 1)]
        stairs.set(xlim=(-0.6, HALF_STEPS + 0.6), title="half-step by half-step")
        stairs.set_xticks(range(HALF_STEPS + 1), ["0", *steps])
        place = {"transform": stairs.transAxes, "ha": "right"}
        stairs.text(0.97, 0.17, "● ℓ", **place)
        stairs.text(0.97, 0.05, "■ bound", color=BOUND, **place)

    @lru_cache(maxsize=8)
    def run(start, theta_b, sureness):
        return half_steps(x, start, theta_b, sureness, HALF_STEPS)

    def show(start, theta_b, sureness, tried, half_step):
        states = run(start, theta_b, sureness)
        before, now, lifts = moment(x, theta_b, states, half_step)
        draw_bound(hill, x, theta_b, states, before, now, lifts)
        ring = marks.ring(hill, start, states[0].log_likelihood)
        ring.set_visible(half_step > 1)
        marks.handle(hill, start, states[0].log_likelihood, across="start")
        at = log_likelihood_and_bound(x, [tried], theta_b, now.q)[1][0]
        try_theta(hill, tried, at)
        staircase(stairs, states, now, half_step)
        said = _half_step_in_words(states, int(half_step))
        if half_step == 0 or half_step % 2 == 1:  # the bound alone was spoken of
            said += f"; at θ = {number(tried)} it is {number(at)}"
        return said

    tried = slider("θ of A, tried", 0.5, 0.02, 0.98, 0.01, "its height on the bound")
    return Live(
        fig,
        show,
        start=slider("θ of A at the start", 0.2, 0.02, 0.98, 0.01),
        theta_b=slider("θ of B, known", 0.5, 0.2, 0.9, 0.01),
        sureness=slider("sureness of q", 1.0, -1.0, 3.0, 0.1, SURENESS_HELP),
        tried=tried,
        half_step=player("half-step: E, M, E, M, …", HALF_STEPS, glides=True),
        strip=({"half_step": 3}, {"half_step": 4}),
    )


def moment(x, theta_b, states, t):
    """Return the state before and the state now, after t half-steps or between two.

    And whether an E-step leads from one to the other, which lifts the bound.
    """
    n, share = int(t), t - int(t)
    if share == 0:
        return states[max(n - 1, 0)], states[n], n % 2 == 1
    one, other = states[n], states[n + 1]
    theta_a = (1 - share) * one.theta_a + share * other.theta_a
    q = (1 - share) * one.q + share * other.q
    model = CoinMixture([theta_a, theta_b])
    heights = model.lower_bound(x, q), model.log_likelihood(x)
    return one, HalfStep(theta_a, q, *heights), n % 2 == 0


def draw_bound(ax, x, theta_b, states, before, now, lifts):
    """Draw ℓ over θ_A, the bound of the present q, and where we are on both."""
    ell, bound = log_likelihood_and_bound(x, GRID, theta_b, now.q)
    low = min([s.log_likelihood for s in states] + [s.bound for s in states[2::2]])
    ax.set_ylim(*coarse_limits(ell.max(), low))
    if lifts:
        _, old = log_likelihood_and_bound(x, GRID, theta_b, before.q)
        marks.curve(ax, GRID, old, color=BOUND, lw=1.5, ls=":")
    marks.curve(ax, GRID, ell, lw=3)
    marks.curve(ax, GRID, bound, color=BOUND, ls="--")
    marks.curve(ax, [0, 1], [before.log_likelihood] * 2, color=FAINT, lw=1)
    foot = min(before.bound, now.bound) if lifts else now.bound
    rise = [[(now.theta_a, foot), (now.theta_a, now.log_likelihood)]]
    marks.segments(ax, rise, color=KL, lw=4, ls=":" if lifts else "-")
    marks.ring(ax, before.theta_a, before.log_likelihood, zorder=2)
    marks.spot(ax, now.theta_a, now.bound, "s", color=BOUND, zorder=4, **THUMB)
    marks.here(ax, now.theta_a, now.log_likelihood, ms=18)
    _name(ax, "ℓ", ell, 0, size=14)
    _name(ax, "bound", bound, -1, colour=BOUND)


def _name(ax, text, heights, end, **how):
    """Write a curve's name to the left of its first (0) or last (−1) place in sight."""
    bottom, top = ax.get_ylim()
    seen = np.flatnonzero(heights > bottom + 0.2 * (top - bottom))
    if len(seen):
        i = max(seen[end], np.searchsorted(GRID, 0.05))
        place = GRID[i], heights[i]
        marks.beside(ax, *place, text, shift=(-6, 4), weight="normal", **how)


def try_theta(ax, theta, height):
    """Mark the θ that the reader holds: its height on the bound, if in sight."""
    bottom, top = ax.get_ylim()
    edge = bottom + 0.03 * (top - bottom)
    marker, height = ("D", height) if height > edge else ("$↓$", edge)
    style = {"marker": marker, "mfc": "white", "mec": BOUND, "mew": 2, "ms": 9}
    marks.handle(ax, theta, height, across="tried", **style)


def staircase(ax, states, now, t):
    """Draw ℓ and the bound after each half-step up to t: E lifts one, M lifts both."""
    ells = np.array([s.log_likelihood for s in states])
    bounds = np.array([s.bound for s in states])
    ax.set_ylim(*coarse_limits(ells.max(), min(ells.min(), bounds[2::2].min())))
    done = np.arange(int(t) + 1)
    marks.curve(ax, [*done, t], [*ells[done], now.log_likelihood], marker="o", ms=6)
    style = {"color": BOUND, "marker": "s", "ls": "--", "ms": 6}
    marks.curve(ax, [*done, t], [*bounds[done], now.bound], **style)
    marks.here(ax, t, now.log_likelihood)


def _half_step_in_words(states, step):
    now, before = states[step], states[max(step - 1, 0)]
    gap, ell = now.log_likelihood - now.bound, number(now.log_likelihood, 3)
    where, was = number(now.theta_a, 3), number(before.log_likelihood, 3)
    if step == 0:
        return (
            f"The start θ_A = {where} has ℓ = {ell}; the bound is {number(gap)} lower"
        )
    if step % 2 == 1:
        rise, to = now.bound - before.bound, f"{number(gap, 3)} below ℓ"
        how, by = "leaves", "where it was,"
        if abs(rise) >= UNSEEN:
            how, by = "lifts" if rise > 0 else "lowers", f"by {number(abs(rise), 3)}"
            to = f"to {to}"
        if gap < UNSEEN:
            to = "and it touches ℓ"
        return f"E-step {(step + 1) // 2} {how} the bound at θ_A = {where} {by} {to}"
    gain = now.log_likelihood - before.log_likelihood
    how = f"stays {ell}"
    if abs(gain) > UNSEEN:
        how = f"{'rises' if gain > 0 else 'FALLS'} from {was} to {ell}"
    left = number(before.theta_a, 3)
    goes = f"moves θ_A from {left} to" if left != where else "leaves θ_A at"
    return f"M-step {step // 2} {goes} {where}, the bound's top; ℓ {how}"


def one_iteration(x, theta_b, before, lifted, moved):
    """Return a figure of ℓ and the bound in one E-step and the M-step after it.

    The three states are neighbours of `half_steps`: an M-step, the E-step, an M-step.
    """
    old, new = lifted.theta_a, moved.theta_a
    touch, top, height = lifted.bound, moved.bound, moved.log_likelihood
    ell, bound = log_likelihood_and_bound(x, GRID, theta_b, lifted.q)
    _, lower = log_likelihood_and_bound(x, GRID, theta_b, before.q)
    with look():
        fig, ax = panels(4, 1)
        ax.set(xlim=(0, 1), ylim=(-42, -30.5), ylabel="nats")
        ax.set(xlabel="θ of coin A (coin B is known)")
        ax.set_xticks((0, old, new, 1), ("0", "old θ", "new θ", "1"))
        for theta in (old, new):
            ax.axvline(theta, color=FAINT, lw=1, ls=":", zorder=0)
        marks.curve(ax, GRID, ell, lw=3)
        marks.curve(ax, GRID, lower, color=BOUND, lw=1.5, ls=":")
        marks.curve(ax, GRID, bound, color=BOUND, ls="--")
        marks.segments(ax, [[(new, top), (new, height)]], color=KL, lw=4)
        marks.ring(ax, old, lifted.log_likelihood)
        marks.spot(ax, new, top, "s", color=BOUND, zorder=4, **THUMB)
        marks.here(ax, new, height, ms=18)
        arrow = {"arrowstyle": "-|>", "lw": 2, "color": INK, "shrinkA": 0, "shrinkB": 5}
        ax.annotate("", (old, touch), (old, before.bound), arrowprops=arrow)
        names = (
            (0.8, -31.05, "log-likelihood ℓ", INK, "center"),
            (0.185, -41.2, "bound, lifted", INK, "right"),
            (0.06, -39.9, "bound before", INK, "left"),
            (old - 0.015, touch + 0.5, "E-step: lift it until it touches ℓ", INK,
             "right"),
            (new, top - 1.3, "M-step: go to its top", INK, "center"),
            (new + 0.02, (top + height) / 2, "gap, KL: ℓ rises even more", KL, "left"),
        )  # fmt: skip
        for across, up, words, colour, side in names:
            marks.word(ax, across, up, words, colour, "white", ha=side)
        return fig


# EM against gradient ascent.


def em_or_gradient() -> Live:
    """Choose a step size and a start; race gradient ascent against EM."""
    x = coin_trials()
    with look():
        fig, square, race = panels(3.6, 1, 1.5)
        marks.unit_square(square, "paths on ℓ(θ)")
        race.set(xlim=(-0.7, ITERATIONS + 0.7), xlabel="iteration")
        race.set_title("log-likelihood ℓ")
        race.grid(axis="y", color=marks.GRID)
        place = {"transform": race.transAxes, "ha": "right"}
        race.text(0.98, 0.2, "● ★ EM", **place)
        race.text(0.98, 0.08, "■ ✖ gradient ascent", color=RIVAL, **place)

    @lru_cache(maxsize=8)
    def runs(theta_a, theta_b, step):
        start = CoinMixture([theta_a, theta_b])
        trace = em(start, x, max_iter=ITERATIONS, tol=None, progress=False)
        rivals = gradient_ascent(start, x, step, ITERATIONS)
        heights = np.array([m.log_likelihood(x) for m in rivals])
        return (trace.models, trace.log_likelihoods), (rivals, heights)

    def show(theta_a, theta_b, step, iteration):
        climbers = runs(theta_a, theta_b, step)
        (models, ells), (rivals, heights) = climbers
        marks.surface(square, x, models[0].weights)
        both = np.concatenate([ells, heights])
        race.set_ylim(*coarse_limits(both.max(), both.min()))
        for climber, style in zip(climbers, (_EM, _GRADIENT), strict=True):
            _run(square, race, *climber, iteration, **style)
        marks.handle(square, theta_a, theta_b, "theta_a", "theta_b")
        if iteration >= len(rivals):
            at = len(rivals) - 1, heights[-1]
            marks.beside(race, *at, "leaves [0, 1]: stop", RIVAL, (12, 0))
        now = int(iteration)
        if now == 0:
            return (
                f"Both start at ℓ = {number(ells[0], 3)}; "
                f"gradient ascent takes the step {number(step, 3)}"
            )
        return (
            f"In iteration {now} EM reaches ℓ = {number(ells[now], 3)}; gradient "
            f"ascent, step {number(step, 3)}, {_fate(heights, now)}"
        )

    return Live(
        fig,
        show,
        theta_a=slider("θ of A at the start", 0.6, 0.02, 0.98, 0.01),
        theta_b=slider("θ of B at the start", 0.5, 0.02, 0.98, 0.01),
        step=slider("step size", 0.002, 0.001, 0.04, 0.001),
        iteration=player("iteration", ITERATIONS, glides=True),
        strip=({"iteration": 8}, {"step": 0.02, "iteration": 8}),
    )


_EM = {"color": INK, "marker": "o", "now": "*", "now_colour": RED, "size": 20}
_GRADIENT = {"color": RIVAL, "marker": "s", "now": "X", "now_colour": RIVAL}
_GRADIENT |= {"size": 8, "ls": "--"}


def _run(square, race, models, heights, t, now, now_colour, size, **line):
    """Draw a run up to t, or to its end: its path on ℓ, and its heights."""
    t = min(t, len(models) - 1)
    ways = np.transpose([model.heads for model in models])
    place = np.array([marks.until(t, way)[1] for way in ways])
    n, height = marks.until(t, heights)
    marks.curve(square, *place, **line | {"ms": 4, "lw": 1.5})
    marks.curve(race, n, height, ms=5, **line)
    style = {"color": now_colour, "mec": "white", "ms": size, "zorder": 3}
    marks.spot(square, *place[:, -1], now, **style)
    marks.spot(race, t, height[-1], now, **style)


def _fate(heights, n):
    """Say where gradient ascent is after n steps."""
    if n >= len(heights):
        return f"stops: step {len(heights)} would leave [0, 1]"
    fell = heights[n] < heights[n - 1] - UNSEEN
    return f"{'falls to' if fell else 'reaches'} {number(heights[n], 3)}"


# Pictures that stand still.


def entropy_and_divergence(share=0.8):
    """Return two pictures: the entropy of (q, 1 − q), and KL from it to two others."""
    grid = np.linspace(0, 1, 401)
    q = np.column_stack([grid, 1 - grid])
    dot = {"ms": 9, "clip_on": False, "zorder": 4}
    plain = {"weight": "normal", "bbox": None}
    with look():
        fig, left, right = panels(3.2, 1, 1)
        marks.curve(left, grid, entropy(q), color=ENTROPY)
        for at, name, shift in (
            (0.5, "a toss-up", (0, 9)),
            (share, "fairly sure", (9, 4)),
            (1.0, "sure", (-12, 4)),
        ):
            height = entropy([at, 1 - at])
            marks.spot(left, at, height, "o", color=ENTROPY, **dot)
            text = f"{name}: {number(height)}"
            marks.beside(left, at, height, text, shift=shift, **plain)
        left.set(xlim=(0, 1), ylim=(0, 0.85))
        left.set_title("entropy of q: how undecided?")
        for p, colour, style in ((0.5, BOUND, "--"), (share, KL, "-")):
            log_p = np.log(np.broadcast_to([p, 1 - p], q.shape))
            marks.curve(right, grid, -log_sum_bound(log_p, q), color=colour, ls=style)
            marks.spot(right, p, 0, "o", color=colour, **dot)
            place = {"ha": "left", "va": "bottom"}
            marks.word(right, 0.03, -np.log(1 - p), f"p = {number(p)}", colour, **place)
        right.set(xlim=(0, 1), ylim=(0, 1.9))
        right.set_title("KL(q ‖ p): how far from p?")
        for ax in (left, right):
            ax.set_xlabel("q: coin A's share")
            marks.ticks(ax.xaxis, 0, 0.5, 1)
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
        fig, *axes = panels(3.4, 1, 1)
        for ax, start in zip(axes, starts, strict=True):
            trace, Q = rise_of_q(x, start, iterations)
            said = _ell_and_q(ax, trace.log_likelihoods[1:], Q)
            a, b = (number(theta) for theta in start)
            ax.set_title(f"start ({a}, {b})")
            sentences.append(f"from ({a}, {b}) Q {said}")
        said = "; ".join(sentences)
        return Picture(fig, said[0].upper() + said[1:])


def _ell_and_q(ax, ells, Q):
    """Draw ℓ and Q over iterations; return in words whether Q falls."""
    n, last = np.arange(1, len(Q) + 1), len(Q)
    ax.fill_between(n, Q, ells, color=ENTROPY, alpha=0.15)
    marks.curve(ax, n, ells, marker="o", ms=6)
    marks.curve(ax, n, Q, color=BLUE, marker="s", ls="--", ms=6)
    plain = {"weight": "normal", "size": 13, "ha": "right", "bbox": None}
    marks.beside(ax, last, ells[-1], "ℓ", shift=(0, 7), **plain)
    marks.beside(ax, last, Q[-1], "Q", BLUE, (0, -7), **plain)
    ax.text(last, -32.5, "entropy of q, and KL", ha="right")
    ax.set(xlabel="iteration", ylim=(Q.min() - 0.4, ells.max() + 0.4))
    falls = np.flatnonzero(np.diff(Q) < 0)
    if not len(falls):
        return "rises all the time, as ℓ does"
    stop = falls[0] + 2
    ax.axvline(stop, color=RED, lw=1.5, ls=":")
    ax.text(stop + 0.2, -32.9, "the rule on Q stops here", color=RED)
    return f"falls from iteration {stop} on, while ℓ rises"
