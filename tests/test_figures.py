"""Committed figures show what the code draws today, and say in words what is seen."""

import importlib.util
import io
import json
import re
import xml.etree.ElementTree as ET

import pytest
from chapters import CHAPTERS, NOTEBOOKS, ROOT
from PIL import Image

import gmmlib as gl
from gmmlib.show.look import png, same_drawing

spec = importlib.util.spec_from_file_location("draw", ROOT / "figures" / "draw.py")
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)

FOLDER = ROOT / "figures"
IMAGE = re.compile(r'!\[(.*?)\]\((.*?)\)|<img src="(.*?)".*?alt="(.*?)"')


def images(text):
    """Return what a page shows: {file name: alternative text}."""
    found = [(m[2] or m[3], m[1] or m[4]) for m in IMAGE.finditer(text)]
    return {file.rpartition("/")[2]: words for file, words in found}


PAGE = images((FOLDER / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_committed_figure_is_not_stale(name):
    stored = (FOLDER / name).read_bytes()
    assert figures.same(name, stored, figures.FIGURES[name]())


@pytest.mark.parametrize("name", figures.DRAWINGS)
@pytest.mark.parametrize(
    ("what", "other"),
    [
        (r"(M 1?\d\d\.)(\d)", lambda m: f"{m[1]}{(int(m[2]) + 5) % 10}"),  # a place
        (r"(scale\(0\.0)", r"\g<1>2"),  # the size of letters
        (r"(<g id=\"text_1\">\s+<!-- )", r"\1not "),  # a word
        (r"(stroke: #)", r"\g<1>1"),  # a colour
        (r"(<desc.*?>)", r"\1Not "),  # what is said of it
    ],
)
def test_a_changed_drawing_is_noticed(name, what, other):
    stored = (FOLDER / name).read_text(encoding="utf-8")
    changed, times = re.subn(what, other, stored, count=1)
    assert times
    assert not same_drawing(stored.encode(), changed.encode())


def test_another_shade_is_noticed():
    stored = (FOLDER / "chapter_03.png").read_bytes()
    darker = Image.open(io.BytesIO(stored)).convert("RGB").point(lambda v: v * 0.9)
    assert not figures.same("chapter_03.png", stored, png(darker))
    assert figures.same("chapter_03.png", stored, stored)


@pytest.mark.parametrize("name", figures.DRAWINGS)
def test_another_machine_may_round_otherwise(name):
    stored = (FOLDER / name).read_text(encoding="utf-8")
    moved = re.sub(
        r"\b([1-9]\d*\.\d\d)\b", lambda m: f"{float(m[1]) + 0.01:.2f}", stored
    )
    assert moved != stored
    assert same_drawing(stored.encode(), moved.replace("\n", "\r\n").encode())


def test_every_file_has_its_drawing_code_and_its_place_on_the_page():
    files = {path.name for path in FOLDER.iterdir() if path.is_file()}
    pictures = files - {"README.md", "draw.py"}
    assert pictures == set(figures.FIGURES) == set(PAGE)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_words_say_what_is_seen(name):
    words = PAGE[name]
    assert len(words) > (25 if name.startswith("chapter_") else 100)
    assert not re.match(
        "(?i)(a |the )?(figure|picture|image|diagram|plot|chart)", words
    )


def test_other_pages_show_a_figure_with_its_words():
    readme = images((ROOT / "README.md").read_text(encoding="utf-8"))
    assert readme == {name: PAGE[name] for name in readme}
    assert {f"chapter_{n:02}.png" for n in range(len(CHAPTERS))} <= set(readme)
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        prose = "".join("".join(cell["source"]) for cell in cells)
        shown = images(prose)
        assert set(shown) <= set(PAGE)
        assert all(len(words) > 25 for words in shown.values())


@pytest.mark.parametrize("name", figures.DRAWINGS)
def test_a_drawing_is_small_and_carries_its_words(name):
    data = (FOLDER / name).read_bytes()
    assert len(data) < 150_000
    root = ET.fromstring(data)
    title, description = root[:2]
    heading, words = figures.described()[name]
    assert (title.text, description.text, PAGE[name]) == (heading, words, words)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))  # outlines alone


@pytest.mark.parametrize("name", [n for n in figures.FIGURES if n.endswith("gif")])
def test_an_animation_is_below_two_megabytes(name):
    assert (FOLDER / name).stat().st_size < 2_000_000


def test_the_trials_drawn_are_those_of_the_chapters():
    counts = [gl.toss(trial) for trial in figures.TRIALS]
    assert counts == [tuple(trial) for trial in gl.datasets.coin_trials().tolist()]


@pytest.mark.parametrize("name", ["coins_known.svg", "coins_hidden.svg"])
def test_each_number_in_the_words_stands_in_the_drawing(name):
    heading, words = figures.described()[name]
    written = re.findall("<!-- (.*?) -->", (FOLDER / name).read_text(encoding="utf-8"))
    numbers = re.compile(r"\d*\.?\d+")
    assert set(numbers.findall(words)) <= set(numbers.findall(" ".join(written)))
