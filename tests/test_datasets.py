"""The trials and points that the chapters use."""

import numpy as np
import pytest
from common import assert_close

import gmmlib as gl

pytestmark = pytest.mark.filterwarnings("error")


def test_five_trials_are_the_published_ones():
    x = gl.datasets.coin_trials()
    assert x.tolist() == [[5, 5], [9, 1], [8, 2], [4, 6], [7, 3]]


def test_known_coins_show_eighty_and_forty_five_per_cent_heads():
    x, z = gl.datasets.coin_trials(), gl.datasets.coin_labels()
    shares = [x[z == k, 0].sum() / x[z == k].sum() for k in (0, 1)]
    assert shares == [0.80, 0.45]
    assert "".join("AB"[k] for k in z) == "BAABA"


def test_a_caller_cannot_change_the_data_of_the_next():
    gl.datasets.coin_trials()[:] = 0
    gl.datasets.coin_labels()[:] = 7
    assert gl.datasets.coin_trials().sum() == 50
    assert gl.datasets.coin_labels().sum() == 2


def test_three_groups_have_the_reported_parameters():
    model = gl.datasets.three_groups_mixture()
    assert np.round(model.weights, 4).tolist() == [0.2723, 0.2755, 0.4522]
    assert np.round(model.means, 1).tolist() == [
        [69.2, 19.7],
        [29.8, 80.1],
        [79.8, 69.7],
    ]
    assert np.round(model.covariances[2], 1).tolist() == [
        [216.9, 129.1],
        [129.1, 211.4],
    ]


def test_three_groups_are_drawn_from_their_mixture():
    model = gl.datasets.three_groups_mixture()
    x, z = gl.datasets.three_groups(n=60_000, seed=1)
    np.testing.assert_allclose(np.bincount(z) / len(z), model.weights, atol=0.01)
    for k in range(3):
        np.testing.assert_allclose(x[z == k].mean(axis=0), model.means[k], atol=0.4)
        np.testing.assert_allclose(np.cov(x[z == k].T), model.covariances[k], atol=6)


def test_three_groups_repeat_with_their_seed():
    x, z = gl.datasets.three_groups()
    again, z_again = gl.datasets.three_groups(1500, 0)
    assert x.shape == (1500, 2) and z.shape == (1500,)
    assert (x == again).all() and (z == z_again).all()
    assert not (gl.datasets.three_groups(seed=1)[0] == x).all()


def test_three_groups_end_at_the_published_optimum():
    x, _ = gl.datasets.three_groups()
    # published with its own rule: stop when the whole gain is below 1e-6
    end = gl.em(gl.datasets.three_groups_mixture(), x, tol=1e-6 / len(x))
    assert end.n_iter == 15 and end.converged
    assert end.log_likelihoods[-1] == pytest.approx(-12996.8925, abs=5e-5)
    published = gl.GaussianMixture(
        [0.2650, 0.2593, 0.4757],
        [[68.66, 19.85], [29.63, 80.71], [79.95, 69.36]],
        [
            [[82.85, 7.50], [7.50, 90.86]],
            [[109.88, 8.22], [8.22, 89.26]],
            [[222.31, 126.91], [126.91, 204.15]],
        ],
    )
    np.testing.assert_allclose(end.model.weights, published.weights, atol=6e-5)
    assert_close(end.model, published, rtol=0, atol=6e-3)


@pytest.mark.parametrize("seed", range(5))
def test_three_groups_end_at_the_same_optimum_from_their_own_points(seed):
    x, _ = gl.datasets.three_groups()
    start = gl.GaussianMixture.from_points(x, 3, rng=seed)
    end = gl.em(start, x)
    assert end.converged
    assert end.log_likelihoods[-1] == pytest.approx(-12996.8925, abs=1e-3)
