"""Write scale_enough.csv: what a fit to N points costs on points not yet seen.

    python -m gmmlib.data.scale_enough        about half a minute

For each N, points are drawn afresh 40 times from `three_groups_mixture`; EM starts at
the truth, so that the start plays no part. `excess` is how many nats a point the fit
lies below the truth on the same 400,000 new points; `mean_error` is the root mean
square distance of the fitted means from the true ones, in units of the data.
"""

from pathlib import Path

import numpy as np

from gmmlib.datasets import three_groups, three_groups_mixture
from gmmlib.em import em

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
DRAWS, NEW = 40, 400_000
HEAD = """\
# What a fit of three Gaussians to N points costs on points not yet seen.
# excess: nats a point below the truth; mean_error: root mean square error of the means.
# EM from the truth; draw d of size N has seed 1000 d + 1, the new points have seed 0.
# Written by python -m gmmlib.data.scale_enough
N,draw,excess,mean_error
"""


def main():
    """Fit, measure, write."""
    new = new_points()
    lines = []
    for N in SIZES:
        for draw in range(DRAWS):
            lost, error = cost(N, draw, new)
            lines.append(f"{N},{draw},{lost:.7f},{error:.5f}")
        print(N, flush=True)
    path = Path(__file__).with_suffix(".csv")
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def new_points(n=NEW):
    """Return points that no fit has seen, and what the truth gives them on average."""
    x, _ = three_groups(n, seed=0)
    return x, three_groups_mixture().log_likelihood(x) / n


def points(N, draw):
    """Return N points of a draw: other ones for each draw."""
    return three_groups(N, seed=1000 * draw + 1)[0]


def excess(fit, new):
    """Return how many nats a point a fit lies below the truth on `new` points."""
    x, best = new
    return best - fit.log_likelihood(x) / len(x)


def mean_error(fit):
    """Return the root mean square distance of the fitted means from the true ones."""
    squares = np.square(fit.means - three_groups_mixture().means).sum(axis=1)
    return np.sqrt(squares.mean())


def cost(N, draw, new):
    """Return the excess and the error of the means of one fit to N points."""
    start, x = three_groups_mixture(), points(N, draw)
    fit = em(start, x, max_iter=2000, tol=1e-8, progress=False).model
    return excess(fit, new), mean_error(fit)


if __name__ == "__main__":
    main()
