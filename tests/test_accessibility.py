"""Words in pictures stand out; pictures, tables and headings of a page can be told.

Contrast as in the Web Content Accessibility Guidelines 2.2, 1.4.3 and 1.4.11: 4.5 : 1
for words (3 : 1 for large ones), 3 : 1 for lines and areas that carry meaning. What a
browser is needed for stands in test_browser.py.
"""

import re

import numpy as np
import pytest
from chapters import LIVE_FIGURES, NOTEBOOKS, ROOT, read, shared
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from gmmlib.show import look, palette

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("notebooks/*.md"), *ROOT.glob("figures/*.md")]
WORDS, LARGE_WORDS, LINES = 4.5, 3, 3
LARGE = 24, 14 / 0.75  # pixels high; in bold


def contrast(one, other):
    """Return the contrast ratio of colours, shape (…, 3), components in [0, 1]."""
    light, dark = np.sort(np.broadcast_arrays(luminance(one), luminance(other)), 0)[
        ::-1
    ]
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """Return the relative luminance of sRGB colours."""
    c = np.asarray(colour, float)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def in_the_dark(colour):
    """Return sRGB colours as the style sheet shows them in JupyterLab's dark theme."""
    css = (ROOT / "gmmlib/show/hand.css").read_text(encoding="utf-8")
    part = float(re.search(r"filter: invert\(([\d.]+)\) hue-rotate\(180deg\)", css)[1])
    half_turn = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))
    inverted = part + (1 - 2 * part) * np.asarray(colour, float)
    return np.clip(inverted @ np.transpose(half_turn), 0, 1)  # Filter Effects 1, 9.1


def test_contrast_is_that_of_the_guidelines():
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast(to_rgb("#777777"), (1, 1, 1)) == pytest.approx(4.48, abs=0.005)


def test_every_colour_stands_out_from_paper():
    paper = to_rgb(palette.PAPER)
    for colour in palette.COLOURS:
        assert contrast(to_rgb(colour), paper) >= LINES, colour
        assert contrast(in_the_dark(to_rgb(colour)), in_the_dark(paper)) >= LINES
    for colour in (*palette.COLOURS[:4], palette.INK, palette.FAINT):
        assert contrast(to_rgb(colour), paper) >= WORDS, colour
        assert contrast(in_the_dark(to_rgb(colour)), in_the_dark(paper)) >= WORDS


@pytest.mark.parametrize("make", LIVE_FIGURES, ids=lambda make: make.__name__)
def test_words_in_a_live_figure_stand_out_from_what_is_behind_them(make):
    shown = shared(make)
    for changes in shown.strip:
        shown.frame(**shown.values(**changes))
        words = [t for t in shown.fig.findobj(Text) if t.get_text().strip() and seen(t)]
        inks = [to_rgb(t.get_color()) for t in words]
        behind = pixels_without(shown, words)
        for text, ink, box in zip(words, inks, map(extent, words), strict=True):
            patch = behind[box]
            patch = patch.reshape(-1, 3)
            for theme in (np.asarray, in_the_dark) if patch.size else ():
                found = contrast(theme(ink), theme(patch))
                ratio = np.quantile(found, 0.25)  # a line may cross a quarter of a word
                assert ratio >= wanted(text), f"{text.get_text()}: {ratio:.2f}"


def seen(artist):
    """Return whether nothing that holds an artist is switched off."""
    holder = artist.axes if artist.axes is not None else artist.figure
    return artist.get_visible() and holder.get_visible()


def wanted(text):
    """Return the contrast that a text needs at its size."""
    bold = text.get_fontweight() in ("bold", "heavy", 700)
    height = text.get_fontsize() * text.figure.dpi / 72
    return LARGE_WORDS if height >= LARGE[bold] else WORDS


def extent(text):
    """Return rows and columns of the pixels that a text covers."""
    box, height = text.get_window_extent(), int(text.figure.bbox.height)
    top, bottom = max(height - round(box.y1), 0), max(height - round(box.y0), 0)
    return slice(top, bottom), slice(max(round(box.x0), 0), max(round(box.x1), 0))


def pixels_without(shown, words):
    """Return the picture as it would be with some words left out, in [0, 1]."""
    colours = [text.get_color() for text in words]
    moving = [a for a in shown.fig.findobj() if a.get_animated()]
    for text in words:
        text.set_color("none")
    for artist in moving:
        artist.set_animated(False)
    with look.look():
        image = look.pixels(shown.fig)
    for artist in moving:
        artist.set_animated(True)
    for text, colour in zip(words, colours, strict=True):
        text.set_color(colour)
    return np.asarray(image) / 255


def markdown():
    """Yield the name and the text of each page and each text cell."""
    for path in PAGES:
        yield path.name, path.read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                yield f"{path.name}, {cell.id}", cell.source


def test_every_picture_has_an_alternative_text():
    for where, text in markdown():
        for alternative in re.findall(r"!\[([^\]]*)\]\(", text):
            assert len(alternative) > 10, where
        for tag in re.findall(r"<img [^>]*>", text):
            assert re.search(r'alt="[^"]{10,}"', tag), f"{where}: {tag}"


def test_every_column_of_a_table_has_a_heading():
    for where, text in markdown():
        lines = text.replace("&nbsp;", " ").splitlines()
        for line, rule in zip(lines, lines[1:], strict=False):
            if re.fullmatch(r"\|(\s*:?-+:?\s*\|)+", rule.strip()):
                cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
                assert all(cell.strip() for cell in cells), f"{where}: {line}"


def test_headings_go_down_one_level_at_a_time():
    pages = [(path.name, path.read_text(encoding="utf-8")) for path in PAGES]
    for path in NOTEBOOKS:
        texts = [c.source for c in read(path).cells if c.cell_type == "markdown"]
        pages.append((path.name, "\n\n".join(texts)))
    for name, text in pages:
        prose = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
        levels = [len(hashes) for hashes in re.findall(r"^(#+) ", prose, re.M)]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), name
