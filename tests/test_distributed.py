"""Many machines find what one finds, and a machine that dies changes nothing.

Where it matters the workers are real processes, elsewhere threads, which start faster.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from common import assert_close, assert_one_sentence

import gmmlib as gl
from gmmlib import distributed

dask = pytest.importorskip("dask")
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


@pytest.fixture(scope="module")
def nearby():
    """Two workers in this process."""
    with (
        dd.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, **QUIET
        ) as cluster,
        dd.Client(cluster, set_as_default=False) as client,
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


def test_many_blocks_on_two_processes_give_what_one_process_gives(client):
    x, start = points()
    far = distributed.em(start, da.from_array(x, chunks=(700, 2)), client, 6)
    same_run(gl.em(start, x, 6), far)


@pytest.mark.parametrize("rows", [5000, 333])
def test_any_number_of_blocks_gives_what_one_process_gives(nearby, rows):
    x, start = points()
    far = distributed.em(start, da.from_array(x, chunks=(rows, 2)), nearby, 4)
    same_run(gl.em(start, x, 4), far)


def test_it_stops_where_one_process_stops(nearby):
    x, start = points(600)
    blocks = da.from_array(x, chunks=(300, 2))
    far = distributed.em(start, blocks, nearby, tol=1e-2)
    assert far.converged
    same_run(gl.em(start, x, tol=1e-2), far)


def test_columns_in_separate_blocks_are_joined(nearby):
    x, start = points(600)
    far = distributed.em(start, da.from_array(x, chunks=(200, 1)), nearby, max_iter=3)
    same_run(gl.em(start, x, max_iter=3), far)


def test_blocks_that_a_filter_has_emptied_are_passed_over(nearby):
    x, start = points(600)
    x = x[x[:, 0].argsort()]
    blocks = da.from_array(x, chunks=(100, 2))
    blocks = blocks[blocks[:, 0] > 60].compute_chunk_sizes()
    assert 0 in blocks.chunks[0]
    far = distributed.em(start, blocks, nearby, max_iter=3)
    same_run(gl.em(start, x[x[:, 0] > 60], max_iter=3), far)


def test_coins_take_the_same_road(nearby):
    x = gl.datasets.coin_trials()
    start = gl.CoinMixture([0.6, 0.5])
    far = distributed.em(start, da.from_array(x, chunks=(2, 2)), nearby, 5)
    same_run(gl.em(start, x, 5), far)


def test_one_dimension_and_a_prior_take_the_same_road(nearby):
    x = np.random.default_rng(0).normal(size=300) + np.arange(300) % 2 * 4
    prior = gl.CovariancePrior([[1.0]], 5)
    start = gl.GaussianMixture([0.5, 0.5], [0, 3], [1, 1], covariance_prior=prior)
    far = distributed.em(start, da.from_array(x, chunks=90), nearby, 5)
    same_run(gl.em(start, x, 5), far)


def test_every_run_gives_the_same_last_bit(nearby):
    x, start = points(2000)
    blocks = da.from_array(x, chunks=(200, 2))  # ten: the tree has two storeys
    runs = [distributed.em(start, blocks, nearby, 3, None) for _ in range(2)]
    assert runs[0].model == runs[1].model
    assert np.array_equal(runs[0].log_likelihoods, runs[1].log_likelihoods)


def test_a_file_is_read_where_it_is_needed(nearby, tmp_path, monkeypatch):
    x, start = points()
    np.save(tmp_path / "x.npy", x)
    blocks = distributed.points_in(tmp_path / "x.npy", rows=700)
    assert blocks.shape == x.shape and blocks.numblocks == (8, 1)
    same_run(gl.em(start, x, 3), distributed.em(start, blocks, nearby, 3))
    monkeypatch.chdir(tmp_path)
    blocks = distributed.points_in("x.npy", rows=2500)
    monkeypatch.chdir("/")
    same_run(gl.em(start, x, 1), distributed.em(start, blocks, nearby, 1))


def test_a_file_without_points_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.empty((0, 2)))
    with pytest.raises(ValueError) as error:
        distributed.points_in(tmp_path / "x.npy")
    assert_one_sentence(error, "x is empty")


def blocks_from(read, path, n=5000, rows=500):
    return da.concatenate(
        [
            da.from_delayed(dask.delayed(read)(str(path), i, rows), (rows, 2), float)
            for i in range(0, n, rows)
        ]
    )


def test_a_worker_killed_in_mid_iteration_loses_nothing(client, tmp_path):
    x, start = points()
    note = tmp_path / "readings"
    np.save(tmp_path / "x.npy", x)
    blocks = distributed.points_in(tmp_path / "x.npy", rows=500)
    far = distributed.em(start, blocks, client, 3, None)
    survived = distributed.em(start, distributed.deadly(blocks, note), client, 3, None)
    assert note.stat().st_size == 1 + 4 + 1  # range, four models, and once more
    assert survived.model == far.model
    assert np.array_equal(survived.log_likelihoods, far.log_likelihoods)


def test_without_a_worker_it_waits_for_one(nearby):
    x, start = points(600)
    with (
        dd.LocalCluster(n_workers=0, processes=False, **QUIET) as cluster,
        dd.Client(cluster, set_as_default=False) as client,
    ):
        Timer(0.5, cluster.scale, [1]).start()
        blocks = da.from_array(x, chunks=(300, 2))
        far = distributed.em(start, blocks, client, max_iter=2)
    same_run(gl.em(start, x, max_iter=2), far)


def always_deadly(path, n, rows):
    if n == 2000:
        os.kill(os.getpid(), 9)
    return np.load(path, mmap_mode="r")[n : n + rows]


def test_a_block_that_kills_every_worker_is_named_as_the_reason(tmp_path):
    x, start = points()
    np.save(tmp_path / "x.npy", x)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        dd.LocalCluster(n_workers=1, threads_per_worker=1, **QUIET) as cluster,
        dd.Client(cluster, set_as_default=False) as client,
        pytest.raises(MemoryError) as error,
    ):
        distributed.em(start, blocks_from(always_deadly, tmp_path / "x.npy"), client)
    assert_one_sentence(error, "block")


def depose(path, n, rows):
    """Read a block; the scheduler is killed when one is read for the third time."""
    if n == 2000:
        note = Path(path).with_suffix(".read")
        with note.open("a") as file:
            file.write(".")
        if note.stat().st_size == 3:
            os.kill(int(Path(path).with_suffix(".pid").read_text()), 9)
    return np.load(path, mmap_mode="r")[n : n + rows]


def test_when_the_scheduler_goes_away_the_error_says_so_and_holds_the_model(tmp_path):
    x, start = points()
    np.save(tmp_path / "x.npy", x)
    file = tmp_path / "address.json"
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0"]
    run += ["--no-dashboard", "--scheduler-file", str(file)]
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": here}
    scheduler = subprocess.Popen(run, **silent)
    (tmp_path / "x.pid").write_text(str(scheduler.pid))
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny"]
    work += ["--no-dashboard", "--nthreads", "1", "--scheduler-file", str(file)]
    worker = None
    try:
        while not file.exists():
            assert scheduler.poll() is None
            time.sleep(0.05)
        worker = subprocess.Popen(work, **silent)
        with dd.Client(
            scheduler_file=str(file), timeout=20, set_as_default=False
        ) as client:
            blocks = blocks_from(depose, tmp_path / "x.npy")
            with pytest.raises(distributed.SchedulerLost) as error:
                distributed.em(start, blocks, client, tol=None)
    finally:
        scheduler.kill()
        if worker:
            worker.kill()
    assert_one_sentence(error, "scheduler")
    assert_close(error.value.model, gl.em(start, x, max_iter=1).model)


class Leaving(gl.GaussianMixture):
    """A mixture in whose first M-step somebody closes the client."""

    client = None

    def m_step(self, statistics):
        type(self).client.close()
        return super().m_step(statistics)


def test_a_client_closed_between_two_steps_is_told_in_the_same_way(nearby):
    x, start = points(600)
    Leaving.client = dd.Client(nearby.cluster, set_as_default=False)
    start = Leaving(start.weights, start.means, start.covariances)
    with pytest.raises(distributed.SchedulerLost) as error:
        distributed.em(start, da.from_array(x, chunks=(300, 2)), Leaving.client)
    assert_one_sentence(error, "scheduler")
    assert isinstance(error.value.model, gl.GaussianMixture)


class Interrupted(gl.GaussianMixture):
    """A mixture that meets Ctrl-C while its data are looked at."""

    def check_data(self, x):
        raise KeyboardInterrupt


def test_ctrl_c_before_the_first_step_is_ctrl_c(nearby):
    x, start = points(600)
    start = Interrupted(start.weights, start.means, start.covariances)
    with pytest.raises(KeyboardInterrupt):
        distributed.em(start, da.from_array(x, chunks=(300, 2)), nearby)


def test_a_nan_is_found_where_it_is(client):
    x, start = points(600)
    x[437, 1] = np.nan
    with pytest.raises(ValueError) as error:
        distributed.em(start, da.from_array(x, chunks=(100, 2)), client)
    assert_one_sentence(error, "x[437, 1]", "nan")


def test_wrong_data_are_refused_in_one_sentence(nearby):
    x, start = points(600)
    blocks = da.from_array(x, chunks=(100, 2))
    with pytest.raises(TypeError) as error:
        distributed.em(start, x, nearby)
    assert_one_sentence(error, "x", "ndarray")
    with pytest.raises(ValueError) as error:
        distributed.em(start, blocks[:, :1], nearby)
    assert_one_sentence(error, "x", "(600, 1)")
    with pytest.raises(ValueError) as error:
        distributed.em(start, blocks[blocks[:, 0] > 50], nearby)
    assert_one_sentence(error, "x", "nan")
    with pytest.raises(TypeError) as error:
        distributed.em("model", blocks, nearby)
    assert_one_sentence(error, "model", "str")
    with pytest.raises(TypeError) as error:
        distributed.em(start, blocks, None)
    assert_one_sentence(error, "client", "NoneType")


def test_a_collapse_is_told_with_the_run_up_to_it(nearby):
    x, _ = points(400)
    x[:200] = x[0]
    start = gl.GaussianMixture(
        [0.5, 0.5], [x[0], [60, 60]], [np.eye(2) * 4, np.eye(2) * 400]
    )
    with pytest.raises(gl.CollapseError) as one:
        gl.em(start, x)
    with pytest.raises(gl.CollapseError) as far:
        distributed.em(start, da.from_array(x, chunks=(90, 2)), nearby)
    assert far.value.iteration == one.value.iteration
    assert far.value.component == one.value.component
    assert far.value.trace.n_iter == one.value.trace.n_iter
    assert all(isinstance(m, gl.GaussianMixture) for m in far.value.trace.models)


def missing(path, n, rows):
    return np.load(path + ".gone")


def test_a_block_that_cannot_be_read_says_so_itself(nearby, tmp_path):
    _, start = points(600)
    with pytest.raises(FileNotFoundError, match="gone"):
        distributed.em(start, blocks_from(missing, tmp_path / "x.npy"), nearby)


def test_the_library_needs_no_dask_until_it_is_used():
    code = "import sys, gmmlib.distributed; print('dask' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "False"
