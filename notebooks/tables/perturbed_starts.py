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

from gmmlib.datasets import write_table
from gmmlib.starts import BLOCKS, damaged_outcomes

DRAWS = 10  # of 1800 points
DAMAGES = (1, 2, 4, 8)  # nats a point
HEADER = "block,damage,draw,runs,best,collapse"


def rows():
    """Yield one row a block, a damage and a draw."""
    for cell in product(BLOCKS, DAMAGES, range(DRAWS)):
        yield *cell, *damaged_outcomes(*cell)


if __name__ == "__main__":
    write_table("perturbed_starts", __doc__, HEADER, rows())
