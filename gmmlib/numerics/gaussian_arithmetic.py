"""K Gaussians with covariances of one of four types, each in its own arithmetic.

A type says how it looks at a block of points (`look`), what their log-densities are
(`log_joint`), which sums the M-step needs (`sums`), and which means and covariances
are the best for them (`maximised`). Read `Full` beside the equations of chapter 6; the
others do the same with less.
"""

from functools import cached_property

import numpy as np

from gmmlib.numerics.guards import (
    EPS,
    all_positive,
    cholesky,
    diagonals,
    digits_eaten,
    kept_shares,
)
from gmmlib.numerics.values import Value

LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)
FEW = 6  # dimensions
NEAR = 100  # deviations from a common origin, at which squares lose 4 of 16 digits


def _raised(covariances, floor):
    """Return covariances (…, D, D) with eigenvalues below `floor` raised to it."""
    values, vectors = np.linalg.eigh(covariances)
    if values.min() >= floor:
        return covariances
    raised = (vectors * np.maximum(values, floor)[..., None, :]) @ vectors.mT
    return (raised + raised.mT) / 2


class Gaussians(Value):
    """K Gaussians: `means` (K, D), and `covariances` in the type's own shape.

    `factors` are what the densities need of the covariances. They raise CollapseError
    for a singular covariance, and are kept until `forget`. `apart`: each component
    looks at the points from its own mean, whatever the type.
    """

    parameter_names = ("means", "covariances")
    shared = False  # one covariance for all components?
    least_share = 1.0  # what a coordinate keeps of its variance given the others
    digits_lost = 1.0

    def __init__(self, means, covariances, apart=False):
        self._set(means=means, covariances=covariances, apart=apart)

    @property
    def whiteners(self):
        """L⁻¹ for each different Σ = L Lᵀ, (K, D, D) or (1, D, D)."""
        return np.linalg.inv(cholesky(self.matrices))

    def whiten(self, x):
        """Return y_nk = L_k⁻¹ (x_n − μ_k) as an array (K, D, N): points contiguous."""
        return self.whiteners @ (np.ascontiguousarray(x.T) - self.means[:, :, None])

    def moments(self, q, seen):
        """Return the `sums` of what is seen; what is too far to be seen counts 0."""
        first, second = self.sums(q, seen)
        if np.isfinite(second).all():
            return first, second
        return self.sums(q, self.finite(seen))

    def finite(self, seen):
        """Return what is seen with 0 for ∞, since 0 · ∞ would be no number."""
        return np.where(np.isfinite(seen), seen, 0)

    def best(self, counts, statistics, prior):
        """Return the Gaussians whose means and covariances are `maximised` the sums.

        With a prior, to the mode of the posterior. An unused component, whose count
        has been replaced by 1, stays as it is.
        """
        means, covariances = self.maximised(counts, statistics)
        apart = covariances is self.covariances  # kept, since digits were eaten
        if prior is not None and not apart:
            n = statistics.counts.sum() if self.shared else counts
            C = self.of(prior.covariance[None])
            covariances = prior.posterior_mode(n, covariances, C)
        unused = counts != statistics.counts
        if unused.any():
            means[unused] = self.means[unused]
            if not (self.shared or apart):
                covariances[unused] = self.covariances[unused]
        return type(self)(means, covariances, apart)

    def raised_to(self, floor):
        """Return the Gaussians with eigenvalues of Σ below `floor` raised to it."""
        if floor == 0:
            return self
        return type(self)(self.means, self.raised(self.covariances, floor), self.apart)

    @property
    def highest(self):
        """The largest log-density that a point can have in one component, in nats."""
        peaks = -self.half_log_determinants()
        return float(np.max(peaks) - self.means.shape[1] * LOG_ROOT_2PI)

    @property
    def rounding(self):
        """How far the rounding of Σ and μ may move ln p of one point, in nats."""
        D = self.means.shape[1]
        of_means = D * self.squares(EPS * abs(self.means).max(axis=0)).max()
        return float(8 * EPS * D * self.digits_lost / self.least_share + of_means)


