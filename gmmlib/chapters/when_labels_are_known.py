"""Chapter 2: switches that become dimmers, a coin's likelihood, a bell, two weights."""

import numpy as np

from gmmlib.datasets import coin_labels, coin_trials, three_groups
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import (
    coin_log_likelihood,
    coin_slope,
    gaussian_slopes,
    gaussian_surface,
    weights_of_equal_height,
)
from gmmlib.show import marks
from gmmlib.show.controls import slider
from gmmlib.show.live import Live
from gmmlib.show.look import look, number, panels, scientific
from gmmlib.show.palette import COLOURS, FAINT, INK, RED

BLUE = COLOURS[0]
DEPTH = 10.5  # nats of a log-likelihood that are shown below its top
THETA = np.linspace(0, 1, 401)
SCALES = (0.5, 0.65, 0.8, 0.95, 1.0, 1.1, 1.25, 1.4)  # 1.0 touches the weights' line
FULL = 2.5  # tanks are so high, in units of N


# Labels that are known, and labels that are shared.


def switches_to_dimmers() -> Live:
    """Turn known labels into shares, trial by trial: the same formula estimates."""
    x, known = coin_trials(), (coin_labels() == 0).astype(float)
    with look():
        fig, whose, urns, line = panels(3.5, 1.25, 0.9, 1.35)
        marks.trial_axes(whose, x, "A's share of each trial")
        whose.tick_params(axis="y", pad=9)
        marks.urn_axes(urns, x, "tosses, by share")
        marks.theta_axes(line, "heads ÷ tosses")
        for k, (heads, tails) in enumerate(counted(x, known)):
            style = {"color": COLOURS[k], "lw": 1.5, "ls": ":"}
            line.vlines(heads / (heads + tails), k - 0.35, k + 0.35, **style)

    def show(**shares):
        q = np.array(list(shares.values()))
        counts = counted(x, q)
        marks.trial_shares(whose, np.column_stack([q, 1 - q]))
        for n, (name, share) in enumerate(shares.items()):
            style = {"mfc": "white", "mec": INK, "ms": 11, "clip_on": False}
            marks.handle(whose, share, n, across=name, **style)
        marks.pour(urns, *counts.T)
        said = [estimate(line, k, *count) for k, count in enumerate(counts)]
        kind = "Switches" if set(q) <= {0, 1} else "Dimmers"
        return f"{kind}: " + "; ".join(said)

    sliders = {
        f"trial_{n}": slider(f"A's share of trial {n}", share, 0.0, 1.0, 0.01)
        for n, share in enumerate(known.tolist(), start=1)
    }
    return Live(fig, show, strip=({}, {"trial_1": 0.5}), **sliders)


def counted(x, q):
    """Return heads and tails of coin A and of coin B, (2, 2), by A's shares q (N,)."""
    return np.stack([q @ x, (1 - q) @ x])


def estimate(ax, k, heads, tails):
    """Mark heads ÷ tosses of coin k in its row, and return it in words."""
    coin, tosses = marks.COINS[k], heads + tails
    if tosses == 0:
        marks.word(ax, 0.5, k - 0.45, f"{coin}: no tosses", COLOURS[k])
        return f"coin {coin} has no tosses, so no estimate"
    theta = heads / tosses
    marks.spot(ax, theta, k, k, mec="white", ms=13, clip_on=False, zorder=4)
    heads, tosses = (f"{n:.1f}".removesuffix(".0") for n in (heads, tosses))
    text = f"{coin}: {heads} ÷ {tosses} = {number(theta)}"
    marks.word(ax, np.clip(theta, 0.35, 0.65), k - 0.45, text, COLOURS[k], size=12)
    return f"coin {coin} has {heads} heads of {tosses}, so θ = {number(theta)}"


# One coin.


