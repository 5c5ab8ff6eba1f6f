"""Chapter 2: one coin's likelihood, one Gaussian, weights in a line, switches."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from gmmlib.chapters.two_coins import pour
from gmmlib.coins import CoinMixture
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
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    HATCHES,
    INK,
    PAPER,
    RED,
    Picture,
    figure,
    look,
    number,
    scientific,
)

DEPTH = 10.5  # nats shown below the top of a coin's log-likelihood
DOT = {"color": COLOURS[0], "mec": "white", "ms": 10, "clip_on": False, "zorder": 5}
LEVELS = (0, 0.5, 1, 2, 4, 7, 11, 16, 25, 40, 1e9)  # nats below the top of a hill
SCALES = (0.5, 0.65, 0.8, 0.95, 1.0, 1.1, 1.25, 1.4)  # 1.0 touches the line
PLANE, TANKS = 1.3, 2.5  # the ends of the axes; the latter in units of N
UNIT = 0.3  # so long each way is an arrow (N, N)
SUBSCRIPTS = "₁₂"


def coin_likelihood() -> Live:
    """Choose heads and tails; compare the place of the curve's top with its height."""
    grid = np.linspace(0, 1, 401)
    with look():
        fig = figure(9, 3.5)
        height, nats_below = axes = fig.subplots(1, 2)
        for ax in axes:
            ax.set(xlim=(-0.01, 1.01), xlabel="θ, the coin's probability of heads")
            ax.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", ".25", ".5", ".75", "1"))
            ax.axhline(0, color=marks.GRID, lw=1, zorder=0)
        height.set_title("likelihood p(tosses | θ)", pad=26)
        height.set(ylim=(-0.03, 1.12), ylabel="measured by its top")
        height.set_yticks((0, 0.5, 1), ("0", "half", "top"))
        nats_below.set_title("log-likelihood ℓ(θ)", pad=26)
        nats_below.set(ylim=(-DEPTH, 1.2), ylabel="nats below its top")
        nats_below.set_yticks((0, -5, -10), ("0", "5", "10"))

    def show(heads, tails, theta):
        tossed = heads + tails
        best = heads / tossed if tossed else 0.5
        at, top = coin_log_likelihood(heads, tails, np.array([theta, best]))
        curve = coin_log_likelihood(heads, tails, grid) - top
        marks.curve(height, grid, np.exp(curve))
        marks.curve(nats_below, grid, np.maximum(curve, -99))
        down = max(at - top, 0.3 - DEPTH)
        beyond = at - top < down
        for ax, y, foot in ((height, np.exp(at - top), 0), (nats_below, down, -99)):
            ax.plot([theta, theta], [foot, y], color=COLOURS[0], ls="--", lw=1.5)
            arrow = beyond and ax is nats_below
            marks.spot(ax, theta, y, "$↓$" if arrow else "o", **DOT)
            marks.handle(ax, theta, y, across="theta", clip_on=False)
        slope = coin_slope(heads, tails, theta)
        if np.isfinite(slope):
            ends = min(0.15, 2.5 / max(abs(slope), 1)) * np.array([-1, 1])
            nats_below.plot(theta + ends, at - top + slope * ends, color=COLOURS[0])
        if tossed:
            marks.here(height, best, 1, ms=22)
            marks.here(nats_below, best, 0, ms=22)
        star = f"★ θ = {number(best)}: {scientific(np.exp(top))}"
        here = f"● θ = {number(theta)}: {scientific(np.exp(at))}"
        _above(height, star if tossed else "no top", here)
        steep = f", slope {number(slope, 1)}" if np.isfinite(slope) else ""
        _above(
            nats_below, f"★ {nats(top)}" if tossed else "no top", f"● {nats(at)}{steep}"
        )
        here = f"at θ = {number(theta)}: {scientific(np.exp(at))} (ℓ = {nats(at)})"
        if not tossed:
            return f"No tosses: every θ has likelihood 1, there is no top; {here}"
        return (
            f"{_counted(heads, 'head')}, {_counted(tails, 'tail')}: "
            f"top at θ = {number(best)}, height {scientific(np.exp(top))} "
            f"(ℓ = {number(top)}); {here}"
        )

    return Live(
        fig,
        show,
        heads=slider("heads", 5, 0, 50, 1),
        tails=slider("tails", 5, 0, 50, 1),
        theta=slider("θ", 0.6, 0.0, 1.0, 0.01),
        strip=({}, {"heads": 50, "tails": 50}),
    )


