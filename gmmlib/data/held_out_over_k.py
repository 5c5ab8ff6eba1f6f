"""Write held_out_over_k.csv: scores on held-out points for every K and shape.

python -m gmmlib.data.held_out_over_k    about ten seconds
"""

from pathlib import Path

from gmmlib.datasets import old_faithful, three_groups
from gmmlib.gaussians import COVARIANCE_TYPES
from gmmlib.selection import held_out

FOLDS, STARTS, MOST = 5, 2, 6


def score(name, kind, K):
    """Return nats a held-out point: "three" groups of 300 points, or the "geyser"."""
    x = three_groups(300, 0)[0] if name == "three" else old_faithful()
    return held_out(x, K, FOLDS, STARTS, covariance_type=kind)


def main():
    """Measure everything, and write the table beside this script."""
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Five-fold cross-validation: python -m gmmlib.data.held_out_over_k\n"
            "# nats: log-likelihood a point, under mixtures fitted without its fifth,\n"
            "# for three_groups(300, 0) and for old_faithful(). Best of 2 starts.\n"
            "data,type,K,nats\n"
        )
        for name in ("three", "geyser"):
            for kind in COVARIANCE_TYPES:
                for K in range(1, MOST + 1):
                    file.write(f"{name},{kind},{K},{score(name, kind, K):.4f}\n")


if __name__ == "__main__":
    main()
