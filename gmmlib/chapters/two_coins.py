"""Chapter 3: two urns, Bayes' rule, the coin explorer, labels told one by one."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture, RevealedCoins
from gmmlib.collapse import follow
from gmmlib.convergence import way_left
from gmmlib.datasets import coin_trials, revealed_trials
from gmmlib.em import em
from gmmlib.likelihood import log_probabilities
from gmmlib.show import marks
from gmmlib.show.controls import player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, figure, look, number, panels
from gmmlib.show.palette import COLOURS, RED

ITERATIONS = 20


def two_urns(theta_a=0.5, theta_b=0.3) -> Live:
    """Guess two coins; each trial is divided, and poured into their urns."""
    x, names = coin_trials(), ("theta_a", "theta_b")
    with look():
        fig, trials, urns, line = panels(3.4, 1.5, 0.9, 1.2)
        marks.trial_axes(trials, x, "tosses: A above, B below")
        trials.set(xlim=(0, 13.2), xticks=())
        trials.spines["bottom"].set_visible(False)
        marks.urn_axes(urns, x)
        marks.theta_axes(line, "ring → heads ÷ tosses")

    def show(theta_a, theta_b):
        guess = CoinMixture([theta_a, theta_b])
        poured, _ = guess.e_step(x)
        divide_tosses(trials, x, guess.responsibilities(x))
        marks.pour(urns, poured.heads, poured.tails)
        better = guess.m_step(poured).heads
        for k, (old, new) in enumerate(zip(guess.heads, better, strict=True)):
            marks.curve(line, [old, new], [k, k], k, ls="-")
            marks.handle(line, old, k, across=names[k])
            marks.spot(line, new, k, k, mec="white", ms=12, zorder=7)
            words = f"{marks.COINS[k]}: {number(old)} → {number(new)}"
            middle = np.clip((old + new) / 2, 0.25, 0.75)
            marks.word(line, middle, k - 0.32, words, COLOURS[k], size=12)
        counts = zip(poured.heads, poured.heads + poured.tails, strict=True)
        a, b = (f"{heads:.1f} heads of {tosses:.1f}" for heads, tosses in counts)
        said = f"From the guess {number(theta_a)} and {number(theta_b)}, "
        return f"{said}urn A gets {a} tosses, urn B {b}"

    return Live(
        fig,
        show,
        theta_a=slider("guess for A", theta_a, 0.02, 0.98, 0.01),
        theta_b=slider("guess for B", theta_b, 0.02, 0.98, 0.01),
    )


def divide_tosses(ax, x, r):
    """Divide the tosses of trials x (N, 2), heads filled, tails hollow, by r (N, 2)."""
    n, toss = np.indices((len(x), x.sum(axis=1).max()))
    is_head = toss < x[:, :1]
    is_tail = ~is_head & (toss < x.sum(axis=1)[:, None])
    top = np.arange(len(x)) - 0.4
    for k, share in enumerate(0.8 * r.T):
        empty = {"facecolor": "white", "edgecolor": COLOURS[k], "hatch": ""}
        for side, style in ((is_head, {}), (is_tail, empty)):
            at, wide = (top + share / 2)[n[side]], share[n[side]]
            marks.bars(ax, at, 1.0, toss[side], wide, True, k, linewidth=1, **style)
        top = top + share
        for row, part in enumerate(r[:, k]):
            words = f"{number(part)} {marks.COINS[k]}"
            marks.word(ax, 10.3, row + 0.4 * k - 0.2, words, COLOURS[k], ha="left")


def coin_explorer() -> Live:
    """Choose where two coins start, then watch EM pour tosses and climb."""
    x = coin_trials()
    with look():
        fig, whose, urns, square, ascent = panels(3.4, 1.1, 1, 1.15, 1.05)
        marks.trial_axes(whose, x, "p(A | trial)")
        marks.urn_axes(urns, x)
        marks.unit_square(square, "ℓ over both coins")
        ascent.set(xlim=(-0.5, ITERATIONS + 0.5), xlabel="iteration")
        ascent.set_title("ℓ over iterations")
        ascent.grid(axis="y", color=marks.GRID)

    @lru_cache(maxsize=8)
    def run(theta_a, theta_b, weight, learn):
        start = CoinMixture([theta_a, theta_b], [weight, 1 - weight], learn)
        return follow(start, x, ITERATIONS)[0]

    def show(theta_a, theta_b, weight, learn, ahead, iteration):
        trace = run(theta_a, theta_b, weight, learn)
        now = min(iteration, trace.n_iter)
        model, r = marks.moment(trace.models, x, now)
        marks.trial_shares(whose, r)
        marks.pour(urns, *(r.T @ x).T)
        way = [m.heads for m in trace.models[: int(now) + 1]]
        marks.surface(square, x, model.weights)
        marks.path(square, [*way, model.heads])
        marks.here(square, *model.heads)
        marks.handle(square, theta_a, theta_b, "theta_a", "theta_b")
        start = trace.log_likelihoods[0]
        depth = next(d for d in (2, 5, 20, 80, 320, np.inf) if d > -31.5 - start)
        ascent.set_ylim(-31.5 - depth, -31.5 + 0.08 * depth)
        marks.climb(ascent, trace.log_likelihoods, now, ahead)
        a, b = map(number, model.heads)
        share = f", share of A {number(model.weights[0])}" if learn else ""
        ell = number(trace.log_likelihoods[int(now)])
        coins = f"coin A {a}, coin B {b}{share}"
        return f"Iteration {now} has {coins} and log-likelihood {ell}"

    return Live(
        fig,
        show,
        theta_a=slider("θ of A at the start", 0.6, 0.02, 0.98, 0.01),
        theta_b=slider("θ of B at the start", 0.5, 0.02, 0.98, 0.01),
        weight=slider("share of coin A", 0.5, 0.0, 1.0, 0.05),
        learn=switch("learn the share too"),
        ahead=switch("show what comes"),
        iteration=player("iteration", ITERATIONS, glides=True),
        strip=({"iteration": 0}, {"iteration": 10}),
    )


def bayes_rule() -> Live:
    """Choose a trial and two coins; read Bayes' rule from left to right."""
    theta = np.linspace(0, 1, 201)
    with look():
        fig, over, rule = panels(3.2, 1, 1.6)
        over.set(xlim=(0, 1), ylim=(0, 1.1), xlabel="θ", yticks=())
        marks.ticks(over.xaxis, 0, 0.5, 1)
        over.set_title("p(trial | θ)")
        title = "columns divided: A below, B above"
        marks.column_axes(rule, ("prior", "likelihood", "joint", "posterior"), title)

    def show(heads, theta_a, theta_b, prior):
        h, t = heads, 10 - heads
        model = CoinMixture([theta_a, theta_b], [prior, 1 - prior])
        joint = np.exp(model.log_joint([(h, t)])[0])
        likelihood = np.exp(log_probabilities([(h, t)], model.heads)[0])
        posterior = model.responsibilities([(h, t)])[0]

        def height(theta):  # the top is 1
            return theta**h * (1 - theta) ** t / ((h / 10) ** h * (t / 10) ** t)

        marks.curve(over, theta, height(theta))
        for k, at in enumerate(model.heads):
            marks.stems(over, at, height(at), k, lw=2)
            place = at, height(at)
            marks.spot(over, *place, k, ms=12 - 5 * k, clip_on=False, zorder=5)
            name = ("theta_a", "theta_b")[k]
            marks.handle(over, *place, across=name)
        parts = (model.weights, likelihood, joint, posterior)
        labels = [
            [number(v) if m in (0, 3) else f"{v:.2e}" for v in part]
            for m, part in enumerate(parts)
        ]
        marks.columns(rule, [p / p.sum() for p in parts], labels)
        before, after = number(prior), number(posterior[0], 3)
        return (
            f"{h} heads of 10 take A's share from prior {before} to posterior {after}"
        )

    return Live(
        fig,
        show,
        heads=slider("heads of ten", 5, 0, 10, 1),
        theta_a=slider("θ of coin A", 0.6, 0.02, 0.98, 0.01),
        theta_b=slider("θ of coin B", 0.5, 0.02, 0.98, 0.01),
        prior=slider("prior of coin A", 0.5, 0.05, 0.95, 0.05),
        strip=({}, {"heads": 9}),
    )


