"""Cross-validation on Old Faithful: python notebooks/tables/held_out.py

nats: log-likelihood of all 272 eruptions, each under a mixture fitted without its
tenth. 10 random partitions (the seed), best of 4 starts. Takes about two minutes.
"""

from itertools import product

from gmmlib.datasets import old_faithful, write_table
from gmmlib.selection import held_out

PARTITIONS, FOLDS, STARTS, MOST = 10, 10, 4, 5
HEADER = "type,K,partition,nats"


def rows():
    """Yield one row a covariance type, a K and a partition."""
    x = old_faithful()
    cells = product(("full", "tied"), range(1, MOST + 1), range(PARTITIONS))
    for kind, K, seed in cells:
        score = held_out(x, K, FOLDS, STARTS, seed, covariance_type=kind)
        yield kind, K, seed, f"{score * len(x):.3f}"


if __name__ == "__main__":
    write_table("held_out", __doc__, HEADER, rows())
