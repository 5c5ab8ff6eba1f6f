"""What befalls a chapter in a class: its kernel is lost or stopped, another is open."""

import pytest
from browser import READY, Chapter, Figure, Slider
from chapters import CHAPTERS, live_cells, read
from test_browser import ids_needed

COINS, GAUSSIANS = (p for p in CHAPTERS if p.stem[:2] in ("03", "06"))
PLAYS = {COINS: "coin_explorer(", GAUSSIANS: "gaussian_explorer("}
LOST = {
    "restarted": "() => panel.sessionContext.restartKernel()",
    "shut down": "() => panel.sessionContext.shutdown()",
    "dead": """() => { panel.sessionContext.session.kernel.requestExecute(
        {code: "import os; os._exit(1)"}).done.catch(() => {}); }""",
}
STOP = "() => panel.sessionContext.session.kernel.interrupt()"
OPEN_BESIDE = """async path => {
    jupyterapp.shell.mode = "multiple-document";
    await jupyterapp.commands.execute(
        "docmanager:open", {path, options: {mode: "split-right"}});
}"""
UNPLUGGED = ".jupyter-widgets-disconnected"  # a broken chain, in red


class Playing:
    """The figure of a chapter that plays, made."""

    def __init__(self, chapter, path):
        cell = next(c for c in live_cells(read(path)) if PLAYS[path] in c.source)
        assert chapter.run(ids_needed(read(path), [cell])) == []
        self.figure = Figure(chapter, cell)
        self.figure.open()
        self.slider = Slider(self.figure.player.locator(".widget-slider"))

    def play(self):
        """Press Play at the start, and wait for two steps."""
        self.figure.player.locator("select").select_option("fast")
        self.slider.press("Home")
        self.figure.shows()
        self.figure.play.click()
        self.slider.wait_for(f"value >= {self.slider.low + 2 * self.slider.step}")

    def ends(self):
        """Return what is shown at both ends of the slider that plays."""
        seen = []
        for key in ("Home", "End"):
            self.slider.press(key)
            seen.append(self.figure.shows())
            assert self.figure.alert.count() == 0
        return seen


@pytest.fixture
def opened(chromium, jupyterlab):
    """Open chapters, each in its page; close them in the end."""
    chapters = []

    def open_one(path):
        chapters.append(Chapter(chromium, jupyterlab, f"notebooks/{path.name}"))
        return chapters[-1]

    yield open_one
    for chapter in chapters:
        chapter.close()


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("restarted", marks=pytest.mark.thorough),
        pytest.param("shut down", marks=pytest.mark.thorough),
        "dead",
    ],
)
def test_a_kernel_lost_in_mid_play_is_seen_and_run_all_mends_it(opened, how):
    chapter = opened(COINS)
    page, playing = chapter.page, Playing(chapter, COINS)
    ends = playing.ends()
    playing.play()
    page.evaluate(LOST[how])
    figure = playing.figure
    if how == "shut down":
        page.get_by_text("No Kernel").first.wait_for()
    else:
        figure.at.locator(UNPLUGGED).first.wait_for(state="attached")
    page.wait_for_timeout(1500)  # as long as five steps take
    if how != "shut down":
        assert figure.playing.count() == 0
        assert figure.play.text_content() == "Play"
    assert figure.picture.evaluate("i => i.complete && i.naturalWidth > 0")
    page.evaluate("() => asked.clear()")  # nobody will answer
    assert figure.shows()[1] == figure.picture.get_attribute("alt")
    assert len(chapter.complaints) < 3  # and not one for each step
    if how == "dead":
        page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
    if how == "shut down":
        page.evaluate("() => panel.sessionContext.changeKernel({name: 'python3'})")
    page.evaluate(READY)
    chapter.complaints.clear()
    again = Playing(chapter, COINS)
    assert again.figure.at.locator(UNPLUGGED).count() == 0
    assert again.ends() == ends
    again.play()
    again.figure.play.click()
    again.figure.playing.wait_for(state="detached")
    assert again.figure.shows() not in ends
    assert chapter.complaints == []


@pytest.mark.thorough
@pytest.mark.parametrize("path", [COINS, GAUSSIANS], ids=lambda path: path.stem[:2])
def test_a_kernel_stopped_in_mid_play_goes_on(opened, path):
    chapter = opened(path)
    playing = Playing(chapter, path)
    ends = playing.ends()
    playing.play()
    for _ in range(10):
        chapter.page.evaluate(STOP)
        chapter.page.wait_for_timeout(90)
    playing.figure.playing.wait_for(state="detached")
    assert playing.ends() == ends
    assert playing.figure.play.text_content() == "Play"
    assert chapter.complaints == []


@pytest.mark.thorough
def test_two_chapters_side_by_side_do_not_touch_each_other(opened):
    chapter = opened(COINS)
    page, one = chapter.page, Playing(chapter, COINS)
    page.evaluate(OPEN_BESIDE, f"notebooks/{GAUSSIANS.name}")
    page.evaluate(READY)  # from here on, of the other
    other = Playing(chapter, GAUSSIANS)
    ends = one.ends(), other.ends()
    move_and_play(one, other)
    assert (one.ends(), other.ends()) == ends
    assert chapter.complaints == []


@pytest.mark.thorough
def test_play_runs_in_a_second_view_of_the_output(opened):
    chapter = opened(COINS)
    playing = Playing(chapter, COINS)
    chapter.page.evaluate(
        "() => jupyterapp.commands.execute('notebook:create-output-view')"
    )
    view = chapter.page.locator(".jp-LinkedOutputView")
    play = view.get_by_role("button", name="Play", exact=True)
    play.wait_for()
    playing.slider.press("Home")
    play.click()
    playing.slider.wait_for(f"value >= {playing.slider.high}")
    playing.figure.playing.wait_for(state="detached")


def move_and_play(one, other):
    """Assert that neither moves with the other, and that both play at once."""
    for moved, still in ((one, other), (other, one)):
        before = still.figure.shows()
        moved.ends()
        assert still.figure.shows() == before
    one.play()
    other.play()
    assert one.figure.playing.count() == other.figure.playing.count() == 1
    for playing in (one, other):
        playing.figure.playing.wait_for(state="detached")
        figure = playing.figure
        assert figure.shows()[1] == figure.picture.get_attribute("alt")
