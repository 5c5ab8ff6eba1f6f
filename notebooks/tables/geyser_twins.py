"""Twins of Old Faithful: python notebooks/tables/geyser_twins.py

Two mixtures of 11 parameters are fitted to 272 eruptions: "three" components of one
shape, and "two" of free shapes. source: the one that a twin of the data is drawn from
(seed draw). lead: nats by which three of one shape fit the twin better than two of free
shapes, each the best of 5 starts (rng = draw). Takes about three minutes.
"""

from gmmlib.datasets import old_faithful, write_table
from gmmlib.starts import best_of

RIVALS = {"three": (3, "tied"), "two": (2, "full")}
DRAWS, STARTS = 200, 5
HEADER = "source,draw,lead"


def fitted(x, name, rng):
    """Return the best mixture of one kind for x."""
    K, kind = RIVALS[name]
    return best_of(x, K, STARTS, rng, covariance_type=kind).model


def twin_lead(name, draw, x):
    """Return the lead in one twin of x, drawn from the rival `name` fitted to x."""
    twin, _ = fitted(x, name, 0).sample(len(x), draw)
    three, two = (fitted(twin, kind, draw).log_likelihood(twin) for kind in RIVALS)
    return three - two


def rows():
    """Yield one row a twin."""
    x = old_faithful()
    for name in RIVALS:
        for draw in range(DRAWS):
            yield name, draw, f"{twin_lead(name, draw, x):.3f}"


if __name__ == "__main__":
    write_table("geyser_twins", __doc__, HEADER, rows())
