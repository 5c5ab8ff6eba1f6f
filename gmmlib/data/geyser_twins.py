"""Write geyser_twins.csv: could the other mixture have drawn these eruptions?

    python -m gmmlib.data.geyser_twins       about three minutes

Two mixtures of 11 parameters are fitted to Old Faithful: three components of one shape,
and two of free shapes. Twins of the data are drawn from each, and both are fitted anew.
"""

from pathlib import Path

from gmmlib.datasets import old_faithful
from gmmlib.selection import best_of

RIVALS = {"three": (3, "tied"), "two": (2, "full")}
DRAWS, STARTS = 200, 5


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


def main():
    """Measure everything, and write the table beside this script."""
    x = old_faithful()
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Twins of Old Faithful: python -m gmmlib.data.geyser_twins\n"
            "# source: the fitted mixture that 272 points are drawn from (seed draw).\n"
            "# lead: nats by which three components of one shape fit them better than\n"
            "# two of free shapes, each the best of 5 starts (rng = draw).\n"
            "source,draw,lead\n"
        )
        for name in RIVALS:
            for draw in range(DRAWS):
                file.write(f"{name},{draw},{twin_lead(name, draw, x):.3f}\n")
                if draw % 50 == 49:
                    print(name, draw + 1, flush=True)


if __name__ == "__main__":
    main()