def reveal_labels() -> Live:
    """Tell 0 to 5 of the true coins, one trial after another, and see what EM gains."""
    x, start = coin_trials(), RevealedCoins([0.6, 0.5])
    data = [revealed_trials(told) for told in range(len(x) + 1)]
    runs = [em(start, revealed, max_iter=60, tol=None) for revealed in data]
    ways = [way_left(trace.models) for trace in runs]
    left = [way[: max(2, np.count_nonzero(way > 1e-10))] for way in ways]
    known = runs[-1].model.heads
    with look():
        fig, whose, line, to_go = panels(3.2, 1.2, 1, 1)
        marks.trial_axes(whose, x, "p(A | trial)")
        for k, theta in enumerate(known):
            line.axvline(theta, color=COLOURS[k], ls="--", linewidth=1.5)
            style = {"weight": "normal"}
            marks.word(line, theta, -0.8, number(theta), COLOURS[k], "white", **style)
        line.set(xlim=(0.35, 0.9), ylim=(-1, 1), yticks=(), xlabel="θ")
        marks.ticks(line.xaxis, 0.4, 0.6, 0.8)
        line.set_title("dashed: all told")
        line.spines["left"].set_visible(False)
        for way in left:
            to_go.plot(way, color="#C8C8C8", linewidth=1.5)
        to_go.set(xlim=(0, max(map(len, left)) - 1), ylim=(1e-10, 1), yscale="log")
        to_go.set(xlabel="iteration", title="|θ − its end|")

    def show(told):
        model = runs[told].model
        heads = model.heads
        marks.trial_shares(whose, model.responsibilities(data[told]), range(told))
        for k, theta in enumerate(heads):
            marks.spot(line, theta, 0, k, ms=13, zorder=4)
            style = {"on": "white", "size": 13}
            marks.word(line, theta, 0.25, number(theta), COLOURS[k], **style)
        to_go.plot(left[told], color=RED, marker=".", markersize=8)
        a, b = map(number, heads)
        factor = number(left[told][-1] / left[told][-2], 3)
        return (
            f"With {told} of {len(x)} coins told, A is {a} and B is {b}; "
            f"late steps multiply the error by {factor}"
        )

    return Live(
        fig,
        show,
        told=slider("coins told", 0, 0, len(x), 1),
        strip=({"told": 2}, {"told": 3}),
    )


def starts_on_surface(x, traces):
    """Return a picture of ℓ(θ) with the path of each trace from start to end."""
    with look():
        fig = figure(5.4, 4.6)
        ax = fig.subplots()
        marks.unit_square(ax, "circles: starts, stars: peaks, cross: saddle")
        marks.surface(ax, np.asarray(x), traces[0].models[0].weights, size=161)
        for trace in traces:
            way = np.array([model.heads for model in trace.models])
            marks.path(ax, way)
            marks.ring(ax, *way[0])
            saddle = way[-1, 0] == way[-1, 1]
            ax.plot(*way[-1], "X" if saddle else "*", color=RED, mec="w", ms=17)
        ends = sorted({tuple(np.round(t.model.heads, 2) + 0.0) for t in traces})
        places = ", ".join(f"({number(a)}, {number(b)})" for a, b in ends)
        return Picture(fig, f"{len(traces)} starts lead to {len(ends)} ends: {places}")
