"""EM for every mixture: what a model must say, the loop, and what happened.

A mixture says what its joint probability ln p(x_n, z_n = k) is and how to maximise
its expectation. Everything else (responsibilities, the bound, the log-likelihood, the
climb) follows from that, and stands here once.
"""

import time
from contextlib import closing
from dataclasses import dataclass, fields

import numpy as np

from gmmlib.jensen import distributions, expectation, log_sum_bound, log_sum_exp
from gmmlib.numerics.blocks import PointError, each_block
from gmmlib.numerics.checks import (
    finite_floats,
    instance,
    number,
    real_array,
    whole_number,
)

EPS, TINY = np.finfo(float).eps, np.finfo(float).tiny
ROUNDING = 1e-10  # of Σ|ln p(x_n)|: how far rounding may seem to lower ln p(x)


class Mixture:
    """A mixture model: an immutable value that EM can improve.

    A subclass gives `K`, `check_data`, `log_joint_of` and `e_step_of` for one block of
    points (with `magnitude`, Σ|ln p(x_n)|, among its statistics), `statistics_of` for
    labels of any origin, `m_step`, `n_parameters` and `sample`, and names its
    parameters in `parameter_names`.
    """

    parameter_names = ()

    def log_joint(self, x):
        """Return ln p(x_n, z_n = k | θ), shape (N, K), in nats; −∞ where impossible."""
        x = self.check_data(x)
        return self._rows(x, self.log_joint_of)

    def responsibilities(self, x):
        """Return r_nk = p(z_n = k | x_n, θ), shape (N, K); each row sums to 1."""
        x = self.check_data(x)
        return self._rows(x, lambda block: posterior(self.log_joint_of(block))[0])

    def log_density(self, x):
        """Return ln p(x_n | θ) = ln Σ_k p(x_n, z_n = k | θ), shape (N,), in nats.

        The lower it is, the stranger the point: −∞ where it is impossible. Called
        ``score_samples`` elsewhere.
        """
        x = self.check_data(x)
        return self._rows(x, lambda block: log_sum_exp(self.log_joint_of(block)))

    def log_likelihood(self, x):
        """Return ℓ(θ) = Σ_n ln Σ_k p(x_n, z_n = k | θ), in nats.

        A density can exceed 1, so the log-likelihood of points can be positive.
        """
        x = self.check_data(x)
        evidence = self._each_block(
            x, lambda block: posterior(self.log_joint_of(block))[1].sum()
        )
        return float(sum(evidence))

    def lower_bound(self, x, q):
        """Return 𝓛(q, θ) = Σ_nk q_nk ln (p(x_n, z_n = k | θ) / q_nk) ≤ ℓ(θ), in nats.

        q has shape (N, K). Equality holds exactly where q is the responsibilities.
        """
        log_joint = self.log_joint(x)
        return float(log_sum_bound(log_joint, _labels(q, log_joint)).sum())

    def expected_log_joint(self, x, q):
        """Return Q = Σ_nk q_nk ln p(x_n, z_n = k | θ), in nats, for q of shape (N, K).

        This is the lower bound without the entropy of q.
        """
        log_joint = self.log_joint(x)
        return float(expectation(_labels(q, log_joint), log_joint).sum())

    def e_step(self, x):
        """Return what the M-step needs, and ℓ(θ), from one pass over x.

        Returns
        -------
        statistics : Statistics
            Sums over the points, each weighted by its responsibilities. They add up:
            ``s1 + s2`` and ``sum(...)`` are the statistics of several blocks together.
        log_likelihood : float
            In nats. Log-likelihoods add up as well.
        """
        x = self.check_data(x)
        parts = self._each_block(x, self.e_step_of)
        statistics, log_likelihood = parts[0]
        for more, more_log_likelihood in parts[1:]:
            statistics = statistics + more
            log_likelihood += more_log_likelihood
        return statistics, float(log_likelihood)

    def log_prior(self):
        """Return ln p(θ): 0 unless the model has a prior. EM climbs ℓ(θ) + ln p(θ)."""
        return 0.0

    def aic(self, x):
        """Return Akaike's criterion 2p − 2ℓ for p parameters: smaller is better.

        Some programs print ℓ − p or 2ℓ − 2p, where larger is better. Source: Akaike
        (1974), A new look at the statistical model identification.
        """
        return 2 * self.n_parameters - 2 * self.log_likelihood(x)

    def bic(self, x):
        """Return Schwarz's criterion p ln N − 2ℓ for p parameters: smaller is better.

        Some programs (mclust) print 2ℓ − p ln N, where larger is better. Source:
        Schwarz (1978), Estimating the dimension of a model.
        """
        x = enough_data(self.check_data(x), 1)
        return self.n_parameters * np.log(len(x)) - 2 * self.log_likelihood(x)

    # What em() asks of a model beside its two steps.

    def rounding_of(self, x):
        """Return what `collapsed` needs to know of the data; None where nothing."""
        return None

    def collapsed(self, rounding):
        """Return the component too small for the data's own digits, or None."""
        return None

    def check_fed(self, amounts):
        """Return which components have no weight, so no data, (K,); None if none.

        Raises CollapseError for a component that has a weight but no data.
        """
        if amounts.min() >= TINY:
            return None
        unused = self.weights == 0
        starved = ~unused & (amounts < TINY)
        if starved.any():
            k = int(starved.argmax())
            raise CollapseError(
                f"component {k} has starved: it explains none of the data, so nothing "
                "says where it should be: start it nearer to them, or take a smaller K",
                k,
            )
        return unused

    # A value: equal by content, never changed.

    def _set(self, **attributes):
        for a in attributes.values():
            if isinstance(a, np.ndarray):
                a.flags.writeable = False
        vars(self).update(attributes)

    def __setattr__(self, name, value):
        raise AttributeError(
            f"{name} cannot be changed: a model is a value, make a new one"
        )

    def __delattr__(self, name):
        self.__setattr__(name, None)

    def __setstate__(self, state):
        self._set(**state)  # copies and unpickled models are read-only as well

    def _parameters(self):
        return [getattr(self, name) for name in self.parameter_names]

    def __eq__(self, other):
        if self is other:
            return True
        return type(self) is type(other) and all(
            np.array_equal(a, b)
            for a, b in zip(self._parameters(), other._parameters(), strict=True)
        )

    def __hash__(self):
        return hash(tuple(tuple(np.ravel(a).tolist()) for a in self._parameters()))

    def __repr__(self):
        shown = (
            f"{name}={np.round(a, 4).tolist() if isinstance(a, np.ndarray) else a!r}"
            for name, a in zip(self.parameter_names, self._parameters(), strict=True)
            if a is not None
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    # Blocks: what is computed for one is small enough to stay in the processor's cache.

    @property
    def block_rows(self):
        """Rows in a block: about a megabyte for its largest array."""
        return 16384

    def _each_block(self, x, per_block):
        return each_block(x, self.block_rows, per_block)

    def _rows(self, x, per_block):
        rows = self._each_block(x, per_block)
        return np.concatenate([np.ascontiguousarray(r) for r in rows])


class Statistics:
    """Sums over points, made by one model's E-step for that model's M-step.

    A subclass is a dataclass whose first field is `model`; all others are sums.
    """

    def __add__(self, other):
        if not isinstance(other, Statistics):
            return NotImplemented
        self.check_model(other.model)
        mine, theirs = vars(self), vars(other)
        sums = (f.name for f in fields(self) if f.name != "model")
        return type(self)(self.model, *(mine[s] + theirs[s] for s in sums))

    def __radd__(self, zero):
        """Let ``sum(...)`` begin at 0."""
        return self if isinstance(zero, int) and zero == 0 else NotImplemented

    def check_model(self, model):
        """Raise ``ValueError`` if these are not the statistics of `model`."""
        if model != self.model:
            raise ValueError(
                "statistics were made by another model: "
                "take all of them from e_step of the same model"
            )


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened in a run of EM.

    Attributes
    ----------
    models : tuple of Mixture
        The start and the model after each iteration: n_iter + 1 of them.
    log_likelihoods : ndarray, shape (n_iter + 1,)
        ℓ of each model, in nats.
    converged : bool
        True if the run stopped because the last gain was below the tolerance.
    """

    models: tuple
    log_likelihoods: np.ndarray
    converged: bool

    def __post_init__(self):
        self.log_likelihoods.flags.writeable = False

    def __setstate__(self, state):
        vars(self).update(state)
        self.__post_init__()  # copies and unpickled traces are read-only as well

    @property
    def model(self):
        """The last model."""
        return self.models[-1]

    @property
    def n_iter(self):
        """The number of M-steps."""
        return len(self.models) - 1

    def __repr__(self):
        return (
            f"Trace(n_iter={self.n_iter}, converged={self.converged}, "
            f"log_likelihood={self.log_likelihoods[-1]:.4f})"
        )


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

    def __init__(self, reason, component, iteration=None, trace=None):
        super().__init__(reason, component, iteration, trace)
        self.reason, self.component = reason, component
        self.iteration, self.trace = iteration, trace

    def __str__(self):
        return (
            self.reason
            if self.iteration is None
            else (f"iteration {self.iteration}: {self.reason}")
        )

    def __reduce__(self):
        return type(self), (self.reason, self.component, self.iteration, self.trace)


def posterior(log_joint):
    """Return responsibilities (N, K) and ln p(x_n) (N,) from log_joint (N, K).

    Bayes' rule in log space: the largest term of each row is taken out first, so
    that neither underflows.
    """
    largest = log_joint.max(axis=1)
    if len(largest) and largest.min() == -np.inf:
        raise PointError(
            largest.argmin(),
            "has probability 0 under every component: start from parameters that "
            "allow it, or remove it",
        )
    joint = log_joint - largest[:, None]
    np.exp(joint, out=joint)
    evidence = joint.sum(axis=1)
    joint /= evidence[:, None]
    return joint, largest + np.log(evidence)


def tempered(log_joint, beta):
    """Return labels q_nk ∝ r_nk^β: for β = 0 all equal, for β = 1 the responsibilities.

    Below 0 labels are swapped, above 1 they are surer than Bayes' rule allows.
    """
    log_joint, beta = real_array("log_joint", log_joint), number("beta", beta)
    if log_joint.ndim != 2 or log_joint.shape[1] == 0:
        raise ValueError(f"log_joint has shape {log_joint.shape}: pass (N, K)")
    if not (log_joint < np.inf).all():
        raise ValueError("log_joint holds NaN or +∞: pass numbers or −∞")
    if beta < 0 and log_joint.min(initial=0) == -np.inf:
        raise ValueError(f"beta is {beta:g} and log_joint holds −∞: pass 0 or more")
    if beta == 0:
        return np.full(log_joint.shape, 1 / log_joint.shape[1])
    with np.errstate(over="ignore"):
        return posterior(beta * log_joint)[0]


def em(model, x, max_iter=500, tol=1e-9, progress=None):
    """Climb ℓ(θ) + ln p(θ) by alternating E- and M-steps.

    Parameters
    ----------
    model : Mixture
        The start.
    x : array_like
        Data in the form the model takes; a memory-mapped array is read in blocks.
    max_iter : int
        The largest number of M-steps; 0 only measures the start.
    tol : float or None
        The run has converged when an iteration gains less than `tol` nats a point.
        0 or None: exactly `max_iter` iterations.
    progress : bool, optional
        Show a bar: at once (True), never (False), after two seconds (left out).

    Returns
    -------
    Trace

    Raises
    ------
    CollapseError
        If a component starves or shrinks below the data's rounding.
    ArithmeticError
        If the objective falls by more than rounding, which only a bug can do.
    KeyboardInterrupt
        On Ctrl-C. Like CollapseError it carries `.trace`; ``em(trace.model, x)`` goes
        on from there to the same end.

    Notes
    -----
    Dempster, Laird & Rubin (1977), Maximum likelihood from incomplete data via the EM
    algorithm. Computed in float64.
    """
    x, max_iter, tol = ready(model, x, max_iter, tol)
    steps, iteration, converged = [], 0, False
    try:
        rounding = model.rounding_of(x)
        statistics, log_likelihood = model.e_step(x)
        steps.append((model, log_likelihood))
        objective = log_likelihood + model.log_prior()
        with closing(_shown(range(1, max_iter + 1), progress)) as iterations:
            for iteration in iterations:
                model = _m_step(model, statistics, rounding)
                statistics, log_likelihood = model.e_step(x)
                steps.append((model, log_likelihood))
                before = objective
                objective = log_likelihood + model.log_prior()
                gain = objective - before
                size = statistics.magnitude + abs(model.log_prior())
                if not gain >= -ROUNDING * size:
                    raise ArithmeticError(
                        f"iteration {iteration}: the objective fell by {-gain:.3g}: "
                        "the model's e_step and m_step do not belong together"
                    )
                if tol and gain < tol * len(x):
                    converged = True
                    break
    except (CollapseError, KeyboardInterrupt) as stopped:
        stopped.iteration = iteration
        stopped.trace = _trace(steps or [(model, np.nan)], converged)
        raise
    return _trace(steps, converged)


def ready(model, x, max_iter, tol):
    """Return x, max_iter and tol as a climb needs them, or say what is wrong."""
    max_iter = whole_number("max_iter", max_iter, least=0)
    instance("model", model, Mixture)
    if tol is not None:
        tol = finite_floats("tol", tol)
        if tol.ndim > 0 or tol < 0:
            raise ValueError(f"tol is {tol}: pass one number, 0 or more, or None")
    return enough_data(model.check_data(x), model.K), max_iter, tol


def enough_data(x, K):
    """Return x, or say that it has fewer than K rows (one at least)."""
    if len(x) == 0:
        raise ValueError("x is empty: pass at least one observation")
    if len(x) < K:
        raise ValueError(f"K is {K} but x has {len(x)} rows: choose a K of at most N")
    return x


def generator(rng):
    """Return a `numpy.random.Generator` from an int or a Generator."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(
            f"rng is a {type(rng).__name__}: "
            "pass a whole number or numpy.random.default_rng(seed)"
        )
    return np.random.default_rng(whole_number("rng", rng, least=0, most=np.inf))


def _m_step(model, statistics, rounding):
    model = model.m_step(statistics)
    component = model.collapsed(rounding)
    if component is not None:
        raise CollapseError(
            f"component {component} has shrunk to nothing, where its likelihood is "
            "infinite: set covariance_floor, start elsewhere or take a smaller K",
            component,
        )
    return model


def _trace(steps, converged):
    models, log_likelihoods = zip(*steps, strict=True)
    return Trace(models, np.array(log_likelihoods), converged)


def _labels(q, log_joint):
    q = distributions(q)
    if q.shape != log_joint.shape:
        raise ValueError(
            f"q has shape {q.shape}: pass (N, K) = {log_joint.shape}, "
            "a distribution over the components for each row of x"
        )
    return q


def _shown(iterations, progress):
    """Yield `iterations`; show a bar as `em` promises, and take it away at the end."""
    begun, bar = time.monotonic(), None
    try:
        for i in iterations:
            late = progress is None and time.monotonic() - begun > 2
            if bar is None and (progress or late):
                from tqdm import tqdm

                bar = tqdm(total=len(iterations), desc="EM", leave=False, initial=i - 1)
            yield i
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()
