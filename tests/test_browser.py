"""What a reader meets in JupyterLab: every live figure, worked with real keys.

Needs Playwright and the system's own Chromium; where they are missing the tests are
skipped, unless GMMLIB_BROWSER=required.
"""

import itertools
import statistics

import pytest
from benchmarks.live_figure import measure
from browser import PICTURE, Chapter, Figure, Slider
from chapters import BY_HAND, CHAPTERS, live_cells, needed, number, read, thorough_but

# The focus is on an element, and seen
FOCUSED = """at => at === document.activeElement
    && parseFloat(getComputedStyle(at).outlineWidth) >= 2
    && getComputedStyle(at).outlineStyle === "solid" """
# What a live region says from now on
HEARD = """at => {
    const heard = [];
    const hear = () => heard.push(at.textContent);
    new MutationObserver(hear).observe(at, { childList: true });
    return heard;
}"""
# Two seconds in which Python answers nothing, neither cells nor controls
FREEZE = """import os, signal, subprocess
subprocess.Popen(["sh", "-c", f"sleep 2; kill -CONT {os.getpid()}"])
os.kill(os.getpid(), signal.SIGSTOP)"""
EXECUTE = "code => { panel.sessionContext.session.kernel.requestExecute({ code }); }"
COINS = [path for path in CHAPTERS if path.stem == "03_two_coins"]


def in_chapters(*kept):
    """Run a test in these chapters; in all, and their companions, with --thorough."""
    chapters = thorough_but([path for path in CHAPTERS if path.stem[:2] in kept])
    return pytest.mark.parametrize("chapter", chapters, indirect=True, ids=number)


@pytest.fixture(scope="module")
def pages():
    """The page in which chapters are opened, one after another, once there is one."""
    opened = []
    yield opened
    for page in opened:
        page.close()


@pytest.fixture(scope="module", params=thorough_but(CHAPTERS), ids=number)
def chapter(request, chromium, jupyterlab, pages):
    """A chapter with figures made, and with what it showed before.

    All figures of the chapters whose controls are worked, and all with --thorough;
    else the first.
    """
    path, thorough = request.param, request.config.getoption("thorough")
    page = pages[0] if pages else None
    shown = Chapter(
        chromium, jupyterlab, f"notebooks/{path.name}", page, has_touch=True
    )
    pages[:] = [shown.page]
    live = live_cells(read(path))
    shown.stored = [stored_strip(shown, cell) for cell in live]
    if thorough or path.stem[:2] in BY_HAND:
        shown.errors = shown.run_all()
    else:
        live = live[:1]
        shown.errors = shown.run(ids_needed(read(path), live))
    shown.figures = [Figure(shown, cell) for cell in live]
    for figure in shown.figures:
        figure.open()
    yield shown
    shown.close(page=False)


def ids_needed(notebook, cells):
    """Return the ids of cells, and of those that give them their names."""
    code = {c.id: c.source for c in notebook.cells if c.cell_type == "code"}
    return list(needed(code, {cell.id for cell in cells}))


def stored_strip(chapter, cell):
    """Return the text of a cell's stored output, once its PNG is there."""
    output = chapter.cell(cell.id).locator(".jp-Cell-outputArea")
    output.locator('img[src^="data:image/png"]').wait_for()
    return output.text_content()


def test_a_chapter_not_yet_run_shows_pictures_and_no_missing_model(chapter):
    for text in chapter.stored:
        assert "not found" not in text and "Error" not in text


def test_a_chapter_runs_without_any_error(chapter):
    assert chapter.errors == []
    assert chapter.complaints == []


def test_each_picture_in_the_text_is_there(chapter):
    pictures = chapter.page.locator(".jp-RenderedMarkdown img")
    for picture in pictures.all():
        assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)")


