"""How well mixtures predict points held out, for each K: ten seconds."""

from importlib.resources import files

from gmmlib.datasets import old_faithful, three_groups
from gmmlib.gaussians import COVARIANCE_TYPES
from gmmlib.selection import held_out

FOLDS, STARTS, MOST = 5, 2, 6
HEAD = """\
# Five-fold cross-validation: python notebooks/tables/held_out_over_k.py
# nats: log-likelihood a point, under mixtures fitted without its fifth,
# for three_groups(300, 0) and for old_faithful(). Best of 2 starts.
data,type,K,nats
"""


def rows():
    """Yield one line a data set, covariance type and K."""
    for name, x in (
        ("three", three_groups(300, 0)[0]),
        ("geyser", old_faithful()),
    ):
        for kind in COVARIANCE_TYPES:
            for K in range(1, MOST + 1):
                score = held_out(x, K, FOLDS, STARTS, covariance_type=kind)
                yield f"{name},{kind},{K},{score:.4f}\n"


if __name__ == "__main__":
    path = files("gmmlib") / "data" / "held_out_over_k.csv"
    path.write_text(HEAD + "".join(rows()), encoding="utf-8")