def coin_likelihood() -> Live:
    """Choose heads and tails; compare the place of the curve's top with its height."""
    with look():
        fig, plain, log = panels(3.5, 1, 1)
        for ax in (plain, log):
            ax.set(xlim=(-0.01, 1.01), xlabel="θ, the coin's probability of heads")
            marks.ticks(ax.xaxis, 0, 0.25, 0.5, 0.75, 1)
            ax.axhline(0, color=marks.GRID, lw=1, zorder=0)
        plain.set_title("likelihood p(tosses | θ)", pad=26)
        plain.set(ylim=(-0.03, 1.12), ylabel="measured by its top")
        plain.set_yticks((0, 0.5, 1), ("0", "half", "top"))
        log.set_title("log-likelihood ℓ(θ)", pad=26)
        log.set(ylim=(-DEPTH, 1.2), ylabel="nats below its top")
        log.set_yticks((0, -5, -10), ("0", "5", "10"))

    def show(heads, tails, theta):
        tossed = heads + tails
        best = heads / tossed if tossed else np.nan
        at = _height(heads, tails, theta)
        top = _height(heads, tails, best) if tossed else 0.0
        below = coin_log_likelihood(heads, tails, THETA) - top
        slope = coin_slope(heads, tails, theta)
        marks.curve(plain, THETA, np.exp(below))
        marks.curve(log, THETA, np.maximum(below, -99))
        tangent(log, theta, at - top, slope)
        star = f"★ {number(best)}: {scientific(np.exp(top))}"
        reading(plain, theta, np.exp(at - top), best, 1, star if tossed else "no top",
                f"● {number(theta)}: {scientific(np.exp(at))}")  # fmt: skip
        steep = f", slope {number(slope, 1)}" if np.isfinite(slope) else ""
        reading(log, theta, at - top, best, 0, f"★ {nats(top)}" if tossed else "no top",
                f"● {nats(at)}{steep}")  # fmt: skip
        here = f"θ = {number(theta)} has {scientific(np.exp(at))} (ℓ = {nats(at)})"
        if not tossed:
            return f"Without tosses every θ has likelihood 1, with no top; {here}"
        return (
            f"After {heads} H and {tails} T the top, θ = {number(best)}, has "
            f"{scientific(np.exp(top))} (ℓ = {number(top)}); {here}"
        )

    return Live(
        fig,
        show,
        heads=slider("heads", 5, 0, 50, 1),
        tails=slider("tails", 5, 0, 50, 1),
        theta=slider("θ", 0.6, 0.0, 1.0, 0.01),
        strip=({}, {"heads": 50, "tails": 50}),
    )


def reading(ax, theta, at, best, top, star, dot):
    """Mark the top of a curve and one θ on it, with their numbers over the axes."""
    low = ax.get_ylim()[0]
    shown = max(at, low + 0.3) if low < -1 else at  # an arrow: further down
    marks.spot(ax, best, top, "*", color=RED, ms=22, clip_on=False)
    marks.segments(ax, [[(theta, low), (theta, shown)]], color=BLUE, ls="--", lw=1.5)
    marker = "o" if at >= shown else "$↓$"
    style = {"color": BLUE, "mec": "white" if marker == "o" else BLUE, "ms": 10}
    marks.spot(ax, theta, shown, marker, clip_on=False, **style)
    marks.handle(ax, theta, shown, across="theta")
    row = {"transform": ax.transAxes, "va": "bottom"}
    marks.word(ax, 0, 1.05, star, RED, ha="left", **row)
    marks.word(ax, 1, 1.05, dot, BLUE, ha="right", **row)


def tangent(ax, theta, at, slope):
    """Draw a piece of the tangent at θ, where it has a slope."""
    if np.isfinite(slope):
        half = min(0.15, 2.5 / max(abs(slope), 1))
        ends = np.array([-half, half])
        marks.curve(ax, theta + ends, at + slope * ends, color=BLUE)


def nats(value):
    """Write a log-likelihood, −∞ included."""
    return number(value) if np.isfinite(value) else "−∞"


def _height(heads, tails, theta):
    return coin_log_likelihood(heads, tails, np.array([theta]))[0]


# One Gaussian.


