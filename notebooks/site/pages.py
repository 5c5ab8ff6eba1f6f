"""The pages of the book, as Sphinx reads them: made from the notebooks as they are."""

import re
import shutil
from html import escape
from pathlib import Path

import nbformat

import frames
import lite

GROUPS = {  # of the library's reference
    "The mathematics": "jensen em coins gaussians prior likelihood",
    "Starts, speed, failures, choices": "starts seeding convergence collapse "
    "selection wrong_formulas distributed memory datasets exercises",
    "What keeps it exact": "numerics.*",
    "Pictures": "show.*",
    "The figures of the chapters": "chapters.*",
    "The museum": "museum.*",
}


def write_all(root, notebooks, folder, live, run_live):
    """Write every page into `folder`."""
    pictures = shutil.ignore_patterns("*.md", "*.py")
    shutil.copytree(root / "figures", folder / "figures", ignore=pictures)
    for path in notebooks:
        book = page_of(path, live.get(path.name, {}), run_live)
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


def page_of(path, live, run_live):
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
                file = f"live/{live[cell.id][0]}/strip.png"
                strip = f'src="{file}" alt="{escape(words)}"'
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
    cards = "\n".join(card(path, readme) for path in notebooks)
    tree = "\n".join(path.stem for path in notebooks)
    here = "choose *Run live* on a chapter's page, or " if run_live else ""
    page = Path(__file__).with_name("front.md").read_text(encoding="utf-8")
    words = {"title": title, "first": first, "hero": hero, "cards": cards, "tree": tree}
    return page.format(**words, here=here)


def card(path, readme):
    """Return what the front page shows of a chapter, as its row of the README says."""
    title = nbformat.read(path, as_version=4).cells[0].source.partition("\n")[0]
    words = [f"**[{title.strip('# ')}]({path.name})**"]
    rows = [row for row in readme.splitlines() if f"](notebooks/{path.name}) |" in row]
    if rows:
        picture, _, time, purpose = rows[0].strip("| ").split(" | ")
        shown = re.search(r'src="([^"]+)".* alt="([^"]+)"', picture)
        words = [f"[![{shown[2]}]({shown[1]})]({path.name})", f"{words[0]} · {time}"]
        words.append(purpose[0].upper() + purpose[1:])
    return '<div class="card">\n\n' + "\n\n".join(words) + "\n\n</div>\n"


def reference(root, folder):
    """Write the pages of the library."""
    folder.mkdir()
    package = root / "gmmlib"
    lines = ["The library", "===========", ""]
    lines += [
        "One page for each module, in the order in which they build on one another. "
        "Every name leads to its source.",
        "",
    ]
    for group, wanted in GROUPS.items():
        names = []
        for word in wanted.split():
            if word.endswith(".*"):
                files = sorted((package / word[:-2]).glob("[a-z]*.py"))
                names += [f"{word[:-1]}{file.stem}" for file in files]
            elif (package / f"{word}.py").exists():
                names.append(word)
        lines += [".. toctree::", f"   :caption: {group}", "   :maxdepth: 1", ""]
        lines += [f"   {name}" for name in names] + [""]
        for name in names:
            title = f"gmmlib.{name}"
            text = [title, "=" * len(title), "", f".. automodule:: {title}"]
            text += ["   :members:", "   :show-inheritance:", ""]
            (folder / f"{name}.rst").write_text("\n".join(text), encoding="utf-8")
    (folder / "index.rst").write_text("\n".join(lines), encoding="utf-8")
