"""Chapter 8: ℓ goes to infinity, cures, lost digits, twins; speed and temperature."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.collapse import cured, outcomes, sane_fit, squeezed, with_spike
from gmmlib.convergence import (
    gap_run,
    gap_slope,
    next_gap,
    overdispersion,
    resting_gap,
    tempered_end,
)
from gmmlib.datasets import coin_trials, two_heaps
from gmmlib.em import tempered
from gmmlib.show import marks
from gmmlib.show.controls import choice, player, slider
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels, power, scientific
from gmmlib.show.palette import COLOURS, FAINT, INK, LINES, MARKERS, RED

POINT, SIGMA = 16, 0.2  # a start from which EM collapses
TOP, RUG = 0.42, -0.022  # of the axes of a density, and where its points stand
PLACES = np.arange(1, 30.5, 0.5)  # on each of 30 points, and between two
STRENGTHS = np.arange(-10, 2.75, 0.5)
SANE = {"color": FAINT, "lw": 1.8, "ls": "-."}  # the line of the sane fit
ITERATIONS = 30
LEAST = 1e-9  # of what is left of the way, on a logarithmic axis
HEADS = "6 7 7 6 7", "5 8 8 5 7", "5 8 9 5 6", "5 9 8 4 7", "4 9 9 4 7"  # of ten


# The infinite likelihood, and two cures.


def infinite_likelihood() -> Live:
    """Let one component shrink, on a point or beside it, and see ℓ appear."""
    drawn = two_heaps()
    fifteen, distance = drawn[14], drawn[15] - drawn[14]
    decades = np.union1d(np.arange(-30, -3, 0.5), np.linspace(-3, 0.5, 36).round(1))
    with look():
        fig, line, heights = panels(3.4, 1.2, 1)
        density_axes(line, np.delete(drawn, 15), "30 points, and the density")
        heights.set(xlim=(-31.5, 1.9), xlabel="log₁₀ σ of the narrow component ■")
        heights.set_title("log-likelihood ℓ")
        heights.grid(axis="y", color=marks.GRID)
        heights.text(-29.5, -58, "sane fit")
        words = "— on a point   - - between two"
        style = {"transform": heights.transAxes, "ha": "right", "va": "center"}
        heights.text(0.98, 0.9, words, **style)

    def points(share):
        x = drawn.copy()
        x[15] = fifteen + share * distance
        return x

    def stand(x, place):  # exactly on a point, or halfway to the next
        return (x[int(place) - 1] + x[int(np.ceil(place)) - 1]) / 2

    @lru_cache(maxsize=256)
    def over_width(place, share):
        x = points(share)
        at = stand(x, place)
        return np.array([with_spike(x, at, 10.0**d).log_likelihood(x) for d in decades])

    @lru_cache(maxsize=64)
    def sane(share):
        return sane_fit(points(share)).log_likelihoods[-1]

    def show(place, share, decade):
        x = points(share)
        at = stand(x, place)
        model = with_spike(x, at, 10.0**decade)
        ell = model.log_likelihood(x)
        peaks = density(line, model)
        rug(line, x[15])
        heights.set_ylim(-86, 75 if share == 0 else 4)
        marks.curve(heights, [-31.5, 1.9], [sane(share)] * 2, **SANE)
        other = place - 0.5 if place == 30 or place % 1 else place + 0.5
        seen = decades >= decade
        for p, colour in ((other, FAINT), (place, INK)):
            style = {"color": colour, "ls": "--" if p % 1 else "-"}
            marks.curve(heights, decades[seen], over_width(p, share)[seen], **style)
        marks.here(heights, decade, ell)
        marks.handle(heights, decade, ell, across="decade")
        stands = np.array([stand(x, p) for p in PLACES])
        nearest = ("place", lambda v: PLACES[abs(stands - v).argmin()])
        marks.handle(line, at, peaks[1], across=nearest)
        apart = ("share", lambda v: (v - fifteen) / distance)
        marks.handle(line, x[15], RUG, across=apart)
        return (
            f"A component of σ = {power(decade)} {whereabouts(x, at)} gives "
            f"ℓ = {number(ell)}; the sane fit has {number(sane(share))}"
        )

    return Live(
        fig,
        show,
        place=slider(
            *("narrow component at point", 15.0, 1.0, 30.0, 0.5),
            help="15 is exactly on point 15, 15.5 halfway to point 16",
        ),
        share=slider(
            *("distance of points 15 and 16", 1.0, 0.0, 1.3, 0.05),
            help="1 as drawn, 0 where both are equal",
        ),
        decade=slider("log₁₀ σ", -0.5, -30.0, 0.5, 0.5, "smaller is narrower"),
        strip=({"decade": -1.0}, {"decade": -20.0}),
    )


def whereabouts(x, at):
    """Say on or between which points of x, sorted, a place is."""
    on = np.flatnonzero(x == at) + 1
    if len(on):
        return f"on point{'s' * (len(on) > 1)} {' and '.join(map(str, on))}"
    below = np.count_nonzero(x < at)
    return f"between points {below} and {below + 1}"


def density_axes(ax, x, title):
    """Prepare axes for the density of points x (N,), and draw them."""
    rug(ax, x)
    ax.set(xlim=(x.min() - 1.2, x.max() + 1.2), ylim=(-0.05, TOP))
    ax.set(xlabel="x", yticks=(), title=title)
    ax.spines["left"].set_visible(False)


def rug(ax, x):
    """Draw points on a line."""
    ax.plot(x, np.full(np.size(x), RUG), "|", color=INK, ms=11, mew=1.5)


def density(ax, model):
    """Draw the density of a mixture and its parts; return their peaks as drawn."""
    around = np.linspace(-5, 5, 101)
    sigmas = np.sqrt(model.covariances[:, 0, 0])
    grids = [m + s * around for m, s in zip(model.means[:, 0], sigmas, strict=True)]
    grid = np.unique(np.concatenate([np.linspace(*ax.get_xlim(), 401), *grids]))
    parts = np.exp(model.log_joint(grid))
    whole = parts.sum(axis=1)
    for k, part in enumerate(parts.T):
        marks.curve(ax, grid, part, k, lw=1.8)
    marks.curve(ax, grid, whole)
    peaks = np.minimum(parts.max(axis=0), 0.93 * TOP)
    marks.centres(ax, np.column_stack([model.means[:, 0], peaks]), size=9)
    if (top := whole.max()) > TOP:
        at = grid[whole.argmax()]
        high = number(top, 2 if top < 10 else 0)
        high = high if top < 1000 else power(round(np.log10(top)))
        shift = (-12 if at > np.mean(ax.get_xlim()) else 12), -2
        marks.beside(ax, at, TOP, f"↑ up to {high}", RED, shift)
    return peaks


def level(ax, height, x, shift):
    """Draw the ℓ of the sane fit, and its name."""
    ax.axhline(height, **SANE)
    marks.beside(ax, x, height, "sane fit", shift=shift, weight="normal")


def floor_or_prior() -> Live:
    """Start EM where it collapses; choose a floor or a prior, and how strong."""
    x = two_heaps()
    style = {"floor": "-", "prior": "--"}
    runs = {
        kind: [cured(x, x[POINT], SIGMA, kind, s) for s in STRENGTHS] for kind in style
    }
    ends = {kind: [t.log_likelihoods[-1] for t in runs[kind]] for kind in runs}
    sane = sane_fit(x).log_likelihoods[-1]
    with look():
        fig, line, cures = panels(3.4, 1.2, 1)
        density_axes(line, x, "where EM ends")
        cures.set(xlim=(-11, 3.3), ylim=(sane - 12, sane + 2.6))
        cures.set(xlabel="log₁₀ strength", title="ℓ where EM ends")
        cures.grid(axis="y", color=marks.GRID)
        level(cures, sane, 2.5, (-1, 2))
        cures.text(0.02, 0.06, "— floor   - - prior", transform=cures.transAxes)
        for kind, ls in style.items():
            marks.curve(cures, STRENGTHS, ends[kind], color=FAINT, ls=ls)

    def show(kind, strength):
        at = int(abs(STRENGTHS - strength).argmin())
        model, ell = runs[kind][at].model, ends[kind][at]
        density(line, model)
        marks.curve(cures, STRENGTHS, ends[kind], ls=style[kind])
        low = cures.get_ylim()[0] + 0.4
        shown = max(ell, low)
        marks.here(cures, strength, shown, "below" if ell < low else None)
        marks.handle(cures, strength, shown, across="strength")
        sigma = np.sqrt(model.covariances.min())
        amount = power(strength)
        name = f"Floor {amount}" if kind == "floor" else f"Prior of {amount} points"
        spread = scientific(sigma) if sigma < 0.01 else number(sigma)
        return (
            f"{name}: EM ends at ℓ = {number(ell)}, smallest σ {spread}; "
            f"the sane fit has {number(sane)}"
        )

    return Live(
        fig,
        show,
        kind=choice("cure", [("covariance floor", "floor"), ("prior", "prior")]),
        strength=slider("log₁₀ strength", -10.0, -10.0, 2.5, 0.5),
        strip=({"strength": -3.0}, {"kind": "prior", "strength": -1.0}),
    )


# Speed: the cobweb, temperature.


def cobweb_of_em() -> Live:
    """Follow EM for one unknown as a staircase between its map and the diagonal."""
    low, high = -0.06, 0.64
    grid = np.linspace(low, high, 281)
    with look():
        fig, web, way = panels(3.6, 1, 1.1)
        web.plot([low, high], [low, high], color=FAINT, lw=1.5)
        for axis in (web.xaxis, web.yaxis):
            marks.ticks(axis, 0, 0.2, 0.4, 0.6)
        web.set(xlim=(low, high), ylim=(low, 0.5), xlabel="gap g: coin A − coin B")
        web.set_title("one iteration: the next gap M(g)")
        way.set(xlim=(-0.5, ITERATIONS + 0.5), ylim=(LEAST, 3), yscale="log")
        way.set(xlabel="iteration", title="distance left; dashed: by the slope")
        way.grid(axis="y", color=marks.GRID)

    @lru_cache(maxsize=8)
    def map_of(heads):
        x = np.array([(int(h), 10 - int(h)) for h in heads.split()])
        return x, next_gap(x, grid), resting_gap(x)

    @lru_cache(maxsize=64)
    def run(heads, start):
        x, _, top = map_of(heads)
        gaps, end = gap_run(x, start, ITERATIONS), top if start > 0 else 0.0
        return gaps, abs(gaps - end), gap_slope(x, end)

    def show(heads, start, iteration):
        _, heights, top = map_of(heads)
        gaps, left, rate = run(heads, start)
        rests = np.array([0, top] if top > 0 else [0])
        marks.curve(web, grid, heights, lw=3)
        steps = staircase(gaps, iteration)
        marks.curve(web, *steps, color=RED, lw=1.3)
        web.plot(rests, rests, "o", mfc="white", mec=INK, mew=2, ms=9)
        web.plot(start, 0, "s", color=INK, ms=7)
        marks.here(web, steps[0][-1], steps[1][-1])
        marks.handle(web, start, 0, across="start")
        way_left_over(way, left, iteration, rate)
        n, where = int(iteration), "the saddle" if start == 0 < top else "the end"
        gap, slope = number(gaps[n], 3), number(rate, 3)
        return f"Iteration {n}: the gap is {gap}; the slope at {where} is {slope}"

    options = [(f"{heads} heads", heads) for heads in HEADS]
    return Live(
        fig,
        show,
        heads=choice("trials", options, HEADS[3]),
        start=slider("gap at the start", 0.06, 0.0, 0.6, 0.02),
        iteration=player("iteration", ITERATIONS, glides=True),
        strip=(
            {"iteration": 12},
            {"heads": HEADS[1], "start": 0.6, "iteration": 12},
        ),
    )


def staircase(gaps, t):
    """Return the way after t iterations, x and y: up to the curve, then across."""
    n = int(t)
    corners = np.repeat(gaps[: n + 1], 2)
    x, y = list(corners[:-1]), [0, *corners[2:]]
    if t > n:
        now, then = gaps[n], gaps[n + 1]
        up, over = np.clip((2 * (t - n), 2 * (t - n) - 1), 0, 1)
        below = now if n else 0
        x += [now, now + over * (then - now)]
        y += [below + up * (then - below)] * 2
    return x, y


def way_left_over(ax, left, now, rate):
    """Draw what is `left` (n,) of the way up to `now`, and a line of slope `rate`."""
    seen = max(int(np.count_nonzero(left > LEAST)), 1)
    n, logs = np.arange(seen), np.log10(np.maximum(left[:seen], LEAST))
    if rate > 1e-6:
        line = left[seen - 1] * rate ** (n - seen + 1.0)
        marks.curve(ax, n, line, color=FAINT, ls="--", lw=3)
    now = min(now, seen - 1)
    done, heights = marks.until(now, logs)
    marks.curve(ax, done, 10**heights, marker="o", ms=4, lw=1.2)
    marks.here(ax, now, 10 ** heights[-1])


def temperature_of_labels() -> Live:
    """Melt or harden the responsibilities, and see where two coins end."""
    x, start = coin_trials(), CoinMixture([0.67, 0.65])
    merge = 1 / overdispersion(x)

    @lru_cache(maxsize=512)
    def end(beta):
        return tempered_end(start, x, beta)

    betas = np.union1d(np.geomspace(0.2, 20, 81), merge * np.array([1, 1.02, 1.05]))
    ends = np.array([end(float(beta)).heads for beta in betas])
    with look():
        fig, whose, coins = panels(3.4, 1, 1.4)
        marks.trial_axes(whose, x, "A's share of each trial")
        for k, name in enumerate("AB"):
            marks.curve(coins, betas, ends[:, k], k)
            at = (betas[-1] * 0.97, ends[-1, k] + (0.035, -0.035)[k])
            style = {"color": COLOURS[k], "ha": "right", "va": ("bottom", "top")[k]}
            coins.text(*at, f"coin {name} {marks.SYMBOLS[k]}", **style)
        coins.axvline(merge, color=FAINT, ls=":")
        coins.text(merge * 0.96, 0.84, "1/φ", ha="right")
        coins.axvline(1, color=FAINT, ls=":")
        coins.text(1.04, 0.84, "EM")
        coins.set(xscale="log", xlim=(0.92 * betas[0], 1.08 * betas[-1]))
        coins.set(ylim=(0.36, 0.88), xlabel="β: melted to hard")
        marks.ticks(coins.xaxis, 0.3, 1, 3, 10)
        coins.set_xticks((), minor=True)
        marks.ticks(coins.yaxis, 0.5, 0.66, 0.8)
        coins.set_title("where the coins end")

    def show(decade):
        beta = 10.0**decade
        model = end(beta)
        marks.trial_shares(whose, tempered(model.log_joint(x), beta))
        marks.curve(coins, [beta, beta], [0.36, 0.83], color=RED, lw=1.5)
        for k, theta in enumerate(model.heads):
            coins.plot(beta, theta, MARKERS[k], color=COLOURS[k], mec=INK, ms=11)
            marks.handle(coins, beta, theta, across=("decade", np.log10), ms=19)
        a, b = model.heads
        how = "merge at" if a - b < 0.005 else "end at"
        return (
            f"β = {number(beta)}: from (.67, .65) the coins {how} "
            f"{number(a)} and {number(b)}"
        )

    words = "−.7 is β = .2, 0 is EM, 1.3 is β = 20"
    return Live(
        fig,
        show,
        decade=slider("log₁₀ β", 0.0, -0.7, 1.3, 0.02, words),
        strip=({"decade": -0.3}, {"decade": 1.0}),
    )


# Pictures that stand still.


def collapse_in_slow_motion(trace, sane):
    """Return ℓ and the smallest σ in each iteration of a run that collapsed."""
    n = np.arange(len(trace.models))
    sigmas = [np.sqrt(m.covariances.min()) for m in trace.models]
    with look():
        fig, left, right = panels(3.2, 1, 1)
        left.plot(n[1:], trace.log_likelihoods[1:], color=INK, marker=".", ms=10)
        level(left, sane, 1, (1, 2))
        left.set(xlabel="iteration", ylim=(None, sane + 5))
        left.set_title("log-likelihood ℓ")
        right.plot(n, sigmas, color=COLOURS[0], marker=MARKERS[0], ms=5)
        right.set(xlabel="iteration", yscale="log")
        right.set_title("σ of the narrow component ●")
        for ax in (left, right):
            ax.grid(axis="y", color=marks.GRID)
        middle = len(n) // 2
        return Picture(
            fig,
            f"Iteration {middle}: ℓ = {number(trace.log_likelihoods[middle], 1)}, "
            f"σ = {sigmas[middle]:.2f}; iteration {n[-1]}: ℓ = "
            f"{number(trace.log_likelihoods[-1], 1)}, σ = {sigmas[-1]:.0e}",
        )


def two_ways_to_infinity(x):
    """Return a cloud with a component shrunk on a point and one flattened on a line."""
    one, other, level_line = x[0], x[1], np.array([1.0, 0.0])
    cases = {  # name: where, along what, points inside
        "point": (one, None, 1),
        "line through 2": ((one + other) / 2, other - one, 2),
        "line through 1": (one, level_line, 1),
        "line through none": (one + (0, 0.13), level_line, 0),
    }
    decades, slopes = np.linspace(0, -5, 41), []
    with look():
        fig = figure(9, 3.7)
        axes = fig.subplot_mosaic("abe\ncde", width_ratios=(1, 1, 2.1))
        right = axes["e"]
        for i, (name, (origin, along, inside)) in enumerate(cases.items()):
            ax = axes["acbd"[i]]
            ax.plot(*x.T, "o", color=FAINT, ms=3)
            ax.plot(*x[:inside].T, "o", color=RED, ms=6)
            model = squeezed(x, origin, along, 0.12)
            marks.ellipses(ax, model.means, model.covariances, deviations=[2])
            ax.set(xticks=(), yticks=(), xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
            ax.set_title(name, size=11)
            models = [squeezed(x, origin, along, 10**d) for d in decades]
            ells = [model.log_likelihood(x) for model in models]
            slopes.append(f"{name} {number((ells[-1] - ells[-9]) / np.log(10))}")
            right.plot(decades, ells, color=INK, ls=LINES[i], label=name)
        right.set(xlim=(0, -5), xlabel="log₁₀ of the width")
        right.set_title("log-likelihood ℓ")
        right.legend(loc="upper left")
        said = ", ".join(slopes)
        return Picture(fig, f"ℓ gains, in ln 10 for each power of ten: {said}")


def where_numbers_end():
    """Return the density of N(0, 1) far out: as a float, and by its logarithm."""
    distance = np.linspace(0, 50, 501)
    log_density = -0.5 * distance**2 - 0.5 * np.log(2 * np.pi)
    density = np.exp(log_density)
    seen = density > 0
    last = distance[seen].max()
    with look():
        fig, ax = panels(2.8, 1)
        marks.curve(ax, distance, log_density / np.log(10), 0, ls="--", lw=2.5)
        marks.curve(ax, distance[seen], np.log10(density[seen]), lw=4, alpha=0.6)
        ax.plot([last], [np.log10(density[seen][-1])], "X", color=RED, ms=13)
        ax.axhline(-323.3, color=FAINT, ls=":", lw=1.5)
        ax.text(0.4, -372, "smallest number above 0 that the computer has")
        ax.text(last + 0.8, -290, "the density is now 0", color=RED, weight="bold")
        ax.text(43, -480, "its logarithm goes on", color=COLOURS[0], ha="right")
        ax.set(xlim=(0, 50), ylim=(-560, 12), title="log₁₀ of the density")
        ax.set(xlabel="standard deviations from the mean")
        return Picture(
            fig,
            f"The density of N(0, 1) is 0 to the computer beyond {number(last, 1)} "
            f"standard deviations; its logarithm at 50 is {number(log_density[-1], 1)}",
        )


def same_pairs_of_tosses(coins, other):
    """Return how two pairs of coins distribute the heads of 2 and of 3 tosses."""
    differ = []
    with look():
        fig, *axes = panels(2.9, 3, 4)
        for ax, tosses in zip(axes, (2, 3), strict=True):
            h = np.arange(tosses + 1)
            both = [outcomes(model, tosses) for model in (coins, other)]
            for k, (p, shift) in enumerate(zip(both, (-0.2, 0.2), strict=True)):
                marks.bars(ax, h + shift, p, width=0.38, k=k)
                for m in h:
                    ax.text(m + shift, p[m] + 0.01, number(p[m], 3), ha="center")
            gap = number(abs(both[0] - both[1]).max(), 3)
            differ.append(f"{tosses} tosses differ by at most {gap}")
            ax.set(xlim=(-0.5, tosses + 0.5), ylim=(0, 0.54), yticks=(), xticks=h)
            ax.set(xlabel=f"heads in {tosses} tosses", title=f"{tosses} tosses a trial")
            ax.spines["left"].set_visible(False)
        names = [
            f"θ {number(m.heads[0])}, {number(m.heads[1])}, π {number(m.weights[0])}"
            for m in (coins, other)
        ]
        fig.suptitle(f"plain: {names[0]}      hatched: {names[1]}", size=11)
        return Picture(fig, f"{names[0]} and {names[1]}: " + ", ".join(differ))
