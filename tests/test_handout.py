"""A chapter's handout: one page, whole in itself, and without the answers."""

import importlib.util
import re
from xml.etree import ElementTree

import nbformat
import pytest
from chapters import NOTEBOOKS, ROOT, read
from nbconvert import HTMLExporter

spec = importlib.util.spec_from_file_location("handout", ROOT / "notebooks/handout.py")
handout = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handout)

TOO_WIDE = """spans => { const edge = document.body.getBoundingClientRect().right;
    return spans.filter(s => s.getBoundingClientRect().right > edge + 1).length }"""
CLASSES = [path for path in NOTEBOOKS if handout.for_class(read(path))]
each_chapter = pytest.mark.parametrize("path", CLASSES, ids=lambda path: path.stem)


def page(path):
    """Return the handout of a chapter as HTML."""
    return handout.handout(read(path), path.name)


def answers(path):
    """Return the answers of a chapter."""
    cells = [cell.source for cell in read(path).cells]
    return re.findall(r"(?s)<summary>Answer</summary>(.+?)</details>", "\n".join(cells))


@each_chapter
def test_every_formula_is_well_formed_and_every_number_is_there(path):
    html = page(path)
    formulas = re.findall(r"(?s)<math.*?</math>", html)
    for one in formulas:
        ElementTree.fromstring(re.sub("&(?!amp;|lt;|gt;)[a-zA-Z]+;", "x", one))
    prose = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    tags = re.findall(r"\\tag\{([\d.]+)\}", handout.ANSWER.sub("", prose))
    assert re.findall(r"</math> \(([\d.]+)\)</span>", html) == tags
    assert "$" not in html and "FORMULA" not in html


@each_chapter
def test_the_page_loads_nothing_and_has_a_picture_with_words(path):
    html = page(path)
    assert not re.search(r"<script|<link|<a |url\(|@import|https?:", html)
    pictures = re.findall(r'<img alt="([^"]*)" [^>]*src="([^"]*)"', html)
    bare = handout.OTHER_PICTURE.get(path.stem[:2], "") is None
    assert len(pictures) == html.count("src=") == (0 if bare else 1)
    for words, source in pictures:
        assert words
        assert re.match(r"data:image/(png|svg\+xml);base64,", source)


@each_chapter
def test_no_answer_is_on_the_page_or_in_the_copy(path, tmp_path, monkeypatch):
    monkeypatch.setattr(handout, "OUT", tmp_path / "handouts")
    handout.main([path.stem])
    copy = nbformat.read(tmp_path / "handouts" / path.name, as_version=4)
    nbformat.validate(copy)
    given = (tmp_path / f"handouts/{path.stem}.html").read_text(encoding="utf-8")
    given += "\n".join(cell.source for cell in copy.cells)
    assert "<summary>Answer" not in given
    assert answers(path)
    for answer in answers(path):
        assert answer.strip() not in given
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert code == [cell.source for cell in copy.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_each_handout_prints_on_one_page(paper, chromium):
    tab = chromium.new_page()
    for path in CLASSES:
        tab.set_content(page(path))
        assert tab.locator(".equations span").evaluate_all(TOO_WIDE) == 0, path
        pages = re.findall(rb"/Type\s*/Page\b", tab.pdf(format=paper))
        assert len(pages) == 1, path
    tab.close()


def test_a_whole_chapter_as_the_guide_prints_it_tells_what_each_picture_shows():
    guide = (ROOT / "notebooks/teaching_guide.md").read_text(encoding="utf-8")
    template = re.search(r"nbconvert --to html --template (\w+) ", guide)[1]
    [path] = [p for p in CLASSES if p.stem == "03_two_coins"]
    html, _ = HTMLExporter(template_name=template).from_notebook_node(read(path))
    pictures = re.findall(r"<img[^>]*base64,[^>]*>", html)
    assert len(pictures) > 3
    for picture in pictures:
        assert re.search(r'alt="[^"]{20,}"', picture)
        assert "No description" not in picture
