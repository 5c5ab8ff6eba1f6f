"""Test the library with the lowest and the newest versions it says it works with.

    python tests/versions.py            both
    python tests/versions.py lowest     one

Makes a fresh virtual environment for each in a temporary folder and runs the tests of
the library and of the live figures there. Stored outputs are not compared, and
JupyterLab is not opened: they belong to the versions in requirements.txt. Takes five
to ten minutes for each.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = (
    *("test_notebooks", "test_figures", "test_repository"),  # stored outputs
    *("test_browser", "test_hard_knocks"),  # JupyterLab of one version
)


def requirements(which):
    """Return the dependencies of pyproject.toml, at their lowest or newest versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    if which == "newest":
        return wanted
    return [re.sub(r">=([\d.]+)", r"==\1.*", one) for one in wanted]


def test(which):
    """Run the tests with one set of versions; return pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        install = [python / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *requirements(which)], check=True)
        subprocess.run([*install, "--no-deps", ROOT], check=True)
        show = "import numpy, scipy, matplotlib, ipywidgets as w; print('numpy',"
        show += "numpy.__version__, 'scipy', scipy.__version__, 'matplotlib',"
        show += "matplotlib.__version__, 'ipywidgets', w.__version__)"
        subprocess.run([python / "python", "-c", show], check=True)
        left_out = [f"--ignore={ROOT / 'tests' / name}.py" for name in LEFT_OUT]
        pytest = [python / "python", "-m", "pytest", "-q", *left_out, ROOT / "tests"]
        return subprocess.run(pytest, cwd=ROOT).returncode


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["lowest", "newest"]
    sys.exit(max(test(which) for which in chosen))
