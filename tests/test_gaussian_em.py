"""What chapter 6 derives holds, and its pictures show what the library computes."""

import numpy as np
import pytest
from common import random_covariances

import gmmlib as gl
from gmmlib import wrong_formulas
from gmmlib.collapse import follow
from gmmlib.plots.gaussian_em import (
    Contours,
    Relief,
    TwoClimbs,
    what_happened,
)
from gmmlib.plots.gaussians import mixed_colours
from gmmlib.show.look import figure
from gmmlib.widgets.gaussian_em import gaussian_explorer, seven_points_climb

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
    path = follow(book, x, 20)
    assert path.log_likelihoods[:2].round(2).tolist() == [-28.33, -14.41]
    end = path.models[-1]
    np.testing.assert_allclose(end.weights, [0.28567, 0.28321, 0.43112], atol=1e-5)
    np.testing.assert_allclose(
        end.means[:, 0], [-2.75004, -0.50412, 3.64457], atol=1e-4
    )
    np.testing.assert_allclose(
        end.covariances[:, 0, 0], [0.0625, 0.25058, 1.62894], atol=1e-4
    )


def test_a_run_that_collapses_is_followed_as_far_as_it_went():
    x = gl.datasets.seven_points()
    path = follow(gl.GaussianMixture([1 / 3] * 3, [-4, 3, 8], [1, 0.2, 3]), x, 20)
    assert path.why == f"iteration {len(path.models)} fails: ■ shrinks to 0"
    assert path.at(20) == len(path.models) - 1
    assert what_happened(path, 20).startswith("Iteration 11 fails")


def test_the_relief_is_as_high_as_the_density_and_keeps_below_its_top():
    relief = Relief(figure(3, 3).subplots(), (0, 130), (0, 110), top=6e-4)
    model = gl.datasets.three_groups_mixture()
    (cells,) = relief.show(model)
    corners = np.array([path.vertices[:4] for path in cells.get_paths()])
    front = corners[-36:, 0, 1]  # the row nearest to the reader, left corners
    density = np.exp(model.log_joint(relief.grid[:36])).sum(axis=1)
    peak = np.exp(model.log_joint(relief.grid)).sum(axis=1).max()
    np.testing.assert_allclose(front, density * 0.75 / max(6e-4, peak), atol=1e-12)
    assert corners[..., 1].max() <= 0.5 + 0.75


def test_contours_lie_where_the_density_is_a_power_of_one_half_of_its_top():
    ax = figure(3, 3).subplots()
    ax.set(xlim=(0, 130), ylim=(-5, 115))
    contours, model = Contours(ax), gl.datasets.three_groups_mixture()
    (lines,) = contours.show(model, True)
    top = np.exp(model.log_joint(contours.grid)).sum(axis=1).max()
    on_lines = np.vstack(lines.get_segments())
    halvings = -np.log2(np.exp(model.log_joint(on_lines)).sum(axis=1) / top)
    assert abs(halvings - halvings.round()).max() < 0.1
    assert set(halvings.round().astype(int)) == set(range(1, 8))


def test_two_climbs_show_both_runs_and_no_more_than_was_run():
    climbs = TwoClimbs(figure(3, 3).subplots(), 10)
    right, wrong = np.linspace(-20, -10, 11), np.array([-20.0, -25.0])
    climbs.show(right, wrong, 6)
    assert len(climbs.right.get_xdata()) == 7 and len(climbs.wrong.get_xdata()) == 2
    assert climbs.now.get_ydata()[0] == -25


def test_the_explorer_says_what_em_did():
    shown = gaussian_explorer()
    first = gl.GaussianMixture.from_points(X, 3, rng=5)
    ells = gl.em(first, X, max_iter=2, tol=None).log_likelihoods
    said = shown.sentence(**shown.values(start="kmeans++ 5", iteration=2))
    assert f"ℓ up {ells[2] - ells[1]:.1f} to −{-ells[2]:.1f}" in said


def test_moving_the_second_mean_leads_the_seven_points_elsewhere():
    shown = seven_points_climb()
    ends = [shown.sentence(**shown.values(mean_2=m, iteration=20)) for m in (0.0, 1.0)]
    assert "ℓ = −13.97" in ends[0] and "ℓ = −13.91" in ends[1]


def test_colours_are_mixed_by_responsibility():
    r = np.array([[1.0, 0, 0], [0, 1, 0], [0.5, 0.5, 0]])
    one, two, both = mixed_colours(r)
    np.testing.assert_allclose(both, (one + two) / 2)
