"""The repository keeps its own rules: style, links, outputs that stay as they are."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys

import pytest
from chapters import CHAPTERS, NOTEBOOKS, ROOT, read

spec = importlib.util.spec_from_file_location("execute", ROOT / "notebooks/execute.py")
notebooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(notebooks)


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_finds_nothing(command):
    ruff = [sys.executable, "-m", "ruff", *command.split(), "--quiet", "."]
    result = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def unstable(source):
    """Return the calls that may order equal keys otherwise on another processor.

    `sorted` and a list's own `sort(key=…)` keep equal keys in order; NumPy's does with
    ``kind="stable"`` alone.
    """
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            name = ast.unparse(call.func).rpartition(".")[2]
            stable = {"key", "kind='stable'"} & {
                "key" if word.arg == "key" else ast.unparse(word)
                for word in call.keywords
            }
            if name in ("argsort", "argpartition", "sort") and not stable:
                found.append(ast.unparse(call))
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("np.argsort(x)", True),
        ("x.argsort(axis=1)[::-1]", True),
        ("np.sort(x)[0]", True),
        ("x.sort()", True),
        ("argpartition(x, 3)", True),
        ("np.argsort(x, kind='stable')[::-1]", False),
        ("x.argsort(kind='stable')", False),
        ("runs.sort(key=len)", False),
        ("sorted(x)", False),
    ],
)
def test_a_sort_that_is_not_stable_is_noticed(source, found):
    assert bool(unstable(source)) == found


def test_every_sort_is_stable():
    for folder in ("gmmlib", "notebooks", "figures"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not unstable(path.read_text(encoding="utf-8")), path
    for path in NOTEBOOKS:
        for cell in read(path).cells:
            answers = re.findall(r"(?s)```python\n(.*?)```", cell.source)
            code = [cell.source] if cell.cell_type == "code" else answers
            for source in code:
                assert not unstable(source), path


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)|src=\"([^\"]+)\"", text)
    targets = [linked or shown for linked, shown in targets]
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_the_readme_lists_every_chapter():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"notebooks/{path.name}" in text for path in NOTEBOOKS)


def test_requirements_are_exact_and_cover_the_package():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert "-e ." in lines
    assert all("==" in line for line in lines if line != "-e .")


def test_executing_a_chapter_again_changes_nothing(tmp_path, monkeypatch):
    path = CHAPTERS[0]  # of the others nbval compares outputs and pictures
    for name, value in notebooks.STILL.items():
        monkeypatch.setenv(name, value)
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    notebooks.execute(copy)
    assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_no_word_of_a_machine():
    for folder, kind in (("gmmlib", "py"), ("notebooks", "*"), ("tests", "py")):
        for path in (ROOT / folder).rglob(f"*.{kind}"):
            if path.is_file() and path != ROOT / "tests/test_repository.py":
                text = path.read_text(encoding="utf-8", errors="ignore")
                assert not re.search(r"/work/|/root/|/home/", text), path


def test_the_line_of_the_readme_serves_all_that_chapters_link_to():
    line = r"jupyter lab --LabApp\.default_url=/lab/tree/(\S+\.ipynb)"
    opened = set(re.findall(line, (ROOT / "README.md").read_text(encoding="utf-8")))
    assert opened and all((ROOT / path).exists() for path in opened)
    for path in NOTEBOOKS:
        prose = (c.source for c in read(path).cells if c.cell_type == "markdown")
        for target in re.findall(r"\]\(([^)#:\s]+)\)", "\n".join(prose)):
            assert (path.parent / target).resolve().is_relative_to(ROOT)
