"""A run of EM: its trace, its end, and the trace so far of what stops it."""

from dataclasses import dataclass

import numpy as np

from gmmlib.numerics.checks import enough_data, number, whole_number
from gmmlib.numerics.guards import CollapseError, flattened


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


class TracedRun:
    """Counts iterations, ends them, and gives what stops them the trace so far.

    Within ``with TracedRun(…) as run``, ``for _ in run`` goes on to the M-step
    `max_iter`, or until a recorded model has gained less than `tol` nats a point.
    """

    def __init__(self, start, x, max_iter, tol, progress):
        self.start, self.progress = start, progress
        self.max_iter = whole_number("max_iter", max_iter, least=0)
        self.tol = 0.0 if tol is None else number("tol", tol, least=0)
        self.x = enough_data(start.check_data(x), start.K)
        self.steps, self.iteration, self.converged = [], 0, False
        self.iterations = self._counted()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, CollapseError | KeyboardInterrupt):
            error.iteration, error.trace = self.iteration, self.trace()
        self.iterations.close()  # and its bar

    def __iter__(self):
        return self.iterations

    def _counted(self):
        with _progress_bar(range(1, self.max_iter + 1), self.progress) as iterations:
            for self.iteration in iterations:
                yield self.iteration
                if self.converged:
                    return

    def not_collapsed(self, model):
        """Return the model, or raise CollapseError: too small for the data's digits."""
        k = model.collapsed(self.resolution)
        if k is not None:
            raise flattened(k)  # rounding decides which of the two is met first
        return model

    def record(self, model, log_likelihood):
        """Note a model and its ℓ; ArithmeticError if ℓ + ln p(θ) has really fallen."""
        self.steps.append((model, log_likelihood))
        objective = log_likelihood + model.log_prior()
        if len(self.steps) == 1:
            self.resolution = model.resolution(self.x)
        else:
            self.steps[-2][0].forget()  # a trace is made of parameters alone
            gain = objective - self.objective
            if not (gain >= 0 or -gain <= model.rounding(log_likelihood, len(self.x))):
                raise ArithmeticError(
                    f"iteration {self.iteration}: the objective fell by {-gain:.3g}: "
                    "the model's e_step and m_step do not belong together"
                )
            self.converged = bool(self.tol and gain < self.tol * len(self.x))
        self.objective = objective

    def trace(self):
        """Return what is recorded; the start alone before its first E-step."""
        models, ells = zip(*self.steps or [(self.start, np.nan)], strict=True)
        return Trace(models, np.array(ells), self.converged)


def _progress_bar(iterations, progress):
    from tqdm import tqdm

    class Bar(tqdm):
        monitor_interval = 0  # without a thread that watches it
        disable = True  # until it is whole: Ctrl-C may come before

    how = {"disable": True} if progress is False else {}  # else as the reader set it
    return Bar(iterations, "EM", delay=0 if progress else 2, leave=False, **how)
