"""A live figure in the reader's hand: held, crisp, gliding, gone when closed."""

import base64
import io
import re

import ipywidgets as W
import numpy as np
import pytest
from chapters import LIVE_FIGURES, shared
from common import in_a_loop
from PIL import Image

from gmmlib.museum.game import museum_game, museum_in_class
from gmmlib.show import live, marks
from gmmlib.show.controls import Play, player, slider
from gmmlib.show.live import Live
from gmmlib.show.look import figure

PANELS = [make for make in LIVE_FIGURES if make not in (museum_game, museum_in_class)]


def line_figure(breaks=None, glides=False):
    """A small live figure: a line whose height follows one slider, and can be held."""
    fig = figure(3, 2)
    ax = fig.subplots()
    ax.set(xlim=(0, 1), ylim=(-1, 11))

    def show(height):
        if breaks and height == breaks:
            raise ValueError(f"{height} is too many")
        ax.plot([0, 1], [height, height], color="black")
        marks.handle(ax, 0.5, height, up="height")
        return f"height {height}"

    height = player("height", 10, glides)
    return Live(fig, show, strip=({}, {"height": 10}), height=height)


def test_nothing_of_one_state_is_left_in_the_next():
    shown, afresh = line_figure(), line_figure()
    artists = len(shown.fig.axes[0].get_children())
    for height in (3, 9, 3):
        picture = shown.frame(height=height)
    assert np.array_equal(picture, afresh.frame(height=3))
    assert len(shown.fig.axes[0].get_children()) == artists


def test_a_handle_sets_its_control_clamped_to_the_slider():
    shown = line_figure()
    ax, at = shown.fig.axes[0], []
    for height in (7.3, 99, -99):
        up = shown._fractions(ax, [(0.5, height)])[0]
        shown._hand.grip = [0, *up]
        at.append(shown.controls["height"].value)
    assert at == [7, 10, 0]
    assert "height 0" in shown._picture.value


def test_a_handle_stands_whole_at_the_edge_of_its_axes():
    ax = figure(3, 2).subplots()
    ax.set(xlim=(0, 1), ylim=(1, -1))
    mark = marks.handle(ax, 1.7, -3.0)
    assert mark.get_xydata().tolist() == [[1, -1]]
    assert not mark.get_clip_on()


def test_the_pointer_is_told_what_lies_under_it_and_nothing_elsewhere():
    fig = figure(3, 2)
    ax = fig.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))

    def show(n):
        marks.tells(ax.plot([0.2], [0.3], "o")[0], [(0.2, 0.3)], lambda i: f"point {i}")
        return f"{n}"

    shown = Live(fig, show, n=slider("n", 0, 0, 9, 1))
    at = shown._fractions(ax, [(0.2, 0.3), (0.8, 0.8)])
    shown._hand.over = list(at[0])
    assert shown._hand.hint[0] == "point 0"
    shown._hand.over = list(at[1])
    assert shown._hand.hint == []


@pytest.mark.parametrize("ratio", [1, 1.5, 2, 3])
def test_at_rest_the_picture_has_the_pixels_of_the_screen(ratio):
    shown = line_figure()
    shown._hand.room = [1200, 800, ratio]
    data = re.search(r"base64,([^\"]+)", shown._picture.value)[1]
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert image.size == (300 * ratio, 200 * ratio)
    assert 'width="300" height="200"' in shown._picture.value


@pytest.mark.parametrize("make", PANELS, ids=lambda make: make.__name__)
def test_on_a_narrow_page_panels_stand_one_under_another(make):
    shown = shared(make)
    shown._hand.room = [420, 800, 1]
    assert 'width="420"' in shown._picture.value
    boxes = [ax.get_position() for ax in shown.fig.axes if ax.get_subplotspec()]
    across = sorted(boxes, key=lambda box: box.x0)
    assert all(b.x0 >= 0 and b.x1 <= 1.0001 for b in across)
    if 1 < len(boxes) <= 3:
        assert len({round(b.y0, 2) for b in boxes}) == len(boxes)
    shown._hand.room = [1400, 1400, 1]
    width = int(shown._natural[0])
    assert f'width="{width}"' in shown._picture.value


