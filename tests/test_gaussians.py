"""Gaussian mixtures: the density, its maximum, its collapses and its starts."""

import copy
import pickle

import numpy as np
import pytest
from common import (
    COVARIANCE_TYPES,
    assert_close,
    assert_one_sentence,
    covariance_types,
    random_covariances,
    random_mixture,
    seeds,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import gmmlib as gl
from gmmlib import seeding
from gmmlib.numerics.gaussian_arithmetic import _inverse_of_lower

pytestmark = pytest.mark.filterwarnings(
    "error", "ignore:Implicitly cleaning up:ResourceWarning"
)

every_type = pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)


def direct_log_joint(model, x):
    """Compute ln π_k + ln N(x_n | μ_k, Σ_k) with SciPy's density."""
    parts = zip(model.weights, model.means, model.covariances, strict=True)
    with np.errstate(divide="ignore"):
        columns = [
            np.log(weight) + np.atleast_1d(multivariate_normal.logpdf(x, mean, S))
            for weight, mean, S in parts
        ]
    return np.column_stack(columns)


def overlapping(rng, N, D, K=3):
    """Draw N points of overlapping groups."""
    return random_mixture(rng, K, D).sample(N, rng)[0]


# The density


@given(seed=seeds, covariance_type=covariance_types, D=st.integers(1, 4))
def test_log_joint_is_the_trusted_density(seed, covariance_type, D):
    rng = np.random.default_rng(seed)
    model = random_mixture(rng, 3, D, covariance_type)
    x = rng.normal(scale=5, size=(9, D))
    exact = direct_log_joint(model, x)
    np.testing.assert_allclose(model.log_joint(x), exact, rtol=1e-10, atol=1e-10)
    assert model.log_likelihood(x) == pytest.approx(logsumexp(exact, axis=1).sum())


@given(seed=seeds, K=st.integers(1, 4))
def test_density_in_one_dimension_integrates_to_one(seed, K):
    model = random_mixture(np.random.default_rng(seed), K, 1)
    spread = np.sqrt(model.covariances.max())
    grid = np.linspace(
        model.means.min() - 10 * spread, model.means.max() + 10 * spread, 4001
    )
    density = np.exp(model.log_joint(grid)).sum(axis=1)
    assert density.sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=1e-9)


@settings(max_examples=10)
@given(seed=seeds, covariance_type=covariance_types)
def test_density_in_two_dimensions_integrates_to_one(seed, covariance_type):
    rng = np.random.default_rng(seed)
    model = random_mixture(rng, 2, 2, covariance_type)
    widest = np.sqrt(np.linalg.eigvalsh(model.covariances).max())
    low, high = model.means.min(axis=0), model.means.max(axis=0)
    axes = np.linspace(low - 8 * widest, high + 8 * widest, 301)
    grid = np.stack(np.meshgrid(*axes.T), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_joint(grid)).sum(axis=1)
    assert density.sum() * np.prod(axes[1] - axes[0]) == pytest.approx(1, abs=1e-6)


def test_density_with_strong_correlation_integrates_to_one():
    model = gl.GaussianMixture([1], [[1, -2]], [[[4, 3.6], [3.6, 9]]])
    side = np.linspace(-25, 25, 501)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    assert np.exp(model.log_joint(grid)).sum() * 0.01 == pytest.approx(1, abs=1e-9)


def test_density_can_exceed_one():
    assert gl.GaussianMixture([1], [0], [1e-4]).log_likelihood([0]) == pytest.approx(
        np.log(100 / np.sqrt(2 * np.pi))
    )


def test_far_point_belongs_to_one_component_without_underflow():
    model = gl.GaussianMixture([0.5, 0.5], [0, 10], [1, 1])
    assert model.responsibilities([1e6]).tolist() == [[0, 1]]
    exact = np.log(0.5) - 0.5 * np.log(2 * np.pi) - (1e6 - 10) ** 2 / 2
    assert model.log_likelihood([1e6]) == pytest.approx(exact, rel=1e-15)


# The M-step


def perturbed(model, rng, size):
    """Return a legal model near this one: of the same type, above the same floor."""
    K, D = model.means.shape
    weights = model.weights * np.exp(size * rng.normal(size=K))
    S, kind = model.covariances, model.covariance_type
    if kind in ("diag", "spherical"):
        columns = D if kind == "diag" else 1
        S = S * np.exp(size * rng.normal(size=(K, columns, 1)))
    else:
        A = np.eye(D) + size * rng.normal(size=(K if kind == "full" else 1, D, D))
        S = A @ S @ A.transpose(0, 2, 1)
        S = (S + S.transpose(0, 2, 1)) / 2
    which = rng.integers(4)  # all together, or one kind alone
    spread = np.sqrt(np.diagonal(model.covariances, axis1=1, axis2=2))
    means = model.means + size * spread * rng.normal(size=(K, D))
    return gl.GaussianMixture(
        weights / weights.sum() if which in (0, 1) else model.weights,
        means if which in (0, 2) else model.means,
        S if which in (0, 3) else model.covariances,
        kind,
        model.covariance_floor,
        model.covariance_prior,
    )


@given(
    seed=seeds,
    covariance_type=covariance_types,
    D=st.integers(1, 3),
    floor=st.sampled_from([0, 0.5, 2.0, 20.0]),
    points=st.sampled_from([None, 0.5, 40]),
)
def test_m_step_maximises_the_expected_log_joint_and_the_prior(
    seed, covariance_type, D, floor, points
):
    rng = np.random.default_rng(seed)
    x = overlapping(rng, 60, D)
    prior = points and gl.CovariancePrior(random_covariances(rng, 1, D)[0], points)
    old = random_mixture(rng, 2, D, covariance_type, floor, prior)
    q = old.responsibilities(x)
    new = old.m_step(old.e_step(x)[0])
    best = new.expected_log_joint(x, q) + new.log_prior()
    for size in (1e-4, 1e-3, 1e-2, 0.1, 0.5):
        for _ in range(6):
            other = perturbed(new, rng, size)
            reached = other.expected_log_joint(x, q) + other.log_prior()
            assert reached <= best + 1e-11 * abs(best)


def my_e_step(x, weights, means, covariances):  # as the reader of chapter 6 writes it
    d = x[:, None, :] - means
    inverse = np.linalg.inv(covariances)
    squares = np.einsum("nki,kij,nkj->nk", d, inverse, d)
    log_det = np.linalg.slogdet(2 * np.pi * covariances)[1]
    log_p = np.log(weights) - 0.5 * (log_det + squares)
    evidence = logsumexp(log_p, axis=1, keepdims=True)
    return np.exp(log_p - evidence), evidence.sum()


