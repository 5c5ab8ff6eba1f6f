"""Gaussian mixtures in any dimension (chapters 5 to 10).

Every component looks at the points in its own *whitened* coordinates
y = L⁻¹ (x − μ), where Σ = L Lᵀ is the Cholesky factorisation. There it is a standard
normal distribution: its log-density is a constant minus ½ |y|², and what the M-step
needs are the first two moments of y. No covariance is ever inverted, no determinant
taken, and data far from zero lose no digits.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from gmmlib.em import (
    EPS,
    ROUNDING,
    CollapseError,
    Mixture,
    Statistics,
    em,
    enough_data,
    generator,
    posterior,
)
from gmmlib.numerics.checks import (
    finite_floats,
    instance,
    probabilities,
    real_array,
    symmetric,
    whole_number,
)
from gmmlib.prior import CovariancePrior

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
STARTS = ("kmeans++", "points", "box")
LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)
SINGULAR = 1e-12  # least share of its variance that a coordinate keeps given the others


@dataclass(frozen=True)
class GaussianStatistics(Statistics):
    """Moments of the points about the model's means, in whitened coordinates y."""

    model: Mixture
    counts: np.ndarray  # (K,)       N_k = Σ_n r_nk
    first: np.ndarray  # (K, D)     Σ_n r_nk y_nk
    second: np.ndarray  # (K, D, D)  Σ_n r_nk y_nk y_nkᵀ
    magnitude: float  # Σ_n |ln p(x_n)|, and more where a covariance is thin


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
        weights = probabilities("weights", weights)
        means = finite_floats("means", means)
        covariances = finite_floats("covariances", covariances)
        if means.ndim == 1:
            means = means[:, None]
            if covariances.ndim == 1:
                covariances = covariances[:, None, None]
        K = len(weights)
        if means.ndim != 2 or len(means) != K or means.shape[1] == 0:
            raise ValueError(
                f"means has shape {means.shape}: pass (K, D) with K = {K} as in weights"
            )
        D = means.shape[1]
        if covariances.shape != (K, D, D):
            raise ValueError(
                f"covariances has shape {covariances.shape}: "
                f"pass (K, D, D) = ({K}, {D}, {D})"
            )
        if covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"covariance_type is {covariance_type!r}: "
                f"choose one of {', '.join(COVARIANCE_TYPES)}"
            )
        floor = finite_floats("covariance_floor", covariance_floor)
        if floor.ndim > 0 or floor < 0:
            raise ValueError(
                f"covariance_floor is {floor}: pass one variance, 0 or more"
            )
        _check_prior(covariance_prior, D)
        covariances = symmetric("covariances", covariances)
        _check_type(covariances, covariance_type)
        covariances = _raise_eigenvalues(covariances, float(floor))
        kind = {
            "covariance_type": covariance_type,
            "covariance_floor": float(floor),
            "covariance_prior": covariance_prior,
        }
        k = self._settle(weights.copy(), means.copy(), covariances, kind)
        if k is not None:
            least = np.linalg.eigvalsh(covariances[k])[0]
            raise ValueError(
                f"covariances[{k}] is not positive definite (smallest eigenvalue "
                f"{least:.3g}): pass one with positive eigenvalues, or a larger "
                "covariance_floor"
            )

    def _settle(self, weights, means, covariances, kind):
        """Take parameters already checked; return the first singular component."""
        factors, least_share, k = _cholesky(covariances)
        if k is not None:
            return k
        whiteners = np.linalg.inv(factors)  # triangular, so exact to rounding
        log_scale = np.log(_diagonals(factors)).sum(axis=1)
        with np.errstate(divide="ignore"):
            log_weights = np.log(weights)
        self._set(
            weights=weights,
            means=means,
            covariances=covariances,
            **kind,
            _kind=kind,
            _factors=factors,  # L
            _whiteners=whiteners,  # L⁻¹
            _log_peaks=log_weights - log_scale - means.shape[1] * LOG_ROOT_2PI,
            # how far the rounding of Σ's entries may move ln p of one point
            _rounding=8 * EPS * means.shape[1] / least_share,
        )

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
        x = real_array("x", x)
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.shape[1] == 0:
            raise ValueError(f"x has shape {x.shape}: pass (N, D), or (N,)")
        if method not in STARTS:
            raise ValueError(f"method is {method!r}: choose one of {', '.join(STARTS)}")
        K, D, rng = whole_number("K", K), x.shape[1], generator(rng)
        enough_data(x, K)
        first = finite_floats("x", x[:1])
        kind = covariance_type, covariance_floor, covariance_prior
        one = cls([1], first, np.eye(D)[None], *kind)
        try:
            cloud = em(one, x, max_iter=2, tol=None).model  # 2: rounds less
        except CollapseError:
            raise ValueError(
                "x lies in a flat subspace (a constant or repeated column, or too few "
                "different rows): drop what is redundant, or set covariance_floor"
            ) from None
        if method == "box":
            low, high, _ = cloud._extent(x)
            means = rng.uniform(low, high, size=(K, D))
        elif method == "points":
            means = x[rng.choice(len(x), size=K, replace=False)]
        else:
            means = cloud._far_points(x, K, rng)
        covariances = np.repeat(cloud.covariances, K, axis=0)
        return cls(np.full(K, 1 / K), means, covariances, *kind)

    def _far_points(self, x, K, rng):
        """Draw K rows of x, each with odds as its squared distance to those before."""
        rows = [rng.integers(len(x))]
        nearest = np.full(len(x), np.inf)
        while len(rows) < K:
            mean = finite_floats("x", x[rows[-1]])
            squares = self._rows(x, lambda b, m=mean: np.square(b - m).sum(axis=1))
            nearest = np.minimum(nearest, squares)
            total = nearest.sum()
            rows.append(rng.choice(len(x), p=nearest / total if total > 0 else None))
        return x[rows]

    def _extent(self, x):
        """Return the least, greatest and mean row of x, column by column."""
        parts = self._each_block(
            x, lambda b: (b.min(axis=0), b.max(axis=0), b.sum(axis=0))
        )
        low, high, total = (np.array(part) for part in zip(*parts, strict=True))
        return low.min(axis=0), high.max(axis=0), total.sum(axis=0) / len(x)

    @property
    def K(self):
        """The number of components."""
        return len(self.weights)

    @property
    def D(self):
        """The number of dimensions."""
        return self.means.shape[1]

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

    def log_prior(self):
        """Return ln p(Σ_1) + … + ln p(Σ_K), without constants; 0 without a prior.

        A tied covariance counts once.
        """
        if self.covariance_prior is None:
            return 0.0
        distinct = 1 if self.covariance_type == "tied" else self.K
        return self.covariance_prior.log_density(self._whiteners[:distinct])

    def check_data(self, x):
        """Return x as an array (N, D), not copied, or say why it has not that shape."""
        x = real_array("x", x)
        if x.ndim == 1 and self.D == 1:
            x = x[:, None]
        if x.ndim != 2 or x.shape[1] != self.D:
            raise ValueError(
                f"x has shape {x.shape}: pass (N, {self.D}), as the means have "
                f"{self.D} columns"
            )
        return x

    def whiten(self, x):
        """Return y_nk = L_k⁻¹ (x_n − μ_k) as an array (K, D, N): points contiguous."""
        return self._whiteners @ (np.ascontiguousarray(x.T) - self.means[:, :, None])

    def _log_joint_at(self, y):
        """Return ln π_k + ln N(x_n | μ_k, Σ_k), shape (N, K), from whitened points."""
        log_joint = np.einsum("kdn,kdn->kn", y, y)
        log_joint *= -0.5
        log_joint += self._log_peaks[:, None]
        return log_joint.T

    def log_joint_of(self, x):
        """Return ln p(x_n, z_n = k | θ) of one block, shape (N, K)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._log_joint_at(self.whiten(x))

    def e_step_of(self, x):
        """Weigh each point by p(component | point), and take moments of y."""
        with np.errstate(over="ignore", invalid="ignore"):
            y = self.whiten(x)
            log_joint = self._log_joint_at(y)
        r, log_evidence = posterior(log_joint)
        if not isfinite(log_joint.min(initial=0)):
            y = np.where(np.isfinite(y), y, 0)  # r is 0 there, but 0 · ∞ is no number
        magnitude = abs(log_evidence).sum() + len(x) * self._rounding / ROUNDING
        return self._moments(r, y, magnitude), log_evidence.sum()

    def statistics_of(self, x, q):
        """Take the moments of y, where point n is q_nk of component k's."""
        return self._moments(q, self.whiten(x), magnitude=0.0)

    def _moments(self, q, y, magnitude):
        qy = q.T[:, None, :] * y
        return GaussianStatistics(
            model=self,
            counts=q.sum(axis=0),
            first=qy.sum(axis=2),
            second=_products(qy, y),
            magnitude=magnitude,
        )

    def m_step(self, statistics):
        """Return the mixture that maximises the expected log joint (plus log-prior).

        μ_k moves by the mean of y and Σ_k becomes its covariance, both mapped back from
        whitened coordinates by L_k; π_k is N_k / N. A prior adds its points to Σ_k.

        Raises CollapseError if a component has no points or a singular covariance.
        """
        statistics.check_model(self)
        counts, total = statistics.counts[:, None], statistics.counts.sum()
        unused = self.check_fed(statistics.counts)
        if unused is not None:
            counts = np.where(unused[:, None], 1, counts)
        L = self._factors
        m = statistics.first / counts
        S = statistics.second / counts[:, :, None] - m[:, :, None] * m[:, None, :]
        covariances = L @ S @ L.mT
        if self.covariance_prior is not None:
            tied = self.covariance_type == "tied"
            n = total if tied else counts
            covariances = self.covariance_prior.posterior_mode(n, covariances)
        if unused is not None:
            covariances[unused] = self.covariances[unused]
        if np.square(m).sum() > 1:
            moved = np.square(m).sum(axis=1)
            least = _diagonals(S).min(axis=1)
            if ((moved > 1) & (EPS * moved > 1e-4 * least)).any():
                covariances = self.covariances  # m mᵀ ate the digits of S: move first
        covariances = _of_type(self.covariance_type, covariances, statistics.counts)
        model = object.__new__(type(self))
        singular = model._settle(
            weights=statistics.counts / total,
            means=self.means + (L @ m[:, :, None])[:, :, 0],
            covariances=_raise_eigenvalues(covariances, self.covariance_floor),
            kind=self._kind,
        )
        if singular is not None:
            raise CollapseError(
                f"component {singular} has flattened onto too few points, where its "
                "likelihood is infinite: set covariance_floor, start elsewhere or "
                "take a smaller K",
                singular,
            )
        return model

    def rounding_of(self, x):
        """Return how far rounding may move a point of x in each column, shape (D,)."""
        low, high, mean = self._extent(x)
        return 4 * EPS * np.maximum(high - mean, mean - low)

    def collapsed(self, rounding):
        """Return a component no wider than `rounding` in some direction, or None."""
        seen = np.square(self._whiteners * rounding)
        if seen.sum() < 1:  # all of them together
            return None
        seen = seen.sum(axis=(1, 2))
        small = np.flatnonzero((seen >= 1) & (self.weights > 0))
        return int(small[0]) if len(small) else None

    @property
    def block_rows(self):
        """Rows in a block, so that all its arrays together take some five megabytes."""
        return max(256, 2**18 // (self.K * (self.D + 2)))

    def sample(self, n, rng):
        """Draw n points: x (n, D) and the hidden components z (n,), counted from 0."""
        rng = generator(rng)
        n = whole_number("n", n, least=0)
        z = rng.choice(self.K, size=n, p=self.weights).astype(np.intp)
        noise = rng.standard_normal((n, self.D, 1))
        return self.means[z] + (self._factors[z] @ noise)[:, :, 0], z


def _diagonals(matrices):
    """Return the diagonals of a stack of matrices, shape (K, D), by every D+1st entry.

    In a small problem it counts that `np.diagonal` takes longer than the arithmetic.
    """
    D = matrices.shape[1]
    return matrices.reshape(-1, D * D)[:, :: D + 1]


def _products(a, b):
    """Return Σ_n a_kdn b_ken, shape (K, D, D), from a and b of shape (K, D, N).

    Not `a @ b.T`: on a stack with so few results it keeps all other threads waiting.
    """
    if a.shape[1] <= 6:  # few sums, each quicker alone than as a matrix product
        return np.vecdot(a[:, :, None], b[:, None])
    return np.array([np.dot(a_k, b_k.T) for a_k, b_k in zip(a, b, strict=True)])


def _check_type(covariances, covariance_type):
    allowed = _of_type(covariance_type, covariances, np.ones(len(covariances)))
    wrong = ~np.isclose(covariances, allowed, rtol=1e-10, atol=0).all(axis=(1, 2))
    if wrong.any():
        rule = {
            "tied": "all must be equal",
            "diag": "entries off the diagonal must be 0",
            "spherical": "it must be a multiple of the identity",
        }[covariance_type]
        raise ValueError(
            f"covariances[{wrong.argmax()}] is not {covariance_type} ({rule}): "
            "change it, or choose another covariance_type"
        )


def _check_prior(prior, D):
    if prior is None:
        return
    instance("covariance_prior", prior, CovariancePrior)
    if len(prior.covariance) != D:
        raise ValueError(
            f"covariance_prior has a covariance of shape {prior.covariance.shape}: "
            f"pass ({D}, {D}), as the means have {D} columns"
        )


def _of_type(covariance_type, covariances, counts):
    """Return the best covariances of a type, given the best full ones, (K, D, D)."""
    if covariance_type == "full":
        return (covariances + covariances.mT) / 2  # rounding averaged
    if covariance_type == "tied":
        pooled = np.tensordot(counts / counts.sum(), covariances, axes=1)
        return np.broadcast_to((pooled + pooled.T) / 2, covariances.shape)
    variances = _diagonals(covariances)
    if covariance_type == "spherical":
        variances = np.full_like(variances, 1) * variances.mean(axis=1, keepdims=True)
    return variances[:, :, None] * np.eye(covariances.shape[1])


def _raise_eigenvalues(covariances, floor):
    """Return the covariances with eigenvalues below `floor` raised to it."""
    if floor == 0:
        return covariances
    values, vectors = np.linalg.eigh(covariances)
    if values.min() >= floor:
        return covariances
    raised = (vectors * np.maximum(values, floor)[:, None, :]) @ vectors.mT
    return (raised + raised.mT) / 2


def _cholesky(covariances):
    """Return L with L Lᵀ = Σ for each covariance, their least share, and a bad one.

    The share is what a coordinate keeps of its variance once those before it are known.
    Less than `SINGULAR` counts as nothing: its digits would be rounding alone. The bad
    one is the first covariance that is singular in this sense, or None.
    """
    try:
        factors = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        for k, covariance in enumerate(covariances):
            try:
                np.linalg.cholesky(covariance)
            except np.linalg.LinAlgError:
                return None, 0.0, k
    shares = np.square(_diagonals(factors)) / _diagonals(covariances)
    least = shares.min()
    if least > SINGULAR:
        return factors, least, None
    sound = (shares > SINGULAR).all(axis=1)  # False for NaN as well
    return factors, least, int(sound.argmin())
