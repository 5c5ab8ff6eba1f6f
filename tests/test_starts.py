"""Where EM starts: the published starts, the tables, what pictures count."""

import numpy as np
import pytest

import gmmlib as gl
from gmmlib.data import basins, experiments, perturbed_starts, random_starts
from gmmlib.data.experiments import between, climb, counted, optimum, rows
from gmmlib.datasets import published_start, published_start_values
from gmmlib.plots.starts import StopRule, interval
from gmmlib.plots.style import figure


@pytest.fixture(scope="module")
def draw_0():
    x, _ = gl.datasets.three_groups(1800, 0)
    return x, optimum(x).model


def test_printed_covariances_of_experiments_3_and_4_are_refused_as_they_stand():
    for experiment in (3, 4):
        with pytest.raises(ValueError, match=r"covariances\[0\] is not symmetric"):
            gl.GaussianMixture(*published_start_values(experiment))


def test_lower_corners_and_means_are_covariances_and_upper_corners_are_not():
    for experiment in (1, 2, 3, 4):
        weights, means, printed = published_start_values(experiment)
        lower = published_start(experiment)
        assert np.array_equal(np.tril(lower.covariances), np.tril(printed))
        assert np.array_equal(lower.means, means)
        middle = published_start(experiment, "mean").covariances
        np.testing.assert_allclose(middle, (printed + printed.transpose(0, 2, 1)) / 2)
    with pytest.raises(ValueError, match="not positive definite"):
        published_start(3, "upper")


def test_draw_13_is_the_first_on_which_experiment_2_ends_at_another_optimum():
    table = gl.datasets.table("experiments")
    stuck = rows(table, size=1800, experiment=2, reading="lower", end="other")
    assert stuck["draw"].min() == 13


@pytest.mark.parametrize("draw", [3, 13, 72])
def test_rows_of_experiments_repeat(draw):
    table = gl.datasets.table("experiments")
    stored = rows(table, size=1800, draw=draw, experiment=2)[0]
    again = experiments.row(1800, draw, 2, "lower").split(",")
    assert again[4] == stored["end"]
    if stored["end"] != "collapse":
        assert float(again[5]) == pytest.approx(stored["below"], abs=0.02)


def test_rows_of_the_random_starts_repeat():
    table = gl.datasets.table("random_starts")
    where = {"means": "box", "covariances": "fitted", "weights": "equal", "draw": 2}
    again = random_starts.row("box", "fitted", "equal", 2)
    assert (again["best"], again["runs"]) == counted(table, **where)


def test_rows_of_the_basins_repeat():
    x, _ = gl.datasets.three_groups(1800, basins.DRAW)
    top = optimum(x).log_likelihoods[-1]
    table = gl.datasets.table("basins")
    for place in ((10.0, 20.0, 453.0), (75.0, 20.0, 338.0), (120.0, 10.0, 0.0)):
        stored = rows(table, covariances="published", across=place[0], up=place[1])
        assert stored["below"] == place[2]
        again = basins.row("published", *place[:2], x, top)
        assert float(again.split(",")[3]) == place[2]


def test_tables_count_no_more_ends_than_runs():
    for name in ("random_starts", "perturbed_starts"):
        table = gl.datasets.table(name)
        assert (table["best"] + table["collapse"] <= table["runs"]).all()


@pytest.mark.parametrize("block", perturbed_starts.BLOCKS)
def test_a_damaged_start_loses_what_it_should_by_one_block_alone(block, draw_0):
    x, best = draw_0
    rng = np.random.default_rng(5)
    start = perturbed_starts.damaged(best, block, 1, x, rng)
    lost = (best.log_likelihood(x) - start.log_likelihood(x)) / len(x)
    assert lost == pytest.approx(1, abs=1e-5)
    changed = "covariances" if block in ("sizes", "shapes") else block
    for name in {"weights", "means", "covariances"} - {changed}:
        np.testing.assert_allclose(getattr(start, name), getattr(best, name))


def test_sizes_keep_the_shape_of_each_ellipse(draw_0):
    _, best = draw_0
    moved = perturbed_starts.ray(best, "sizes", np.random.default_rng(1))(2.0)
    ratio = moved.covariances / best.covariances
    np.testing.assert_allclose(ratio, ratio[:, :1, :1] * np.ones((2, 2)))
    assert abs(np.log(ratio)).max() == pytest.approx(2.0)


def test_the_line_between_two_mixtures_ends_at_them(draw_0):
    _, best = draw_0
    other = published_start(2)
    assert between(best, other, 0) == best
    end = between(best, other, 1, order=(2, 0, 1))
    np.testing.assert_allclose(end.means, other.means[[2, 0, 1]])


def test_an_interval_is_wilsons_and_holds_the_rate():
    for s, n in ((0, 5), (1, 1), (93, 100), (1000, 1000)):
        c, p = 1.959964, s / n
        half = c * np.sqrt(p * (1 - p) / n + c**2 / (4 * n**2))
        by_hand = np.array([p + c**2 / (2 * n) - half, p + c**2 / (2 * n) + half])
        low, high = interval(s, n)
        np.testing.assert_allclose((low, high), by_hand / (1 + c**2 / n), atol=1e-6)
        assert 0 <= low <= p + 1e-12 and p - 1e-12 <= high <= 1


def test_the_figure_stops_where_em_does(draw_0):
    x, best = draw_0
    run = climb(published_start(2), x)
    goal = best.log_likelihood(x)
    axes = figure().subplots(1, 2)
    runs = [run.log_likelihoods] * 2
    rule = StopRule(axes, runs, ["one", "two"], [goal, goal], len(x))
    for tolerance in (1e-3, 1e-6):
        stopped = gl.em(published_start(2), x, tol=tolerance)
        assert rule.stop(0, tolerance) == stopped.n_iter
