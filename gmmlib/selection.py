"""Choosing among mixtures: several starts, held-out points, other data (chapter 9).

`kind` stands everywhere for the options of `GaussianMixture.from_points`, such as
``covariance_type="tied"``.
"""

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import linear_sum_assignment

from gmmlib.em import CollapseError, Mixture, em, enough_data, generator
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics.checks import (
    finite_floats,
    finite_points,
    instance,
    number,
    whole_number,
)
from gmmlib.numerics.guards import fed

MANY = 10**6  # more starts, samples or steps than anybody can wait for


def best_of(x, K, starts=10, rng=0, max_iter=2000, **kind):
    """Return the highest of several climbs; those that collapse do not count.

    Parameters
    ----------
    x : array_like, shape (N, D)
    K, starts, max_iter : int
    rng : int or numpy.random.Generator

    Returns
    -------
    Trace

    Raises
    ------
    CollapseError
        If every climb ended in one.
    """
    starts = whole_number("starts", starts, most=MANY)
    rng, best, top, collapse = generator(rng), None, -np.inf, None
    for _ in range(starts):
        start = GaussianMixture.from_points(x, K, rng=rng, **kind)
        try:
            trace = em(start, x, max_iter=max_iter, progress=False)
        except CollapseError as error:
            collapse = error
            continue
        height = trace.log_likelihoods[-1] + trace.model.log_prior()
        if height > top:
            best, top = trace, height
    if best is None:
        raise collapse
    return best


def held_out(x, K, folds=10, starts=4, rng=0, **kind):
    """Return the log-likelihood of points that were not fitted, in nats a point.

    The points fall into `folds` parts at random; each part is held out once, and
    measured under the mixture fitted to the others: cross-validation. Larger is better.

    Source: Smyth (2000), Model selection for probabilistic clustering using
    cross-validated likelihood.
    """
    x, rng = finite_points("x", x), generator(rng)
    folds = whole_number("folds", folds, least=2, most=max(2, len(x)))
    part = rng.permutation(len(x)) % folds
    total = 0.0
    for f in range(folds):
        fitted = best_of(x[part != f], K, starts, rng, **kind).model
        total += fitted.log_likelihood(x[part == f])
    return total / len(x)


def bootstrap(model, x, n=200, rng=0):
    """Return n mixtures, each fitted to N rows of x drawn with replacement.

    Every climb starts at `model`, the fit to x itself, so that components keep their
    order. What varies among the n mixtures is what the sample leaves open.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap.
    """
    x = enough_data(instance("model", model, Mixture).check_data(x), 1)
    n, rng = whole_number("n", n, least=0, most=MANY), generator(rng)
    rows = (rng.integers(len(x), size=len(x)) for _ in range(n))
    return [em(model, x[r], progress=False).model for r in rows]


def from_labels(x, labels, covariance_type="full"):
    """Return the mixture that labels make: one M-step with r_nk = 1 or 0.

    Labels are 0 … K − 1, in x of shape (N, D). With the labels of K-means this is how
    many programs start EM.
    """
    x = finite_points("x", x)
    labels = _groups("labels", labels, len(x))
    r = np.eye(labels.max() + 1)[labels]
    counts, D = r.sum(axis=0), x.shape[1]
    if counts.min() == 0:
        raise ValueError(f"labels skip {counts.argmin()}: take every group from 0 up")
    round_ones = np.repeat(np.eye(D)[None], len(counts), axis=0)
    means = r.T @ x / counts[:, None]
    model = GaussianMixture(counts / len(x), means, round_ones, covariance_type)
    return model.m_step(model.statistics_of(x, r))


def soft_kmeans(x, means, spread, max_iter=200, tol=1e-6):
    """Return where EM brings K means if nothing else may move.

    All weights are equal and every covariance is spread² I: the E-step is that of
    this mixture, the M-step for the means alone. As the spread shrinks the
    responsibilities become 0 or 1, and this becomes K-means.

    Parameters
    ----------
    x : array_like, shape (N, D)
    means : array_like, shape (K, D)
        The start.
    spread : float
        The standard deviation of every component, in the units of x.
    tol : float
        It ends when no mean moves by more than this share of the spread.

    Returns
    -------
    GaussianMixture
    """
    max_iter = whole_number("max_iter", max_iter, least=0, most=MANY)
    spread, tol = number("spread", spread, least=1e-100), number("tol", tol, least=0)
    x, means = finite_points("x", x), finite_points("means", means)
    K, D = means.shape
    same = np.repeat(spread**2 * np.eye(D)[None], K, axis=0)
    model = GaussianMixture(np.full(K, 1 / K), means, same, "spherical")
    for _ in range(max_iter):
        r = model.responsibilities(x)
        fed(model.weights, r.sum(axis=0))
        means = r.T @ x / r.sum(axis=0)[:, None]
        moved = abs(means - model.means).max()
        model = GaussianMixture(model.weights, means, same, "spherical")
        if moved < tol * spread:
            break
    return model


def agreement(labels, z):
    """Return the share of points on which two labellings agree, names matched.

    Names of groups mean nothing, so they are first swapped to fit as well as they can.
    """
    labels = _groups("labels", labels)
    z = _groups("z", z, len(labels))
    table = np.zeros((labels.max() + 1, z.max() + 1))
    np.add.at(table, (labels, z), 1)
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(z)


def kmeans(x, K, starts=10, rng=0):
    """Return centres (K, D) and labels (N,) of the best of SciPy's K-means runs."""
    starts = whole_number("starts", starts, most=MANY)
    x, rng, runs = finite_points("x", x), generator(rng), []
    for _ in range(starts):
        seeds = GaussianMixture.from_points(x, K, rng=rng).means
        centres, labels = kmeans2(x, seeds, iter=100, minit="matrix")
        runs.append((np.square(x - centres[labels]).sum(), centres, labels))
    _, centres, labels = min(runs, key=lambda run: run[0])
    return centres, labels


def _groups(name, labels, N=None):
    """Return labels as whole numbers (N,), 0 to 999, or say which is not."""
    labels = finite_floats(name, labels)
    if labels.ndim != 1 or len(labels) != (N or len(labels) or 1):
        wanted = f"({N},)" if N else "(N,)"
        raise ValueError(f"{name} has shape {labels.shape}: pass {wanted}, one a point")
    wrong = (labels < 0) | (labels > 999) | (labels != np.floor(labels))
    if wrong.any():
        n = wrong.argmax()
        raise ValueError(f"{name}[{n}] is {labels[n]:g}: pass whole numbers, 0 to 999")
    return labels.astype(int)