def my_m_step(x, r):
    counts = r.sum(axis=0)
    means = (r.T @ x) / counts[:, None]
    d = x[:, None, :] - means
    scatter = np.einsum("nk,nki,nkj->kij", r, d, d)
    covariances = scatter / counts[:, None, None]
    return counts / len(x), means, covariances


def nearest_of_type(covariance_type, weights, covariances):
    """Return what a type makes of the best full covariances."""
    if covariance_type == "tied":
        return np.stack([np.average(covariances, axis=0, weights=weights)] * 3)
    if covariance_type in ("diag", "spherical"):
        covariances = covariances * np.eye(covariances.shape[1])
    if covariance_type == "spherical":
        mean = np.trace(covariances, axis1=1, axis2=2) / covariances.shape[1]
        covariances = mean[:, None, None] * np.eye(covariances.shape[1])
    return covariances


@every_type
@pytest.mark.parametrize("D", [1, 2, 3])
@pytest.mark.parametrize("apart", [1, 1000])  # deviations: origins in common, or not
def test_em_is_the_fifteen_lines_of_chapter_six(covariance_type, D, apart):
    rng = np.random.default_rng(D)
    truth = random_mixture(rng, 3, D, covariance_type)
    places = truth.means * apart
    truth = gl.GaussianMixture(
        truth.weights, places, truth.covariances, covariance_type
    )
    x = truth.sample(200, rng)[0]
    shifted = places + rng.normal(scale=0.3, size=(3, D))
    start = gl.GaussianMixture([1 / 3] * 3, shifted, truth.covariances, covariance_type)
    trace = gl.em(start, x, max_iter=8, tol=0)
    mine = start.weights, start.means, start.covariances
    for model, log_likelihood in zip(trace.models, trace.log_likelihoods, strict=True):
        exact = gl.GaussianMixture(*mine, covariance_type)
        assert_close(model, exact, rtol=1e-9, atol=1e-10 * apart)
        r, mine_says = my_e_step(x, *mine)
        assert log_likelihood == pytest.approx(mine_says, rel=1e-10)
        np.testing.assert_allclose(model.responsibilities(x), r, atol=1e-9)
        np.testing.assert_allclose(
            model.log_joint(x), direct_log_joint(exact, x), rtol=1e-9, atol=1e-8
        )
        weights, means, covariances = my_m_step(x, r)
        covariances = nearest_of_type(covariance_type, weights, covariances)
        mine = weights, means, covariances


