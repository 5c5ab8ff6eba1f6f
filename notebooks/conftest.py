"""Check the chapters under the settings under which they were executed."""

from unittest import mock

import pytest

from execute import STILL


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Start the kernel of a chapter with the same environment as `execute`."""
    with mock.patch.dict("os.environ", STILL):
        return (yield)
