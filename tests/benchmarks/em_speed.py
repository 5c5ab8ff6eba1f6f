"""Time and memory of one EM iteration, beside scikit-learn and beside the arithmetic.

Run ``python tests/benchmarks/em_speed.py`` (about five minutes on two cores), with
``--quick`` for a small grid and ``--csv FILE`` to keep the table.

How it is measured
------------------
Both programs get the same points, the same start and the same number of iterations,
in one process and on the same number of threads. They take turns (gmmlib,
scikit-learn, gmmlib, ...), so that a disturbance meets both. One turn is a short run
and a long run; their difference, divided by the additional iterations, is the time of
one iteration without set-up. An iteration is one E-step and one M-step in both.
The columns:

gmmlib ms, sklearn ms
    Medians over the turns, per iteration.
ratio, least, most, target
    Median, smallest and largest over the turns of scikit-learn's time over gmmlib's of
    the same turn (so it may differ a little from the ratio of the medians), and what
    the median should be at least. Where smallest and largest are far apart, something
    else was running: the load averages above and below the table tell.
gmmlib MB, sklearn MB
    The peak of the long run above the data, in 10⁶ bytes, from `tracemalloc` in a pass
    that is not timed. NumPy reports its buffers there; what the BLAS library keeps for
    itself is not counted, for neither.
difference
    The largest relative difference of the two results after the long run, among
    weights, means, covariances and log-likelihood. For a component's mean or
    covariance: its largest difference over its largest entry.
floor ms, x floor
    The arithmetic alone, and gmmlib's time as a multiple of it. A point and a component
    need D² multiply-adds to whiten the point and D² for its second moments, D to square
    and D for the first moments, and one exponential: 2 N K (D² + D) multiply-adds at
    the rate at which this BLAS multiplies large matrices, and N K exponentials at the
    rate of `numpy.exp` on an array in the cache, both on the same threads. At D = 2
    nothing comes near the rate of large matrices: there the floor is mostly the
    exponentials, and the rest is a dozen passes over arrays of N K numbers. "tied"
    whitens a point once and needs half of D² for its scatter, and D³ to invert L;
    "diag" needs 4 D, "spherical" 2 (D + 1) a point and component.
"""

import argparse
import csv
import os
import platform
import time
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture
from threadpoolctl import threadpool_limits

from gmmlib import GaussianMixture, em

# type, N, D, K, iterations that a long run has beyond a short one, target of the ratio
GRID = [
    ("full", 1_500, 2, 3, 300, 4),
    ("full", 200_000, 2, 4, 10, 10),
    ("full", 1_000_000, 2, 8, 3, 10),
    ("full", 50_000, 8, 6, 10, 10),
    ("full", 100_000, 10, 10, 5, 10),
    ("full", 20_000, 50, 8, 5, 4),
    ("tied", 1_000, 500, 2, 20, 1),  # 500 points a component: "full" is flat there
    ("diag", 1_000, 500, 2, 40, 1),
    ("spherical", 1_000, 500, 2, 40, 1),
    ("tied", 50_000, 8, 6, 20, 2),
    ("diag", 50_000, 8, 6, 20, 2),
    ("spherical", 50_000, 8, 6, 20, 2),
    ("tied", 20_000, 50, 8, 20, 2),
    ("diag", 20_000, 50, 8, 20, 2),
    ("spherical", 20_000, 50, 8, 20, 2),
]
QUICK = [
    ("full", 1_500, 2, 3, 200, 4),
    ("full", 50_000, 2, 4, 20, 10),
    ("full", 5_000, 50, 4, 10, 4),
    ("diag", 20_000, 50, 8, 20, 2),
]
SHORT = 2  # iterations of a short run
MEMORY_TARGET = 64.0  # MB
DIFFERENCE_TARGET = 1e-8

COLUMNS = {
    "type": "s",
    "N": "d",
    "D": "d",
    "K": "d",
    "gmmlib ms": ".2f",
    "sklearn ms": ".2f",
    "ratio": ".1f",
    "least": ".1f",
    "most": ".1f",
    "target": "d",
    "gmmlib MB": ".1f",
    "sklearn MB": ".1f",
    "difference": ".0e",
    "floor ms": ".2f",
    "x floor": ".1f",
}


