"""Live figures of chapter 3: Bayes' rule, the coin explorer, labels told one by one."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture, RevealedCoins
from gmmlib.collapse import follow
from gmmlib.convergence import way_left
from gmmlib.datasets import coin_trials, revealed_trials
from gmmlib.em import em
from gmmlib.likelihood import log_probabilities
from gmmlib.plots.coins import (
    NAMES,
    Climb,
    Columns,
    Distances,
    Heads,
    Likelihoods,
    Shares,
    Surface,
    Urns,
)
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, slider, switch

ITERATIONS = 20


def coin_explorer():
    """Choose where two coins start, then watch EM pour tosses and climb."""
    x = coin_trials()

    @lru_cache(maxsize=8)
    def run(theta_a, theta_b, weight, learn):
        start = CoinMixture([theta_a, theta_b], [weight, 1 - weight], learn)
        return follow(start, x, ITERATIONS)

    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 4, width_ratios=(1.25, 0.85, 1.15, 1.05))
        shares, urns = Shares(axes[0], x), Urns(axes[1], x.sum())
        surface, climb = Surface(axes[2], x), Climb(axes[3], ITERATIONS, top=-31.5)

    def update(theta_a, theta_b, weight, learn, iteration):
        trace = run(theta_a, theta_b, weight, learn)
        iteration = trace.at(iteration)
        model = trace.models[iteration]
        poured, _ = model.e_step(x)
        return [
            *shares.show(model.responsibilities(x)),
            *urns.show(poured.heads, poured.tails),
            *surface.show(trace.models, iteration),
            *climb.show(trace.log_likelihoods, iteration),
        ]

    def sentence(theta_a, theta_b, weight, learn, iteration):
        trace = run(theta_a, theta_b, weight, learn)
        iteration = trace.at(iteration)
        model = trace.models[iteration]
        coins = ", ".join(
            f"coin {name} {number(theta)}"
            for name, theta in zip(NAMES, model.heads, strict=False)
        )
        share = f", share of A {number(model.weights[0])}" if learn else ""
        return (
            f"Iteration {iteration}: {coins}{share}, "
            f"log-likelihood {number(trace.log_likelihoods[iteration])}"
        )

    return Live(
        fig,
        controls={
            "theta_a": slider("θ of A at the start", 0.6, 0.02, 0.98, 0.01),
            "theta_b": slider("θ of B at the start", 0.5, 0.02, 0.98, 0.01),
            "weight": slider("share of coin A", 0.5, 0.0, 1.0, 0.05),
            "learn": switch("learn the share too"),
            "iteration": slider("iteration", 0, 0, ITERATIONS, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"iteration": 0}, {"iteration": 10}),
        player="iteration",
    )


def bayes_rule():
    """Choose a trial and two coins; read Bayes' rule from left to right."""
    with look():
        fig = figure(9, 3.2)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.6))
        likelihoods = Likelihoods(axes[0])
        columns = Columns(axes[1], ("prior", "likelihood", "joint", "posterior"))
        axes[1].set_title("each column shared between A (below) and B (above)")

    def rule(heads, theta_a, theta_b, prior):
        trial = (heads, 10 - heads)
        model = CoinMixture([theta_a, theta_b], [prior, 1 - prior])
        joint = np.exp(model.log_joint([trial])[0])
        likelihood = np.exp(log_probabilities([trial], model.heads)[0])
        return trial, model, likelihood, joint, model.responsibilities([trial])[0]

    def update(**values):
        trial, model, likelihood, joint, posterior = rule(**values)
        columns_shown = (model.weights, likelihood, joint, posterior)
        labels = [
            [number(v) if m in (0, 3) else f"{v:.2e}" for v in column]
            for m, column in enumerate(columns_shown)
        ]
        return [
            *likelihoods.show(trial, model.heads),
            *columns.show([c / c.sum() for c in columns_shown], labels),
        ]

    def sentence(**values):
        (h, t), model, likelihood, _, posterior = rule(**values)
        return (
            f"{h} head{'s' * (h != 1)}, {t} tail{'s' * (t != 1)}: "
            f"p(trial | A) = {likelihood[0]:.3g}, "
            f"p(trial | B) = {likelihood[1]:.3g}; with prior "
            f"{number(model.weights[0])} for A, "
            f"p(A | trial) = {number(posterior[0], 3)}"
        )

    return Live(
        fig,
        controls={
            "heads": slider("heads of ten", 5, 0, 10, 1),
            "theta_a": slider("θ of coin A", 0.6, 0.02, 0.98, 0.01),
            "theta_b": slider("θ of coin B", 0.5, 0.02, 0.98, 0.01),
            "prior": slider("prior of coin A", 0.5, 0.05, 0.95, 0.05),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"heads": 9}),
    )


def reveal_labels():
    """Tell 0 to 5 of the true coins, one trial after another, and see what EM gains."""
    x, runs = coin_trials(), []
    for told in range(len(x) + 1):
        data = revealed_trials(told)
        runs.append((data, em(RevealedCoins([0.6, 0.5]), data, max_iter=60, tol=None)))

    distances = [_to_go(trace) for _, trace in runs]
    with look():
        fig = figure(9, 3.2)
        axes = fig.subplots(1, 3, width_ratios=(1.2, 1, 1))
        shares = Shares(axes[0], x)
        heads = Heads(axes[1], runs[-1][1].model.heads)
        to_go = Distances(axes[2], distances)

    def update(told):
        data, trace = runs[told]
        return [
            *shares.show(trace.model.responsibilities(data), range(told)),
            *heads.show(trace.model.heads),
            *to_go.show(distances[told]),
        ]

    def sentence(told):
        theta_a, theta_b = runs[told][1].model.heads
        left = distances[told]
        return (
            f"{told} of {len(x)} coins told: coin A {number(theta_a)}, "
            f"coin B {number(theta_b)}; late on, each iteration leaves "
            f"{number(left[-1] / left[-2], 3)} of the way"
        )

    return Live(
        fig,
        controls={"told": slider("coins told", 0, 0, len(x), 1)},
        update=update,
        sentence=sentence,
        strip=({"told": 2}, {"told": 3}),
    )


def _to_go(trace):
    """Return what is left of the way after each iteration, down to 1e-10."""
    left = way_left(trace.models)
    return left[: max(2, np.count_nonzero(left > 1e-10))]
