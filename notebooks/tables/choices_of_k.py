"""What AIC and BIC choose: python notebooks/tables/choices_of_k.py

Points: three_groups(n, draw), from three components. Best of 4 starts (rng = draw, at
most 500 iterations), covariance_floor 4, K from 1 to 6. aic, bic: the K of the least
one, full covariances. type, K: those of the least BIC among full and tied ones. Takes
about nine minutes.
"""

import numpy as np

from gmmlib.datasets import three_groups, write_table
from gmmlib.starts import best_of

SIZES, DRAWS, MOST = (50, 100, 200, 400, 800, 1600), 100, 6
STARTS, FLOOR = (4, 4.0)  # a standard deviation of 2; those of the groups are 9 to 18
HEADER = "n,draw,aic,bic,type,K"


def costs(x, kind, draw):
    """Return AIC and BIC for K = 1 … MOST: two arrays (MOST,)."""
    options = {"covariance_type": kind, "covariance_floor": FLOOR}
    fits = [
        best_of(x, K, STARTS, draw, max_iter=500, **options).model
        for K in range(1, MOST + 1)
    ]
    return np.array([m.aic(x) for m in fits]), np.array([m.bic(x) for m in fits])


def choices(n, draw):
    """Return the K of least AIC and of least BIC, full; then type and K of both."""
    x, _ = three_groups(n, draw)
    aics, bics = costs(x, "full", draw)
    _, others = costs(x, "tied", draw)
    kind, both = ("tied", others) if others.min() < bics.min() else ("full", bics)
    aic, bic, K = (1 + int(cost.argmin()) for cost in (aics, bics, both))
    return aic, bic, kind, K


def rows():
    """Yield one row a size and a draw."""
    for n in SIZES:
        for draw in range(DRAWS):
            yield n, draw, *choices(n, draw)


if __name__ == "__main__":
    write_table("choices_of_k", __doc__, HEADER, rows())
