"""What chapter 3 says of runs, beyond the one run that it shows."""

import numpy as np
import pytest
from scipy.stats import binomtest, chi2

import gmmlib as gl
from gmmlib.coins import RevealedCoins
from gmmlib.convergence import way_left


def test_a_run_with_learned_weights_can_end_lower_than_one_with_fixed_weights():
    x = [[10, 0], [10, 0], [2, 8], [7, 3], [7, 3]]
    fixed, learned = (
        gl.em(gl.CoinMixture([0.6, 0.5], learn_weights=learn), x, tol=1e-12)
        for learn in (False, True)
    )
    assert learned.log_likelihoods[-1] < fixed.log_likelihoods[-1] - 0.2


@pytest.mark.parametrize(("told", "faster"), [([], None), ([0], True), ([3], False)])
def test_a_label_told_can_make_late_steps_slower_as_well(told, faster):
    x, key = gl.datasets.coin_trials(), gl.datasets.coin_labels()

    def factor(told):
        coin = np.where(np.isin(np.arange(5), told), key, -1)
        data = np.column_stack([x, coin])
        run = gl.em(RevealedCoins([0.6, 0.5]), data, max_iter=60, tol=None)
        left = way_left(run.models)
        left = left[left > 1e-8]
        return left[-1] / left[-2]

    if faster is None:
        assert factor(told) == pytest.approx(0.41, abs=0.01)
    else:
        assert (factor(told) < factor([])) == faster


def test_one_success_in_one_run_leaves_nearly_every_chance_possible():
    exact = binomtest(1, 1).proportion_ci(method="exact")
    assert exact.low == pytest.approx(0.025) and exact.high == 1


def test_in_ten_dimensions_almost_no_point_lies_within_one_sigma():
    assert chi2.cdf(1, 10) < 0.001 < chi2.cdf(1, 2)
