"""Curves, surfaces and slopes of likelihoods are what their names say."""

import numpy as np
import pytest

import gmmlib as gl
from gmmlib.em import tempered
from gmmlib.likelihood import (
    coin_log_likelihood,
    coin_slope,
    covariance_with_axes,
    divergence,
    gaussian_slopes,
    gaussian_surface,
    hardened,
    joint_densities,
    log_likelihood_and_bound,
    log_likelihood_surface,
    log_odds,
    shares,
    turning_point,
    weights_of_equal_height,
)

X = gl.datasets.coin_trials()
HEIGHTS = np.linspace(60, 220, 321)
WIDE_LINE = np.linspace(-30, 50, 4001)  # holds all of every bell
LINE = gl.GaussianMixture([0.5, 0.2, 0.3], [2, 9, 18], [16, 4, 0.16])
WEIGHTS = pytest.mark.parametrize("weights", [[0.5, 0.5], [0.9, 0.1]])


def gaussian_pair(means, deviations, share):
    return gl.GaussianMixture([share, 1 - share], means, np.square(deviations))


@pytest.mark.parametrize("h, t", [(5, 5), (50, 3), (0, 4), (7, 0)])
def test_the_slope_of_a_coin_is_that_of_its_curve(h, t):
    for theta in (0.1, 0.5, 0.93):
        low, high = coin_log_likelihood(h, t, np.array([theta - 1e-6, theta + 1e-6]))
        slope = (high - low) / 2e-6
        assert coin_slope(h, t, theta) == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_the_slope_at_the_ends_is_infinite_unless_no_toss_contradicts_it():
    assert coin_slope(3, 2, 0.0) == np.inf and coin_slope(3, 2, 1.0) == -np.inf
    assert coin_slope(0, 2, 0.0) == -2 and coin_slope(3, 0, 1.0) == 3


@WEIGHTS
def test_the_surface_of_two_coins_is_their_log_likelihood(weights):
    grid = np.linspace(0.1, 0.9, 5)
    surface = log_likelihood_surface(X, weights, grid)
    for b, a in np.ndindex(5, 5):
        ell = gl.CoinMixture([grid[a], grid[b]], weights).log_likelihood(X)
        assert surface[b, a] == pytest.approx(ell)


def test_the_bound_over_one_coin_is_the_models_and_lies_below():
    q = tempered(gl.CoinMixture([0.6, 0.3]).log_joint(X), 0.7)
    grid = np.linspace(0.05, 0.95, 19)
    ells, bounds = log_likelihood_and_bound(X, grid, 0.3, q)
    assert (bounds < ells).all()
    for theta, ell, bound in zip(grid, ells, bounds, strict=True):
        model = gl.CoinMixture([theta, 0.3])
        assert ell == pytest.approx(model.log_likelihood(X))
        assert bound == pytest.approx(model.lower_bound(X, q))


def test_the_surface_and_the_slopes_of_one_gaussian_are_those_of_its_model():
    points, means, sigmas = np.array([1.0, 2.5, 7.0]), [0.0, 3.0], [0.5, 2.0, 9.0]
    surface = gaussian_surface(points, means, sigmas)

    def height(mean, sigma):
        return gl.GaussianMixture([1], [mean], [sigma**2]).log_likelihood(points)

    for s, m in np.ndindex(3, 2):
        mean, sigma = means[m], sigmas[s]
        assert surface[s, m] == pytest.approx(height(mean, sigma))
        h = 1e-5
        numerical = (
            (height(mean + h, sigma) - height(mean - h, sigma)) / (2 * h),
            (height(mean, sigma + h) - height(mean, sigma - h)) / (2 * h),
        )
        slopes = gaussian_slopes(points, mean, sigma)
        assert slopes == pytest.approx(numerical, rel=1e-5, abs=1e-6)


