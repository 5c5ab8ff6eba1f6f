"""One block of a start moved: python notebooks/tables/perturbed_starts.py

A run begins at the optimum of three_groups(1800, draw). One block of parameters is
moved in a random direction until `damage` nats a point are lost; all else stays. Then
EM runs. Covariances are moved in two ways: by size, each ellipse blown up or shrunk as
a whole, and by shape, each stretched along directions of its own. runs: those of 100
directions in which so much damage can be done. Of these, how many reached the best
optimum, how many collapsed; the others ended lower. Seed of run r: [draw, number of the
block, r]. Takes about four minutes.
"""

from itertools import product

import numpy as np

from gmmlib.datasets import three_groups, write_table
from gmmlib.starts import BLOCKS, POINTS, RUNS, damaged_start, optimum, outcome

DRAWS = 10  # of 1800 points
DAMAGES = (1, 2, 4, 8)  # nats a point
HEADER = "block,damage,draw,runs,best,collapse"


def rows():
    """Yield one row a block, a damage and a draw."""
    for block, damage, draw in product(BLOCKS, DAMAGES, range(DRAWS)):
        x, _ = three_groups(POINTS, draw)
        best = optimum(x).model
        top, ends = best.log_likelihood(x), []
        for run in range(RUNS):
            rng = np.random.default_rng([draw, BLOCKS.index(block), run])
            start, _ = damaged_start(best, block, damage, x, rng)
            if start is not None:
                ends.append(outcome(start, x, top)[0])
        counts = len(ends), ends.count("best"), ends.count("collapse")
        yield block, damage, draw, *counts


if __name__ == "__main__":
    write_table("perturbed_starts", __doc__, HEADER, rows())
