"""Committed figures show what the code draws today."""

import importlib.util

import pytest
from chapters import ROOT

from gmmlib.plots.style import same_pixels

spec = importlib.util.spec_from_file_location("draw", ROOT / "figures" / "draw.py")
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_committed_figure_is_not_stale(name):
    stored = (ROOT / "figures" / name).read_bytes()
    assert same_pixels(stored, figures.FIGURES[name]())


def test_every_committed_figure_has_its_drawing_code():
    pictures = {p.name for p in (ROOT / "figures").iterdir() if p.suffix != ".py"}
    assert pictures - {"__pycache__"} == set(figures.FIGURES)
