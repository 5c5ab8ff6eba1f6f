"""Whatever is passed to a public function: a finite answer, or one clear sentence."""

import warnings

import numpy as np
import pytest
from common import assert_one_sentence

import gmmlib as gl
from gmmlib.coins import RevealedCoins
from gmmlib.jensen import entropy, expectation, log_sum_exp

COINS = gl.CoinMixture([0.6, 0.5], learn_weights=True)
PLANE = gl.GaussianMixture([0.4, 0.6], [[0, 0], [3, 1]], [np.eye(2), 2 * np.eye(2)])
TOSSES = gl.datasets.coin_trials()
TOLD = np.column_stack([TOSSES, [0, 1, -1, -1, 0]])  # the coin of three trials
POINTS = gl.datasets.three_groups(40)[0] / 20
HALVES = np.full((5, 2), 0.5)
LOGS = np.log(HALVES)

# each public function with good arguments; one of them at a time is made hostile
CALLS = {
    "jensen_gap": (gl.jensen_gap, [np.abs, [1.0, 2.0, 5.0], [0.2, 0.3, 0.5]]),
    "log_sum_bound": (gl.log_sum_bound, [LOGS, HALVES]),
    "log_sum_exp": (log_sum_exp, [LOGS]),
    "entropy": (entropy, [HALVES]),
    "expectation": (expectation, [HALVES, LOGS]),
    "toss": (gl.toss, ["HTTTHHTHTH"]),
    "CoinMixture": (gl.CoinMixture, [[0.6, 0.5], [0.3, 0.7], True]),
    "GaussianMixture": (
        gl.GaussianMixture,
        [[0.4, 0.6], [[0, 0], [3, 1]], [np.eye(2), np.eye(2)], "full", 0.1],
    ),
    "CovariancePrior": (gl.CovariancePrior, [np.eye(2), 3.0]),
    "from_points": (gl.GaussianMixture.from_points, [POINTS, 2, 0, "points", "full"]),
    "three_groups": (gl.datasets.three_groups, [10, 0]),
    "two_heaps": (gl.datasets.two_heaps, [5, 0]),
    "table": (gl.datasets.table, ["held_out"]),
    "coins.revealed": (lambda x: gl.em(RevealedCoins([0.6, 0.5]), x, 3), [TOLD]),
    "coins.em": (lambda x, m, t: gl.em(COINS, x, m, t), [TOSSES, 3, 1e-9]),
    "points.em": (lambda x, m, t: gl.em(PLANE, x, m, t), [POINTS, 3, 1e-9]),
    "coins.sample": (COINS.sample, [5, 0, 10]),
    "points.sample": (PLANE.sample, [5, 0]),
}
for name, model, x in (("coins", COINS, TOSSES), ("points", PLANE, POINTS)):
    for method in ("log_joint", "log_likelihood", "responsibilities", "e_step"):
        CALLS[f"{name}.{method}"] = getattr(model, method), [x]
    for method in ("aic", "bic"):
        CALLS[f"{name}.{method}"] = getattr(model, method), [x]
    q = np.full((len(x), 2), 0.5)
    for method in ("lower_bound", "expected_log_joint"):
        CALLS[f"{name}.{method}"] = getattr(model, method), [x, q]

SPOILED = {
    "one NaN": lambda a: _with(a, np.nan),
    "one infinity": lambda a: _with(a, np.inf),
    "one minus infinity": lambda a: _with(a, -np.inf),
    "one huge": lambda a: _with(a, 1e300),
    "one tiny": lambda a: _with(a, 5e-324),
    "one negative": lambda a: _with(a, -1.0),
    "all times 1e200": lambda a: np.asarray(a, float) * 1e200,
    "all times 1e-200": lambda a: np.asarray(a, float) * 1e-200,
    "empty": lambda a: np.asarray(a)[:0],
    "no columns": lambda a: np.empty((3, 0)),
    "one row too few": lambda a: np.asarray(a)[:-1],
    "one dimension more": lambda a: np.asarray(a)[None],
    "one dimension less": lambda a: np.asarray(a).ravel(),
    "turned": lambda a: np.asarray(a).T,
    "read-only": lambda a: _read_only(np.array(a)),
    "not contiguous": lambda a: np.repeat(np.asarray(a), 2, axis=0)[::2],
    "backwards": lambda a: np.asarray(a)[::-1],
    "float32": lambda a: np.asarray(a, np.float32),
    "float16": lambda a: np.asarray(a, np.float16),
    "integers": lambda a: np.asarray(a).astype(int),
    "booleans": lambda a: np.asarray(a).astype(bool),
    "complex": lambda a: np.asarray(a) + 1j,
    "objects": lambda a: np.asarray(a).astype(object),
    "strings": lambda a: np.asarray(a).astype(str),
    "masked": lambda a: np.ma.masked_less(np.asarray(a), 0.3),
    "ragged": lambda a: [[1, 2], [3]],
    "other byte order": lambda a: np.asarray(a, ">f8"),
    "lists": lambda a: np.asarray(a).tolist(),
}
OTHERS = (
    *(None, "", "abc", b"abc", -1, 0, 1, 2, 0.5, -0.5, 1e300, -1e300, True, 10**30),
    *(np.nan, np.inf, -np.inf, 1j, [], {}, [[]], object(), {"a": 1}, {1, 2}),
    *(np.array(3.0), np.array("x"), np.datetime64("2026-01-01"), range(3), print),
)


def _with(array, value):
    array = np.array(array, float)
    array.flat[array.size // 2] = value
    return array


def _read_only(array):
    array.flags.writeable = False
    return array


def _numbers(result):
    """Yield every number of a result of any of the calls."""
    if isinstance(result, tuple | list):
        for part in result:
            yield from _numbers(part)
    elif isinstance(result, np.ndarray | float | int | np.number):
        yield np.asarray(result)
    elif isinstance(result, gl.Trace):
        yield result.log_likelihoods
        yield from _numbers(list(result.models))
    elif hasattr(result, "__dict__"):
        public = {k: v for k, v in vars(result).items() if not k.startswith("_")}
        yield from _numbers(list(public.values()))


def assert_answers(call, arguments):
    """Assert that a call answers without NaN, or says why not in one sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = call(*arguments)
        except (ValueError, TypeError, gl.CollapseError) as error:
            if isinstance(error, gl.CollapseError):
                assert_one_sentence(error, "component")
            else:
                assert_one_sentence(error, str(error).split()[0].split("[")[0])
            return
    for numbers in _numbers(result):
        assert not np.isnan(numbers).any(), "a silent NaN"


@pytest.mark.parametrize("name", CALLS)
def test_good_arguments_are_answered(name):
    call, arguments = CALLS[name]
    assert call(*arguments) is not None


@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("name", CALLS)
def test_a_spoiled_array_is_answered_or_explained(name, how):
    call, arguments = CALLS[name]
    for i, good in enumerate(arguments):
        if isinstance(good, np.ndarray | list):
            bad = SPOILED[how](good)
            assert_answers(call, [*arguments[:i], bad, *arguments[i + 1 :]])


@pytest.mark.parametrize("name", CALLS)
def test_anything_else_is_answered_or_explained(name):
    call, arguments = CALLS[name]
    for i in range(len(arguments)):
        for bad in OTHERS:
            assert_answers(call, [*arguments[:i], bad, *arguments[i + 1 :]])
