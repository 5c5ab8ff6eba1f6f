"""Write perturbed_starts.csv: which part of a start is EM's end sensitive to?

    python -m gmmlib.data.perturbed_starts      about four minutes

A run begins at the optimum of its draw of points. One block of parameters is moved in
a random direction until the log-likelihood has fallen by `damage` nats a point; all
else stays. Then EM runs. Covariances are moved in two ways: by size, each ellipse
blown up or shrunk as a whole, and by shape, each stretched along directions of its own.
"""

from pathlib import Path

import numpy as np

from gmmlib.data.experiments import optimum, result
from gmmlib.datasets import three_groups
from gmmlib.gaussians import GaussianMixture

DRAWS, RUNS = 10, 100  # draws of 1800 points, runs on each
DAMAGES = (1, 2, 4, 8)  # nats a point
BLOCKS = ("means", "sizes", "shapes", "weights")
FARTHEST = {"means": 1e3, "sizes": 12.0, "shapes": 12.0, "weights": 200.0}


def ray(model, block, rng):
    """Return a function from a distance ≥ 0 to `model` with one block moved so far.

    The distance is in the units of the data for means; for sizes and shapes it is the
    logarithm of the greatest factor that a variance changes by, for weights of the
    greatest factor that an odds ratio changes by.
    """
    K, D = model.means.shape
    step = _direction(block, rng, K, D)

    def moved(far):
        weights, means, covariances = model.weights, model.means, model.covariances
        if block == "means":
            means = means + far * step
        elif block == "weights":
            log_weights = np.log(weights) + far * step
            weights = np.exp(log_weights - log_weights.max())
            weights /= weights.sum()
        else:
            values, vectors = step
            L = np.linalg.cholesky(covariances)
            stretched = L @ vectors * np.exp(far * values / 2)[:, None, :]
            covariances = stretched @ stretched.transpose(0, 2, 1)
        return GaussianMixture(weights, means, covariances)

    return moved


def _direction(block, rng, K, D):
    """Draw the direction of a ray: an array, or eigenvalues and eigenvectors."""
    if block == "means":
        step = rng.standard_normal((K, D))
        return step / np.linalg.norm(step, axis=1).max()
    if block == "weights":
        step = rng.standard_normal(K)
        return step / np.ptp(step)
    if block == "sizes":
        values, vectors = rng.standard_normal((K, 1)) * np.ones(D), np.eye(D)
    else:
        step = rng.standard_normal((K, D, D))
        values, vectors = np.linalg.eigh(step + step.transpose(0, 2, 1))
    return values / abs(values).max(), vectors


def damaged(model, block, damage, x, rng):
    """Return a start `damage` nats a point below `model`, or None.

    It is the first on its ray that is damaged so much; None says that none is up to
    `FARTHEST`: variances e¹² times what they were, weights e²⁰⁰ farther apart.
    """
    at, goal = ray(model, block, rng), model.log_likelihood(x) - damage * len(x)
    low, high = 0.0, 1e-2
    while at(high).log_likelihood(x) > goal:
        low, high = high, 1.3 * high
        if high > FARTHEST[block]:
            return None
    for _ in range(30):
        middle = (low + high) / 2
        if at(middle).log_likelihood(x) > goal:
            low = middle
        else:
            high = middle
    return at(high)


def distance_for(model, block, damage, x, seed):
    """Return how far a block must move in a random direction to do a damage, or NaN.

    For means it is the longest way of one; for sizes and shapes the greatest factor by
    which a variance changes, either way; for weights that of an odds ratio.
    """
    moved = damaged(model, block, damage, x, np.random.default_rng(seed))
    if moved is None:
        return np.nan
    if block == "means":
        return np.linalg.norm(moved.means - model.means, axis=1).max()
    if block == "weights":
        return np.exp(np.ptp(np.log(moved.weights / model.weights)))
    factors = np.linalg.eigvals(np.linalg.solve(model.covariances, moved.covariances))
    return np.exp(abs(np.log(factors.real)).max())


def row(block, damage, draw, runs=RUNS):
    """Return one row of the table as a dict: `runs` runs on one draw of the points."""
    x, _ = three_groups(1800, draw)
    best = optimum(x).model
    top = best.log_likelihood(x)
    ends = []
    for run in range(runs):
        rng = np.random.default_rng([draw, BLOCKS.index(block), run])
        start = damaged(best, block, damage, x, rng)
        ends.append("unreachable" if start is None else result(start, x, top)[0])
    return {
        "block": block,
        "damage": damage,
        "draw": draw,
        "runs": runs - ends.count("unreachable"),
        "best": ends.count("best"),
        "collapse": ends.count("collapse"),
    }


def main():
    """Measure everything, and write the table beside this script."""
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# One block of a start moved: python -m gmmlib.data.perturbed_starts\n"
            "# Points: three_groups(1800, draw). damage: nats a point lost at the\n"
            "# start. runs: those of 100 directions in which so much damage can be\n"
            "# done. Of these, how many reached the best optimum, how many collapsed;\n"
            "# the others ended lower. Seed of run r: [draw, number of the block, r].\n"
            "block,damage,draw,runs,best,collapse\n"
        )
        for block in BLOCKS:
            for damage in DAMAGES:
                print(block, damage, flush=True)
                for draw in range(DRAWS):
                    found = row(block, damage, draw)
                    file.write(",".join(str(value) for value in found.values()) + "\n")


if __name__ == "__main__":
    main()