def nats(value):
    """Write a log-likelihood, −∞ included."""
    return number(value) if np.isfinite(value) else "−∞"


def _counted(n, thing):
    return f"{n} {thing}{'s' * (n != 1)}"


def _above(ax, left, right):
    """Write over the axes what the star marks, and what the dot marks."""
    style = {"transform": ax.transAxes, "va": "bottom"}
    marks.word(ax, 0, 1.05, left, RED, ha="left", **style)
    marks.word(ax, 1, 1.05, right, COLOURS[0], ha="right", **style)


def one_gaussian() -> Live:
    """Move a bell over twelve points, and climb the hill of their log-likelihood."""
    x, z = three_groups()
    points = x[z == 1][:12, 0]
    mean, spread = points.mean(), points.std()
    grid, means, sigmas = (
        np.linspace(*ends) for ends in ((0, 60, 301), (8, 48, 121), (3, 27, 97))
    )
    with look():
        fig = figure(9, 3.5)
        bell, hill = fig.subplots(1, 2, width_ratios=(1, 1.25))
        bell.plot(points, np.full(len(points), -0.003), "|", color=INK, ms=9)
        bell.set(xlim=(0, 60), ylim=(-0.006, 0.106), yticks=(), xlabel="x", title=" ")
        below = gaussian_surface(points, means, sigmas)
        below = below.max() - below
        greys = [f"{v:.3f}" for v in np.linspace(1, 0.55, len(LEVELS) - 1)]
        hill.contourf(means, sigmas, below, levels=LEVELS, colors=greys)
        lines = {"levels": LEVELS[1:-1], "colors": "white", "linewidths": 1}
        hill.contour(means, sigmas, below, **lines)
        marks.here(hill, mean, spread, ms=22)
        hill.set(xlabel="μ", ylabel="σ", aspect="equal", title=" ")
        hill.set(xlim=(means[0], means[-1]), ylim=(sigmas[0], sigmas[-1]))

    def show(mu, sigma):
        model = GaussianMixture([1], [mu], [sigma**2])
        height = model.log_likelihood(points)
        slopes = gaussian_slopes(points, mu, sigma)
        places = np.concatenate([points, [mu, mu + sigma], grid])
        density = np.exp(model.log_joint(places)[:, 0])
        at, (top, side) = density[: len(points)], density[len(points) :][:2]
        marks.curve(bell, grid, density[-len(grid) :])
        marks.stems(bell, points, at, 0, lw=1.5)
        bell.plot(points, at, "o", color=COLOURS[0], ms=6)
        marks.handle(bell, mu, top, across="mu")
        way = 1 if mu + sigma < 60 else -1
        width = "sigma", lambda x: abs(x - mu)
        bell.plot([mu, mu + way * sigma], [side, side], color=FAINT, lw=1, ls="--")
        marks.handle(bell, mu + way * sigma, side, across=width)
        _title(bell, f"product of the densities: {scientific(at.prod())}")
        length = np.hypot(*slopes)
        if length > 0.1:
            uphill = 7 * np.asarray(slopes) / (length + 1)
            _arrow(hill, (mu, sigma), uphill, COLOURS[0], 3)
        marks.spot(hill, mu, sigma, "o", **DOT)
        marks.handle(hill, mu, sigma, "mu", "sigma")
        by = " and ".join(number(slope, 1) for slope in slopes)
        _title(hill, f"ℓ(μ, σ) = {number(height)}, slopes {by}")
        return (
            f"μ = {number(mu, 1)}, σ = {number(sigma, 1)}: ℓ = {number(height)}, "
            f"slopes {number(slopes[0])} along μ and {number(slopes[1])} along σ"
        )

    return Live(
        fig,
        show,
        mu=slider("μ", 35.0, 10.0, 45.0, 0.1),
        sigma=slider("σ", 5.0, 4.0, 25.0, 0.1),
        strip=({}, {"mu": round(mean, 1), "sigma": round(spread, 1)}),
    )


