"""Five-fold cross-validation: python notebooks/tables/held_out_over_k.py

nats: log-likelihood a point, under mixtures fitted without its fifth, for
three_groups(300, 0) and for old_faithful(). Best of 2 starts. Takes ten seconds.
"""

from gmmlib.datasets import old_faithful, three_groups, write_table
from gmmlib.gaussians import COVARIANCE_TYPES
from gmmlib.selection import held_out

FOLDS, STARTS, MOST = 5, 2, 6
HEADER = "data,type,K,nats"


def rows():
    """Yield one row a data set, covariance type and K."""
    data = {"three": three_groups(300, 0)[0], "geyser": old_faithful()}
    for name, x in data.items():
        for kind in COVARIANCE_TYPES:
            for K in range(1, MOST + 1):
                nats = held_out(x, K, FOLDS, STARTS, covariance_type=kind)
                yield name, kind, K, f"{nats:.4f}"


if __name__ == "__main__":
    write_table("held_out_over_k", __doc__, HEADER, rows())
