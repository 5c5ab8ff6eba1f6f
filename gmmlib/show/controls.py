"""The controls of a live figure: sliders, switches, menus, and a player."""

import asyncio
import time

import ipywidgets as W

PATIENCE = 0.25  # seconds: so long a picture may be under way to the page


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


def player(label, last, glides=False):
    """Return a slider from 0 to `last` that comes with Play, Step, Reset and Speed.

    If it `glides`, Play also shows what lies between two whole steps: the figure's
    `show` then gets fractions.
    """
    control = slider(label, 0, 0, last, 1)
    control.plays, control.glides = True, glides
    return control


def switch(label, value=False, help=None):
    """Return a check box with its label."""
    return W.Checkbox(
        value=value,
        description=label,
        tooltip=help or label,
        indent=False,
        layout=W.Layout(width="auto", margin="2px 16px 2px 8px"),
    )


def choice(label, options, value=None):
    """Return a menu with its label; `options` are words or (word, value) pairs."""
    style = {"description": label, "tooltip": label} | _wide(label)
    menu = W.Dropdown(options=options, **style)
    if value is not None:
        menu.value = value
    return menu


def moves(symbols, reach=120, step=2):
    """Return sliders right_1, up_1, …: how far means are moved from where they were."""
    sliders = {}
    for k, symbol in enumerate(symbols, start=1):
        for way in ("right", "up"):
            moved = slider(f"{symbol} {way} by", 0, -reach, reach, step)
            moved.folds = True  # even while no handle moves it
            sliders[f"{way}_{k}"] = moved
    return sliders


def forgets(control, others):
    """Return a control that puts others back to 0 when it changes."""

    def reset(change):
        for other in others:
            other.value = 0

    control.observe(reset, "value")
    return control


def only_while(wanted, control, others):
    """Show others only while ``wanted`` is true of a control's value."""

    def follow(change=None):
        for other in others:
            other.layout.display = None if wanted(control.value) else "none"

    control.observe(follow, "value")
    follow()


def _wide(label):
    return {
        "style": {"description_width": "initial"},
        "layout": W.Layout(width=f"{260 + 8 * len(label)}px", max_width="100%"),
    }


class Play(W.HBox):
    """A slider with Play, Step, Reset and Speed, whose clock never makes a queue.

    ``glide(value)`` shows a value between two whole steps, and returns whether anybody
    wants to see such. ``shown()`` says whether the picture before the last has reached
    the page: none is sent before. ``rest()`` shows the step that Play has come to.
    """

    def __init__(self, control, glide, shown, rest):
        self.control, self.glide, self.shown, self.rest = control, glide, shown, rest
        self.task = None
        narrow = {"layout": W.Layout(width="80px")}
        self.play = W.ToggleButton(description="Play", tooltip="Play or stop", **narrow)
        self.step = W.Button(description="Step", tooltip="One step on", **narrow)
        self.reset = W.Button(
            description="Reset", tooltip="Back to the start", **narrow
        )
        self.speed = W.Dropdown(
            options=[("slow", 1.8), ("normal", 0.9), ("fast", 0.3)],
            value=0.9,
            description="Speed",
            tooltip="Seconds for a step",
            style={"description_width": "initial"},
            layout=W.Layout(width="140px"),
        )
        super().__init__(
            [control, self.play, self.step, self.reset, self.speed],
            layout=W.Layout(flex_flow="row wrap"),
        )
        self.play.observe(self._switched, "value")
        self.step.on_click(lambda _: self._move(control.value + control.step))
        self.reset.on_click(lambda _: self._move(control.min))

    def _move(self, value):
        self.play.value = False
        self.control.value = min(value, self.control.max)

    def _switched(self, change):
        self.play.description = "Stop" if change.new else "Play"
        if self.task is not None:
            self.task.cancel()
        if change.new:
            self.task = asyncio.ensure_future(self.run())

    async def run(self):
        """Go on to the last step, unless stopped; from there, begin again."""
        try:
            if self.control.value == self.control.max:
                self.control.value = self.control.min
            while self.control.value < self.control.max:
                before = self.control.value
                await self._glide_from(before)
                if self.control.value == before:  # else the reader moved it meanwhile
                    self.control.value = before + self.control.step
        finally:
            self.task = None
            self.play.value = False
            self.rest()

    async def _glide_from(self, before):
        begun = time.monotonic()
        while (share := (time.monotonic() - begun) / self.speed.value) < 1:
            if self.control.value != before:
                return
            if not self.glide(before + share * self.control.step):
                await asyncio.sleep(0.02)
                continue
            sent = time.monotonic()
            await asyncio.sleep(0.001)
            while not self.shown() and time.monotonic() - sent < PATIENCE:
                await asyncio.sleep(0.004)
