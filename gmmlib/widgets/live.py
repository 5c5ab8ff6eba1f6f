"""The live figure: controls, one persistent picture, and a sentence that states it.

A full redraw of a Matplotlib figure costs about 50 ms, most of it ticks and text. So
what does not move is drawn once and kept as a background; a slider event draws only
what moves on top of it and sends the pixels as one JPEG, together with the sentence.

Where no kernel runs (GitHub, nbviewer, a printed page) the same object shows a strip of
telling states as PNG, and their sentences as text, which tests compare.
"""

import base64
import html
import io
import os
from pathlib import Path

import anywidget
import ipywidgets as W
import numpy as np
from PIL import Image

from gmmlib.show.look import caption, look, pixels, png

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# On a low screen half of it is left for controls and sentence
LOW = "max-height:max(50vh,280px);object-fit:contain;object-position:left;"
STRIP_WIDTH, STRIP_HEIGHT, STRIP_BYTES = 900, 500, 60_000


class _Reach(anywidget.AnyWidget):
    """Names for what ipywidgets leaves nameless, and a voice for the sentence."""

    _esm = (Path(__file__).parents[1] / "show" / "reach_old.js").read_text(
        encoding="utf-8"
    )
    _css = """
.gmmlib-live :focus-visible { outline: 2px solid currentColor !important }
.gmmlib-live [type=checkbox]:focus-visible { outline-offset: -2px }
.gmmlib-live .noUi-handle { border-color: #767676 !important }
"""


