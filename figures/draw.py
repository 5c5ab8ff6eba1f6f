"""Draw every committed figure: python figures/draw.py

A figure that shows the same as the stored one is left as it is.
"""

from pathlib import Path

from gmmlib.plots.style import same_pixels
from gmmlib.widgets.coins import coin_explorer

HERE = Path(__file__).parent


def coin_explorer_strip():
    """Return the coin explorer of chapter 3 after one and after ten iterations."""
    return coin_explorer().still()[0]


FIGURES = {
    "coin_explorer.png": coin_explorer_strip,
}


def main():
    for name, draw in FIGURES.items():
        path, new = HERE / name, draw()
        if not (path.exists() and same_pixels(path.read_bytes(), new)):
            path.write_bytes(new)
            print("drawn:", name)


if __name__ == "__main__":
    main()