@every_type
@pytest.mark.parametrize("D", [1, 2, 3])
def test_same_start_gives_what_scikit_learn_gives(covariance_type, D):
    from sklearn.mixture import GaussianMixture as Trusted

    rng = np.random.default_rng(10 + D)
    x = overlapping(rng, 300, D)
    start = gl.GaussianMixture.from_points(x, 3, rng=2, covariance_type=covariance_type)
    precisions = np.linalg.inv(start.covariances)
    theirs = Trusted(
        3,
        covariance_type=covariance_type,
        tol=0,
        reg_covar=0,
        max_iter=30,
        init_params="random",
        weights_init=start.weights,
        means_init=start.means,
        precisions_init={
            "full": precisions,
            "tied": precisions[0],
            "diag": np.diagonal(precisions, axis1=1, axis2=2),
            "spherical": precisions[:, 0, 0],
        }[covariance_type],
    )
    with pytest.warns(match="did not converge"):
        theirs.fit(x)
    trace = gl.em(start, x, max_iter=30, tol=0)
    covariances = {
        "full": lambda S: S,
        "tied": lambda S: np.stack([S] * 3),
        "diag": lambda S: S[:, :, None] * np.eye(D),
        "spherical": lambda S: S[:, None, None] * np.eye(D),
    }[covariance_type](theirs.covariances_)
    model = trace.model
    np.testing.assert_allclose(model.weights, theirs.weights_, rtol=1e-8)
    np.testing.assert_allclose(model.means, theirs.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(model.covariances, covariances, rtol=1e-8, atol=1e-8)
    assert trace.log_likelihoods[-1] / 300 == pytest.approx(theirs.score(x), abs=1e-10)
    assert model.bic(x) == pytest.approx(theirs.bic(x), rel=1e-10)
    assert model.aic(x) == pytest.approx(theirs.aic(x), rel=1e-10)
    np.testing.assert_allclose(
        model.responsibilities(x), theirs.predict_proba(x), atol=1e-8
    )


BOOK = [-3, -2.5, -1, 0, 2, 4, 5]
BOOK_START = gl.GaussianMixture([1 / 3] * 3, [-4, 0, 8], [1, 0.2, 3])


def test_one_dimensional_example_gives_the_published_first_iteration():
    statistics, log_likelihood = BOOK_START.e_step(BOOK)
    assert np.round(statistics.counts, 3).tolist() == [2.057, 2.009, 2.934]
    assert round(log_likelihood, 1) == -28.3
    r = BOOK_START.responsibilities(BOOK)  # row 4 is printed as .001, .999
    assert r[3, 0] == pytest.approx(0.00015, abs=5e-6)
    assert r[3, 1] == pytest.approx(0.99985, abs=1e-5)
    trace = gl.em(BOOK_START, BOOK, max_iter=1, tol=0)
    model = trace.model
    assert np.round(model.means[:, 0], 1).tolist() == [-2.7, -0.4, 3.7]
    assert np.round(model.covariances[:, 0, 0], 2).tolist() == [0.14, 0.44, 1.53]
    assert np.round(model.weights, 2).tolist() == [0.29, 0.29, 0.42]
    assert round(trace.log_likelihoods[1], 2) == -14.41


def test_one_dimensional_example_ends_at_the_published_mixture():
    trace = gl.em(BOOK_START, BOOK, max_iter=300, tol=0)
    model = trace.model
    assert trace.log_likelihoods[-1] == pytest.approx(-13.97332276, abs=5e-9)
    published = gl.GaussianMixture(
        np.array([0.28567, 0.28321, 0.43112]),
        [-2.75004, -0.50412, 3.64457],
        [0.0625, 0.25058, 1.62894],
    )
    assert_close(model, published, rtol=0, atol=6e-6)
    printed = [(0.29, -2.75, 0.06), (0.28, -0.50, 0.25), (0.43, 3.64, 1.63)]
    for k, (weight, mean, variance) in enumerate(printed):
        assert model.weights[k] == pytest.approx(weight, abs=0.0051)
        assert model.means[k, 0] == pytest.approx(mean, abs=0.0051)
        assert model.covariances[k, 0, 0] == pytest.approx(variance, abs=0.0051)


# Units and origin do not matter


def on_a_grid(rng, N, D):
    """Draw points that keep every digit when 1e8 is added to them."""
    return np.round(overlapping(rng, N, D) * 2**20) / 2**20


@every_type
@pytest.mark.parametrize("D", [1, 2, 3])
def test_points_far_from_zero_give_the_same_answer(covariance_type, D):
    x = on_a_grid(np.random.default_rng(D), 200, D)
    shift = 1e8
    near = gl.GaussianMixture.from_points(x, 2, 1, covariance_type=covariance_type)
    far = gl.GaussianMixture.from_points(
        x + shift, 2, 1, covariance_type=covariance_type
    )
    near, far = gl.em(near, x, 20, tol=0), gl.em(far, x + shift, 20, tol=0)
    for a, b in zip(near.models, far.models, strict=True):
        np.testing.assert_allclose(a.means, b.means - shift, atol=2e-7)
        np.testing.assert_allclose(a.covariances, b.covariances, atol=1e-6)
        np.testing.assert_allclose(a.weights, b.weights, atol=1e-7)
    np.testing.assert_allclose(near.log_likelihoods, far.log_likelihoods, rtol=1e-7)


@every_type
@pytest.mark.parametrize("unit", [1e-8, 1e100, 1e-100])
def test_points_in_other_units_give_the_same_answer(covariance_type, unit):
    D = 2
    x = overlapping(np.random.default_rng(4), 200, D)
    one = gl.GaussianMixture.from_points(x, 3, 1, covariance_type=covariance_type)
    two = gl.GaussianMixture.from_points(
        x * unit, 3, 1, covariance_type=covariance_type
    )
    one, two = gl.em(one, x, 30, tol=0), gl.em(two, x * unit, 30, tol=0)
    np.testing.assert_allclose(two.model.means / unit, one.model.means, rtol=1e-8)
    np.testing.assert_allclose(
        two.model.covariances / unit**2, one.model.covariances, rtol=1e-8, atol=1e-9
    )
    np.testing.assert_allclose(two.model.weights, one.model.weights, rtol=1e-8)
    np.testing.assert_allclose(
        two.log_likelihoods + len(x) * D * np.log(unit), one.log_likelihoods, rtol=1e-9
    )


@settings(max_examples=20)
@given(seed=seeds)
def test_a_linear_map_of_the_points_maps_the_answer(seed):
    rng = np.random.default_rng(seed)
    x, A, b = overlapping(rng, 80, 2), rng.normal(size=(2, 2)), rng.normal(size=2)
    A += 2 * np.eye(2)
    start = gl.GaussianMixture.from_points(x, 2, rng)
    mapped = gl.GaussianMixture(
        start.weights, start.means @ A.T + b, A @ start.covariances @ A.T
    )
    one = gl.em(start, x, 5, tol=0)
    two = gl.em(mapped, x @ A.T + b, 5, tol=0)
    exact = gl.GaussianMixture(
        one.model.weights, one.model.means @ A.T + b, A @ one.model.covariances @ A.T
    )
    assert_close(two.model, exact, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        two.log_likelihoods + len(x) * np.log(abs(np.linalg.det(A))),
        one.log_likelihoods,
        rtol=1e-9,
        atol=1e-8,
    )


@every_type
@pytest.mark.parametrize("D", [1, 3])
@pytest.mark.parametrize("shift", [1e3, 1e8])
def test_one_component_reaches_mean_and_covariance_from_any_start(
    D, shift, covariance_type
):
    start = gl.GaussianMixture([1], np.zeros((1, D)), np.eye(D)[None], covariance_type)
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(size=(100, D))
        x = np.round(noise * 2**20) / 2**20  # keeps every digit when shifted
        model = gl.em(start, x + shift, max_iter=4, tol=0).model
        np.testing.assert_allclose(model.means[0] - shift, x.mean(axis=0), atol=1e-7)
        exact = np.cov(x.T, bias=True).reshape(1, D, D)
        if covariance_type != "tied":
            exact = nearest_of_type(covariance_type, [1], exact)
        np.testing.assert_allclose(model.covariances, exact, atol=1e-6)


CLOCK = 1_760_000_000_000_000_000  # nanoseconds since 1970: floats there are 256 apart


def time_stamps(seed, gap, wide=3000):
    """Draw two groups of nanoseconds, a few µs wide: whole numbers, from 0 on."""
    rng = np.random.default_rng(seed)
    noise = np.concatenate([rng.normal(0, wide, 500), rng.normal(gap, wide, 500)])
    return noise.astype(np.int64)[:, None]


@every_type
@pytest.mark.parametrize("seed", range(4))
def test_time_stamps_give_the_answer_to_the_digits_that_floats_have(
    covariance_type, seed
):
    near = time_stamps(seed, gap=200_000)
    fits = [
        gl.em(gl.GaussianMixture.from_points(x, 2, 0, "kmeans++", covariance_type), x)
        for x in (near, near + CLOCK)
    ]
    exact, far = (f.model for f in fits)
    order = np.argsort(exact.means[:, 0], kind="stable")
    other = np.argsort(far.means[:, 0], kind="stable")
    moved = far.means[other] - CLOCK - exact.means[order]
    assert (abs(moved) <= 2 * 256).all()
    np.testing.assert_allclose(far.weights[other], exact.weights[order], atol=1e-3)
    np.testing.assert_allclose(
        far.covariances[other], exact.covariances[order], rtol=0.05
    )


@every_type
@pytest.mark.parametrize("seed", range(4))
def test_points_too_far_from_zero_for_their_spread_are_told_so(covariance_type, seed):
    near = time_stamps(seed, gap=20_000)
    with pytest.raises(ValueError, match="too far from zero for its spread") as error:
        gl.GaussianMixture.from_points(near + CLOCK, 2, covariance_type=covariance_type)
    assert_one_sentence(error, "x", "column 0", "1.76e+18")
    far = near + CLOCK
    start = gl.GaussianMixture.from_points(
        far - far[0], 2, covariance_type=covariance_type
    )
    assert gl.em(start, far - far[0]).converged  # what the sentence says helps


@every_type
@pytest.mark.parametrize("offset", 10.0 ** np.arange(8, 19))
def test_an_offset_leaves_the_answer_or_is_named(covariance_type, offset):
    x = overlapping(np.random.default_rng(0), 100, 2)
    make = gl.GaussianMixture.from_points
    exact = gl.em(make(x, 2, 3, covariance_type=covariance_type), x)
    try:
        start = make(x + offset, 2, 3, covariance_type=covariance_type)
        shifted = gl.em(start, x + offset)
    except ValueError as error:
        assert_one_sentence(error, "x")
        assert "too far from zero for its spread" in str(error)
        assert offset > 1e13
        return
    assert offset < 1e15
    steps = np.spacing(offset)  # of which the points have only whole numbers
    best = exact.log_likelihoods[-1]
    assert shifted.log_likelihoods[-1] == pytest.approx(best, abs=1e-6 + 200 * steps)


@every_type
@pytest.mark.parametrize(
    ("unit", "remedy"),
    [
        *((unit, "large number") for unit in (1e142, 1e153, 1e155, 1e200, 1e306)),
        *((unit, "small number") for unit in (1e-142, 1e-155, 1e-200, 1e-300)),
    ],
)
def test_points_whose_squares_overflow_or_vanish_are_told_how_to_be_scaled(
    covariance_type, unit, remedy
):
    x = overlapping(np.random.default_rng(0), 100, 2) * unit
    with pytest.raises(ValueError, match=f"divide .* by a {remedy}") as error:
        gl.GaussianMixture.from_points(x, 2, covariance_type=covariance_type)
    assert_one_sentence(error, "x")


def test_em_never_descends_on_points_with_few_digits():
    # a few hundred ticks of a clock that reads 1.7e9 s in steps of 2.4e-7 s
    for seed in range(10):
        rng = np.random.default_rng(seed)
        noise = np.concatenate([rng.normal(0, 1, 500), rng.normal(1.5, 1, 500)])
        x = 1.7e9 + 3e-5 * noise
        gl.em(gl.GaussianMixture([0.5, 0.5], x[[0, -1]], [1e-9] * 2), x)  # no error


@pytest.mark.parametrize("eps", [1e-2, 1e-4, 1e-5, 3e-6])
def test_em_never_descends_on_nearly_equal_columns(eps):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        a = np.concatenate([rng.normal(0, 1, 200), rng.normal(2.5, 1, 200)])
        x = np.column_stack([a, a + eps * rng.normal(size=400)])
        gl.em(gl.GaussianMixture.from_points(x, 2, rng=seed), x, 100)  # no error


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_what_a_point_leaves_impossible_does_not_poison_the_statistics(covariance_type):
    model = gl.GaussianMixture(
        [0.5, 0.5], [0.0, 1e160], [1e-300, 1e300], covariance_type
    )
    x = np.array([0, 1e160, 1e160 + 1e150])
    with np.errstate(all="ignore"):
        statistics, log_likelihood = model.e_step(x)
    assert np.isfinite(log_likelihood)
    assert np.isfinite(statistics.first).all() and np.isfinite(statistics.second).all()


# Collapse, and the floor against it


def collapsing(case, shift=0.0, unit=1.0):
    """Return a start, its points, and the component that must collapse."""
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(60, 2))
    if case == "on a point":
        x = np.vstack([cloud, [[9, 9]]])
        means, variances = [[0, 0], [9, 9]], [1, 0.1]
    elif case == "on equal points":
        x = np.vstack([cloud, [[9, 9]] * 5])
        means, variances = [[0, 0], [9, 9]], [1, 0.1]
    elif case == "onto a line":
        t = np.linspace(-1, 1, 20)[:, None]
        x = np.vstack([cloud, 12 + t * [1, 2]])
        means, variances = [[0, 0], [12, 12]], [1, 1]
    elif case == "onto a line along an axis":
        t = np.linspace(-1, 1, 20)[:, None]
        x = np.vstack([cloud, 12 + t * [1, 0]])
        means, variances = [[0, 0], [12, 12]], [1, 1]
    else:
        x, means, variances = cloud, [[0, 0], [500, 500]], [1, 1]
    covariances = np.array(variances)[:, None, None] * np.eye(2)
    start = gl.GaussianMixture(
        [0.5, 0.5], (np.array(means) + shift) * unit, covariances * unit**2
    )
    return start, (x + shift) * unit, 1


