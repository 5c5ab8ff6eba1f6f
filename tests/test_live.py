"""The live figure keeps its promises, with any topic wired to it."""

import asyncio
import base64
import contextlib
import ctypes
import gc
import io
import itertools
import os
import random
import re
import sys
import time

import ipywidgets as W
import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest
from chapters import LIVE_FIGURES
from matplotlib.figure import Figure
from PIL import Image

from gmmlib.museum.game import browse_cards, museum_game
from gmmlib.show import live, marks
from gmmlib.show.controls import Play, player, slider
from gmmlib.show.live import Live
from gmmlib.show.look import figure, number, png, same_pixels


def corners(controls, most=16):
    """All corners if at most `most`; else each end of each, and some draws."""
    ends = {name: _ends(control) for name, control in controls.items()}
    count = np.prod([len(e) for e in ends.values()])
    if count <= most:
        return [
            dict(zip(ends, c, strict=True)) for c in itertools.product(*ends.values())
        ]
    first = {name: control.value for name, control in controls.items()}
    one_moved = [first | {name: end} for name, e in ends.items() for end in e]
    rng = random.Random(0)
    return one_moved + [
        {n: rng.choice(_all(c)) for n, c in controls.items()} for _ in range(most // 2)
    ]


def in_turn(controls):
    """Yield what a hand sees that sends all controls to one end, one after another."""
    for end in (0, -1):
        values = {name: control.value for name, control in controls.items()}
        for name, control in controls.items():
            values[name] = _ends(control)[end]
            yield dict(values)


def _ends(control):
    if hasattr(control, "min"):
        return [control.min, control.max]
    return _all(control)


def _all(control):
    if hasattr(control, "min"):
        steps = round((control.max - control.min) / control.step)
        kind = type(control.value)
        return [kind(control.min + i * control.step) for i in range(steps + 1)]
    if hasattr(control, "options"):
        return [o[1] if isinstance(o, tuple) else o for o in control.options]
    return [False, True]


@pytest.fixture(scope="module", params=LIVE_FIGURES, ids=lambda make: make.__name__)
def make(request):
    return request.param


@pytest.fixture(scope="module")
def made(make):
    yield make()
    W.Widget.close_all()  # ipywidgets would keep it


@pytest.fixture(scope="module")
def bundle(made):
    """What a figure shows where nothing is live; it is drawn in another size there."""
    return made._repr_mimebundle_()


def test_every_setting_at_the_ends_draws_and_speaks(made, pytestconfig):
    most = 64 if pytestconfig.getoption("thorough") else 16
    for values in (*corners(made.controls, most), *in_turn(made.controls)):
        picture = made.frame(**values)
        sentence = made.sentence(**values)
        assert picture.size == tuple(int(n) for n in made.fig.bbox.size)
        assert sentence and "nan" not in sentence.lower() and "\n" not in sentence


@pytest.mark.usefixtures("bundle")
def test_what_moves_over_the_background_is_what_a_fresh_figure_would_show(make, made):
    path = random.Random(1).choices(corners(made.controls), k=4)
    for values in path:
        moved = made.frame(**values)
    afresh = make().frame(**path[-1])
    assert np.abs(np.asarray(moved, float) - np.asarray(afresh, float)).max() == 0


def test_the_strip_is_small_and_its_text_holds_each_sentence(made, bundle):
    data, metadata = bundle
    strip = Image.open(io.BytesIO(data["image/png"]))
    assert strip.width <= 900 and strip.height <= 500
    assert len(data["image/png"]) <= 60_000
    assert data["text/plain"].count("\n") == len(made.strip) - 1
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert data[live.WIDGET_VIEW]["model_id"] == made.model_id


def test_every_control_has_a_label_and_a_tooltip(made):
    for control in made.controls.values():
        assert control.description and control.tooltip


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


def test_a_show_that_raises_keeps_the_picture_and_works_again():
    shown = line_figure(breaks=3)
    shown.controls["height"].value = 2
    good = shown._picture.value
    shown.controls["height"].value = 3
    assert good in shown._picture.value
    assert "ValueError: 3 is too many" in shown._picture.value
    assert 'role="alert"' in shown._picture.value
    shown.controls["height"].value = 4
    assert "height 4" in shown._picture.value
    assert "alert" not in shown._picture.value


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_what_was_broken_off_half_way_is_said_and_then_drawn_anew(stop):
    def title_figure(breaks=()):
        fig = figure(3, 2)
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 10))

        def show(n):
            ax.set_title(f"{n}")
            ax.plot([0, 1], [0, n], color="black")
            if breaks:
                raise stop
            return f"n = {n}"

        return Live(fig, show, n=slider("n", 0, 0, 9, 1))

    breaks = []
    shown = title_figure(breaks)
    breaks.append("now")
    with contextlib.suppress(KeyboardInterrupt):
        shown.controls["n"].value = 7
    assert f"cannot be drawn: {stop.__name__}" in shown._picture.value
    breaks.clear()
    assert np.array_equal(shown.frame(n=7), title_figure().frame(n=7))


def test_the_sentence_belongs_to_the_picture_in_one_message():
    shown = line_figure()
    shown.controls["height"].value = 7
    html = shown._picture.value
    assert 'alt="height 7"' in html and ">height 7</div>" in html


