"""The trials and points that the chapters use, each with its source."""

from importlib.resources import files

import numpy as np

from gmmlib.coins import toss
from gmmlib.gaussians import GaussianMixture


def coin_trials():
    """Return five trials of ten tosses as (5, 2) heads and tails: 5 9 8 4 7 heads.

    Source: Do & Batzoglou (2008), What is the expectation maximization algorithm?,
    Nature Biotechnology 26, figure 1.
    """
    trials = "HTTTHHTHTH HHHHTHHHHH HTHHHHHTHH HTHTTTHHTT THHHTHHHTH"
    return np.array([toss(trial) for trial in trials.split()])


def coin_labels():
    """Return the coins of `coin_trials` as that figure reveals them: B A A B A.

    Returns
    -------
    ndarray, shape (5,)
        0 for coin A, 1 for coin B.
    """
    return np.array([1, 0, 0, 1, 0])


def three_groups_mixture():
    """Return the mixture of three overlapping groups that lecture notes report."""
    return GaussianMixture(
        weights=[0.27232708, 0.27546473, 0.45220819],
        means=[
            [69.20722901, 19.70652909],
            [29.84835715, 80.14776865],
            [79.80717341, 69.65192526],
        ],
        covariances=[
            [[85.2867814, 3.3551158], [3.3551158, 84.26381303]],
            [[115.31568863, 0.72129237], [0.72129237, 85.71009274]],
            [[216.90027901, 129.13394185], [129.13394185, 211.39333946]],
        ],
    )


def three_groups(n=1500, seed=0):
    """Draw n points of `three_groups_mixture`: x (n, 2) and hidden groups z (n,)."""
    return three_groups_mixture().sample(n, seed)


def table(name):
    """Return a committed table of `gmmlib/data` as a structured array, a row a line.

    ``table("name")["column"]`` is one column of `name.csv`. The lines that begin with
    # say where the numbers come from; those of an experiment come from the script
    `name.py` beside it.
    """
    path = files("gmmlib") / "data" / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"name is {name!r}: pass the name of a table in gmmlib/data")
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    return np.genfromtxt(
        rows, delimiter=",", names=True, dtype=None, encoding="utf-8", ndmin=1
    )
