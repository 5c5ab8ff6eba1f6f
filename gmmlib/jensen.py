"""Jensen's inequality, its gap, and the bound under a log-sum (chapters 1 and 4)."""

import numpy as np

from gmmlib.numerics import checks


def jensen_gap(f, points, weights=None):
    """Return E f(X) − f(E X): never negative where f is convex, zero for a constant X.

    Parameters
    ----------
    f : callable
        Maps (M,) to (M,), or (M, D) to (M,). The mean is given to it as (1,) or
        (1, D).
    points : array_like, shape (M,) or (M, D)
        The values of X.
    weights : array_like, shape (M,), optional
        Their probabilities; equal if left out.

    Returns
    -------
    float
        The gap in units of f; exactly 0 for a constant X.

    Raises
    ------
    ValueError
        If there are no points, `weights` is no distribution over them, or f gives
        an array of another shape or NaN.

    Notes
    -----
    Jensen (1906), Sur les fonctions convexes. Computed in float64.
    """
    if not callable(f):
        raise TypeError(f"f is {f!r}: pass a function")
    points = checks.finite_floats("points", points)
    if points.ndim not in (1, 2) or points.size == 0:
        raise ValueError(
            f"points has shape {points.shape}: pass (M,) or (M, D), M and D at least 1"
        )
    if weights is None:
        weights = np.full(len(points), 1 / len(points))
    weights = checks.probabilities("weights", weights, len(points))
    points, weights = points[weights > 0], weights[weights > 0]

    def value(x):
        y = np.asarray(f(x), dtype=np.float64)
        if y.shape != (len(x),) or np.isnan(y).any():
            raise ValueError(
                f"f gives {y} for an input of shape {x.shape}: "
                f"pass one that gives a number for each of the {len(x)} points"
            )
        return y

    gap = _mean(value(points), weights) - value(_mean(points, weights)[np.newaxis])[0]
    if np.isnan(gap):
        raise ValueError("f is infinite at the points and at their mean: no gap exists")
    return float(gap)


def _mean(values, weights):
    """Return the weighted mean, kept within the values' range in spite of rounding."""
    return np.clip(weights @ values, values.min(axis=0), values.max(axis=0))


def chord_gap(f, ends, weight):
    """Return λ f(x₁) + (1 − λ) f(x₂) − f(λ x₁ + (1 − λ) x₂), NaN without a value.

    Jensen's gap of two points where `weight` λ is in [0, 1]; λ may go beyond.
    """
    (x1, x2), (y1, y2) = ends, f(ends)
    return weight * y1 + (1 - weight) * y2 - f(weight * x1 + (1 - weight) * x2)


def log_sum_bound(log_terms, q):
    """Return Σ_k q_k (log_terms_k − ln q_k), a bound under ln Σ_k exp(log_terms_k).

    The bound touches the log-sum exactly where q is proportional to the terms.

    Parameters
    ----------
    log_terms : array_like, shape (…, K)
        Logarithms of the terms; −∞ for a term that is 0.
    q : array_like, shape (…, K)
        Distributions over the K terms, with 0 · ln 0 = 0.

    Returns
    -------
    ndarray, shape (…)
        The bound in nats; −∞ where q puts weight on a term that is 0.

    Raises
    ------
    ValueError
        If the shapes do not match, `log_terms` holds NaN or +∞, or q is no
        distribution.
    """
    log_terms, q = checks.logarithms("log_terms", log_terms), checks.distributions(q)
    checks.one_for_each(q, "log_terms", log_terms)
    return expectation(q, log_terms) + entropy(q)


def expectation(q, values):
    """Return Σ_k q_k values_k along the last axis, where 0 · (−∞) = 0.

    q (…, K) holds distributions, `values` (…, K) numbers, −∞ or +∞; the result has
    shape (…). ValueError if shapes do not match, `values` holds NaN or q is none.
    """
    q, values = checks.distributions(q), checks.real_array("values", values)
    zeros = np.zeros(checks.one_for_each(q, "values", values))
    if np.isnan(values).any():
        raise ValueError("values holds NaN: pass numbers, −∞ or +∞")
    return np.multiply(q, values, where=q > 0, out=zeros).sum(axis=-1)


def entropy(q):
    """Return −Σ_k q_k ln q_k, shape (…), in nats, for q (…, K), where 0 · ln 0 = 0."""
    q = checks.distributions(q)
    return -expectation(q, np.log(q, where=q > 0, out=np.zeros_like(q)))


def log_sum_exp(log_terms):
    """Return ln Σ_k exp(log_terms_k), shape (…), for log_terms (…, K), −∞ included.

    Neither overflows nor underflows: the largest term is taken out before the
    exponential. All terms −∞ give −∞.
    """
    log_terms = checks.logarithms("log_terms", log_terms)
    largest = log_terms.max(axis=-1)
    shift = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore", over="ignore"):
        return shift + np.log(np.exp(log_terms - shift[..., None]).sum(axis=-1))
