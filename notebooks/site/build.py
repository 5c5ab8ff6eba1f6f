"""Build the web edition: pages, figures that move, and chapters that run.

    python notebooks/site/build.py                    into _site
    python notebooks/site/build.py --pyodide usual    also Python in the browser
    python notebooks/site/build.py --pyodide DIR      the same, from this site alone

DIR holds a release of Pyodide; "usual" means its usual address, asked by the reader's
browser when a chapter is run. Any static host serves the folder:
`python -m http.server -d _site`.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import frames  # noqa: E402
import lite  # noqa: E402
import pages  # noqa: E402

MINE = ".nojekyll"  # in every site: GitHub serves it as it stands
RUN_LIVE = """<p class="run-live"><a href="lite/lab/index.html?path={name}">Run live</a>
Python in your browser. The first time it loads about {size} MB, which takes from half a
minute to a few. Then choose <em>Run → Run All Cells</em>.</p>"""


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_site")
    parser.add_argument("--pyodide", help='a folder, or "usual": its usual address')
    asked = parser.parse_args(arguments)
    out = asked.out.resolve()
    if out.exists() and any(out.iterdir()) and not (out / MINE).exists():
        parser.error(f"{out} holds something else: name an empty folder")
    build(out, asked.pyodide)


def build(out, pyodide=None, moving=""):
    """Build everything into a folder; only chapters `moving`, "03", get frames."""
    (out / "live").mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        if old.name != "live":  # frames are kept while nothing they show has changed
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    (out / MINE).touch()
    found = (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")
    notebooks = sorted(found, key=lambda path: (path.name[:2], "deeper" in path.name))
    with said("frames of the live figures"):
        some = [path for path in notebooks if path.name.startswith(moving)]
        live = frames.all_of(some, out / "live")
    with said("pages"), tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "book"
        source.mkdir()
        run_live = RUN_LIVE if pyodide else ""
        pages.write_all(ROOT, notebooks, source, live, out / "live", run_live)
        if sphinx(source, out):
            sys.exit("the pages have errors or warnings, see above")
    for path in notebooks:  # to download: the chapter itself
        shutil.copy(path, out / "_sources" / path.name)
    if pyodide:
        place = None if pyodide == "usual" else Path(pyodide).resolve()
        with said("Python in the browser"), tempfile.TemporaryDirectory() as folder:
            lite.build(ROOT, notebooks, out / "lite", place, Path(folder))
    else:
        print("left out: Python in the browser (see --pyodide)")
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 1e6
    print(f"{out}: {size:.0f} MB")


@contextlib.contextmanager
def said(what):
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.0f} s", flush=True)


def sphinx(source, out):
    """Make the pages; return whether anything went wrong."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    mathjax(source / "static")
    shutil.copytree(HERE / "static", source / "static", dirs_exist_ok=True)
    html = source.parent / "html"  # MyST-NB also writes beside it
    with patch_docutils(HERE), docutils_namespace():
        app = Sphinx(
            *(source, HERE, html, source.parent / "doctrees", "html"),
            confoverrides={"html_static_path": [str(source / "static")]},
            status=None,
            warning=sys.stderr,
            freshenv=True,
        )
        app.build(force_all=True)
    shutil.copytree(html, out, dirs_exist_ok=True)
    return app.statuscode or app._warncount


def mathjax(folder):
    """Copy what the equations need, so that nothing is loaded from elsewhere."""
    import importlib.util

    package = importlib.util.find_spec("sphinx-mathjax-offline")
    whole = Path(package.origin).parent / "static" / "mathjax"
    fonts = Path("output", "chtml", "fonts")
    shutil.copytree(whole / fonts, folder / "mathjax" / fonts)
    shutil.copy(whole / "tex-chtml.js", folder / "mathjax")


if __name__ == "__main__":
    main()
