"""The scripts in notebooks/tables make the tables that are committed."""

import numpy as np
import pytest
from common import TABLES, table_script

import gmmlib as gl

SCRIPTS = sorted(path.stem for path in TABLES.glob("*.py"))
speed = table_script("scale_speed")


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "scale_speed"])
def test_the_script_of_a_table_makes_its_comment_its_columns_and_its_first_row(name):
    script, table = table_script(name), gl.datasets.table(name)
    path = TABLES.parents[1] / "gmmlib" / "data" / f"{name}.csv"
    head = [f"# {line}".rstrip() for line in script.__doc__.splitlines()]
    lines = path.read_text("utf-8").splitlines()
    assert lines[: len(head) + 1] == [*head, script.HEADER]
    assert f"notebooks/tables/{name}.py" in head[0]
    for found, stored in zip(next(script.rows()), table[0].tolist(), strict=True):
        if isinstance(stored, str):
            assert found == stored
        else:
            assert float(found) == pytest.approx(stored, rel=1e-3, abs=0.02)


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


def test_the_speed_table_holds_what_the_chapter_reads():
    planned = [row for row in speed.plan() if row[1] != "mclust"]
    table = gl.datasets.table("scale_speed")
    kept = table[table["program"] != "mclust"]
    assert [tuple(row)[:7] for row in kept.tolist()] == planned
    assert (table["ms"] > 0).all() and (table["mb"] > 0).all()
    ours = {"program": "gmmlib", "threads": 1}
    assert len(gl.datasets.rows(table, series="programs", **ours)) == 4