def test_each_live_figure_shows_one_picture_that_its_sentence_describes(chapter):
    for figure in chapter.figures:
        assert figure.shows()[1] == figure.picture.get_attribute("alt")
    shown = chapter.page.locator(f".jupyter-widgets {PICTURE}").count()
    assert shown == len(chapter.figures)


@in_chapters("03", "11")
def test_axe_finds_nothing_to_mend_in_texts_and_outputs(chapter):
    found = [
        f"{rule['id']} ({rule['impact']}): {node['html'][:120]}"
        for rule in chapter.findings()
        for node in rule["nodes"]
    ]
    assert found == []


@in_chapters("03", "11")
def test_a_slider_and_the_place_to_write_its_value_have_its_name(chapter):
    for figure in chapter.figures:
        for slider in figure.sliders():
            for named in (slider.handle, slider.readout):
                assert named.get_attribute("aria-label") == slider.label


@in_chapters("03")
def test_what_has_a_ring_can_be_dragged_and_all_agree(chapter):
    for figure in chapter.figures:
        if not figure.handles():
            continue
        sliders = figure.sliders()
        start = [slider.readout.text_content() for slider in sliders]
        before = figure.shows()
        for right, down in ((-60, -40), (120, 80), (-160, 120)):  # some way is free
            figure.drag(figure.handles()[0], right, down)
            picture, said = figure.shows()
            values = [slider.readout.text_content() for slider in sliders]
            if values != start:
                break
        assert values != start and picture != before[0], figure.source
        assert said == figure.picture.get_attribute("alt")
        assert figure.alert.count() == 0
        for slider, value in zip(sliders, start, strict=True):
            if slider.readout.text_content() != value:
                slider.write(value)
        assert figure.shows() == before
    assert chapter.complaints == []


@in_chapters("03", "11")
def test_tab_goes_through_the_controls_of_a_figure_as_they_are_shown(chapter):
    for figure in chapter.figures:
        controls = figure.controls()
        controls[0].focus()
        for control in controls:
            assert control.evaluate(FOCUSED), control
            chapter.page.keyboard.press("Tab")
        assert not figure.has_focus()
        boxes = [control.bounding_box() for control in controls]
        for one, other in itertools.pairwise(boxes):
            below = other["y"] - one["y"] - one["height"] / 2
            assert below > 0 or other["x"] > one["x"]


@in_chapters("03")
def test_letters_on_a_control_leave_the_notebook_alone(chapter):
    count = "() => panel.content.widgets.length"
    cells = chapter.page.evaluate(count)
    for figure in chapter.figures[:1]:
        for key in ("a", "b", "d", "d", "x", "m"):
            figure.controls()[0].press(key)
        assert figure.has_focus()
    assert chapter.page.evaluate(count) == cells


@pytest.mark.parametrize("chapter", COINS, indirect=True, ids=["03"])
def test_a_burst_of_moves_is_spoken_of_once_with_the_last_sentence(chapter):
    figure = chapter.figures[0]
    voice = figure.at.locator("[role=status]")
    heard = voice.evaluate_handle(HEARD)
    figure.sliders()[0].press("Home")
    figure.sliders()[0].burst("ArrowRight", times=10, seconds=0.5)
    figure.at.page.wait_for_function("heard => heard.at(-1) === ''", arg=heard)
    assert heard.json_value() == [figure.shows()[1], ""]


def under_way(chapter):
    """Yield each figure; one that plays is two steps on, where all controls tell."""
    for figure in chapter.figures:
        if figure.player.count():
            for word in ("Reset", "Step", "Step"):
                figure.button(word).click()
                figure.shows()
        yield figure


@in_chapters("03")
def test_each_slider_goes_to_both_ends_and_changes_what_is_shown(chapter):
    for figure in under_way(chapter):
        for slider in figure.sliders():
            before, start = figure.shows(), slider.readout.text_content()
            seen = set()
            for key, end in (("Home", slider.low), ("End", slider.high)):
                slider.press(key)
                seen.add(figure.shows())
                assert slider.value == pytest.approx(end)
                said = slider.handle.get_attribute("aria-valuetext")
                assert said == slider.readout.text_content()
                assert figure.alert.count() == 0
            assert seen != {before}, f"{slider.label} in {figure.source}"
            slider.write(start)
            assert figure.shows() == before


