"""What the checkers take and refuse, exhaustively: hostile input meets one first."""

import copy
import pickle

import numpy as np
import pytest
from common import assert_one_sentence
from test_hostile import COINS, OTHERS, PLANE, POINTS, SPOILED, TOSSES, assert_answers

import gmmlib as gl
from gmmlib.numerics import checks
from gmmlib.numerics.checks import (
    distributions,
    finite_floats,
    generator,
    real_array,
)

SPREADS = np.array([[[2.0, 0.5], [0.5, 1.0]], [[1.0, 0.1], [0.1, 3.0]]])


def named(check):
    return lambda value, *more: check("x", value, *more)


CHECKERS = {  # each with what it takes
    "finite_floats": (named(finite_floats), POINTS),
    "finite_points": (named(checks.finite_points), POINTS),
    "probabilities": (named(checks.probabilities), [0.2, 0.3, 0.5]),
    "whole_number": (named(checks.whole_number), 3),
    "number": (named(checks.number), 0.5),
    "distributions": (distributions, np.full((5, 2), 0.5)),
    "generator": (generator, 0),
    "coins": (COINS.log_density, TOSSES),
    "points": (PLANE.log_density, POINTS),
    "covariances": (lambda S: gl.GaussianMixture(*TWO, S), SPREADS),
    "prior": (lambda S: gl.CovariancePrior(S, 3.0), SPREADS[0]),
}
TWO = [0.5, 0.5], [[0, 0], [3, 1]]


@pytest.mark.parametrize("name", CHECKERS)
def test_a_checker_takes_what_is_good_and_answers_or_explains_all_else(name):
    check, good = CHECKERS[name]
    check(good)
    hostile = [*OTHERS, np.random, np.random.RandomState(0)]
    if not np.isscalar(good):
        hostile += [spoil(good) for spoil in SPOILED.values()]
    for bad in hostile:
        assert_answers(check, [bad])


@pytest.mark.parametrize("how", ["one NaN", "one infinity", "one minus infinity"])
def test_an_entry_that_is_not_finite_is_named(how):
    bad = SPOILED[how](POINTS)
    with pytest.raises(ValueError) as error:
        finite_floats("x", bad, first_row=100)
    row, column = np.argwhere(~np.isfinite(bad))[0]
    assert_one_sentence(error, "x", f"x[{row + 100}, {column}]", bad[row, column])


class Table:
    """A table of columns, as pandas has them: its array has entries of any type."""

    def __init__(self, **columns):
        self.columns = list(columns)
        self.entries = np.array([*zip(*columns.values(), strict=True)], dtype=object)

    def __array__(self, dtype=None, copy=None):
        return self.entries.astype(dtype or object)

    def dropna(self):
        """Only to be named."""

    to_numpy = dropna


class NAType:
    """A missing entry that is neither equal to itself nor unequal, as pandas has it."""

    def __repr__(self):
        return "<NA>"

    def __eq__(self, other):
        raise TypeError("boolean value of NA is ambiguous")


class Sparse:
    def toarray(self):
        """Only to be named."""


def test_tables_of_numbers_of_several_types_are_taken_without_loss():
    table = Table(h=[1.5, np.float32(2)], w=[np.int64(3), 4], b=[True, np.False_])
    array = real_array("x", table)
    assert array.dtype == float
    assert array.tolist() == [[1.5, 3, 1], [2, 4, 0]]
    spread = Table(a=[1.0, 7.5, 3.0], b=[True, False, False])
    assert (
        PLANE.log_density(spread).tolist()
        == PLANE.log_density([[1, 1], [7.5, 0], [3, 0]]).tolist()
    )