def main(arguments=None):
    """Measure the grid, print the table as it grows, and name what misses a target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=processors(), metavar="T")
    parser.add_argument("--repeats", type=int, metavar="R", help="turns of each")
    parser.add_argument("--quick", action="store_true", help="a small grid, 3 turns")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    grid, repeats = (QUICK, 3) if options.quick else (GRID, 7)

    with threads_of_both(options.threads):
        rates = multiply_adds(options.threads), exponentials(options.threads)
        head = [*environment(options.threads, rates), load("before")]
        print("\n".join(head), end="\n\n", flush=True)
        print("  ".join(f"{name:>10}" for name in COLUMNS), flush=True)
        table = []
        for case in grid:
            table.append(measure(*case, options.repeats or repeats, rates))
            print(
                "  ".join(f"{table[-1][c]:>10{f}}" for c, f in COLUMNS.items()),
                flush=True,
            )
    head.append(load("after"))
    missed = [finding for row in table for finding in missed_targets(row)]
    print("", head[-1], *(missed or ["all targets met"]), sep="\n")
    if options.csv:
        write_csv(options.csv, head, table)


def measure(kind, N, D, K, iterations, target, repeats, rates):
    """Return one row of the table."""
    x, weights, means, covariances = points_and_start(N, D, K)
    ours, theirs = runs(kind, x, weights, means, of_type(kind, covariances))
    ours(SHORT), theirs(SHORT)  # warm
    turns = [
        (per_iteration(ours, iterations), per_iteration(theirs, iterations))
        for _ in range(repeats)
    ]
    ratios = [theirs_s / ours_s for ours_s, theirs_s in turns]
    our_ms, their_ms = 1e3 * np.median(turns, axis=0)
    (mine, our_bytes), (other, their_bytes) = (
        result_and_memory(run, SHORT + iterations) for run in (ours, theirs)
    )
    madds, exps = rates
    products = {
        "full": 2 * N * K * (D**2 + D),
        "tied": N * (1.5 * D**2 + 3 * K * D) + D**3,
        "diag": 4 * N * K * D,
        "spherical": 2 * N * K * (D + 1),
    }
    floor = 1e3 * (products[kind] / madds + N * K / exps)
    values = [
        *(kind, N, D, K, our_ms, their_ms),
        *(np.median(ratios), min(ratios), max(ratios), target),
        *(our_bytes / 1e6, their_bytes / 1e6, difference(mine, other, x)),
        *(floor, our_ms / floor),
    ]
    return dict(zip(COLUMNS, values, strict=True))


def points_and_start(N, D, K, seed=0):
    """Return N points in K groups that overlap, and weights, means, covariances."""
    rng = np.random.default_rng([seed, N, D, K])
    factors = np.tril(rng.normal(size=(K, D, D))) / np.sqrt(D) + np.eye(D)
    means = rng.normal(scale=2, size=(K, D))
    z = rng.integers(K, size=N)
    x = rng.normal(size=(N, D))
    for k in range(K):
        x[z == k] = x[z == k] @ factors[k].T + means[k]
    covariances = factors @ factors.transpose(0, 2, 1)
    start = means + rng.normal(scale=0.5, size=means.shape)
    return x, np.full(K, 1 / K), start, covariances


def of_type(kind, covariances):
    """Return covariances (K, D, D) that a type allows, made from any."""
    K, D, _ = covariances.shape
    if kind == "tied":
        return np.stack([covariances.mean(axis=0)] * K)
    if kind in ("diag", "spherical"):
        covariances = covariances * np.eye(D)
    if kind == "spherical":
        mean = np.trace(covariances, axis1=1, axis2=2) / D
        return mean[:, None, None] * np.eye(D)
    return covariances


def in_its_shape(kind, matrices):
    """Return matrices (K, D, D) in the shape in which scikit-learn keeps a type's."""
    return {
        "full": lambda: matrices,
        "tied": lambda: matrices[0],
        "diag": lambda: np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": lambda: matrices[:, 0, 0],
    }[kind]()


