"""Live figures as frames: what a page without Python can show of them.

A figure's player, or the slider that tells most, becomes at most 30 pictures with their
sentences, once for a desktop and once for a phone; both are drawn by the figure itself.
"""

import ast
import hashlib
import importlib
import io
import json
import os
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from html import escape
from pathlib import Path

import matplotlib
import PIL

matplotlib.use("agg")

import nbformat  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

import gmmlib  # noqa: E402
from gmmlib.show.live import Live  # noqa: E402

MOST, BYTES = 30, 1_500_000  # frames of a series, and their size
FEWER = 21  # frames of a slider that is no player
ROOMS = {"wide": 900, "narrow": 360}  # pixels of the page
SHARPNESS = (2, 1.5, 1.25, 1)  # pixels a pixel: the first that fits
LIBRARY = Path(gmmlib.__file__).parent

# The slider that tells most, where it is not the first that the strip moves.
MAIN = {"map_of_basins": "across", "mixture_on_a_line": "x", "museum_game": "card"}
# Several sliders as one: from the first state to the strip's last.
WALKS = {"switches_to_dimmers": "from switches to dimmers"}
# What a reader of the page can choose besides: words, and changes to the controls.
STARTS = {
    "groups_found": (
        ("far-apart points", {}),
        ("random points, draw 5", {"method": "points", "seed": 5}),
        ("anywhere in the box, draw 17", {"method": "box", "seed": 17}),
    ),
    "coin_explorer": (
        (".60 and .50", {}),
        (".50 and .60", {"theta_a": 0.5, "theta_b": 0.6}),
        (".55 and .55", {"theta_a": 0.55, "theta_b": 0.55}),
    ),
    "climb_the_bound": ((".20", {}), (".90", {"start": 0.9})),
    "em_or_gradient": (("step size .002", {}), ("step size .020", {"step": 0.02})),
    "gaussian_explorer": (
        ("three means by hand", {}),
        ("far-apart points, draw 1", {"start": "kmeans++ 1"}),
        ("random points, draw 1", {"start": "points 1"}),
    ),
    "wrong_formula": (
        ("1/N for 1/N_k in Σ", {"mistake": "1/N for 1/N_k in Σ"}),
        ("r² for r", {"mistake": "r² for r"}),
        ("Jensen without weights", {"mistake": "Jensen without weights"}),
    ),
    "run_an_experiment": (
        ("experiment 2", {}),
        ("experiment 3", {"experiment": (3, "lower")}),
        ("experiment 4", {"experiment": (4, "lower")}),
    ),
    "map_of_basins": (
        ("reported covariances", {}),
        ("broad covariances", {"covariances": "broad"}),
    ),
    "floor_or_prior": (("covariance floor", {}), ("prior", {"kind": "prior"})),
    "cobweb_of_em": ((".06", {}), (".60", {"start": 0.6})),
    "add_up_the_blocks": (
        ("mixed", {}),
        ("group by group", {"order": "group by group"}),
    ),
    "museum_in_class": (("the claim", {}), ("the verdict", {"reveal": True})),
}
# What the menu of these is called, where it is no start.
MENUS = {
    "em_or_gradient": "gradient",
    "wrong_formula": "mistake",
    "map_of_basins": "other two",
    "floor_or_prior": "cure",
    "add_up_the_blocks": "order",
    "museum_game": "your vote",
    "museum_in_class": "show",
}


def shown_in(book):
    """Yield (cell, name, call) of each code cell whose output is a live figure."""
    calls = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        lines = ast.parse(cell.source).body
        for line in lines:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call):
                calls[ast.unparse(line.targets[0])] = line.value
        last = lines[-1] if lines else None
        if not isinstance(last, ast.Expr):
            continue
        call = calls.get(ast.unparse(last.value), last.value)
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in makers():
            yield cell, name, call


@cache
def makers():
    """Return each function that says it makes a live figure, by name."""
    chapters = sorted((LIBRARY / "chapters").glob("*.py"))
    names = [f"gmmlib.chapters.{path.stem}" for path in chapters]
    return {
        name: found
        for module in (*names, "gmmlib.museum.game")
        for name, found in vars(importlib.import_module(module)).items()
        if getattr(found, "__annotations__", {}).get("return") is Live
    }


def arguments(call):
    """Return what a call is given: plain values, so that the page shows its picture."""
    named = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    return [ast.literal_eval(value) for value in call.args], named


def main_control(figure, name):
    """Return the name of the control that the page's slider moves."""
    numeric = [k for k, c in figure.controls.items() if hasattr(c, "step")]
    for key, control in figure.controls.items():
        if getattr(control, "plays", False):
            return key
    moved = {key for state in figure.strip for key in state}
    wanted = [MAIN.get(name), *(k for k in numeric if k in moved), *numeric]
    return next(k for k in wanted if k in numeric)


def stops(figure, name):
    """Return at most `MOST` values of a control, among them its own and the strip's."""
    control = figure.controls[name]
    steps = round((control.max - control.min) / control.step)
    if getattr(control, "plays", False):  # the first steps tell most
        places = np.linspace(0, 1, MOST) ** (1.0 if steps < MOST else 1.6) * steps
    else:
        places = np.linspace(0, steps, FEWER)
    told = [control.value, *(s[name] for s in figure.strip if name in s)]
    kept = [round((value - control.min) / control.step) for value in told]
    places = {*np.round(places).astype(int).tolist(), *kept}
    while len(places) > MOST:  # two that stand closest become one
        order = sorted(places)
        gaps = [b - a for a, b in zip(order, order[1:], strict=False)]
        among = [n for n in range(len(gaps)) if order[n + 1] not in kept]
        places.remove(order[min(among, key=lambda n: gaps[n]) + 1])
    kind = type(control.value)
    return [kind(round(control.min + n * control.step, 10)) for n in sorted(places)]


