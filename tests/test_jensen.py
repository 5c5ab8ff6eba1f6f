"""Jensen's inequality, its gap, and the bound under a log-sum."""

import numpy as np
import pytest
from common import assert_one_sentence, seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import logsumexp

import gmmlib as gl
from gmmlib.jensen import entropy, expectation, log_sum_exp

pytestmark = pytest.mark.filterwarnings(
    "error", "ignore:Implicitly cleaning up:ResourceWarning"
)

numbers = st.floats(-100, 100, allow_subnormal=False)
lines = hnp.arrays(float, st.integers(1, 20), elements=numbers)
clouds = hnp.arrays(
    float, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=numbers
)

CONVEX_OF_NUMBERS = {
    "square": np.square,
    "absolute value": np.abs,
    "exponential": lambda x: np.exp(x / 20),
    "hinge": lambda x: np.maximum(x - 1, 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "fourth power": lambda x: x**4,
    "minus the square root": lambda x: -np.sqrt(x + 100),
}
CONVEX_OF_VECTORS = {
    "length": lambda x: np.sqrt(np.square(x).sum(axis=1)),
    "log-sum-exp": lambda x: logsumexp(x, axis=1),
    "largest": lambda x: x.max(axis=1),
    "quadratic form": lambda x: x.sum(axis=1) ** 2 + np.square(x[:, 0]),
}
convex_of_numbers = pytest.mark.parametrize(
    "f", CONVEX_OF_NUMBERS.values(), ids=CONVEX_OF_NUMBERS
)
convex_of_vectors = pytest.mark.parametrize(
    "f", CONVEX_OF_VECTORS.values(), ids=CONVEX_OF_VECTORS
)


def distribution(data, M):
    w = data.draw(hnp.arrays(float, M, elements=st.floats(0, 1, allow_subnormal=False)))
    return np.full(M, 1 / M) if w.sum() < 1e-6 else w / w.sum()


# The gap


@convex_of_numbers
@settings(max_examples=25)
@given(points=lines, data=st.data())
def test_gap_of_a_convex_function_of_numbers_is_never_negative(f, points, data):
    gap = gl.jensen_gap(f, points, distribution(data, len(points)))
    assert gap >= -1e-13 * (1 + abs(f(points)).max())


@convex_of_vectors
@settings(max_examples=25)
@given(points=clouds, data=st.data())
def test_gap_of_a_convex_function_of_vectors_is_never_negative(f, points, data):
    gap = gl.jensen_gap(f, points, distribution(data, len(points)))
    assert gap >= -1e-13 * (1 + abs(f(points)).max())


@convex_of_numbers
@settings(max_examples=10)
@given(c=numbers, M=st.integers(1, 20), data=st.data())
def test_gap_of_a_constant_number_is_exactly_zero(f, c, M, data):
    assert gl.jensen_gap(f, np.full(M, c), distribution(data, M)) == 0


@convex_of_vectors
@settings(max_examples=10)
@given(c=hnp.arrays(float, 3, elements=numbers), M=st.integers(1, 20), data=st.data())
def test_gap_of_a_constant_vector_is_exactly_zero(f, c, M, data):
    assert gl.jensen_gap(f, np.tile(c, (M, 1)), distribution(data, M)) == 0


@given(points=lines, data=st.data())
def test_gap_of_the_square_is_the_variance(points, data):
    w = distribution(data, len(points))
    variance = w @ (points - w @ points) ** 2
    assert gl.jensen_gap(np.square, points, w) == pytest.approx(variance, abs=1e-10)


@given(points=clouds)
def test_gap_of_the_squared_length_is_the_total_variance_when_weights_are_left_out(
    points,
):
    gap = gl.jensen_gap(lambda x: np.square(x).sum(axis=1), points)
    assert gap == pytest.approx(points.var(axis=0).sum(), abs=1e-10)


@given(points=lines, a=numbers, b=numbers, data=st.data())
def test_gap_of_an_affine_function_is_zero(points, a, b, data):
    gap = gl.jensen_gap(lambda x: a * x + b, points, distribution(data, len(points)))
    assert abs(gap) < 1e-10


@given(points=clouds, data=st.data())
def test_gap_of_an_affine_function_of_vectors_is_zero(points, data):
    slope = np.arange(1, points.shape[1] + 1)
    w = distribution(data, len(points))
    assert abs(gl.jensen_gap(lambda x: x @ slope - 7, points, w)) < 1e-10


@given(points=lines, data=st.data())
def test_gap_changes_its_sign_with_the_function(points, data):
    w = distribution(data, len(points))
    assert gl.jensen_gap(lambda x: -(x**4), points, w) == -gl.jensen_gap(
        lambda x: x**4, points, w
    )


def test_a_strictly_convex_function_of_two_values_has_a_positive_gap():
    # E ln 1/X for X = 1, 4: −(0 + ln 4)/2 + ln 2.5
    gap = gl.jensen_gap(lambda x: -np.log(x), [1, 4])
    assert gap == pytest.approx(np.log(2.5) - np.log(4) / 2, abs=1e-15)


def test_a_value_of_probability_zero_is_never_looked_at():
    def minus_log(x):
        assert (x > 0).all()
        return -np.log(x)

    assert gl.jensen_gap(minus_log, [0, 1, 4], [0, 0.5, 0.5]) == pytest.approx(
        np.log(2.5) - np.log(4) / 2
    )


def test_a_function_that_is_infinite_at_a_point_has_an_infinite_gap():
    reciprocal = lambda x: np.where(x == 0, np.inf, 1 / np.where(x == 0, 1, x))  # noqa: E731
    assert gl.jensen_gap(reciprocal, [0, 1]) == np.inf


@pytest.mark.parametrize("form", [list, tuple, np.float32, np.int8])
def test_any_form_of_real_numbers_gives_the_float64_gap(form):
    assert gl.jensen_gap(np.square, form([1, 2, 6])) == pytest.approx(14 / 3, rel=1e-14)


def test_mean_is_given_as_one_point():
    shapes = []

    def f(x):
        shapes.append(x.shape)
        return np.zeros(len(x))

    gl.jensen_gap(f, np.zeros(5))
    gl.jensen_gap(f, np.zeros((5, 3)))
    assert shapes == [(5,), (1,), (5, 3), (1, 3)]


@pytest.mark.parametrize(
    ("arguments", "argument", "found"),
    [
        ((np.square, []), "points", "(0,)"),
        ((np.square, 3.0), "points", "()"),
        ((np.square, np.zeros((2, 2, 2))), "points", "(2, 2, 2)"),
        ((np.square, [1, np.nan]), "points[1]", "nan"),
        ((np.square, [[1, 2], [np.inf, 3]]), "points[1, 0]", "inf"),
        ((np.square, [1, 2], [0.5, 0.6]), "weights", "1.1"),
        ((np.square, [1, 2], [1.5, -0.5]), "weights[1]", "-0.5"),
        ((np.square, [1, 2], [1]), "weights", "(1,)"),
        ((np.square, [1, 2], [0.5, np.nan]), "weights[1]", "nan"),
    ],
)
def test_a_bad_argument_of_the_gap_is_named_with_a_remedy(arguments, argument, found):
    with pytest.raises(ValueError) as error:
        gl.jensen_gap(*arguments)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize(
    "f", [lambda x: x.sum(), lambda x: x[:-1], lambda x: x * np.nan]
)
def test_a_function_of_another_form_is_an_error_of_one_line(f):
    with pytest.raises(ValueError, match="^f ") as error:
        gl.jensen_gap(f, np.arange(3000.0))
    assert "\n" not in str(error.value) and len(str(error.value)) < 250


@pytest.mark.parametrize("points", [["a", "b"], [1 + 2j]])
def test_points_that_are_no_real_numbers_are_a_type_error(points):
    with pytest.raises(TypeError) as error:
        gl.jensen_gap(np.square, points)
    assert_one_sentence(error, "points")


# The bound under a log-sum


def terms_and_guess(seed):
    rng = np.random.default_rng(seed)
    shape = (*rng.integers(1, 4, size=rng.integers(0, 3)), rng.integers(1, 6))
    log_terms = rng.normal(scale=10 ** rng.uniform(-1, 2.5), size=shape)
    q = rng.dirichlet(np.full(shape[-1], 10 ** rng.uniform(-2, 1)), size=shape[:-1])
    return log_terms, q


@given(seed=seeds)
def test_bound_is_never_above_the_log_sum(seed):
    log_terms, q = terms_and_guess(seed)
    exact = logsumexp(log_terms, axis=-1)
    bound = gl.log_sum_bound(log_terms, q)
    assert bound.shape == exact.shape
    assert (bound <= exact + 1e-13 * (1 + abs(log_terms).max())).all()


@given(seed=seeds)
def test_bound_touches_the_log_sum_where_q_is_proportional_to_the_terms(seed):
    log_terms, _ = terms_and_guess(seed)
    exact = logsumexp(log_terms, axis=-1)
    q = np.exp(log_terms - exact[..., None])
    bound = gl.log_sum_bound(log_terms, q / q.sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(bound, exact, rtol=1e-13, atol=1e-12)


@given(seed=seeds)
def test_distance_from_bound_to_log_sum_is_the_divergence_of_q_from_the_terms(seed):
    log_terms, q = terms_and_guess(seed)
    log_p = log_terms - logsumexp(log_terms, axis=-1, keepdims=True)
    divergence = np.sum(q * (np.log(np.where(q > 0, q, 1)) - log_p), axis=-1)
    missing = logsumexp(log_terms, axis=-1) - gl.log_sum_bound(log_terms, q)
    np.testing.assert_allclose(missing, divergence, rtol=1e-9, atol=1e-10)


def test_bound_touches_nowhere_else():
    bound = gl.log_sum_bound(np.log([1, 3]), [[0.25, 0.75], [0.3, 0.7], [0.2, 0.8]])
    assert bound[0] == pytest.approx(np.log(4), abs=1e-15)
    assert (bound[1:] < np.log(4) - 1e-3).all()


def test_zero_times_the_logarithm_of_zero_is_zero():
    assert gl.log_sum_bound([2.0, 5.0], [1, 0]) == 2
    assert gl.log_sum_bound([2.0, -np.inf], [1, 0]) == 2
    assert entropy([0.0, 1.0]) == 0
    assert expectation(np.array([0.0, 1.0]), np.array([-np.inf, 3.0])) == 3


def test_weight_on_a_term_that_is_zero_drags_the_bound_to_minus_infinity():
    assert gl.log_sum_bound([2.0, -np.inf], [0.5, 0.5]) == -np.inf
    assert gl.log_sum_bound([-np.inf, -np.inf], [0.5, 0.5]) == -np.inf


@given(seed=seeds)
def test_bound_holds_for_a_guess_in_single_precision_of_far_away_terms(seed):
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.ones(3), size=20).astype(np.float32)  # sums to 1 within 1e-7
    log_terms = rng.normal(size=(20, 3)) - 1e6
    assert (gl.log_sum_bound(log_terms, q) <= logsumexp(log_terms, axis=1) + 1e-6).all()


@given(seed=seeds)
def test_log_sum_exp_is_the_trusted_one(seed):
    log_terms, q = terms_and_guess(seed)
    log_terms[q < 0.05] = -np.inf
    with np.errstate(divide="ignore"):
        exact = logsumexp(log_terms, axis=-1)
    np.testing.assert_allclose(log_sum_exp(log_terms), exact, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("log_terms", "exact"),
    [
        ([1e5, 1e5], 1e5 + np.log(2)),
        ([-1e5, -1e5], -1e5 + np.log(2)),
        ([-np.inf, -np.inf], -np.inf),
        ([-np.inf, 3], 3),
        ([[0, 0], [-np.inf, 1]], [np.log(2), 1]),
        ([1e308, -1e308], 1e308),
        ([7], 7),
    ],
)
def test_log_sum_exp_neither_overflows_nor_underflows(log_terms, exact):
    np.testing.assert_allclose(log_sum_exp(log_terms), exact, rtol=1e-15)


@given(seed=seeds)
def test_entropy_lies_between_zero_and_that_of_equal_weights(seed):
    _, q = terms_and_guess(seed)
    K = q.shape[-1]
    assert (entropy(q) >= 0).all() and (entropy(q) <= np.log(K) + 1e-12).all()
    assert entropy(np.full(K, 1 / K)) == pytest.approx(np.log(K))


@pytest.mark.parametrize(
    ("log_terms", "q", "argument"),
    [
        ([0, np.nan], [0.5, 0.5], "log_terms"),
        ([0, np.inf], [0.5, 0.5], "log_terms"),
        (0.0, [1.0], "log_terms"),
        ([[]], [[]], "log_terms"),
        ([0, 0], [0.5, 0.4], "q"),
        ([0, 0], [1.5, -0.5], "q"),
        ([0, 0], [np.nan, 1], "q[0]"),
        ([0, 0], [1.0], "q"),
        ([0, 0], 1.0, "q"),
        (np.zeros((3, 2)), np.full((4, 2), 0.5), "q"),
    ],
)
def test_a_bad_argument_of_the_bound_is_named_with_a_remedy(log_terms, q, argument):
    with pytest.raises(ValueError) as error:
        gl.log_sum_bound(log_terms, q)
    assert_one_sentence(error, argument)
