"""Many machines find what one finds, and a machine that dies changes nothing.

The workers are real processes.
"""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from common import assert_close, assert_one_sentence

import gmmlib as gl
from gmmlib import distributed

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.distributed")

QUIET = {"dashboard_address": ":0", "silence_logs": 50}


@pytest.fixture(scope="module")
def client():
    """Two worker processes of one thread each, on this machine."""
    with (
        dd.LocalCluster(n_workers=2, threads_per_worker=1, **QUIET) as cluster,
        dd.Client(cluster) as client,
    ):
        yield client


def points(n=5000, seed=0):
    x, _ = gl.datasets.three_groups(n, seed)
    return x, gl.GaussianMixture.from_points(x[:200], 3)


def same_run(one, other):
    assert one.n_iter == other.n_iter and one.converged == other.converged
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-12)
    for mine, theirs in zip(one.models, other.models, strict=True):
        assert type(mine) is type(theirs)
        assert_close(mine, theirs)


@pytest.mark.parametrize("rows", [5000, 700, 333])
def test_many_blocks_on_two_processes_give_what_one_process_gives(client, rows):
    x, start = points()
    far = distributed.em(start, da.from_array(x, chunks=(rows, 2)), client)
    same_run(gl.em(start, x), far)


def test_columns_in_separate_blocks_are_joined(client):
    x, start = points(600)
    far = distributed.em(start, da.from_array(x, chunks=(100, 1)), client, max_iter=3)
    same_run(gl.em(start, x, max_iter=3), far)


def test_coins_take_the_same_road(client):
    x = gl.datasets.coin_trials()
    start = gl.CoinMixture([0.6, 0.5])
    far = distributed.em(start, da.from_array(x, chunks=(2, 2)), client)
    same_run(gl.em(start, x), far)


def test_one_dimension_and_a_prior_take_the_same_road(client):
    x = np.random.default_rng(0).normal(size=300) + np.arange(300) % 2 * 4
    prior = gl.CovariancePrior([[1.0]], 5)
    start = gl.GaussianMixture([0.5, 0.5], [0, 3], [1, 1], covariance_prior=prior)
    far = distributed.em(start, da.from_array(x, chunks=90), client)
    same_run(gl.em(start, x), far)


def test_every_run_gives_the_same_last_bit(client):
    x, start = points(2000)
    blocks = da.from_array(x, chunks=(90, 2))
    runs = [distributed.em(start, blocks, client, 5, None) for _ in range(2)]
    assert runs[0].model == runs[1].model
    assert np.array_equal(runs[0].log_likelihoods, runs[1].log_likelihoods)


def test_a_file_is_read_where_it_is_needed(client, tmp_path):
    x, start = points()
    np.save(tmp_path / "x.npy", x)
    blocks = distributed.points_in(tmp_path / "x.npy", rows=700)
    assert blocks.shape == x.shape and blocks.numblocks == (8, 1)
    same_run(gl.em(start, x), distributed.em(start, blocks, client))


def deadly(path, n, rows, wait_for=None):
    """Read a block; the first process that comes to row 2000 is killed in doing so."""
    if n == 2000:
        once = Path(path).with_suffix(".killed")
        if not once.exists():
            once.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
    return np.load(path, mmap_mode="r")[n : n + rows]


def blocks_from(read, path, n=5000, rows=500):
    import dask

    return da.concatenate(
        [
            da.from_delayed(dask.delayed(read)(str(path), i, rows), (rows, 2), float)
            for i in range(0, n, rows)
        ]
    )


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_worker_killed_in_mid_iteration_loses_nothing(client, tmp_path):
    x, start = points()
    path = tmp_path / "x.npy"
    np.save(path, x)
    far = distributed.em(start, blocks_from(deadly, path), client)
    killed = int(path.with_suffix(".killed").read_text())
    assert killed != os.getpid()
    with pytest.raises(ProcessLookupError):  # it is gone
        os.kill(killed, 0)
    same_run(gl.em(start, x), far)


def slow(path, n, rows):
    time.sleep(0.05)
    return np.load(path, mmap_mode="r")[n : n + rows]


