"""Data in blocks: read one after another, worked on by several threads, never copied.

NumPy lets other threads run while it computes, so blocks are shared among the
processors. Results come back in the order of the blocks, so that sums over several
blocks repeat to the last bit on one machine, however many processors share them. Data
that fill a single block, and an M-step in many dimensions, leave BLAS its threads:
there another number of them adds in another order, and the last digits differ.
"""

import os
import sys
from functools import cache
from threading import RLock, Thread

import numpy as np

from gmmlib.numerics.checks import finite_floats


class PointError(ValueError):
    """One row of x is not acceptable; `row` says which, `finding` what is wrong."""

    def __init__(self, row, finding):
        super().__init__(row, finding)
        self.row, self.finding = int(row), finding

    def __str__(self):
        return f"x[{self.row}] {self.finding}"


def each_block(x, rows, per_block):
    """Return `per_block` of each block of `rows` rows of x, in order.

    A block is a float64 array without NaN or infinity. There is one at least, if empty.
    """

    def at(start):
        block = finite_floats("x", x[start : start + rows], start)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # far points: r is 0
                return per_block(block)
        except PointError as error:
            raise PointError(error.row + start, error.finding) from None

    _keep_freed_memory()
    if len(x) <= rows:
        return [at(0)]
    starts = range(0, len(x), rows)
    with _one_blas_thread:
        threads = max(1, min(_processors(), len(starts) // 2))  # a start costs a block
        mine, *shares = np.array_split(starts, threads)
        others = [_Share(at, share) for share in shares]
        try:
            results = [at(start) for start in mine]
            return results + [r for other in others for r in other.results()]
        finally:  # after an error or Ctrl-C nobody needs the rest
            for other in others:
                other.wanted = False


class _Share(Thread):
    """One thread's blocks. Nobody waits for it but who wants its results.

    A pool of the standard library would wait for its threads even after Ctrl-C, and
    for ever if that comes while a result is being handed over.
    """

    def __init__(self, at, starts):
        super().__init__(daemon=True)
        self.at, self.starts, self.wanted = at, starts, True
        self.done, self.error = [], None
        self.start()

    def run(self):
        try:
            for start in self.starts:
                if not self.wanted:
                    return
                self.done.append(self.at(start))
        except BaseException as error:  # told to whoever wants the results
            self.error = error

    def results(self):
        self.join()
        if self.error is not None:
            raise self.error
        return self.done


@cache
def _keep_freed_memory():
    """Let the process keep the memory of one block's arrays for those of the next.

    The C library of Linux gives freed memory back, and to get it again, page by page,
    takes up to three times as long as the arithmetic. Once it has seen a large array
    freed it keeps more. The array is never touched, so it takes no memory.
    """
    np.empty(31 * 2**17)  # 31 MiB: the most that it learns from


def _processors():
    if sys.platform == "emscripten":  # a browser: no threads
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _OneBlasThread:
    """Keep matrix products to one thread each while several blocks are under way.

    BLAS has one setting for the whole process: the first to enter takes it, and the
    last to leave gives it back. A process forked in the meantime is given it back at
    once, since the threads that would do so do not exist in it.
    """

    def __init__(self):
        self.users, self.lock, self.before = 0, RLock(), []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self.lock.acquire,  # so that nobody is half in or half out
                after_in_parent=self.lock.release,
                after_in_child=self._forked,
            )

    def __enter__(self):
        with self.lock:
            if self.users == 0:
                self.before = [blas.num_threads for blas in _blas()]
                _set_blas_threads([1] * len(_blas()))
            self.users += 1

    def __exit__(self, *error):
        with self.lock:
            self.users -= 1
            if self.users == 0:
                _set_blas_threads(self.before)

    def _forked(self):
        if self.users > 0:
            self.users = 0
            _set_blas_threads(self.before)
        self.lock.release()


def _set_blas_threads(numbers):
    for blas, n in zip(_blas(), numbers, strict=True):
        # threadpoolctl 3.8 lets only the thread that came first set it, until cleared
        clear = getattr(blas, "clear_controlling_thread", lambda force: None)
        clear(force=True)
        blas.set_num_threads(n)
        clear(force=True)


@cache
def _blas():
    """Return the handles on BLAS: to find them takes longer than many an E-step."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers


_one_blas_thread = _OneBlasThread()
