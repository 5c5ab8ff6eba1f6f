"""Write choices_of_k.csv: how many groups do AIC and BIC see, by the number of points?

    python -m gmmlib.data.choices_of_k       about three minutes

Points are drawn from the mixture of three groups; full covariances, K from 1 to 6.
"""

from pathlib import Path

import numpy as np

from gmmlib.datasets import three_groups
from gmmlib.selection import best_of

SIZES, DRAWS, MOST = (50, 100, 200, 400, 800, 1600), 100, 6
STARTS, FLOOR = 4, 4.0  # a standard deviation of 2; those of the groups are 9 to 18


def choices(n, draw):
    """Return the K of least AIC and the K of least BIC for one drawn sample."""
    x, _ = three_groups(n, draw)
    fits = [
        best_of(x, K, STARTS, draw, max_iter=500, covariance_floor=FLOOR).model
        for K in range(1, MOST + 1)
    ]
    aics, bics = [m.aic(x) for m in fits], [m.bic(x) for m in fits]
    return 1 + int(np.argmin(aics)), 1 + int(np.argmin(bics))


def main():
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# The K chosen by AIC and by BIC: python -m gmmlib.data.choices_of_k\n"
            "# Points: three_groups(n, draw), from three components. Best of 4 starts\n"
            "# (rng = draw, at most 500 iterations each), full covariances with\n"
            "# covariance_floor 4, K = 1 to 6.\n"
            "n,draw,aic,bic\n"
        )
        for n in SIZES:
            for draw in range(DRAWS):
                aic, bic = choices(n, draw)
                file.write(f"{n},{draw},{aic},{bic}\n")
            print(n, flush=True)


if __name__ == "__main__":
    main()
