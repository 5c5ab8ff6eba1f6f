"""Execute the chapters in place, in the form in which they are committed.

    python notebooks/execute.py            all of them
    python notebooks/execute.py 03         those whose names begin with 03

Run twice, it changes nothing: no times, no widget state and no version of
Python is stored, and a stored picture stays where the new one agrees with it
but for rounding.
"""

import base64
import os
import sys
import time
from pathlib import Path

import matplotlib
import nbformat
from nbclient import NotebookClient

from gmmlib.show.look import same_pixels

HERE = Path(__file__).parent
STILL = {"GMMLIB_STILL": "1", "TQDM_DISABLE": "1"}  # no widget views, no bars
PINNED = (HERE.parent / "requirements.txt").read_text(encoding="utf-8").split()
DRAWN_WITH_THIS = f"matplotlib=={matplotlib.__version__}" in PINNED


def main(prefixes):
    os.environ.update(STILL)
    for path in chapters(prefixes):
        begun = time.monotonic()
        execute(path)
        print(f"{path.name}: {time.monotonic() - begun:.1f} s", flush=True)


def chapters(prefixes):
    """Return the chapters whose names begin with one of `prefixes`, or all."""
    paths = sorted(HERE.glob("[0-9][0-9]_*.ipynb"))
    return [p for p in paths if p.name.startswith(tuple(prefixes or [""]))]


def execute(path):
    """Execute one notebook and write it back."""
    before, after = (nbformat.read(path, as_version=4) for _ in range(2))
    NotebookClient(
        after,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    after.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    for new, old in zip(after.cells, before.cells):
        if new.cell_type == "code":
            keep_pictures(new.outputs, old.outputs)
    nbformat.validate(after)
    nbformat.write(after, path)


def keep_pictures(new, old):
    """Put back each stored PNG that shows the same as the new one."""
    for data, kept in zip(pictures(new), pictures(old), strict=False):
        if shows_the_same(data, kept):
            data["image/png"] = kept["image/png"]


def pictures(outputs):
    """Return the data of each output that holds a PNG."""
    found = (output.get("data", {}) for output in outputs)
    return [data for data in found if "image/png" in data]


def shows_the_same(one, other):
    """Return whether the PNGs of two outputs agree but for rounding."""
    return same_pixels(
        *(base64.b64decode(data["image/png"]) for data in (one, other))
    )


if __name__ == "__main__":
    main(sys.argv[1:])