def series_of(figure, name):
    """Return the slider's label and stops, and (words, states) for each choice."""
    if name in WALKS:
        last, shares = figure.values(**figure.strip[-1]), np.linspace(0, 1, 11)
        states = [
            {k: v + share * (last[k] - v) for k, v in figure.values().items()}
            for share in shares.tolist()
        ]
        return WALKS[name], [f"{s:.0%}" for s in shares], 0, [("", states)]
    main = main_control(figure, name)
    control, values = figure.controls[main], stops(figure, main)
    series = [
        (words, [figure.values(**(changes | {main: v})) for v in values])
        for words, changes in STARTS.get(name, (("", {}),))
        if set(changes) <= set(figure.controls)
    ]
    if "votes" in figure.controls:  # a vote is for the card that is shown
        (_, none), *votes = figure.controls["votes"].options
        cards = [card for card, _ in votes[0][1]]
        values = values[: len(cards)]
        series = [("nothing yet", [figure.values(card=v, votes=none) for v in values])]
        for word, _ in votes:
            each = [((card, word),) for card in cards]
            states = [figure.values(card=v, votes=each[v - 1]) for v in values]
            series.append((word, states))
    spoken = [format(v, control.readout_format).replace("-", "−") for v in values]
    return control.description, spoken, values.index(control.value), series


def draw(name, call, folder):
    """Draw all frames of a live figure into a folder, and describe them."""
    known = folder / "frames.json"
    if known.exists():
        return json.loads(known.read_text(encoding="utf-8"))
    args, named = arguments(call)
    figure = makers()[name](*args, **named)
    label, values, first, series = series_of(figure, name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told = {"label": label, "values": values, "first": first}
    told |= {"menu": MENUS.get(name, "start"), "series": [], "size": {}}
    for room, width in ROOMS.items():
        figure._hand.room = [width, 4000, 1]
        told["size"][room] = (figure.fig.get_size_inches() * 100).round().tolist()
        for n, (words, states) in enumerate(series):
            pictures, sentences = encoded(figure, states)
            for i, data in enumerate(pictures):
                (folder / f"{room}-{n}-{i:02}.webp").write_bytes(data)
            if room == "wide":
                told["series"].append({"words": words, "sentences": sentences})
    figure.close()
    known.write_text(json.dumps(told), encoding="utf-8")
    return told


def encoded(figure, states):
    """Return the frames of some states as WebP, as sharp as fits, and the sentences."""
    samples = states[:: max(1, len(states) // 4)]
    for sharpness in SHARPNESS:
        figure.fig.set_dpi(100 * sharpness)
        sizes = [len(webp(figure.frame(**state))) for state in samples]
        if np.mean(sizes) * len(states) <= BYTES:
            break
    drawn = [figure._frame(state) for state in states]
    frames = [webp(image) for image, _ in drawn]
    words = [getattr(s, "html", "") or escape(str(s)) for _, s in drawn]
    return frames, words


def webp(image):
    """Encode an image as WebP in a few colours, exactly: what lines and words need."""
    few = image.quantize(128, method=Image.Quantize.FASTOCTREE, dither=0)
    buffer = io.BytesIO()
    few.convert("RGB").save(buffer, "webp", lossless=True, quality=40, method=3)
    return buffer.getvalue()


def all_of(notebooks, folder):
    """Draw the frames of all notebooks; return {notebook: {cell id: (place, frames)}}.

    What was drawn by the same code stays.
    """
    os.environ["GMMLIB_STILL"] = "1"
    sources = [*sorted(LIBRARY.rglob("*.py")), *sorted(LIBRARY.rglob("*.csv"))]
    code = b"".join(path.read_bytes() for path in (*sources, Path(__file__)))
    code += f"{matplotlib.__version__} {PIL.__version__}".encode()
    key, by = hashlib.sha256(code).hexdigest(), folder / "drawn_by"
    if not by.exists() or by.read_text() != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        by.write_text(key)
    found, jobs = {path.name: {} for path in notebooks}, {}
    with ProcessPoolExecutor(2) as pool:
        for path in notebooks:
            for cell, name, call in shown_in(nbformat.read(path, as_version=4)):
                place = re.sub(r"\W+", "_", ast.unparse(call)).strip("_")
                found[path.name][cell.id] = place
                if place not in jobs:
                    jobs[place] = pool.submit(draw, name, call, folder / place)
        told = {place: (place, job.result()) for place, job in jobs.items()}
    for old in folder.glob("*/"):
        if old.name not in jobs:
            shutil.rmtree(old)
    return {
        book: {cell: told[place] for cell, place in cells.items()}
        for book, cells in found.items()
    }


def markup(place, told, strip):
    """Return the HTML of one figure; without a script it is the strip."""
    width, height = told["size"]["wide"]
    sentence = told["series"][0]["sentences"][told["first"]]
    plain = escape(" ".join(re.sub(r"<[^>]+>", " ", sentence).split()))
    data = json.dumps(told | {"place": place}, ensure_ascii=False)
    safe = data.replace("<", "\\u003c")
    return (
        f'<figure class="live"><img class="live-strip" loading="lazy" {strip}>'
        f'<div class="live-panel" hidden></div>'
        f'<img class="live-frame" hidden alt="{plain}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f'<figcaption class="live-sentence" hidden>{sentence}</figcaption>'
        f'<script type="application/json">{safe}</script></figure>'
    )
