"""Where the published starts lead: python notebooks/tables/experiments.py

Points: three_groups(size, draw). below: nats below the optimum that EM reaches from
the mixture that made the points. Stopped at a gain below 1e-7 nats. Takes about a
minute.
"""

from gmmlib.datasets import write_table
from gmmlib.starts import POINTS, published_outcome

DRAWS = 100
STARTS = ((1, "lower"), (2, "lower"), (3, "lower"), (3, "mean"))
STARTS += ((4, "lower"), (4, "mean"))
OTHER_SIZES = (150, 300, 600, 6000)  # for experiments 2, 3 and 4, lower corner
HEADER = "size,draw,experiment,reading,end,below,iterations"


def rows():
    """Yield one row a draw of the points and a start."""
    cells = [(POINTS, *start) for start in STARTS]
    cells += [(size, e, "lower") for size in OTHER_SIZES for e in (2, 3, 4)]
    for size, experiment, reading in cells:
        for draw in range(DRAWS):
            found = published_outcome(experiment, draw, size, reading)
            end, below, iterations = found
            yield (size, draw, experiment, reading, end, f"{below:.2f}", iterations)


if __name__ == "__main__":
    write_table("experiments", __doc__, HEADER, rows())
