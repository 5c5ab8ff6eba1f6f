"""What chapter 3 says of runs beyond the one it shows, and what its figures hold."""

import numpy as np
import pytest
from common import held
from scipy.stats import binomtest, chi2

import gmmlib as gl
from gmmlib.chapters.two_coins import bayes_rule, coin_explorer, two_urns
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


def test_no_third_coin_can_raise_the_log_likelihood_of_the_five_trials():
    # a mixture is the highest of all, for any number of coins, if and only if
    # Σ_n p(x_n | θ) / p(x_n) ≤ N for every θ (Lindsay 1983)
    x = gl.datasets.coin_trials()
    two = gl.CoinMixture([0.6, 0.5], learn_weights=True)
    fit = gl.em(two, x, tol=1e-15, max_iter=2000).model
    evidence = np.exp(fit.log_joint(x)).sum(axis=1)
    theta = np.linspace(0, 1, 2001)[:, None]
    p = theta ** x[:, 0] * (1 - theta) ** x[:, 1]
    assert (p / evidence).sum(axis=1).max() <= len(x) + 1e-5


def test_one_success_in_one_run_leaves_nearly_every_chance_possible():
    exact = binomtest(1, 1).proportion_ci(method="exact")
    assert exact.low == pytest.approx(0.025) and exact.high == 1


def test_in_ten_dimensions_almost_no_point_lies_within_one_sigma():
    assert chi2.cdf(1, 10) < 0.001 < chi2.cdf(1, 2)


def test_to_drag_each_ring_to_the_end_of_its_arrow_is_an_iteration_of_em():
    x, figure = gl.datasets.coin_trials(), two_urns()
    model = gl.CoinMixture([0.5, 0.3])
    for _ in range(3):
        a, b = model.heads
        heads, tosses = (r := model.responsibilities(x)).T @ x[:, 0], 10 * r.sum(axis=0)
        said = figure.sentence(theta_a=a, theta_b=b)
        assert f"urn A gets {heads[0]:.1f} heads of {tosses[0]:.1f} tosses" in said
        assert f"urn B {heads[1]:.1f} heads of {tosses[1]:.1f}" in said
        model = model.m_step(model.e_step(x)[0])
        np.testing.assert_allclose(model.heads, heads / tosses, rtol=1e-12)


def test_rows_of_two_decimals_add_up_as_section_3_4_says():
    x = gl.datasets.coin_trials()
    r = gl.CoinMixture([0.6, 0.5]).responsibilities(x)
    poured = r[:, :, None] * x[:, None]  # trial, coin, side
    shown = poured.round(2)
    np.testing.assert_allclose(shown.sum(axis=1), x)
    np.testing.assert_allclose(shown.sum(axis=0), poured.sum(axis=0).round(2))


@pytest.mark.parametrize("make", [two_urns, bayes_rule, coin_explorer])
def test_a_coin_is_held_where_its_sliders_stand(make):
    moved = {"theta_a": 0.31, "theta_b": 0.87}
    found = dict(item for handle in held(make(), **moved) for item in handle.items())
    assert found == pytest.approx(moved)
