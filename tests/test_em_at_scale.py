"""What the figures of chapter 10 show: sums of blocks grow to those of the whole."""

import numpy as np
import pytest

from gmmlib.chapters import em_at_scale as chapter
from gmmlib.datasets import three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture


@pytest.fixture(scope="module")
def blocks():
    return chapter.add_up_the_blocks()


def bars(live, **changes):
    """Return the lengths of all bars, in sums, components and machines: (3, M, 6)."""
    values = live.values(**changes)
    with live._drawn(values):
        paths = [c.get_paths() for c in live.fig.axes[1].collections]
        ends = np.array([[p.vertices[:, 0] for p in of_k] for of_k in paths])
    return np.ptp(ends, axis=2).reshape(len(paths), values["machines"], -1)


@pytest.mark.parametrize("order", ["as drawn", "group by group"])
@pytest.mark.parametrize("machines", [1, 2, 3])
def test_sums_of_blocks_grow_to_those_of_the_whole(blocks, order, machines):
    parts = [
        bars(blocks, order=order, machines=machines, blocks=n) for n in (0, 4, 9.5, 15)
    ]
    sums = np.array([p.sum(axis=1) for p in parts])
    assert (sums[0] == 0).all() and (np.diff(sums, axis=0) > 0).all()
    np.testing.assert_allclose(sums[-1], 1)


def test_whoever_reads_what_the_sums_are_the_same(blocks):
    for n in (3, 7.3, 15):
        one, two, three = (
            bars(blocks, machines=m, blocks=n).sum(axis=1) for m in (1, 2, 3)
        )
        np.testing.assert_allclose(one, two)
        np.testing.assert_allclose(one, three)


def test_the_bars_are_the_sums_of_the_statistics():
    x, _ = three_groups(60, 1)
    model = GaussianMixture.from_points(x, 3, rng=0)
    r = model.responsibilities(x)
    terms = (r[:, :, None] * chapter._powers(x)[:, None]).sum(axis=0)
    new = model.m_step(model.e_step(x)[0])
    np.testing.assert_allclose(terms[:, 1:3] / terms[:, :1], new.means)
    second = terms[:, [3, 4, 4, 5]].reshape(3, 2, 2) / terms[:, 0, None, None]
    outer = new.means[:, :, None] * new.means[:, None]
    np.testing.assert_allclose(second - outer, new.covariances, rtol=1e-6)


def test_the_model_of_all_blocks_is_one_iteration_of_em(blocks):
    x, _ = three_groups(1500, seed=0)
    start = GaussianMixture.from_points(x, 3, rng=0)
    wanted = em(start, x, max_iter=5, tol=None, progress=False).model.means
    for order in ("as drawn", "group by group"):
        with blocks._drawn(blocks.values(order=order, blocks=15)):
            lines = blocks.fig.axes[0].lines
            found = [line.get_xydata()[0] for line in lines]
        np.testing.assert_allclose(found, wanted)


def test_a_reading_between_two_blocks_has_the_sentence_of_the_first(blocks):
    assert "read 8 of 15" in blocks.sentence(**blocks.values(blocks=8.7))
    assert "Nothing is read" in blocks.sentence(**blocks.values(blocks=0.7))


def test_play_stays_at_hand_where_the_star_can_be_dragged(blocks):
    names = [name for _, across, *_ in blocks._handles for name, _ in [across]]
    row, folded = blocks.children[:2]
    assert names == ["blocks"]
    assert any(hasattr(child, "play") for child in row.children)
    assert not any(hasattr(child, "play") for child in getattr(folded, "children", ()))


def test_the_star_of_enough_points_stands_at_its_number_of_points():
    live = chapter.enough_points()
    for power in (2.0, 4.25):
        live.frame(**live.values(power=power))
        ((_, (name, value), *_),) = live._handles
        assert name == "power" and value(10**power) == pytest.approx(power)
