"""Committed figures show what the code draws today."""

import importlib.util
import re

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
    pictures = {p.name for p in (ROOT / "figures").glob("*.*g*")}
    assert pictures == set(figures.FIGURES)


def test_every_figure_is_described_in_words():
    text = (ROOT / "figures" / "README.md").read_text(encoding="utf-8")
    words = dict(re.findall(r"!\[(.*?)\]\((.*?)\)", text))
    shown = {name for name in figures.FIGURES if not name.startswith("chapter_")}
    assert set(words.values()) == shown
    assert all(len(alternative) > 40 for alternative in words)
