"""Write optimism.csv: how much better does a mixture do on its own points?

python -m gmmlib.data.optimism           about two minutes
"""

from pathlib import Path

from gmmlib.datasets import three_groups, three_groups_mixture
from gmmlib.selection import best_of

N, FRESH, DRAWS, STARTS, MOST, FLOOR = 320, 100_000, 100, 3, 6, 4.0


def advantage(x, fresh, K, rng):
    """Return by how many nats (of N points) a fit to x flatters itself.

    That is how far it is above the true mixture on x, and below it on fresh points.
    """
    fit = best_of(x, K, STARTS, rng, max_iter=500, covariance_floor=FLOOR).model
    truth = three_groups_mixture()
    above = fit.log_likelihood(x) - truth.log_likelihood(x)
    below = truth.log_likelihood(fresh) - fit.log_likelihood(fresh)
    return above + below * len(x) / len(fresh)


def main():
    """Measure everything, and write the table beside this script."""
    fresh, _ = three_groups(FRESH, DRAWS)
    with open(Path(__file__).with_suffix(".csv"), "w", encoding="utf-8") as file:
        file.write(
            "# How a fit flatters itself: python -m gmmlib.data.optimism\n"
            "# advantage: nats that a mixture fitted to three_groups(320, draw) is\n"
            "# above the true mixture there, plus those it is below on fresh points\n"
            "# (100 000, counted as 320). Best of 3 starts (rng = draw, at most 500\n"
            "# iterations), full covariances with covariance_floor 4.\n"
            "draw,K,advantage\n"
        )
        for draw in range(DRAWS):
            x, _ = three_groups(N, draw)
            for K in range(1, MOST + 1):
                file.write(f"{draw},{K},{advantage(x, fresh, K, draw):.2f}\n")
            if draw % 20 == 19:
                print(draw + 1, flush=True)


if __name__ == "__main__":
    main()
