"""The pages of the book, as Sphinx reads them: made from the notebooks as they are."""

import ast
import base64
import re
import shutil
from html import escape
from pathlib import Path

import nbformat

import frames
import lite

GROUPS = {  # of the library's reference: its modules
    "The mathematics": "jensen em coins gaussians prior likelihood",
    "Starts, speed, failures, choices": "starts seeding convergence collapse "
    "selection wrong_formulas distributed memory datasets exercises",
    "What keeps it exact": "numerics/[a-z]*",
    "Pictures": "show/[a-z]*",
    "The figures of the chapters": "chapters/start* chapters/jensen* chapters/*known "
    "chapters/two* chapters/coin* chapters/why* chapters/gaussian* chapters/em_for* "
    "chapters/where* chapters/*wrong chapters/how* chapters/em_at*",
    "The museum": "museum/[a-z]*",
}


def write_all(root, notebooks, folder, live, strips, run_live):
    """Write every page into `folder`, and each live figure's strip to its frames."""
    pictures = shutil.ignore_patterns("*.md", "*.py")
    shutil.copytree(root / "figures", folder / "figures", ignore=pictures)
    for path in notebooks:
        book = page_of(path, live.get(path.name, {}), strips, run_live)
        nbformat.write(book, folder / path.name)
    for name in ("teaching_guide.md", "coverage.md"):
        text = (root / "notebooks" / name).read_text(encoding="utf-8")
        (folder / name).write_text(at_home(text), encoding="utf-8")
    readme = (root / "README.md").read_text(encoding="utf-8")
    reference(root, folder / "library")
    (folder / "index.md").write_text(front(readme, notebooks, run_live), "utf-8")


def at_home(text):
    """Return a text whose links lead to places of this site."""
    return text.replace("(../figures/", "(figures/").replace("../README.md", "index.md")


def to_pages(html):
    """Return HTML of an output with its links to notebooks as links to pages."""
    return re.sub(r'(href=\\?"\d\d_\w+)\.ipynb', r"\1.html", html)


def page_of(path, live, strips, run_live):
    """Return a notebook with its links, its pictures' words, and figures that move."""
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = at_home(cell.source)
            continue
        for output in cell.outputs:
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = to_pages(output.data["text/html"])
            if "image/png" not in output.get("data", {}):
                continue
            words = output.data.get("text/plain", "")
            words = output.metadata.get("image/png", {}).get("alt", words)
            if cell.id in live:
                file = f"{live[cell.id][0]}/strip.png"  # for print, and without scripts
                (strips / file).write_bytes(base64.b64decode(output.data["image/png"]))
                strip = f'src="live/{file}" alt="{escape(words)}"'
                html = frames.markup(*live[cell.id], strip)
                output.data = {"text/html": to_pages(html)}
            else:
                cell.metadata["mystnb"] = {"image": {"alt": " ".join(words.split())}}
    if run_live:
        words = run_live.format(name=path.name, size=lite.weight(path))
        book.cells.insert(1, nbformat.v4.new_markdown_cell(words))
    return book


def front(readme, notebooks, run_live):
    """Return the front page: what this is, and a picture of each chapter to open it."""
    title, _, rest = readme.partition("\n")
    first, _, _ = rest.strip().partition("\n\n")
    hero = re.search(r"!\[([^\]]+)\]\(([^)]+)\)", readme)
    cards = "\n".join(cards_of(readme))
    tree = "\n".join(path.stem for path in notebooks)
    here = "choose *Run live* on a chapter's page, or " if run_live else ""
    page = Path(__file__).with_name("front.md").read_text(encoding="utf-8")
    words = {"title": title, "first": first, "hero": hero, "cards": cards, "tree": tree}
    return page.format(**words, here=here)


def cards_of(readme):
    """Yield what the front page shows of each chapter: its row of the README."""
    picture = r'\| \[<img src="(.+?)".* alt="(.+?)">\]\((.+?)\)'
    row = picture + r" \| (.+?) \| (.+?) \| (.+?) \|"
    for source, alt, place, links, time, purpose in re.findall(row, readme):
        yield (
            f'<div class="card">\n\n[![{alt}]({source})]({place})\n\n'
            f"**{links}** · {time}\n\n{purpose[0].upper()}{purpose[1:]}\n\n</div>\n"
        ).replace("(notebooks/", "(")


def reference(root, folder):
    """Write the pages of the library."""
    folder.mkdir()
    package, index, names = root / "gmmlib", [], []
    for group, wanted in GROUPS.items():
        index += [group, "-" * len(group), ""]
        for file in [
            f for w in wanted.split() for f in sorted(package.glob(f"{w}.py"))
        ]:
            name = ".".join(file.relative_to(package).with_suffix("").parts)
            title = f"gmmlib.{name}"
            text = [title, "=" * len(title), "", f".. automodule:: {title}"]
            text += ["   :members:", "   :show-inheritance:", ""]
            (folder / f"{name}.rst").write_text("\n".join(text), encoding="utf-8")
            said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
            index += [f":doc:`{title} <{name}>`", f"    {said.splitlines()[0]}", ""]
            names.append(name)
    text = ["The library", "===========", "", "Every name leads to its source.", ""]
    text += [*index, ".. toctree::", "   :hidden:", "", *(f"   {n}" for n in names), ""]
    (folder / "index.rst").write_text("\n".join(text), encoding="utf-8")
