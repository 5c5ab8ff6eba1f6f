"""Which part of a start EM's end is sensitive to: about four minutes.

A run begins at the optimum of its draw of points. One block of parameters is moved in
a random direction until the log-likelihood has fallen by `damage` nats a point; all
else stays. Then EM runs. Covariances are moved in two ways: by size, each ellipse
blown up or shrunk as a whole, and by shape, each stretched along directions of its own.
"""

from itertools import product

from gmmlib.datasets import write_table
from gmmlib.starts import BLOCKS, damaged_outcomes

DRAWS = 10  # of 1800 points
DAMAGES = (1, 2, 4, 8)  # nats a point
HEADER = ("block", "damage", "draw", "runs", "best", "collapse")
COMMENT = """\
One block of a start moved: python notebooks/tables/perturbed_starts.py
Points: three_groups(1800, draw). damage: nats a point lost at the
start. runs: those of 100 directions in which so much damage can be
done. Of these, how many reached the best optimum, how many collapsed;
the others ended lower. Seed of run r: [draw, number of the block, r]."""


def rows():
    """Yield one row a block, a damage and a draw."""
    for cell in product(BLOCKS, DAMAGES, range(DRAWS)):
        yield damaged_outcomes(*cell).values()


if __name__ == "__main__":
    write_table("perturbed_starts", COMMENT, HEADER, rows())
