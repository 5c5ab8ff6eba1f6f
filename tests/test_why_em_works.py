"""What chapter 4's pictures show is true: the touch, the climb, and its rival."""

import re

import numpy as np
import pytest
from common import held

from gmmlib.chapters.why_em_works import (
    accounts,
    climb_the_bound,
    coarse_limits,
    em_or_gradient,
    moment,
)
from gmmlib.convergence import half_steps
from gmmlib.datasets import coin_trials

X = coin_trials()


@pytest.mark.parametrize("top, bottom", [(-31.57, -37.7), (-31.57, -31.58), (0, -500)])
def test_coarse_limits_hold_both_heights(top, bottom):
    low, high = coarse_limits(top, bottom)
    assert low < bottom <= top < high


@pytest.mark.parametrize("sureness, theta_a", [(0.0, 0.6), (-1.0, 0.3), (2.5, 0.85)])
def test_the_accounts_add_up_as_they_are_said(sureness, theta_a):
    figure = accounts()
    said = figure.sentence(**figure.values(sureness=sureness, theta_a=theta_a))
    found = re.findall(r"[−+]?\d*\.\d+", said.partition(":")[2])
    Q, H, bound, gap, ell = (float(n.replace("−", "-")) for n in found)
    assert pytest.approx(bound, abs=0.011) == Q + H
    assert bound + gap == pytest.approx(ell, abs=0.011)
    assert gap >= 0


@pytest.mark.parametrize("start", [0.1, 0.2, 0.95])
def test_between_two_half_steps_the_bound_rises_and_stays_below(start):
    states = half_steps(X, start, 0.5, steps=6)
    times = np.linspace(0, 6, 49)
    shown = [moment(X, 0.5, states, t)[1] for t in times]
    bounds = np.array([s.bound for s in shown])
    assert (np.diff(bounds) >= -1e-9).all()
    assert (bounds <= [s.log_likelihood + 1e-9 for s in shown]).all()
    for n, state in enumerate(states):
        assert moment(X, 0.5, states, n)[1] is state


@pytest.mark.parametrize("half_step", [0, 3, 4])
@pytest.mark.parametrize("tried", [0.03, 0.6])  # below the picture, and in sight
def test_theta_is_held_on_the_bound_and_at_the_start(half_step, tried):
    values = {"start": 0.3, "tried": tried, "half_step": half_step}
    start, on_bound = held(climb_the_bound(), **values)
    assert start == pytest.approx({"start": 0.3})
    assert on_bound == pytest.approx({"tried": tried})


def test_the_start_of_the_race_and_the_sureness_are_held():
    race = held(em_or_gradient(), theta_a=0.25, theta_b=0.9, iteration=7)
    assert race == [{"theta_a": 0.25, "theta_b": 0.9}]
    assert held(accounts(), sureness=2.1) == [{"sureness": 2.1}]


def test_gradient_ascent_is_said_to_stop_or_to_fall():
    figure = em_or_gradient()

    def said(**values):
        return figure.sentence(**figure.values(**values))

    assert said(step=0.04, iteration=1).endswith("step 1 would leave [0, 1]")
    assert "falls to" in said(step=0.02, iteration=8)
    assert "falls" not in said(step=0.002, iteration=8)