def one_gaussian() -> Live:
    """Move a bell over twelve points, and climb the hill of their log-likelihood."""
    x, z = three_groups()
    points = x[z == 1][:12, 0]
    mean, spread = points.mean(), points.std()
    line, top = np.linspace(0, 60, 301), 0.102
    with look():
        fig, bell, hill = panels(3.5, 1, 1.25)
        bell.plot(points, np.full(len(points), -0.03 * top), "|", color=INK, ms=9)
        bell.set(xlim=line[[0, -1]], ylim=(-0.06 * top, top), yticks=(), xlabel="x")
        _hill(hill, points, np.linspace(8, 48, 121), np.linspace(3, 27, 97))
        hill.plot(mean, spread, "*", color=RED, ms=22)
        for ax in (bell, hill):
            ax.set_title(" ")  # keeps room for `headline`

    def show(mu, sigma):
        model = GaussianMixture([1], [mu], [sigma**2])
        densities = np.exp(model.log_joint(points)[:, 0])
        flank = mu + sigma if mu < 30 else mu - sigma  # the one with more room
        places = line, [mu], [flank]
        curve, peak, side = (np.exp(model.log_joint(p)[:, 0]) for p in places)
        marks.curve(bell, line, curve)
        marks.stems(bell, points, densities, 0)
        style = {"color": BLUE, "ls": "", "marker": "o", "ms": 6}
        marks.curve(bell, points, densities, **style)
        marks.handle(bell, mu, min(peak[0], top), across="mu")
        wider = "sigma", lambda at: abs(at - mu)
        marks.handle(bell, flank, side[0], across=wider)
        headline(bell, f"product of the densities: {scientific(densities.prod())}")
        by_mu, by_sigma = gaussian_slopes(points, mu, sigma)
        ell = number(model.log_likelihood(points))
        _uphill(hill, np.array([mu, sigma]), np.array([by_mu, by_sigma]))
        marks.handle(hill, mu, sigma, "mu", "sigma")
        headline(hill, f"ℓ = {ell}, slopes {number(by_mu, 1)}, {number(by_sigma, 1)}")
        return (
            f"The bell with μ = {number(mu, 1)} and σ = {number(sigma, 1)} has "
            f"ℓ = {ell}, slopes {number(by_mu)} along μ and {number(by_sigma)} along σ"
        )

    best = {"mu": round(mean, 1), "sigma": round(spread, 1)}
    return Live(
        fig,
        show,
        mu=slider("μ", 35.0, 10.0, 45.0, 0.1),
        sigma=slider("σ", 5.0, 4.0, 25.0, 0.1),
        strip=({}, best),
    )


def headline(ax, text):
    """Write what changes over the axes, where a title would stand."""
    style = {"weight": "normal", "size": 12, "va": "bottom", "transform": ax.transAxes}
    marks.word(ax, 0.5, 1.02, text, **style)


def _hill(ax, points, means, sigmas):
    """Draw ℓ(μ, σ) of points on a line as a map."""
    height = gaussian_surface(points, means, sigmas)
    below = height.max() - height
    levels = (0, 0.5, 1, 2, 4, 7, 11, 16, 25, 40, 1e9)
    greys = [f"{v:.3f}" for v in np.linspace(1, 0.55, len(levels) - 1)]
    ax.contourf(means, sigmas, below, levels=levels, colors=greys)
    lines = {"colors": "white", "linewidths": 1}
    ax.contour(means, sigmas, below, levels=levels[1:-1], **lines)
    ax.set(xlabel="μ", ylabel="σ", aspect="equal")
    ax.set(xlim=means[[0, -1]], ylim=sigmas[[0, -1]])


def _uphill(ax, here, gradient):
    """Draw a place on the hill, and an arrow the way its gradient points."""
    length = np.hypot(*gradient)
    if length > 0.1:
        tip = here + 7 * gradient / (length + 1)
        marks.arrow(ax, here, tip, color=BLUE, lw=3, mutation_scale=17.5, zorder=4)
    marks.spot(ax, *here, "o", color=BLUE, mec="white", ms=10, zorder=5)


# Two weights that sum to 1.


