"""How a fit flatters itself: python notebooks/tables/optimism.py

advantage: nats that a mixture fitted to three_groups(320, draw) is above the true
mixture there, plus those it is below on fresh points (100 000, counted as 320). Best of
3 starts (rng = draw, at most 500 iterations), full covariances with covariance_floor 4.
Takes about two minutes.
"""

from gmmlib.datasets import three_groups, three_groups_mixture, write_table
from gmmlib.starts import best_of

N, FRESH, DRAWS, STARTS, MOST, FLOOR = 320, 100_000, 100, 3, 6, 4.0
HEADER = "draw,K,advantage"


def advantage(x, fresh, K, rng):
    """Return by how many nats (of N points) a fit to x flatters itself.

    That is how far it is above the true mixture on x, and below it on fresh points.
    """
    fit = best_of(x, K, STARTS, rng, max_iter=500, covariance_floor=FLOOR).model
    truth = three_groups_mixture()
    above = fit.log_likelihood(x) - truth.log_likelihood(x)
    below = truth.log_likelihood(fresh) - fit.log_likelihood(fresh)
    return above + below * len(x) / len(fresh)


def rows():
    """Yield one row a draw of the points and a K."""
    fresh, _ = three_groups(FRESH, DRAWS)
    for draw in range(DRAWS):
        x, _ = three_groups(N, draw)
        for K in range(1, MOST + 1):
            yield draw, K, f"{advantage(x, fresh, K, draw):.2f}"


if __name__ == "__main__":
    write_table("optimism", __doc__, HEADER, rows())