def _title(ax, words):
    """Write what changes in the place of a title, which would be drawn anew."""
    style = {"transform": ax.transAxes, "va": "bottom", "weight": "normal", "size": 12}
    marks.word(ax, 0.5, 1.02, words, **style)


def _arrow(ax, start, way, colour, width):
    end = tuple(np.add(start, way))
    style = {"arrowstyle": "-|>", "mutation_scale": 10 + 2.5 * width}
    style |= {"shrinkA": 0, "shrinkB": 0, "lw": width, "zorder": 4}
    ax.add_artist(FancyArrowPatch(tuple(start), end, color=colour, **style))


def weights_on_a_line() -> Live:
    """Move two weights along π₁ + π₂ = 1 until the levels N_k / π_k are equal."""
    with look():
        fig = figure(9, 3.6)
        plane, tanks = fig.subplots(1, 2, width_ratios=(1, 1.1))
        plane.plot([0, 1], [1, 0], color=INK, lw=3, zorder=2)
        plane.set(xlim=(0, PLANE), ylim=(0, PLANE), aspect="equal")
        plane.set_yticks((0, 0.5, 1), ("0", ".5", "1"))
        plane.set(xlabel="π₁", ylabel="π₂", title="line: π₁ + π₂ = 1, curves: levels")
        tanks.axhline(1, color=INK, ls="--", lw=1.5, zorder=3)
        tanks.set(xlim=(0, 1), ylim=(0, TANKS), xlabel="widths π₁ and π₂")
        tanks.set_yticks((0, 1, 2), ("0", "N", "2N"))
        tanks.set_title("level N\u2096 / π\u2096 of a tank that holds N\u2096")
        for ax in (plane, tanks):
            ax.set_xticks((0, 0.5, 1), ("0", ".5", "1"))

    def show(n1, n2, pi1):
        counts, weights = np.array([n1, n2]), np.array([pi1, 1 - pi1])
        slopes(plane, counts, weights)
        fill(tanks, counts, weights)
        one, two = counts / weights
        state = (
            f"N₁ = {n1}, N₂ = {n2}, weights {number(pi1)} and {number(1 - pi1)}: "
            f"levels {number(one, 1)} and {number(two, 1)}"
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


def slopes(ax, counts, weights):
    """Draw level curves of Σ N_k ln π_k, and its gradient and (λ, λ) at `weights`."""
    shares = counts / counts.sum()
    x = np.geomspace(0.01, PLANE + 0.1, 200)
    curves = [
        np.column_stack([x, weights_of_equal_height(counts, scale, x)])
        for scale in SCALES
    ]
    widths = [2.2 if scale == 1 else 1 for scale in SCALES]
    marks.segments(ax, curves, colors=FAINT, linewidths=widths, zorder=1)
    uphill, level = shares / weights, np.ones(2)  # N_k / π_k in units of N
    _arrow(ax, weights, UNIT * level, COLOURS[5], 6)
    _arrow(ax, weights, UNIT * uphill, COLOURS[0], 2)
    marks.here(ax, *shares, ms=18)
    marks.spot(ax, *weights, "o", **(DOT | {"zorder": 6}))
    marks.handle(ax, *weights, across="pi1", up=("pi1", lambda y: 1 - y))
    side = 1 if uphill[0] >= uphill[1] else -1  # names stand apart
    for name, colour, way, shift in (
        ("gradient", COLOURS[0], uphill, (0.26 * side, -0.11 * side)),
        ("(λ, λ)", "#8A5A00", level, (-0.24 * side, 0.06 * side)),
    ):
        place = np.clip(weights + UNIT * way + shift, (0.1, 0.06), (1.4, 1.2))
        marks.word(ax, *place, name, colour, on=PAPER, zorder=7)


def fill(ax, counts, weights):
    """Draw two tanks of widths `weights` (2,), filled with `counts` (2,)."""
    N, left = counts.sum(), 0.0
    for k, (count, width) in enumerate(zip(counts, weights, strict=True)):
        level, middle = count / width / N, left + width / 2
        style = {"facecolor": COLOURS[k], "hatch": HATCHES[k], "edgecolor": "white"}
        marks.bars(ax, [middle], level, width=width, linewidth=0, **style)
        over = "↑ " if level > TANKS else ""
        text = f"{over}N{SUBSCRIPTS[k]} = {count}\nlevel {number(count / width, 1)}"
        x, y = np.clip(middle, 0.15, 0.85), np.clip(level / 2, 0.2, TANKS / 2)
        marks.word(ax, x, y, text, on=PAPER)
        left += width
    ax.plot([weights[0]] * 2, [0, TANKS], color=INK, lw=3)
    marks.handle(ax, weights[0], 0.85 * TANKS, across="pi1", mfc=PAPER)


def switches_to_dimmers() -> Live:
    """Turn the switches of five trials into dimmers; the same count gives θ."""
    x = coin_trials()
    names = [f"share_{n + 1}" for n in range(len(x))]
    with look():
        fig = figure(9, 3.2)
        whose, urns = fig.subplots(1, 2, width_ratios=(1.4, 1))
        marks.trial_axes(whose, x, "coin A's share of each trial; the rest is B's")
        urns.set_xticks((0, 1), ("coin A", "coin B"))
        urns.set(xlim=(-0.5, 1.5), ylim=(0, 1.12 * x.sum()), title="tosses counted")

    def show(**shares):
        r = np.array([shares[name] for name in names])
        r = np.column_stack([r, 1 - r])
        marks.trial_shares(whose, r)
        for n, name in enumerate(names):
            style = {"mfc": PAPER, "ms": 13, "clip_on": False}
            marks.handle(whose, r[n, 0], n, across=name, **style)
        counts = r.T @ x  # heads and tails of each coin
        pour(urns, *counts.T)
        said = [_estimate(coin, *c) for coin, c in zip("AB", counts, strict=True)]
        switches = np.isin(r, (0, 1)).all()
        kind = "Switches" if switches else "Dimmers"
        return f"{kind}: {' and '.join(said)}"

    shares = {
        name: slider(f"A's share of trial {n + 1}", float(z == 0), 0.0, 1.0, 0.01)
        for n, (name, z) in enumerate(zip(names, coin_labels(), strict=True))
    }
    guessed = CoinMixture([0.6, 0.5]).responsibilities(x)[:, 0].round(2)
    dimmed = dict(zip(names, guessed.tolist(), strict=True))
    return Live(fig, show, strip=({}, dimmed), **shares)


def _estimate(coin, heads, tails):
    """Say what a coin's count gives: "θ of A = 24.0 / 30.0 = .80"."""
    tossed = heads + tails
    if tossed < 1e-9:
        return f"coin {coin} has no toss to count"
    return f"θ of {coin} = {heads:.1f} / {tossed:.1f} = {number(heads / tossed)}"


def product_and_sum(densities, shown=120):
    """Return a picture: the running product of densities ends, that of logs goes on."""
    densities = np.asarray(densities)
    product, total = np.cumprod(densities), np.cumsum(np.log(densities))
    last = int(np.count_nonzero(product))
    n = np.arange(1, len(densities) + 1)
    with look():
        fig = figure(9, 3.3)
        left, right = fig.subplots(1, 2)
        left.plot(n[:last], np.log10(product[:last]), color=INK)
        left.plot(last + 1, -335, "X", color=RED, ms=12)
        left.text(
            *(last - 4, -335),
            f"0.0 from point {last + 1} on",
            va="center",
            ha="right",
            color=RED,
            weight="bold",
        )
        left.set(xlim=(0, shown), ylim=(-350, 10), xlabel="points so far")
        left.set_yticks((-300, -200, -100, 0), ("10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1"))
        left.set_title(f"running product, the first {shown}")
        right.plot(n, total, color=INK)
        right.plot(last + 1, total[last], "X", color=RED, ms=12)
        right.text(
            *(last + 60, total[last]),
            "here the product was lost",
            va="center",
            color=RED,
            weight="bold",
        )
        right.set(xlim=(0, len(n)), ylim=(1.05 * total[-1], 0), xlabel="points so far")
        right.set_yticks([0, -5000, -10000], ["0", "−5 000", "−10 000"])
        right.set_title(f"running sum of logarithms, all {len(n)}")
        return Picture(
            fig,
            f"The product is 0.0 from point {last + 1} on; "
            f"the sum of all {len(n)} logarithms is {number(total[-1])}",
        )
