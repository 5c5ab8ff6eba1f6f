"""The figures of chapter 1 draw functions that are what their names say."""

import numpy as np
import pytest
from common import held

from gmmlib.chapters.jensen_inequality import (
    CURVES,
    LAMBDAS,
    chord_explorer,
    cloud_explorer,
    log_sum_explorer,
    room,
)
from gmmlib.datasets import skewed_points
from gmmlib.jensen import chord_gap, jensen_gap

RANGE = (-1.5, 2.5)  # of x₁ and x₂

CONVEX = {"x²": 1, "eˣ": 1, "ln x": -1, "|x|": 1}  # −1: concave
every_curve = pytest.mark.parametrize("name", CURVES)


@pytest.mark.parametrize("name", CONVEX)
def test_chords_lie_above_a_convex_curve_inside_and_below_it_outside(name):
    curve, inside = CURVES[name], (LAMBDAS >= 0) & (LAMBDAS <= 1)
    for ends in np.random.default_rng(0).uniform(*RANGE, size=(50, 2)):
        ends = np.maximum(ends, curve.lowest)
        gaps = CONVEX[name] * chord_gap(curve.at, ends, LAMBDAS)
        assert (gaps[inside] >= -1e-12).all()
        assert np.nanmax(gaps[~inside]) <= 1e-12


@pytest.mark.parametrize("name", CONVEX)
def test_the_tangent_supports_the_curve(name):
    curve = CURVES[name]
    x = np.linspace(*curve.window[:2], 200)
    for c in np.maximum(np.linspace(*RANGE, 9), curve.lowest):
        line = curve.at(c) + curve.slope(c) * (x - c)
        assert np.nanmin(CONVEX[name] * (curve.at(x) - line)) >= -1e-12


def test_the_cubes_chord_changes_sides_within_its_ends():
    gaps = chord_gap(CURVES["x³"].at, (-1.5, 2.4), np.linspace(0, 1, 101))
    assert gaps.min() < -0.01 and gaps.max() > 0.01


@pytest.mark.parametrize("skew", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_a_cloud_has_mean_0_spread_1_and_its_tail_where_it_is_said(skew):
    points = skewed_points(30, skew)
    assert points.mean() == pytest.approx(0, abs=1e-12)
    assert points.std() == pytest.approx(1)
    assert np.mean(points**3) * skew >= 0
    assert jensen_gap(np.square, 0.5 + points) == pytest.approx(1)


@every_curve
def test_a_cloud_with_room_stays_in_sight(name):
    curve = CURVES[name]
    left, right, bottom, top = curve.window
    for centre in (max(-0.5, 2 * curve.lowest), 1.0):
        for skew in (-1, 0, 1):
            shape = skewed_points(40, skew)
            points = centre + min(1, room(curve, centre, shape)) * shape
            assert left - 1e-9 <= points.min() and points.max() <= right + 1e-9
            assert bottom <= curve.at(points).min() and curve.at(points).max() <= top


@every_curve
@pytest.mark.parametrize("make", [chord_explorer, cloud_explorer])
def test_choosing_a_function_leaves_the_sliders_and_draws_where_it_has_values(
    make, name
):
    shown = make()
    slider = shown.controls["x1" if make is chord_explorer else "centre"]
    slider.value = slider.min
    shown.controls["function"].value = name
    assert slider.value == slider.min
    assert ("no values further left" in shown._picture.value) == ("ln" in name)
    assert 'role="alert"' not in shown._picture.value


@pytest.mark.parametrize(
    "make, moved",
    [
        (log_sum_explorer, {"q": 0.81}),
        (chord_explorer, {"x1": -1.2, "x2": 0.7, "weight": 1.2}),
        (cloud_explorer, {"centre": 0.3, "spread": 0.55, "skew": -0.7}),
    ],
)
def test_a_handle_stands_where_letting_go_of_it_changes_nothing(make, moved):
    figure = make()
    found = [item for handle in held(figure, **moved) for item in handle.items()]
    assert {name for name, _ in found} == set(moved) - {"skew"}
    for name, value in found:
        assert value == pytest.approx(moved[name], abs=1e-9)


@pytest.mark.parametrize("one, two", [(0.6, 0.2), (0.1, 1.5), (1.0, 1.0)])
def test_the_bound_touches_where_q_is_the_share_of_the_terms_and_nowhere_else(one, two):
    figure = log_sum_explorer()

    def said(q):
        return figure.sentence(**figure.values(one=one, two=two, q=q))

    assert "the bound touches" in said(one / (one + two))
    assert "below" in said(0.0) and "below" in said(1.0)
