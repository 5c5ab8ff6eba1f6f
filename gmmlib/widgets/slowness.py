"""Live figures of chapter 8's second half: cobweb, labels told, temperature."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture, RevealedCoins
from gmmlib.convergence import (
    convergence_rates,
    gap_slope,
    next_gap,
    overdispersion,
    resting_gap,
    tempered_step,
    way_left,
)
from gmmlib.datasets import coin_trials, revealed_trials
from gmmlib.em import em, tempered
from gmmlib.plots.coins import Shares
from gmmlib.plots.slowness import ByTemperature, Cobweb, Rates, WayLeft
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider

ITERATIONS = 30
TRIALS = (
    *((6, 7, 7, 6, 7), (5, 8, 8, 5, 7), (5, 8, 9, 5, 6)),
    *((5, 9, 8, 4, 7), (4, 9, 9, 4, 7)),
)


def cobweb_of_em():
    """Follow EM for one unknown as a staircase between its map and the diagonal."""

    @lru_cache(maxsize=64)
    def run(heads, start):
        x = np.array([(h, 10 - h) for h in heads])
        gaps = [start]
        for _ in range(ITERATIONS):
            gaps.append(float(next_gap(x, gaps[-1])))
        top = resting_gap(x)
        rests = [0, top] if top > 0 else [0]
        end = top if start > 0 else 0.0
        return x, gaps, abs(np.array(gaps) - end), gap_slope(x, end), rests

    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.1))
        web, left = Cobweb(axes[0]), WayLeft(axes[1], ITERATIONS)

    def update(heads, start, iteration):
        x, gaps, way, rate, rests = run(heads, start)
        return [
            *web.show(x, gaps, iteration, rests),
            *left.show(way, iteration, rate),
        ]

    def sentence(heads, start, iteration):
        x, gaps, _, rate, rests = run(heads, start)
        where = "the saddle" if start == 0 and len(rests) > 1 else "the end"
        return (
            f"Overdispersion {number(overdispersion(x), 3)}; iteration {iteration}: "
            f"gap {number(gaps[iteration], 3)}; slope at {where} {number(rate, 3)}"
        )

    options = [(f"{' '.join(map(str, heads))} heads", heads) for heads in TRIALS]
    return Live(
        fig,
        controls={
            "heads": choice("trials", options, TRIALS[3]),
            "start": slider("gap at the start", 0.06, 0.0, 0.6, 0.02),
            "iteration": slider("iteration", 0, 0, ITERATIONS, 1),
        },
        update=update,
        sentence=sentence,
        strip=(
            {"iteration": 12},
            {"heads": TRIALS[1], "start": 0.6, "iteration": 12},
        ),
        player="iteration",
    )


def labels_told_and_rate():
    """Tell 0 to 5 of the coins: the rate of EM is the information that is missing."""
    x, runs = coin_trials(), []
    for told in range(len(x) + 1):
        data = revealed_trials(told)
        trace = em(RevealedCoins([0.6, 0.5]), data, max_iter=80, tol=None)
        way = way_left(trace.models)
        rate = abs(convergence_rates(trace.model, data)[0])
        runs.append((trace.model.responsibilities(data), way, rate))
    with look():
        fig = figure(9, 3.3)
        axes = fig.subplots(1, 3, width_ratios=(1, 1.1, 1))
        shares = Shares(axes[0], x)
        rates = Rates(axes[1], [rate for *_, rate in runs])
        left = WayLeft(axes[2], ITERATIONS)
        axes[2].set_title("way left; dashed: rate")

    def update(told):
        r, way, rate = runs[told]
        return [
            *shares.show(r, range(told)),
            *rates.show(told),
            *left.show(way[: ITERATIONS + 1], ITERATIONS, rate),
        ]

    def sentence(told):
        *_, rate = runs[told]
        return (
            f"{told} of {len(x)} coins told: in its slowest direction EM misses "
            f"{number(rate, 3)} of the information, and leaves {number(rate, 3)} of "
            "the way in each late iteration"
        )

    return Live(
        fig,
        controls={"told": slider("coins told", 0, 0, len(x), 1)},
        update=update,
        sentence=sentence,
        strip=({"told": 0}, {"told": 3}),
    )


def temperature_of_labels():
    """Melt or harden the responsibilities, and see where two coins end."""
    x, start = coin_trials(), CoinMixture([0.67, 0.65])
    merge = 1 / overdispersion(x)

    @lru_cache(maxsize=512)
    def end(beta):
        model = start
        for _ in range(600):
            before, model = model, tempered_step(model, x, beta)
            if abs(model.heads - before.heads).max() < 1e-6:
                break
        return model

    betas = np.union1d(np.geomspace(0.2, 20, 81), merge * np.array([1, 1.02, 1.05]))
    ends = np.array([end(float(beta)).heads for beta in betas])
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.4))
        shares = Shares(axes[0], x)
        axes[0].set_title("A's share of each trial")
        coins = ByTemperature(axes[1], betas, ends, merge)

    def update(decade):
        beta = 10.0**decade
        model = end(beta)
        r = tempered(model.log_joint(x), beta)
        return [*shares.show(r), *coins.show(beta, model.heads)]

    def sentence(decade):
        beta = 10.0**decade
        a, b = end(beta).heads
        how = "merge at" if a - b < 0.005 else "end at"
        return (
            f"β = {number(beta)}: from (.67, .65) the coins {how} "
            f"{number(a)} and {number(b)}"
        )

    return Live(
        fig,
        controls={
            "decade": slider(
                "log₁₀ β", 0.0, -0.7, 1.3, 0.02, "−.7 is β = .2, 0 is EM, 1.3 is β = 20"
            )
        },
        update=update,
        sentence=sentence,
        strip=({"decade": -0.3}, {"decade": 1.0}),
    )
