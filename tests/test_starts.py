"""Where EM starts: the published starts, the tables, what pictures count."""

import numpy as np
import pytest
from scipy.optimize import least_squares

import gmmlib as gl
from gmmlib.datasets import published_start, rows
from gmmlib.starts import (
    BLOCKS,
    RUNS,
    STUCK,
    best_of,
    between,
    counted,
    damaged_start,
    interval,
    optimum,
    outcome,
    published_outcome,
    random_outcomes,
    ray,
    scatter,
    starting_from,
)


@pytest.fixture(scope="module")
def draw_0():
    x, _ = gl.datasets.three_groups(1800, 0)
    return x, optimum(x).model


def test_draw_13_is_the_first_on_which_experiment_2_ends_at_another_optimum():
    table = gl.datasets.table("experiments")
    stuck = rows(table, size=1800, experiment=2, reading="lower", end="other")
    assert stuck["draw"].min() == STUCK == 13


@pytest.mark.parametrize("draw", [13, 72])
def test_rows_of_experiments_repeat(draw):
    table = gl.datasets.table("experiments")
    stored = rows(table, size=1800, draw=draw, experiment=2)[0]
    end, below, _ = published_outcome(2, draw)
    assert end == stored["end"]
    if end != "collapse":
        assert below == pytest.approx(stored["below"], abs=0.02)


def test_rows_of_the_random_starts_repeat():
    table = gl.datasets.table("random_starts")
    where = {"means": "box", "covariances": "fitted", "weights": "equal", "draw": 2}
    again = random_outcomes("box", "fitted", "equal", 2)
    assert (again["best"], RUNS) == counted(table, **where)


def test_rows_of_the_basins_repeat():
    x, _ = gl.datasets.three_groups(1800, STUCK)
    top = optimum(x).log_likelihoods[-1]
    table = gl.datasets.table("basins")
    for place in ((10.0, 20.0, 453.0), (75.0, 20.0, 338.0), (120.0, 10.0, 0.0)):
        stored = rows(table, covariances="published", across=place[0], up=place[1])
        assert stored["below"] == place[2]
        _, below, _ = outcome(starting_from(place[:2], "published", x), x, top)
        assert below == pytest.approx(place[2], abs=0.6)


def test_draws_scatter_as_by_chance_if_their_runs_are_independent_with_one_rate():
    rng = np.random.default_rng(0)
    kinds = [("best", int), ("runs", int)]
    t = np.array([(rng.binomial(100, 0.8), 100) for _ in range(2000)], kinds)
    assert scatter(t) == pytest.approx(1, abs=0.05)
    twice = np.array([(2 * b, 2 * n) for b, n in t], kinds)  # each run counted twice
    assert scatter(twice) == pytest.approx(np.sqrt(2) * scatter(t))


def _step_of_em(u, model, x):
    """Return how far one iteration moves a model in 17 free coordinates, from u."""
    start = _coordinates(model) + u
    logits, means, low, high, lean = np.split(start, [2, 8, 11, 14])
    weights = np.exp(np.append(logits, 0))
    L = np.zeros((3, 2, 2))
    L[:, 0, 0], L[:, 1, 1], L[:, 1, 0] = np.exp(low), np.exp(high), 8 * lean
    S = L @ L.transpose(0, 2, 1)
    moved = gl.GaussianMixture(weights / weights.sum(), 8 * means.reshape(3, 2), S)
    return _coordinates(gl.em(moved, x, max_iter=1, tol=None).model) - start


def _coordinates(model):
    L = np.linalg.cholesky(model.covariances)
    logits = np.log(model.weights[:2] / model.weights[2])
    corners = np.log(L[:, 0, 0]), np.log(L[:, 1, 1]), L[:, 1, 0] / 8
    return np.concatenate([logits, model.means.ravel() / 8, *corners])


def test_no_place_of_slope_zero_lies_on_the_plateau_of_draw_7_but_one_on_draw_13():
    least = {}
    for draw in (7, 13):
        x, _ = gl.datasets.three_groups(1800, draw)
        models = gl.em(published_start(2), x, max_iter=200, tol=None).models
        for t in (60, 110, 200):
            found = least_squares(
                _step_of_em, np.zeros(17), bounds=(-0.5, 0.5), args=(models[t], x)
            )
            least[draw, t] = np.linalg.norm(found.fun)
    for t in (60, 110, 200):
        assert least[7, t] > 3e-4
        assert least[13, t] < 1e-6


def test_tables_count_no_more_ends_than_runs():
    for name in ("random_starts", "perturbed_starts"):
        table = gl.datasets.table(name)
        assert (table["best"] + table["collapse"] <= table["runs"]).all()


@pytest.mark.parametrize("block", BLOCKS)
def test_a_damaged_start_loses_what_it_should_by_one_block_alone(block, draw_0):
    x, best = draw_0
    rng = np.random.default_rng(5)
    start, far = damaged_start(best, block, 1, x, rng)
    lost = (best.log_likelihood(x) - start.log_likelihood(x)) / len(x)
    assert lost == pytest.approx(1, abs=1e-5)
    changed = "covariances" if block in ("sizes", "shapes") else block
    for name in {"weights", "means", "covariances"} - {changed}:
        np.testing.assert_allclose(getattr(start, name), getattr(best, name))
    S = np.linalg.eigvals(np.linalg.solve(best.covariances, start.covariances))
    moved = {
        "means": np.linalg.norm(start.means - best.means, axis=1).max(),
        "weights": np.ptp(np.log(start.weights / best.weights)),
    }.get(block, abs(np.log(S.real)).max())
    assert far == pytest.approx(moved)


def test_sizes_keep_the_shape_of_each_ellipse(draw_0):
    _, best = draw_0
    moved = ray(best, "sizes", np.random.default_rng(1))(2.0)
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


def test_the_best_of_more_starts_from_the_same_seed_is_no_lower():
    points, _ = gl.datasets.three_groups(300)
    heights = [best_of(points, 5, n, rng=3).log_likelihoods[-1] for n in (1, 3, 6)]
    assert heights[0] <= heights[1] <= heights[2]


def test_best_of_raises_the_collapse_if_every_climb_collapses():
    with pytest.raises(gl.CollapseError):
        best_of(np.repeat([[0.0], [1.0], [5.0]], 4, axis=0), 3, starts=2)
