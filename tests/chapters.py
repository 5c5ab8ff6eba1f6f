"""What the series holds: its chapters, and the live figures that they show."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from pkgutil import iter_modules

import nbformat

import gmmlib.chapters
from gmmlib.museum import game
from gmmlib.show.live import Live

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
COMPANIONS = [path for path in NOTEBOOKS if path.stem.endswith("_deeper")]
CHAPTERS = [path for path in NOTEBOOKS if path not in COMPANIONS]

# Worked in the browser with every kind of control; with --thorough all chapters are
BY_HAND = ("00", "03", "11")


def number(path):
    """Return what a test calls a chapter, "03", and its companion, "03d"."""
    return path.stem[:2] + "d" * (path in COMPANIONS)


def read(path):
    """Return the notebook at `path`."""
    return nbformat.read(path, as_version=4)


def _live_figures():
    """Yield each public function that says it makes a live figure."""
    names = [module.name for module in iter_modules(gmmlib.chapters.__path__)]
    modules = [importlib.import_module(f"gmmlib.chapters.{name}") for name in names]
    for module in (*modules, game):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and inspect.signature(function).return_annotation is Live:
                yield function


LIVE_FIGURES = list(_live_figures())


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
