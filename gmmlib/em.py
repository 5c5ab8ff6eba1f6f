"""EM for every mixture: what a model must say, the loop, and what happened.

A mixture says what its joint probability ln p(x_n, z_n = k) is and how to maximise
its expectation. Everything else (responsibilities, the bound, the log-likelihood, the
climb) follows from that, and stands here once.
"""

from dataclasses import fields

import numpy as np

from gmmlib.jensen import expectation, log_sum_bound, log_sum_exp
from gmmlib.numerics import checks
from gmmlib.numerics.blocks import PointError, each_block
from gmmlib.numerics.runs import TracedRun
from gmmlib.numerics.values import Value


class Mixture(Value):
    """A mixture model: an immutable value that EM can improve.

    A subclass, as in coins.py and gaussians.py, gives `K`, `check_data`, `log_joint_of`
    and `e_step_of` for one block of points, `statistics_of` for labels of any origin,
    `m_step`, `n_parameters` and `sample`, and names its parameters in
    `parameter_names`.
    """

    block_rows = 16384  # so that a block's arrays stay in the processor's cache

    def log_joint(self, x):
        """Return ln p(x_n, z_n = k | θ), shape (N, K), in nats; −∞ where impossible."""
        return self._rows(x, self.log_joint_of)

    def responsibilities(self, x):
        """Return r_nk = p(z_n = k | x_n, θ), shape (N, K); each row sums to 1."""
        return self._rows(x, lambda block: posterior(self.log_joint_of(block))[0])

    def log_density(self, x):
        """Return ln p(x_n | θ) = ln Σ_k p(x_n, z_n = k | θ), shape (N,), in nats.

        The lower it is, the stranger the point: −∞ where it is impossible. Called
        ``score_samples`` elsewhere.
        """
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
        return float(log_sum_bound(log_joint, checks.labels(q, log_joint)).sum())

    def expected_log_joint(self, x, q):
        """Return Q = Σ_nk q_nk ln p(x_n, z_n = k | θ), in nats, for q of shape (N, K).

        This is the lower bound without the entropy of q.
        """
        log_joint = self.log_joint(x)
        return float(expectation(checks.labels(q, log_joint), log_joint).sum())

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
        x = checks.enough_data(self.check_data(x), 1)
        return self.n_parameters * np.log(len(x)) - 2 * self.log_likelihood(x)

    # What `em` asks of a model beside its two steps

    def rounding(self, log_likelihood, N):
        """Return by how much rounding may seem to lower ℓ + ln p(θ) of N points.

        10⁻¹⁰ of Σ|ln p(x_n)|, which is −ℓ where no ln p(x_n) is above 0.
        """
        return 1e-10 * (abs(log_likelihood) + abs(self.log_prior()))

    def resolution(self, x):
        """Return what `collapsed` needs to know of the data; None where nothing."""
        return None

    def collapsed(self, resolution):
        """Return the component too small for the data's own digits, or None."""
        return None

    def _each_block(self, x, per_block):
        return each_block(x, self.block_rows, per_block)

    def _rows(self, x, per_block):
        rows = self._each_block(self.check_data(x), per_block)
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
    log_joint = checks.logarithms("log_joint", log_joint)
    beta = checks.number("beta", beta)
    if log_joint.ndim != 2:
        raise ValueError(f"log_joint has shape {log_joint.shape}: pass (N, K)")
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
    checks.instance("model", model, Mixture)
    with TracedRun(model, x, max_iter, tol, progress) as run:
        statistics, log_likelihood = model.e_step(run.x)
        run.record(model, log_likelihood)
        for _ in run:
            model = run.not_collapsed(model.m_step(statistics))
            statistics, log_likelihood = model.e_step(run.x)
            run.record(model, log_likelihood)
    return run.trace()
