"""The web edition: its figures move, its links hold, nothing comes from elsewhere."""

import ast
import functools
import http.server
import importlib.util
import json
import os
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urldefrag

import frames
import lite
import pytest
from bs4 import BeautifulSoup
from chapters import (
    CHAPTERS,
    NOTEBOOKS,
    ROOT,
    live_figures_of,
    read,
    shared,
    thorough_but,
)

SITE = ROOT / "notebooks" / "site"

RUN_ALL = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.sessionContext.ready;
    await jupyterapp.commands.execute("notebook:run-all-cells");
    const outputs = panel.content.widgets.flatMap(c => c.model.outputs?.toJSON() ?? []);
    return outputs.filter(o => o.output_type === "error").map(o => o.evalue);
}"""
# Open all folds, and wait until what they hold has faded in
UNFOLD = """async () => {
    document.querySelectorAll("article details").forEach(fold => fold.open = true);
    await Promise.all(document.getAnimations().map(fading => fading.finished));
}"""
OPENED = ("index.html", "03_two_coins.html", "library/coins.html")
LONG = "library/chapters.em_for_gaussian_mixtures.html"  # the longest title


# What needs no Sphinx.


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_live_figure_of_a_chapter_gets_frames(path):
    book = read(path)
    shown = {}
    for cell, _, call in frames.shown_in(book):
        shown[cell.id] = frames.arguments(call)  # no other cell changes its picture
    for cell in book.cells:
        pictures = [
            o for o in cell.get("outputs", ()) if "image/png" in o.get("data", ())
        ]
        if live_figures_of(cell) and pictures:
            assert cell.id in shown


@pytest.mark.parametrize("name", sorted(frames.makers()))
def test_frames_start_where_the_figure_starts_and_are_few(name):
    figure = shared(frames.makers()[name])
    label, values, first, series = frames.series_of(figure, name)
    assert label and 2 <= len(values) <= frames.MOST
    assert len(set(values)) == len(values) and len(series) <= 4
    for _, states in series:
        assert len(states) == len(values)
        if name not in frames.WALKS:  # the slider moves what its label says
            main = next(k for k, c in figure.controls.items() if c.description == label)
            assert len({state[main] for state in states}) == len(values)
    start = {k: v for k, v in figure.values().items() if k != "votes"}
    if name != "wrong_formula":  # its page begins with the mistake of the strip
        assert start.items() <= series[0][1][first].items()


@pytest.mark.parametrize("name", sorted(frames.STARTS))
def test_each_start_of_a_page_is_one_of_its_figure(name):
    figure = shared(frames.makers()[name])
    for words, changes in frames.STARTS[name]:
        assert words and set(changes) <= set(figure.controls)
        for key, value in changes.items():
            options = getattr(figure.controls[key], "options", None)
            pairs = [o if isinstance(o, tuple) else (o, o) for o in options or ()]
            assert options is None or value in [v for _, v in pairs], (name, value)
        assert figure.sentence(**figure.values(**changes))


def test_tables_of_frames_name_figures_that_exist():
    for table in (frames.MAIN, frames.WALKS, frames.STARTS, frames.MENUS):
        assert set(table) <= set(frames.makers())


def test_requirements_of_the_web_edition_are_exact():
    lines = (SITE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))


def test_a_folder_with_something_else_is_not_built_into(tmp_path, capsys):
    import build

    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(SystemExit):
        build.main(["--out", str(tmp_path)])
    assert "holds something else" in capsys.readouterr().err
    assert (tmp_path / "letter.txt").exists()


@contextmanager
def static_server(folder):
    """Serve a folder as any static host does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


