"""The prior on covariances: an inverse Wishart density, its mode, and what it cures."""

import copy
import pickle

import numpy as np
import pytest
from common import (
    COVARIANCE_TYPES,
    assert_one_sentence,
    covariance_types,
    random_covariances,
    random_mixture,
    seeds,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import invwishart
from test_gaussians import CASES, collapsing

import gmmlib as gl


@given(seed=seeds, D=st.integers(1, 4), points=st.floats(0.5, 50))
def test_it_is_an_inverse_wishart_density_up_to_a_constant(seed, D, points):
    rng = np.random.default_rng(seed)
    C, *S = random_covariances(rng, 4, D)
    degrees = points - D - 1  # any number will do in the formula; SciPy wants more
    if degrees <= D - 1:
        return
    prior = gl.CovariancePrior(C, points)
    ours = [
        gl.GaussianMixture([1], np.zeros((1, D)), s[None], covariance_prior=prior)
        for s in S
    ]
    trusted = [invwishart.logpdf(s, degrees, points * C) for s in S]
    np.testing.assert_allclose(
        np.diff([model.log_prior() for model in ours]), np.diff(trusted), rtol=1e-7
    )


@given(seed=seeds, D=st.integers(1, 3), n=st.floats(0.01, 100), m=st.floats(0.01, 100))
def test_the_mode_counts_the_points_of_the_prior_as_points(seed, D, n, m):
    rng = np.random.default_rng(seed)
    C, S = random_covariances(rng, 2, D)
    mode = gl.CovariancePrior(C, m).posterior_mode([n], S[None], C)
    np.testing.assert_allclose(mode, [(n * S + m * C) / (n + m)])


@given(seed=seeds, covariance_type=covariance_types, m=st.floats(0.1, 50))
def test_em_climbs_log_likelihood_plus_log_prior(seed, covariance_type, m):
    rng = np.random.default_rng(seed)
    x = random_mixture(rng, 3, 2).sample(60, rng)[0]
    prior = gl.CovariancePrior(random_covariances(rng, 1, 2)[0], m)
    start = random_mixture(rng, 2, 2, covariance_type, 0.0, prior)
    trace = gl.em(start, x, max_iter=30)
    objective = trace.log_likelihoods + [model.log_prior() for model in trace.models]
    assert (np.diff(objective) >= -1e-9 * abs(objective[-1])).all()


def test_a_tied_covariance_counts_once():
    prior = gl.CovariancePrior([[2, 1], [1, 3]], 7)
    S = np.array([[[3.0, 1], [1, 2]]] * 3)
    made = {
        kind: gl.GaussianMixture(
            [0.2, 0.3, 0.5], np.zeros((3, 2)), S, kind, covariance_prior=prior
        )
        for kind in ("full", "tied")
    }
    assert made["full"].log_prior() == pytest.approx(3 * made["tied"].log_prior())


def test_no_prior_is_no_change():
    model = random_mixture(np.random.default_rng(0), 3, 2)
    assert model.log_prior() == 0 and model.covariance_prior is None
    assert "prior" not in repr(model)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_a_prior_prevents_the_collapse(case, covariance_type):
    start, x, _ = collapsing(case)
    covariances = np.stack([np.eye(2)] * 2)
    prior = gl.CovariancePrior(0.1 * np.eye(2), 1)
    start = gl.GaussianMixture(
        start.weights, start.means, covariances, covariance_type, 0, prior
    )
    trace = gl.em(start, x)
    assert trace.converged
    assert trace.model.covariance_prior == prior


def test_a_prior_allows_flat_data():
    x = np.column_stack([np.arange(20.0), np.full(20, 3.0)])
    prior = gl.CovariancePrior(np.eye(2), 2)
    start = gl.GaussianMixture.from_points(x, 2, covariance_prior=prior)
    assert gl.em(start, x).converged


def test_a_prior_is_a_value():
    prior = gl.CovariancePrior(4, 2.5)
    same = gl.CovariancePrior([[4.0]], 2.5)
    assert prior == same and hash(prior) == hash(same)
    assert prior == copy.deepcopy(prior) == pickle.loads(pickle.dumps(prior))
    assert prior != gl.CovariancePrior(4, 3)
    assert repr(prior) == "CovariancePrior(covariance=[[4.0]], points=2.5)"
    with pytest.raises(AttributeError):
        prior.points = 3
    with pytest.raises(ValueError):
        prior.covariance[0] = 1


@pytest.mark.parametrize(
    "arguments, argument, found",
    [
        (([[1, 2], [0, 1]], 1), "covariance", "2.0"),
        (([[1, 2], [2, 1]], 1), "covariance", "-1"),
        (([[0.0]], 1), "covariance", "0"),
        (([1, 2], 1), "covariance", "(2,)"),
        (([[np.nan]], 1), "covariance", "nan"),
        ((1, 0), "points", "0"),
        ((1, -2), "points", "-2"),
        ((1, [1, 2]), "points", "[1. 2.]"),
        ((1, np.inf), "points", "inf"),
    ],
)
def test_a_bad_argument_is_named_with_a_remedy(arguments, argument, found):
    with pytest.raises(ValueError) as error:
        gl.CovariancePrior(*arguments)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize("prior", [np.eye(2), gl.CovariancePrior(np.eye(3), 1)])
def test_a_prior_of_another_kind_is_named(prior):
    with pytest.raises((TypeError, ValueError)) as error:
        gl.GaussianMixture([1], [[0, 0]], [np.eye(2)], covariance_prior=prior)
    assert_one_sentence(error, "covariance_prior")
