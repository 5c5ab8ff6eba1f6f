"""One look for every picture, and how pictures become files.

Figures are made without pyplot, so none leaks and none shows twice.
"""

import base64
import io
import os
import re
import textwrap
from contextlib import contextmanager
from functools import cache
from html import escape
from threading import RLock

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from gmmlib.show.palette import COLOURS, FAINT, INK, PAPER, RED

KEPT = (*COLOURS, RED, INK, PAPER)  # in pictures of few colours as well

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
CAPTION = {"va": "top", "size": 9.5, "weight": "bold", "linespacing": 1.1}
DRAWING = RLock()


@contextmanager
def look():
    """Draw in the look of the series, whatever the reader's own settings.

    One thread at a time: Matplotlib keeps settings for the whole process, and kernels
    serve a slider in another thread than the cells.
    """
    with DRAWING, mpl.rc_context():
        now = mpl.rcParams
        now.update({name: v for name, v in _settings().items() if now[name] != v})
        yield


@cache
def _settings():
    """Return every setting of the look; Matplotlib takes 1 ms to check them all."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        names = [name for name in mpl.rcParams if "backend" not in name]
        return {name: mpl.rcParams[name] for name in names}


def figure(width=9.0, height=4.0):
    """Return a figure of `width` by `height` inches at 100 pixels an inch."""
    fig = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(fig)
    return fig


def panels(height, *widths, **how):
    """Return a figure as wide as a page, and its panels side by side, so wide."""
    fig = figure(9, height)
    axes = fig.subplots(1, len(widths), width_ratios=widths, squeeze=False, **how)
    return fig, *axes[0]


def number(value, digits=2):
    """Write a number as the series prints it: .80, 1.00, −31.86."""
    text = f"{value:z.{digits}f}".replace("-", "−")
    return re.sub(r"^(−?)0\.", r"\1.", text)


def power(exponent):
    """Write a power of ten: 10⁻²·⁵."""
    raised = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + f"{exponent:g}".translate(raised)


def scientific(value):
    """Write a probability: .50, or 9.77·10⁻⁴ where it is small."""
    if value == 0 or value >= 0.1:
        return number(value) if value else "0"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}·{power(int(exponent))}"


def pixels(fig):
    """Draw a figure and return its pixels as a PIL image."""
    fig.canvas.draw()
    return Image.fromarray(np.asarray(fig.canvas.buffer_rgba())[..., :3].copy())


def captions(texts, width):
    """Return texts as images `width` pixels wide, all of one height and type size."""
    room = int(width / CAPTION["size"] / 0.88)  # letters in a line of bold type
    lines = [textwrap.wrap(text, room) for text in texts]
    height = 7 + 16 * max(map(len, lines))
    images = []
    for broken in lines:
        with look():
            band = figure(width / 100, height / 100)
            band.text(8 / width, 1 - 3 / height, "\n".join(broken), **CAPTION)
            images.append(pixels(band))
    return images


def png(image, limit=None):
    """Encode an image as PNG in as many of 256 colours as fit in `limit` bytes.

    However few there are, those that mean something stay as they are.
    """
    for colours in (256, 128, 64, 32, 16):
        few, buffer = image.quantize(colours), io.BytesIO()
        if colours < 256:
            all_colours, few = np.array(image), np.array(few.convert("RGB"))
            for kept in (np.multiply(255, to_rgb(colour)) for colour in KEPT):
                few[abs(all_colours - kept).max(axis=-1) < 16] = kept
            few = Image.fromarray(few).quantize(256)
        few.save(buffer, "png", optimize=True)
        if limit is None or buffer.tell() <= limit:
            break
    return buffer.getvalue()


def same_pixels(one, other, allowed=2e-4, visible=40):
    """Return whether two images or animations agree but for a few pixels.

    At most the share `allowed` of the pixels of each frame may differ by more than
    `visible` of 255: rounding moves a handful, a changed drawing moves hundreds.
    """
    if one == other:
        return True
    frames, others = _frames(one), _frames(other)
    return len(frames) == len(others) and all(
        a.shape == b.shape and (abs(a - b).max(axis=-1) > visible).mean() <= allowed
        for a, b in zip(frames, others, strict=True)
    )


def _frames(data):
    image = Image.open(io.BytesIO(data))
    frames = ImageSequence.Iterator(image)
    return [np.asarray(frame.convert("RGB"), float) for frame in frames]


def gif(images, seconds):
    """Encode images as one endless animation; `seconds` (one each) says how long."""
    # the widest range of colours keeps the few red pixels red
    how = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
    first, *others = (image.quantize(128, **how) for image in images)
    buffer = io.BytesIO()
    times = [round(1000 * s) for s in seconds]
    first.save(
        buffer, "gif", save_all=True, append_images=others, duration=times, loop=0
    )
    return buffer.getvalue()


def svg(fig, name, words):
    """Encode a figure as SVG that says in `words` what it shows.

    Text becomes outlines, so that it looks the same without the font. Numbers are
    rounded and names counted, so that it reads the same from every machine.
    """
    steady = {"svg.fonttype": "path", "svg.hashsalt": "", "path.simplify": False}
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    buffer = io.StringIO()
    with look():
        mpl.rcParams.update(steady)
        fig.savefig(buffer, format="svg", metadata=nothing)
    _, head, rest = re.split(r"(<svg [^>]*)>", buffer.getvalue(), maxsplit=1)
    said = "".join(
        f' <{tag} id="{tag}">{escape(text)}</{tag}>\n'
        for tag, text in (("title", name), ("desc", words))
    )
    long = r"\b[1-9]\d*\.\d{3,}"  # not what begins with 0: it may be a scale
    rest = re.sub(long, lambda n: f"{float(n[0]):.2f}", rest)
    found = dict.fromkeys(re.findall(r'id="([a-z][0-9a-f]{10})"', rest))
    for count, old in enumerate(found, start=1):
        rest = rest.replace(old, f"{old[0]}{count}")
    return f'{head} role="img" aria-labelledby="title desc">\n{said}{rest}'.encode()


def same_drawing(one, other, allowed=0.015):
    """Return whether two SVGs agree: each place within `allowed`, all else exactly.

    The unit is a point, 1/72 inch. Rounding moves a place by a hundredth at most;
    scales, which multiply every place inside them, are never rounded.
    """
    if one == other:
        return True
    (text, places), (other_text, others) = _places(one), _places(other)
    return text == other_text and all(
        abs(a - b) <= allowed for a, b in zip(places, others, strict=True)
    )


def _places(data):
    text = " ".join(data.decode().split())
    place = re.compile(r"(scale\(.*?\))|(-?\d+(?:\.\d+)?)")
    numbers = [float(number) for _, number in place.findall(text) if number]
    return place.sub(lambda found: found[1] or "0", text), numbers


class Picture:
    """A drawn figure with the sentence that says in numbers what it shows.

    A notebook shows the picture; the sentence is its alternative text and what a test
    compares, since pixels differ between machines and sentences must not. The picture
    has as many colours as fit in about `limit` bytes.
    """

    def __init__(self, fig, sentence, limit=None):
        self.png, self.sentence = png(pixels(fig), limit), sentence

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": self.sentence, "image/png": self.png}
        if not os.environ.get("GMMLIB_STILL"):  # JupyterLab shows no alt of a PNG
            source = base64.b64encode(self.png).decode()
            data["text/html"] = (
                f'<img alt="{escape(self.sentence)}" style="max-width:100%" '
                f'src="data:image/png;base64,{source}">'
            )
        return data, {"image/png": {"alt": self.sentence}}