class Full(Gaussians):
    """Any covariances Σ_k = L_k L_kᵀ, (K, D, D).

    Each component looks at the points in its own *whitened* coordinates
    y = L⁻¹ (x − μ): there it is a standard normal distribution. No covariance is
    inverted, no determinant taken, and data far from zero lose no digits.
    """

    name = "full"
    matrices = property(lambda self: self.covariances)
    whiteners = property(lambda self: self.factors[1])
    floats_a_point = property(lambda self: self.means.size + 2 * len(self.means))
    of = staticmethod(lambda matrices: matrices)
    raised = staticmethod(_raised)
    look = Gaussians.whiten  # (5.3)

    @cached_property
    def factors(self):
        L = cholesky(self.covariances)
        W = np.linalg.inv(L)  # triangular, so exact to rounding
        log_peaks = -np.log(diagonals(L)).sum(axis=1) - L.shape[1] * LOG_ROOT_2PI
        return L, W, log_peaks

    def log_joint(self, y, log_weights):
        """Return ln π_k + ln N(x_n | μ_k, Σ_k), (N, K): a peak less ½ |y|²."""
        log_joint = np.einsum("kdn,kdn->kn", y, y)
        log_joint *= -0.5
        log_joint += (log_weights + self.factors[2])[:, None]
        return log_joint.T

    def sums(self, q, y):
        """Return Σ_n q_nk y_nk, (K, D), and Σ_n q_nk y_nk y_nkᵀ, (K, D, D)."""
        if y.shape[1] <= FEW:  # each sum alone is quicker than a matrix product
            qy = q.T[:, None] * y
            return qy.sum(axis=2), np.vecdot(qy[:, :, None], y[:, None])
        scaled = np.sqrt(q.T)[:, None] * y  # times itself: half of a matrix product
        return _sums(q, y.mT), np.array([np.dot(of_k, of_k.T) for of_k in scaled])

    def maximised(self, counts, s):
        """Return μ_k, moved by the mean of y, and Σ_k, the covariance of y.

        Both are mapped back from whitened coordinates by L_k.
        """
        L = self.factors[0]
        m = s.first / counts[:, None]
        S = s.second / counts[:, None, None] - m[:, :, None] * m[:, None, :]
        means = self.means + (L @ m[:, :, None])[:, :, 0]
        moved = np.square(m).sum(axis=1)
        far = moved.sum() > 1
        if far and digits_eaten(diagonals(S).min(axis=1), moved, moved):  # by m mᵀ
            return means, self.covariances
        covariances = L @ S @ L.mT
        return means, (covariances + covariances.mT) / 2  # rounding averaged

    def deviate(self, z, noise):
        """Return L_z e, (n, D), for components z (n,) and standard normal e (n, D)."""
        return (self.factors[0][z] @ noise[:, :, None])[:, :, 0]

    def squares(self, widths):
        """Return |L_k⁻¹ diag(widths)|², (K,): 1 where Σ_k is no wider in some way."""
        return np.square(self.whiteners * widths).sum(axis=(1, 2))

    def half_log_determinants(self):
        return np.log(diagonals(self.factors[0])).sum(axis=1)

    @property
    def least_share(self):
        return kept_shares(self.factors[0], self.covariances).min()


