"""Write basins.csv: where EM ends from every place of one initial mean.

    python -m gmmlib.data.basins      about two minutes

Everything but the third mean is as in the published experiment 2: once with its
covariances, once with the covariance of all points for each group.
"""

from pathlib import Path

import numpy as np

from gmmlib.data.experiments import optimum, result
from gmmlib.datasets import published_start, three_groups
from gmmlib.gaussians import GaussianMixture

DRAW = 13  # the first draw of 1800 points on which experiment 2 is stuck
MOVED = 2  # the third mean
ACROSS = np.arange(0, 131, 2.5)  # places of the mean, left to right
UP = np.arange(0, 121, 2.5)  # and bottom to top


def starting_from(place, covariances, x):
    """Return the start of experiment 2 with its third mean at `place`."""
    start = published_start(2)
    means = start.means.copy()
    means[MOVED] = place
    broad = np.repeat(np.cov(x.T, bias=True)[None], 3, axis=0)
    chosen = {"published": start.covariances, "broad": broad}[covariances]
    return GaussianMixture(start.weights, means, chosen)


def row(covariances, across, up, x, top):
    """Return one row of the table as text."""
    start = starting_from((across, up), covariances, x)
    _, below, iterations = result(start, x, top)
    return f"{covariances},{across},{up},{max(below, 0.0):.0f},{iterations}"


def main():
    """Measure everything, and write the table beside this script."""
    x, _ = three_groups(1800, DRAW)
    top = optimum(x).log_likelihoods[-1]
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Where EM ends from each place of a mean: python -m gmmlib.data.basins\n"
            "# Points: three_groups(1800, 13). Start: published_start(2), its third\n"
            "# mean at (across, up). below: nats below the best; nan: collapse.\n"
            "covariances,across,up,below,iterations\n"
        )
        for covariances in ("published", "broad"):
            for up in UP:
                print(covariances, up, flush=True)
                for across in ACROSS:
                    file.write(row(covariances, across, up, x, top) + "\n")


if __name__ == "__main__":
    main()
