"""Where EM starts, where it ends from there, and the best of several (chapters 7, 9).

The experiments run on `three_groups`: "the best" is the optimum that EM reaches from
the mixture which made the points.
"""

from itertools import permutations

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import binomtest

from gmmlib.collapse import until_collapse
from gmmlib.datasets import published_start, rows, three_groups, three_groups_mixture
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics.checks import generator, whole_number

MANY = 10**6  # more starts, samples or steps than anybody can wait for
POINTS, RUNS = 1800, 100  # of a draw
SAME_RUN = 1e-11  # of two runs that differ by less, relatively, the first is taken
SAME = 0.05  # nats: two ends nearer in height than this are one optimum
STUCK = 13  # the first draw of 1800 points on which experiment 2 is stuck
MOVED = 2  # the mean of experiment 2 that the map of basins moves
NARROW, LEAST, MOST = 5.0, 10.0, 1000.0  # variances; in the groups they are 81 to 343
BLOCKS = ("means", "sizes", "shapes", "weights")
FARTHEST = {"means": 1e3, "sizes": 12.0, "shapes": 12.0, "weights": 200.0}


def best_of(x, K, starts=10, rng=0, max_iter=2000, **kind):
    """Return the highest of several runs; those that collapse do not count.

    The more starts, the likelier it is that the highest is a component on its way to
    a collapse, too narrow to be believed: a covariance floor or a prior keeps it out.

    Parameters
    ----------
    x : array_like, shape (N, D)
    K, starts, max_iter : int
    rng : int or numpy.random.Generator
    **kind
        Options of `GaussianMixture.from_points`, such as ``covariance_type="tied"``.

    Returns
    -------
    Trace

    Raises
    ------
    CollapseError
        If every run ended in one.
    """
    starts = whole_number("starts", starts, most=MANY)
    rng, best, top = generator(rng), None, None
    for _ in range(starts):
        start = GaussianMixture.from_points(x, K, rng=rng, **kind)
        trace, collapse = until_collapse(start, x, max_iter=max_iter)
        if collapse:
            continue
        height = trace.log_likelihoods[-1] + trace.model.log_prior()
        if best is None or height - top > SAME_RUN * abs(top):
            best, top = trace, height
    if best is None:
        raise collapse
    return best


# Where a start leads.


def em_to_rest(start, x):
    """Return the trace of EM run until a whole iteration gains less than 1e-7 nats."""
    return em(start, x, max_iter=5000, tol=1e-7 / len(x), progress=False)


def optimum(x):
    """Return the trace to the best: from the mixture that the points were drawn from.

    Of few points it need not be the highest optimum.
    """
    return em_to_rest(three_groups_mixture(), x)


def outcome(start, x, top):
    """Return how EM ends: "best", "other" or "collapse"; nats below `top`; M-steps."""
    trace, collapse = until_collapse(start, x, max_iter=5000, tol=1e-7 / len(x))
    if collapse:
        return "collapse", np.nan, collapse.iteration
    below = top - trace.log_likelihoods[-1]
    return "best" if below < SAME else "other", below, trace.n_iter


def published_outcome(experiment, draw, size=POINTS, reading="lower"):
    """Return the `outcome` of a published start on a draw of so many points."""
    x, _ = three_groups(size, draw)
    top = optimum(x).log_likelihoods[-1]
    return outcome(published_start(experiment, reading), x, top)


def starting_from(place, covariances, x):
    """Return the start of experiment 2 with its third mean at `place`.

    With its "published" covariances, or "broad": that of all points for each group.
    """
    start = published_start(2)
    means = start.means.copy()
    means[MOVED] = place
    broad = np.repeat(np.cov(x.T, bias=True)[None], 3, axis=0)
    chosen = {"published": start.covariances, "broad": broad}[covariances]
    return GaussianMixture(start.weights, means, chosen)


def between(one, other, share, order=(0, 1, 2)):
    """Return the mixture a `share` of the way from one to other, groups in `order`."""
    near = (one.weights, one.means, one.covariances)
    far = (a[list(order)] for a in (other.weights, other.means, other.covariances))
    mixed = ((1 - share) * a + share * b for a, b in zip(near, far, strict=True))
    return GaussianMixture(*mixed)


def valley(one, other, x):
    """Return how many nats ℓ falls from `one` on the shallowest line to `other`.

    There is a straight line for each way of matching the groups of the two mixtures.
    """
    shares = np.linspace(0, 1, 41)
    lowest = [
        min(between(one, other, t, order).log_likelihood(x) for t in shares)
        for order in permutations(range(one.K))
    ]
    return one.log_likelihood(x) - max(lowest)


# Starts chosen block by block.


