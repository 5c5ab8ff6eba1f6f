"""EM on many machines: the same loop, over the blocks of a Dask array (chapter 10).

The model goes out to the blocks, sums come back. Each machine makes the E-step of the
blocks that it reads, the sums are added in a tree, and the M-step is done here, where
the loop of `gmmlib.em` runs. Nothing is kept between two iterations but the model: so
a machine that dies loses nothing but time, if its blocks can be read again.
"""

import os
from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np

from gmmlib.em import Mixture
from gmmlib.em import em as em_loop
from gmmlib.numerics.blocks import PointError
from gmmlib.numerics.checks import enough_data, finite_floats, instance, whole_number
from gmmlib.numerics.guards import CollapseError, block_extent, widest

FAN_IN = 8  # statistics that are added in one go


class SchedulerLost(ConnectionError):
    """The scheduler no longer knows of the run; ``em(error.model, …)`` goes on.

    Attributes
    ----------
    model : Mixture
        The model whose E-step could not be finished.
    """

    def __init__(self, finding, model):
        super().__init__(finding, model)
        self.finding, self.model = finding, model

    def __str__(self):
        return self.finding


def em(model, x, client, max_iter=500, tol=1e-9, progress=None):
    """Do what `gmmlib.em` does, with the E-step where the data are.

    Parameters
    ----------
    model : Mixture
        The start.
    x : dask.array.Array
        The points, cut into blocks of rows that any machine can read by itself
        (`points_in`, or what Dask reads); not data sent there once with `scatter`.
    client : dask.distributed.Client
        Knows the scheduler: of a ``LocalCluster`` here, at any address in real life.
        While it has no worker, the run waits for one.
    max_iter, tol, progress
        As for `gmmlib.em`.

    Returns
    -------
    Trace
        What one process would have found, up to the rounding of sums.

    Raises
    ------
    SchedulerLost
        If the connection to the scheduler breaks, or somebody cancels the run.
    MemoryError
        If one block kills worker after worker.
    CollapseError, ArithmeticError, KeyboardInterrupt
        As `gmmlib.em`.
    """
    instance("model", model, Mixture)
    if not hasattr(client, "compute"):
        raise TypeError(
            f"client is a {type(client).__name__}: pass a Client of dask.distributed"
        )
    try:
        trace = em_loop(MixtureOnCluster(model, client), x, max_iter, tol, progress)
    except (CollapseError, KeyboardInterrupt) as stopped:
        if hasattr(stopped, "trace"):  # Ctrl-C may come before the first step
            stopped.trace = _here(stopped.trace)
        raise
    return _here(trace)


def points_in(path, rows=1_000_000):
    """Return the array of an .npy file as a Dask array of blocks of `rows` rows.

    Each machine opens the file by itself, so all must see it under the same path. No
    block is held in memory: it is a window on the file.
    """
    import dask.array as da

    rows = whole_number("rows", rows)
    path = os.path.abspath(instance("path", path, str, os.PathLike))
    whole = enough_data(np.lib.format.open_memmap(path, "r"), 1)
    sizes = tuple(len(whole[n : n + rows]) for n in range(0, len(whole), rows))
    return da.map_blocks(
        _window,
        path,
        chunks=(sizes, *((n,) for n in whole.shape[1:])),
        meta=np.empty((0,) * whole.ndim, whole.dtype),
    )


def deadly(blocks, note, block=2, reading=3):
    """Return `blocks`; a certain reading of one of them kills the process that reads.

    Each reading of that block adds a byte to the file `note`.
    """
    settings = str(note), block, reading
    return blocks.map_blocks(_deadly, *settings, meta=np.empty((0,) * blocks.ndim))


def _deadly(points, note, block, reading, block_info=None):
    if block_info[0]["chunk-location"][0] == block:
        with open(note, "ab") as file:
            file.write(b".")
        if os.path.getsize(note) == reading:
            os.kill(os.getpid(), 9)
    return points


