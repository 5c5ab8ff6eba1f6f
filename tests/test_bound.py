"""What chapter 4's pictures show is true: the touch, the climb, and its rival."""

import pytest

from gmmlib.datasets import coin_trials
from gmmlib.plots.bound import coarse_limits

X = coin_trials()


@pytest.mark.parametrize("top, bottom", [(-31.57, -37.7), (-31.57, -31.58), (0, -500)])
def test_coarse_limits_hold_both_heights(top, bottom):
    low, high = coarse_limits(top, bottom)
    assert low < bottom <= top < high
