"""What an iteration of EM takes: python notebooks/tables/scale_speed.py

Each row is measured in a process of its own, which may use as many cores as `threads`
says (Linux only). It makes a short and a long run of EM several times; the least time
of the long ones minus the least of the short ones, divided by the additional
iterations, is `ms`: the time of one iteration, an E-step and an M-step, without set-up.
`mb` is the peak of what a run holds beside the data, in 10^6 bytes, as `tracemalloc`
(R: `gc`) sees it in a pass that is not timed. rows: those of a block, 0 where the model
chooses. mclust is left out where R has it not. Takes three minutes on two quiet cores.
These are times: they depend on the machine (scale_machine.csv), and on what else it
does.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gmmlib.datasets import points_and_start, write_table
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.memory import at_most, opened, write_points

SHORT = 2  # iterations of a short run
HEADER = "series,program,threads,N,D,K,rows,ms,mb"

# What an iteration costs: one of N, D, K grows, the others stay. One core.
SWEEPS = {
    "N": [(N, 2, 4) for N in (300, 1_000, 3_000, 10_000, 100_000, 1_000_000)],
    "D": [(50_000, D, 8) for D in (1, 2, 4, 8, 16, 32, 64)],
    "K": [(50_000, 8, K) for K in (1, 4, 16, 64)],
}
# Programs side by side, on one core and on two
CASES = [(1_500, 2, 3), (200_000, 2, 4), (100_000, 10, 10), (5_000, 50, 8)]
# The same iteration in blocks of so many rows
BLOCKS = [64, 1_024, 4_096, 16_384, 65_536, 1_000_000]
FILE = (10_000_000, 2, 3)  # 160 MB on disk
ALLOWED = 64  # megabytes that the run over the file may take

VERSIONS = (
    'cat(paste(getRversion(), packageVersion("mclust"),'
    'basename(extSoftVersion()["BLAS"])))'
)


def main():
    """Measure everything, and write both tables."""
    cores = sorted(os.sched_getaffinity(0))
    lines = ((*row, *measured(row, cores)) for row in plan())
    write_table("scale_speed", __doc__, HEADER, lines)
    write_table("scale_machine", __doc__, "item,found", machine())


def plan():
    """Yield every row to be measured, as the first columns name it."""
    programs = ["gmmlib", "sklearn"] + ["mclust"] * has_mclust()
    for series, cases in SWEEPS.items():
        for case in cases:
            yield series, "gmmlib", 1, *case, 0
    for case in CASES:
        for threads in (1, 2):
            for program in programs:
                if (program, threads) != ("mclust", 2):  # it uses one core
                    yield "programs", program, threads, *case, 0
    for N in (10_000, 100_000, 1_000_000):
        for program in ("gmmlib", "sklearn"):
            yield "memory", program, 2, N, 2, 8, 0
    for rows in BLOCKS:
        yield "blocks", "gmmlib", 1, 1_000_000, 2, 8, rows
    for threads in (1, 2):
        yield "file", "gmmlib", threads, *FILE, 0


def measured(row, cores):
    """Measure a row in a process with as many cores as it may use."""
    os.sched_setaffinity(0, cores[: row[2]])  # what a new process has as well
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(measure, *row).result()
    return [float(f"{value:.3g}") for value in found]


def measure(series, program, threads, N, D, K, rows):
    """Return the ms and the MB of a row, in this process."""
    if series == "file":
        return over_a_file(N, D, K)
    x, start = points_and_start(N, D, K)
    flops = N * K * (D + 4) ** 2
    more = int(np.clip(2e8 / flops, 2, 300))  # iterations beyond a short run
    if program == "mclust":
        return with_mclust(x, start, more)
    run = runs(program, x, start, rows)
    if series == "memory":  # where time is not the question: with set-up
        ms = 1e3 * seconds(lambda: run(SHORT)) / SHORT
    else:
        ms = per_iteration(run, more)
    tracemalloc.start()
    run(SHORT)
    return ms, tracemalloc.get_traced_memory()[1] / 1e6


def runs(program, x, start, rows=0):
    """Return a function that makes so many iterations of `program` from `start`."""
    if program == "sklearn":
        return with_sklearn(x, start)
    if rows:
        in_blocks = type("InBlocks", (GaussianMixture,), {"block_rows": rows})
        start = in_blocks(start.weights, start.means, start.covariances)
    return lambda n: em(start, x, max_iter=n, tol=None, progress=False)


def with_sklearn(x, start):
    """Return scikit-learn's run from the same start, without additions to Σ."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture as SklearnMixture

    def run(iterations):
        mixture = SklearnMixture(
            start.K,
            tol=0,
            reg_covar=0,
            max_iter=iterations,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=np.linalg.inv(start.covariances),
            init_params="random",  # the cheapest; all of it is replaced by the above
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # tol=0: never reached
            return mixture.fit(x)

    return run


def with_mclust(x, start, more):
    """Return mclust's time and memory, in a process of R."""
    with tempfile.TemporaryDirectory() as folder:
        x.tofile(Path(folder, "x"))
        for name in ("weights", "means", "covariances"):
            getattr(start, name).tofile(Path(folder, name))
        script = Path(__file__).with_name("mclust.R")
        turns = 2 if more < 20 else 15  # how often R repeats a run
        found = in_R(script, folder, *x.shape, start.K, more, turns)
    ms, mb, log_likelihood, iterations = map(float, found)
    ours = em(start, x, max_iter=SHORT + more, tol=None, progress=False)
    near = ours.log_likelihoods[-2:].tolist()  # it may count the last E-step or not
    agrees = min(abs(log_likelihood / ell - 1) for ell in near) < 1e-9
    if not agrees or iterations != SHORT + more:
        sys.exit(f"mclust: {log_likelihood} after {iterations}; gmmlib: {near}")
    return ms, mb


def in_R(*arguments):
    """Return the words that a script of R prints."""
    command = ["Rscript", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def per_iteration(run, more, least=3):
    """Return ms of one iteration: the least long run minus the least short run."""
    run(SHORT)  # warm
    short, long = np.inf, np.inf
    begun, done = time.perf_counter(), 0
    while done < least or (time.perf_counter() - begun < 0.7 and done < 15):
        short = min(short, seconds(lambda: run(SHORT)))
        long = min(long, seconds(lambda: run(SHORT + more)))
        done += 1
    return 1e3 * (long - short) / more


def seconds(action):
    """Return how long `action` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def over_a_file(N, D, K):
    """Write the points to a file; go over it with `ALLOWED` megabytes to spare."""
    _, start = points_and_start(1_000, D, K)
    here = Path(__file__).parent  # on disk, not in memory
    with tempfile.TemporaryDirectory(dir=here) as folder:
        path = Path(folder, "points.npy")
        write_points(path, start, N)
        x = opened(path, start)
        with at_most(ALLOWED):
            ms = per_iteration(lambda n: em(start, x, n, None, False), 2, 2)
    return ms, ALLOWED


def machine():
    """Yield what the table was measured on and with."""
    cpu, info = (platform.processor() or platform.machine(), Path("/proc/cpuinfo"))
    if info.exists():
        lines = info.read_text().splitlines()
        cpu = next((s.split(": ")[1] for s in lines if "model name" in s), cpu)
    yield "machine", f"{cpu} with {os.cpu_count()} cores".replace(",", "")
    yield "system", platform.system()
    yield "Python", platform.python_version()
    yield "NumPy", np.__version__
    yield "scikit-learn", version("scikit-learn")
    if has_mclust():
        yield from zip(("R", "mclust", "BLAS of R"), in_R("-e", VERSIONS), strict=True)


def has_mclust():
    """Return whether R with mclust can be run here."""
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", "library(mclust)"]
    return subprocess.run(asked, capture_output=True).returncode == 0


if __name__ == "__main__":
    main()
