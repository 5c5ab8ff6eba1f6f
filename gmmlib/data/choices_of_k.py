"""Write choices_of_k.csv: how many groups do AIC and BIC see, by the number of points?

    python -m gmmlib.data.choices_of_k       about nine minutes

Points are drawn from the mixture of three groups; full and tied covariances, K 1 to 6.
"""

from pathlib import Path

import numpy as np

from gmmlib.datasets import three_groups
from gmmlib.selection import best_of

SIZES, DRAWS, MOST = (50, 100, 200, 400, 800, 1600), 100, 6
STARTS, FLOOR = 4, 4.0  # a standard deviation of 2; those of the groups are 9 to 18


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


def main():
    """Measure everything, and write the table beside this script."""
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# What AIC and BIC choose: python -m gmmlib.data.choices_of_k\n"
            "# Points: three_groups(n, draw), from three components. Best of 4\n"
            "# starts (rng = draw, at most 500 iterations), covariance_floor 4,\n"
            "# K from 1 to 6. aic, bic: the K of the least one, full covariances.\n"
            "# type, K: those of the least BIC among full and tied ones.\n"
            "n,draw,aic,bic,type,K\n"
        )
        for n in SIZES:
            for draw in range(DRAWS):
                file.write(",".join(map(str, (n, draw, *choices(n, draw)))) + "\n")
            print(n, flush=True)


if __name__ == "__main__":
    main()