CASES = ("on a point", "on equal points", "onto a line", "onto a line along an axis")


@pytest.mark.parametrize("case", [*CASES, "starved"])
@pytest.mark.parametrize(("shift", "unit"), [(0, 1), (1e8, 1), (0, 1e-8), (0, 1e100)])
def test_a_component_that_collapses_is_named_with_its_run(case, shift, unit):
    start, x, component = collapsing(case, shift, unit)
    with pytest.raises(gl.CollapseError) as caught:
        gl.em(start, x)
    error = caught.value
    assert error.component == component
    assert error.iteration >= 1
    assert error.trace.n_iter == error.iteration - 1
    assert len(error.trace.models) == len(error.trace.log_likelihoods)
    assert error.trace.models[0] == start
    assert not error.trace.converged
    assert (np.diff(error.trace.log_likelihoods) >= -1e-6).all()
    assert f"iteration {error.iteration}" in str(error)
    assert f"component {component}" in str(error)
    assert_one_sentence(error, f"component {component}")
    assert ("take a smaller K" if case == "starved" else "covariance_floor") in str(
        error
    )
    if error.trace.n_iter:
        again = gl.em(start, x, max_iter=error.trace.n_iter, tol=0)
        assert again.models == error.trace.models


@every_type
@pytest.mark.parametrize("apart", [1, 50, 1e6])
def test_two_places_leave_no_covariance_whatever_the_type(covariance_type, apart):
    x = np.repeat([[0.1, 0.2], [0.1 + apart, 0.3]], 20, axis=0)
    means, covariances = x[[0, -1]] + 0.01, 0.1 * np.stack([np.eye(2)] * 2)
    start = gl.GaussianMixture([0.5, 0.5], means, covariances, covariance_type)
    with pytest.raises(gl.CollapseError):
        gl.em(start, x)


def test_the_inverse_by_halves_is_the_inverse():
    rng = np.random.default_rng(0)
    L = np.tril(rng.normal(size=(150, 150))) / 12 + np.eye(150)
    np.testing.assert_allclose(_inverse_of_lower(L) @ L, np.eye(150), atol=1e-10)


@pytest.mark.parametrize("shift", [0, 1e8])
def test_points_that_differ_by_rounding_alone_are_one_point(shift):
    cloud = np.random.default_rng(0).normal(size=60)
    twins = [30 + 4e-15, 30, 30 - 4e-15]  # neighbours among the float64 numbers
    x = np.concatenate([cloud, twins]) + shift
    start = gl.GaussianMixture([0.9, 0.1], [shift, shift + 30], [1, 1])
    with pytest.raises(gl.CollapseError) as caught:
        gl.em(start, x)
    assert caught.value.component == 1
    assert_one_sentence(caught, "component 1")


def test_a_collapse_survives_a_pickle():
    start, x, _ = collapsing("on a point")
    with pytest.raises(gl.CollapseError) as caught:
        gl.em(start, x)
    twin = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(twin, ArithmeticError)
    assert str(twin) == str(caught.value)
    assert (twin.iteration, twin.component) == (
        caught.value.iteration,
        caught.value.component,
    )
    assert twin.trace.models == caught.value.trace.models
    assert (twin.trace.log_likelihoods == caught.value.trace.log_likelihoods).all()


