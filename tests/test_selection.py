"""What chapter 9 says of choosing K is true of the library's rooms for it."""

import numpy as np
import pytest
from common import table_script
from scipy.cluster.vq import kmeans2

import gmmlib as gl
from gmmlib.selection import (
    agreement,
    bootstrap,
    cost,
    from_labels,
    held_out,
    kmeans,
    new_points,
    soft_kmeans,
)
from gmmlib.starts import best_of

GEYSER = gl.datasets.old_faithful()
points, groups = gl.datasets.three_groups(300)


def test_two_programs_answer_two_and_three_with_eleven_parameters_each():
    fits = {
        kind: [best_of(GEYSER, K, 3, covariance_type=kind).model for K in range(1, 6)]
        for kind in ("full", "tied")
    }
    bics = {kind: [m.bic(GEYSER) for m in models] for kind, models in fits.items()}
    assert np.argmin(bics["full"]) == 1 and np.argmin(bics["tied"]) == 2
    assert min(bics["full"]) == pytest.approx(2322.192, abs=1e-3)  # as published
    assert min(bics["tied"]) == pytest.approx(2314.316, abs=0.03)  # mclust stops early
    assert fits["full"][1].n_parameters == fits["tied"][2].n_parameters == 11


def test_held_out_points_are_described_worse_than_fitted_ones():
    fitted = best_of(points, 4, 3).model.log_likelihood(points) / len(points)
    assert held_out(points, 4, folds=5, starts=3) < fitted


def test_held_out_takes_each_point_once_under_a_fit_to_the_others():
    x = np.array([[0.0], [1.0], [3.0], [8.0]])
    by_hand = 0.0
    for n in range(4):
        rest = np.delete(x, n)
        by_hand += -0.5 * (
            np.log(2 * np.pi * rest.var()) + (x[n, 0] - rest.mean()) ** 2 / rest.var()
        )
    assert held_out(x, 1, folds=4, starts=1) == pytest.approx(by_hand / 4, rel=1e-9)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_labels_make_the_mixture_of_their_groups(kind):
    model = from_labels(points, groups, kind)
    for k in range(3):
        assert model.weights[k] == pytest.approx((groups == k).mean())
        np.testing.assert_allclose(model.means[k], points[groups == k].mean(axis=0))
        S = np.cov(points[groups == k].T, bias=True)
        if kind == "full":
            np.testing.assert_allclose(model.covariances[k], S)
        if kind == "diag":
            np.testing.assert_allclose(model.covariances[k], np.diag(np.diag(S)))
        if kind == "spherical":
            np.testing.assert_allclose(
                model.covariances[k], np.trace(S) / 2 * np.eye(2), atol=1e-12
            )


def test_soft_kmeans_climbs_and_becomes_kmeans_as_the_spread_shrinks():
    centres, labels = kmeans(points, 3)
    end = soft_kmeans(points, points[:3], spread=0.5)
    hard, _ = kmeans2(points, points[:3], iter=100, minit="matrix")
    np.testing.assert_allclose(end.means, hard, atol=1e-6)
    model = soft_kmeans(points, centres, spread=2.0)
    squares = (
        -2
        * 2.0**2
        * (model.log_likelihood(points) + len(points) * np.log(3 * 2 * np.pi * 4))
    )
    assert squares == pytest.approx(((points - centres[labels]) ** 2).sum(), rel=1e-4)
    heights = [
        soft_kmeans(points, points[:3], 12, n).log_likelihood(points)
        for n in (0, 1, 2, 5, 20)
    ]
    assert (np.diff(heights) >= -1e-9).all()


def test_beyond_the_longest_deviation_of_the_cloud_all_soft_means_fall_together():
    widest = np.sqrt(np.linalg.eigvalsh(np.cov(points.T, bias=True)).max())
    centres, _ = kmeans(points, 3)
    together = soft_kmeans(points, centres, 1.05 * widest, max_iter=2000).means
    apart = soft_kmeans(points, centres, 0.95 * widest, max_iter=2000).means
    assert np.ptp(together, axis=0).max() < 0.01
    assert np.ptp(apart, axis=0).max() > 5


