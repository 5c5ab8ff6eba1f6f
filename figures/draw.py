"""Draw every committed figure: python figures/draw.py

A figure that shows the same as the stored one is left as it is.
"""

from pathlib import Path

from gmmlib.plots.style import gif, same_pixels
from gmmlib.widgets.coins import coin_explorer
from gmmlib.widgets.gaussians import groups_found

HERE = Path(__file__).parent


def coin_explorer_strip():
    """Return the coin explorer of chapter 3 at the start and after ten."""
    return coin_explorer().still()[0]


def three_groups():
    """Return EM finding three groups, as the live figure of chapter 0 shows it."""
    live, shown = groups_found(), (*range(11), 12, 14, 20)
    frames = [live.frame(**live.values(iteration=n)) for n in shown]
    return gif(frames, seconds=[1.5, *[0.5] * (len(frames) - 2), 3])


FIGURES = {
    "coin_explorer.png": coin_explorer_strip,
    "three_groups.gif": three_groups,
}


def main():
    for name, draw in FIGURES.items():
        path, new = HERE / name, draw()
        if not (path.exists() and same_pixels(path.read_bytes(), new)):
            path.write_bytes(new)
            print("drawn:", name)


if __name__ == "__main__":
    main()