def test_a_subclass_stays_in_its_class():
    class Mine(gl.GaussianMixture):
        pass

    start = Mine([0.5, 0.5], [0, 3], [1, 1])
    x = overlapping(np.random.default_rng(0), 30, 1)
    assert all(type(model) is Mine for model in gl.em(start, x, 2, tol=0).models)


def test_a_collapse_outside_em_has_no_trace_yet():
    start, x, _ = collapsing("starved")
    with pytest.raises(gl.CollapseError) as caught:
        start.m_step(start.e_step(x)[0])
    assert caught.value.iteration is None and caught.value.trace is None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("floor", [1e-6, 1e-3, 0.5])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_a_floor_prevents_the_collapse_and_the_climb_stays_monotone(
    case, floor, covariance_type
):
    start, x, _ = collapsing(case)
    covariances = np.stack([np.eye(2)] * 2)
    start = gl.GaussianMixture(
        start.weights, start.means, covariances, covariance_type, floor
    )
    trace = gl.em(start, x)
    assert (np.diff(trace.log_likelihoods) >= -1e-8).all()
    for model in trace.models:
        assert model.covariance_floor == floor
        assert np.linalg.eigvalsh(model.covariances).min() >= floor * (1 - 1e-9)


@pytest.mark.parametrize("length", [1.0, 1e2, 1e3, 1e4])
@pytest.mark.parametrize("floor", [1e-2, 1e-4])
def test_a_floor_holds_a_long_thin_cloud(length, floor):
    x = np.linspace(-length, length, 50)[:, None] * [1, 1]
    start = gl.GaussianMixture.from_points(x, 1, covariance_floor=floor)
    model = gl.em(start, x).model
    values = np.linalg.eigvalsh(model.covariances[0])
    rounding = 1e-14 * values[1]
    assert values[0] == pytest.approx(floor, rel=1e-6, abs=rounding)
    assert values[1] == pytest.approx(2 * x[:, 0].var(), rel=1e-9)


@given(seed=seeds, covariance_type=covariance_types, floor=st.floats(0.01, 10))
def test_a_floor_raises_the_eigenvalues_below_it_and_no_other(
    seed, covariance_type, floor
):
    rng = np.random.default_rng(seed)
    S = random_covariances(rng, 2, 3, covariance_type)
    model = gl.GaussianMixture([0.5, 0.5], np.zeros((2, 3)), S, covariance_type, floor)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(model.covariances),
        np.maximum(np.linalg.eigvalsh(S), floor),
        rtol=1e-10,
    )
    np.testing.assert_allclose(  # along the same axes: they commute
        model.covariances @ S, S @ model.covariances, rtol=1e-9, atol=1e-9
    )


def test_a_floor_allows_a_singular_covariance():
    model = gl.GaussianMixture([1], [[0, 0]], [[[1, 1], [1, 1]]], covariance_floor=0.5)
    np.testing.assert_allclose(model.covariances[0], [[1.25, 0.75], [0.75, 1.25]])


def test_no_floor_leaves_the_answer_alone():
    x, _ = gl.datasets.three_groups(300)
    start = gl.GaussianMixture.from_points(x, 3)
    low = gl.GaussianMixture.from_points(x, 3, covariance_floor=1e-3)
    one, two = gl.em(start, x).model, gl.em(low, x).model
    assert_close(one, two, rtol=0, atol=0)


# Forms of input


def forms_of(x, tmp_path):
    """Return the same whole numbers in every form an array can take."""
    np.save(tmp_path / "x.npy", x)
    wide = np.zeros((2 * len(x), 2 * x.shape[1]))
    wide[::2, ::2] = x
    fixed = x.copy()
    fixed.flags.writeable = False
    return {
        "float64": x,
        "list": x.tolist(),
        "int": x.astype(int),
        "int8": x.astype(np.int8),
        "float32": x.astype(np.float32),
        "float16": x.astype(np.float16),
        "longdouble": x.astype(np.longdouble),
        "big-endian": x.astype(">f8"),
        "memmap": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "Fortran order": np.asfortranarray(x),
        "strided": wide[::2, ::2],
        "reversed": x[::-1].copy()[::-1],
        "read-only": fixed,
    }


def test_any_form_of_the_points_gives_the_float64_answer(tmp_path):
    x = np.round(overlapping(np.random.default_rng(0), 120, 2) * 4)
    expected = gl.em(gl.GaussianMixture.from_points(x, 2), x, 10, tol=0)
    for name, form in forms_of(x, tmp_path).items():
        before = copy.deepcopy(form)
        start = gl.GaussianMixture.from_points(form, 2)
        trace = gl.em(start, form, 10, tol=0)
        assert_close(trace.model, expected.model, rtol=1e-12, atol=1e-12)
        assert all(p.dtype == np.float64 for p in (trace.model.means, *start.means))
        assert np.array_equal(form, before), f"{name} was changed"
        np.testing.assert_allclose(
            trace.model.log_joint(form), expected.model.log_joint(x), rtol=1e-12
        )


def test_any_form_of_the_parameters_gives_the_same_model(tmp_path):
    means = np.array([[1.0, 2], [3, 4], [5, 7]])
    covariances = np.stack([np.diag([k, 2.0 * k]) for k in (1, 2, 3)])
    expected = gl.GaussianMixture([0.5, 0.25, 0.25], means, covariances)
    for name, form in forms_of(means, tmp_path).items():
        model = gl.GaussianMixture((0.5, 0.25, 0.25), form, covariances.tolist())
        assert model == expected, name
    model = gl.GaussianMixture(
        np.float32([0.5, 0.25, 0.25]), means.astype(int), covariances.astype(np.float32)
    )
    assert model == expected and hash(model) == hash(expected)


def test_one_dimension_may_come_without_its_brackets():
    flat = gl.GaussianMixture([0.5, 0.5], [0, 3], [1, 4])
    full = gl.GaussianMixture([0.5, 0.5], [[0], [3]], [[[1]], [[4]]])
    assert flat == full
    assert flat.means.shape == (2, 1) and flat.covariances.shape == (2, 1, 1)
    x = np.array([0.0, 1, 2, 3, 5, 8])
    assert (flat.log_joint(x) == full.log_joint(x[:, None])).all()
    assert gl.em(flat, x).model == gl.em(full, x[:, None]).model
    assert gl.GaussianMixture.from_points(x, 2) == gl.GaussianMixture.from_points(
        x[:, None], 2
    )


def test_a_weight_of_zero_is_legal_and_its_component_stays_as_it_is():
    model = gl.GaussianMixture([0.5, 0, 0.5], [0, 100, 5], [1, 2, 3])
    x = overlapping(np.random.default_rng(0), 50, 1)
    trace = gl.em(model, x)
    assert trace.model.weights[1] == 0
    assert trace.model.means[1] == 100 and trace.model.covariances[1] == 2
    assert (trace.model.responsibilities(x)[:, 1] == 0).all()
    without = gl.em(gl.GaussianMixture([0.5, 0.5], [0, 5], [1, 3]), x)
    np.testing.assert_allclose(trace.log_likelihoods, without.log_likelihoods)
    q = trace.model.responsibilities(x)
    assert trace.model.lower_bound(x, q) == pytest.approx(trace.log_likelihoods[-1])