class MixtureOnCluster(Mixture):
    """A mixture whose E-step is made on the machines of a Dask cluster."""

    def __init__(self, model, client):
        self._set(model=model, client=client, K=model.K)

    def check_data(self, x):
        """Return x in blocks of whole rows, or say that it is no such array."""
        import dask.array as da

        if not isinstance(x, da.Array):
            raise TypeError(
                f"x is a {type(x).__name__}: pass a Dask array, "
                "such as points_in(path) of gmmlib.distributed"
            )
        if np.isnan(x.shape).any():
            raise ValueError(
                f"x has shape {x.shape}: take x.compute_chunk_sizes() first"
            )
        self.model.check_data(np.broadcast_to(x.dtype.type(0), x.shape))  # no memory
        return _Blocks(x.rechunk({1: -1}) if x.ndim == 2 else x)

    def e_step(self, x):
        """Send the model to the blocks; add in a tree what comes back."""
        model = _lazy(self.model)
        return self._tree_sum(
            [_lazy(e_step_of)(model, block, row) for block, row in x.blocks], _added
        )

    def m_step(self, statistics):
        """Return the next mixture: a small computation, made here."""
        return type(self)(self.model.m_step(statistics), self.client)

    def resolution(self, x):
        """Ask every block how far its points lie, and look at them for NaN."""
        extents = [_lazy(_extent)(block, row) for block, row in x.blocks]
        low, high, total = self._tree_sum(extents, widest)
        mean = total / len(x)
        radius = np.maximum(high - mean, mean - low)
        return self.model.resolution(np.array([mean - radius, mean + radius]))

    # All else is asked of the mixture itself

    def rounding(self, log_likelihood, N):
        return self.model.rounding(log_likelihood, N)

    def collapsed(self, resolution):
        return self.model.collapsed(resolution)

    def forget(self):
        self.model.forget()

    def log_prior(self):
        return self.model.log_prior()

    def _tree_sum(self, parts, add):
        """Have `parts` computed and added, `FAN_IN` at a time, and fetch the sum."""
        from dask.distributed import KilledWorker
        from distributed.comm import CommClosedError

        while len(parts) > 1:
            groups = range(0, len(parts), FAN_IN)
            parts = [_lazy(add)(parts[g : g + FAN_IN]) for g in groups]
        future = None
        try:
            future = self.client.compute(parts[0])
            return future.result()
        except KeyboardInterrupt:
            if future is not None:
                future.cancel()
            raise
        except KilledWorker as error:
            raise MemoryError(
                "one block has killed one worker after another: "
                "set smaller blocks with x.rechunk, or give the workers more memory"
            ) from error
        except Exception as error:
            gone = isinstance(error, CancelledError | CommClosedError)
            if not gone and self.client.status not in ("closing", "closed"):
                raise
            raise SchedulerLost(
                "the scheduler has gone away, or the run was cancelled: connect again, "
                "and start from the model of this error",
                self.model,
            ) from error


class _Blocks:
    """The blocks of a Dask array, not yet read, each with its first row's number.

    Blocks without rows, as a filter leaves them, are left out.
    """

    def __init__(self, x):
        sizes = x.chunks[0]
        rows = np.cumsum((0, *sizes[:-1])).tolist()
        all_blocks = zip(x.to_delayed().ravel(), rows, sizes, strict=True)
        self.blocks = [(block, row) for block, row, size in all_blocks if size]
        self.length = sum(sizes)

    def __len__(self):
        return self.length


def e_step_of(model, block, first_row):
    """Make the E-step of a block on one thread: Dask keeps the others busy."""
    block = finite_floats("x", block, first_row)  # names a row as the caller counts it
    cuts = range(0, len(block), model.block_rows)
    try:
        return _added([model.e_step(block[n : n + model.block_rows]) for n in cuts])
    except PointError as error:
        raise PointError(error.row + first_row, error.finding) from None


def _added(parts):
    statistics, log_likelihoods = zip(*parts, strict=True)
    return sum(statistics), sum(log_likelihoods)


def _extent(block, first_row):
    return block_extent(finite_floats("x", block, first_row))


def _window(path, block_info=None):
    begin, end = block_info[None]["array-location"][0]
    return np.load(path, mmap_mode="r")[begin:end]


def _lazy(thing):
    import dask

    return dask.delayed(thing, traverse=False)


def _here(trace):
    return replace(trace, models=tuple(m.model for m in trace.models))