def random_start(means, covariances, weights, best, x, rng):
    """Return a start whose three blocks are each chosen in their own way; rng or seed.

    "fitted" is that of the optimum `best`; "broad" the covariance of all points for
    each group; "random" has any directions, and variances along them evenly drawn on a
    logarithmic scale from 10 to 1000; "narrow" is 5 in every direction. Means are the
    fitted ones, or those of `GaussianMixture.from_points`.
    """
    K, D = best.means.shape
    rng = np.random.default_rng(rng)  # the same, if it is one
    method = "box" if means == "fitted" else means
    start = GaussianMixture.from_points(x, K, rng=rng, method=method)
    turned, _ = np.linalg.qr(rng.standard_normal((K, D, D)))
    variances = np.exp(rng.uniform(np.log(LEAST), np.log(MOST), (K, 1, D)))
    S = (turned * variances) @ turned.transpose(0, 2, 1)
    pi = rng.dirichlet(np.ones(K))
    return GaussianMixture(
        {"equal": start.weights, "random": pi}[weights],
        best.means if means == "fitted" else start.means,
        {
            "fitted": best.covariances,
            "broad": start.covariances,
            "random": (S + S.transpose(0, 2, 1)) / 2,
            "narrow": np.repeat(NARROW * np.eye(D)[None], K, axis=0),
        }[covariances],
    )


def random_outcomes(means, covariances, weights, draw):
    """Return what `RUNS` random starts on one draw come to, as a dict of counts.

    `best_of_closer_half` counts among that half of the starts whose nearest two means
    are nearest.
    """
    x, _ = three_groups(POINTS, draw)
    best = optimum(x).model
    top, ends, apart = best.log_likelihood(x), [], []
    for run in range(RUNS):
        rng = np.random.default_rng([draw, run])
        start = random_start(means, covariances, weights, best, x, rng)
        ends.append(outcome(start, x, top)[0])
        apart.append(pdist(start.means).min())
    closer = np.argsort(apart, kind="stable")[: RUNS // 2]
    return {
        "best": ends.count("best"),
        "collapse": ends.count("collapse"),
        "best_of_closer_half": [ends[run] for run in closer].count("best"),
    }


def ray(model, block, rng):
    """Return a function from a distance ≥ 0 to `model` with one block moved so far.

    The distance is in the units of the data for means; for sizes and shapes it is the
    logarithm of the greatest factor that a variance changes by, for weights of the
    greatest factor that an odds ratio changes by.
    """
    K, D = model.means.shape
    weights, means, covariances = model.weights, model.means, model.covariances
    if block == "means":
        step = rng.standard_normal((K, D))
        step = step / np.linalg.norm(step, axis=1).max()
        return lambda far: GaussianMixture(weights, means + far * step, covariances)
    if block == "weights":
        step = rng.standard_normal(K)
        step = step / np.ptp(step)

        def moved(far):
            log_weights = np.log(weights) + far * step
            odds = np.exp(log_weights - log_weights.max())
            return GaussianMixture(odds / odds.sum(), means, covariances)

        return moved
    if block == "sizes":
        values, vectors = rng.standard_normal((K, 1)) * np.ones(D), np.eye(D)
    else:
        step = rng.standard_normal((K, D, D))
        values, vectors = np.linalg.eigh(step + step.transpose(0, 2, 1))
    values = values / abs(values).max()
    turned = np.linalg.cholesky(covariances) @ vectors

    def moved(far):
        stretched = turned * np.exp(far * values / 2)[:, None, :]
        return GaussianMixture(weights, means, stretched @ stretched.transpose(0, 2, 1))

    return moved


def damaged_start(model, block, damage, x, rng):
    """Return a start `damage` nats a point below `model`, and how far it has moved.

    It is the first on its ray that is damaged so much; None and NaN say that none is up
    to `FARTHEST`: variances e¹² times what they were, weights e²⁰⁰ farther apart.
    """
    at, goal = ray(model, block, rng), model.log_likelihood(x) - damage * len(x)
    low, high = 0.0, 1e-2
    while at(high).log_likelihood(x) > goal:
        low, high = high, 1.3 * high
        if high > FARTHEST[block]:
            return None, np.nan
    for _ in range(30):
        middle = (low + high) / 2
        if at(middle).log_likelihood(x) > goal:
            low = middle
        else:
            high = middle
    return at(high), high


def distance_for(model, block, damage, x, seed):
    """Return how far a block must move in a random direction to do a damage, or NaN.

    For means it is the longest way of one; for sizes and shapes the greatest factor by
    which a variance changes, either way; for weights that of an odds ratio.
    """
    _, far = damaged_start(model, block, damage, x, np.random.default_rng(seed))
    return far if block == "means" else np.exp(far)


# How often: tables of runs, counted.


def counted(table, **values):
    """Return how many runs of `rows` reached the best optimum, and how many ran."""
    chosen = rows(table, **values)
    return int(chosen["best"].sum()), int(chosen["runs"].sum())


def scatter(table, **values):
    """Return how many times as much as by chance the rate differs between the draws.

    The root of χ² / (draws − 1): about 1 if all runs are independent with one rate.
    """
    t = rows(table, **values)
    p = t["best"].sum() / t["runs"].sum()
    squares = (t["best"] - p * t["runs"]) ** 2 / (p * (1 - p) * t["runs"])
    return np.sqrt(squares.sum() / (len(t) - 1))


def interval(best, runs):
    """Return the 95% Wilson interval of a rate of success, of independent runs.

    An approximation: of a few runs that all succeed it covers less than it says.
    """
    found = binomtest(int(best), int(runs)).proportion_ci(method="wilson")
    return found.low, found.high
