"""Write experiments.csv: where the four published starts lead, on 100 draws.

    python -m gmmlib.data.experiments      about a minute

Each draw of N points from the reported mixture is one row for each start. `below` says
how many nats EM ends below the optimum that it reaches from the mixture itself.
"""

from itertools import permutations
from pathlib import Path

import numpy as np

from gmmlib.datasets import published_start, rows, three_groups, three_groups_mixture
from gmmlib.em import CollapseError, em
from gmmlib.gaussians import GaussianMixture

DRAWS = 100
SAME = 0.05  # nats: two ends nearer in height than this are one optimum
STARTS = ((1, "lower"), (2, "lower"), (3, "lower"), (3, "mean"))
STARTS += ((4, "lower"), (4, "mean"))
OTHER_SIZES = (150, 300, 600, 6000)  # for experiments 2, 3 and 4, lower corner


def climb(start, x):
    """Return the trace of EM run until a whole iteration gains less than 1e-7 nats."""
    return em(start, x, max_iter=5000, tol=1e-7 / len(x), progress=False)


def optimum(x):
    """Return the trace from the mixture that the points were drawn from."""
    return climb(three_groups_mixture(), x)


def result(start, x, top):
    """Return how EM ends: "best", "other" or "collapse"; nats below `top`; M-steps."""
    try:
        trace = climb(start, x)
    except CollapseError as stopped:
        return "collapse", np.nan, stopped.iteration
    below = top - trace.log_likelihoods[-1]
    return "best" if below < SAME else "other", below, trace.n_iter


def between(one, other, share, order=(0, 1, 2)):
    """Return the mixture a `share` of the way from one to other, groups in `order`."""
    near = (one.weights, one.means, one.covariances)
    far = (a[list(order)] for a in (other.weights, other.means, other.covariances))
    mixed = ((1 - share) * a + share * b for a, b in zip(near, far, strict=True))
    return GaussianMixture(*mixed)


def valley(one, other, x, steps=40):
    """Return how many nats ℓ falls from `one` on the shallowest line to `other`.

    There is a straight line for each way of matching the groups of the two mixtures.
    """
    shares = np.linspace(0, 1, steps + 1)
    lowest = [
        min(between(one, other, t, order).log_likelihood(x) for t in shares)
        for order in permutations(range(one.K))
    ]
    return one.log_likelihood(x) - max(lowest)


def counted(table, **values):
    """Return how many runs of `rows` reached the best optimum, and how many ran."""
    chosen = rows(table, **values)
    return int(chosen["best"].sum()), int(chosen["runs"].sum())


def scatter(table, **values):
    """Return how many times as much as by chance the rate differs between the draws.

    The root of χ² / (draws − 1): about 1 if all runs are independent with one rate.
    """
    t = rows(table, **values)
    p = t["best"].sum() / t["runs"].sum()
    squares = (t["best"] - p * t["runs"]) ** 2 / (p * (1 - p) * t["runs"])
    return np.sqrt(squares.sum() / (len(t) - 1))


def row(size, draw, experiment, reading):
    """Return one row of the table as text."""
    x, _ = three_groups(size, draw)
    top = optimum(x).log_likelihoods[-1]
    end, below, iterations = result(published_start(experiment, reading), x, top)
    return f"{size},{draw},{experiment},{reading},{end},{below:.2f},{iterations}"


def main():
    """Measure everything, and write the table beside this script."""
    cells = [(1800, *start) for start in STARTS]
    cells += [(size, e, "lower") for size in OTHER_SIZES for e in (2, 3, 4)]
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Where the published starts lead: python -m gmmlib.data.experiments\n"
            "# Points: three_groups(size, draw). below: nats below the end of EM from\n"
            "# the mixture that made the points. Stopped at a gain below 1e-7 nats.\n"
            "size,draw,experiment,reading,end,below,iterations\n"
        )
        for size, experiment, reading in cells:
            print(size, experiment, reading, flush=True)
            for draw in range(DRAWS):
                file.write(row(size, draw, experiment, reading) + "\n")


if __name__ == "__main__":
    main()
