"""Whatever is passed to a public function: a finite answer, or one clear sentence.

By rule: every kind of hostile value meets the checkers in `test_checks`; here each
argument of each public function shows once, with the kinds in `ONCE` and `OTHERS`, that
a checker stands before it. ``--thorough`` (where pytest knows it) takes every kind.

Left out are functions that get only what others have checked: those of `gmmlib.show`
and `gmmlib.chapters` (their inputs are our own sliders), of `gmmlib.collapse` (they
make models, which check themselves), the methods that `em` calls on one block, and
the formulas of `gmmlib.wrong_formulas`, which are there to go wrong: `run` checks
for them.
"""

import importlib
import inspect
import pkgutil
import re
import warnings

import numpy as np
import pytest
from common import assert_one_sentence

import gmmlib as gl
from gmmlib import convergence, selection, wrong_formulas
from gmmlib.coins import RevealedCoins
from gmmlib.em import tempered
from gmmlib.exercises import check
from gmmlib.jensen import entropy, expectation, log_sum_exp
from gmmlib.museum import cards as museum

COINS = gl.CoinMixture([0.6, 0.5], learn_weights=True)
PLANE = gl.GaussianMixture([0.4, 0.6], [[0, 0], [3, 1]], [np.eye(2), 2 * np.eye(2)])
BROAD = gl.GaussianMixture([0.4, 0.6], [[1, 1], [4, 3]], [np.eye(2)] * 2, "full", 0.1)
TOSSES = gl.datasets.coin_trials()
TOLD = np.column_stack([TOSSES, [0, 1, -1, -1, 0]])  # the coin of three trials
POINTS = gl.datasets.three_groups(40)[0] / 20
GROUPS = np.arange(40) % 2
HELD_OUT = gl.datasets.table("held_out")
FLOOR = {"covariance_floor": 0.1}
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
    "revealed_trials": (gl.datasets.revealed_trials, [3]),
    "published_start_values": (gl.datasets.published_start_values, [2]),
    "published_start": (gl.datasets.published_start, [3, "lower"]),
    "two_strips": (gl.datasets.two_strips, [3.0, 5, 0]),
    "streaming_viewers": (gl.datasets.streaming_viewers, [20, 0]),
    "viewer_features": (
        gl.datasets.viewer_features,
        [gl.datasets.streaming_viewers(20)[0]],
    ),
    "rows": (lambda t, K: gl.datasets.rows(t, K=K)["nats"], [HELD_OUT, 2]),
    "table": (gl.datasets.table, ["held_out"]),
    "em.tempered": (tempered, [LOGS, 0.5]),
    "best_of": (
        lambda x, K, n, rng, m: selection.best_of(x, K, n, rng, m, **FLOOR),
        [POINTS, 2, 2, 0, 5],
    ),
    "held_out": (
        lambda x, K, f, n, rng: selection.held_out(x, K, f, n, rng, **FLOOR),
        [POINTS, 2, 2, 1, 0],
    ),
    "bootstrap": (selection.bootstrap, [BROAD, POINTS, 2, 0]),
    "from_labels": (selection.from_labels, [POINTS, GROUPS, "full"]),
    "soft_kmeans": (selection.soft_kmeans, [POINTS, POINTS[:2], 1.0, 5]),
    "agreement": (selection.agreement, [GROUPS, GROUPS]),
    "kmeans": (selection.kmeans, [POINTS, 2, 2, 0]),
    "em_map": (convergence.em_map, [PLANE, POINTS]),
    "free_parameters": (convergence.free_parameters, [PLANE]),
    "with_free_parameters": (
        convergence.with_free_parameters,
        [PLANE, convergence.free_parameters(PLANE)],
    ),
    "em_jacobian": (convergence.em_jacobian, [PLANE, POINTS]),
    "convergence_rates": (convergence.convergence_rates, [COINS, TOSSES]),
    "complete_information": (convergence.complete_information, [COINS, TOSSES]),
    "observed_information": (convergence.observed_information, [COINS, TOSSES]),
    "trial_information": (convergence.trial_information, [COINS, 5]),
    "way_left": (convergence.way_left, [(COINS, COINS)]),
    "overdispersion": (convergence.overdispersion, [TOSSES]),
    "next_gap": (convergence.next_gap, [TOSSES, [0.1, 0.2]]),
    "next_gap, far": (convergence.next_gap, [[[10, 0], [0, 10]], [1.0, 0.5]]),
    "gap_run": (convergence.gap_run, [TOSSES, 0.1, 3]),
    "gap_slope": (convergence.gap_slope, [TOSSES, 0.1]),
    "resting_gap": (convergence.resting_gap, [TOSSES]),
    "tempered_step": (convergence.tempered_step, [PLANE, POINTS, 0.5]),
    "tempered_end": (convergence.tempered_end, [COINS, TOSSES, 0.5]),
    "anneal": (convergence.anneal, [PLANE, POINTS, [0.5, 1.0], 0, 2, 0.01]),
    "accelerated_em": (convergence.accelerated_em, [COINS, TOSSES, 5, 1e-9]),
    "wrong_formulas.as_tuple": (wrong_formulas.as_tuple, [PLANE]),
    "wrong_formulas.run": (
        lambda x, w, m, S, n, tol: wrong_formulas.run(
            x, (w, m, S), iterations=n, tol=tol
        ),
        [POINTS, *wrong_formulas.as_tuple(PLANE), 3, 1e-9],
    ),
    "wrong_formulas.run, whole": (
        lambda start, n: wrong_formulas.run(POINTS, start, iterations=n),
        [wrong_formulas.as_tuple(PLANE), 3],
    ),
    "museum.deal": (museum.deal, [1]),
    "museum.score": (museum.score, [museum.deal(1), {"axiom": "right"}]),
    "check": (check, [[0.5, 0.2], [0.5, 0.2], 0.01]),
    "show_source": (gl.show_source, [gl.em]),
    "coins.revealed": (lambda x: gl.em(RevealedCoins([0.6, 0.5]), x, 3), [TOLD]),
    "coins.em": (lambda x, m, t: gl.em(COINS, x, m, t), [TOSSES, 3, 1e-9]),
    "points.em": (lambda x, m, t: gl.em(PLANE, x, m, t), [POINTS, 3, 1e-9]),
    "coins.sample": (COINS.sample, [5, 0, 10]),
    "points.sample": (PLANE.sample, [5, 0]),
}
for name, model, x in (("coins", COINS, TOSSES), ("points", PLANE, POINTS)):
    for method in (
        *("log_joint", "log_density", "log_likelihood"),
        *("responsibilities", "e_step"),
    ):
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