@in_chapters("03", "11")
def test_each_check_box_changes_what_is_shown_and_back(chapter):
    for figure in under_way(chapter):
        for box in figure.at.locator("input[type=checkbox]").all():
            before = figure.shows()
            box.press("Space")
            assert figure.shows() != before
            assert figure.alert.count() == 0
            box.press("Space")
            assert figure.shows() == before


@in_chapters("00")
def test_each_menu_changes_what_is_shown_and_back(chapter):
    for figure in under_way(chapter):
        menus = figure.at.locator(".widget-dropdown").filter(has_not_text="Speed")
        for menu in menus.locator("select").all():
            before, start, seen = figure.shows(), menu.input_value(), set()
            menu.press("Home")
            for option in menu.locator("option").all_text_contents():
                assert menu.locator("option:checked").text_content() == option
                seen.add(figure.shows())
                assert figure.alert.count() == 0
                menu.press("ArrowDown")
            assert len(seen) > 1
            menu.select_option(start)
            assert figure.shows() == before


def players(chapter):
    """Yield each figure that plays, set back, with the slider that it moves."""
    for figure in chapter.figures:
        if figure.player.count():
            figure.button("Reset").click()
            yield (
                figure,
                Slider(figure.player.locator(".widget-slider")),
                figure.shows(),
            )


@in_chapters("00")
def test_step_moves_on_by_one_and_reset_goes_back(chapter):
    for figure, slider, start in players(chapter):
        assert slider.value == slider.low
        assert figure.play.text_content() == "Play"
        for n in (1, 2):
            figure.button("Step").press("Enter")
            stepped = figure.shows()
            assert slider.value == pytest.approx(slider.low + n * slider.step)
        assert stepped != start
        figure.button("Reset").press("Space")
        assert figure.shows() == start


@in_chapters("00")
def test_play_moves_slider_and_picture_until_it_is_pressed_again(chapter):
    for figure, slider, start in players(chapter):
        figure.play.press("Space")
        slider.wait_for(f"value >= {slider.low + 2 * slider.step}")
        figure.play.press("Space")
        figure.playing.wait_for(state="detached")
        assert figure.shows()[0] != start[0]
        stopped = slider.value
        figure.button("Step").click()
        figure.shows()
        assert slider.value == pytest.approx(min(stopped + slider.step, slider.high))


@in_chapters("00")
def test_play_stops_at_the_end_and_then_starts_again(chapter):
    for figure, slider, start in players(chapter):
        figure.player.locator("select").select_option("fast")
        slider.press("End")
        slider.press("ArrowLeft")
        figure.shows()
        figure.play.click()
        slider.wait_for(f"value >= {slider.high}")
        figure.playing.wait_for(state="detached")
        figure.play.click()
        slider.wait_for(f"value <= {(slider.low + slider.high) / 2}")
        figure.playing.wait_for()
        figure.play.click()
        figure.playing.wait_for(state="detached")
        figure.button("Reset").click()
        assert figure.shows() == start


@in_chapters("00")
def test_reset_in_mid_play_goes_back_and_stays_there(chapter):
    for figure, slider, start in players(chapter):
        figure.player.locator("select").select_option("fast")
        for _ in range(4):
            figure.play.click()
            slider.wait_for(f"value >= {slider.low + 2 * slider.step}")
            figure.button("Reset").click()
            figure.playing.wait_for(state="detached")
            assert figure.shows() == start