def test_kmeans_leaves_every_point_with_its_nearest_centre():
    centres, labels = kmeans(points, 4)
    distances = np.square(points[:, None] - centres).sum(axis=2)
    assert (distances.argmin(axis=1) == labels).all()
    for k in range(4):
        np.testing.assert_allclose(
            centres[k], points[labels == k].mean(axis=0), rtol=1e-6
        )


def test_agreement_does_not_mind_the_names_of_groups():
    assert agreement(np.array([2, 0, 1])[groups], groups) == 1
    assert agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1])) == 0.75


def test_bootstrap_spreads_as_the_mean_of_a_sample_does():
    x = np.random.default_rng(0).standard_normal((400, 1))
    one = gl.em(gl.GaussianMixture([1.0], [0.0], [1.0]), x).model
    means = np.array([m.means[0, 0] for m in bootstrap(one, x, 400)])
    assert means.std() == pytest.approx(x.std() / np.sqrt(len(x)), rel=0.15)


def test_bic_has_the_published_size_and_sign():
    model = best_of(GEYSER, 2, 2).model
    ell, p = model.log_likelihood(GEYSER), model.n_parameters
    assert model.bic(GEYSER) == pytest.approx(p * np.log(272) - 2 * ell)
    assert model.aic(GEYSER) == pytest.approx(2 * p - 2 * ell)


def test_long_strips_mislead_kmeans_but_not_a_mixture():
    x, z = gl.datasets.two_strips(3, 400, 0)
    _, labels = kmeans(x, 2, 3)
    soft = gl.em(gl.GaussianMixture.from_points(x, 2), x).model.responsibilities(x)
    assert agreement(labels, z) < 0.6
    assert agreement(soft.argmax(axis=1), z) > 0.95


def test_the_segments_of_viewers_can_be_found():
    viewers, z = gl.datasets.streaming_viewers()
    x = gl.datasets.viewer_features(viewers)
    model = best_of(x, 4, 3).model
    assert agreement(model.responsibilities(x).argmax(axis=1), z) > 0.9


def test_a_row_of_the_choices_of_k_comes_out_again():
    choices = table_script("choices_of_k").choices
    n, draw, *chosen = gl.datasets.table("choices_of_k")[130].tolist()
    assert list(choices(n, draw)) == chosen


def test_the_shape_decides_k_even_where_the_truth_is_known():
    three = best_of(points, 3, 5).model  # as they were drawn
    five = best_of(points, 5, 5, covariance_type="tied").model
    assert three.n_parameters == five.n_parameters == 17
    assert five.bic(points) < three.bic(points) - 1


def test_rows_of_twins_and_of_optimism_come_out_again():
    n = 57
    twin_lead = table_script("geyser_twins").twin_lead
    advantage = table_script("optimism").advantage
    twins = gl.datasets.table("geyser_twins")
    row = twins[n]
    lead = twin_lead(row["source"], int(row["draw"]), GEYSER)
    assert lead == pytest.approx(row["lead"], abs=0.01)
    fresh, _ = gl.datasets.three_groups(100_000, 100)
    flattery = gl.datasets.table("optimism")[6 * n + 2]
    x, _ = gl.datasets.three_groups(320, int(flattery["draw"]))
    own = advantage(x, fresh, int(flattery["K"]), int(flattery["draw"]))
    assert own == pytest.approx(flattery["advantage"], abs=0.02)


def test_a_fit_to_n_points_loses_p_over_2n_on_new_ones():
    table, p = gl.datasets.table("scale_enough"), 17
    assert gl.datasets.three_groups_mixture().n_parameters == p
    for N in (1000, 3000, 10_000, 30_000, 100_000):
        excess = table["excess"][table["N"] == N]
        error = excess.std() / np.sqrt(len(excess))
        assert abs(excess.mean() - p / (2 * N)) < 3 * error + 0.1 * p / (2 * N)


def test_entries_of_the_table_can_be_made_again():
    table, new = gl.datasets.table("scale_enough"), new_points()
    for N, draw in ((3000, 7),):
        entry = table[(table["N"] == N) & (table["draw"] == draw)]
        excess, error = cost(N, draw, new)
        assert excess == pytest.approx(entry["excess"][0], abs=1e-6)
        assert error == pytest.approx(entry["mean_error"][0], abs=1e-4)
