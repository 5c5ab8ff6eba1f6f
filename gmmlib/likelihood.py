"""Likelihoods as curves and surfaces, their slopes, and log-odds (chapters 2 to 5).

What the chapters draw before, or beside, EM: the heights that it climbs, for one coin,
two coins and one Gaussian, and the joint densities of components at many places.
"""

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.em import posterior
from gmmlib.gaussians import GaussianMixture
from gmmlib.jensen import entropy, log_sum_bound

# Coins.


def log_probabilities(x, theta):
    """Return ln p(trial | θ) of each trial for each θ of an array (G,), shape (N, G).

    One mixture of all these coins gives every ln(1/G) + ln p in one call.
    """
    return CoinMixture(theta).log_joint(x) + np.log(len(theta))


def coin_log_likelihood(h, t, theta):
    """Return ln p(h heads, t tails | θ) for each θ of an array (G,)."""
    return log_probabilities([[h, t]], theta)[0]


def coin_slope(h, t, theta):
    """Return dℓ/dθ = h/θ − t/(1 − θ), where 0/0 = 0 and θ = 0 or 1 may give ±∞."""
    up = h / theta if theta > 0 else (np.inf if h else 0.0)
    down = t / (1 - theta) if theta < 1 else (np.inf if t else 0.0)
    return up - down


def log_likelihood_surface(x, weights, grid):
    """Return ℓ for every pair of coins on `grid`: entry [b, a] has θ_A = grid[a]."""
    every = log_probabilities(x, grid)
    with np.errstate(divide="ignore"):
        log_a, log_b = np.log(weights)
    pairs = np.logaddexp(log_a + every[:, None, :], log_b + every[:, :, None])
    return np.maximum(pairs.sum(axis=0), -1e3)


def log_likelihood_and_bound(x, theta_a, theta_b, q):
    """Return ℓ, and the bound of labels q (N, 2), for each θ_A of (G,) beside one θ_B.

    Both coins are equally probable.
    """
    log_a = log_probabilities(x, theta_a) - np.log(2)
    log_b = log_probabilities(x, [theta_b]) - np.log(2)
    ell = np.logaddexp(log_a, log_b).sum(axis=0)
    return ell, q[:, 0] @ log_a + q[:, 1] @ log_b + entropy(q).sum()


def divergence(q, log_joint):
    """Return KL(q ‖ posterior) in nats, summed over the rows of q (N, K).

    The bound under ln Σ_k r_nk = ln 1 = 0 is −KL: so KL ≥ 0 is Jensen's inequality.
    """
    _, log_evidence = posterior(log_joint)
    return -log_sum_bound(log_joint - log_evidence[:, None], q).sum()


# One Gaussian on a line.


def gaussian_slopes(points, mean, sigma):
    """Return ∂ℓ/∂μ and ∂ℓ/∂σ of one Gaussian for points (N,) on a line."""
    deviations = points - mean
    by_sigma = -len(points) / sigma + (deviations**2).sum() / sigma**3
    return deviations.sum() / sigma**2, by_sigma


def gaussian_surface(points, means, sigmas):
    """Return ℓ(μ, σ) of one Gaussian, (σ, μ), for points on a line and every pair."""
    mu, sigma = (g.ravel() for g in np.meshgrid(means, sigmas))
    every = GaussianMixture(np.full(mu.size, 1 / mu.size), mu, sigma**2)
    height = (every.log_joint(points) + np.log(mu.size)).sum(axis=0)
    return height.reshape(len(sigmas), len(means))


# Weights.


def weights_of_equal_height(counts, scale, pi_1):
    """Return the π₂ beside each π₁ (G,) at which Σ_k N_k ln π_k is that of a scale.

    The level curve goes through scale · N_k / N, where Σ_k N_k ln(π_k N / (scale N_k))
    is 0: at scale 1 it touches the line π₁ + π₂ = 1.
    """
    shares = np.asarray(counts) / np.sum(counts)
    log_y = -shares[0] / shares[1] * np.log(pi_1 / (scale * shares[0]))
    return scale * shares[1] * np.exp(np.minimum(log_y, 9))


# Components on a line, and in the plane.


def joint_densities(model, x, weighted=True):
    """Return π_k N(x | μ_k, σ_k²) for each x of an array (G,), shape (K, G).

    Not `weighted`, the factors π_k are left out, as some formulas forget them.
    """
    return np.exp(_log_parts(model, x, weighted)).T


def shares(model, x, weighted=True):
    """Return the shares of the components in their sum at each x, shape (K, G).

    From logarithms: far from all of them every density is rounded to 0.
    """
    return posterior(_log_parts(model, x, weighted))[0].T


def _log_parts(model, x, weighted):
    log_joint = model.log_joint(x)
    return log_joint if weighted else log_joint - np.log(model.weights)


def hardened(r):
    """Return hard assignments, (N, K): all of each point to its largest share of r."""
    return np.eye(r.shape[1])[r.argmax(axis=1)]


def log_odds(model, x):
    """Return ln p(z = 1 | x) − ln p(z = 2 | x) of two components, shape (N,)."""
    first, second = model.log_joint(x).T
    return first - second


def turning_point(model):
    """Return the x where the log-odds of two components turn back; None if straight.

    Their derivative −(x − μ₁)/σ₁² + (x − μ₂)/σ₂² is zero there.
    """
    precisions = 1 / model.covariances[:, 0, 0]
    if np.isclose(*precisions):
        return None
    first, second = precisions * model.means[:, 0]
    return (first - second) / (precisions[0] - precisions[1])


def covariance_with_axes(length, width, degrees):
    """Return the covariance (2, 2) of these standard deviations, the first turned."""
    angle = np.radians(degrees)
    way = np.array([[np.cos(angle)], [np.sin(angle)]])
    return width**2 * np.eye(2) + (length**2 - width**2) * way @ way.T
