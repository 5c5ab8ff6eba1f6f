"""Wrong formulas for Gaussian mixtures, each with a name, and a loop that runs them.

`gl.em` refuses to go down; the loop here does what it is told. One keyword replaces one
right formula by a wrong one, and the log-likelihood beside it is always the right one.
A mixture is a tuple (weights, means, covariances). Read each mistake as: what is
claimed, what is wrong, what is right (chapters 6 and 11).
"""

from typing import NamedTuple

import numpy as np

from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics import checks

SYMBOLS = "●■▲◆▼✚"  # the components, as pictures mark them


class Parameters(NamedTuple):
    """What a formula takes and gives: a mixture as a tuple, checked by nobody."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


class Run(NamedTuple):
    """What a loop went through: the start and the mixture after each iteration."""

    mixtures: list  # of Parameters
    log_likelihoods: np.ndarray  # their ℓ, by the right formula
    watched: np.ndarray  # of each iteration, what the stopping rule looked at
    ended: str  # why, and in which iteration


def as_tuple(model):
    """Return the tuple (weights, means, covariances) of a `GaussianMixture`."""
    checks.instance("model", model, GaussianMixture)
    return Parameters(model.weights, model.means, model.covariances)


# The right formulas.


def log_joint(x, mixture):
    """Return ln π_k + ln N(x_n | μ_k, Σ_k), shape (N, K)."""
    weights, means, covariances = mixture
    d = x[:, None, :] - means
    squares = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covariances), d)
    return _with_constants(weights, covariances, squares)


def responsibilities(log_p):
    """Return r_nk = p(x_n, z_n = k) / p(x_n) from log_p = ln p(x_n, z_n = k)."""
    joint = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def m_step(x, r, mixture):
    """Return N_k / N, the weighted means, and the covariances about them over N_k."""
    counts = r.sum(axis=0)
    means = (r.T @ x) / counts[:, None]
    covariances = _scatter(x, r, means) / counts[:, None, None]
    return counts / counts.sum(), means, covariances


def log_likelihood(x, mixture, r=None):
    """Return ℓ = Σ_n ln Σ_k p(x_n, z_n = k), in nats; r plays no part in it."""
    log_p = log_joint(x, mixture)
    largest = log_p.max(axis=1)
    return float((largest + np.log(np.exp(log_p - largest[:, None]).sum(axis=1))).sum())


# The loop.


def run(
    x,
    start,
    log_joint=log_joint,
    labels=responsibilities,
    m_step=m_step,
    watch=log_likelihood,
    iterations=50,
    tol=0,
):
    """Alternate E- and M-step with the formulas given, whatever ℓ does.

    Parameters
    ----------
    x : ndarray, shape (N, D)
    start : tuple (weights, means, covariances)
    log_joint, labels, m_step : callable
        ``labels(log_joint(x, mixture))`` is the E-step, ``m_step(x, r, mixture)`` the
        M-step.
    watch : callable
        ``watch(x, mixture, r)``: if `tol` > 0, the run ends when this gains less than
        `tol` · N.
    iterations : int
        The largest number of M-steps.
    tol : float
        0: only `iterations` and broken mixtures end the run.

    Returns
    -------
    Run
        Ends before a mixture that has no density: those kept can all be drawn.
    """
    x, start = _checked(x, start)
    iterations = checks.whole_number("iterations", iterations, least=0, most=10**6)
    tol = checks.number("tol", tol, least=0)
    for formula in (log_joint, labels, m_step, watch):
        if not callable(formula):
            raise TypeError(f"formula {formula!r} is no function: pass one")
    ended = f"{iterations} iterations as asked"
    with np.errstate(all="ignore"):  # what breaks is told by `broken`, in words
        mixtures, watched = [start], [watch(x, start, None)]
        for iteration in range(1, iterations + 1):
            r = labels(log_joint(x, mixtures[-1]))
            mixture = Parameters(*m_step(x, r, mixtures[-1]))
            if problem := broken(mixture):
                ended = f"iteration {iteration} fails, {problem}"
                break
            mixtures.append(mixture)
            watched.append(watch(x, mixture, r))
            if tol and watched[-1] - watched[-2] < tol * len(x):
                ended = f"stopped in iteration {iteration}"
                break
        ells = np.array([log_likelihood(x, mixture) for mixture in mixtures])
    return Run(mixtures, ells, np.array(watched), ended)


def _checked(x, start):
    """Return finite points, and a start that has a density, or say what is wrong."""
    if not isinstance(start, tuple | list) or len(start) != 3:
        raise TypeError(f"start is {start!r:.60}: pass (weights, means, covariances)")
    model = GaussianMixture(*start)
    with np.errstate(over="ignore"):
        if problem := broken(as_tuple(model)):
            raise ValueError(f"start: {problem}: pass a mixture that has a density")
    return model.check_data(checks.finite_points("x", x)), as_tuple(model)


def broken(mixture):
    """Say which component has no density any more, or return None.

    One whose |Σ_k| is below 1e-200, in the data's own unit, counts as shrunk.
    """
    for k, (weight, mean, covariance) in enumerate(zip(*mixture, strict=True)):
        if not (np.isfinite(weight) and np.isfinite(mean).all()):
            return f"{SYMBOLS[k % len(SYMBOLS)]} has no points: 0/0"
        try:
            np.linalg.cholesky(covariance)
            shrunk = np.linalg.det(covariance) < 1e-200
        except np.linalg.LinAlgError:
            shrunk = True
        if shrunk:
            return f"{SYMBOLS[k % len(SYMBOLS)]} shrinks to nothing"
    return None


# Mistakes in the E-step's density: give them to `run` as `log_joint`.


def determinant_for_inverse(x, mixture):
    """Claim: the exponent is −½ (x − μ)ᵀ |Σ|⁻¹ (x − μ).

    Wrong for D ≥ 2: one number, so every direction counts alike, and the exponent keeps
    a unit, length^(2 − 2D). (D = 1: |Σ|⁻¹ is Σ⁻¹.) Right: the inverse matrix Σ⁻¹.
    """
    weights, means, covariances = mixture
    squares = np.square(x[:, None, :] - means).sum(axis=2) / np.linalg.det(covariances)
    return _with_constants(weights, covariances, squares)


def weights_left_out(x, mixture):
    """Claim: γ_k is the density N(x | μ_k, Σ_k), and the weights follow from it.

    Wrong: a rare component then claims as much as a common one. Right: the joint
    probability π_k N(x | μ_k, Σ_k).
    """
    weights, means, covariances = mixture
    return log_joint(x, (np.ones_like(weights), means, covariances))


# Mistakes in the labels: give them to `run` as `labels`.


def hard_labels(log_p):
    """Claim: the E-step gives each point to its most probable component.

    Wrong: that is another algorithm, hard EM, which climbs another objective. Right: to
    keep the probabilities.
    """
    return np.eye(log_p.shape[1])[log_p.argmax(axis=1)]


# Mistakes in the M-step: give them to `run` as `m_step`.


def covariances_over_n(x, r, mixture):
    """Claim: Σ_k = (1/N) Σ_n r_nk (x_n − μ_k)(x_n − μ_k)ᵀ.

    Wrong: that is π_k times the right covariance: too small, most of all for rare
    components, which lose their points to the common one and die. Right: 1/N_k.
    """
    weights, means, covariances = m_step(x, r, mixture)
    return weights, means, weights[:, None, None] * covariances


def means_over_n(x, r, mixture):
    """Claim: μ_k = (1/N) Σ_n r_nk x_n.

    Wrong: that is π_k times the mean, so each is pulled to the origin. Right: 1/N_k.
    """
    weights, means, _ = m_step(x, r, mixture)
    means = weights[:, None] * means
    counts = r.sum(axis=0)[:, None, None]
    return weights, means, _scatter(x, r, means) / counts


def squared_responsibilities(x, r, mixture):
    """Claim: with E[z] = r put in for z, the terms of Q are weighted by r · z = r².

    Wrong: the expectation was taken already when r was written; doubtful points, the
    ones between the groups, count too little. Right: r.
    """
    return m_step(x, r**2, mixture)


def labels_dropped(x, r, mixture):
    """Claim: ln Σ_k q_k (p_k / q_k) ≥ Σ_k ln(q_k p_k / q_k), to be maximised.

    Wrong: q_k has slipped inside the logarithm and cancels, so every component is asked
    to explain every point. Right: Σ_k q_k ln(p_k / q_k).
    """
    return m_step(x, np.ones_like(r), mixture)


def downhill_in_means(x, r, mixture, step=0.01):
    """Claim: ∂Q/∂μ_k = −Σ_n r_nk Σ_k⁻¹ (x_n − μ_k).

    Wrong: the sign. Its root is right, so the closed form hides it; a gradient step
    does not. Right: plus.
    """
    return uphill_in_means(x, r, mixture, -step)


def uphill_in_means(x, r, mixture, step=0.01):
    """Move the means along ∂Q/∂μ_k alone, with the right sign: to compare."""
    weights, means, covariances = mixture
    pull = np.einsum("nk,nki->ki", r, x[:, None, :] - means)
    slope = np.linalg.solve(covariances, pull[:, :, None])[:, :, 0]
    return weights, means + step * slope, covariances


def covariances_about_old_means(x, r, mixture):
    """Claim: the M-step may measure Σ_k from the means it started with.

    Not the maximum of Q, yet ℓ never falls, as Q falls in neither of two half-steps:
    another algorithm, now slower, now faster. For the maximum of Q: the new means.
    """
    weights, means, _ = m_step(x, r, mixture)
    counts = r.sum(axis=0)[:, None, None]
    return weights, means, _scatter(x, r, mixture[1]) / counts


# A mistake in the stopping rule: give it to `run` as `watch`.


def expected_log_joint(x, mixture, r):
    """Claim: stop when Q(θ^t+1 | θ^t) − Q(θ^t | θ^t−1) is small.

    Wrong: these are two different functions, and Q can fall while ℓ rises. Right: the
    gain of ℓ. (−∞ at the start, where there is no Q to compare with.)
    """
    return -np.inf if r is None else float((r * log_joint(x, mixture)).sum())


# Mistakes that are seen without a loop.


def q_of_the_old(x, mixture, old):
    """Claim: Q = E[ln p(x, z | θ^t)] under p(z | x, θ^t), to be maximised over θ.

    Wrong: with θ^t inside the logarithm too, nothing depends on θ: a flat plane. Right:
    ln p(x, z | θ) inside, and θ^t in the labels alone.
    """
    log_p = log_joint(x, old)
    return float((responsibilities(log_p) * log_p).sum())


def density_without_weights(x, mixture):
    """Claim: p(x) = Σ_k N(x | μ_k, Σ_k), shape (N,).

    Wrong: it integrates to K. Right: Σ_k π_k N(x | μ_k, Σ_k).
    """
    return np.exp(weights_left_out(x, mixture)).sum(axis=1)


def bound_with_labels_inside(log_p, q):
    """Claim: ln Σ_k q_k (p_k / q_k) ≥ Σ_k ln(q_k p_k / q_k), summed over the points.

    Wrong: q cancels, so nothing is bounded: it can be larger than ℓ. Right:
    `gl.log_sum_bound`, Σ_k q_k ln(p_k / q_k).
    """
    return float((np.log(q) + (log_p - np.log(q))).sum())


# What a reader can switch in the loop, in words.

SWITCHES = {
    "everything right": {},
    "1/N for 1/N_k in Σ": {"m_step": covariances_over_n},
    "1/N for 1/N_k in μ": {"m_step": means_over_n},
    "|Σ|⁻¹ for Σ⁻¹": {"log_joint": determinant_for_inverse},
    "r² for r": {"m_step": squared_responsibilities},
    "Jensen without weights": {"m_step": labels_dropped},
    "π left out of r": {"log_joint": weights_left_out},
    "hard labels": {"labels": hard_labels},
    "stop when Q stops rising": {"watch": expected_log_joint, "tol": 1e-9},
}


def _with_constants(weights, covariances, squares):
    """Return ln π_k − ½ (D ln 2π + ln|Σ_k| + squares), shape (N, K)."""
    log_det = np.linalg.slogdet(covariances)[1]
    D = covariances.shape[1]
    return np.log(weights) - 0.5 * (D * np.log(2 * np.pi) + log_det + squares)


def _scatter(x, r, means):
    """Return Σ_n r_nk (x_n − μ_k)(x_n − μ_k)ᵀ, shape (K, D, D)."""
    d = x[:, None, :] - means
    return np.einsum("nk,nki,nkj->kij", r, d, d)
