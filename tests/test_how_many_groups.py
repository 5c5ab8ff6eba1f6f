"""What the figures of chapter 9 show is what the chapter says of them."""

import re

import numpy as np
import pytest

from gmmlib.chapters import how_many_groups as chapter
from gmmlib.datasets import old_faithful, rows, table, three_groups
from gmmlib.selection import held_out


@pytest.fixture(scope="module")
def over_k():
    return chapter.criteria_over_k()


def drawn(live, panel, **changes):
    """Return the heights of the lines over K that a state shows."""
    with live._drawn(live.values(**changes)):
        lines = [
            line for line in live.fig.axes[panel].lines if not hasattr(line, "holds")
        ]
        return [line.get_ydata() for line in lines if len(line.get_ydata()) == 6]


def test_fitted_points_like_every_k_better_and_held_out_points_turn_down(over_k):
    fitted, unseen, aic, bic = drawn(over_k, 1, K=6)
    assert (np.diff(fitted) > 0).all()
    assert unseen.argmax() == 2 and (np.diff(unseen[2:]) < 0).all()
    assert (fitted > np.maximum(unseen, np.maximum(aic, bic))).all()
    assert aic.argmax() == 5 and bic.argmax() == 2


def test_scores_beyond_the_chosen_k_are_not_shown(over_k):
    for K in (1, 2, 5):
        with over_k._drawn(over_k.values(K=K)):
            lines = over_k.fig.axes[1].lines
            curves = [line for line in lines if line.get_marker() == "."]
            assert len(curves) == 4
            assert all(line.get_xdata().max() == K for line in curves)
    assert all(changes["K"] < 3 for changes in over_k.strip)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("name", ["three", "geyser"])
def test_the_scores_part_within_the_axes(over_k, name, kind):
    scores = drawn(over_k, 1, name=name, kind=kind, K=6)
    with over_k._drawn(over_k.values(name=name, kind=kind)):
        low, high = over_k.fig.axes[1].get_ylim()
    for values in scores:
        assert low < values.max() < high


def test_a_star_below_the_axes_is_an_arrow(over_k):
    for K, marker in ((1, "$↓$"), (3, "*")):
        with over_k._drawn(over_k.values(K=K)):
            assert marker in [a.get_marker() for a in over_k.fig.axes[1].lines]


@pytest.mark.parametrize("case", [("three", "full", 3), ("geyser", "diag", 4)])
def test_rows_of_the_scores_come_out_again(case):
    name, kind, K = case
    kept = rows(table("held_out_over_k"), data=name, type=kind, K=K)
    x = three_groups(300, 0)[0] if name == "three" else old_faithful()
    again = held_out(x, K, folds=5, starts=2, covariance_type=kind)
    assert kept["nats"] == pytest.approx(again, abs=2e-4)


def test_six_groups_of_40_points_are_worse_than_one_on_fresh_ones_in_every_draw():
    live = chapter.fitted_against_fresh()
    for draw in range(10):
        _, fresh = drawn(live, 1, draw=draw)
        assert fresh[5] < fresh[0]


def test_the_least_bic_of_four_shapes_is_full_at_two_and_tied_at_three():
    live = chapter.four_covariance_types()
    for K, kind in ((2, "full"), (3, "tied")):
        with live._drawn(live.values(K=K)):
            said = {ax.get_title().strip(): ax.texts[-1] for ax in live.fig.axes}
        assert [k for k, text in said.items() if "least" in text.get_text()] == [kind]


@pytest.mark.parametrize(
    ("make", "control", "at", "value"),
    [
        (chapter.long_thin_groups, "length", 6.0, 3.0),
        (chapter.one_account, "hours", np.log(6.0), 6.0),
        (chapter.soft_to_hard, "spread", 2.0, 2.0),
    ],
)
def test_a_handle_gives_its_control_what_the_axis_says(make, control, at, value):
    live = make()
    live.frame(**live.values(**{control: value}))
    moves = dict(move for _, *both, _ in live._handles for move in both)
    assert moves[control](at) == pytest.approx(value)
    said = live.sentence(**live.values(**{control: value}))
    assert re.search(rf"\b{value:g}\b|{value:.1f}", said)


@pytest.mark.parametrize(("kind", "K"), [("tied", 5), ("diag", 4), ("spherical", 5)])
def test_shapes_that_may_less_need_more_components(over_k, kind, K):
    *_, bic = drawn(over_k, 1, kind=kind, K=6)
    assert 1 + bic.argmax() == K


@pytest.mark.parametrize(("draw", "far"), [(18, 100), (21, 100), (24, 55), (29, 100)])
def test_these_draws_stop_at_the_cut_of_k_means(draw, far):
    live = chapter.long_thin_groups()
    values = {"length": 3.0, "draw": draw}
    stuck = live.sentence(**live.values(start="kmeans", **values))
    free = live.sentence(**live.values(start="points", **values))
    right = [int(re.search(r"mixture (\d+)%", said)[1]) for said in (stuck, free)]
    assert right[0] < 60 and right[1] == far
