"""Write held_out.csv: how well do mixtures predict eruptions that they have not seen?

python -m gmmlib.data.held_out           about two minutes
"""

from pathlib import Path

from gmmlib.datasets import old_faithful
from gmmlib.selection import held_out

PARTITIONS, FOLDS, STARTS, MOST = 10, 10, 4, 5


def main():
    """Measure everything, and write the table beside this script."""
    x = old_faithful()
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# Cross-validation on Old Faithful: python -m gmmlib.data.held_out\n"
            "# nats: log-likelihood of all 272 eruptions, each under a mixture fitted\n"
            "# without its tenth. 10 random partitions (the seed), best of 4 starts.\n"
            "type,K,partition,nats\n"
        )
        for kind in ("full", "tied"):
            for K in range(1, MOST + 1):
                for seed in range(PARTITIONS):
                    score = held_out(x, K, FOLDS, STARTS, seed, covariance_type=kind)
                    file.write(f"{kind},{K},{seed},{score * len(x):.3f}\n")
                print(kind, K, flush=True)


if __name__ == "__main__":
    main()
