"""What chapter 8 says of infinite likelihoods, cures and twins is true."""

import numpy as np
import pytest

import gmmlib as gl
from gmmlib.collapse import (
    cured,
    follow,
    from_a_narrow_start,
    outcomes,
    sane_fit,
    squeezed,
    twin,
    until_collapse,
    with_spike,
)

X = gl.datasets.two_heaps()
SANE = sane_fit(X).log_likelihoods[-1]


def test_a_spike_on_a_point_gains_ln_10_a_decade_and_beats_the_sane_fit():
    ells = [with_spike(X, X[14], 10.0**-d).log_likelihood(X) for d in range(8, 31)]
    np.testing.assert_allclose(np.diff(ells), np.log(10), atol=1e-6)
    assert ells[0] > SANE


def test_a_spike_between_two_points_gains_nothing():
    between = (X[14] + X[15]) / 2
    ells = [with_spike(X, between, 10.0**-d).log_likelihood(X) for d in (3, 10, 30)]
    assert max(ells) < SANE and np.ptp(ells) < 1e-9


@pytest.mark.parametrize(
    "points, shrinks, factor", [(1, True, 2), (2, False, 2), (1, False, 1)]
)
def test_gain_is_points_times_directions(points, shrinks, factor):
    cloud = np.random.default_rng(0).standard_normal((30, 2))
    along = cloud[1] - cloud[0] if points == 2 else np.array([1.0, 0.0])
    direction = None if shrinks else along
    origin = cloud[:points].mean(axis=0)
    low, high = (
        squeezed(cloud, origin, direction, w).log_likelihood(cloud)
        for w in (1e-4, 1e-5)
    )
    assert high - low == pytest.approx(factor * np.log(10), abs=0.01)


def test_em_passes_the_sane_fit_and_then_says_collapse():
    with pytest.raises(gl.CollapseError) as stopped:
        gl.em(from_a_narrow_start(X, X[16], 0.2), X)
    trace = stopped.value.trace
    assert trace.log_likelihoods[-1] > SANE
    assert trace.log_likelihoods[10:20].max() < SANE - 5  # the plateau before


@pytest.mark.parametrize(
    "kind, strength, end",
    [("floor", -10, "above"), ("floor", -2, "below"), ("floor", -0.5, "at"),
     ("floor", 1, "below"), ("prior", -6, "below"), ("prior", -2, "at")],
)  # fmt: skip
def test_a_cure_must_have_a_sensible_size(kind, strength, end):
    ell = cured(X, X[16], 0.2, kind, strength).log_likelihoods[-1]
    expected = {
        "above": ell > SANE + 1,
        "below": ell < SANE - 1,
        "at": abs(ell - SANE) < 0.01,
    }
    assert expected[end]


def test_a_prior_too_weak_prefers_the_spike_too():
    def height(model):
        return model.log_likelihood(X) + model.log_prior()

    weak = gl.CovariancePrior(X.var() / 4, 1e-10)
    sane = gl.GaussianMixture.from_points(X, 2, covariance_prior=weak)
    spike = cured(X, X[16], 0.2, "prior", -10).model
    assert height(spike) > height(gl.em(sane, X).model) + 0.5


def test_a_converged_fit_may_be_a_spike_in_the_making():
    rng = np.random.default_rng(1)
    rng.normal(size=(100, 2))
    x = rng.normal(size=(60, 10))
    trace = gl.em(gl.GaussianMixture.from_points(x, 6, covariance_type="diag"), x)
    assert trace.converged and 60 * trace.model.weights.min() < 2.1


@pytest.mark.parametrize(
    "values, collapses", [([1, 1, 1, 2, 2, 5], True), ([1, 1.1, 1, 2, 2, 5], False)]
)
def test_a_common_variance_collapses_only_on_k_values(values, collapses):
    start = gl.GaussianMixture(
        [0.3, 0.3, 0.4], [1.2, 2.1, 4.5], [0.1, 0.1, 0.1], "tied"
    )
    if collapses:
        with pytest.raises(gl.CollapseError):
            gl.em(start, values)
    else:
        assert np.isfinite(gl.em(start, values).log_likelihoods[-1])


def test_twins_agree_on_pairs_and_differ_on_triples():
    coins = gl.CoinMixture([0.8, 0.4], learn_weights=True)
    other = twin(coins, 0.3)
    for tosses in (1, 2):
        np.testing.assert_allclose(outcomes(coins, tosses), outcomes(other, tosses))
    assert abs(outcomes(coins, 3) - outcomes(other, 3)).max() > 0.01
    assert outcomes(other, 3).sum() == pytest.approx(1)


def test_a_run_that_is_followed_says_whether_points_were_lost_or_the_spread():
    far = gl.GaussianMixture([0.5, 0.5], [0, 1e4], [1, 1])
    starved, why = follow(far, X, 5)
    assert why == "iteration 1 fails: ■ has lost its points" and starved.n_iter == 0
    shrunk, why = follow(from_a_narrow_start(X, X[16], 0.2), X, 50)
    assert why == f"iteration {len(shrunk.models)} fails: ● shrinks to 0"
    whole, why = follow(gl.GaussianMixture.from_points(X, 2), X, 5)
    assert why == "" and whole.n_iter == 5


def test_a_run_until_a_collapse_is_that_of_em():
    start = from_a_narrow_start(X, X[16], 0.2)
    trace, collapse = until_collapse(start, X, tol=None)
    assert collapse.iteration == trace.n_iter + 1
    again, none = until_collapse(start, X, max_iter=trace.n_iter, tol=None)
    assert none is None and again.model == trace.model
