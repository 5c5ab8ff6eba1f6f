"""What a fit to N points costs on points not yet seen: about half a minute.

For each N, points are drawn afresh 40 times from `three_groups_mixture`. `excess` is
how many nats a point the fit lies below the truth on the same 400,000 new points;
`mean_error` is the root mean square distance of the fitted means from the true ones.
"""

from gmmlib.datasets import write_table
from gmmlib.selection import cost, new_points

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
DRAWS = 40
HEADER = ("N", "draw", "excess", "mean_error")
COMMENT = """\
What a fit of three Gaussians to N points costs on points not yet seen.
excess: nats a point below the truth; mean_error: root mean square error of the means.
EM from the truth; draw d of size N has seed 1000 d + 1, the new points have seed 0.
Written by python notebooks/tables/scale_enough.py"""


def rows():
    """Yield one row a size and a draw."""
    new = new_points()
    for N in SIZES:
        for draw in range(DRAWS):
            lost, error = cost(N, draw, new)
            yield N, draw, f"{lost:.7f}", f"{error:.5f}"


if __name__ == "__main__":
    write_table("scale_enough", COMMENT, HEADER, rows())
