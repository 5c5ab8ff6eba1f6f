"""Random starts of EM: python notebooks/tables/random_starts.py

Points: three_groups(1800, draw). Means and covariances are chosen independently of each
other, each in several ways; the weights are equal, or drawn evenly from all that sum to
1. Of so many runs, how many reached the best optimum, how many collapsed; the others
ended lower. Closer half: the runs // 2 whose nearest two initial means are nearest.
Seed of run r: [draw, r]. Takes about three minutes.
"""

from itertools import product

from gmmlib.datasets import write_table
from gmmlib.starts import RUNS, random_outcomes

DRAWS = 10  # of 1800 points
COVARIANCES = ("fitted", "broad", "random", "narrow")
CELLS = [*product(("fitted", "kmeans++", "points", "box"), COVARIANCES, ["equal"])]
CELLS += product(("fitted", "box"), COVARIANCES, ["random"])
HEADER = "means,covariances,weights,draw,runs,best,collapse,best_of_closer_half"


def rows():
    """Yield one row a way of choosing and a draw."""
    for cell, draw in product(CELLS, range(DRAWS)):
        yield *cell, draw, RUNS, *random_outcomes(*cell, draw).values()


if __name__ == "__main__":
    write_table("random_starts", __doc__, HEADER, rows())