@every_type
def test_a_weight_of_zero_is_legal_for_every_type(covariance_type):
    rng = np.random.default_rng(0)
    S = random_covariances(rng, 3, 2, covariance_type)
    start = gl.GaussianMixture(
        [0.5, 0.5, 0], rng.normal(size=(3, 2)), S, covariance_type
    )
    trace = gl.em(start, overlapping(rng, 60, 2), 20)
    assert trace.model.weights[2] == 0
    assert (np.diff(trace.log_likelihoods) >= -1e-9).all()


# Starts


@pytest.mark.parametrize("method", ["kmeans++", "points", "box"])
@every_type
def test_a_start_has_equal_weights_and_the_covariance_of_the_cloud(
    method, covariance_type
):
    x = overlapping(np.random.default_rng(0), 200, 3)
    start = gl.GaussianMixture.from_points(x, 4, 7, method, covariance_type)
    assert start.weights.tolist() == [0.25] * 4
    S = np.cov(x.T, bias=True)
    if covariance_type in ("diag", "spherical"):
        S = S * np.eye(3)
    if covariance_type == "spherical":
        S = np.trace(S) / 3 * np.eye(3)
    np.testing.assert_allclose(start.covariances, np.stack([S] * 4), atol=1e-12)
    assert (start.means >= x.min(axis=0)).all() and (start.means <= x.max(axis=0)).all()
    is_point = (start.means[:, None] == x).all(axis=2).any(axis=1)
    assert is_point.all() == (method != "box")
    assert len(np.unique(start.means, axis=0)) == 4


@pytest.mark.parametrize("method", ["kmeans++", "points", "box"])
def test_a_start_repeats_with_its_seed(method):
    x = overlapping(np.random.default_rng(0), 200, 2)
    make = gl.GaussianMixture.from_points
    assert make(x, 3, 5, method) == make(x, 3, np.random.default_rng(5), method)
    assert make(x, 3, 5, method) != make(x, 3, 6, method)
    assert make(x, 3, method=method) == make(x, 3, 0, method)
    rng = np.random.default_rng(5)
    assert make(x, 3, rng, method) != make(x, 3, rng, method)


def test_far_apart_groups_get_one_seed_each():
    centres = np.array([[0, 0], [1e6, 0], [0, 1e6], [1e6, 1e6]])
    x = np.repeat(centres, 25, axis=0) + np.random.default_rng(0).normal(size=(100, 2))
    for seed in range(20):
        means = gl.GaussianMixture.from_points(x, 4, seed).means
        assert len({tuple(m) for m in np.round(means / 1e6)}) == 4


def test_seeds_are_drawn_with_odds_of_the_squared_distance():
    x = np.array([0.0, 1, 3])
    rng = np.random.default_rng(0)
    pairs = [
        tuple(seeding.far_points(x[:, None], 2, rng, 3)[:, 0].tolist())
        for _ in range(3000)
    ]
    share = {a: [b for first, b in pairs if first == a] for a in x}
    assert len(share[0]) == pytest.approx(1000, abs=100)
    assert np.mean(np.array(share[0]) == 3) == pytest.approx(0.9, abs=0.04)
    assert np.mean(np.array(share[1]) == 3) == pytest.approx(0.8, abs=0.05)
    assert np.mean(np.array(share[3]) == 0) == pytest.approx(9 / 13, abs=0.06)


@pytest.mark.parametrize("method", ["kmeans++", "points", "box"])
def test_equal_points_are_no_obstacle_to_a_start(method):
    x = np.array([[0, 0], [0, 0], [1, 3], [1, 3], [2, 1], [2, 1]])
    for seed in range(5):
        start = gl.GaussianMixture.from_points(x, 6, seed, method)
        assert start.K == 6 and np.isfinite(start.means).all()


def test_as_many_components_as_points_are_legal_and_each_point_seeds_once():
    x = overlapping(np.random.default_rng(0), 7, 2)
    for method in ("kmeans++", "points"):
        means = gl.GaussianMixture.from_points(x, 7, 1, method).means
        assert sorted(map(tuple, means)) == sorted(map(tuple, x))


@pytest.mark.parametrize(
    ("x", "K"),
    [
        (np.c_[np.arange(5), np.ones(5)], 2),  # a constant column
        (np.c_[np.arange(5), 2 * np.arange(5)], 2),  # a repeated column
        (np.ones((5, 1)), 1),  # one point five times
        ([[1, 2]], 1),  # one point
        (np.c_[np.random.default_rng(0).normal(size=9), np.full(9, 1e8)], 2),
        (np.full((5, 2), 0.1), 2),
    ],
)
def test_a_flat_cloud_is_an_error_with_a_remedy_and_a_floor_is_one(x, K):
    with pytest.raises(ValueError, match="covariance_floor") as error:
        gl.GaussianMixture.from_points(x, K)
    assert_one_sentence(error, "x")
    start = gl.GaussianMixture.from_points(x, K, covariance_floor=0.01)
    trace = gl.em(start, x)
    assert (np.diff(trace.log_likelihoods) >= -1e-9).all()


MAKE = gl.GaussianMixture.from_points
CLOUD = np.random.default_rng(0).normal(size=(6, 2))


def with_bad(row, column, value):
    x = CLOUD.copy()
    x[row, column] = value
    return x


@pytest.mark.parametrize(
    ("arguments", "argument", "found"),
    [
        ((CLOUD, 7), "K", "7"),
        ((CLOUD, 0), "K", "0"),
        ((CLOUD, 2, -1), "rng", "-1"),
        ((CLOUD, 2, 0, "kmeans"), "method", "'kmeans'"),
        ((CLOUD, 2, 0, "box", "round"), "covariance_type", "'round'"),
        ((CLOUD, 2, 0, "box", "full", -1.0), "covariance_floor", "-1"),
        ((np.empty((0, 2)), 1), "x", "empty"),
        (([], 1), "x", "empty"),
        ((5, 1), "x", "()"),
        ((np.zeros((3, 2, 2)), 1), "x", "(3, 2, 2)"),
        ((with_bad(3, 1, np.nan), 2), "x[3, 1]", "nan"),
        ((with_bad(0, 1, np.inf), 2), "x[0, 1]", "inf"),
    ],
)
def test_a_bad_argument_of_a_start_is_named_with_a_remedy(arguments, argument, found):
    with pytest.raises(ValueError) as error:
        MAKE(*arguments)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ((CLOUD, 2.0), "K"),
        ((CLOUD, "2"), "K"),
        ((CLOUD, True), "K"),
        ((CLOUD, 2, None), "rng"),
        ((CLOUD, 2, 1.5), "rng"),
        (([["a", "b"]], 1), "x"),
        ((np.ma.array(CLOUD, mask=CLOUD > 1), 2), "x"),
        ((CLOUD * 1j, 2), "x"),
        ((CLOUD, 2, 0, "box", "full", None), "covariance_floor"),
    ],
)
def test_an_argument_of_a_start_of_another_type_is_named(arguments, argument):
    with pytest.raises(TypeError) as error:
        MAKE(*arguments)
    assert_one_sentence(error, argument)