def test_weights_of_one_level_curve_have_one_height_and_that_of_scale_1_is_the_top():
    counts, pi_1 = np.array([3, 2]), np.linspace(0.1, 0.9, 33)
    for scale in (0.5, 1.0, 1.25):
        pi_2 = weights_of_equal_height(counts, scale, pi_1)
        heights = counts[0] * np.log(pi_1) + counts[1] * np.log(pi_2)
        wanted = counts @ np.log(scale * counts / counts.sum())
        np.testing.assert_allclose(heights, wanted)
    touching = pi_1 + weights_of_equal_height(counts, 1.0, pi_1)
    assert touching.min() == pytest.approx(1, abs=1e-3)
    assert pi_1[touching.argmin()] == pytest.approx(0.6, abs=0.03)


def test_a_covariance_has_the_axes_it_was_made_from():
    S = covariance_with_axes(5.0, 2.0, 30)
    way = np.array([np.sqrt(3) / 2, 0.5])
    np.testing.assert_allclose(S @ way, 25 * way)
    np.testing.assert_allclose(np.linalg.eigvalsh(S), [4, 25])


@pytest.mark.parametrize("sureness", [-1.0, 0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("heads", [(0.6, 0.5), (0.9, 0.1), (0.66, 0.66)])
def test_the_bound_and_its_divergence_add_up_to_the_log_likelihood(heads, sureness):
    model = gl.CoinMixture(heads)
    q = tempered(model.log_joint(X), sureness)
    total = model.lower_bound(X, q) + divergence(q, model.log_joint(X))
    assert total == pytest.approx(model.log_likelihood(X), abs=1e-10)
    assert divergence(q, model.log_joint(X)) > -1e-12


def test_the_areas_of_the_bands_are_the_weights_and_without_them_ones():
    step = WIDE_LINE[1] - WIDE_LINE[0]
    areas = joint_densities(LINE, WIDE_LINE).sum(axis=1) * step
    np.testing.assert_allclose(areas, LINE.weights, atol=1e-10)
    unweighted = joint_densities(LINE, WIDE_LINE, weighted=False).sum(axis=1) * step
    np.testing.assert_allclose(unweighted, 1, atol=1e-10)


def test_the_shares_of_a_cut_are_the_responsibilities():
    x = np.linspace(-5, 25, 61)
    np.testing.assert_array_equal(shares(LINE, x).T, LINE.responsibilities(x))
    equal = gl.GaussianMixture([1 / 3] * 3, LINE.means, LINE.covariances)
    np.testing.assert_allclose(shares(LINE, x, weighted=False), shares(equal, x))


def test_with_equal_spreads_the_log_odds_are_a_straight_line():
    model = gaussian_pair([175, 162], [7, 7], 0.3)
    assert turning_point(model) is None
    curve = log_odds(model, HEIGHTS)
    np.testing.assert_allclose(np.diff(curve, 2), 0, atol=1e-9)
    slope = (curve[-1] - curve[0]) / (HEIGHTS[-1] - HEIGHTS[0])
    assert slope == pytest.approx((175 - 162) / 49)


@pytest.mark.parametrize("deviations, curved", [((7, 6), 1), ((4, 11), -1)])
def test_with_unequal_spreads_they_turn_back_at_the_turning_point(deviations, curved):
    model = gaussian_pair([175, 162], deviations, 0.4)
    turn = turning_point(model)
    near = log_odds(model, turn + np.array([-1e-3, 0, 1e-3]))
    assert near[0] == pytest.approx(near[2], abs=1e-9)
    assert curved * (near[0] - near[1]) > 0
    assert (curved * np.diff(log_odds(model, HEIGHTS), 2) > 0).all()


def test_the_turn_of_the_chapter_is_at_126_cm_and_80_answers_as_172():
    model = gaussian_pair([175, 162], [7, 6], 0.5)
    assert turning_point(model) == pytest.approx(126)
    low, high = log_odds(model, np.array([80.0, 172.0]))
    assert low == pytest.approx(high)


def test_a_hard_assignment_gives_all_to_the_largest_share():
    r = np.array([[0.2, 0.5, 0.3], [0.9, 0.1, 0.0]])
    np.testing.assert_array_equal(hardened(r), [[0, 1, 0], [1, 0, 0]])
