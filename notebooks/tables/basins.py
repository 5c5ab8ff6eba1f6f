"""Where EM ends from each place of a mean: python notebooks/tables/basins.py

Points: three_groups(1800, 13). Start: published_start(2), its third mean at (across,
up), with its own covariances or, "broad", that of all points for each group. below:
nats below the best; nan: collapse. Takes about two minutes.
"""

import numpy as np

from gmmlib.datasets import three_groups, write_table
from gmmlib.starts import POINTS, STUCK, optimum, outcome, starting_from

ACROSS = np.arange(0, 131, 2.5)  # places of the mean, left to right
UP = np.arange(0, 121, 2.5)  # and bottom to top
HEADER = "covariances,across,up,below,iterations"


def rows():
    """Yield one row a place."""
    x, _ = three_groups(POINTS, STUCK)
    top = optimum(x).log_likelihoods[-1]
    for covariances in ("published", "broad"):
        for up in UP:
            for across in ACROSS:
                start = starting_from((across, up), covariances, x)
                _, below, iterations = outcome(start, x, top)
                yield (covariances, across, up, f"{max(below, 0.0):.0f}", iterations)


if __name__ == "__main__":
    write_table("basins", __doc__, HEADER, rows())