# Samples, criteria


def test_a_sample_shows_the_parameters():
    rng = np.random.default_rng(3)
    model = gl.GaussianMixture(
        [0.3, 0.7, 0], rng.normal(scale=4, size=(3, 3)), random_covariances(rng, 3, 3)
    )
    x, z = model.sample(60_000, 1)
    assert x.shape == (60_000, 3) and z.shape == (60_000,)
    np.testing.assert_allclose(
        np.bincount(z, minlength=3) / len(z), model.weights, atol=0.01
    )
    for k in (0, 1):
        S = model.covariances[k]
        error = 5 * np.sqrt(np.diag(S).max() / (z == k).sum())
        np.testing.assert_allclose(x[z == k].mean(axis=0), model.means[k], atol=error)
        np.testing.assert_allclose(
            np.cov(x[z == k].T), S, atol=7 * np.diag(S).max() / np.sqrt((z == k).sum())
        )


def test_a_sample_repeats_with_its_seed():
    model = gl.datasets.three_groups_mixture()
    x, z = model.sample(20, 5)
    again, z_again = model.sample(20, np.random.default_rng(5))
    assert (x == again).all() and (z == z_again).all()
    assert not (model.sample(20, 6)[0] == x).any()
    assert model.sample(0, 1)[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("covariance_type", "n_parameters"),
    [("full", 2 + 6 + 9), ("tied", 2 + 6 + 3), ("diag", 2 + 6 + 6), ("spherical", 11)],
)
def test_free_parameters_are_counted(covariance_type, n_parameters):
    model = random_mixture(np.random.default_rng(0), 3, 2, covariance_type)
    assert model.n_parameters == n_parameters
    x = overlapping(np.random.default_rng(1), 50, 2)
    log_likelihood = model.log_likelihood(x)
    assert model.aic(x) == pytest.approx(2 * n_parameters - 2 * log_likelihood)
    assert model.bic(x) == pytest.approx(n_parameters * np.log(50) - 2 * log_likelihood)


# A value


def test_a_model_cannot_be_changed():
    means = np.zeros((2, 2))
    model = gl.GaussianMixture([0.5, 0.5], means, np.stack([np.eye(2)] * 2))
    means[0] = 7
    assert model.means[0, 0] == 0
    for name in ("weights", "means", "covariances"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(model, name)[0] = 1
        with pytest.raises(AttributeError):
            setattr(model, name, 1)
        with pytest.raises(AttributeError):
            delattr(model, name)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, "pickle"])
def test_a_copy_is_equal_and_cannot_be_changed_either(copied):
    model = gl.datasets.three_groups_mixture()
    twin = pickle.loads(pickle.dumps(model)) if copied == "pickle" else copied(model)
    assert twin == model and hash(twin) == hash(model)
    x = model.sample(50, 0)[0]
    assert (twin.log_joint(x) == model.log_joint(x)).all()
    with pytest.raises(ValueError, match="read-only"):
        twin.means[0] = 1


def numbers_held(model):
    """Return how many numbers a model keeps in memory."""
    held = [*vars(model).values(), *vars(model.gaussians).values()]
    flat = [a for h in held for a in (h if isinstance(h, tuple) else [h])]
    return sum(a.size for a in flat if isinstance(a, np.ndarray))


@every_type
def test_a_trace_keeps_parameters_alone(covariance_type):
    K, D = 3, 40
    x = np.random.default_rng(0).normal(size=(400, D))
    start = gl.GaussianMixture.from_points(x, K, covariance_type=covariance_type)
    trace = gl.em(start, x, 3, tol=0)
    for model in trace.models[:-1]:
        assert numbers_held(model) <= 2 * model.n_parameters + 2 * K
        assert model.covariances.shape == (K, D, D)
        assert not model.covariances.flags.writeable
    assert len(pickle.dumps(trace)) < 4 * 8 * (2 * start.n_parameters + 2 * K) + 5000
    again = pickle.loads(pickle.dumps(trace)).models[1]
    assert (again.log_joint(x) == trace.models[1].log_joint(x)).all()


def test_models_are_equal_by_value():
    make = gl.GaussianMixture
    model = make([0.5, 0.5], [0, 3], [1, 1])
    assert model == make([0.5, 0.5], [0, 3], [1, 1])
    assert len({model, make([0.5, 0.5], [0, 3], [1, 1])}) == 1
    others = [
        make([0.4, 0.6], [0, 3], [1, 1]),
        make([0.5, 0.5], [0, 4], [1, 1]),
        make([0.5, 0.5], [0, 3], [1, 2]),
        make([0.5, 0.5], [0, 3], [1, 1], "diag"),
        make([0.5, 0.5], [0, 3], [1, 1], covariance_floor=0.1),
        make([1], [0], [1]),
        gl.CoinMixture([0.5, 0.5]),
        None,
    ]
    assert all(model != other for other in others)


def test_equal_models_have_equal_hashes():
    zero = gl.GaussianMixture([1], [0.0], [1])
    minus_zero = gl.GaussianMixture([1], [-0.0], [1])
    assert zero == minus_zero and hash(zero) == hash(minus_zero)


@given(seed=seeds, covariance_type=covariance_types)
def test_a_model_made_from_its_own_parameters_is_the_same(seed, covariance_type):
    model = random_mixture(np.random.default_rng(seed), 4, 2, covariance_type)
    twin = gl.GaussianMixture(
        model.weights, model.means, model.covariances, covariance_type
    )
    assert twin == model


# Errors

EYES = np.stack([np.eye(2)] * 2)
HALVES = [0.5, 0.5]
ZEROS = np.zeros((2, 2))


def changed(covariances, k, new):
    covariances = np.array(covariances, dtype=float)
    covariances[k] = new
    return covariances


