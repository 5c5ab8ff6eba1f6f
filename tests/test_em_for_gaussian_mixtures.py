"""What chapter 6 derives holds, and its pictures show what the library computes."""

import numpy as np
import pytest
from common import held, random_covariances

import gmmlib as gl
from gmmlib import wrong_formulas
from gmmlib.chapters.em_for_gaussian_mixtures import (
    BY_HAND,
    contours,
    gaussian_explorer,
    seven_points_climb,
    two_climbs,
    what_happened,
    wrong_formula,
)
from gmmlib.collapse import follow
from gmmlib.show import marks
from gmmlib.show.look import figure

X, _ = gl.datasets.three_groups()


@pytest.fixture(params=range(4))
def problem(request):
    """Give points, frozen responsibilities, and a random place (π, μ, Σ)."""
    rng = np.random.default_rng(request.param)
    K, D = rng.integers(1, 4), rng.integers(1, 4)
    x = 2 * rng.normal(size=(60, D))
    r = rng.dirichlet(np.ones(K), size=60)
    place = (
        rng.dirichlet(np.full(K, 3.0)),
        rng.normal(size=(K, D)),
        random_covariances(rng, K, D),
    )
    return rng, x, r, place


def Q(x, r, weights, means, covariances):
    return gl.GaussianMixture(weights, means, covariances).expected_log_joint(x, r)


def slope(f, step=1e-5):
    return (f(step) - f(-step)) / (2 * step)


def scatter(x, r, means):
    d = x[:, None, :] - means
    sums = np.einsum("nk,nki,nkj->kij", r, d, d)
    return sums / r.sum(axis=0)[:, None, None]


def test_the_slope_in_the_means_is_precision_times_weighted_deviations(problem):
    rng, x, r, (w, m, C) = problem
    v = rng.normal(size=m.shape)
    bracket = r.T @ x - r.sum(axis=0)[:, None] * m
    G = np.linalg.solve(C, bracket[:, :, None])[:, :, 0]
    expected = slope(lambda t: Q(x, r, w, m + t * v, C))
    assert (G * v).sum() == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_the_slopes_in_precision_and_covariance_along_symmetric_directions(problem):
    rng, x, r, (w, m, C) = problem
    V = 0.1 * rng.normal(size=C.shape)
    V = V + V.transpose(0, 2, 1)
    half = r.sum(axis=0)[:, None, None] / 2
    S, P = scatter(x, r, m), np.linalg.inv(C)
    found = slope(lambda t: Q(x, r, w, m, np.linalg.inv(P + t * V)))
    assert (half * (C - S) * V).sum() == pytest.approx(found, rel=1e-5, abs=1e-4)
    found = slope(lambda t: Q(x, r, w, m, C + t * V))
    G = half * (P @ S @ P - P)
    assert (G * V).sum() == pytest.approx(found, rel=1e-5, abs=1e-4)


def test_no_other_mixture_has_a_higher_expected_log_joint(problem):
    rng, x, r, (w, m, C) = problem
    weights, means, covariances = wrong_formulas.m_step(x, r, (w, m, C))
    top = Q(x, r, weights, means, covariances)
    assert Q(x, r, w, m, C) < top
    for size in (1e-3, 1e-1, 1):
        A = np.eye(m.shape[1]) + size * rng.normal(size=C.shape)
        other = A @ covariances @ A.transpose(0, 2, 1) + 1e-9 * np.eye(m.shape[1])
        shares = weights * np.exp(size * rng.normal(size=len(w)))
        shifted = means + size * rng.normal(size=m.shape)
        assert Q(x, r, shares / shares.sum(), shifted, other) <= top + 1e-9


