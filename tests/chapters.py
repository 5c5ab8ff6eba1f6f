"""What the series holds: its chapters, and the live figures that they show."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import nbformat

import gmmlib.chapters
import gmmlib.museum.game
from gmmlib.show.live import Live

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

INSTALL = """\
from importlib.util import find_spec

if not find_spec("gmmlib"):  # on Google Colab, say: install from this folder
    %pip install -q "..[chapters]\""""  # the first code cell of every chapter


def read(path):
    """Return the notebook at `path`."""
    return nbformat.read(path, as_version=4)


def _live_figures():
    """Yield each public function of the chapters that says it makes a live figure."""
    names = (module.name for module in pkgutil.iter_modules(gmmlib.chapters.__path__))
    modules = [importlib.import_module(f"gmmlib.chapters.{name}") for name in names]
    for module in (*modules, gmmlib.museum.game):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and inspect.signature(function).return_annotation is Live:
                yield function


LIVE_FIGURES = list(_live_figures())
