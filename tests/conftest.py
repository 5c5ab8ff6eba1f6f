"""The browser and the JupyterLab that all tests in a browser share."""

import os

import browser
import pytest
from chapters import ROOT


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
