"""Check the chapters under the settings under which they were executed."""

from unittest import mock

import pytest

from execute import DRAWN_WITH_THIS, STILL, pictures, shows_the_same


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Start the kernel of a chapter with the same environment as `execute`."""
    with mock.patch.dict("os.environ", STILL):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Compare the pictures as well, which nbval leaves out."""
    result = yield
    if DRAWN_WITH_THIS and getattr(item, "test_outputs", None):
        new, stored = pictures(item.test_outputs), pictures(item.cell.outputs)
        assert len(new) == len(stored), "not as many pictures as stored"
        for one, other in zip(new, stored, strict=True):
            assert shows_the_same(one, other), (
                f"another picture than stored: {other['text/plain']}"
            )
    return result
