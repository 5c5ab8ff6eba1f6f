"""What chapter 4's pictures show is true: the touch, the climb, and its rival."""

import numpy as np
import pytest

from gmmlib.coins import CoinMixture
from gmmlib.convergence import gradient_ascent, half_steps
from gmmlib.datasets import coin_trials
from gmmlib.em import tempered
from gmmlib.likelihood import divergence
from gmmlib.plots.bound import coarse_limits

X = coin_trials()


@pytest.mark.parametrize("sureness", [-1.0, 0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("heads", [(0.6, 0.5), (0.9, 0.1), (0.66, 0.66)])
def test_the_bound_and_its_divergence_add_up_to_the_log_likelihood(heads, sureness):
    model = CoinMixture(heads)
    q = tempered(model.log_joint(X), sureness)
    total = model.lower_bound(X, q) + divergence(q, model.log_joint(X))
    assert total == pytest.approx(model.log_likelihood(X), abs=1e-10)
    assert divergence(q, model.log_joint(X)) > -1e-12


@pytest.mark.parametrize("start", [0.02, 0.2, 0.5, 0.98])
@pytest.mark.parametrize("known", [0.2, 0.5, 0.9])
def test_the_bound_touches_after_each_e_step_and_no_half_step_descends(start, known):
    states = half_steps(X, start, known)
    assert all(abs(s.bound - s.log_likelihood) < 1e-10 for s in states[1::2])
    assert (np.diff([s.log_likelihood for s in states]) > -1e-10).all()
    assert (np.diff([s.bound for s in states[1:]]) > -1e-10).all()


def test_without_the_touch_an_m_step_can_descend():
    states = half_steps(X, 0.8, 0.5, sureness=0.0, steps=2)
    assert states[2].log_likelihood < states[0].log_likelihood - 0.5


def test_a_short_gradient_step_moves_along_the_slope_of_the_log_likelihood():
    start, step = CoinMixture([0.6, 0.5]), 1e-6
    moved = (gradient_ascent(start, X, step, 1)[1].heads - start.heads) / step
    for k, unit in enumerate(1e-5 * np.eye(2)):
        up, down = CoinMixture(start.heads + unit), CoinMixture(start.heads - unit)
        slope = (up.log_likelihood(X) - down.log_likelihood(X)) / 2e-5
        assert moved[k] == pytest.approx(slope, rel=1e-5)


def test_gradient_ascent_stops_where_a_step_would_leave_the_square():
    assert len(gradient_ascent(CoinMixture([0.6, 0.5]), X, 0.04, 10)) == 1


@pytest.mark.parametrize("top, bottom", [(-31.57, -37.7), (-31.57, -31.58), (0, -500)])
def test_coarse_limits_hold_both_heights(top, bottom):
    low, high = coarse_limits(top, bottom)
    assert low < bottom <= top < high