class Live(W.VBox):
    """A figure that follows its controls.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Made without pyplot; drawn once, then kept.
    controls : dict of str to ipywidgets control
        One for each argument of `update` and `sentence`, in the order shown.
    update : callable
        ``update(**values)`` changes artists of `fig` and returns every one it touched.
        An Axes among them says that limits or ticks changed: then all is redrawn.
    sentence : callable
        ``sentence(**values)`` says in one sentence, with numbers, what is shown.
    strip : sequence of dict
        Two to four telling states, as changes to the controls' first values.
    player : str, optional
        The control that Play, Step and Reset move.
    columns : int
        How many of the strip's states stand side by side.
    """

    def __init__(
        self, fig, controls, update, sentence, strip=({},), player=None, columns=1
    ):
        self.fig, self.controls = fig, dict(controls)
        self.update, self.sentence = update, sentence
        self.strip = tuple(strip)
        self.columns = columns
        self._background = None
        self._start = self.values()
        self._picture = W.HTML(layout=W.Layout(width="100%", margin="4px 0 0 0"))
        rows = [
            _player(c) if name == player else c for name, c in self.controls.items()
        ]
        panel = W.HBox(rows, layout=W.Layout(flex_flow="row wrap"))
        hidden = W.Layout(height="0", margin="0", overflow="hidden")  # even its failure
        super().__init__([panel, self._picture, W.Box([_Reach()], layout=hidden)])
        self.add_class("gmmlib-live")
        self._shown = self._html(**self._start)
        self._picture.value = self._shown
        for control in self.controls.values():
            control.observe(self._follow, "value")

    def values(self, **changes):
        """Return the controls' values by name, with `changes` put in."""
        return {name: c.value for name, c in self.controls.items()} | changes

    def frame(self, **values):
        """Draw one state and return its pixels as a PIL image."""
        background, self._background = self._background, None  # if this is broken off
        with look():
            touched = self.update(**values)
            canvas = self.fig.canvas
            new = [
                a for a in touched if not a.get_animated() and a not in self.fig.axes
            ]
            for artist in new:
                artist.set_animated(True)  # keeps it out of the background
                artist.set_in_layout(False)  # and from pushing the axes about
            rescaled = set(touched) & set(self.fig.axes)
            if background is None or rescaled:
                self._settle_layout()  # ticks may have become wider
            if background is None or rescaled or new:
                canvas.draw()
                background = canvas.copy_from_bbox(self.fig.bbox)
            canvas.restore_region(background)
            for artist in self._moving():
                artist.draw(canvas.get_renderer())
        self._background = background
        size = canvas.get_width_height()
        return Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB")

    def _moving(self):
        """Yield what is drawn over the background, in Matplotlib's own order."""
        for parent in (*self.fig.axes, self.fig):
            children = (c for c in parent.get_children() if c.get_animated())
            yield from sorted(children, key=lambda c: c.get_zorder())

    def _settle_layout(self):
        """Lay the axes out until they rest; draws between move none."""
        self.fig.set_layout_engine("constrained")
        for _ in range(2):
            self.fig.get_layout_engine().execute(self.fig)
        self.fig.set_layout_engine("none")
        for ax in self.fig.axes:  # the same pixels whatever was shown before
            ax.set_position(np.round(ax.get_position().bounds, 4))
            ax.set_in_layout(True)

    def _html(self, **values):
        buffer = io.BytesIO()
        self.frame(**values).save(buffer, "jpeg", quality=90, subsampling=0)
        data = base64.b64encode(buffer.getvalue()).decode()
        said = html.escape(self.sentence(**values), quote=True)
        width = int(self.fig.bbox.width)
        return (
            f'<img alt="{said}" src="data:image/jpeg;base64,{data}" decoding="sync" '
            f'style="width:100%;max-width:{width}px;{LOW}display:block">'
            f'<div class="gmmlib-sentence" style="font-size:1.1em;max-width:{width}px">'
            f"{said}</div>"
        )

    def _follow(self, change=None):
        try:
            self._shown = self._html(**self.values())
            self._picture.value = self._shown
        except BaseException as error:  # would vanish in a log: say it to the reader
            found = f"{type(error).__name__}: {error}".removesuffix(": ")
            self._picture.value = (
                f'{self._shown}<div role="alert"><b>This setting cannot be drawn: '
                f"{html.escape(found)}.</b> The picture "
                "and its sentence are those of the last setting that could.</div>"
            )
            if not isinstance(error, Exception):  # Ctrl-C, or the stop button
                raise

    def still(self):
        """Return the strip as PNG bytes and its sentences, one a line."""
        states = [self._start | dict(changes) for changes in self.strip]
        columns, rows = self.columns, -(-len(states) // self.columns)
        width = STRIP_WIDTH // columns
        height = min(STRIP_HEIGHT // rows, 24 + int(self.fig.bbox.height))
        picture = Image.new("RGB", (width * columns, height * rows), "white")
        sentences = [self.sentence(**state) for state in states]
        for i, (state, sentence) in enumerate(zip(states, sentences, strict=True)):
            left, top = (i % columns) * width, (i // columns) * height
            picture.paste(caption(sentence, width), (left, top))
            picture.paste(self._resized(width, height - 24, state), (left, top + 24))
        self.frame(**self.values())
        return png(picture, STRIP_BYTES), "\n".join(sentences)

    def _resized(self, width, height, state):
        """Draw a state afresh at another size, then put the figure back as it was."""
        size = self.fig.get_size_inches()
        with look():
            self.update(**state)
            moving = list(self._moving())
            for artist in moving:
                artist.set_animated(False)
            self.fig.set_size_inches(width / 100, height / 100)
            self._settle_layout()
            image = pixels(self.fig)
            self.fig.set_size_inches(size)
            for artist in moving:
                artist.set_animated(True)
        self._background = None
        return image

    def _repr_mimebundle_(self, include=None, exclude=None):
        still, sentences = self.still()
        data = {"text/plain": sentences, "image/png": still}
        if not os.environ.get("GMMLIB_STILL"):  # set while stored outputs are made
            data[WIDGET_VIEW] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            }
        return data, {"image/png": {"alt": sentences}}


def slider(label, value, low, high, step, help=None):
    """Return a slider with its label and readout; whole steps give whole numbers."""
    whole = all(isinstance(v, int) for v in (value, low, high, step))
    digits = 0 if whole else len(f"{step:g}".partition(".")[2])
    kind = W.IntSlider if whole else W.FloatSlider
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=label,
        tooltip=help or label,
        readout_format="d" if whole else f".{digits}f",
        **_wide(label),
    )


def switch(label, value=False, help=None):
    """Return a check box with its label."""
    return W.Checkbox(
        value=value,
        description=label,
        tooltip=help or label,
        indent=False,
        layout=W.Layout(width="auto", margin="2px 16px 2px 8px"),
    )


def choice(label, options, value=None, help=None):
    """Return a menu with its label; `options` are words or (word, value) pairs."""
    menu = W.Dropdown(
        options=options, description=label, tooltip=help or label, **_wide(label)
    )
    if value is not None:
        menu.value = value
    return menu


def _wide(label):
    return {
        "style": {"description_width": "initial"},
        "layout": W.Layout(width=f"{260 + 8 * len(label)}px", max_width="100%"),
    }


def _player(control):
    """Return `control` with Play, Step and Reset: Play runs inside the browser."""
    clock = W.Play(
        min=control.min,
        max=control.max,
        step=control.step,
        interval=600,
        layout=W.Layout(display="none"),  # its own buttons have no names
    )
    play = W.ToggleButton(description="Play", tooltip="Play or stop", layout=_narrow())
    step = W.Button(description="Step", tooltip="One step on", layout=_narrow())
    reset = W.Button(description="Reset", tooltip="Back to the start", layout=_narrow())
    speed = W.Dropdown(
        options=[("slow", 1200), ("normal", 600), ("fast", 200)],
        value=600,
        description="Speed",
        tooltip="Speed",
        style={"description_width": "initial"},
        layout=W.Layout(width="140px"),
    )
    links = [
        W.jslink((control, "value"), (clock, "value")),
        W.jslink((play, "value"), (clock, "playing")),
    ]
    speed.observe(lambda change: setattr(clock, "interval", change.new), "value")

    play.observe(
        lambda change: setattr(play, "description", "Stop" if change.new else "Play"),
        "value",
    )
    asked = []

    def move(value):
        play.value = False
        if clock.playing:  # a tick may be on its way: move once the browser has stopped
            asked[:] = [value]
        else:
            control.value = value

    def stopped(change):
        if asked and not change.new:
            clock.value = control.value = asked.pop()

    clock.observe(stopped, "playing")
    step.on_click(lambda _: move(min(control.value + control.step, control.max)))
    reset.on_click(lambda _: move(control.min))
    row = W.HBox(
        [control, play, step, reset, speed, clock],
        layout=W.Layout(flex_flow="row wrap"),
    )
    row.links = links  # as long as the row lives
    return row


def _narrow():
    return W.Layout(width="80px")
