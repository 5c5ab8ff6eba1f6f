"""Draw every committed figure: python figures/draw.py

A figure that shows the same as the stored one is left as it is. What each shows, in
words, stands in figures/README.md; an SVG holds its words as well.
"""

import re
from functools import partial
from pathlib import Path

from matplotlib.legend import Legend

from gmmlib.chapters.coin_diagrams import coins_hidden, coins_known, hidden_state
from gmmlib.chapters.em_at_scale import add_up_the_blocks
from gmmlib.chapters.em_for_gaussian_mixtures import gaussian_explorer
from gmmlib.chapters.gaussian_mixture_model import (
    bells_and_sum,
    mixture_in_the_plane,
    mixture_on_a_line,
    plates_and_nodes,
)
from gmmlib.chapters.how_many_groups import criteria_over_k
from gmmlib.chapters.jensen_inequality import chord_explorer
from gmmlib.chapters.start_here import groups_found
from gmmlib.chapters.two_coins import coin_explorer
from gmmlib.chapters.when_em_goes_wrong import infinite_likelihood
from gmmlib.chapters.when_labels_are_known import one_gaussian
from gmmlib.chapters.where_you_start_matters import (
    experiment_by_experiment,
    map_of_basins,
)
from gmmlib.chapters.why_em_works import climb_the_bound, one_iteration
from gmmlib.coins import CoinMixture
from gmmlib.convergence import half_steps
from gmmlib.datasets import (
    TRIALS,
    coin_labels,
    coin_trials,
    published_start,
    three_groups,
)
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.show.look import (
    figure,
    gif,
    look,
    pixels,
    png,
    same_drawing,
    same_pixels,
    svg,
)
from gmmlib.show.palette import COLOURS

HERE = Path(__file__).parent


def described():
    """Return what figures/README.md says of each figure: {file: (heading, words)}."""
    page = (HERE / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)\n\n!\[(.+)\]\((.+)\)$", page, re.MULTILINE)
    return {file: (heading, words) for heading, words, file in found}


def still(live_figure, **changes):
    """Return one state of a live figure, with nothing to drag."""
    live = live_figure()
    with look():
        live.show(**live.values(**changes))
    for ax in live.fig.axes:
        for child in ax.get_children():
            child.set_animated(False)
            child.set_visible(child.get_visible() and not hasattr(child, "holds"))
    return live.fig


# Lines and words: SVG.


def hidden():
    """Return the first iteration of EM for the same trials, their coins lost."""
    guess = CoinMixture([0.6, 0.5])
    return coins_hidden(TRIALS, guess, em(guess, coin_trials(), max_iter=10, tol=None))


def bound():
    """Return one E-step and the M-step after it, for coin A alone."""
    x = coin_trials()
    return one_iteration(x, 0.5, *half_steps(x, 0.2, 0.5)[2:5])


THREE_BELLS = GaussianMixture([0.4, 0.3, 0.3], [5, 9, 14], [1.44, 4, 1])  # chapter 5's
DRAWINGS = {
    "jensen_chord.svg": partial(still, chord_explorer),
    "coins_known.svg": partial(coins_known, TRIALS, coin_labels()),
    "coins_hidden.svg": hidden,
    "hidden_state.svg": partial(hidden_state, TRIALS),
    "bound.svg": bound,
    "plate_diagram.svg": plates_and_nodes,
    "mixture_on_a_line.svg": partial(bells_and_sum, THREE_BELLS, 0, 20),
}


def drawing(name):
    """Return a drawing as SVG that holds its words."""
    return svg(DRAWINGS[name](), *described()[name])


# Points, surfaces and what moves: PNG and GIF.


def state(live_figure, **changes):
    """Return one state of a live figure."""
    live = live_figure()
    return png(live.frame(**live.values(**changes)))


def film(live_figure, control, shown):
    """Return states of a live figure, one after another; the ends stay longer."""
    live = live_figure()
    frames = [live.frame(**live.values(**{control: value})) for value in shown]
    return gif(frames, seconds=[1.5, *[0.5] * (len(frames) - 2), 3])


def experiments():
    """Return the four experiments of chapter 7, on points where the second is stuck."""
    x, _ = three_groups(1800, 13)
    starts = [published_start(number) for number in (1, 2, 3, 4)]
    runs = [em(start, x, max_iter=199, progress=False) for start in starts]
    return png(pixels(experiment_by_experiment(x, runs, (0, 1, 2, 5))))


def thumbnail(live_figure, part=0, **changes):
    """Return one part of a live figure without its words, for a small picture."""
    fig = still(live_figure, **changes)
    ax = fig.axes[part]
    for other in set(fig.axes) - {ax}:
        other.remove()
    for text in (*ax.texts, *fig.texts, *ax.findobj(Legend)):
        text.set_visible(False)
    with look():
        ax.set(title="", xlabel="", ylabel="", position=(0.03, 0.03, 0.94, 0.94))
        ax.tick_params(length=0, labelbottom=False, labelleft=False)
        fig.set_size_inches(3.6, 2.2)
        return png(pixels(fig))


def card():
    """Return a card of the museum, judged, for a small picture."""
    with look():
        fig = figure(3.6, 2.2)
        fig.text(0.5, 0.68, "E[X]² ≥ E[X²] ?", ha="center", va="center", size=24)
        verdict = {"ha": "center", "va": "center", "weight": "bold"}
        fig.text(0.5, 0.3, "✗ wrong", color=COLOURS[1], size=30, **verdict)
        return png(pixels(fig))


icon = partial(partial, thumbnail)

FIGURES = {
    **{name: partial(drawing, name) for name in DRAWINGS},
    "three_groups.gif": partial(
        film, groups_found, "iteration", (*range(11), 12, 14, 20)
    ),
    "coin_explorer.gif": partial(film, coin_explorer, "iteration", range(11)),
    "mixture_cut.gif": partial(
        film, mixture_on_a_line, "x", [n / 2 for n in range(4, 33)]
    ),
    "mixture_density.png": partial(state, mixture_in_the_plane),
    "gaussian_explorer.gif": partial(
        film, gaussian_explorer, "iteration", (*range(5), *range(6, 21, 2), 30, 60)
    ),
    "experiments.png": experiments,
    "chapter_00.png": icon(groups_found, iteration=20),
    "chapter_01.png": icon(chord_explorer),
    "chapter_02.png": icon(one_gaussian),
    "chapter_03.png": icon(coin_explorer, iteration=10),
    "chapter_04.png": icon(climb_the_bound, half_step=4),
    "chapter_05.png": icon(mixture_in_the_plane, part=1),
    "chapter_06.png": icon(gaussian_explorer, iteration=8),
    "chapter_07.png": icon(map_of_basins),
    "chapter_08.png": icon(infinite_likelihood, decade=-1.5),
    "chapter_09.png": icon(criteria_over_k, part=1, K=6),
    "chapter_10.png": icon(add_up_the_blocks, blocks=8),
    "chapter_11.png": card,
}


def same(name, stored, drawn):
    """Return whether two versions of a figure show the same, in the same colours."""
    if name.endswith("svg"):
        return same_drawing(stored, drawn)
    return same_pixels(stored, drawn, visible=15)


def main():
    for name, draw in FIGURES.items():
        path, new = HERE / name, draw()
        if not (path.exists() and same(name, path.read_bytes(), new)):
            path.write_bytes(new)
            print("drawn:", name)


if __name__ == "__main__":
    main()
