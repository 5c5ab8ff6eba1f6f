"""Draw every committed figure: python figures/draw.py

A figure that shows the same as the stored one is left as it is. What each shows, in
words, stands in figures/README.md.
"""

from functools import partial
from pathlib import Path

from PIL import Image

from gmmlib.plots.mixtures import plate_diagram
from gmmlib.plots.style import gif, png, same_pixels
from gmmlib.widgets.bound import climb_the_bound
from gmmlib.widgets.coins import coin_explorer
from gmmlib.widgets.gaussian_em import gaussian_explorer
from gmmlib.widgets.gaussians import groups_found
from gmmlib.widgets.jensen import chord_explorer
from gmmlib.widgets.likelihood import one_gaussian
from gmmlib.widgets.mixtures import mixture_in_the_plane
from gmmlib.widgets.museum import browse_cards
from gmmlib.widgets.scale import add_up_the_blocks
from gmmlib.widgets.selection import criteria_over_k
from gmmlib.widgets.slowness import cobweb_of_em
from gmmlib.widgets.starts import map_of_basins

HERE = Path(__file__).parent


def state(live_figure, width=900, **changes):
    """Return one state of a live figure as PNG, `width` pixels wide."""
    live = live_figure()
    frame = live.frame(**live.values(**changes))
    size = width, round(width * frame.height / frame.width)
    return png(frame.resize(size, Image.Resampling.LANCZOS))


def strip(live_figure):
    """Return the strip of telling states that a chapter stores of a live figure."""
    return live_figure().still()[0]


def three_groups():
    """Return EM finding three groups, as the live figure of chapter 0 shows it."""
    live, shown = groups_found(), (*range(11), 12, 14, 20)
    frames = [live.frame(**live.values(iteration=n)) for n in shown]
    return gif(frames, seconds=[1.5, *[0.5] * (len(frames) - 2), 3])


thumbnail = partial(partial, state, width=360)

FIGURES = {
    "three_groups.gif": three_groups,
    "jensen_chord.png": partial(state, chord_explorer),
    "coin_explorer.png": partial(strip, coin_explorer),
    "bound.png": partial(state, climb_the_bound, half_step=3),
    "plate_diagram.png": lambda: plate_diagram().png,
    "mixture_density.png": partial(state, mixture_in_the_plane),
    "gaussian_explorer.png": partial(strip, gaussian_explorer),
    "chapter_00.png": thumbnail(groups_found, iteration=20),
    "chapter_01.png": thumbnail(chord_explorer),
    "chapter_02.png": thumbnail(one_gaussian),
    "chapter_03.png": thumbnail(coin_explorer, iteration=10),
    "chapter_04.png": thumbnail(climb_the_bound, half_step=4),
    "chapter_05.png": thumbnail(mixture_in_the_plane),
    "chapter_06.png": thumbnail(gaussian_explorer, iteration=8),
    "chapter_07.png": thumbnail(map_of_basins),
    "chapter_08.png": thumbnail(cobweb_of_em, iteration=12),
    "chapter_09.png": thumbnail(criteria_over_k, K=3),
    "chapter_10.png": thumbnail(add_up_the_blocks, blocks=8),
    "chapter_11.png": thumbnail(browse_cards, card=4, vote="right"),
}


def main():
    for name, draw in FIGURES.items():
        path, new = HERE / name, draw()
        if not (path.exists() and same_pixels(path.read_bytes(), new)):
            path.write_bytes(new)
            print("drawn:", name)


if __name__ == "__main__":
    main()
