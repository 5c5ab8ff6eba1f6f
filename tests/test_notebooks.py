"""The committed chapters have the anatomy that the series promises its readers."""

import base64
import contextlib
import io
import re

import pytest
from chapters import (
    CHAPTERS,
    COMPANIONS,
    NOTEBOOKS,
    live_figures_of,
    needed,
    number,
    read,
)
from PIL import Image

from gmmlib.exercises import check

FOLDED = "hide-input"  # the tag under which the web edition folds a cell
ALLOWED = {"text/plain", "text/markdown", "text/html", "image/png", "image/svg+xml"}
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=number)
companions = pytest.mark.parametrize("path", COMPANIONS, ids=number)
notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=number)


def code_cells(path):
    return [c for c in read(path).cells if c.cell_type == "code"]


def prose(path):
    return "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")


def outputs(path):
    return [o for c in code_cells(path) for o in c.outputs]


def test_there_are_chapters():
    assert CHAPTERS


@chapters
def test_a_chapter_has_goals_predictions_exercises_and_an_end(path):
    text = prose(path)
    assert text.startswith(f"# {int(path.name[:2])} · ")
    for part in ("**You will be able to**", "**Predict.**", "**What to notice**"):
        assert part in text, part
    for heading in ("## Check yourself", "## In one paragraph"):
        assert heading in text, heading
    assert "**References.**" in text


@chapters
def test_there_are_three_to_six_exercises_each_with_a_folded_answer(path):
    text = prose(path)
    exercises = len(re.findall(r"^\*\*Exercise \d", text, re.M))
    assert 3 <= exercises <= 6
    assert text.count("<details><summary>Answer</summary>\n\n") == exercises
    assert text.count("\n\n</details>") == text.count("<details>")


@companions
def test_a_companion_has_goals_an_end_and_links_to_and_from_its_chapter(path):
    chapter = next(p for p in CHAPTERS if p.name[:2] == path.name[:2])
    text = prose(path)
    assert text.startswith(f"# {int(path.name[:2])} · ")
    assert "**You will be able to**" in text and "## In one paragraph" in text
    assert chapter.name in text.split("\n## ")[0]
    assert path.name in prose(chapter)


@chapters
def test_a_chapter_opens_with_its_live_figure(path):
    cells = read(path).cells
    opening = next(i for i, c in enumerate(cells) if live_figures_of(c))
    before = [c.source for c in cells[:opening] if c.cell_type == "markdown"]
    assert opening <= 4
    assert sum(len(text.split()) for text in before) <= 200


@notebooks
def test_cells_are_short_and_mostly_prose(path):
    cells = read(path).cells
    lines = [len(c.source.splitlines()) for c in code_cells(path)]
    assert max(lines) <= 15
    assert sorted(lines)[len(lines) // 2] <= 7
    assert (
        max(len(line) for c in code_cells(path) for line in c.source.split("\n")) < 80
    )
    assert sum(c.cell_type == "markdown" for c in cells) / len(cells) >= 0.45
    assert len({c.id for c in cells}) == len(cells)


@notebooks
def test_one_folded_cell_below_the_title_holds_all_imports(path):
    first, *others = code_cells(path)
    assert read(path).cells[1] == first
    assert first.metadata == {"jupyter": {"source_hidden": True}, "tags": [FOLDED]}
    assert all(
        re.match(r"(import|from) |\s|\)|$", line) for line in first.source.splitlines()
    )
    assert not any(re.search(r"^\s*(import|from) ", c.source, re.M) for c in others)


@notebooks
def test_a_chapter_is_executed_in_order_and_stores_no_errors(path):
    cells = code_cells(path)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    assert not any(o.output_type == "error" for o in outputs(path))
    assert not any(o.get("name") == "stderr" for o in outputs(path))


@notebooks
def test_stored_outputs_hold_no_widget_state(path):
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert [i for i, c in enumerate(notebook.cells) if c.metadata] == [1]
    for output in outputs(path):
        assert set(output.get("data", {})) <= ALLOWED


@notebooks
def test_files_and_outputs_are_small(path):
    assert path.stat().st_size <= 400_000
    assert all(len(str(output)) <= 150_000 for output in outputs(path))


@notebooks
def test_whoever_shows_a_picture_says_it_in_words_that_nbval_compares(path):
    pictures = [o.data for o in outputs(path) if "image/png" in o.get("data", {})]
    for data in pictures:
        assert re.search(r"\d", data["text/plain"])
        assert not data["text/plain"].startswith("<")
        image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
        assert image.width <= 900 and image.height <= 500
    assert len(pictures) >= 1
    assert sum(o.get("name") == "stdout" for o in outputs(path)) >= 3


@notebooks
def test_links_within_the_repository_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)", prose(path)):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@notebooks
def test_a_chapter_names_only_equations_that_it_numbers(path):
    of = int(path.name[:2])
    both = "".join(prose(p) for p in NOTEBOOKS if p.name[:2] == path.name[:2])
    tags = set(re.findall(r"\\tag\{([\d.]+)\}", both))
    code = "\n".join(c.source for c in code_cells(path))
    named = set(re.findall(rf"\(({of}\.\d+)\)", prose(path) + code))
    assert named <= tags, named - tags


@notebooks
def test_every_folded_answer_solves_its_exercise(path, monkeypatch):
    """Put each answer into its stub, run the chapter, and read what the check says."""
    stubs = {}  # the stub's number -> the answer's code
    cells = read(path).cells
    for i, cell in enumerate(cells):
        if cell.cell_type == "code" and is_stub(cell.source):
            stubs[i] = next(
                found.group(1)
                for c in cells[i + 1 :]
                if (found := re.search(r"```python\n(.*?)```", c.source, re.S))
            )
    assert stubs or path in COMPANIONS, "at least one exercise asks for code"
    for i, answer in stubs.items():
        name = re.match(r"(?:def )?(\w+)", cells[i].source).group(1)
        assert re.search(rf"^(def )?{name}\b", answer, re.M), "answer names another"
    printed = run(cells, stubs)
    checks = [p for p in printed if p.strip() in ("solved", "not solved yet")]
    assert len(checks) == len(stubs)
    assert all(p.strip() == "solved" for p in checks)


def is_stub(source):
    return bool(re.search(r"(= None|return None)\b", source)) and "check(" not in source


def run(cells, answers):
    """Run what the exercises need of a chapter; return what each cell printed."""
    code = {
        i: answers.get(i, cell.source)
        for i, cell in enumerate(cells)
        if cell.cell_type == "code"
    }
    names, printed = {}, []
    checked = {i for i, source in code.items() if i in answers or "check(" in source}
    for source in needed(code, checked).values():
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(source, names)
        printed.append(said.getvalue())
    return printed


def test_an_answer_in_brackets_is_judged_by_its_numbers(capsys):
    check([0.3], 0.3)
    check([[0.5], [0.2]], [0.5, 0.2])
    check([0.3, 0.7], 0.3)
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["solved"] * 2
    assert said[2] == "not yet: 1 numbers are asked for, these are 2"
