"""The trials and points that the chapters use."""

import numpy as np
import pytest
from common import assert_close

import gmmlib as gl

pytestmark = pytest.mark.filterwarnings(
    "error", "ignore:Implicitly cleaning up:ResourceWarning"
)


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


@pytest.mark.parametrize("reading", ["lower", "mean"])
@pytest.mark.parametrize("experiment", [1, 2, 3, 4])
def test_published_starts_are_models_of_the_printed_values(experiment, reading):
    weights, means, printed = gl.datasets.published_start_values(experiment)
    start = gl.datasets.published_start(experiment, reading)
    assert (start.weights == weights).all() and (start.means == means).all()
    symmetric = (printed + printed.transpose(0, 2, 1)) / 2
    if reading == "mean":
        np.testing.assert_allclose(start.covariances, symmetric)
    else:
        assert (np.tril(start.covariances) == np.tril(printed)).all()


def test_printed_covariances_of_experiments_3_and_4_are_refused_as_they_stand():
    for experiment in (3, 4):
        with pytest.raises(ValueError, match=r"covariances\[0\] is not symmetric"):
            gl.GaussianMixture(*gl.datasets.published_start_values(experiment))
    with pytest.raises(ValueError, match="not positive definite"):
        gl.datasets.published_start(3, "upper")


@pytest.mark.parametrize("skew", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_skewed_points_have_mean_0_spread_1_and_a_tail_where_it_is_said(skew):
    points = gl.datasets.skewed_points(30, skew)
    assert points.mean() == pytest.approx(0, abs=1e-12)
    assert points.std() == pytest.approx(1)
    assert np.mean(points**3) * skew >= 0


def test_old_faithful_is_the_published_data_set():
    geyser = gl.datasets.old_faithful()
    assert geyser.shape == (272, 2)
    assert geyser.mean(axis=0) == pytest.approx([3.487783, 70.897059], abs=1e-6)
    assert geyser[:3].tolist() == [[3.6, 79], [1.8, 54], [3.333, 74]]


def test_viewers_have_shares_that_sum_to_one_and_repeat_with_their_seed():
    viewers, z = gl.datasets.streaming_viewers()
    assert viewers.shape == (1200, 6) and z.shape == (1200,)
    np.testing.assert_allclose(viewers[:, 2:].sum(axis=1), 1)
    assert viewers.min() > 0
    again, _ = gl.datasets.streaming_viewers(1200, 0)
    assert (again == viewers).all()


def test_a_written_table_is_read_as_it_was_made(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(gl.datasets, "files", lambda package: tmp_path)
    made = [("one", 1, 0.5), ("two", 2, float("nan"))]
    gl.datasets.write_table("t", "What it is.\n\nHow made.", "name,n,x", made)
    lines = (tmp_path / "data" / "t.csv").read_text("utf-8").splitlines()
    assert lines[:4] == ["# What it is.", "#", "# How made.", "name,n,x"]
    table = gl.datasets.table("t")
    assert table.dtype.names == ("name", "n", "x")
    assert table["name"].tolist() == ["one", "two"] and table["n"].tolist() == [1, 2]
    assert table["x"][0] == 0.5 and np.isnan(table["x"][1])
    assert gl.datasets.rows(table, name="two")["n"].tolist() == [2]