class Diag(Gaussians):
    """Diagonal covariances: variances (K, D).

    The log-density is linear in d = x − origin and d²: ln N = a · d + b · d² + height.
    So two matrix products serve all components, as long as their means lie within
    `NEAR` deviations of a common origin. Else each has its own mean for origin, lest
    squares eat digits: arrays have a first axis for that, of length 1 or K.
    """

    name = "diag"
    of = staticmethod(diagonals)
    raised = staticmethod(np.maximum)

    @property
    def matrices(self):
        return self.covariances[:, :, None] * np.eye(self.means.shape[1])

    @cached_property
    def origins(self):
        if self.apart:
            return self.means
        middle = self.means.mean(axis=0)
        with np.errstate(over="ignore"):
            far = self.distances(self.means - middle).max() > NEAR**2
        return self.means if far else middle[None]

    @property
    def digits_lost(self):
        return 1 + self.distances(self.means - self.origins).max()

    @property
    def floats_a_point(self):
        K, D = self.means.shape
        return 3 * D * len(self.origins) + 2 * K

    def look(self, x):
        """Return d and d², both (1 or K, N, D)."""
        d = x - self.origins[:, None]
        return d, np.square(d)

    @cached_property
    def factors(self):
        v, d = all_positive(self.covariances), self.means - self.origins
        a, b = d / v, -0.5 * (d.shape[1] // v.shape[1]) / v  # D times a mean of d²
        heights = -0.5 * self.distances(d) - self.half_log_determinants()
        return a, b, heights - d.shape[1] * LOG_ROOT_2PI

    def log_joint(self, seen, log_weights):
        """Return ln π_k + ln N(x_n | μ_k, Σ_k), (N, K)."""
        (d, squares), (a, b, heights) = seen, self.factors
        joint = _scores(a, d)
        joint += _scores(b, squares)
        joint += (log_weights + heights)[:, None]
        return joint.T

    def sums(self, q, seen):
        """Return Σ_n q_nk d_n and Σ_n q_nk d_n², both (K, D)."""
        return tuple(_sums(q, f) for f in seen)

    def finite(self, seen):
        return tuple(map(super().finite, seen))

    def maximised(self, counts, s):
        """Return μ_k, the mean of d from the origin on, and its variances."""
        m, old = s.first / counts[:, None], self.covariances
        squared = self._averaged(np.square(m))
        v = s.second / counts[:, None] - squared
        if digits_eaten(v / old, squared / old, self._moved(m)[:, None]):
            return self.origins + m, old
        return self.origins + m, v

    def _moved(self, m):
        """Return |L⁻¹ m|², from where each has its own origin; ∞ from a common one."""
        own = len(self.origins) == len(self.means)
        return self.distances(m) if own else np.full(len(m), np.inf)

    _averaged = staticmethod(lambda squares: squares)

    def deviate(self, z, noise):
        return np.sqrt(self.covariances[z]) * noise

    def squares(self, widths):
        return (np.square(widths) / self.covariances).sum(axis=1)

    distances = squares  # |L_k⁻¹ d_k|², (K,), for d (K, D)

    def half_log_determinants(self):
        logs = np.broadcast_to(np.log(self.covariances), self.means.shape)
        return 0.5 * logs.sum(axis=1)


class Spherical(Diag):
    """Multiples of the identity: variances (K, 1), and the mean of d² for d²."""

    name = "spherical"

    def look(self, x):
        """Return d (1 or K, N, D), and |d|² / D, (1 or K, N, 1)."""
        d = x - self.origins[:, None]
        return d, np.vecdot(d, d)[:, :, None] / d.shape[2]

    @staticmethod
    def _averaged(v):
        return v[:, :1] + (v - v[:, :1]).mean(axis=1, keepdims=True)  # exact if equal

    of = staticmethod(lambda matrices: Spherical._averaged(diagonals(matrices)))


class Tied(Diag):
    """One covariance Σ = L Lᵀ for all, (D, D): unit variances for y = L⁻¹ d."""

    name = "tied"
    shared = True
    of = staticmethod(lambda matrices: matrices[0])
    raised = staticmethod(_raised)

    @property
    def matrices(self):
        K, D = self.means.shape
        return np.broadcast_to(self.covariances, (K, D, D))

    @cached_property
    def root(self):
        """L and L⁻¹."""
        L = cholesky(self.covariances[None])[0]
        return L, _inverse_of_lower(L)

    whiteners = property(lambda self: self.root[1][None])

    def look(self, x):
        """Return d and y, both (1 or K, N, D)."""
        d = x - self.origins[:, None]
        return d, d @ self.root[1].T

    @cached_property
    def factors(self):
        a = (self.means - self.origins) @ self.root[1].T
        heights = -0.5 * np.square(a).sum(axis=1) - self.half_log_determinants()
        return a, heights - a.shape[1] * LOG_ROOT_2PI

    def log_joint(self, seen, log_weights):
        """Return ln π_k + a · y − ½ |y|² + height, (N, K)."""
        y, (a, heights) = seen[1], self.factors
        G, N, _ = y.shape
        joint = _scores(a, y).reshape(G, len(a) // G, N)
        joint -= 0.5 * np.vecdot(y, y)[:, None]
        joint = joint.reshape(len(a), N)
        joint += (log_weights + heights)[:, None]
        return joint.T

    def sums(self, q, seen):
        """Return Σ_n q_nk d_n, (K, D), and Σ_nk q_nk d_n d_nᵀ, (D, D)."""
        d, (N, K) = seen[0], q.shape
        roots = np.sqrt(q.reshape(N, len(d), K // len(d)).sum(axis=2))
        scaled = roots.T[:, :, None] * d
        return _sums(q, d), sum(np.dot(d_g.T, d_g) for d_g in scaled)

    def maximised(self, counts, s):
        """Return μ_k, and the average of the Σ_k, weighted by N_k."""
        m = s.first / counts[:, None]
        S = (s.second - s.first.T @ m) / s.counts.sum()
        old, means = np.diagonal(self.covariances), self.origins + m
        if digits_eaten(
            np.diagonal(S) / old, np.square(m) / old, self._moved(m)[:, None]
        ):
            return means, self.covariances
        return means, (S + S.T) / 2

    def deviate(self, z, noise):
        return noise @ self.root[0].T

    def squares(self, widths):
        return np.square(self.root[1] * widths).sum(keepdims=True)[0]

    def distances(self, d):
        return np.square(d @ self.root[1].T).sum(axis=1)

    def half_log_determinants(self):
        return np.log(np.diagonal(self.root[0])).sum()

    @property
    def least_share(self):
        return kept_shares(self.root[0][None], self.covariances[None]).min()


TYPES = {kind.name: kind for kind in (Full, Tied, Diag, Spherical)}


def typed(covariance_type, covariances):
    """Return the class of a type, and symmetric covariances (K, D, D) in its shape."""
    if covariance_type not in tuple(TYPES):
        raise ValueError(
            f"covariance_type is {covariance_type!r}: choose one of {', '.join(TYPES)}"
        )
    kind = TYPES[covariance_type]
    own = kind.of(covariances).copy()
    places = np.zeros((len(covariances), covariances.shape[1]))
    allowed = kind(places, own).matrices
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
    return kind, own


def _scores(slopes, f):
    """Return slopes_k · f_n, (K, N), for f (1 or K, N, F)."""
    G, N, F = f.shape
    return (slopes.reshape(G, -1, F) @ f.mT).reshape(len(slopes), N)


def _inverse_of_lower(L):
    """Return L⁻¹ for a lower triangular L (D, D), by halves where it is large."""
    n = len(L) // 2
    if n < 32:
        return np.linalg.inv(L)
    inverse = np.zeros_like(L)
    first, second = _inverse_of_lower(L[:n, :n]), _inverse_of_lower(L[n:, n:])
    inverse[:n, :n], inverse[n:, n:] = first, second
    inverse[n:, :n] = -second @ L[n:, :n] @ first
    return inverse


def _sums(q, f):
    """Return Σ_n q_nk f_n, (K, F), for f (1 or K, N, F).

    Not `q_g @ f_g`: on a stack with so few results it keeps all other threads waiting.
    """
    N, K = q.shape
    pairs = zip(q.T.reshape(len(f), K // len(f), N), f, strict=True)
    return np.concatenate([np.dot(q_g, f_g) for q_g, f_g in pairs])
