"""A card's words with its numbers, what its experiment shows, and the catalogue."""

import html
import inspect
import re
from functools import lru_cache

import numpy as np

from gmmlib.datasets import three_groups
from gmmlib.museum.cards import GROUPS, cards
from gmmlib.show import marks
from gmmlib.show.look import figure, look, number, pixels, scientific
from gmmlib.show.palette import COLOURS, FAINT, HATCHES, INK, LINES, MARKERS
from gmmlib.wrong_formulas import log_joint, responsibilities

# Words.


class Digits(float):
    """A number that a text writes as {name:2}, two decimals, or {name:e}, a power."""

    def __format__(self, spec):
        value = float(self)
        return scientific(value) if spec == "e" else number(value, int(spec))


def told(card):
    """Return in words what the experiment of a card finds, with its numbers."""
    return _filled(card.shows, card)


def repaired(card):
    """Return what holds instead, or why the claim holds, with its numbers."""
    return _filled(card.repair, card)


def _filled(text, card):
    numbers = card.numbers.items()
    return text.format_map({k: Digits(v) for k, v in numbers if np.isscalar(v)})


def unbroken(claim):
    """Return a claim whose lines do not end after Σ, ln, = or −."""
    return re.sub(r"([Σ∏∫½][ₙₖⱼ]?|\bln|[=−]) (?=\S)", "\\1\N{NO-BREAK SPACE}", claim)


def settled(card):
    """Return what settles a card as HTML: what was found, what holds, where to read."""
    return (
        f"<p>{html.escape(told(card))}</p><p>{html.escape(repaired(card))} "
        f'(<a href="{card.notebook}" style="text-decoration:underline">{card.where}'
        "</a>)</p>"
    )


def source(card):
    """Return the code of a card's experiment as HTML to unfold; nothing if none."""
    if card.experiment is None:
        return ""
    code = html.escape(inspect.getsource(card.experiment))
    return (
        "<details><summary>The experiment</summary>"
        f'<pre style="line-height:1.3">{code}</pre></details>'
    )


class Catalogue:
    """The cards of one group as a list: claims to see, verdicts to unfold."""

    def __init__(self, group):
        if group not in GROUPS:
            raise ValueError(f"group is {group!r}: choose one of {', '.join(GROUPS)}")
        self.cards = [card for card in cards() if card.group == group]

    def __repr__(self):
        return "\n".join(
            f"{c.number}. {c.claim}\n   {c.verdict}: {told(c)} ({c.where})"
            for c in self.cards
        )

    def _repr_html_(self):
        return "".join(
            f"<p><b>{c.number}.</b> “{html.escape(unbroken(c.claim))}”</p>"
            f"<details><summary>Verdict</summary><p><b>{c.verdict.capitalize()}.</b></p>"
            f"{settled(c)}</details>"
            for c in self.cards
        )


# The picture of an experiment.


def show_picture(fig, card):
    """Lay what the experiment of a card shows over the whole figure."""
    fig.figimage(card_picture(card.number, *fig.get_size_inches(), fig.dpi))


@lru_cache(maxsize=32)
def card_picture(card_number, width, height, dpi=100):
    """Return the pixels of what a card's experiment shows; sizes in inches."""
    card = cards()[card_number - 1]
    with look():
        fig = figure(width, height)
        fig.set_dpi(dpi)
        if card.curves:
            _curves(fig.subplots(), card)
        elif card.groups:
            _groups(fig.subplots(1, len(card.groups)), card)
        elif card.bars:
            _bars_or_dots(fig.subplots(), card)
        else:
            _table(fig.subplots(), card)
        return np.asarray(pixels(fig))


def _curves(ax, card):
    numbers = card.numbers
    x = np.asarray(numbers[card.over], float)
    for k, (words, key) in enumerate(card.curves.items()):
        style = {"color": COLOURS[k], "ls": LINES[k], "label": words}
        ax.plot(x, numbers[key], marker="." if len(x) <= 20 else None, **style)
    ax.set_xlabel(card.along)
    ax.grid(color=marks.GRID)
    ax.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    ax.locator_params(nbins=5)
    ax.ticklabel_format(useOffset=False, style="plain")


def _groups(axes, card):
    numbers = card.numbers
    x = numbers.get("points", three_groups()[0])
    for ax, (words, key) in zip(axes, card.groups.items(), strict=True):
        r = responsibilities(log_joint(x[::2], numbers[key]))
        marks.around(ax, x)
        marks.groups(ax, x[::2], numbers[key], r, size=5, mean=8)
        ax.set(xticks=(), yticks=(), title=words)


def _bars_or_dots(ax, card):
    """Draw numbers as bars, or as dots where zero is too far to show a difference."""
    numbers = card.numbers
    values = np.array([numbers[key] for key in card.bars.values()], float)
    size, spread = abs(values).max(), np.ptp(values)
    if values.max() < 0 and 1e-6 * size < spread < 0.3 * abs(values).min():
        _dots(ax, values, card.digits)
    else:
        _bars(ax, values, card.digits)
    ax.set_yticks(range(len(values)), card.bars)
    ax.set(ylim=(len(values) - 0.4, -0.7), xticks=())
    ax.tick_params(left=False)
    ax.spines[["left", "bottom"]].set_visible(False)


def _bars(ax, values, digits):
    for row, value in enumerate(values):
        ax.barh(row, value, 0.6, color=COLOURS[row], hatch=HATCHES[row])
        sign, side = (-1, "right") if value < 0 else (1, "left")
        _write(ax, value, row, digits, (6 * sign, 0), ha=side, va="center")
    low, high = min(0, values.min()), max(0, values.max())
    room = 0.34 * (high - low or 1)
    ax.set_xlim(low - room * (low < 0), high + room * (high > 0))
    ax.axvline(0, color=INK, lw=1)


def _dots(ax, values, digits):
    for row, value in enumerate(values):
        ax.axhline(row, color=marks.GRID, lw=1)
        ax.plot(value, row, MARKERS[row], color=COLOURS[row], ms=12)
        _write(ax, value, row, digits, (0, 13), ha="center", va="bottom")
    room = 0.2 * np.ptp(values)
    ax.set_xlim(values.min() - room, values.max() + room)
    ax.set_xlabel("the scale does not begin at 0", color=FAINT)


def _write(ax, value, row, digits, offset, **where):
    place = {"textcoords": "offset points", "weight": "bold", **where}
    ax.annotate(number(value, digits), (value, row), offset, **place)


def _table(ax, card):
    ax.set(xlim=(0, 1), ylim=(len(card.table), 0))
    ax.axis("off")
    for row, (left, right) in enumerate(card.table):
        marks.word(ax, 0.5, row + 0.34, left, COLOURS[row], size=12)
        marks.word(ax, 0.5, row + 0.66, right, size=11, weight="normal")
        if row:
            ax.axhline(row, color=marks.GRID, lw=1)
