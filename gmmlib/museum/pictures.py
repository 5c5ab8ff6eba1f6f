"""Pictures of the museum: a card with its text, what its experiment shows, the hall."""

import html
import re
from functools import cache

import numpy as np
from matplotlib.font_manager import FontProperties

from gmmlib.datasets import three_groups
from gmmlib.museum.cards import GROUPS, cards
from gmmlib.show import marks
from gmmlib.show.look import (
    COLOURS,
    FAINT,
    HATCHES,
    INK,
    LINES,
    MARKERS,
    figure,
    look,
    number,
    pixels,
    scientific,
)
from gmmlib.wrong_formulas import log_joint, responsibilities

WIDTH, HEIGHT = 9.0, 4.5  # inches of a card
COLUMN = 440  # pixels of the column of text
PICTURE = (4.25, 3.55)  # inches of the picture beside it
GOOD, BAD = COLOURS[2], COLOURS[1]  # with ✓ and ✗ beside them


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
    numbers = card.numbers()
    single = {k: Digits(v) for k, v in numbers.items() if np.isscalar(v)}
    return text.format_map(single)


# The picture of an experiment


@cache
def card_picture(card_number, dpi):
    """Return the pixels of what a card's experiment shows, drawn once."""
    card = cards()[card_number - 1]
    with look():
        fig = figure(*PICTURE)
        fig.set_dpi(dpi)
        if card.curves:
            _draw_curves(fig.subplots(), card)
        elif card.groups:
            _draw_groups(fig.subplots(1, len(card.groups)), card)
        elif card.bars:
            _draw_bars(fig.subplots(), card)
        else:
            _draw_table(fig.subplots(), card)
        return np.asarray(pixels(fig))


def _draw_bars(ax, card):
    """Draw numbers as bars, or as dots where zero is too far to show a difference."""
    numbers = card.numbers()
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
        sign = -1 if value < 0 else 1
        side = "right" if value < 0 else "left"
        _write(ax, value, row, digits, (6 * sign, 0), ha=side, va="center")
    low, high = min(0, values.min()), max(0, values.max())
    room = 0.34 * (high - low or 1)
    ax.set_xlim(low - room * (low < 0), high + room * (high > 0))
    ax.axvline(0, color=INK, lw=1)


def _dots(ax, values, digits):
    for row, value in enumerate(values):
        ax.axhline(row, color="#DDDDDD", lw=1)
        ax.plot(value, row, MARKERS[row], color=COLOURS[row], ms=12)
        _write(ax, value, row, digits, (0, 13), ha="center", va="bottom")
    room = 0.2 * np.ptp(values)
    ax.set_xlim(values.min() - room, values.max() + room)
    ax.set_xlabel("the scale does not begin at 0", color=FAINT)


def _write(ax, value, row, digits, offset, **where):
    place = {"textcoords": "offset points", "weight": "bold", **where}
    ax.annotate(number(value, digits), (value, row), offset, **place)


def _draw_curves(ax, card):
    numbers = card.numbers()
    x = np.asarray(numbers[card.over], float)
    for i, (words, key) in enumerate(card.curves.items()):
        y = np.asarray(numbers[key], float)
        marker = "." if len(x) <= 20 else None
        ax.plot(x, y, color=COLOURS[i], ls=LINES[i], marker=marker, label=words)
    ax.set_xlabel(card.along)
    ax.grid(color="#DDDDDD")
    ax.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    ax.locator_params(nbins=5)
    ax.ticklabel_format(useOffset=False, style="plain")


def _draw_groups(axes, card):
    numbers = card.numbers()
    x = numbers.get("points", three_groups()[0])
    for ax, (words, key) in zip(axes, card.groups.items(), strict=True):
        mixture = numbers[key]
        r = responsibilities(log_joint(x[::2], mixture))
        marks.around(ax, x)
        marks.groups(ax, x[::2], marks.as_model(mixture), r, size=5, mean=8)
        ax.set(xticks=(), yticks=(), title=words)


def _draw_table(ax, card):
    ax.set(xlim=(0, 1), ylim=(len(card.table), 0))
    ax.axis("off")
    for row, (left, right) in enumerate(card.table):
        ax.text(
            0.5,
            row + 0.34,
            left,
            weight="bold",
            ha="center",
            va="center",
            color=COLOURS[row % 6],
            size=12,
        )
        ax.text(0.5, row + 0.66, right, ha="center", va="center", size=11)
        if row:
            ax.axhline(row, color="#DDDDDD", lw=1)