@pytest.mark.parametrize("width", [280, 286, 359, 360, 731])
def test_on_a_phone_the_type_is_smaller_and_no_word_leaves_the_picture(width):
    fig = figure(9, 3)
    left, right = fig.subplots(1, 2)
    right.set(xlim=(0, 1), ylim=(0, 1), title="a title too long for half of a picture")

    def show(n):
        marks.beside(right, 1, 0.5, "beside the edge")
        marks.word(right, 0, 0.5, "n" * 30)
        return f"{n}"

    shown = Live(fig, show, n=slider("n", 0, 0, 9, 1))
    shown._hand.room = [width, 800, 1]
    size = re.search(r'width="(\d+)" height="(\d+)"', shown._picture.value)
    assert shown.frame(n=1).size == tuple(map(int, size.groups()))
    assert int(size[1]) == width
    with shown._drawn({"n": 1}) as (_, words):
        for word in words:
            live._keep_inside(word, fig.bbox)
        for word in (right.title, *words):
            box = word.get_window_extent()
            assert box.x0 >= -1 and box.x1 <= width + 1
    shown.close()


def test_limits_that_change_back_cost_no_new_layout(monkeypatch):
    def sized():
        fig = figure(3, 2)
        ax, low = fig.subplots(1, 2)
        low.set_aspect("equal")

        def show(top):
            ax.set_ylim(0, 10.0**top)
            marks.handle(low, 0.5, 0.2 + top / 10)
            return f"{top}"

        return Live(fig, show, top=slider("top", 0, 0, 9, 1))

    shown = sized()
    frames = {top: shown.frame(top=top) for top in (0, 4, 6)}
    monkeypatch.setattr(shown, "_settle_layout", lambda: pytest.fail("laid out again"))
    for top in (4, 0, 6):
        assert np.array_equal(shown.frame(top=top), frames[top])
        afresh = sized()
        assert np.array_equal(afresh.frame(top=top), frames[top])
        assert np.allclose(shown._handles[0][-1], afresh._handles[0][-1])


def test_play_glides_and_ends_on_the_last_step_exactly():
    async def play():
        shown = line_figure(glides=True)
        row = next(w for w in shown.children[0].children if isinstance(w, Play))
        row.speed.options, seen = [("at once", 0.02)], []
        shown._picture.observe(lambda change: seen.append(change.new), "value")
        shown._hand.seen = 10**6  # a page that shows at once
        row.play.value = True
        await row.task
        return shown, row, seen

    shown, row, seen = in_a_loop(play)
    assert shown.controls["height"].value == 10 and row.play.value is False
    assert len(seen) > 10
    assert np.array_equal(shown.frame(height=10), line_figure().frame(height=10))
    assert "height 10<" in seen[-1]


def test_a_reader_who_prefers_calm_gets_steps():
    shown = line_figure(glides=True)
    assert shown._glide(0.5)
    shown._hand.calm = True
    before = shown._picture.value
    assert not shown._glide(0.7) and shown._picture.value == before


def test_a_figure_that_closes_leaves_no_widget_behind():
    known = set(widgets())
    line_figure().close()
    assert set(widgets()) <= known


def widgets():
    """Return the ids of all widgets that ipywidgets keeps."""
    return list(W.widgets.widget._instances)


def test_a_cell_that_runs_again_frees_what_it_had_made(monkeypatch):
    cell = ["cell", 1]
    monkeypatch.setattr(live, "_this_cell", lambda: tuple(cell))
    line_figure()
    line_figure()  # two in one run stay
    first = len(widgets())
    for run in (2, 3, 4):
        cell[1] = run
        line_figure()
        line_figure()
    assert len(widgets()) == first
