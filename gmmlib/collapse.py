"""How EM fails: a likelihood without bound, two cures, twins (chapters 6 and 8)."""

from math import comb

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics.guards import TINY, CollapseError
from gmmlib.prior import CovariancePrior
from gmmlib.wrong_formulas import SYMBOLS

WEIGHT = 0.1  # of the component that shrinks


def follow(start, x, iterations):
    """Return the trace of EM for so many M-steps, and why it ended early, or ""."""
    trace, collapse = until_collapse(start, x, max_iter=iterations, tol=None)
    if collapse is None:
        return trace, ""
    k = collapse.component
    points = trace.model.responsibilities(x)[:, k].sum()
    how = "has lost its points" if points < TINY else "shrinks to 0"
    return trace, f"iteration {collapse.iteration} fails: {SYMBOLS[k]} {how}"


def until_collapse(start, x, **options):
    """Return the trace of EM as far as it went, and the CollapseError that ended it.

    None in its place if no component collapsed. `options` are those of `em`.
    """
    try:
        return em(start, x, progress=False, **options), None
    except CollapseError as collapse:
        return collapse.trace, collapse


def with_spike(x, at, sigma):
    """Return a mixture of one Gaussian for all of x, and a narrow one at `at`."""
    return GaussianMixture(
        [1 - WEIGHT, WEIGHT], [np.mean(x), at], [np.var(x), sigma**2]
    )


def sane_fit(x):
    """Return the trace of EM for two components, from the library's own start."""
    return em(GaussianMixture.from_points(x, 2), x, progress=False)


def from_a_narrow_start(x, at, sigma, **cure):
    """Return where EM starts: a narrow component at `at`, another for the whole x."""
    return GaussianMixture([0.5, 0.5], [at, np.mean(x)], [sigma**2, np.var(x)], **cure)


def cured(x, at, sigma, kind, strength):
    """Return the trace of EM from a narrow start with a cure of 10^strength.

    The floor is a variance. The prior is worth so many points, each with a quarter of
    the variance of x.
    """
    amount = 10.0**strength
    cure = {"covariance_floor": amount}
    if kind != "floor":
        cure = {"covariance_prior": CovariancePrior(np.var(x) / 4, amount)}
    start = from_a_narrow_start(x, at, sigma, **cure)
    return em(start, x, max_iter=1000, progress=False)


def squeezed(x, origin, direction, width):
    """Return a broad Gaussian for x, and one of `width` across a line (or a point).

    `direction` runs along the line through `origin`; None squeezes every direction.
    """
    narrow = width**2 * np.eye(2)
    if direction is not None:
        along = direction / np.linalg.norm(direction)
        narrow = narrow + 4 * np.outer(along, along)
    means = [x.mean(axis=0), origin]
    return GaussianMixture([1 - WEIGHT, WEIGHT], means, [np.cov(x.T), narrow])


def twin(coins, weight):
    """Return other coins that give the same pairs of tosses: equal E θ and E θ²."""
    mean = coins.weights @ coins.heads
    spread = np.sqrt(coins.weights @ np.square(coins.heads - mean))
    odds = np.sqrt((1 - weight) / weight)
    heads = [mean + spread * odds, mean - spread / odds]
    return CoinMixture(heads, [weight, 1 - weight], learn_weights=True)


def outcomes(coins, tosses):
    """Return the probability of 0, 1, …, `tosses` heads in one trial."""
    h = np.arange(tosses + 1)
    orders = np.array([comb(tosses, heads) for heads in h.tolist()], float)
    each = np.exp(coins.log_joint(np.column_stack([h, tosses - h])))
    return orders * each.sum(axis=1)