def weights_on_a_line() -> Live:
    """Move two weights along π₁ + π₂ = 1 until the levels N_k / π_k are equal."""
    with look():
        fig, plane, tanks = panels(3.6, 1, 1.1)
        plane.set(xlim=(0, 1.3), ylim=(0, 1.3), aspect="equal")
        plane.set(xlabel="π₁", ylabel="π₂")
        plane.set_title("thick: π₁ + π₂ = 1; thin: level curves")
        plane.plot([0, 1], [1, 0], color=INK, lw=3, zorder=2)
        tanks.axhline(1, color=INK, ls="--", lw=1.5, zorder=3)
        tanks.set(xlim=(0, 1), ylim=(0, FULL), xlabel="widths π₁ and π₂")
        tanks.set_title("level N\u2096 / π\u2096 of a tank that holds N\u2096")
        for axis in (plane.xaxis, plane.yaxis, tanks.xaxis):
            marks.ticks(axis, 0, 0.5, 1)
        tanks.set_yticks((0, 1, 2), ("0", "N", "2N"))

    def show(n1, n2, pi1):
        counts, weights = np.array([n1, n2]), np.array([pi1, 1 - pi1])
        level_curves(plane, counts, weights)
        marks.handle(plane, *weights, across="pi1")
        fill_tanks(tanks, counts, weights)
        one, two = counts / weights
        state = (
            f"With weights {number(pi1)} and {number(1 - pi1)} the levels are "
            f"{number(one, 1)} and {number(two, 1)}"
        )
        if abs(one - two) < 1e-9 * (n1 + n2):
            return f"{state}, both N = {n1 + n2}: this is the top"
        almost = "almost" if number(one, 1) == number(two, 1) else "not"
        return f"{state}, {almost} equal: give more weight to {1 if one > two else 2}"

    return Live(
        fig,
        show,
        n1=slider("N₁, points of 1", 3, 1, 49, 1),
        n2=slider("N₂, points of 2", 2, 1, 49, 1),
        pi1=slider("π₁", 0.4, 0.02, 0.98, 0.01),
        strip=({}, {"pi1": 0.6}),
    )


def level_curves(ax, counts, weights):
    """Draw level curves of Σ N_k ln π_k, and at the weights its gradient and (N, N)."""
    x = np.geomspace(0.01, 1.4, 300)
    curves = [
        np.column_stack([x, weights_of_equal_height(counts, s, x)]) for s in SCALES
    ]
    widths = [2.2 if s == 1 else 1 for s in SCALES]
    marks.segments(ax, curves, color=FAINT, linewidths=widths, zorder=1)
    shares = counts / counts.sum()
    marks.spot(ax, *shares, "*", color=RED, ms=18, zorder=5)
    marks.spot(ax, *weights, "o", color=BLUE, mec="white", ms=10, zorder=6)
    uphill, level = shares / weights, np.ones(2)  # N_k / π_k in units of N
    side = 1 if uphill[0] >= uphill[1] else -1  # names stand apart
    beside = (-0.24, 0.06) if side > 0 else (0.08, -0.2)
    arrows = (
        ("(N, N)", level, COLOURS[5], "#8A5A00", 6, beside),
        ("gradient", uphill, BLUE, BLUE, 2, (0.26 * side, -0.11 * side)),
    )
    for name, way, colour, ink, width, shift in arrows:
        tip = weights + 0.3 * way
        head = {"mutation_scale": 10 + 2.5 * width}
        marks.arrow(ax, weights, tip, color=colour, lw=width, zorder=4, **head)
        place = np.clip(tip + shift, (0.1, 0.06), (1.15, 1.2))
        marks.word(ax, *place, name, ink, "white", zorder=7)


def fill_tanks(ax, counts, weights):
    """Draw two tanks of widths `weights` that hold `counts`, and their levels."""
    N, lefts = counts.sum(), np.array([0, weights[0]])
    middles, levels = lefts + weights / 2, counts / weights / counts.sum()
    for k in range(2):
        marks.bars(ax, middles[k], levels[k], width=weights[k], k=k, linewidth=0)
        over = "↑ " if levels[k] > FULL else ""
        name = f"{over}N{'₁₂'[k]} = {counts[k]}\nlevel {number(levels[k] * N, 1)}"
        place = np.clip(middles[k], 0.15, 0.85), np.clip(levels[k] / 2, 0.2, FULL / 2)
        marks.word(ax, *place, name, on="white")
    marks.segments(ax, [[(weights[0], 0), (weights[0], FULL)]], color=INK, lw=3)
    marks.handle(ax, weights[0], 0.9 * FULL, across="pi1", mfc="white")