def test_q_is_concave_in_precision_and_precision_times_mean(problem):
    rng, x, r, _ = problem
    K, D = r.shape[1], x.shape[1]
    w = np.full(K, 1 / K)

    def end():
        covariances = 4 * random_covariances(rng, K, D)
        precisions = np.linalg.inv(covariances)
        return precisions, precisions @ rng.normal(size=(K, D, 1))

    def height(P, eta):
        C = np.linalg.inv(P)
        C = (C + C.transpose(0, 2, 1)) / 2
        return Q(x, r, w, (C @ eta)[:, :, 0], C)

    for _ in range(50):
        (P, eta), (R, zeta) = end(), end()
        middle = height((P + R) / 2, (eta + zeta) / 2)
        assert middle >= (height(P, eta) + height(R, zeta)) / 2 - 1e-9


def test_the_seven_points_give_the_published_numbers():
    x = gl.datasets.seven_points()
    book = gl.GaussianMixture([1 / 3] * 3, [-4, 0, 8], [1, 0.2, 3])
    trace, _ = follow(book, x, 20)
    assert trace.log_likelihoods[:2].round(2).tolist() == [-28.33, -14.41]
    end = trace.model
    np.testing.assert_allclose(end.weights, [0.28567, 0.28321, 0.43112], atol=1e-5)
    np.testing.assert_allclose(
        end.means[:, 0], [-2.75004, -0.50412, 3.64457], atol=1e-4
    )
    np.testing.assert_allclose(
        end.covariances[:, 0, 0], [0.0625, 0.25058, 1.62894], atol=1e-4
    )


def test_a_run_that_collapses_is_followed_as_far_as_it_went():
    x = gl.datasets.seven_points()
    start = gl.GaussianMixture([1 / 3] * 3, [-4, 3, 8], [1, 0.2, 3])
    trace, why = follow(start, x, 20)
    assert why == f"iteration {len(trace.models)} fails: ■ shrinks to 0"
    assert what_happened(trace, why, 20).startswith("Iteration 11 fails")


def test_contours_lie_where_the_density_is_a_power_of_one_half_of_its_top():
    ax = figure(3, 3).subplots()
    ax.set(xlim=(0, 130), ylim=(-5, 115))
    model = gl.datasets.three_groups_mixture()
    on_lines = np.vstack(contours(ax, model).get_segments())
    grid = np.stack(np.meshgrid(np.linspace(0, 130, 90), np.linspace(-5, 115, 90)), -1)
    top = np.exp(model.log_joint(grid.reshape(-1, 2))).sum(axis=1).max()
    halvings = -np.log2(np.exp(model.log_joint(on_lines)).sum(axis=1) / top)
    assert abs(halvings - halvings.round()).max() < 0.1
    assert set(halvings.round().astype(int)) == set(range(1, 8))


def test_two_climbs_show_both_runs_and_no_more_than_was_run():
    ax = figure(3, 3).subplots()
    two_climbs(ax, np.linspace(-20, -10, 11), np.array([-20.0, -25.0]), 6)
    right, wrong, star = ax.lines
    assert max(right.get_xdata()) == 6 and max(wrong.get_xdata()) == 1
    assert star.get_xydata().tolist() == [[1, -25]]


def test_the_explorer_says_what_em_did():
    shown = gaussian_explorer()
    first = gl.GaussianMixture.from_points(X, 3, rng=5)
    ells = gl.em(first, X, max_iter=2, tol=None).log_likelihoods
    said = shown.sentence(**shown.values(start="kmeans++ 5", iteration=2))
    assert f"lifts ℓ by {ells[2] - ells[1]:.1f} to −{-ells[2]:.1f}" in said


@pytest.mark.parametrize("start", ["hand 0", "kmeans++ 2", "points 5"])
def test_each_mean_of_the_explorer_is_held_where_it_starts(start):
    shown = gaussian_explorer()
    moved = {"right_1": 12, "up_1": -8, "up_3": -20}
    values = dict.fromkeys((f"{w}_{k}" for k in (1, 2, 3) for w in ("right", "up")), 0)
    values |= moved
    handles = held(shown, start=start, iteration=7, **moved)
    assert len(handles) == 3
    found = {name: value for handle in handles for name, value in handle.items()}
    assert found == pytest.approx(values, abs=1e-9)


