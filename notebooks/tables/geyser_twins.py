"""Could the other mixture have drawn these eruptions? About three minutes.

Two mixtures of 11 parameters are fitted to Old Faithful: three components of one shape,
and two of free shapes. Twins of the data are drawn from each, and both are fitted anew.
"""

from gmmlib.datasets import old_faithful, write_table
from gmmlib.starts import best_of

RIVALS = {"three": (3, "tied"), "two": (2, "full")}
DRAWS, STARTS = 200, 5
HEADER = ("source", "draw", "lead")
COMMENT = """\
Twins of Old Faithful: python notebooks/tables/geyser_twins.py
source: the fitted mixture that 272 points are drawn from (seed draw).
lead: nats by which three components of one shape fit them better than
two of free shapes, each the best of 5 starts (rng = draw)."""


def fitted(x, name, rng):
    """Return the best mixture of one kind for x."""
    K, kind = RIVALS[name]
    return best_of(x, K, STARTS, rng, covariance_type=kind).model


def lead_of_three(x, rng):
    """Return by how many nats three of one shape fit x better than two free ones."""
    three, two = (fitted(x, name, rng).log_likelihood(x) for name in RIVALS)
    return three - two


def twin_lead(name, draw, x):
    """Return the lead in one twin of x, drawn from the rival `name` fitted to x."""
    twin, _ = fitted(x, name, 0).sample(len(x), draw)
    return lead_of_three(twin, draw)


def rows():
    """Yield one row a twin."""
    x = old_faithful()
    for name in RIVALS:
        for draw in range(DRAWS):
            yield name, draw, f"{twin_lead(name, draw, x):.3f}"


if __name__ == "__main__":
    write_table("geyser_twins", COMMENT, HEADER, rows())