@in_chapters("00")
def test_a_burst_of_keys_ends_on_the_picture_of_the_last_value(chapter):
    for figure in chapter.figures:
        slider = figure.sliders()[0]
        start = slider.readout.text_content()
        slider.press("Home")
        slider.burst("ArrowRight", times=30, seconds=0.5)
        last, value = figure.shows(), slider.value
        assert value == pytest.approx(min(slider.low + 30 * slider.step, slider.high))
        slider.press("Home")
        assert figure.shows() != last
        slider.write(f"{value:g}")
        assert figure.shows() == last
        slider.write(start)


@in_chapters("03")
def test_figures_of_one_chapter_do_not_touch_each_other(chapter):
    for figure in chapter.figures:
        others = [other for other in chapter.figures if other is not figure]
        before, elsewhere = figure.shows(), [other.shows() for other in others]
        slider = figure.sliders()[0]
        start = slider.readout.text_content()
        slider.press("Home" if slider.value > slider.low else "End")
        assert figure.shows() != before
        assert [other.shows() for other in others] == elsewhere
        slider.write(start)


@pytest.mark.parametrize("chapter", COINS, indirect=True, ids=["03"])
def test_a_finger_drags_a_handle_and_the_page_stays(chapter):
    [figure] = [f for f in chapter.figures if f.source == "coin_explorer()"]
    handle, before = figure.handles()[0], figure.shows()
    handle.scroll_into_view_if_needed()
    box, values = handle.bounding_box(), [s.value for s in figure.sliders()]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = chapter.page.context.new_cdp_session(chapter.page)
    for kind, away in (("Start", 0), ("Move", 15), ("Move", 40), ("End", None)):
        points = [] if away is None else [{"x": x - away, "y": y - away}]
        event = {"type": f"touch{kind}", "touchPoints": points}
        finger.send("Input.dispatchTouchEvent", event)
    assert figure.shows() != before
    assert [s.value for s in figure.sliders()] != values
    assert handle.evaluate("at => getComputedStyle(at).touchAction") == "none"
    for slider, value in zip(figure.sliders(), values, strict=True):
        if slider.value != value:
            slider.write(f"{value:g}")
    assert figure.shows() == before


@pytest.mark.parametrize("chapter", COINS, indirect=True, ids=["03"])
def test_while_python_is_busy_the_control_that_was_moved_says_so(chapter):
    [figure] = [f for f in chapter.figures if f.source == "coin_explorer()"]
    [slider] = [s for s in figure.sliders() if s.label == "θ of A at the start"]
    note = figure.at.locator(".gmmlib-busy")
    figure.button("Reset").click()
    slider.press("Home")
    slider.press("ArrowLeft")  # moves nothing, so that no picture follows
    chapter.page.wait_for_timeout(900)
    assert note.count() == 0
    chapter.page.evaluate(EXECUTE, FREEZE)
    slider.press("ArrowRight")
    note.wait_for()
    assert note.text_content().startswith("Python is busy with other cells.")
    assert slider.at.evaluate("at => at.nextElementSibling.className") == "gmmlib-busy"
    note.wait_for(state="detached")
    assert figure.shows()[1].startswith("Iteration 0 has coin A .03")


@pytest.mark.parametrize("chapter", COINS, indirect=True, ids=["03"])
def test_the_coin_explorer_names_the_coins_it_was_given_last(chapter):
    [figure] = [f for f in chapter.figures if f.source == "coin_explorer()"]
    figure.button("Reset").click()
    [theta_a] = [s for s in figure.sliders() if s.label == "θ of A at the start"]
    theta_a.press("Home")
    assert figure.shows()[1].startswith("Iteration 0 has coin A .02, coin B .50")
    theta_a.burst("ArrowRight")
    assert figure.shows()[1].startswith("Iteration 0 has coin A .62, coin B .50")


@pytest.mark.thorough  # a slow machine may take longer than is asked here
def test_a_key_press_on_a_live_figure_is_soon_seen(chromium):
    live = measure(chromium, ["Live"], presses=10, block=10)["Live"]
    assert statistics.median(live["ms"]) < 250
    assert live["ends on the last value"]
