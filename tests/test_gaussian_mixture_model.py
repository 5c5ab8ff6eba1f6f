"""What chapter 5 shows is true: stacks, cuts, curves that turn back, draws."""

import numpy as np
import pytest
from common import held

from gmmlib.chapters.gaussian_mixture_model import (
    HEIGHTS,
    SIDE,
    from_above,
    label_then_point,
    mixture_in_the_plane,
    mixture_on_a_line,
    plane_axes,
    plate_diagram,
    whitened,
    whose_height,
)
from gmmlib.datasets import three_groups_mixture
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import log_odds
from gmmlib.show import marks
from gmmlib.show.look import figure


def gaussian_pair(means, deviations, share):
    return GaussianMixture([share, 1 - share], means, np.square(deviations))


def test_the_builder_has_a_posterior_where_all_densities_are_rounded_to_0():
    shown = mixture_on_a_line()
    narrow = {f"mu_{k}": 2.0 for k in (1, 2, 3)} | {f"sd_{k}": 0.4 for k in (1, 2, 3)}
    values = shown.values(x=20.0, **narrow)
    assert shown.sentence(**values).endswith(
        "density is below 10⁻³⁰⁰, the posterior .40, .30, .30"
    )
    shown.frame(**values)


def test_the_builder_reports_area_1_at_every_corner_unless_weights_are_forgotten():
    shown = mixture_on_a_line()
    for mean in (2.0, 18.0):
        for sd in (0.4, 4.0):
            values = shown.values(mu_1=mean, mu_2=mean, sd_1=sd, part_1=10)
            assert shown.sentence(**values).startswith("The area is 1.00;")
            wrong = shown.sentence(**values | {"forget": True})
            assert wrong.startswith("Without weights the area is 3.00;")


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, "the more probable"),
        ({"mean_1": 150}, "the less probable"),
        ({"mean_1": 162}, "the same at every other height"),
        ({"sd_2": 6}, "least probable at 126 cm"),
        ({"sd_1": 6}, "most probable at"),
    ],
)
def test_the_sentence_says_how_the_posterior_bends(changes, said):
    shown = whose_height()
    values = shown.values(**changes)
    assert said in shown.sentence(**values)
    pair = gaussian_pair(
        [values["mean_1"], values["mean_2"]], [values["sd_1"], values["sd_2"]], 0.5
    )
    slopes = np.sign(np.diff(log_odds(pair, HEIGHTS)).round(9))
    assert len(set(slopes)) == (2 if "probable at" in said else 1)


@pytest.mark.parametrize("seed", range(21))
def test_the_number_u_falls_into_the_segment_of_the_label(seed):
    model = three_groups_mixture()
    u = np.random.default_rng(seed).random(400)
    _, z = model.sample(400, seed)
    assert (np.searchsorted(model.weights.cumsum(), u) == z).all()


def test_the_story_tells_label_then_point():
    shown = label_then_point()
    assert "No point" in shown.sentence(step=0, seed=1)
    assert shown.sentence(step=1, seed=1) == "Point 1 begins: u = .512 gives z = 2"
    assert shown.sentence(step=2, seed=1).startswith("Point 1 has z = 2 and x = (")


def test_on_the_borders_the_two_largest_shares_are_equal():
    model = three_groups_mixture()
    lines = marks.borders(model, np.linspace(0, 110, 61))
    found = np.sort(model.responsibilities(np.vstack(lines)), axis=1)
    np.testing.assert_allclose(found[:, -1], found[:, -2], atol=0.03)


def test_borders_are_drawn_for_hard_labels_alone():
    model = three_groups_mixture()
    x, _ = model.sample(50, 0)
    drawn = []
    for hard in (False, True):
        ax = figure(4, 3).subplots()
        plane_axes(ax)
        from_above(ax, x, model, model.responsibilities(x), hard)
        drawn.append(len(ax.collections))
    assert drawn[1] == drawn[0] + 1


def test_without_weights_the_titles_do_not_speak_of_joint_and_posterior():
    shown = mixture_on_a_line()
    for forget, said in ((True, "no joint"), (False, "joint: stacked")):
        shown.frame(**shown.values(forget=forget))
        assert said in shown.fig.axes[0].get_title()


SQUARE = (0, SIDE, 0, SIDE)


def test_the_mountain_is_drawn_from_the_back_to_the_front():
    flat = GaussianMixture([1], [[55, 55]], [1e9 * np.eye(2)])  # next to level
    for turn in (-180, -25, 70):
        faces = marks.mountain(figure(4, 3).subplots(), flat, SQUARE, turn, size=20)
        middles = [path.vertices[:4, 1].mean() for path in faces.get_paths()]
        assert (np.diff(middles) <= 1e-6).all()  # further away is further up


@pytest.mark.parametrize("top", [0.0, 6e-4, 1e-5])
def test_the_mountain_is_as_high_as_the_density_and_keeps_below_its_summit(top):
    model, size = three_groups_mixture(), 34
    ax = figure(3, 3).subplots()
    cells = marks.mountain(ax, model, SQUARE, turn=0, top=top, size=size)
    corners = np.array([path.vertices[:4] for path in cells.get_paths()])
    across = np.linspace(0, SIDE, size)
    grid = np.stack(np.meshgrid(across, across), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_density(grid))
    high = marks.HEIGHT * np.cos(marks.TILT)
    front = corners[-(size - 1) :]  # the row nearest to the reader
    front = front[np.argsort(front[:, 0, 0], kind="stable"), 0, 1]
    ground = -0.5 * np.sin(marks.TILT)
    expected = ground + high * density[: size - 1] / max(top, density.max())
    np.testing.assert_allclose(front, expected, atol=1e-12)
    assert corners[..., 1].max() <= 0.5 * np.sin(marks.TILT) + high


@pytest.mark.parametrize(
    "make, changes",
    [
        (whose_height, {"mean_1": 150, "sd_1": 4, "sd_2": 11, "height": 93}),
        (mixture_on_a_line, {"mu_1": 3.5, "sd_2": 0.4, "sd_3": 4.0, "x": 12.3}),
        (mixture_in_the_plane, {"right": 33, "up": 91, "right_1": -8, "up_2": 20}),
    ],
)
def test_a_handle_stands_where_its_controls_are(make, changes):
    shown = make()
    found = [pair for handle in held(shown, **changes) for pair in handle.items()]
    assert set(changes) <= {name for name, _ in found}
    for name, value in found:
        assert value == pytest.approx(shown.values(**changes)[name], abs=1e-9), name


def test_the_picture_of_whitening_says_both_distances():
    mean, covariance = np.array([172, 70]), [[64, 58], [58, 144]]
    model = GaussianMixture([1], [mean], [covariance])
    marked = mean + np.array([[10, 10], [10, -10]])
    said = repr(whitened(model, marked, marked))
    for point in marked - mean:
        distance = np.sqrt(point @ np.linalg.inv(covariance) @ point)
        assert f"and {distance:.2f} whitened" in said


def test_the_plate_diagram_is_a_picture_with_words():
    assert "zₙ" in repr(plate_diagram())
    assert plate_diagram().png.startswith(b"\x89PNG")
