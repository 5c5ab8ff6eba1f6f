"""`from_points`: means drawn from the points, broad covariances (chapter 7)."""

import numpy as np

from gmmlib.em import em
from gmmlib.numerics import checks
from gmmlib.numerics.blocks import each_block
from gmmlib.numerics.guards import CollapseError, extent


def from_points(cls, x, K, rng, method, kind):
    """Return a start of the class `cls`: see `GaussianMixture.from_points`.

    `kind` holds the type, floor and prior of the covariances.
    """
    x = checks.real_array("x", x)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"x has shape {x.shape}: pass (N, D), or (N,)")
    if method not in tuple(METHODS):
        raise ValueError(f"method is {method!r}: choose one of {', '.join(METHODS)}")
    checks.enough_data(x, checks.whole_number("K", K))
    cloud = one_component(cls, x, kind)
    means = METHODS[method](x, K, rng, cloud.block_rows)
    covariances = np.repeat(cloud.covariances, K, axis=0)
    return cls(np.full(K, 1 / K), means, covariances, *kind)


def one_component(cls, x, kind):
    """Return the mixture of one component: mean and covariance of the cloud."""
    first = checks.finite_floats("x", x[:1])
    one = cls([1], first, np.eye(x.shape[1])[None], *kind)
    try:
        return em(one, x, max_iter=2, tol=None, progress=False).model  # 2: rounds less
    except CollapseError:
        if (abs(first) >= 2**53).any():
            raise ValueError(
                f"x is too far from zero for its spread (at {abs(first).max():.6g} no "
                "digits are left): pass x - x[0]"
            ) from None
        raise ValueError(
            "x lies in a flat subspace (a constant or repeated column, or too few "
            "different rows): drop what is redundant, or set covariance_floor"
        ) from None


def far_points(x, K, rng, rows):
    """Draw K rows of x, each with odds as its squared distance to those before."""
    chosen, nearest = [rng.integers(len(x))], np.full(len(x), np.inf)
    while len(chosen) < K:
        mean = checks.finite_floats("x", x[chosen[-1]])
        parts = each_block(x, rows, lambda b, m=mean: np.square(b - m).sum(axis=1))
        nearest = np.minimum(nearest, np.concatenate(parts))
        total = nearest.sum()
        chosen.append(rng.choice(len(x), p=nearest / total if total > 0 else None))
    return x[chosen]


def random_points(x, K, rng, rows):
    """Draw K different rows of x."""
    return x[rng.choice(len(x), size=K, replace=False)]


def places_in_the_box(x, K, rng, rows):
    """Draw K places from the smallest box that holds the points."""
    low, high, _ = extent(x, rows)
    return rng.uniform(low, high, size=(K, x.shape[1]))


METHODS = {"kmeans++": far_points, "points": random_points, "box": places_in_the_box}
