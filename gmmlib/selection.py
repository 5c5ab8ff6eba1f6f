"""Choosing among mixtures: held-out points, other data, enough points (9 and 10).

`kind` stands everywhere for the options of `GaussianMixture.from_points`, such as
``covariance_type="tied"``.
"""

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import linear_sum_assignment

from gmmlib.datasets import three_groups, three_groups_mixture
from gmmlib.em import Mixture, em
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics import checks
from gmmlib.numerics.guards import not_starved
from gmmlib.starts import MANY, SAME_RUN, best_of


def held_out(x, K, folds=10, starts=4, rng=0, **kind):
    """Return the log-likelihood of points that were not fitted, in nats a point.

    The points fall into `folds` parts at random; each part is held out once, and
    measured under the mixture fitted to the others: cross-validation. Larger is better.

    Source: Smyth (2000), Model selection for probabilistic clustering using
    cross-validated likelihood.
    """
    x, rng = checks.finite_points("x", x), checks.generator(rng)
    folds = checks.whole_number("folds", folds, least=2, most=max(2, len(x)))
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
    checks.instance("model", model, Mixture)
    x = checks.enough_data(model.check_data(x), 1)
    n, rng = checks.whole_number("n", n, least=0, most=MANY), checks.generator(rng)
    rows = (rng.integers(len(x), size=len(x)) for _ in range(n))
    return [em(model, x[r], progress=False).model for r in rows]


def from_labels(x, labels, covariance_type="full"):
    """Return the mixture that labels make: one M-step with r_nk = 1 or 0.

    Labels are 0 … K − 1, in x of shape (N, D). With the labels of K-means this is how
    many programs start EM.
    """
    x = checks.finite_points("x", x)
    labels = _groups("labels", labels, len(x))
    r = np.eye(labels.max() + 1)[labels]
    counts, D = r.sum(axis=0), x.shape[1]
    if counts.min() == 0:
        raise ValueError(f"labels skip {counts.argmin()}: take every group from 0 up")
    round_ones = np.repeat(np.eye(D)[None], len(counts), axis=0)
    means = r.T @ x / counts[:, None]
    model = GaussianMixture(counts / len(x), means, round_ones, covariance_type)
    return model.m_step(model.statistics_of(x, r))


def soft_kmeans(x, means, spread, max_iter=200):
    """Return where EM brings K means if nothing else may move.

    All weights are equal and every covariance is spread² I: the E-step is that of
    this mixture, the M-step for the means alone. As the spread shrinks the
    responsibilities become 0 or 1, and this becomes K-means. It ends when no mean moves
    by more than a millionth of the spread.

    Parameters
    ----------
    x : array_like, shape (N, D)
    means : array_like, shape (K, D)
        The start.
    spread : float
        The standard deviation of every component, in the units of x.

    Returns
    -------
    GaussianMixture
    """
    max_iter = checks.whole_number("max_iter", max_iter, least=0, most=MANY)
    spread = checks.number("spread", spread, least=1e-100)
    x, means = checks.finite_points("x", x), checks.finite_points("means", means)
    K, D = means.shape
    same = np.repeat(spread**2 * np.eye(D)[None], K, axis=0)
    model = GaussianMixture(np.full(K, 1 / K), means, same, "spherical")
    for _ in range(max_iter):
        r = model.responsibilities(x)
        not_starved(model.weights, r.sum(axis=0))
        means = r.T @ x / r.sum(axis=0)[:, None]
        moved = abs(means - model.means).max()
        model = GaussianMixture(model.weights, means, same, "spherical")
        if moved < 1e-6 * spread:
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
    starts = checks.whole_number("starts", starts, most=MANY)
    x, rng, least = checks.finite_points("x", x), checks.generator(rng), np.inf
    for _ in range(starts):
        seeds = GaussianMixture.from_points(x, K, rng=rng).means
        centres, labels = kmeans2(x, seeds, iter=100, minit="matrix")
        squares = np.square(x - centres[labels]).sum()
        if squares < (1 - SAME_RUN) * least:
            least, best = squares, (centres, labels)
    return best


def _groups(name, labels, N=None):
    """Return labels as whole numbers (N,), 0 to 999, or say which is not."""
    labels = checks.finite_floats(name, labels)
    if labels.ndim != 1 or len(labels) != (N or len(labels) or 1):
        wanted = f"({N},)" if N else "(N,)"
        raise ValueError(f"{name} has shape {labels.shape}: pass {wanted}, one a point")
    wrong = (labels < 0) | (labels > 999) | (labels != np.floor(labels))
    if wrong.any():
        n = wrong.argmax()
        raise ValueError(f"{name}[{n}] is {labels[n]:g}: pass whole numbers, 0 to 999")
    return labels.astype(np.intp)


# Enough points: what a fit to N of them costs on points not yet seen (chapter 10).


def new_points(n=400_000):
    """Return points that no fit has seen, and what the truth gives them on average."""
    x, _ = three_groups(n, seed=0)
    return x, three_groups_mixture().log_likelihood(x) / n


def points_of_draw(N, draw):
    """Return N points of a draw: other ones for each draw."""
    return three_groups(N, seed=1000 * draw + 1)[0]


def excess(fit, new):
    """Return how many nats a point a fit lies below the truth on `new` points."""
    x, best = new
    return best - fit.log_likelihood(x) / len(x)


def mean_error(fit):
    """Return the root mean square distance of the fitted means from the true ones."""
    squares = np.square(fit.means - three_groups_mixture().means).sum(axis=1)
    return np.sqrt(squares.mean())


def cost(N, draw, new):
    """Return the excess and the error of the means of one fit to N points.

    EM starts at the truth, so that the start plays no part.
    """
    start, x = three_groups_mixture(), points_of_draw(N, draw)
    fit = em(start, x, max_iter=2000, tol=1e-8, progress=False).model
    return excess(fit, new), mean_error(fit)
