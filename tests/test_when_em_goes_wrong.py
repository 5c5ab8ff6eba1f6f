"""What the figures of chapter 8 show is what the theorems say."""

import re

import numpy as np
import pytest

from gmmlib.chapters import when_em_goes_wrong as chapter
from gmmlib.convergence import gap_run, next_gap
from gmmlib.datasets import coin_trials


@pytest.fixture(scope="module")
def spike():
    return chapter.infinite_likelihood()


def height(live, **changes):
    """Return ℓ as the sentence says it."""
    said = live.sentence(**live.values(**changes))
    return float(re.search(r"ℓ = (−?[\d.]+)", said)[1].replace("−", "-"))


@pytest.mark.parametrize(
    ("place", "share", "under"), [(15.0, 1, 1), (15.5, 1, 0), (15.0, 0, 2), (1.0, 1, 1)]
)
def test_a_spike_gains_ln_10_a_decade_for_each_point_under_it(
    spike, place, share, under
):
    high, low = (
        height(spike, place=place, share=share, decade=d) for d in (-20.0, -10.0)
    )
    assert high - low == pytest.approx(10 * under * np.log(10), abs=0.02)


def test_a_place_is_named_by_the_points_that_it_is_on_or_between(spike):
    for place, share, words in (
        (30.0, 1.0, "on point 30"),
        (16.5, 1.0, "between points 16 and 17"),
        (15.5, 0.0, "on points 15 and 16"),
    ):
        assert words in spike.sentence(**spike.values(place=place, share=share))


def test_a_dragged_spike_comes_to_the_nearest_point_or_middle(spike):
    spike.frame(**spike.values())
    move = next(across[1] for _, across, *_ in spike._handles if across[0] == "place")
    assert (move(-0.2), move(0.1), move(-9), move(9)) == (15, 15.5, 1, 30)


def test_the_staircase_goes_up_to_the_map_and_across_to_the_diagonal():
    x = coin_trials()
    gaps = gap_run(x, 0.06, 5)
    across, up = chapter.staircase(gaps, 4)
    assert list(zip(across, up, strict=True))[::2] == [
        (g, 0 if n == 0 else g) for n, g in enumerate(gaps[:5])
    ]
    for g, h in list(zip(across, up, strict=True))[1::2]:
        assert h == next_gap(x, g)
    for t in (2.5, 4 - 1e-9):  # on the map, then on the diagonal
        across, up = chapter.staircase(gaps, t)
        assert up[-1] == pytest.approx(gaps[int(t) + 1])
    assert across[-1] == pytest.approx(gaps[4])


@pytest.mark.parametrize("strength", [-10.0, 2.5])
def test_a_star_beyond_the_axes_is_an_arrow(strength):
    live = chapter.floor_or_prior()
    with live._drawn(live.values(strength=strength)):
        stars = [a.get_marker() for a in live.fig.axes[1].lines]
    assert ("$↓$" in stars) == (strength > 0)
