"""Python in the browser: the chapters in JupyterLite, with what each of them imports.

Pyodide itself comes from its usual address, or from a folder that the site then serves.
"""

import ast
import json
import re
import shutil
import subprocess
import sys

import nbformat

PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"
BESIDE = ("anywidget", "comm", "ipywidgets", "psygnal")  # Pyodide has them not
ALWAYS = ("matplotlib", "numpy", "pillow", "threadpoolctl", "tqdm", "typing-extensions")
NAMES = {"scipy": "scipy", "sklearn": "scikit-learn"}  # as imported, as installed
MEGABYTES = {"": 43, "scipy": 20, "scikit-learn": 6}  # measured, nothing compressed
ABSENT = ("dask", "distributed")  # start processes, which a browser does not have
UNABLE = {"memory"}  # of gmmlib: maps files, which a browser does not do either
WHY = (
    "*This cell starts other processes or reads from a file as from memory, which a "
    "browser cannot do. Its output is the stored one:*"
)
FIRST = """# In the browser only: fetch what this chapter imports, and nothing else
import logging
import os
import sys
import types

import piplite

os.environ["TQDM_DISABLE"] = "1"  # bars would need a thread
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
sys.modules.setdefault("_multiprocessing", types.ModuleType("_multiprocessing"))
await piplite.install({packages})
await piplite.install({beside}, deps=False)"""


def build(root, notebooks, out, pyodide, work):
    """Build JupyterLite into the folder `out`; `work` is for what passes by."""
    contents = work / "contents"
    contents.mkdir(parents=True)
    for path in notebooks:
        whole = json.dumps(in_the_browser(path), ensure_ascii=False)
        (contents / path.name).write_text(whole, encoding="utf-8")  # texts unsplit
    if pyodide:
        shutil.copytree(pyodide, work / "static" / "pyodide")
    settings = {"disablePyPIFallback": True}
    config = {"litePluginSettings": {PLUGIN: settings}, "appName": "Chapters"}
    config["exposeAppInBrowser"] = True  # for tests
    (work / "jupyter-lite.json").write_text(
        json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": config})
    )
    options = {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": [str(contents)],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        },
        "PipliteAddon": {"piplite_urls": [str(w) for w in wheels(root, work)]},
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps(options))
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    command += ["--lite-dir", work, "--output-dir", out]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"JupyterLite was not built:\n{done.stdout}\n{done.stderr}")


def weight(path):
    """Return how many megabytes a browser loads until a chapter has run."""
    wanted = imported(nbformat.read(path, as_version=4), path.parent)
    return sum(MEGABYTES[name] for name in ["", *wanted])


def wheels(root, work):
    """Return the wheels that Pyodide does not have: the library, and what it needs."""
    pins = (root / "requirements.txt").read_text(encoding="utf-8")
    wanted = [re.search(rf"^{name}==[\w.]+", pins, re.M)[0] for name in BESIDE]
    folder, pip = work / "wheels", [sys.executable, "-m", "pip", "-q"]
    pure = ["--only-binary=:all:", "--platform=any", "--no-deps", "-d", folder]
    subprocess.run([*pip, "download", *pure, *wanted], check=True)
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, root], check=True)
    return sorted(folder.glob("*.whl"))


def in_the_browser(path):
    """Return a chapter whose first cell fetches what it imports."""
    book = nbformat.read(path, as_version=4)
    without_processes(book)
    packages = sorted([*ALWAYS, *imported(book, path.parent)])
    first = FIRST.format(packages=packages, beside=["gmmlib", *BESIDE])
    cell = nbformat.v4.new_code_cell(first, id="in-the-browser")
    cell.metadata = {"jupyter": {"source_hidden": True}}
    book.cells.insert(1, cell)
    return book


def imported(book, here):
    """Return the packages of `NAMES` that a chapter imports, itself or by others."""
    lines = [
        ast.unparse(line)
        for cell in book.cells
        if cell.cell_type == "code"
        for line in ast.walk(ast.parse(cell.source))
        if isinstance(line, ast.Import | ast.ImportFrom)
    ]
    lines += ["import json, sys", "print(json.dumps(sorted(sys.modules)))"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
    )
    found = set(json.loads(done.stdout))
    code = "".join(c.source for c in book.cells if c.cell_type == "code")
    if "version(" in code:  # asked for
        found |= {name for name in NAMES if name in code}
    return [NAMES[name] for name in NAMES if name in found]


def without_processes(book):
    """Show the stored output of each cell that needs what a browser does not have."""
    gone = set()
    for n, cell in enumerate(book.cells):
        if cell.cell_type != "code":
            continue
        kept = []
        lines = ast.parse(cell.source).body
        for line in lines:
            module = getattr(line, "module", None) or ""
            if isinstance(line, ast.ImportFrom) and module.startswith(ABSENT):
                gone |= {alias.asname or alias.name for alias in line.names}
            else:
                kept.append(line)
                if isinstance(line, ast.ImportFrom) and module == "gmmlib":
                    gone |= UNABLE & {alias.name for alias in line.names}
        used = {node.id for node in ast.walk(ast.parse(cell.source)) if is_name(node)}
        if len(kept) < len(lines):
            cell.source = "\n".join(map(ast.unparse, kept))
        elif used & gone:
            for line in lines:
                if isinstance(line, ast.Assign):
                    gone |= {t.id for t in line.targets if is_name(t)}
            book.cells[n] = as_text(cell)


def is_name(node):
    return isinstance(node, ast.Name)


def as_text(cell):
    """Return a code cell and its output as text."""
    said = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            words = " ".join(data["text/plain"].split())
            said.append(f"![{words}](data:image/png;base64,{data['image/png']})")
        else:
            text = data.get("text/markdown", "")
            said.append(text or f"```text\n{output.get('text', '')}```")
    text = f"```python\n{cell.source}\n```\n\n{WHY}\n\n" + "\n\n".join(said)
    return nbformat.v4.new_markdown_cell(text, id=cell.id)