def test_nothing_of_one_state_is_left_in_the_next():
    shown, afresh = line_figure(), line_figure()
    artists = len(shown.fig.axes[0].get_children())
    for height in (3, 9, 3):
        picture = shown.frame(height=height)
    assert np.array_equal(picture, afresh.frame(height=3))
    assert len(shown.fig.axes[0].get_children()) == artists


def test_limits_set_by_a_state_redraw_the_ticks():
    fig = figure(3, 2)
    ax = fig.subplots()

    def show(top):
        ax.set_ylim(0, top)
        return f"top {top}"

    shown = Live(fig, show, top=slider("top", 1, 1, 100, 1))
    assert not np.array_equal(shown.frame(top=1), shown.frame(top=100))


def test_a_handle_sets_its_control_clamped_to_the_slider():
    shown = line_figure()
    ax, at = shown.fig.axes[0], []
    for height in (7.3, 99, -99):
        up = shown._fractions(ax, [(0.5, height)])[0]
        shown._hand.grip = [0, *up]
        at.append(shown.controls["height"].value)
    assert at == [7, 10, 0]
    assert "height 0" in shown._picture.value


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


def test_on_a_narrow_page_panels_stand_one_under_another(make):
    if make in (browse_cards, museum_game):
        pytest.skip("a card is one picture with its words, shown as it is")
    shown = make()
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
    shown.close()


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

    shown, row, seen = asyncio.run(play())
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


def test_the_strip_leaves_the_live_picture_as_it_was():
    shown = line_figure()
    shown.controls["height"].value = 5
    before = np.asarray(shown.frame(height=5))
    shown.still()
    assert np.array_equal(before, shown.frame(height=5))
    assert shown.controls["height"].value == 5


def test_two_live_figures_never_touch_each_other():
    one, other = line_figure(), line_figure()
    before = other._picture.value
    one.controls["height"].value = 9
    assert other._picture.value == before


def test_a_thousand_moves_leak_neither_figures_nor_artists():
    shown = line_figure()
    shown.controls["height"].value = 1
    gc.collect()
    figures, objects = len(plt.get_fignums()), len(gc.get_objects())
    for i in range(1000):
        shown.controls["height"].value = i % 10
    gc.collect()
    assert len(plt.get_fignums()) == figures == 0
    assert len(gc.get_objects()) - objects < 500


def test_random_moves_over_the_figures_leave_memory_flat(pytestconfig):
    """Six seconds of them on every third; GMMLIB_MOVES=600 makes it ten minutes."""
    rng, seconds = random.Random(0), float(os.environ.get("GMMLIB_MOVES", 6))
    thorough = pytestconfig.getoption("thorough") or "GMMLIB_MOVES" in os.environ
    figures = [make() for make in LIVE_FIGURES[:: 1 if thorough else 3]]

    def move_until(end):
        for moves in itertools.count():
            if time.monotonic() > end:
                return moves
            shown = rng.choice(figures)
            control = rng.choice(list(shown.controls.values()))
            control.value = rng.choice(_all(control))
            assert "alert" not in shown._picture.value, shown.values()

    for shown in figures:  # what every figure keeps for itself
        for control in shown.controls.values():
            control.value = _all(control)[-1]
    begun = time.monotonic()
    warm = move_until(begun + seconds / 2)
    memory, drawn = kept()
    moves = move_until(begun + seconds)
    memory_after, drawn_after = kept()
    grown = (memory_after - memory) / 1e6
    print(f"{warm} + {moves} moves, the latter: {grown:+.1f} MB, {drawn_after} figures")
    assert grown < 20
    assert drawn_after == drawn
    assert not plt.get_fignums()


def kept():
    """Return the memory of this process, and the figures that are still alive."""
    gc.collect()
    if sys.platform == "linux":  # what is freed already need not be given back yet
        ctypes.CDLL(None).malloc_trim(0)
    figures = sum(isinstance(thing, Figure) for thing in gc.get_objects())
    return psutil.Process().memory_info().rss, figures


def test_step_and_reset_move_the_player():
    shown = line_figure()
    row = next(w for w in shown.children[0].children if isinstance(w, Play))
    control = shown.controls["height"]
    row.step.click()
    assert control.value == 1
    control.value = 10
    row.step.click()
    assert control.value == 10
    row.reset.click()
    assert control.value == 0


def test_stored_outputs_hold_no_widget_view(monkeypatch):
    monkeypatch.setenv("GMMLIB_STILL", "1")
    data, _ = line_figure()._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"}


def test_pictures_agree_but_for_rounding():
    grey = Image.new("RGB", (50, 50), (100, 100, 100))
    nearly = Image.new("RGB", (50, 50), (101, 100, 100))
    marked = grey.copy()
    marked.paste((0, 0, 0), (10, 10, 14, 14))
    assert same_pixels(png(grey), png(nearly))
    assert not same_pixels(png(grey), png(marked))
    assert not same_pixels(png(grey), png(grey.resize((51, 50))))


def test_numbers_are_written_as_the_series_writes_them():
    shown = [number(v) for v in (0.8, 1, -31.857, -0.001, -0.5)]
    assert shown == [".80", "1.00", "−31.86", ".00", "−.50"]
