"""Gaussian mixtures in any dimension (chapters 5 to 10)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gmmlib import seeding
from gmmlib.em import Mixture, Statistics, posterior
from gmmlib.numerics import checks
from gmmlib.numerics.blocks import PointError
from gmmlib.numerics.gaussian_arithmetic import TYPES, typed
from gmmlib.numerics.guards import CollapseError, extent, not_starved, resolution
from gmmlib.prior import prior_for

COVARIANCE_TYPES = tuple(TYPES)


@dataclass(frozen=True)
class GaussianStatistics(Statistics):
    """Moments of the points as the type of the covariances looks at them.

    For "full" these are those of y in whitened coordinates, as written here.
    """

    model: Mixture
    counts: np.ndarray  # (K,)       N_k = Σ_n r_nk
    first: np.ndarray  # (K, D)     Σ_n r_nk y_nk
    second: np.ndarray  # (K, D, D)  Σ_n r_nk y_nk y_nkᵀ


class GaussianMixture(Mixture):
    """K Gaussian components in D dimensions.

    Parameters
    ----------
    weights : array_like, shape (K,)
        π_k: at least 0, summing to 1. A component of weight 0 keeps its parameters.
    means : array_like, shape (K, D)
        μ_k, in the units of the data; (K,) for one dimension.
    covariances : array_like, shape (K, D, D)
        Σ_k, in squared units, whatever the type; (K,) variances for one dimension.
    covariance_type : {"full", "tied", "diag", "spherical"}
        What the M-step may choose from: any Σ_k; one Σ for all; diagonal ones;
        multiples of the identity.
    covariance_floor : float
        Eigenvalues of a covariance below it are raised to it, here and in each M-step:
        the exact maximum under that constraint, so the climb stays monotone.
    covariance_prior : CovariancePrior, optional
        EM then climbs ℓ(θ) + ln p(θ), and no covariance can become singular.

    Raises
    ------
    ValueError, TypeError
        One sentence with the argument, what was found and what to do.

    Notes
    -----
    Lists, integers and float32 are welcome; everything is computed in float64.
    Source: Bishop (2006), Pattern Recognition and Machine Learning, section 9.2.
    """

    parameter_names = (
        *("weights", "means", "covariances"),
        *("covariance_type", "covariance_floor", "covariance_prior"),
    )

    def __init__(
        self,
        weights,
        means,
        covariances,
        covariance_type="full",
        covariance_floor=0.0,
        covariance_prior=None,
    ):
        weights = checks.probabilities("weights", weights)
        means, covariances = checks.gaussian_shapes(len(weights), means, covariances)
        symmetric_ones = checks.symmetric("covariances", covariances)
        kind, own = typed(covariance_type, symmetric_ones)
        floor = checks.number("covariance_floor", covariance_floor, 0, 1e300)
        prior = prior_for(means.shape[1], covariance_prior)
        try:
            self._take(weights.copy(), kind(means.copy(), own), floor, prior)
        except CollapseError as singular:
            k = singular.component
            least = np.linalg.eigvalsh(symmetric_ones[k])[0]
            raise ValueError(
                f"covariances[{k}] is not positive definite (smallest eigenvalue "
                f"{least:.3g}): pass one with positive eigenvalues, or a larger "
                "covariance_floor"
            ) from None

    def _take(self, weights, gaussians, floor, prior):
        """Take checked parts and return self; CollapseError if one is singular."""
        gaussians = gaussians.raised_to(floor)
        gaussians.factors  # noqa: B018  may find a singular one
        self._set(weights=weights, gaussians=gaussians)
        self._set(covariance_floor=floor, covariance_prior=prior)
        return self

    @classmethod
    def from_points(
        cls,
        x,
        K,
        rng=0,
        method="kmeans++",
        covariance_type="full",
        covariance_floor=0.0,
        covariance_prior=None,
    ):
        """Return a start for EM: equal weights, the whole cloud's covariance for all.

        Parameters
        ----------
        x : array_like, shape (N, D) or (N,)
        K : int
            Number of components, at most N.
        rng : int or numpy.random.Generator
        method : {"kmeans++", "points", "box"}
            Means at points far from one another (the seeding of k-means++ alone), at
            random points, or anywhere in the box that holds the points.

        Notes
        -----
        Arthur & Vassilvitskii (2007), k-means++: The advantages of careful seeding.
        """
        kind = covariance_type, covariance_floor, covariance_prior
        return seeding.from_points(cls, x, K, checks.generator(rng), method, kind)

    # The two steps, beside their equations

    def log_joint_of(self, x):
        """Return ln π_k + ln N(x_n | μ_k, Σ_k) of one block, shape (N, K)."""
        return self.gaussians.log_joint(self.gaussians.look(x), self.log_weights)

    def e_step_of(self, x):
        """Weigh each point by p(component | point), and take moments of y."""
        y = self.gaussians.look(x)  # (5.3)
        log_joint = self.gaussians.log_joint(y, self.log_weights)  # (5.8)
        r, log_evidence = posterior(log_joint)  # (6.3)
        return self._moments(r, y), log_evidence.sum()  # (6.5), (6.1)

    def statistics_of(self, x, q):
        """Take the moments of y, where point n is q_nk of component k's."""
        return self._moments(q, self.gaussians.look(x))

    def _moments(self, q, y):
        return GaussianStatistics(self, q.sum(axis=0), *self.gaussians.moments(q, y))

    def m_step(self, statistics):
        """Return the mixture that maximises the expected log joint (plus log-prior).

        Raises CollapseError if a component has no points or a singular covariance.
        """
        statistics.check_model(self)
        floor, prior = self.covariance_floor, self.covariance_prior
        N_k = not_starved(self.weights, statistics.counts)  # (6.5)
        weights = statistics.counts / statistics.counts.sum()  # (6.16)
        gaussians = self.gaussians.best(N_k, statistics, prior)  # (6.8), (6.13), (6.21)
        return object.__new__(type(self))._take(weights, gaussians, floor, prior)

    # What it is

    @property
    def K(self):
        """The number of components."""
        return len(self.weights)

    @property
    def D(self):
        """The number of dimensions."""
        return self.means.shape[1]

    @cached_property
    def log_weights(self):
        """ln π_k, shape (K,); −∞ for a weight of 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.weights)

    @property
    def means(self):
        """μ_k, shape (K, D)."""
        return self.gaussians.means

    @property
    def covariances(self):
        """Σ_k, shape (K, D, D), whatever the type."""
        matrices = self.gaussians.matrices
        matrices.flags.writeable = False
        return matrices

    @property
    def covariance_type(self):
        """What the M-step may choose from."""
        return self.gaussians.name

    @property
    def n_parameters(self):
        """Free parameters: K − 1 weights, K D means, and those of the covariances."""
        K, D = self.means.shape
        covariances = {
            "full": K * D * (D + 1) // 2,
            "tied": D * (D + 1) // 2,
            "diag": K * D,
            "spherical": K,
        }
        return K - 1 + K * D + covariances[self.covariance_type]

    def forget(self):
        """Drop the factors of the covariances; they come back when they are needed."""
        super().forget()
        self.gaussians.forget()

    def log_prior(self):
        """Return ln p(Σ_1) + … + ln p(Σ_K), without constants; 0 without a prior.

        A tied covariance counts once.
        """
        if self.covariance_prior is None:
            return 0.0
        return self.covariance_prior.log_density(self.gaussians.whiteners)

    def check_data(self, x):
        """Return x as an array (N, D), not copied, or say why it has not that shape."""
        return checks.points_of(self.D, x)

    def whiten(self, x):
        """Return y_nk = L_k⁻¹ (x_n − μ_k) as an array (K, D, N): points contiguous."""
        return self.gaussians.whiten(x)

    def sample(self, n, rng):
        """Draw n points: x (n, D) and the hidden components z (n,), counted from 0."""
        rng = checks.generator(rng)
        n = checks.whole_number("n", n, least=0)
        z = rng.choice(self.K, size=n, p=self.weights).astype(np.intp)
        noise = rng.standard_normal((n, self.D))
        return self.means[z] + self.gaussians.deviate(z, noise), z

    # What `em` asks

    def resolution(self, x):
        """Return the least width in each column that the digits of x can show, (D,)."""
        return resolution(*extent(x, self.block_rows))

    def collapsed(self, resolution):
        """Return a component no wider than that in some direction, or None."""
        seen = self.gaussians.squares(resolution)
        if seen.max() < 1:
            return None
        small = np.flatnonzero((seen >= 1) & (self.weights > 0))
        return int(small[0]) if len(small) else None

    def _each_block(self, x, per_block):
        try:
            return super()._each_block(x, per_block)
        except PointError as impossible:  # no Gaussian is 0 anywhere
            raise PointError(
                impossible.row,
                "lies so far from every component that squares overflow: divide x by "
                "a large number, start nearer to it, or remove it",
            ) from None

    def rounding(self, log_likelihood, N):
        """Return that of Σ|ln p(x_n)| ≤ 2 N h − ℓ for densities up to e^h, and of θ."""
        above = 2 * N * max(0.0, self.gaussians.highest)
        of_theta = N * self.gaussians.rounding
        return super().rounding(log_likelihood - above, N) + of_theta

    @property
    def block_rows(self):
        """Rows in a block, so that all its arrays take some eight megabytes."""
        return max(256, 2**19 // self.gaussians.floats_a_point)