@pytest.mark.parametrize(
    ("value", "finding", "remedy"),
    [
        (Table(h=[1.5, NAType()]), "x[1, 0] (column 'h') is missing (<NA>)", "dropna"),
        ([[1.0, 2.0], [3.0, None]], "x[1, 1] is missing (None)", "drop that row"),
        (Table(h=[1], c=["a"]), "x[0, 1] (column 'c') is 'a' (str)", "columns of num"),
        (Table(h=["1.5"]), "x[0, 0] (column 'h') is '1.5'", "x.to_numpy(float)"),
        ([1, "2"], "x[1] is '2' (str)", "np.asarray(x, float)"),
        ([[1, 2], ["b", 3]], "x[1, 0] is 'b' (str)", "real numbers"),
        (Sparse(), "x is sparse (Sparse)", "x.toarray()"),
        (np.zeros(2, [("a", float), ("b", int)]), "the first 'a'", "column_stack"),
        ([10**400], "whole number too large", "divide"),
        (None, "x is None (NoneType)", "real numbers"),
    ],
)
def test_what_is_no_number_is_named_with_its_place_and_remedy(value, finding, remedy):
    for check in (real_array, finite_floats):
        with pytest.raises((TypeError, ValueError)) as error:
            check("x", value)
        assert_one_sentence(error, "x", finding)
        assert remedy in str(error.value).rpartition(": ")[2]


def test_what_pandas_holds_is_taken_or_named():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"h": [1.5, 2.0], "w": [1, 2]}).astype("Float64")
    assert real_array("x", frame).tolist() == [[1.5, 1], [2, 2]]
    frame.loc[1, "w"] = pandas.NA
    with pytest.raises(TypeError, match=r"x\[1, 1\] \(column 'w'\) is missing"):
        real_array("x", frame)


def test_digits_are_shown_where_they_decide():
    for call, digits in (
        (lambda: checks.probabilities("p", [0.5, 0.500002]), "1.000002"),
        (lambda: checks.number("beta", 1.0000001, most=1), "1.0000001"),
        (lambda: gl.CoinMixture([1.0000001]), "1.0000001"),
        (lambda: COINS.log_joint([[2.0000001, 0]]), "2.0000001"),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert_one_sentence(error, "", digits)


def test_an_old_random_state_is_told_of_default_rng():
    with pytest.raises(TypeError, match="RandomState: pass .*default_rng") as error:
        PLANE.sample(3, np.random.RandomState(0))
    assert_one_sentence(error, "rng")


def test_infinity_from_a_longer_float_gives_one_sentence_and_no_warning():
    if np.finfo(np.longdouble).max > np.finfo(float).max:
        beyond = np.array([[np.longdouble("1e400")]])
        for call in (PLANE.log_density, lambda S: gl.CovariancePrior(S, 3)):
            assert_answers(call, [np.tile(beyond, (1, 2))])
        with pytest.raises(ValueError, match="covariance.* is inf"):
            gl.CovariancePrior(beyond, 3)


@pytest.mark.parametrize("largest", [1e308, -1e308])
def test_a_covariance_that_would_overflow_is_refused(largest):
    spread = np.array([[largest, 0], [0, 1]])
    for name, call in (
        ("covariance", lambda: gl.CovariancePrior(spread, 3)),
        ("covariances", lambda: gl.GaussianMixture([1], [[0, 0]], [spread])),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert_one_sentence(error, name, "1e+308")


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_cannot_be_changed_either(duplicate):
    trace = duplicate(gl.em(PLANE, POINTS, 2))
    prior = duplicate(gl.CovariancePrior(np.eye(2), 3.0))
    model = duplicate(PLANE)
    for array in (
        *(trace.log_likelihoods, trace.model.means, prior.covariance),
        *(model.weights, model.means, model.covariances),
    ):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 0
    assert prior == gl.CovariancePrior(np.eye(2), 3.0)


def test_a_trial_without_tosses_is_legal_and_teaches_nothing():
    assert gl.toss("") == (0, 0)
    assert COINS.log_density([gl.toss("")]) == pytest.approx(0)


def test_masked_points_are_refused():
    masked = np.ma.masked_less(POINTS, 0.3)
    for call in (named(real_array), PLANE.log_density, lambda x: gl.em(PLANE, x)):
        with pytest.raises(TypeError, match="x is a masked array.*: pass x.filled"):
            call(masked)