def test_a_mean_far_outside_can_still_be_taken_hold_of():
    shown = gaussian_explorer()
    (far, *_) = held(shown, right_1=-120, up_1=120)
    left, top = shown.fig.axes[0].get_xlim()[0], shown.fig.axes[0].get_ylim()[1]
    assert far == pytest.approx({"right_1": left - 40, "up_1": top - 30})


def test_a_new_start_forgets_where_means_were_dragged():
    shown = gaussian_explorer()
    shown.controls["right_2"].value = 30
    shown.controls["start"].value = "points 1"
    assert shown.controls["right_2"].value == 0


def test_a_slider_that_would_move_nothing_is_not_there():
    shown = gaussian_explorer()

    def there(**values):
        for name, value in values.items():
            shown.controls[name].value = value
        controls = shown.controls.items()
        return {name for name, c in controls if c.layout.display != "none"}

    everything = set(shown.controls)
    fourth, third = {"right_4", "up_4"}, {"right_3", "up_3"}
    assert there() == everything - fourth
    assert there(K=4) == everything
    assert there(K=2) == everything - fourth - third
    assert there(K=3, start="points 1") == everything - fourth - {"spread", "share"}


def test_means_dragged_to_one_place_never_part():
    shown = gaussian_explorer()
    moved = {}
    for k, place in enumerate(BY_HAND, start=1):
        moved |= {f"right_{k}": 60 - place[0], f"up_{k}": 50 - place[1]}
    said = shown.sentence(**shown.values(iteration=60, **moved))
    assert said.endswith("shares ● .30, ■ .35, ▲ .35")


def test_moving_the_second_mean_leads_the_seven_points_elsewhere():
    shown = seven_points_climb()
    ends = [shown.sentence(**shown.values(mean_2=m, iteration=20)) for m in (0.0, 1.0)]
    assert "ℓ = −13.97" in ends[0] and "ℓ = −13.91" in ends[1]


def test_the_last_of_the_seven_points_is_held_and_fitted_where_it_is():
    shown = seven_points_climb()
    assert {"last": 7.5} in held(shown, last=7.5, iteration=3)
    x = np.array([*gl.datasets.seven_points()[:-1], 7.5])
    start = gl.GaussianMixture([1 / 3] * 3, [-4, 0, 8], [1, 0.2, 3])
    ell = gl.em(start, x, max_iter=3, tol=None).log_likelihoods[-1]
    said = shown.sentence(**shown.values(last=7.5, iteration=3))
    assert f"ℓ = −{-ell:.2f}" in said


def test_between_two_iterations_shapes_move_first_and_colours_then():
    models = gl.em(gl.GaussianMixture.from_points(X, 3), X, max_iter=2).models
    early, r = marks.moment(models, X, 1.25)
    np.testing.assert_allclose(early.means, (models[1].means + models[2].means) / 2)
    np.testing.assert_array_equal(r, models[1].responsibilities(X))
    late, r = marks.moment(models, X, 1.75)
    assert late == models[2]
    both = models[1].responsibilities(X) + models[2].responsibilities(X)
    np.testing.assert_allclose(r, both / 2)


def test_a_wrong_formula_is_followed_between_two_iterations():
    shown = wrong_formula()
    values = shown.values(mistake="1/N for 1/N_k in Σ", iteration=2.3)
    assert "iteration 2 lowers ℓ to" in shown.sentence(**values)


def test_a_component_says_its_parameters():
    model = gl.GaussianMixture([0.25, 0.75], [[1, 2], [-3, 4]], [np.eye(2)] * 2)
    assert marks.component_in_words(model, 1) == (
        "■ has share .75, mean (−3.00, 4.00), σ (1.00, 1.00)"
    )
    line = gl.GaussianMixture([0.25, 0.75], [1, -3], [4, 0.25])
    assert marks.component_in_words(line, 0) == "● has share .25, mean 1.00, σ 2.00"


def test_colours_are_mixed_by_responsibility():
    r = np.array([[1.0, 0, 0], [0, 1, 0], [0.5, 0.5, 0]])
    one, two, both = marks.mixed_colours(r)
    np.testing.assert_allclose(both, (one + two) / 2)
