"""The live figure keeps its promises, with any topic wired to it."""

import asyncio
import contextlib
import ctypes
import gc
import io
import itertools
import os
import random
import sys
import time
from functools import cache

import ipywidgets as W
import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest
from chapters import BY_HAND, CHAPTERS, LIVE_FIGURES, live_figures_of, read, shared
from common import in_a_loop
from matplotlib.figure import Figure
from PIL import Image

from gmmlib.show import live
from gmmlib.show.controls import Play, player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import figure, number, png, same_pixels


def corners(controls, most=8, draws=0):
    """All corners if at most `most`; else each end of each and all, and some draws."""
    ends = {name: _ends(control) for name, control in controls.items()}
    count = np.prod([len(e) for e in ends.values()])
    if count <= most:
        return [
            dict(zip(ends, c, strict=True)) for c in itertools.product(*ends.values())
        ]
    first = {name: control.value for name, control in controls.items()}
    one_moved = [first | {name: end} for name, e in ends.items() for end in e]
    all_moved = [{name: e[n] for name, e in ends.items()} for n in (0, -1)]
    rng = random.Random(0)
    return [*one_moved, *all_moved] + [
        {n: rng.choice(_all(c)) for n, c in controls.items()} for _ in range(draws)
    ]


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
    return shared(make)


@pytest.fixture(scope="module")
def bundle(made):
    """What a figure shows where nothing is live; it is drawn in another size there."""
    return made._repr_mimebundle_()


def test_every_setting_at_the_ends_draws_and_speaks(made, pytestconfig):
    more = (64, 32) if pytestconfig.getoption("thorough") else ()
    for values in corners(made.controls, *more):
        picture, sentence = made._frame(values)
        assert picture.size == tuple(int(n) for n in made.fig.bbox.size)
        assert sentence and "nan" not in sentence.lower() and "\n" not in sentence


@pytest.mark.usefixtures("bundle")
def test_what_moves_over_the_background_is_what_a_fresh_figure_would_show(make, made):
    path = random.Random(1).choices(corners(made.controls), k=2)
    for values in path:
        moved = made.frame(**values)
    afresh = make().frame(**path[-1])
    assert np.abs(np.asarray(moved, float) - np.asarray(afresh, float)).max() == 0


def test_the_strip_is_small_and_its_text_holds_each_sentence(made, bundle):
    data, metadata = bundle
    said = [made.sentence(**made.values(**changes)) for changes in made.strip]
    assert data["text/plain"] == "\n".join(said)
    strip = Image.open(io.BytesIO(data["image/png"]))
    assert strip.width <= 900 and strip.height <= 500
    assert len(data["image/png"]) <= 60_000
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert data[live.WIDGET_VIEW]["model_id"] == made.model_id


def test_every_control_has_a_label_and_a_tooltip(made):
    for control in made.controls.values():
        assert control.description and control.tooltip


@cache
def worked_by_hand():
    """Return the kinds of widgets in the figures that the browser tests work."""
    chapters = [read(path) for path in CHAPTERS if path.stem[:2] in BY_HAND]
    names = set().union(*(live_figures_of(c) for book in chapters for c in book.cells))
    figures = [shared(make) for make in LIVE_FIGURES if make.__name__ in names]
    return {type(widget).__name__ for figure in figures for widget in within(figure)}


def test_every_kind_of_control_is_worked_by_hand_in_the_browser(made):
    assert {type(widget).__name__ for widget in within(made)} <= worked_by_hand()


def line_figure(breaks=lambda height: None):
    """A small live figure: a line whose height follows one slider."""
    fig = figure(3, 2)
    ax = fig.subplots()
    ax.set_ylim(-1, 11)

    def show(height):
        ax.plot([0, 1], [height, height], color="black")
        breaks(height)
        return f"height {height}"

    return Live(fig, show, ({}, {"height": 10}), height=player("height", 10))


def within(box):
    """Yield a widget and all that it holds."""
    yield box
    for child in getattr(box, "children", ()):
        yield from within(child)


def page(shown):
    """Return the HTML of a live figure: its picture and its sentence."""
    return next(w for w in within(shown) if isinstance(w, W.HTML)).value


