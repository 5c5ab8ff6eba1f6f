"""Expectation-maximisation, from Jensen's inequality to Gaussian mixtures."""

from gmmlib import datasets
from gmmlib.coins import CoinMixture, toss
from gmmlib.em import Mixture, em
from gmmlib.gaussians import GaussianMixture
from gmmlib.jensen import jensen_gap, log_sum_bound
from gmmlib.numerics.guards import CollapseError
from gmmlib.numerics.runs import Trace
from gmmlib.prior import CovariancePrior
from gmmlib.show.source import show_source

__all__ = [
    "CoinMixture",
    "CollapseError",
    "CovariancePrior",
    "GaussianMixture",
    "Mixture",
    "Trace",
    "datasets",
    "em",
    "jensen_gap",
    "log_sum_bound",
    "show_source",
    "toss",
]
