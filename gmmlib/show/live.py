"""The live figure: controls, one picture that is a function of them, and a sentence.

``show(**values)`` draws one state with plain Matplotlib calls and returns the sentence
that says what is shown. Axes, ticks and titles stand still: they are drawn once, kept
as a background, and each state is drawn over it and taken away again. The pixels go to
the browser as one JPEG, together with the sentence, in one message.

Where no kernel runs (GitHub, a printed page) the same object shows a strip of telling
states as PNG, and their sentences as text, which tests compare.
"""

import asyncio
import base64
import html
import io
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

import anywidget
import ipywidgets as W
import numpy as np
import traitlets as T
from matplotlib.gridspec import GridSpec
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Affine2D
from PIL import Image

from gmmlib.show.controls import Play
from gmmlib.show.look import DRAWING, captions, look, pixels, png

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STRIP_WIDTH, STRIP_HEIGHT, STRIP_BYTES = 900, 500, 60_000
DPI = 100  # an inch of a figure is a hundred pixels of the page
NARROW = 700  # pixels: on a narrower page panels stand one under another
FINE = 360  # pixels: a narrower picture is one of this width in smaller type
BACKGROUNDS = 8  # are kept, since limits that change often change back
REST = 0.15  # seconds without a change, then the screen's own pixels are drawn
NEAR = 14  # pixels: what is so near to the pointer says its numbers
HERE = Path(__file__).parent
FROM_PAGE = {"sync": True, "echo_update": False}  # Python need not say it again
LIVING = WeakSet()  # so that a cell that runs again frees what it made before


class Hand(anywidget.AnyWidget):
    """The browser's side: names and a voice, the page's room, the reader's hand."""

    _esm = (HERE / "hand.js").read_text(encoding="utf-8")
    _css = (HERE / "hand.css").read_text(encoding="utf-8")
    room = T.List().tag(**FROM_PAGE)  # its width, height, and pixels a pixel
    calm = T.Bool(False).tag(**FROM_PAGE)  # the reader prefers reduced motion
    seen = T.Int(0).tag(**FROM_PAGE)  # the last picture that has reached the page
    grip = T.List().tag(**FROM_PAGE)  # the handle that is held, and where: across, down
    over = T.List().tag(**FROM_PAGE)  # where the pointer is: across, down
    hint = T.List().tag(sync=True)  # what is there: its numbers, across, down
    asked = T.Int(0).tag(**FROM_PAGE)  # no picture follows a touch; unless busy, Python
    answered = T.Int(0).tag(sync=True)  # answers with the same number


class Told(str):
    """A sentence, with the HTML that a page shows in its place."""

    html = ""


