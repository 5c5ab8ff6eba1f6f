"""A prior on covariances, for maximum a posteriori (MAP) estimates (chapters 6, 8)."""

import numpy as np

from gmmlib.numerics.checks import finite_floats, instance, symmetric
from gmmlib.numerics.values import Value


class CovariancePrior(Value):
    """What a covariance would be if nobody had seen any data, and how sure that is.

    ln p(Σ) = −½ m [ln|Σ| + tr(C Σ⁻¹)] + constant: as if m points with covariance C had
    been seen before. Its mode is C, and with N points of covariance S the mode of the
    posterior is (N S + m C) / (N + m), never singular. For m > 2D it is an inverse
    Wishart density; for a smaller m its integral is infinite, and the mode still is
    what it says.

    Parameters
    ----------
    covariance : array_like, shape (D, D)
        C, in squared units of the data; a number for one dimension.
    points : float
        m, above 0: how many points the prior is worth, for each component.

    Raises
    ------
    ValueError, TypeError
        One sentence with the argument, what was found and what to do.

    Notes
    -----
    Source: Fraley & Raftery (2007), Bayesian regularization for normal mixture
    estimation and model-based clustering. The weights and means keep a flat prior.
    """

    parameter_names = ("covariance", "points")

    def __init__(self, covariance, points):
        C = finite_floats("covariance", covariance)
        C = C.reshape(1, 1) if C.size == 1 else C
        if C.ndim != 2 or C.shape[0] != C.shape[1]:
            raise ValueError(f"covariance has shape {C.shape}: pass (D, D)")
        m = finite_floats("points", points)
        if m.ndim > 0 or m <= 0:
            raise ValueError(f"points is {m}: pass one number above 0")
        C = symmetric("covariance", C)
        least = np.linalg.eigvalsh(C)[0]
        if least <= 0:
            raise ValueError(
                f"covariance is not positive definite (smallest eigenvalue "
                f"{least:.3g}): pass one with positive eigenvalues"
            )
        self._set(covariance=C, points=float(m))

    def log_density(self, whiteners):
        """Return Σ_k ln p(Σ_k), without the constant, for (K, D, D) whiteners L_k⁻¹."""
        logs = -2 * np.log(np.diagonal(whiteners, axis1=1, axis2=2)).sum()  # Σ ln|Σ_k|
        traces = np.vecdot(whiteners, whiteners @ self.covariance).sum()  # tr(C Σ_k⁻¹)
        return float(-0.5 * self.points * (logs + traces))

    def posterior_mode(self, counts, covariances, C):
        """Return (N_k S_k + m C) / (N_k + m) for counts (K,), S_k and C of any type."""
        counts = np.reshape(counts, (-1, *[1] * (covariances.ndim - 1)))
        return (counts * covariances + self.points * C) / (counts + self.points)


def prior_for(D, prior):
    """Return a prior on covariances in D dimensions, or None."""
    if prior is None:
        return None
    instance("covariance_prior", prior, CovariancePrior)
    if len(prior.covariance) != D:
        raise ValueError(
            f"covariance_prior has a covariance of shape {prior.covariance.shape}: "
            f"pass ({D}, {D}), as the means have {D} columns"
        )
    return prior
