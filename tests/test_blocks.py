"""Blocks on threads: the same sums beside other threads, and after a fork."""

import os
import subprocess
import sys
from threading import Event, Thread

import numpy as np
import pytest
from common import kinds, model_and_data, seeds
from hypothesis import given

import gmmlib as gl
from gmmlib.numerics import blocks

START = gl.datasets.three_groups_mixture()
POINTS = gl.datasets.three_groups(2 * START.block_rows + 5)[0]
one_blas_thread = blocks._one_blas_thread


def blas_threads():
    return [blas.num_threads for blas in blocks._blas()]


@pytest.fixture
def two_blas_threads():
    """BLAS with two threads, whatever the machine; its own number afterwards."""
    before = blas_threads()
    blocks._set_blas_threads([2] * len(before))
    yield [2] * len(before)
    blocks._set_blas_threads(before)


class Holder(Thread):
    """A thread in the midst of its blocks, until it is told to leave."""

    def __enter__(self):
        self.inside, self.leave = Event(), Event()
        self.start()
        self.inside.wait()
        return self

    def run(self):
        with one_blas_thread:
            self.inside.set()
            self.leave.wait()

    def __exit__(self, *error):
        self.leave.set()
        self.join()


def test_blas_has_one_thread_in_blocks_and_its_own_afterwards(two_blas_threads):
    with one_blas_thread, one_blas_thread:
        assert set(blas_threads()) <= {1}
    assert blas_threads() == two_blas_threads


def test_every_thread_can_limit_blas_and_give_it_back(two_blas_threads):
    with one_blas_thread:  # from now on a first thread has set it
        pass
    with Holder():  # and now another
        assert set(blas_threads()) <= {1}
    assert blas_threads() == two_blas_threads
    with Holder() as other:  # enters first; leaves before
        one_blas_thread.__enter__()
        other.leave.set()
        other.join()
        assert set(blas_threads()) <= {1}
        one_blas_thread.__exit__()
    assert blas_threads() == two_blas_threads


def test_sums_over_blocks_repeat_beside_another_thread(two_blas_threads):
    alone = START.e_step(POINTS)
    with Holder():
        beside = START.e_step(POINTS)
    blocks._set_blas_threads([1] * len(two_blas_threads))
    for statistics, log_likelihood in (beside, START.e_step(POINTS)):
        assert log_likelihood == alone[1]
        for name in ("counts", "first", "second"):
            sums = getattr(statistics, name)
            np.testing.assert_array_equal(sums, getattr(alone[0], name))


FORK = """
import os, time
import gmmlib as gl
from test_blocks import POINTS, START, Holder, blas_threads, one_blas_thread

before = blas_threads()

class LockHolder(Holder):
    def run(self):
        with one_blas_thread.lock:
            self.inside.set()
            time.sleep(0.3)

with HOLDER():
    child = os.fork()
    if child == 0:
        same = blas_threads() == before
        gl.em(START, POINTS, max_iter=1)
        os._exit(0 if same and blas_threads() == before else 3)
    assert os.waitpid(child, 0)[1] == 0, "another number of BLAS threads"
assert blas_threads() == before
gl.em(START, POINTS, max_iter=1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("holder", ["Holder", "LockHolder"])
def test_a_process_forked_while_a_thread_is_in_its_blocks_works(holder):
    script = FORK.replace("HOLDER()", f"{holder}()")
    run = [sys.executable, "-W", "ignore", "-c", script]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    two = os.environ | path | {"OPENBLAS_NUM_THREADS": "2"}
    process = subprocess.Popen(run, env=two, start_new_session=True)
    try:
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)


@given(seeds, kinds)
def test_log_densities_are_the_log_sums_and_add_up_to_the_log_likelihood(seed, kind):
    model, x = model_and_data(seed, kind)
    densities = model.log_density(x)
    assert densities.shape == (len(x),)
    sums = np.logaddexp.reduce(model.log_joint(x), axis=1)
    np.testing.assert_allclose(densities, sums, rtol=1e-12, atol=1e-12)
    assert densities.sum() == pytest.approx(model.log_likelihood(x), rel=1e-12)
    assert len(model.log_density(x[:0])) == 0


@pytest.mark.parametrize("rows", [1, 7, 10**6])
def test_the_size_of_blocks_does_not_matter_to_log_densities(rows, monkeypatch):
    x = POINTS[:40]
    whole = START.log_density(x)
    monkeypatch.setattr(type(START), "block_rows", rows)
    np.testing.assert_allclose(START.log_density(x), whole, rtol=1e-13)


def test_the_log_density_of_the_impossible_is_minus_infinity():
    certain = gl.CoinMixture([1.0, 1.0])
    assert certain.log_density([[3, 0], [2, 1]]).tolist() == [0, -np.inf]
