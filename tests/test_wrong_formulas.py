"""The loop climbs like `gl.em` with the right formulas; each wrong one shows itself."""

import numpy as np
import pytest
from common import random_mixture

import gmmlib as gl
from gmmlib import wrong_formulas
from gmmlib.wrong_formulas import run as run_with

X, Z = gl.datasets.three_groups()


def as_tuple(model):
    return model.weights, model.means, model.covariances


REPORTED = as_tuple(gl.datasets.three_groups_mixture())
CORNER = (
    np.array([0.25, 0.25, 0.5]),
    np.array([[23.0, 11.0], [23.0, 18.0], [11.0, 21.0]]),
    REPORTED[2],
)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 7, 8])  # 6 collapses, as it should
def test_with_the_right_formulas_the_loop_is_em(seed):
    rng = np.random.default_rng(seed)
    K, D = rng.integers(1, 4), rng.integers(1, 4)
    model = random_mixture(rng, K, D)
    x = random_mixture(rng, K + 1, D).sample(600, rng)[0]
    trace = gl.em(model, x, max_iter=15, tol=None)
    run = run_with(x, as_tuple(model), iterations=15)
    np.testing.assert_allclose(run.log_likelihoods, trace.log_likelihoods, rtol=1e-10)
    for mixture, other in zip(run.mixtures, trace.models, strict=True):
        for mine, theirs in zip(mixture, as_tuple(other), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)


def test_with_a_tolerance_the_loop_stops_where_em_stops():
    model = gl.GaussianMixture(*REPORTED)
    trace = gl.em(model, X)
    run = run_with(X, REPORTED, tol=1e-9, iterations=500)
    assert len(run.mixtures) == trace.n_iter + 1
    assert run.ended == f"stopped in iteration {trace.n_iter}"


@pytest.mark.parametrize("name", wrong_formulas.SWITCHES)
@pytest.mark.parametrize("start", [REPORTED, CORNER], ids=("reported", "corner"))
def test_every_switch_runs_and_what_it_keeps_can_be_drawn(name, start):
    run = run_with(X, start, iterations=40, **wrong_formulas.SWITCHES[name])
    assert len(run.mixtures) == len(run.log_likelihoods) == len(run.watched)
    assert np.isfinite(run.log_likelihoods).all()
    assert all(wrong_formulas.broken(mixture) is None for mixture in run.mixtures)


def test_one_over_n_shrinks_all_ellipses_then_feeds_the_largest_until_one_dies():
    run = run_with(X, REPORTED, m_step=wrong_formulas.covariances_over_n)
    assert run.log_likelihoods[:3].round() == pytest.approx([-13003, -14285, -14420])
    assert run.ended == "iteration 11 fails, ● shrinks to nothing"
    sizes = np.array([np.linalg.det(covariances) for *_, covariances in run.mixtures])
    assert (sizes[1] < sizes[0]).all()
    assert (np.diff(sizes[1:], axis=0) > 0).all(axis=0).tolist() == [False, False, True]
    assert (np.diff(sizes[1:, :2], axis=0) < 0).all()
    once = run.mixtures[1]
    right = run_with(X, REPORTED, iterations=1).mixtures[1]
    np.testing.assert_allclose(once[2], right[0][:, None, None] * right[2])


def test_squared_responsibilities_turn_the_climb_down():
    best = as_tuple(gl.em(gl.GaussianMixture(*REPORTED), X, tol=1e-12).model)
    run = run_with(
        X, best, m_step=wrong_formulas.squared_responsibilities, iterations=100
    )
    found = run.log_likelihoods[[0, 1, -1]]
    np.testing.assert_allclose(found, [-12996.893, -13002.690, -13002.398], atol=1e-3)


def test_with_the_labels_dropped_all_components_merge_in_one_step():
    run = run_with(X, REPORTED, m_step=wrong_formulas.labels_dropped, iterations=1)
    weights, means, covariances = run.mixtures[1]
    np.testing.assert_allclose(weights, 1 / 3)
    np.testing.assert_allclose(means, np.tile(X.mean(axis=0), (3, 1)))
    np.testing.assert_allclose(covariances, np.tile(np.cov(X.T, ddof=0), (3, 1, 1)))


def test_the_rule_on_q_stops_hundreds_of_nats_short():
    right = run_with(X, CORNER, tol=1e-9, iterations=500)
    wrong = run_with(X, CORNER, watch=wrong_formulas.expected_log_joint, tol=1e-9)
    short = right.log_likelihoods[-1] - wrong.log_likelihoods[-1]
    assert len(wrong.mixtures) == 8 and short == pytest.approx(372.9, abs=0.1)


def test_a_determinant_sees_no_direction_and_depends_on_the_unit():
    hits = [
        (
            wrong_formulas.determinant_for_inverse(X, REPORTED).argmax(axis=1) == Z
        ).mean(),
        (wrong_formulas.log_joint(X, REPORTED).argmax(axis=1) == Z).mean(),
    ]
    assert hits == pytest.approx([0.738, 0.981], abs=5e-4)
    joint = wrong_formulas.determinant_for_inverse
    weights, means, covariances = REPORTED
    in_tens = (weights, means / 10, covariances / 100)
    r = wrong_formulas.responsibilities
    assert r(joint(X, REPORTED)).max() < 0.44
    in_tens_hits = (joint(X / 10, in_tens).argmax(axis=1) == Z).mean()
    assert in_tens_hits == pytest.approx(0.967, abs=5e-4)
    right = wrong_formulas.log_joint
    np.testing.assert_allclose(
        r(right(X, REPORTED)), r(right(X / 10, in_tens)), atol=1e-12
    )


def test_the_wrong_sign_goes_down_where_the_right_one_goes_up():
    up = run_with(X, CORNER, m_step=wrong_formulas.uphill_in_means, iterations=1)
    down = run_with(X, CORNER, m_step=wrong_formulas.downhill_in_means, iterations=1)
    assert np.diff(up.log_likelihoods) > 0 > np.diff(down.log_likelihoods)


def test_covariances_about_the_old_means_still_never_descend():
    run = run_with(
        X, CORNER, m_step=wrong_formulas.covariances_about_old_means, iterations=200
    )
    assert (np.diff(run.log_likelihoods) > -1e-8).all()


def test_a_density_without_weights_integrates_to_the_number_of_components():
    side = np.arange(-60.0, 180.0, 2.0)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    area = 4 * wrong_formulas.density_without_weights(grid, REPORTED).sum()
    assert area == pytest.approx(3, abs=1e-6)


def test_a_bound_with_the_labels_inside_bounds_nothing():
    tight = np.full((1, 2), 3.0)  # two components, both with density e³ at one point
    q = np.full((1, 2), 0.5)
    assert wrong_formulas.bound_with_labels_inside(tight, q) > np.logaddexp(3.0, 3.0)
    assert gl.log_sum_bound(tight, q)[0] <= np.logaddexp(3.0, 3.0) + 1e-12


def test_q_with_the_old_mixture_inside_is_flat_and_the_right_q_rises():
    new = wrong_formulas.m_step(X, r := wrong_formulas.responsibilities(
        wrong_formulas.log_joint(X, CORNER)), CORNER)  # fmt: skip
    flat = [wrong_formulas.q_of_the_old(X, theta, CORNER) for theta in (CORNER, new)]
    right = [wrong_formulas.expected_log_joint(X, theta, r) for theta in (CORNER, new)]
    assert flat[0] == flat[1] == pytest.approx(right[0])
    assert right[1] > right[0] + 1000
