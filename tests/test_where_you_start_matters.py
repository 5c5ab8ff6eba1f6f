"""What chapter 7 shows is true: maps, starts held by hand, journeys, ends."""

import numpy as np
import pytest
from common import held

import gmmlib as gl
from gmmlib.chapters.where_you_start_matters import (
    WINDOW,
    basins_drawn,
    experiment_by_experiment,
    journey,
    lottery_of_starts,
    map_of_basins,
    plateau_or_optimum,
    run_an_experiment,
)
from gmmlib.datasets import published_start, rows, table, three_groups
from gmmlib.show import marks
from gmmlib.show.look import figure
from gmmlib.starts import em_to_rest


@pytest.fixture(scope="module")
def draw_0():
    x, _ = three_groups(1800, 0)
    return x, em_to_rest(published_start(2), x)


@pytest.mark.parametrize(
    "make, changes",
    [
        (run_an_experiment, {"right_1": 4, "up_3": 25, "iteration": 9}),
        (map_of_basins, {"across": 75.0, "up": 20.0}),
        (plateau_or_optimum, {"exponent": -7.5}),
    ],
)
def test_a_handle_stands_where_its_controls_are(make, changes):
    shown = make()
    found = dict(pair for handle in held(shown, **changes) for pair in handle.items())
    for name in set(changes) - {"iteration"}:
        assert found[name] == pytest.approx(changes[name], abs=1e-9)


def test_a_moved_mean_is_where_em_starts():
    shown = run_an_experiment()
    values = shown.values(right_2=10, up_2=-4, iteration=1)
    said = shown.sentence(**values)
    assert said.startswith("Experiment 2 on draw 13, ■ moved by (10, −4), is ")
    x, _ = three_groups(1800, 13)
    start = published_start(2)
    means = start.means + [[0, 0], [10, -4], [0, 0]]
    begun = gl.GaussianMixture(start.weights, means, start.covariances)
    shares = gl.em(begun, x, max_iter=1, tol=None).model.weights
    words = ", ".join(f"{w:.2f}"[1:] for w in shares)
    assert said.endswith(f"after iteration 1; shares {words}")


def test_a_start_outside_the_window_is_drawn_at_its_edge():
    ax = figure(4, 3).subplots()
    ax.set(**WINDOW)
    inside = marks.inside(ax, np.array([[-300.0, 50], [60, 900]]))
    np.testing.assert_array_equal(inside, [[-8, 50], [60, 128]])


def test_a_journey_leads_from_each_start_to_where_each_mean_is(draw_0):
    x, run = draw_0
    ax = figure(4, 3).subplots()
    journey(ax, run.models, 3.25, x)
    half_way = (run.models[3].means + run.models[4].means) / 2
    ways = [line.get_xydata() for line in ax.lines if len(line.get_xdata()) > 1]
    assert [len(way) for way in ways] == [5, 5, 5]
    for k, way in enumerate(ways):
        np.testing.assert_array_equal(way[0], run.models[0].means[k])
        np.testing.assert_allclose(way[-1], half_way[k])


def test_the_map_shows_the_table_and_names_its_shelves():
    x, _ = three_groups(1800, 13)
    ends = table("basins")
    for covariances, names in (("published", ["0", "453", "338"]), ("broad", ["0"])):
        ax = figure(4, 3).subplots()
        ax.set(xlim=(-1.25, 131.25), ylim=(-1.25, 121.25))
        basins_drawn(ax, rows(ends, covariances=covariances), x)
        assert [text.get_text() for text in ax.texts] == names
        shown = ax.images[0].get_array()
        for text in ax.texts:  # it stands on its own shelf
            column, row = np.round(np.array(text.get_position()) / 2.5).astype(int)
            stored = rows(ends, covariances=covariances)
            (there,) = rows(stored, across=2.5 * column, up=2.5 * row)["below"]
            assert shown[row, column] == there == float(text.get_text())


def test_the_map_says_what_em_finds():
    shown = map_of_basins()
    said = shown.sentence(**shown.values(across=75.0, up=20.0))
    assert said.endswith("EM ends 338 nats below the best")
    said = shown.sentence(**shown.values(across=120.0, up=10.0))
    assert said.endswith("EM reaches the best")


@pytest.mark.parametrize("exponent", [-3.0, -6.0])
def test_the_figure_stops_where_em_does(exponent):
    x, _ = three_groups(1800, 7)
    n = gl.em(published_start(2), x, tol=10.0**exponent).n_iter
    assert f"draw 7 at iteration {n}," in plateau_or_optimum().sentence(
        exponent=exponent
    )


def test_each_wrong_end_of_experiment_2_merges_two_groups_and_starves_one():
    ends = rows(table("experiments"), size=1800, reading="lower", experiment=2)
    for draw in rows(ends, end="other")["draw"]:
        x, hidden = three_groups(1800, draw)
        end = em_to_rest(published_start(2), x).model
        assert end.weights[0] < 0.03
        widest = end.responsibilities(x).argmax(axis=1) == 2
        lower, *upper = (widest[hidden == group].mean() for group in (0, 1, 2))
        assert lower < 0.1 and min(upper) > 0.9


def test_each_climb_of_the_lottery_says_its_end():
    shown = lottery_of_starts()
    with shown._drawn(shown.values()) as (sentence, artists):
        tellers = [
            a.tells for a in artists if hasattr(a, "tells") and len(a.tells[0]) == 50
        ]
        (places, say), *_ = tellers
    assert sentence.endswith(say(0))
    assert places[:, 1].argmin() < 9  # the nine that fail come first
    assert say(49) == "number 50 reaches the best"


def test_a_row_of_experiments_shows_iterations_end_and_density(draw_0):
    x, run = draw_0
    fig = experiment_by_experiment(x, [run, run], (0, 1))
    assert len(fig.axes) == 2 * 4
    assert fig.axes[2].get_xlabel() == "the best"