# The card itself


def showcase():
    """Return a figure for `show_card`, and the axes of its picture."""
    fig = figure(WIDTH, HEIGHT)
    fig.subplots().axis("off")  # the layout wants one
    across, up = PICTURE[0] / WIDTH, PICTURE[1] / HEIGHT
    ax = fig.add_axes((0.995 - across, 0.85 / HEIGHT, across, up))
    ax.axis("off")
    return fig, ax


def show_card(ax, card, vote, head):
    """Show a card: its claim; once there is a vote its verdict, numbers and repair."""
    fig, parts = ax.figure, {"head": head, "claim": f"“{card.claim}”"}
    if vote:
        ax.imshow(card_picture(card.number, fig.dpi), aspect="auto")
        agree = vote == card.verdict
        said = f"{'✓' if agree else '✗'} {in_words(card.verdict)}"
        said += ", as you said" if agree else f" (you said: {vote})"
        repair = f"{repaired(card)} ({card.where})"
        parts |= {"verdict": said, "shows": told(card), "repair": repair}
    else:
        middle = {"ha": "center", "va": "center", "color": FAINT}
        fig.text(0.76, 0.57, "?", size=110, **middle)
        fig.text(0.76, 0.28, "right, wrong, or does it depend?", **middle)
    top = 100 * HEIGHT - 12
    for part, text in parts.items():
        style = STYLES[part]
        text = _wrapped(text, style["size"], style.get("weight", "normal"))
        colour = {"color": GOOD if agree else BAD} if part == "verdict" else {}
        place = (12 / (100 * WIDTH), top / (100 * HEIGHT))
        fig.text(*place, text, va="top", linespacing=1.2, **style, **colour)
        top -= (text.count("\n") + 1) * style["size"] * 1.68 + 9


def show_score(fig, hand, votes, here, total, again):
    """Mark the cards of a game: ✓ or ✗ if judged, a frame for the present one."""
    for i, card in enumerate(hand):
        vote = votes.get(card.name)
        sign = "" if vote is None else "✓" if vote == card.verdict else "✗"
        style = {"color": {"": FAINT, "✓": GOOD, "✗": BAD}[sign], "ha": "center"}
        style["weight"] = "bold" if i == here else "normal"
        frame = {"facecolor": "white", "edgecolor": INK if i == here else "white"}
        place = (24 + 42 * i) / (100 * WIDTH), 0.035
        fig.text(*place, f"{i + 1}{sign}", size=11, bbox=frame | {"pad": 3}, **style)
    for height, text in ((0.035, total), (0.105, again)):
        fig.text(0.985, height, text, ha="right", size=11, weight="bold")


def in_words(verdict):
    """Return a verdict as a sentence begins: the claim is right, or: it depends."""
    return "It depends" if verdict == "it depends" else f"The claim is {verdict}"


STYLES = {
    "head": {"size": 10.5, "color": FAINT},
    "claim": {"size": 14, "weight": "bold"},
    "verdict": {"size": 14, "weight": "bold"},
    "shows": {"size": 11},
    "repair": {"size": 11},
}


@cache
def _wrapped(text, size, weight):
    """Break `text` into lines of at most COLUMN pixels, but not after Σ, ln, = or −."""
    lines = [""]
    kept = re.sub(r"([Σ∏∫½][ₙₖⱼ]?|\bln|[=−]) (?=\S)", "\\1\N{NO-BREAK SPACE}", text)
    for word in kept.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size, weight) > COLUMN and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


@cache
def _ruler():
    return figure(1, 1).canvas.get_renderer()


def _width(text, size, weight):
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return _ruler().get_text_width_height_descent(text, font, False)[0]


# The catalogue


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
            f"<p><b>{c.number}.</b> “{html.escape(c.claim)}”</p>{folded(c)}"
            for c in self.cards
        )


def folded(card, title="Verdict"):
    """Return verdict, numbers and repair of a card as HTML to unfold."""
    return (
        f"<details><summary>{title}</summary><p><b>{card.verdict.capitalize()}.</b> "
        f"{html.escape(told(card))}</p><p>{html.escape(repaired(card))} "
        f'(<a href="{card.notebook}">{card.where}</a>)</p></details>'
    )
