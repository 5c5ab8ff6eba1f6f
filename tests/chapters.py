"""What the series holds: its chapters, and the live figures that they show."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import nbformat

import gmmlib.widgets

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
    """Yield each function of a topic module that makes a live figure."""
    for module in pkgutil.iter_modules(gmmlib.widgets.__path__):
        if module.name == "live":
            continue
        topic = importlib.import_module(f"gmmlib.widgets.{module.name}")
        for name, function in inspect.getmembers(topic, inspect.isfunction):
            if function.__module__ == topic.__name__ and not name.startswith("_"):
                yield function


LIVE_FIGURES = list(_live_figures())
