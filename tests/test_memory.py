"""Memory beside the data stays small, however many points a file holds."""

import os
import tracemalloc

import numpy as np

import gmmlib as gl
from gmmlib.memory import em_within, write_points


def test_memory_beside_the_data_does_not_grow_with_the_points(monkeypatch):
    monkeypatch.setattr(
        "gmmlib.numerics.blocks._processors", lambda: 1
    )  # each thread has some
    start = gl.datasets.three_groups_mixture()
    peaks = []
    for copies in (200, 800):
        x = np.tile(gl.datasets.three_groups(1500)[0], (copies, 1))
        tracemalloc.start()
        gl.em(start, x, max_iter=1, tol=None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1e6


def test_a_file_larger_than_the_memory_allowed_can_be_fitted(tmp_path):
    truth, path = gl.datasets.three_groups_mixture(), tmp_path / "points.npy"
    write_points(path, truth, 1_500_000)
    trace, whole = em_within(12, path, truth, 1)
    assert trace.n_iter == 1
    if os.path.exists("/proc/self/status"):  # Linux keeps to the limit
        assert not whole


def test_points_written_in_pieces_are_those_of_the_mixture(tmp_path):
    truth, path = gl.datasets.three_groups_mixture(), tmp_path / "points.npy"
    write_points(path, truth, 5000, rows=700)
    x = np.load(path)
    assert x.shape == (5000, 2) and len(np.unique(x, axis=0)) == 5000
    expected = truth.weights @ truth.means
    assert abs(x.mean(axis=0) - expected).max() < 2
