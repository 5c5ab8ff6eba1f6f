"""What numbers cannot do: digits that are too few, and components that collapse."""

import numpy as np

from gmmlib.numerics.blocks import each_block

EPS, TINY = np.finfo(float).eps, np.finfo(float).tiny
SINGULAR = 1e-12  # least share of its variance that a coordinate keeps given the others
STEPS = 256  # least number of neighbouring floats that each column must span
LARGEST, SMALLEST = 1e140, 1e-140  # what can be squared, summed and inverted


class CollapseError(ArithmeticError):
    """A component has lost its points, or shrunk until its density is infinite.

    Attributes
    ----------
    component : int
        Which one, counted from 0.
    iteration : int or None
        The M-step that failed, counted from 1; None outside `em`.
    trace : Trace or None
        The run up to the model before it.
    """

    iteration = trace = None

    def __init__(self, reason, component):
        super().__init__(reason, component)
        self.reason, self.component = reason, component

    def __str__(self):
        at = "" if self.iteration is None else f"iteration {self.iteration}: "
        return at + self.reason


# The digits of the data


def extent(x, rows):
    """Return the least, greatest and mean row of x, read in blocks of `rows` rows."""
    low, high, total = widest(each_block(x, rows, block_extent))
    return low, high, total / len(x)


def block_extent(block):
    """Return the least and greatest row of a block, and the sum of all."""
    return block.min(axis=0), block.max(axis=0), block.sum(axis=0)


def widest(extents):
    """Return the extent of several blocks together."""
    low, high, total = (np.array(part) for part in zip(*extents, strict=True))
    with np.errstate(over="ignore"):  # `resolution` says so
        return low.min(axis=0), high.max(axis=0), total.sum(axis=0)


def resolution(low, high, mean):
    """Return the least width that points have whose digits can be told apart, (D,).

    Raises ValueError for columns whose squares overflow or vanish, or which lie so far
    from zero that too few different numbers are left between their ends.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        radius = np.maximum(high - mean, mean - low)
        farthest = np.maximum(abs(low), abs(high))
        step = EPS * farthest
        few = (high > low) & (high - low < STEPS * step)
    for d in np.flatnonzero(~(radius <= LARGEST) | (farthest > LARGEST)):
        raise ValueError(
            f"x reaches {farthest[d]:.3g} in column {d}, where squares overflow: "
            "divide it by a large number, or remove what does not belong to it"
        )
    for d in np.flatnonzero(few):
        raise ValueError(
            f"x is too far from zero for its spread ({farthest[d]:.6g} and "
            f"{high[d] - low[d]:.3g} in column {d} leave few digits): pass x - x[0]"
        )
    for d in np.flatnonzero((high > low) & (radius < SMALLEST)):
        raise ValueError(
            f"x spans only {radius[d]:.3g} in column {d}, where squares vanish: "
            "divide it by a small number"
        )
    return np.maximum(4 * EPS * radius, step)


# The M-step


def not_starved(weights, amounts):
    """Return what each component has got of the data, (K,), so that it can divide.

    An unused component, of weight 0, counts as 1. Raises CollapseError for one that
    has a weight but no data.
    """
    if amounts.min() >= TINY:
        return amounts
    starved = (weights > 0) & (amounts < TINY)
    if starved.any():
        k = int(starved.argmax())
        raise CollapseError(
            f"component {k} has starved: it explains none of the data, so nothing "
            "says where it should be: start it nearer to them, or take a smaller K",
            k,
        )
    return np.where(amounts < TINY, 1.0, amounts)


def flattened(k):
    """Return the error of component k, which has a singular covariance."""
    return CollapseError(
        f"component {k} has flattened onto too few points, where its likelihood is "
        "infinite: set covariance_floor, start elsewhere or take a smaller K",
        int(k),
    )


def digits_eaten(variances, subtracted, moved):
    """Return whether a subtraction left few digits of a component's variances.

    All in units of the old variances. If so, the old covariances are kept once: the
    means move alone, which lowers nothing, and the next M-step is about the new means.
    Where nothing has `moved` by 1, variances are small by themselves: a collapse.
    """
    return bool(((EPS * subtracted > 1e-4 * variances) & (moved > 1)).any())


def all_positive(variances):
    """Return variances (K, …), or raise CollapseError for one that is 0 or rounding."""
    if not variances.min() > 0:  # or NaN
        raise flattened((variances > 0).all(axis=1).argmin())
    return variances


def cholesky(covariances):
    """Return L with L Lᵀ = Σ, lower triangular, for each of (K, D, D) covariances.

    Raises CollapseError for the first that is singular: where a coordinate keeps less
    than `SINGULAR` of its variance once those before it are known, its digits would be
    rounding alone.
    """
    try:
        factors = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        raise flattened(_first_indefinite(covariances)) from None
    shares = kept_shares(factors, covariances)
    if not shares.min() > SINGULAR:  # or NaN
        raise flattened((shares > SINGULAR).all(axis=1).argmin())
    return factors


def _first_indefinite(covariances):
    for k, covariance in enumerate(covariances):
        try:
            np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            return k


def kept_shares(factors, covariances):
    """Return what each coordinate keeps of its variance given those before, (K, D)."""
    return np.square(diagonals(factors)) / diagonals(covariances)


def diagonals(matrices):
    """Return the diagonals of a stack of matrices, shape (K, D), by every D+1st entry.

    In a small problem it counts that `np.diagonal` takes longer than the arithmetic.
    """
    D = matrices.shape[1]
    return matrices.reshape(-1, D * D)[:, :: D + 1]
