"""What the series holds: its chapters, and the live figures that they show."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "notebooks/site"))

from frames import makers, shown_in  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
COMPANIONS = [path for path in NOTEBOOKS if path.stem.endswith("_deeper")]
CHAPTERS = [path for path in NOTEBOOKS if path not in COMPANIONS]

# Worked in the browser with every kind of control; with --thorough all chapters are
BY_HAND = ("00", "03", "11")


def thorough_but(kept):
    """Return all notebooks as parameters; what is not `kept` needs --thorough."""
    return [
        pytest.param(path, marks=[pytest.mark.thorough] * (path not in kept))
        for path in NOTEBOOKS
    ]


def number(path):
    """Return what a test calls a chapter, "03", and its companion, "03d"."""
    return path.stem[:2] + "d" * (path in COMPANIONS)


def read(path):
    """Return the notebook at `path`."""
    return nbformat.read(path, as_version=4)


LIVE_FIGURES = sorted(makers().values(), key=lambda f: (f.__module__, f.__name__))


def shared(make):
    """Return a live figure, made once for all tests that leave it as it came."""
    figure = _made(make)
    assert figure.values() == figure._start, "another test has moved its controls"
    return figure


@cache
def _made(make):
    return make()


def live_cells(notebook):
    """Return the cells that show a live figure, made there or named before."""
    return [cell for cell, _, _ in shown_in(notebook)]


def live_figures_of(cell):
    """Return the names of the live figures that a code cell makes."""
    names = {figure.__name__ for figure in LIVE_FIGURES}
    return names & set(
        re.findall(r"\w+(?=\()", cell.source * (cell.cell_type == "code"))
    )


def needed(code, asked):
    """Return what of a dict of sources gives those of the keys `asked` their names."""
    wanted, kept = set(), {}
    for key, source in reversed(code.items()):
        nodes = list(ast.walk(ast.parse(source)))
        given = {n.id for n in nodes if isinstance(n, ast.Name) and _stored(n)}
        given |= {
            n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))
        }
        given |= {
            n.asname or n.name.split(".")[0] for n in nodes if isinstance(n, ast.alias)
        }
        given |= {
            n.value.id
            for n in nodes
            if isinstance(n, (ast.Subscript, ast.Attribute)) and _stored(n)
            if isinstance(n.value, ast.Name)
        }
        if key in asked or given & wanted:
            names = {n.id for n in nodes if isinstance(n, ast.Name) and not _stored(n)}
            wanted |= names
            kept[key] = source
    return dict(reversed(kept.items()))


def _stored(node):
    return isinstance(node.ctx, ast.Store)
