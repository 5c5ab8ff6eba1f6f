"""The live figure keeps its promises, with any topic wired to it."""

import contextlib
import ctypes
import gc
import io
import itertools
import os
import random
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

from gmmlib.show import live
from gmmlib.show.look import figure, number, png, same_pixels
from gmmlib.widgets.live import Live, slider, switch


def corners(controls):
    """All corners if there are at most 64; else each end of each, and 32 draws."""
    ends = {name: _ends(control) for name, control in controls.items()}
    count = np.prod([len(e) for e in ends.values()])
    if count <= 64:
        return [
            dict(zip(ends, c, strict=True)) for c in itertools.product(*ends.values())
        ]
    first = {name: control.value for name, control in controls.items()}
    one_moved = [first | {name: end} for name, e in ends.items() for end in e]
    rng = random.Random(0)
    drawn = [{n: rng.choice(_all(c)) for n, c in controls.items()} for _ in range(32)]
    return one_moved + drawn


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


def test_every_setting_at_the_ends_draws_and_speaks(made):
    for values in (*corners(made.controls), *in_turn(made.controls)):
        picture = made.frame(**values)
        sentence = made.sentence(**values)
        assert picture.size == tuple(int(n) for n in made.fig.bbox.size)
        assert sentence and "nan" not in sentence.lower() and "\n" not in sentence


def test_what_moves_over_the_background_is_what_a_fresh_figure_would_show(make, made):
    made.still()
    path = random.Random(1).choices(corners(made.controls), k=4)
    for values in path:
        moved = made.frame(**values)
    afresh = make().frame(**path[-1])
    assert np.abs(np.asarray(moved, float) - np.asarray(afresh, float)).max() == 0


def test_the_strip_is_small_and_its_text_holds_each_sentence(made):
    data, metadata = made._repr_mimebundle_()
    strip = Image.open(io.BytesIO(data["image/png"]))
    assert strip.width <= 900 and strip.height <= 500
    assert len(data["image/png"]) <= 60_000
    assert data["text/plain"].count("\n") == len(made.strip) - 1
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert data[live.WIDGET_VIEW]["model_id"] == made.model_id


def test_every_control_has_a_label_and_a_tooltip(made):
    for control in made.controls.values():
        assert control.description and control.tooltip


def line_figure(update=None):
    """A small live figure: a line whose height follows one slider."""
    fig = figure(3, 2)
    ax = fig.subplots()
    (line,) = ax.plot([0, 1], [0, 0])
    ax.set_ylim(-1, 11)

    def move(height):
        line.set_ydata([height, height])
        return [line]

    return Live(
        fig,
        {"height": slider("height", 0, 0, 10, 1)},
        update or move,
        lambda height: f"height {height}",
        strip=({}, {"height": 10}),
        player="height",
    )


def test_a_callback_that_raises_keeps_the_picture_and_works_again():
    def fragile(height):
        if height == 3:
            raise ValueError("three is too many")
        return []

    shown = line_figure(fragile)
    shown.controls["height"].value = 2
    good = shown._picture.value
    shown.controls["height"].value = 3
    assert good in shown._picture.value
    assert "ValueError: three is too many" in shown._picture.value
    assert 'role="alert"' in shown._picture.value
    shown.controls["height"].value = 4
    assert "height 4" in shown._picture.value
    assert "alert" not in shown._picture.value


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_what_was_broken_off_half_way_is_said_and_then_drawn_anew(stop):
    def title_figure(breaks=()):
        fig = figure(3, 2)
        ax = fig.subplots()

        def update(n):
            before = ax.get_title()
            ax.set_title(f"{n}")
            if breaks:
                raise stop
            return [] if before == f"{n}" else [ax]

        return Live(fig, {"n": slider("n", 0, 0, 9, 1)}, update, "n = {n}".format)

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


def test_an_artist_not_touched_this_time_is_still_drawn():
    fig = figure(3, 2)
    ax = fig.subplots()
    (one,), (two,) = ax.plot([0, 1], [1, 1], lw=8), ax.plot([0, 1], [9, 9], lw=8)
    ax.set_ylim(0, 10)
    shown = Live(
        fig,
        {"both": switch("both", True)},
        lambda both: [one, two] if both else [one],
        lambda both: f"both {both}",
        strip=({},),
    )
    assert np.array_equal(shown.frame(both=True), shown.frame(both=False))


def test_update_that_returns_its_axes_redraws_the_ticks():
    fig = figure(3, 2)
    ax = fig.subplots()
    shown = Live(
        fig,
        {"top": slider("top", 1, 1, 100, 1)},
        lambda top: ax.set_ylim(0, top) and [ax],
        lambda top: f"top {top}",
    )
    assert not np.array_equal(shown.frame(top=1), shown.frame(top=100))


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


def test_random_moves_over_all_figures_leave_memory_flat():
    """Twenty seconds of them; GMMLIB_MOVES=600 makes it ten minutes."""
    rng, seconds = random.Random(0), float(os.environ.get("GMMLIB_MOVES", 20))
    figures = [make() for make in LIVE_FIGURES]

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


def test_step_and_reset_move_the_player_and_stop_it():
    shown = line_figure()
    row = shown.children[0].children[0]
    control, play, step, reset = row.children[:4]
    assert [b.description for b in (play, step, reset)] == ["Play", "Step", "Reset"]
    play.value = True
    step.click()
    assert control.value == 1 and play.value is False
    control.value = 10
    step.click()
    assert control.value == 10
    reset.click()
    assert control.value == 0
    assert isinstance(row.children[-1], W.Play)


def test_the_speed_menu_sets_the_clock():
    row = line_figure().children[0].children[0]
    speed, clock = row.children[4], row.children[5]
    speed.value = 200
    assert clock.interval == 200


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