# The book, with the frames of one chapter.


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of the book, built without a warning; GMMLIB_SITE: built already."""
    if ready := os.environ.get("GMMLIB_SITE"):
        return Path(ready).resolve()
    if importlib.util.find_spec("myst_nb") is None:
        pytest.skip(
            "the web edition is not built: "
            "python -m pip install -r notebooks/site/requirements.txt"
        )
    import build

    out = tmp_path_factory.mktemp("site")
    if (known := ROOT / "_site" / "live").exists():  # kept if nothing has changed
        shutil.copytree(known, out / "live")
    build.build(out, moving="03")  # leaves the process at the first warning
    return out


@pytest.fixture(scope="module")
def pages(book):
    """Each page of the book, parsed, by its place."""
    found = {}
    for path in sorted(book.rglob("*.html")):
        if "_static" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found[path.relative_to(book).as_posix()] = BeautifulSoup(
                text, "html.parser"
            )
    return found


@pytest.fixture(scope="module")
def served(book):
    """The address of the book on a plain static server."""

    with static_server(book) as address:
        yield address


def test_every_chapter_has_a_page_and_can_be_downloaded(book, pages):
    for path in NOTEBOOKS:
        assert f"{path.stem}.html" in pages
        assert (book / "_sources" / path.name).read_bytes() == path.read_bytes()
        front = pages["index.html"].select_one("article")
        assert front.find("a", href=f"{path.stem}.html")


def test_a_companion_follows_its_chapter_and_shares_its_card(pages):
    named = pages["index.html"].select(
        "nav.bd-links a[href^='0'], nav.bd-links a[href^='1']"
    )
    places = [tag["href"].removesuffix(".html") for tag in named]
    assert sorted(places) == [path.stem for path in NOTEBOOKS]
    for before, place in zip(places, places[1:], strict=False):
        deeper = place.endswith("_deeper")
        assert int(place[:2]) == int(before[:2]) + (not deeper)
    assert len(pages["index.html"].select(".card img")) == len(
        [place for place in places if not place.endswith("_deeper")]
    )


def test_every_module_has_a_page_that_the_reference_opens(pages):
    modules = (ROOT / "gmmlib").rglob("[a-z]*.py")
    names = [
        path.relative_to(ROOT / "gmmlib").with_suffix("").parts for path in modules
    ]
    reference = pages["library/index.html"].select_one("article")
    for name in map(".".join, names):
        assert f"library/{name}.html" in pages
        assert reference.find("a", href=f"{name}.html"), name


def test_only_figures_with_the_same_call_share_frames(pages):
    for path in NOTEBOOKS:
        scripts = pages[f"{path.stem}.html"].select("figure.live script")
        places = [json.loads(script.string)["place"] for script in scripts]
        calls = [ast.unparse(call) for _, _, call in frames.shown_in(read(path))]
        assert not places or len(set(zip(places, calls, strict=True))) == len(
            set(places)
        ) == len(set(calls))


def test_internal_links_and_anchors_hold(book, pages):
    ids = {
        place: {tag.get("id") for tag in page.find_all(id=True)}
        | {tag.get("name") for tag in page.find_all("a", attrs={"name": True})}
        for place, page in pages.items()
    }
    for place, page in pages.items():
        here = Path(place).parent
        for tag in page.find_all(["a", "img", "script", "link"]):
            address = tag.get("href") or tag.get("src")
            if not address or re.match(r"[a-z]+:", address):
                continue
            target, anchor = urldefrag(unquote(address))
            target = target.partition("?")[0]
            file = (book / here / target).resolve() if target else book / place
            file = file / "index.html" if file.is_dir() else file
            assert file.exists(), f"{place}: {address}"
            there = file.relative_to(book.resolve() if target else book).as_posix()
            if anchor and there in ids:
                assert anchor in ids[there], f"{place}: {address}"


def test_every_picture_says_what_it_shows(pages):
    for place, page in pages.items():
        for image in page.select("article img:not(.toggler)"):
            assert len(image.get("alt", "")) > 10, f"{place}: {image}"


def test_equations_keep_the_numbers_of_the_chapters(pages):
    for path in NOTEBOOKS:
        prose = (c.source for c in read(path).cells if c.cell_type == "markdown")
        tags = re.findall(r"\\tag\{([\d.]+)\}", "\n".join(prose))
        text = "".join(b.text for b in pages[f"{path.stem}.html"].select("div.math"))
        assert re.findall(r"\\tag\{([\d.]+)\}", text) == tags
        assert "\\begin{split}" not in text  # MathJax numbers nothing inside


def test_no_line_ends_between_a_formula_and_a_stop(pages):
    for place in ("03_two_coins.html", "08_deeper.html"):
        for formula in pages[place].select("article span.math"):
            assert not re.match(r"[.,;:?!)]", str(formula.next_sibling or "")) or (
                "together" in formula.parent["class"]
            ), (place, formula.parent)


def test_answers_are_folded(pages):
    for path in NOTEBOOKS:
        prose = "".join(c.source for c in read(path).cells if c.cell_type == "markdown")
        page = pages[f"{path.stem}.html"]
        answers = [d for d in page.select("details") if d.summary.text == "Answer"]
        assert len(answers) == prose.count("<summary>Answer</summary>")
        assert all(len(a.text) > 20 and not a.has_attr("open") for a in answers)


def test_frames_are_small_and_their_strip_is_there(book):
    folders = list((book / "live").glob("*/"))
    assert folders
    for folder in folders:
        assert (folder / "strip.png").exists()
        for series in {p.name.rpartition("-")[0] for p in folder.glob("*.webp")}:
            files = list(folder.glob(f"{series}-*.webp"))
            assert len(files) <= frames.MOST
            assert sum(f.stat().st_size for f in files) <= 1.1 * frames.BYTES


@pytest.fixture
def opened(chromium, served):
    """Open a page in a window of some width; it must complain of nothing."""
    complaints = []

    def open_page(place, width=1366, **how):
        page = chromium.new_page(viewport={"width": width, "height": 800}, **how)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        page.on(
            "request",
            lambda asked: (
                complaints.append(asked.url)
                if not asked.url.startswith((served, "data:", "blob:"))
                else None
            ),
        )
        page.on(
            "response",
            lambda answer: (
                complaints.append(answer.url) if answer.status >= 400 else None
            ),
        )
        page.goto(served + place)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    assert not complaints


@pytest.mark.parametrize("place", OPENED)
def test_a_page_opens_without_complaint_or_outside_request(opened, place):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(place)
    page.evaluate(UNFOLD)
    quiet = {"preload": False}  # else axe itself looks for style sheets
    found = Axe().run(page, {"include": [["article"]]}, quiet).response["violations"]
    found = [f for f in found if f["impact"] in ("serious", "critical")]
    assert not found, [(f["id"], f["nodes"][0]["html"][:200]) for f in found]


@pytest.mark.parametrize("place", (*OPENED, LONG))
def test_a_page_fits_a_phone(opened, place):
    page = opened(place, 390)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for formula in page.locator("div.math > mjx-container, p mjx-container").all():
        assert formula.bounding_box()["x"] >= 0  # from its beginning, then scrolled
    for title in page.locator("h1, .prev-next-area a").all():
        assert title.evaluate("title => title.scrollWidth <= title.clientWidth")


def test_equations_fit_a_desktop(opened):
    page = opened("06_em_for_gaussian_mixtures.html", 1366)
    page.wait_for_selector("div.math[style]")  # the widest has been made smaller
    wide = "blocks => blocks.filter(b => b.scrollWidth > b.clientWidth + 1).length"
    assert page.eval_on_selector_all("div.math", wide) == 0


def test_pictures_blend_into_a_dark_page_which_is_printed_on_white(opened):
    page = opened("03_two_coins.html", color_scheme="dark")
    colour = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    picture = page.locator(".cell_output img").first  # no frame around it
    style = "image => getComputedStyle(image).padding"
    assert picture.evaluate(style) == "0px"
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(colour) == "rgb(255, 255, 255)" != dark
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(colour) == dark


def test_a_figure_keeps_its_height_and_follows_the_width_of_the_page(opened):
    page = opened("03_two_coins.html", 390)
    figure = page.locator("figure.live").first
    figure.scroll_into_view_if_needed()
    slider, picture = figure.locator("input"), figure.locator(".live-frame")
    page.wait_for_function("image => image.src", arg=picture.element_handle())
    heights = set()
    for n in range(int(slider.get_attribute("max")) + 1):
        slider.fill(str(n))
        heights.add(figure.bounding_box()["height"])
    assert len(heights) == 1
    page.set_viewport_size({"width": 1366, "height": 800})
    page.wait_for_function(
        "image => image.src.includes('wide') && image.complete",
        arg=picture.element_handle(),
    )


def test_a_sentence_is_read_aloud_when_the_slider_rests_and_not_in_play(opened):
    page = opened("03_two_coins.html")
    figure = page.locator("figure.live").first
    slider, status = figure.locator("input"), figure.locator("[role=status]")
    assert status.text_content() == ""  # nothing is said when the page opens
    slider.press("Home")
    figure.get_by_role("button", name="Play").click()
    page.wait_for_function("s => s.value === '2'", arg=slider.element_handle())
    assert status.text_content() == ""
    figure.get_by_role("button", name="Stop").click()
    said = figure.locator(".live-sentence").text_content()
    page.wait_for_function(
        "([status, said]) => status.textContent === said",
        arg=[status.element_handle(), said],
    )


@pytest.mark.parametrize("width", [1366, 390])
def test_a_figure_moves_by_keyboard_and_plays(opened, width):
    page = opened("03_two_coins.html", width)
    figure = page.locator("figure.live").filter(has_text="iteration").first
    figure.scroll_into_view_if_needed()
    slider, picture = figure.locator("input"), figure.locator(".live-frame")
    sentence = figure.locator(".live-sentence")
    page.wait_for_function(
        "image => image.naturalWidth > 0", arg=picture.element_handle()
    )
    before, said = picture.get_attribute("src"), sentence.text_content()
    assert picture.bounding_box()["width"] > 300
    assert ("wide" if width > 600 else "narrow") in before
    slider.press("ArrowRight")
    assert picture.get_attribute("src") != before != sentence.text_content() != said
    assert picture.get_attribute("alt") == sentence.text_content()
    slider.press("End")
    figure.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "slider => slider.value === '2'", arg=slider.element_handle()
    )
    figure.get_by_role("button", name="Stop").click()
    menu = figure.locator("select")
    said = sentence.text_content()
    menu.select_option(index=1)
    assert sentence.text_content() != said
    assert page.evaluate(
        "image => image.decode().then(() => true)", picture.element_handle()
    )


# Python in the browser.


@pytest.mark.parametrize(
    "path",
    thorough_but([p for p in CHAPTERS if p.stem[:2] in ("03", "09", "10")]),
    ids=lambda path: path.stem,
)
def test_a_chapter_in_the_browser_fetches_what_it_imports_and_starts_no_process(path):
    before, after = read(path), lite.in_the_browser(path)
    first = after.cells[1].source
    imports = re.search(r"^(from|import) sklearn", sources(before), re.M)
    assert "piplite.install" in first
    assert ("scikit-learn" in first) == bool(imports)
    assert not re.search(r"\b(LocalCluster|Client)\b", sources(after))
    gone = [cell for cell in after.cells if lite.WHY in cell.source]
    assert bool(gone) == ("LocalCluster" in sources(before))
    assert len(after.cells) == len(before.cells) + 1


def sources(book):
    """Return all code of a notebook."""
    return "\n".join(c.source for c in book.cells if c.cell_type == "code")


@pytest.fixture(scope="module")
def in_browser(tmp_path_factory):
    """The address of JupyterLite with the chapters and a Pyodide of its own."""
    pyodide = os.environ.get("GMMLIB_PYODIDE")
    if not pyodide:
        pytest.skip("no chapter was run in Pyodide: GMMLIB_PYODIDE names no folder")
    pytest.importorskip("jupyterlite_core")
    import lite

    work = tmp_path_factory.mktemp("lite")
    lite.build(ROOT, NOTEBOOKS, work / "lite", Path(pyodide).resolve(), work / "work")
    with static_server(work) as address:
        yield address


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_in_pyodide_and_nothing_is_loaded_from_elsewhere(
    chromium, in_browser, path
):
    page, outside = chromium.new_page(), []
    page.on("request", lambda asked: outside.append(asked.url))
    page.goto(f"{in_browser}lite/lab/index.html?path={path.name}")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.context?.isReady",
        timeout=120_000,
    )
    errors = page.evaluate(RUN_ALL)
    page.close()
    assert errors == []
    assert all(url.startswith((in_browser, "data:", "blob:")) for url in outside)
