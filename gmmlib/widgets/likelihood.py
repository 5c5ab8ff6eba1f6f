"""Live figures of chapter 2: one coin's likelihood, one Gaussian, two weights."""

import numpy as np

from gmmlib.datasets import three_groups
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import coin_log_likelihood, gaussian_slopes
from gmmlib.plots.likelihood import (
    Bell,
    CoinCurves,
    Hill,
    Tanks,
    WeightPlane,
    nats,
)
from gmmlib.show.look import figure, look, number, scientific
from gmmlib.widgets.live import Live, slider


def coin_likelihood():
    """Choose heads and tails; compare the place of the curve's top with its height."""
    with look():
        fig = figure(9, 3.5)
        curves = CoinCurves(fig.subplots(1, 2))

    def sentence(heads, tails, theta):
        at = coin_log_likelihood(heads, tails, np.array([theta]))[0]
        here = f"at θ = {number(theta)}: {scientific(np.exp(at))} (ℓ = {nats(at)})"
        if heads + tails == 0:
            return f"No tosses: every θ has likelihood 1, there is no top; {here}"
        best = heads / (heads + tails)
        top = coin_log_likelihood(heads, tails, np.array([best]))[0]
        return (
            f"{_counted(heads, 'head')}, {_counted(tails, 'tail')}: "
            f"top at θ = {number(best)}, height {scientific(np.exp(top))} "
            f"(ℓ = {number(top)}); {here}"
        )

    return Live(
        fig,
        controls={
            "heads": slider("heads", 5, 0, 50, 1),
            "tails": slider("tails", 5, 0, 50, 1),
            "theta": slider("θ", 0.6, 0.0, 1.0, 0.01),
        },
        update=curves.show,
        sentence=sentence,
        strip=({}, {"heads": 50, "tails": 50}),
    )


def one_gaussian():
    """Move a bell over twelve points, and climb the hill of their log-likelihood."""
    x, z = three_groups()
    points = x[z == 1][:12, 0]
    mean, spread = points.mean(), points.std()
    with look():
        fig = figure(9, 3.5)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.25))
        bell = Bell(axes[0], points, 0, 60, 0.102)
        hill = Hill(
            axes[1],
            points,
            np.linspace(8, 48, 121),
            np.linspace(3, 27, 97),
            (mean, spread),
        )

    def model_of(mu, sigma):
        return GaussianMixture([1], [mu], [sigma**2])

    def update(mu, sigma):
        model, slopes = model_of(mu, sigma), gaussian_slopes(points, mu, sigma)
        height = model.log_likelihood(points)
        return [*bell.show(model), *hill.show(mu, sigma, height, slopes)]

    def sentence(mu, sigma):
        by_mu, by_sigma = gaussian_slopes(points, mu, sigma)
        return (
            f"μ = {number(mu, 1)}, σ = {number(sigma, 1)}: "
            f"ℓ = {number(model_of(mu, sigma).log_likelihood(points))}, slopes "
            f"{number(by_mu)} along μ and {number(by_sigma)} along σ"
        )

    return Live(
        fig,
        controls={
            "mu": slider("μ", 35.0, 10.0, 45.0, 0.1),
            "sigma": slider("σ", 5.0, 4.0, 25.0, 0.1),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"mu": round(mean, 1), "sigma": round(spread, 1)}),
    )


def weights_on_a_line():
    """Move two weights along π₁ + π₂ = 1 until the levels N_k / π_k are equal."""
    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.1))
        plane, tanks = WeightPlane(axes[0]), Tanks(axes[1])

    def update(n1, n2, pi1):
        counts, weights = (n1, n2), (pi1, 1 - pi1)
        return [*plane.show(counts, weights), *tanks.show(counts, weights)]

    def sentence(n1, n2, pi1):
        one, two = n1 / pi1, n2 / (1 - pi1)
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
        controls={
            "n1": slider("N₁, points of 1", 3, 1, 49, 1),
            "n2": slider("N₂, points of 2", 2, 1, 49, 1),
            "pi1": slider("π₁", 0.4, 0.02, 0.98, 0.01),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"pi1": 0.6}),
    )


def _counted(n, thing):
    return f"{n} {thing}{'s' * (n != 1)}"