# one kind for each thing that a function itself has to ask for
ONCE = ("one NaN", "one huge", "empty", "no columns", "one row too few")
ONCE += (
    "one dimension more",
    "one dimension less",
    "turned",
    "lists",
    "ragged",
    "strings",
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
def test_each_argument_is_answered_or_explained(name, request):
    call, arguments = CALLS[name]
    assert call(*arguments) is not None or name == "check"  # which prints
    kinds = SPOILED if request.config.getoption("thorough", False) else ONCE
    for i, good in enumerate(arguments):
        hostile = list(OTHERS)
        if isinstance(good, np.ndarray | list) and good is not HELD_OUT:
            hostile += [SPOILED[how](good) for how in kinds]
        for bad in hostile:
            assert_answers(call, [*arguments[:i], bad, *arguments[i + 1 :]])


WHOLE = {  # modules: see above, and below; what our own figures and tables call
    *("collapse", "wrong_formulas", "distributed"),
    *("likelihood", "memory", "starts", "seeding"),
}
LEFT_OUT = {  # get what others have checked, or are checkers: test_checks
    *("check_data", "check_model", "collapsed"),
    *("log_joint_of", "e_step_of", "statistics_of", "whiten", "m_step", "posterior"),
    *("posterior_mode", "enough_data", "generator", "distributions"),
    *("resolution", "rounding", "prior_for", "chord_gap", "HalfStep"),
    *("half_steps", "gradient_ascent", "rise_of_q", "stops_at"),  # of chapter 4
    *("write_table", "points_and_start", "skewed_points"),
    *("new_points", "points_of_draw", "excess", "mean_error", "cost"),  # chapter 10
    *("Mixture", "Statistics", "CoinStatistics", "GaussianStatistics", "RevealedCoins"),
    *("Trace", "CollapseError"),
}


def _public(module):
    """Yield the names of what a module defines that is called with arguments."""
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", "") == module.__name__ and callable(thing):
            for f in [thing, *(vars(thing).values() if inspect.isclass(thing) else ())]:
                if isinstance(f, classmethod):
                    f = f.__func__
                if inspect.isclass(f) or inspect.isfunction(f):
                    needed = set(inspect.signature(f).parameters) - {"self", "cls"}
                    if needed and not f.__name__.startswith("_"):
                        yield f.__name__


def test_no_public_function_is_forgotten():
    names = {word for name in CALLS for word in re.split("[ .,]+", name)}
    modules = {m.name for m in pkgutil.iter_modules(gl.__path__)} - WHOLE
    for module in modules:
        public = set(_public(importlib.import_module(f"gmmlib.{module}")))
        assert public <= names | LEFT_OUT, f"in {module}: {public - names - LEFT_OUT}"


@pytest.mark.parametrize("name", ["log_joint", "labels", "m_step", "watch"])
def test_a_formula_that_cannot_be_called_is_explained(name):
    start = wrong_formulas.as_tuple(PLANE)
    for bad in OTHERS[:-1]:  # all but print
        with pytest.raises(TypeError) as error:
            wrong_formulas.run(POINTS, start, **{name: bad})
        assert_one_sentence(error, "formula")


def test_em_on_many_machines_answers_or_explains():
    da = pytest.importorskip("dask.array")
    dd = pytest.importorskip("dask.distributed")
    from gmmlib import distributed

    quiet = {"dashboard_address": ":0", "silence_logs": 50}
    with dd.Client(n_workers=1, threads_per_worker=1, processes=False, **quiet) as here:
        arguments = [PLANE, da.from_array(POINTS, chunks=(25, 2)), here, 1, 1e-9, False]
        hostile = [(i, bad) for i in range(5) for bad in OTHERS]
        for spoil in set(SPOILED) - {"ragged", "lists"}:  # of which Dask makes no array
            hostile.append((1, da.from_array(SPOILED[spoil](POINTS), chunks=-1)))
        for i, bad in hostile:
            call = [*arguments[:i], bad, *arguments[i + 1 :]]
            assert_answers(distributed.em, call)


IMPOSSIBLE = np.array([[-np.inf, -1.0]])
REFUSED = {
    "a group without points": (selection.from_labels, POINTS, 2 * GROUPS),
    "a mean without points": (selection.soft_kmeans, POINTS, [[0, 0], [1e6, 0]], 1.0),
    "a coin above 1": (convergence.next_gap, TOSSES, 1.5),
    "swapped certainty": (tempered, IMPOSSIBLE, -1),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_answer_is_refused(what):
    call, *arguments = REFUSED[what]
    with pytest.raises((ValueError, gl.CollapseError)):
        call(*arguments)
    assert_answers(call, arguments)


def test_certainty_has_answers():
    assert_answers(convergence.next_gap, [[[10**6, 0], [0, 10**6]], 0.9])
    assert tempered(IMPOSSIBLE, 0).tolist() == [[0.5, 0.5]]
