"""Write random_starts.csv: which random starts of EM find the best optimum?

    python -m gmmlib.data.random_starts      about three minutes

Means and covariances are chosen independently of each other, each in several ways; the
weights are equal, or drawn evenly from all weights that sum to 1.
"""

from itertools import product
from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist

from gmmlib.data.experiments import optimum, result
from gmmlib.datasets import three_groups
from gmmlib.gaussians import GaussianMixture

DRAWS, RUNS = 10, 100  # draws of 1800 points, runs on each
MEANS = ("fitted", "kmeans++", "points", "box")
COVARIANCES = ("fitted", "broad", "random", "narrow")
NARROW, LEAST, MOST = 5.0, 10.0, 1000.0  # variances; in the groups they are 81 to 343
CELLS = [(*pair, "equal") for pair in product(MEANS, COVARIANCES)]
CELLS += [(*pair, "random") for pair in product(("fitted", "box"), COVARIANCES)]


def random_start(means, covariances, weights, best, x, rng):
    """Return a start whose three blocks are each chosen in their own way; rng or seed.

    "fitted" is that of the optimum `best`; "broad" the covariance of all points for
    each group; "random" has any directions, and variances along them evenly drawn on a
    logarithmic scale from 10 to 1000; "narrow" is 5 in every direction. Means are the
    fitted ones, or those of `GaussianMixture.from_points`.
    """
    K, D = best.means.shape
    rng = np.random.default_rng(rng)  # the same, if it is one
    method = "box" if means == "fitted" else means
    start = GaussianMixture.from_points(x, K, rng=rng, method=method)
    turned, _ = np.linalg.qr(rng.standard_normal((K, D, D)))
    variances = np.exp(rng.uniform(np.log(LEAST), np.log(MOST), (K, 1, D)))
    S = (turned * variances) @ turned.transpose(0, 2, 1)
    pi = rng.dirichlet(np.ones(K))
    return GaussianMixture(
        {"equal": start.weights, "random": pi}[weights],
        best.means if means == "fitted" else start.means,
        {
            "fitted": best.covariances,
            "broad": start.covariances,
            "random": (S + S.transpose(0, 2, 1)) / 2,
            "narrow": np.repeat(NARROW * np.eye(D)[None], K, axis=0),
        }[covariances],
    )


def row(means, covariances, weights, draw, runs=RUNS):
    """Return one row of the table as a dict: `runs` runs on one draw of the points."""
    x, _ = three_groups(1800, draw)
    best = optimum(x).model
    top = best.log_likelihood(x)
    ends, apart = [], []
    for run in range(runs):
        rng = np.random.default_rng([draw, run])
        start = random_start(means, covariances, weights, best, x, rng)
        ends.append(result(start, x, top)[0])
        apart.append(pdist(start.means).min())
    ends, order = np.array(ends), np.argsort(apart, kind="stable")
    return {
        "means": means,
        "covariances": covariances,
        "weights": weights,
        "draw": draw,
        "runs": runs,
        "best": int((ends == "best").sum()),
        "collapse": int((ends == "collapse").sum()),
        "best_of_closer_half": int((ends[order[: runs // 2]] == "best").sum()),
    }


def main():
    """Measure everything, and write the table beside this script."""
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Random starts of EM: python -m gmmlib.data.random_starts\n"
            "# Points: three_groups(1800, draw). Of so many runs, how many reached\n"
            "# the best optimum, how many collapsed; the others ended lower. Closer\n"
            "# half: the runs // 2 whose nearest two initial means are nearest. Seed\n"
            "# of run r: [draw, r].\n"
        )
        for i, cell in enumerate(CELLS):
            print(*cell, flush=True)
            for draw in range(DRAWS):
                found = row(*cell, draw)
                if i == draw == 0:
                    file.write(",".join(found) + "\n")
                file.write(",".join(str(value) for value in found.values()) + "\n")


if __name__ == "__main__":
    main()
