"""Diagrams of the two coins: labels written down, labels lost, the hidden state.

Each draws on a sheet of its own, in units of half an inch, y downwards: a trial a unit.
"""

import numpy as np
from matplotlib.patches import Circle, Rectangle

from gmmlib.coins import toss
from gmmlib.show import marks
from gmmlib.show.look import figure, look, number
from gmmlib.show.marks import COINS
from gmmlib.show.palette import COLOURS, FAINT, INK

SHADE = "#C9D9E6"  # what is seen
COLUMNS = 11.9, 15.5  # where the counts of coin A and of coin B stand
MIDDLE = 8.6  # of the bars between the tosses and the counts


def coins_known(trials, z):
    """Return a figure: trials, words of H and T, counted by their coins z (N,)."""
    counts, z = np.array([toss(trial) for trial in trials]), np.asarray(z)
    with look():
        ax = _sheet(top=-1.3, bottom=6.8)
        _tosses(ax, trials)
        _say(ax, 1.3, -0.85, "coin")
        for n, (k, (h, t)) in enumerate(zip(z, counts, strict=True)):
            _coin(ax, 1.3, n, k)
            marks.arrow(ax, (7.2, n), (COLUMNS[k] - 1.3, n), color=COLOURS[k])
            _say(ax, COLUMNS[k], n, f"{h} H  {t} T")
        heads, tails = np.array([counts[z == k].sum(axis=0) for k in range(2)]).T
        _totals(ax, heads, tails, "d")
        return ax.figure


def coins_hidden(trials, model, later):
    """Return a figure: one iteration of EM from `model`; the end of the run `later`."""
    counts = np.array([toss(trial) for trial in trials])
    r = model.responsibilities(counts)
    with look():
        ax = _sheet(top=-2.4, bottom=7.9)
        _tosses(ax, trials)
        _say(ax, 1.3, -0.85, "coin")
        _say(ax, MIDDLE, -0.85, "E-step: whose?", weight="bold")
        for n, (h, t) in enumerate(counts):
            _coin(ax, 1.3, n)
            _shared(ax, n, r[n])
            for k, at in enumerate(COLUMNS):
                _say(ax, at, n, f"{r[n, k] * h:.2f} H  {r[n, k] * t:.2f} T")
        poured, _ = model.e_step(counts)
        _totals(ax, poured.heads, poured.tails, ".2f")
        _say(ax, MIDDLE, 6.15, "M-step: count", weight="bold")
        _say(ax, MIDDLE, -1.95, f"guess: θ = {_pair(model.heads)}")
        marks.arrow(ax, (MIDDLE, -1.6), (MIDDLE, -1.2))
        ends = f"after {later.n_iter} rounds θ = {_pair(later.model.heads)}"
        _say(ax, 13.4, 7.25, f"again with the new coins; {ends}", ha="right")
        ax.plot([13.7, 13.7, 17.5, 17.5], [6.6, 7.25, 7.25, -1.95], color=INK, lw=1.5)
        marks.arrow(ax, (17.5, -1.95), (11.2, -1.95))
        return ax.figure


def hidden_state(trials):
    """Return a figure: two coins, the hidden choice of one for each trial, tosses."""
    with look():
        ax = _sheet(top=-0.3, bottom=7.2)
        for k, x in enumerate((9.2, 12.2)):
            _coin(ax, x, 0.6, k)
            _say(ax, x + 0.55, 0.6, "θ = ?", ha="left")
        rows = {
            "parameters": (0.6, "two coins"),
            "hidden state": (3.0, "the coin in hand"),
            "seen": (5.7, "its ten tosses"),
        }
        for name, (y, what) in rows.items():
            _say(ax, 0.3, y - 0.25, name, ha="left", weight="bold")
            _say(ax, 0.3, y + 0.25, what, ha="left")
        for n, trial in enumerate(trials):
            x = 5.1 + 2.8 * n
            marks.arrow(ax, (10.7, 1.1), (x, 2.5), color=FAINT)
            _coin(ax, x, 3.0)
            _say(ax, x + 0.6, 3.0, f"z{'₁₂₃₄₅'[n]}", ha="left", size=13)
            marks.arrow(ax, (x, 3.5), (x, 4.7))
            in_two_rows = [
                (x + 0.5 * i, y) for y in (5.125, 5.875) for i in range(-2, 3)
            ]
            _sides(ax, in_two_rows, trial)
            h, t = toss(trial)
            _say(ax, x, 6.75, f"x{'₁₂₃₄₅'[n]} = {h} H {t} T")
        return ax.figure


def _sheet(top, bottom):
    fig = figure(9, (bottom - top) / 2)
    fig.set_layout_engine("none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 18), ylim=(bottom, top))
    ax.set_axis_off()
    return ax


def _say(ax, x, y, words, **style):
    ax.text(x, y, words, **{"ha": "center", "va": "center"} | style)


def _coin(ax, x, y, k=None):
    """Draw coin number k, or the unknown one."""
    edge = {"ec": INK, "ls": "--", "lw": 1.5}
    if k is not None:
        edge = {"ec": COLOURS[k], "lw": 4}
    ax.add_patch(Circle((x, y), 0.38, fc="white", **edge))
    _say(ax, x, y, "?" if k is None else COINS[k], weight="bold", size=13)


def _tosses(ax, trials):
    """Write the trials out, numbered, each toss in its place."""
    _say(ax, 0.4, -0.85, "trial")
    _say(ax, 4.45, -0.85, "ten tosses")
    for n, trial in enumerate(trials):
        _say(ax, 0.4, n, n + 1)
        _sides(ax, [(2.2 + 0.5 * i, n) for i in range(len(trial))], trial)


def _sides(ax, places, trial):
    """Write each toss of a trial in a box of its own, heads shaded."""
    for (x, y), side in zip(places, trial, strict=True):
        heads = side == "H"
        box = {"fc": SHADE if heads else "white", "ec": INK, "lw": 1}
        ax.add_patch(Rectangle((x - 0.22, y - 0.32), 0.44, 0.64, **box))
        _say(ax, x, y, side, weight="bold" if heads else "normal")


def _shared(ax, n, r):
    """Divide a bar in row `n` by the responsibilities r (2,)."""
    parts, left = 3 * r, MIDDLE - 1.5
    marks.divided(ax, [parts], [n], width=0.68, across=True, start=left)
    for share, middle in zip(r, left + np.cumsum(parts) - parts / 2, strict=True):
        marks.word(ax, middle, n, number(share), on="white", size=10)


def _totals(ax, heads, tails, form):
    """Add up under each coin's column, and divide."""
    for k, (h, t) in enumerate(zip(heads, tails, strict=True)):
        x = COLUMNS[k]
        _coin(ax, x, -0.85, k)
        ax.plot([x - 1.6, x + 1.6], [4.65, 4.65], color=INK, lw=1.5)
        _say(ax, x, 5.2, f"{h:{form}} H  {t:{form}} T", weight="bold")
        share = f"θ = {h:.3g}/{h + t:.3g} = {number(h / (h + t))}"
        _say(ax, x, 6.15, share, weight="bold")


def _pair(heads):
    return ", ".join(f"{number(t)} for {k}" for k, t in zip(COINS, heads, strict=False))
