"""What chapter 10 rests on: sums add up, memory stays flat, p/2N, honest tables."""

import os
import tracemalloc

import numpy as np
import pytest
from common import table_script

import gmmlib as gl
from gmmlib.memory import em_within, write_points
from gmmlib.selection import cost, new_points

speed = table_script("scale_speed")


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
    assert x.shape == (5000, 2)
    expected = truth.weights @ truth.means
    assert abs(x.mean(axis=0) - expected).max() < 2


@pytest.mark.parametrize("rows", [64, 1000, 10**6])
def test_the_size_of_blocks_changes_nothing_but_rounding(rows):
    x, start = gl.datasets.points_and_start(5000, 3, 4)
    run = speed.runs("gmmlib", x, start, rows)(3)
    usual = gl.em(start, x, max_iter=3, tol=None)
    np.testing.assert_allclose(run.model.means, usual.model.means, rtol=1e-10)


def test_gmmlib_and_scikit_learn_arrive_at_the_same_model_side_by_side():
    x, start = gl.datasets.points_and_start(3000, 2, 3)
    ours = speed.runs("gmmlib", x, start)(4).model
    theirs = speed.runs("sklearn", x, start)(4)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-7)


def test_a_fit_to_n_points_loses_p_over_2n_on_new_ones():
    table, p = gl.datasets.table("scale_enough"), 17
    assert gl.datasets.three_groups_mixture().n_parameters == p
    for N in (1000, 3000, 10_000, 30_000, 100_000):
        excess = table["excess"][table["N"] == N]
        error = excess.std() / np.sqrt(len(excess))
        assert abs(excess.mean() - p / (2 * N)) < 3 * error + 0.1 * p / (2 * N)


def test_entries_of_the_table_can_be_made_again():
    table, new = gl.datasets.table("scale_enough"), new_points()
    for N, draw in ((100, 3), (3000, 7)):
        entry = table[(table["N"] == N) & (table["draw"] == draw)]
        excess, error = cost(N, draw, new)
        assert excess == pytest.approx(entry["excess"][0], abs=1e-6)
        assert error == pytest.approx(entry["mean_error"][0], abs=1e-4)


def test_the_speed_table_holds_what_the_chapter_reads():
    planned = [
        (r["series"], r["program"], r["threads"], r["N"], r["D"], r["K"], r["rows"])
        for r in speed.plan()
        if r["program"] != "mclust"
    ]
    table = gl.datasets.table("scale_speed")
    kept = table[table["program"] != "mclust"]
    assert [tuple(row)[:7] for row in kept.tolist()] == planned
    assert (table["ms"] > 0).all() and (table["mb"] > 0).all()
    ours = {"program": "gmmlib", "threads": 1}
    assert len(gl.datasets.rows(table, series="programs", **ours)) == 4