def runs(kind, x, weights, means, covariances):
    """Return gmmlib's and scikit-learn's run as functions of the iterations."""
    start = GaussianMixture(weights, means, covariances, kind)
    precisions = in_its_shape(kind, np.linalg.inv(covariances))

    def ours(iterations):
        return em(start, x, max_iter=iterations, tol=0, progress=False).model

    def theirs(iterations):
        mixture = SklearnMixture(
            len(weights),
            covariance_type=kind,
            tol=0,
            reg_covar=0,
            max_iter=iterations,
            weights_init=weights,
            means_init=means,
            precisions_init=precisions,
            init_params="random",  # the cheapest; all of it is replaced by the above
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # tol=0: never reached
            return mixture.fit(x)

    return ours, theirs


def per_iteration(run, iterations):
    """Return seconds per iteration, without set-up."""
    short = seconds(lambda: run(SHORT))
    return (seconds(lambda: run(SHORT + iterations)) - short) / iterations


def seconds(action):
    """Return how long `action` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def result_and_memory(run, iterations):
    """Return the fitted model and the bytes held at the peak, beside the data."""
    tracemalloc.start()
    try:
        model = run(iterations)
        return model, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def difference(ours, theirs, x):
    """Return the largest relative difference of the two fitted models."""
    pairs = [
        (ours.weights, theirs.weights_),
        (ours.means, theirs.means_),
        (in_its_shape(ours.covariance_type, ours.covariances), theirs.covariances_),
        (np.array([ours.log_likelihood(x)]), np.array([theirs.score(x) * len(x)])),
    ]
    return max(
        np.max(abs(a_k - b_k)) / np.max(abs(b_k))
        for a, b in pairs
        for a_k, b_k in zip(a, b, strict=True)
    )


def missed_targets(row):
    """Yield a sentence for each target that a row misses."""
    name = "{type}, N = {N}, D = {D}, K = {K}".format(**row)
    if row["ratio"] < row["target"]:
        yield (
            f"{name}: {row['ratio']:.1f} ({row['least']:.1f} to {row['most']:.1f}) "
            f"times as fast as scikit-learn, not {row['target']}"
        )
    if row["gmmlib MB"] > MEMORY_TARGET:
        yield f"{name}: {row['gmmlib MB']:.0f} MB, not {MEMORY_TARGET:.0f}"
    if row["difference"] > DIFFERENCE_TARGET:
        yield f"{name}: results differ by {row['difference']:.0e}"


def multiply_adds(threads, n=1500):
    """Return multiply-adds a second in a product of large matrices."""
    a, b, c = (np.full((n, n), 0.5) for _ in range(3))
    with threadpool_limits(threads, "blas"):
        return n**3 / best(lambda: np.matmul(a, b, out=c))


def exponentials(threads, n=2**14, times=200):
    """Return exponentials a second, each thread busy with its own cached array."""

    def work(_):
        a = np.linspace(-30, 0, n)
        b = np.empty_like(a)
        for _ in range(times):
            np.exp(a, out=b)

    with ThreadPoolExecutor(threads) as pool:
        return n * times * threads / best(lambda: list(pool.map(work, range(threads))))


def best(action, repeats=9):
    """Return the least of several times: a floor should be the machine's best."""
    return min(seconds(action) for _ in range(repeats))


def processors():
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class threads_of_both:
    """Hold gmmlib's threads, and those of BLAS and OpenMP, to a number."""

    def __init__(self, threads):
        self.ours = mock.patch("gmmlib.numerics.blocks._processors", lambda: threads)
        self.threads = threads

    def __enter__(self):
        self.ours.start()
        self.theirs = threadpool_limits(self.threads)

    def __exit__(self, *error):
        self.theirs.restore_original_limits()
        self.ours.stop()


def environment(threads, rates):
    """Return lines that say where and with what the table was measured."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line.partition(":") for line in info.read_text().splitlines())
        cpu = next((v.strip() for k, _, v in lines if k.strip() == "model name"), cpu)
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    madds, exps = rates
    return [
        f"machine: {cpu}, {os.cpu_count()} cores; threads used: {threads}",
        f"Python {platform.python_version()}, NumPy {np.__version__} "
        f"({blas['name']} {blas['version']}), scikit-learn {sklearn.__version__}, "
        f"{platform.system()}",
        f"multiply-adds: {madds / 1e9:.1f} 10⁹/s; exponentials: {exps / 1e9:.2f} 10⁹/s",
    ]


def load(when):
    """Return a line with the load: above 1 before, another program was running."""
    average = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"load average {when}: {average}"


def write_csv(path, head, table):
    """Write the table as CSV below `head` as comments."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {line}\n" for line in head)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in table:
            writer.writerow(format(row[c], f).strip() for c, f in COLUMNS.items())


if __name__ == "__main__":
    main()
