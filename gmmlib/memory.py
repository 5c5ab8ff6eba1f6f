"""EM over a file that is larger than the memory allowed (chapter 10)."""

import os
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gmmlib.em import em


def write_points(path, mixture, N, rows=1_000_000, seed=0):
    """Draw N points of `mixture` into an .npy file, block by block."""
    rng = np.random.default_rng(seed)
    file = np.lib.format.open_memmap(path, "w+", float, (N, mixture.D))
    for n in range(0, N, rows):
        file[n : n + rows] = mixture.sample(min(rows, N - n), rng)[0]
    file.flush()


def opened(path, start):
    """Return the file's array, not read; let threads and BLAS take what they need."""
    x = np.load(path, mmap_mode="r")
    em(start, x[:500_000], max_iter=2, tol=None, progress=False)
    return x


def em_within(megabytes, path, start, iterations):
    """Run EM over a file in a process that may take only so many megabytes more.

    Returns the trace, and whether the file as a whole would have fitted as well.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_em_within, megabytes, path, start, iterations).result()


def _em_within(megabytes, path, start, iterations):
    from threadpoolctl import threadpool_limits

    if hasattr(os, "sched_setaffinity"):  # one thread: each needs memory of its own
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    with threadpool_limits(1):
        x = opened(path, start)
        with at_most(megabytes):
            trace = em(start, x, max_iter=iterations, tol=None, progress=False)
        try:
            with at_most(megabytes):
                np.load(path)
        except MemoryError:
            return trace, False
    return trace, True


@contextmanager
def at_most(megabytes):
    """Let this process take at most so many megabytes more than it has now.

    More is a MemoryError: at once on Linux, which refuses it; elsewhere at the end, by
    the peak that tracemalloc has counted.
    """
    allowed, status = megabytes * 10**6, Path("/proc/self/status")
    if not status.exists():
        tracemalloc.start()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if peak > allowed:
            raise MemoryError(f"{peak} bytes taken, {allowed} allowed")
        return
    import resource

    lines = status.read_text().splitlines()
    has = next(int(s.split()[1]) for s in lines if s.startswith("VmData"))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (has * 1024 + allowed, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