def always_deadly(path, n, rows):
    if n == 2000:
        os.kill(os.getpid(), signal.SIGKILL)
    return np.load(path, mmap_mode="r")[n : n + rows]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_block_that_kills_every_worker_is_named_as_the_reason(tmp_path):
    x, start = points()
    np.save(tmp_path / "x.npy", x)
    with (
        dd.LocalCluster(n_workers=1, threads_per_worker=1, **QUIET) as cluster,
        dd.Client(cluster) as client,
        pytest.raises(MemoryError) as error,
    ):
        distributed.em(start, blocks_from(always_deadly, tmp_path / "x.npy"), client)
    assert_one_sentence(error, "block")


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_when_the_scheduler_goes_away_the_error_says_so_and_holds_the_model(tmp_path):
    import subprocess
    import sys

    x, start = points()
    np.save(tmp_path / "x.npy", x)
    file = tmp_path / "address.json"
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0"]
    run += ["--no-dashboard", "--scheduler-file", str(file)]
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": here}
    scheduler = subprocess.Popen(run, **silent)
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny"]
    work += ["--no-dashboard", "--nthreads", "1", "--scheduler-file", str(file)]
    worker = None
    try:
        while not file.exists():
            time.sleep(0.05)
        worker = subprocess.Popen(work, **silent)
        with dd.Client(scheduler_file=str(file), timeout=20) as client:
            client.wait_for_workers(1)
            blocks = blocks_from(slow, tmp_path / "x.npy")
            from threading import Timer

            Timer(2.0, scheduler.kill).start()
            with pytest.raises(distributed.SchedulerLost) as error:
                distributed.em(start, blocks, client, tol=None)
    finally:
        scheduler.kill()
        if worker:
            worker.kill()
    assert_one_sentence(error, "scheduler")
    assert isinstance(error.value.model, gl.GaussianMixture)
    onward = gl.em(error.value.model, x)
    assert_close(onward.model, gl.em(start, x).model, 1e-3, 1e-3)


def test_a_nan_is_found_where_it_is(client):
    x, start = points(600)
    x[437, 1] = np.nan
    with pytest.raises(ValueError) as error:
        distributed.em(start, da.from_array(x, chunks=(100, 2)), client)
    assert_one_sentence(error, "x[437, 1]", "nan")


def test_wrong_data_are_refused_in_one_sentence(client):
    x, start = points(600)
    blocks = da.from_array(x, chunks=(100, 2))
    with pytest.raises(TypeError) as error:
        distributed.em(start, x, client)
    assert_one_sentence(error, "x", "ndarray")
    with pytest.raises(ValueError) as error:
        distributed.em(start, blocks[:, :1], client)
    assert_one_sentence(error, "x", "(600, 1)")
    with pytest.raises(ValueError) as error:
        distributed.em(start, blocks[blocks[:, 0] > 50], client)
    assert_one_sentence(error, "x", "nan")
    with pytest.raises(TypeError) as error:
        distributed.em("model", blocks, client)
    assert_one_sentence(error, "model", "str")


def test_a_collapse_is_told_with_the_run_up_to_it(client):
    x, _ = points(400)
    x[:200] = x[0]
    start = gl.GaussianMixture(
        [0.5, 0.5], [x[0], [60, 60]], [np.eye(2) * 4, np.eye(2) * 400]
    )
    with pytest.raises(gl.CollapseError) as one:
        gl.em(start, x)
    with pytest.raises(gl.CollapseError) as far:
        distributed.em(start, da.from_array(x, chunks=(90, 2)), client)
    assert far.value.iteration == one.value.iteration
    assert far.value.component == one.value.component
    assert far.value.trace.n_iter == one.value.trace.n_iter
    assert all(isinstance(m, gl.GaussianMixture) for m in far.value.trace.models)


def missing(path, n, rows):
    return np.load(path + ".gone")


def test_a_block_that_cannot_be_read_says_so_itself(client, tmp_path):
    _, start = points(600)
    with pytest.raises(FileNotFoundError, match="gone"):
        distributed.em(start, blocks_from(missing, tmp_path / "x.npy"), client)


def test_the_library_needs_no_dask_until_it_is_used():
    import subprocess
    import sys

    code = "import sys, gmmlib.distributed; print('dask' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "False"
