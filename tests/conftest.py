"""What is run when, and what all tests in a browser share."""

import os

import browser
import pytest
from chapters import ROOT


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
