"""One look for every picture: colours that colour-blind readers can tell, and paper.

Nothing is told by colour alone: each component has its marker, line style and hatching
as well. Figures are made without pyplot, so none leaks and none shows twice.
"""

import io
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

# Okabe & Ito (2008), Color Universal Design: blue, vermilion, green, purple, sky, amber
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
HATCHES = ("", "///", "...", "xx", "\\\\\\", "--")
INK, FAINT, PAPER = "#222222", "#8A8A8A", "white"

LOOK = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same on every machine
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.color": "white",
    "hatch.linewidth": 1.2,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "axes.unicode_minus": True,
}


@contextmanager
def look():
    """Draw in the look of the series, whatever the reader's own settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        yield


def figure(width=9.0, height=4.0):
    """Return a figure of `width` by `height` inches at 100 pixels an inch."""
    fig = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(fig)
    return fig


def number(value, digits=2):
    """Write a number as the series prints it: .80, 1.00, −31.86."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    sign, text = ("−", text[1:]) if text.startswith("-") else ("", text)
    return sign + (text[1:] if text.startswith("0.") else text)


def pixels(fig):
    """Draw a figure and return its pixels as a PIL image."""
    fig.canvas.draw()
    return Image.fromarray(np.asarray(fig.canvas.buffer_rgba())[..., :3].copy())


def caption(text, width):
    """Return `text` as an image `width` pixels wide, to stand above a picture."""
    with look():
        band = figure(width / 100, 0.24)
        label = band.text(8 / width, 0.5, text, va="center", size=10.5, weight="bold")
        room = 0.97 * (width - 16) / label.get_window_extent().width
        label.set_size(10.5 * min(1, room))
        return pixels(band)


def png(image, limit=None):
    """Encode an image as PNG in as many of 256 colours as fit in `limit` bytes."""
    for colours in (256, 128, 64, 32, 16):
        buffer = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(
            buffer, "png", optimize=True
        )
        if limit is None or buffer.tell() <= limit:
            break
    return buffer.getvalue()


def same_pixels(one, other, allowed=2e-4):
    """Return whether two images or animations agree but for a few pixels.

    At most the share `allowed` of the pixels of each frame may differ visibly, by more
    than 40 of 255: rounding moves a handful, a changed drawing moves hundreds.
    """
    if one == other:
        return True
    frames, others = _frames(one), _frames(other)
    return len(frames) == len(others) and all(
        a.shape == b.shape and (abs(a - b).max(axis=-1) > 40).mean() <= allowed
        for a, b in zip(frames, others, strict=True)
    )


def _frames(data):
    image = Image.open(io.BytesIO(data))
    frames = ImageSequence.Iterator(image)
    return [np.asarray(frame.convert("RGB"), float) for frame in frames]


def gif(images, seconds):
    """Encode images as one endless animation; `seconds` (one each) says how long."""
    first, *others = (i.quantize(64, dither=Image.Dither.NONE) for i in images)
    buffer = io.BytesIO()
    times = [round(1000 * s) for s in seconds]
    first.save(
        buffer, "gif", save_all=True, append_images=others, duration=times, loop=0
    )
    return buffer.getvalue()


class Picture:
    """A drawn figure with the sentence that says in numbers what it shows.

    A notebook shows the picture; the sentence is its alternative text and what a test
    compares, since pixels differ between machines and sentences must not.
    """

    def __init__(self, fig, sentence):
        self.png, self.sentence = png(pixels(fig)), sentence

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        return (
            {"text/plain": self.sentence, "image/png": self.png},
            {"image/png": {"alt": self.sentence}},
        )
