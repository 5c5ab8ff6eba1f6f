"""Make what a class is given of a chapter: a page to print, a copy to fill in.

    python notebooks/handout.py            all chapters
    python notebooks/handout.py 03         those whose names begin with 03

Writes into handouts/ a page `03_two_coins.html` that needs neither script nor
network (its formulas are MathML), and `03_two_coins.ipynb`, the chapter
without its answers.
"""

import base64
import io
import re
import sys
from html import escape
from pathlib import Path

import nbformat
from math_core import LatexToMathML
from nbconvert.filters import markdown2html
from PIL import Image

HERE = Path(__file__).parent
OUT = HERE.parent / "handouts"
ANSWER = re.compile(r"(?s)<details><summary>Answer</summary>.*?</details>")
# What exercises say that need no computer
ON_PAPER = ("by hand", "in your head", ", words", "in words")
# Chapters whose picture would give predictions away: another picture, or none
WITHOUT = ("02", "04", "05", "08", "10")
OTHER_PICTURE = {"03": "hidden_state.svg"} | dict.fromkeys(WITHOUT)
mathml = LatexToMathML().convert_with_local_state
STYLE = (HERE / "handout.css").read_text(encoding="utf-8")


def main(prefixes):
    OUT.mkdir(exist_ok=True)
    for path in sorted(HERE.glob("[0-9][0-9]_*.ipynb")):
        if not path.name.startswith(tuple(prefixes or [""])):
            continue
        book = nbformat.read(path, as_version=4)
        if not for_class(book):
            continue
        page = OUT / f"{path.stem}.html"
        page.write_text(handout(book, path.name), encoding="utf-8")
        nbformat.write(without_answers(book), OUT / path.name)
        print(f"{page}\n{OUT / path.name}")


def for_class(book):
    """Return whether a notebook has exercises for a class."""
    return any("(class, " in cell.source for cell in book.cells)


def without_answers(book):
    """Take the answers to the exercises out of a chapter."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = ANSWER.sub("", cell.source).rstrip()
    return book


def handout(book, name):
    """Return a chapter's page as HTML."""
    cells = [c.source for c in book.cells if c.cell_type == "markdown"]
    text = ANSWER.sub("", "\n\n".join(cells))
    title = re.search(r"^# (.+)", text, re.MULTILINE)[1]
    goals = re.search(r"(?s)\*\*You will be able to\*\*\n+(.+?)\n\n", text)[1]
    equations = re.findall(r"(?s)\$\$([^$]+?)\\tag\{([\d.]+)\}[^$]*\$\$", text)
    predictions = re.findall(r"^\*\*Predict\.\*\* (.+)", text, re.MULTILINE)
    exercises = re.findall(r"(?sm)^\*\*Exercise \d.+?(?=\n\n|\Z)", text)
    on_paper = [
        exercise
        for exercise in exercises
        if any(word in exercise.split("**")[1] for word in ON_PAPER)
    ]
    body = [
        f"<header><h1>{html(title, False)}</h1>Name {'_' * 24}</header>",
        '<div class="top">',
        section("You will be able to", html(goals)),
        key_picture(book, name[:2]),
        "</div>",
    ]
    if equations:
        high = len(equations) <= 10  # else as small as in a text
        spans = (
            f"<span>{formula(f, high)} ({n})</span>" for f, n in equations
        )
        body.append(section("The equations", "\n".join(spans), "equations"))
    paragraphs = html("\n\n".join(predictions))
    body += [
        section("Predict, and write it down first", paragraphs, "predictions"),
        section("On paper", html("\n\n".join(on_paper[:3])), "exercises"),
        f"<footer>The live chapter is <b>notebooks/{name}</b>: open it in",
        "JupyterLab, choose Run → Run All Cells, and move the sliders.",
        "<i>Expectation–maximisation, by hand and by eye</i>, CC BY 4.0.",
        "</footer>",
    ]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>\n{STYLE}</style></head>",
            *("<body>", *body, "</body></html>"),
        ]
    )


def section(heading, inside, kind="plain"):
    """Return a part of the page with its heading."""
    inside = f"<h2>{heading}</h2><div>{inside}</div>"
    return f'<section class="{kind}">{inside}</section>'


def key_picture(book, number):
    """Return the first stored state of the chapter's middle live figure."""
    if number in OTHER_PICTURE:
        return other_picture(OTHER_PICTURE[number])
    pictures = [
        (o.data["image/png"], o.metadata["image/png"]["alt"].split("\n"))
        for cell in book.cells
        for o in cell.get("outputs", ())
        if "image/png" in o.get("data", {})
    ]
    strips = [each for each in pictures if len(each[1]) > 1] or pictures
    png, said = strips[(len(strips) - 1) // 2]
    strip = Image.open(io.BytesIO(base64.b64decode(png)))
    columns = 2 if len(said) == 4 else 1
    size = strip.width // columns, strip.height * columns // len(said)
    file = io.BytesIO()
    strip.crop((0, 0, *size)).save(file, "png")
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img alt="{escape(said[0])}" style="width: {size[0] // 6}mm" '
        f'src="data:image/png;base64,{data}">'
    )


def other_picture(name):
    """Return a vector figure by its name; nothing for None."""
    if name is None:
        return ""
    svg = (HERE.parent / "figures" / name).read_bytes()
    said = re.search(r"(?s)<desc[^>]*>(.+?)</desc>", svg.decode())[1]
    return (
        f'<img alt="{said}" style="width: 120mm" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}">'
    )


def formula(tex, block=True):
    """Return a LaTeX formula as MathML."""
    # A large bracket with an exponent stays large only in a row of its own
    tex = re.sub(r"(\\[bB]ig[lr]?(?:\\.|.))(?=[_^])", r"{\1{}}", tex)
    return mathml(tex, displaystyle=block)


def html(markdown, block=True):
    """Return Markdown as HTML without links, its formulas as MathML."""
    formulas = []

    def keep(found):
        formulas.append(formula(found[1], block=False))
        return f"FORMULA{len(formulas) - 1}."

    markdown = re.sub(r"\$([^$]+)\$", keep, markdown)
    markdown = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown)
    out = markdown2html(markdown).strip()
    out = re.sub(r"FORMULA(\d+)\.", lambda found: formulas[int(found[1])], out)
    return out if block else re.sub(r"</?p>", "", out)


if __name__ == "__main__":
    main(sys.argv[1:])
