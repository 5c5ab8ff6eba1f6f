"""What a fit to N points costs: python notebooks/tables/scale_enough.py

Points: N of three_groups_mixture(), 40 draws; draw d of size N has seed 1000 d + 1. EM
starts at the truth. excess: nats a point below the truth on 400,000 new points (seed
0). mean_error: root mean square distance of the fitted means from the true ones. Takes
half a minute.
"""

from gmmlib.datasets import write_table
from gmmlib.selection import cost, new_points

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
DRAWS = 40
HEADER = "N,draw,excess,mean_error"


def rows():
    """Yield one row a size and a draw."""
    new = new_points()
    for N in SIZES:
        for draw in range(DRAWS):
            lost, error = cost(N, draw, new)
            yield N, draw, f"{lost:.7f}", f"{error:.5f}"


if __name__ == "__main__":
    write_table("scale_enough", __doc__, HEADER, rows())