def test_a_callback_that_raises_keeps_the_picture_and_works_again():
    def fragile(height):
        if height == 3:
            raise ValueError("three is too many")

    shown = line_figure(fragile)
    shown.controls["height"].value = 2
    good = page(shown)
    shown.controls["height"].value = 3
    assert good in page(shown)
    assert "ValueError: three is too many" in page(shown)
    assert 'role="alert"' in page(shown)
    shown.controls["height"].value = 4
    assert "height 4" in page(shown)
    assert "alert" not in page(shown)


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_what_was_broken_off_half_way_is_said_and_then_drawn_anew(stop):
    def title_figure(breaks=()):
        fig = figure(3, 2)
        ax = fig.subplots()

        def show(n):
            ax.set_title(f"{n}")
            ax.plot([0, n], [0, 1], color="black")
            if breaks:
                raise stop
            return f"n = {n}"

        return Live(fig, show, n=slider("n", 0, 0, 9, 1))

    breaks = []
    shown = title_figure(breaks)
    breaks.append("now")
    with contextlib.suppress(KeyboardInterrupt):
        shown.controls["n"].value = 7
    assert f"cannot be drawn: {stop.__name__}" in page(shown)
    breaks.clear()
    assert np.array_equal(shown.frame(n=7), title_figure().frame(n=7))


def test_the_sentence_belongs_to_the_picture_in_one_message():
    shown = line_figure()
    shown.controls["height"].value = 7
    assert 'alt="height 7"' in page(shown) and ">height 7</div>" in page(shown)


def test_what_was_drawn_for_one_state_is_gone_in_the_next():
    fig = figure(3, 2)
    ax = fig.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 10))

    def show(both):
        for height in (1, 9)[: 1 + both]:
            ax.plot([0, 1], [height, height], "k", lw=8)
        return f"both {both}"

    shown = Live(fig, show, both=switch("both", True))
    one, two = (np.asarray(shown.frame(both=both)) for both in (False, True))
    assert not np.array_equal(one, two)
    assert np.array_equal(one, shown.frame(both=False))
    assert len(ax.lines) == 0


def test_a_show_that_moves_the_limits_redraws_the_ticks():
    fig = figure(3, 2)
    ax = fig.subplots()

    def show(top):
        ax.set_ylim(0, top)
        return f"top {top}"

    shown = Live(fig, show, top=slider("top", 1, 1, 100, 1))
    assert not np.array_equal(shown.frame(top=1), shown.frame(top=100))


def test_the_strip_leaves_the_live_picture_as_it_was():
    shown = line_figure()
    shown.controls["height"].value = 5
    before = np.asarray(shown.frame(height=5))
    shown._repr_mimebundle_()
    assert np.array_equal(before, shown.frame(height=5))
    assert shown.controls["height"].value == 5


def test_two_live_figures_never_touch_each_other():
    one, other = line_figure(), line_figure()
    before = page(other)
    one.controls["height"].value = 9
    assert page(other) == before != page(one)


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
    """Six seconds of them on every sixth; GMMLIB_MOVES=600 makes it ten minutes."""
    rng, seconds = random.Random(0), float(os.environ.get("GMMLIB_MOVES", 6))
    thorough = pytestconfig.getoption("thorough") or "GMMLIB_MOVES" in os.environ
    figures = [make() for make in LIVE_FIGURES[:: 1 if thorough else 6]]

    def move_until(end):
        for moves in itertools.count():
            if time.monotonic() > end:
                return moves
            shown = rng.choice(figures)
            control = rng.choice(list(shown.controls.values()))
            control.value = rng.choice(_all(control))
            assert "alert" not in page(shown), shown.values()

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


def playing(shown, until, seconds=5):
    """Press Play, as fast as it can; wait until a condition holds; return Play."""
    play = next(w for w in within(shown) if isinstance(w, Play))
    play.speed.options = [("at once", 0.001)]

    async def run():
        play.play.value = True
        end = time.monotonic() + seconds
        while not until(play) and time.monotonic() < end:
            await asyncio.sleep(0.001)
        assert until(play)
        play.reset.click()

    in_a_loop(run)
    return play


def test_step_and_reset_move_the_player():
    shown = line_figure()
    control = shown.controls["height"]
    play = next(w for w in within(shown) if isinstance(w, Play))
    words = [play.play, play.step, play.reset]
    assert [b.description for b in words] == ["Play", "Step", "Reset"]
    play.step.click()
    assert control.value == 1
    control.value = 10
    play.step.click()
    assert control.value == 10
    play.reset.click()
    assert control.value == 0


def test_play_goes_to_the_end_and_from_there_begins_again():
    shown = line_figure()
    control, seen = shown.controls["height"], []
    control.observe(lambda change: seen.append(change.new), "value")
    play = playing(shown, lambda play: not play.play.value)
    assert seen == [*range(1, 11), 0]  # Reset is pressed in the end
    control.value = 10
    seen.clear()
    playing(shown, lambda play: 2 in seen)
    assert seen[:3] == [0, 1, 2]
    assert play.play.value is False and control.value == 0


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
