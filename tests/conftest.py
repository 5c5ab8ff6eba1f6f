"""What is run when, in which order, and what all tests in a browser share."""

import os

import browser
import pytest
from chapters import ROOT
from xdist.scheduler import LoadFileScheduling

ALONE = ("test_browser.py", "test_hard_knocks.py")  # long, and begun in any order


def pytest_addoption(parser):
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run what is left out for its length as well: three times as long",
    )


def pytest_collection_modifyitems(config, items):
    """Leave out what is marked as thorough, unless it is asked for."""
    if config.getoption("thorough"):
        return
    kept, left_out = [], []
    for item in items:
        (left_out if item.get_closest_marker("thorough") else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With --dist loadfile, spread the tests in a browser chapter by chapter."""
    if config.getoption("dist") == "loadfile":
        return ByChapter(config, log)


class ByChapter(LoadFileScheduling):
    """Files with many tests first, then each chapter of the long ones by itself."""

    def _split_scope(self, nodeid):
        file, _, test = nodeid.partition("::")
        alone = file.endswith(ALONE)
        return file + test[test.find("[") :] if alone else file


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium; without one the tests are skipped, or fail if required."""
    if lack := browser.missing():
        required = os.environ.get("GMMLIB_BROWSER") == "required"
        (pytest.fail if required else pytest.skip)(lack)
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def jupyterlab(chromium):
    """The address of a JupyterLab that serves the chapters."""
    pictures = [path for path in [ROOT / "figures"] if path.exists()]
    with browser.jupyterlab(ROOT / "notebooks", *pictures) as url:
        yield url