class Live(W.VBox):
    """A figure that follows its controls, by slider, by key, and by hand.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Made without pyplot, with all that stands still: axes, ticks, titles.
    show : callable
        ``show(**values)`` draws one state on the axes of `fig` and returns its
        sentence. What `gmmlib.show.marks.handle` draws can be dragged.
    strip : sequence of dict
        Two to four telling states, as changes to the controls' first values.
    columns : int
        How many of the strip's states stand side by side.
    **controls : ipywidgets controls
        One for each argument of `show`, in the order shown.
    """

    def __init__(self, fig, show, strip=({},), columns=1, **controls):
        self.fig, self.show, self.controls = fig, show, controls
        self.strip, self.columns = tuple(strip), columns
        self._natural = fig.get_size_inches() * DPI
        self._fixed = set(_artists(fig))
        self._places = [ax.get_subplotspec() for ax in fig.axes]
        stacks = 2 if len(fig.axes) > 3 else 1  # of panels on a narrow page
        self._below = GridSpec(-(-len(fig.axes) // stacks), stacks, fig)
        self._ratio, self._stacked = 1, False
        self._backgrounds, self._laid_out = {}, None
        self._fine = 1  # the size of the type, as a share of what it is elsewhere
        self._handles, self._tellers = [], []
        self._sent, self._good, self._rest = 0, "", None
        self._start = self.values()
        self._hand = Hand()
        self._picture = W.HTML(layout=W.Layout(width="100%", margin="4px 0 0 0"))
        self._picture.value = self._good = self._html(self._start)
        hidden = W.Layout(height="0", margin="0", overflow="hidden")  # even its failure
        corner = W.Box([self._hand], layout=hidden)
        super().__init__([*self._panel(), self._picture, corner])
        self.add_class("gmmlib-live")
        for control in controls.values():
            control.observe(self._follow, "value")
        for name in ("room", "grip", "over", "asked"):
            self._hand.observe(getattr(self, f"_on_{name}"), name)
        self._free_earlier_runs()

    def values(self, **changes):
        """Return the controls' values by name, with `changes` put in."""
        return {name: c.value for name, c in self.controls.items()} | changes

    def _panel(self):
        """Return the controls; those that a handle moves fold away once hands work."""
        row, held = W.Layout(flex_flow="row wrap"), set()
        for _, across, up, _ in self._handles:
            held |= {name for name, _ in (across, up) if name}
        self._player = self._fold = None
        shown, folded = [], []
        for name, control in self.controls.items():
            if getattr(control, "plays", False):
                self._player = name
                control = Play(control, self._glide, self._has_arrived, self._follow)
            folds = name in held or getattr(control, "folds", False)
            folds = folds and name != self._player  # Play stays at hand
            (folded if folds else shown).append(control)
        if not folded:
            return [W.HBox(shown, layout=row)]
        self._fold = W.ToggleButton(
            description="Numbers",
            tooltip="Sliders for what can be dragged in the picture",
            value=True,
            layout=W.Layout(width="90px"),
        )
        box = W.HBox(folded, layout=W.Layout(flex_flow="row wrap"))

        def fold(change):
            box.layout.display = None if change.new else "none"

        self._fold.observe(fold, "value")
        return [W.HBox([*shown, self._fold], layout=row), box]

    # The picture of a state.

    @contextmanager
    def _drawn(self, values):
        """Draw a state; yield its sentence and artists, then take them away again."""
        with look():
            try:
                sentence = self.show(**values)
                new = [a for a in _artists(self.fig) if a not in self._fixed]
                for artist in new:
                    artist.set_in_layout(False)  # nothing pushes the axes about
                yield sentence, new
            finally:
                for artist in _artists(self.fig):
                    if artist not in self._fixed:
                        artist.remove()

    def sentence(self, **values):
        """Return the sentence of one state."""
        with self._drawn(values) as (sentence, _):
            return sentence

    def frame(self, **values):
        """Draw one state and return its pixels as a PIL image."""
        return self._frame(values)[0]

    def _frame(self, values):
        canvas = self.fig.canvas
        with self._drawn(values) as (sentence, new):
            for artist in new:
                artist.set_animated(True)  # keeps it out of the background
            canvas.restore_region(self._background())
            if self._is_narrow():
                for word in (a for a in new if isinstance(a, Text)):
                    _keep_inside(word, self.fig.bbox)
            for artist in new:
                artist.draw(canvas.get_renderer())
            self._handles = [
                (a.axes, *a.holds, self._fractions(a.axes, a.get_xydata())[0])
                for a in new
                if hasattr(a, "holds")
            ]
            self._tellers = [
                (self._fractions(a.axes, a.tells[0]), a.tells[1])
                for a in new
                if hasattr(a, "tells")
            ]
        size = canvas.get_width_height()
        image = Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB")
        return image, sentence

    def _background(self):
        """Return the pixels of all that stands still, drawn anew where it changed."""
        axes = self.fig.axes
        state = self.fig.dpi, *map(_state, axes)
        if state not in self._backgrounds:
            self._settle_layout()  # ticks may have become wider
            self.fig.canvas.draw()
            places = [(ax.get_position(True), ax.get_position()) for ax in axes]
            pixels = self.fig.canvas.copy_from_bbox(self.fig.bbox)
            if len(self._backgrounds) == BACKGROUNDS:
                del self._backgrounds[next(iter(self._backgrounds))]
            self._backgrounds[state] = places, pixels
        elif state != self._laid_out:
            for ax, both in zip(axes, self._backgrounds[state][0], strict=True):
                for place, which in zip(both, ("original", "active"), strict=True):
                    ax.set_position(place, which)
                ax.set_in_layout(True)
        self._laid_out = state
        return self._backgrounds[state][1]

    def _settle_layout(self):
        """Lay the axes out until they rest; draws between move none."""
        self.fig.set_layout_engine("constrained")
        for _ in range(2):
            self.fig.get_layout_engine().execute(self.fig)
        self.fig.set_layout_engine("none")
        for ax in self.fig.axes:  # the same pixels whatever was shown before
            ax.set_position(np.round(ax.get_position().bounds, 4))
            ax.set_in_layout(True)
            for word in (ax.title, ax.xaxis.label):
                word.set_x(0.5)
                if self._is_narrow():
                    shift = _way_inside(word, self.fig.bbox)[0]
                    word.set_x(0.5 + shift / ax.bbox.width)

    def _sized(self, width, height, stacked=False):
        """Give the figure so many pixels of the page; stack its panels, or don't."""
        self._stacked = stacked
        for n, (ax, place) in enumerate(zip(self.fig.axes, self._places, strict=True)):
            if place is not None:
                ax.set_subplotspec(self._below[n] if stacked else place)
        self.fig.set_size_inches(width / DPI, height / DPI)
        self._backgrounds.clear()

    def _is_narrow(self):
        """Return whether there is less room than the figure was made for."""
        return self.fig.get_size_inches()[0] * DPI < self._natural[0]

    def _fractions(self, ax, places):
        """Return data coordinates (M, 2) as shares of the picture: across, down."""
        shares = ax.transData.transform(places) / self.fig.bbox.size
        return shares * (1, -1) + (0, 1)

    # From the controls to the page.

    def _html(self, values, said=None):
        """Return a state as HTML: the picture, its handles, its sentence."""
        image, sentence = self._frame(values)
        self._said = said or sentence
        self._sent += 1
        buffer = io.BytesIO()
        image.save(buffer, "jpeg", quality=90, subsampling=0)
        data = base64.b64encode(buffer.getvalue()).decode()
        shown = self.fig.get_size_inches() * DPI * self._fine
        width, height = shown.round().astype(int)
        handles = "".join(
            f'<span class="gmmlib-handle" aria-hidden="true" '
            f'style="left:{100 * x:.2f}%;top:{100 * y:.2f}%"></span>'
            for *_, (x, y) in self._handles
        )
        words = html.escape(self._said, quote=True)
        return (
            f'<div class="gmmlib-picture" data-frame="{self._sent}" '
            f'style="max-width:{width}px"><img alt="{words}" decoding="sync" '
            f'draggable="false" width="{width}" height="{height}" '
            f'style="width:100%;height:auto;display:block" '
            f'src="data:image/jpeg;base64,{data}">{handles}</div>'
            f'<div class="gmmlib-sentence" data-said="{words}" '
            f'style="font-size:1.1em;max-width:{width}px">'
            f"{getattr(self._said, 'html', words)}</div>"
        )

    def _follow(self, change=None):
        """Show the present state; once it rests, in the screen's own pixels."""
        self._say(self.values())
        if self._rest is not None:
            self._rest.cancel()
        with suppress(RuntimeError):  # no loop runs: a script, not a kernel
            if self._ratio > 1:
                loop = asyncio.get_running_loop()
                self._rest = loop.call_later(REST, self._rested)

    def _rested(self):
        self._say(self.values(), self._ratio)

    def _say(self, values, ratio=1, said=None):
        """Show a state; if it can't be drawn say why, under the last that could."""
        try:
            with DRAWING:
                self.fig.set_dpi(ratio * DPI * self._fine)
                self._picture.value = self._good = self._html(values, said)
        except BaseException as error:  # would vanish in a log: say it to the reader
            self._backgrounds.clear()
            found = f"{type(error).__name__}: {error}".removesuffix(": ")
            self._picture.value = (
                f'{self._good}<div role="alert"><b>This setting cannot be drawn: '
                f"{html.escape(found)}.</b> The picture "
                "and its sentence are those of the last setting that could.</div>"
            )
            if not isinstance(error, Exception):  # Ctrl-C, or the stop button
                raise

    def _glide(self, value):
        """Show the player between two whole steps, with the sentence of the first."""
        wanted = self.controls[self._player].glides and not self._hand.calm
        if wanted:
            self._say(self.values(**{self._player: value}), said=self._said)
        return wanted

    def _has_arrived(self):
        return self._hand.seen >= self._sent - 1  # one more may be under way

    # From the page to the controls.

    def _on_room(self, change):
        """Take the width that the page has, half of its height, and its pixels."""
        width, height, ratio = change.new
        if self._fold is not None and not change.old:  # the page is there: fold
            self._fold.value = False
        natural, high = self._natural
        width = int(np.clip(width, 280, natural))
        stacked = width < min(NARROW, natural) and len(self._places) > 1
        if stacked:
            high *= 0.8 * self._below.nrows
        else:
            high = min(high, max(height / 2, 0.75 * high))
        self._ratio = float(np.clip(ratio, 1, 3))
        self._fine = fine = min(1, width / min(FINE, natural))
        with look():
            self._sized(width / fine, int(high * fine) / fine, stacked)
        self._say(self.values(), self._ratio)

    def _on_grip(self, change):
        """Give the controls of a handle the place where the reader holds it."""
        n, *place = change.new
        ax, across, up, _ = self._handles[n]
        pixel = (np.array(place) * (1, -1) + (0, 1)) * self.fig.bbox.size
        at = ax.transData.inverted().transform(pixel)
        for control in self.controls.values():
            control.unobserve(self._follow, "value")
        for (name, value_at), coordinate in zip((across, up), at, strict=True):
            if name:
                control = self.controls[name]
                control.value = _on_the_slider(control, value_at(coordinate))
        for control in self.controls.values():
            control.observe(self._follow, "value")
        self._follow()

    def _on_over(self, change):
        """Say the numbers of what is under the pointer, if it has any."""
        at, size = np.array(change.new), self.fig.get_size_inches() * DPI
        self._hand.hint = []
        for places, say in self._tellers:
            away = np.hypot(*((places - at) * size).T)
            n = int(away.argmin())
            if away[n] < NEAR:
                self._hand.hint = [say(n), *places[n]]

    def _on_asked(self, change):
        self._hand.answered = change.new

    # Where no kernel runs.

    def still(self):
        """Return the strip as PNG bytes and its sentences, one a line."""
        states = [self._start | dict(changes) for changes in self.strip]
        columns, rows = self.columns, -(-len(states) // self.columns)
        width = STRIP_WIDTH // columns
        sentences = [self.sentence(**state) for state in states]
        bands = captions(sentences, width)
        band = bands[0].height
        high = min(STRIP_HEIGHT // rows, band + int(self._natural[1]))
        picture = Image.new("RGB", (width * columns, high * rows), "white")
        with self._for_a_strip(width, high - band):
            for i, state in enumerate(states):
                left, top = (i % columns) * width, (i // columns) * high
                with self._drawn(state):
                    self._settle_layout()
                    picture.paste(pixels(self.fig), (left, top + band))
                picture.paste(bands[i], (left, top))
        return png(picture, STRIP_BYTES), "\n".join(sentences)

    @contextmanager
    def _for_a_strip(self, width, height):
        """Draw at another size for a while; then the figure is as it was."""
        with look():
            size, dpi, stacked = self.fig.get_size_inches(), self.fig.dpi, self._stacked
            self.fig.set_dpi(DPI)
            self._sized(width, height)
            try:
                yield
            finally:
                self.fig.set_dpi(dpi)
                self._sized(*(size * DPI), stacked)

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

    # The end.

    def close(self):
        """Free the figure with all its controls, in Python and in the page."""
        for widget in list(_family(self)):
            if widget is not self:
                widget.close()
        super().close()

    def _free_earlier_runs(self):
        """Close what an earlier run of the same cell of a notebook has made."""
        self._made_by = _this_cell()
        if self._made_by is not None:
            cell, run = self._made_by
            for other in [o for o in LIVING if o._made_by]:
                if other._made_by[0] == cell and other._made_by[1] != run:
                    other.close()
        LIVING.add(self)


def _artists(fig):
    """Return what stands on the axes of a figure, and beside them, in drawing order."""
    axes, found = fig.axes, []
    for parent in (*axes, fig):
        children = [c for c in parent.get_children() if c not in axes]
        found += sorted(children, key=lambda artist: artist.get_zorder())
    return found


def _state(ax):
    """Return what of the axes themselves a `show` may change: limits, ticks, titles."""
    state = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), ax.get_visible()]
    for axis in (ax.xaxis, ax.yaxis):
        locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
        state.append(tuple(axis.get_view_interval()))
        state.append(tuple(getattr(locator, "locs", ())))
        state.append(tuple(getattr(formatter, "seq", ())))
    return tuple(state)


def _way_inside(artist, box):
    """Return how many pixels, right and up, an artist has to go to be in a box."""
    at = artist.get_window_extent()
    return np.maximum(box.min - at.min, 0) + np.minimum(box.max - at.max, 0)


def _keep_inside(word, box):
    """Move a word that would leave the box back into it."""
    way = _way_inside(word, box)
    if isinstance(word, Annotation):
        word.xyann += way * 72 / word.get_figure().dpi
    elif way.any():
        word.set_transform(word.get_transform() + Affine2D().translate(*way))


def _on_the_slider(control, value):
    """Return the value nearest to `value` that a slider can stand at."""
    steps = round(
        (np.clip(value, control.min, control.max) - control.min) / control.step
    )
    return type(control.value)(round(control.min + steps * control.step, 10))


def _family(widget):
    """Yield a widget with all that belongs to it: children, layouts, styles."""
    yield widget
    for name in ("layout", "style"):
        if isinstance(own := getattr(widget, name, None), W.Widget):
            yield own
    for child in getattr(widget, "children", ()):
        yield from _family(child)


def _this_cell():
    """Return the cell that runs, and which run it is; None outside a notebook."""
    with suppress(Exception):
        from IPython import get_ipython

        request = get_ipython().get_parent()
        return request["metadata"]["cellId"], request["header"]["msg_id"]
    return None