@pytest.mark.parametrize(
    ("arguments", "argument", "found"),
    [
        (([0.5, 0.6], ZEROS, EYES), "weights", "1.1"),
        (([1.5, -0.5], ZEROS, EYES), "weights[1]", "-0.5"),
        (([np.nan, 1], ZEROS, EYES), "weights[0]", "nan"),
        (([[0.5, 0.5]], ZEROS, EYES), "weights", "(1, 2)"),
        (([], ZEROS, EYES), "weights", "(0,)"),
        ((HALVES, np.zeros((3, 2)), EYES), "means", "(3, 2)"),
        ((HALVES, np.zeros((2, 0)), EYES), "means", "(2, 0)"),
        ((HALVES, 5.0, EYES), "means", "()"),
        ((HALVES, [[0, 0], [0, np.nan]], EYES), "means[1, 1]", "nan"),
        ((HALVES, [[0, 0], [np.inf, 0]], EYES), "means[1, 0]", "inf"),
        ((HALVES, [[0, 0], [1]], EYES), "means", ""),
        ((HALVES, ZEROS, np.eye(2)), "covariances", "(2, 2)"),
        ((HALVES, ZEROS, np.stack([np.eye(3)] * 2)), "covariances", "(2, 3, 3)"),
        ((HALVES, ZEROS, [1, 1]), "covariances", "(2,)"),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, np.nan], [0, 1]])),
            "covariances[1, 0, 1]",
            "nan",
        ),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, 0.5], [0.2, 1]])),
            "covariances[1] is not symmetric",
            "largest difference 0.3",
        ),
        (
            (HALVES, ZEROS, changed(EYES, 0, [[1, 2], [2, 1]])),
            "covariances[0] is not positive definite",
            "smallest eigenvalue -1",
        ),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, 1], [1, 1]])),
            "covariances[1] is not positive definite",
            "smallest eigenvalue ",
        ),
        ((HALVES, ZEROS, 0 * EYES), "covariances[0] is not positive definite", "0"),
        ((HALVES, [0, 0], [1, -2]), "covariances[1]", "-2"),
        ((HALVES, ZEROS, EYES, "round"), "covariance_type", "'round'"),
        ((HALVES, ZEROS, EYES, None), "covariance_type", "None"),
        ((HALVES, ZEROS, EYES, "full", -1), "covariance_floor", "-1"),
        ((HALVES, ZEROS, EYES, "full", np.nan), "covariance_floor", "nan"),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, 0.1], [0.1, 1]]), "diag"),
            "covariances[1] is not diag",
            "off the diagonal",
        ),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, 0], [0, 2]]), "spherical"),
            "covariances[1] is not spherical",
            "identity",
        ),
        (
            (HALVES, ZEROS, changed(EYES, 1, [[1, 0], [0, 2]]), "tied"),
            "is not tied",
            "equal",
        ),
    ],
)
def test_a_bad_parameter_is_named_with_a_remedy(arguments, argument, found):
    with pytest.raises(ValueError) as error:
        gl.GaussianMixture(*arguments)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ((["a", "b"], ZEROS, EYES), "weights"),
        ((HALVES, ZEROS * 1j, EYES), "means"),
        ((HALVES, ZEROS, np.where(EYES == 0, None, EYES)), "covariances"),
        ((HALVES, np.ma.array(ZEROS, mask=ZEROS == 0), EYES), "means"),
        ((HALVES, ZEROS, EYES, "full", "low"), "covariance_floor"),
        ((HALVES, ZEROS, EYES, "full", [0.1, 0.2]), "covariance_floor"),
    ],
)
def test_a_parameter_of_another_type_is_named(arguments, argument):
    with pytest.raises((TypeError, ValueError)) as error:
        gl.GaussianMixture(*arguments)
    assert_one_sentence(error, argument)


def test_asymmetry_is_told_as_promised():
    S = np.stack([np.eye(2)] * 3)
    S[2] = [[30, 5], [15, 40]]
    with pytest.raises(ValueError) as error:
        gl.GaussianMixture([0.2, 0.3, 0.5], np.zeros((3, 2)), S)
    assert str(error.value) == (
        "covariances[2] is not symmetric (largest difference 10.0): pass (S + S.T) / 2"
    )
    gl.GaussianMixture([0.2, 0.3, 0.5], np.zeros((3, 2)), (S + S.mT) / 2)


@pytest.mark.parametrize("triangle", [np.tril, np.triu])
@pytest.mark.parametrize("unit", [1e-8, 1, 1e100])
def test_one_triangle_alone_is_never_read(triangle, unit):
    S = np.array([[2.0, 1.0], [1.0, 3.0]]) * unit
    with pytest.raises(ValueError, match="not symmetric"):
        gl.GaussianMixture([1], [[0, 0]], triangle(S)[None])


def test_asymmetry_between_columns_of_very_different_units_is_seen():
    # correlation 0.5 above the diagonal, −0.5 below it
    with pytest.raises(ValueError, match="not symmetric"):
        gl.GaussianMixture([1], [[0, 0]], [[[1e12, 50], [-50, 1e-8]]])


def test_asymmetry_by_rounding_is_forgiven():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(3, 3))
    S = A @ np.diag([1, 10, 100]) @ np.linalg.inv(A) @ A @ A.T
    S = (S + S.T) / 2 + np.eye(3) * 200
    S[0, 1] *= 1 + 4e-16
    model = gl.GaussianMixture([1], [[0, 0, 0]], S[None])
    assert (model.covariances == model.covariances.transpose(0, 2, 1)).all()


MODEL = gl.GaussianMixture(HALVES, [[0, 0], [3, 3]], EYES)
CALLS = {
    "log_joint": MODEL.log_joint,
    "log_likelihood": MODEL.log_likelihood,
    "responsibilities": MODEL.responsibilities,
    "e_step": MODEL.e_step,
    "bic": MODEL.bic,
    "em": lambda x: gl.em(MODEL, x),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("x", "argument", "found"),
    [
        ([[1, 2], [np.nan, 1]], "x[1, 0]", "nan"),
        ([[1, 2], [1, -np.inf]], "x[1, 1]", "-inf"),
        ([1, 2], "x", "(2,)"),
        ([[1, 2, 3]], "x", "(1, 3)"),
        (5, "x", "()"),
        ([[1, 2], [3]], "x", ""),
    ],
)
def test_bad_points_are_named_with_a_remedy(call, x, argument, found):
    with pytest.raises(ValueError) as error:
        call(x)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize("row", [0, 40_000, 99_999])
def test_a_bad_value_is_named_by_its_row_in_the_whole_array(row):
    x = np.zeros((100_000, 2), dtype=np.float32)
    x[row, 1] = np.nan
    with pytest.raises(ValueError) as error:
        MODEL.e_step(x)
    assert_one_sentence(error, f"x[{row}, 1]", "nan")


def test_a_point_too_far_for_any_component_is_named():
    x = np.zeros((100_000, 2))
    x[77_777] = 1e200
    with pytest.raises(ValueError, match=r"x\[77777\] lies so far") as error:
        gl.em(MODEL, x)
    assert_one_sentence(error, "x[77777]")
