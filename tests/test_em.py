"""What holds for every mixture: the bound, the climb, the blocks, and the loop."""

import itertools
import pickle
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc

import numpy as np
import pytest
from common import (
    COVARIANCE_TYPES,
    assert_close,
    assert_one_sentence,
    kinds,
    model_and_data,
    parameters,
    random_coins,
    random_mixture,
    seeds,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

import gmmlib as gl
from gmmlib.jensen import entropy

pytestmark = pytest.mark.filterwarnings(
    "error", "ignore:Implicitly cleaning up:ResourceWarning"
)

TRIALS = gl.datasets.coin_trials()
COINS = gl.CoinMixture([0.6, 0.5])


def run(model, x, *args, **options):
    """Run EM; a start that collapses is no example of what is tested here."""
    try:
        return gl.em(model, x, *args, **options)
    except gl.CollapseError:
        assume(False)


def sums(statistics):
    """Return all sums of some statistics as one flat array."""
    values = [v for name, v in vars(statistics).items() if name != "model"]
    return np.concatenate([np.ravel(v) for v in values])


def three_groups_start(x):
    return gl.GaussianMixture.from_points(x, 3, rng=1)


# The bound


@given(seed=seeds, kind=kinds)
def test_rows_of_responsibilities_sum_to_one(seed, kind):
    model, x = model_and_data(seed, kind)
    r = model.responsibilities(x)
    assert r.shape == (len(x), model.K)
    assert (r >= 0).all()
    np.testing.assert_allclose(r.sum(axis=1), 1, rtol=1e-14)


@given(seed=seeds, kind=kinds)
def test_responsibilities_obey_the_rule_of_bayes(seed, kind):
    model, x = model_and_data(seed, kind)
    joint = model.log_joint(x)
    exact = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    np.testing.assert_allclose(model.responsibilities(x), exact, atol=1e-13)
    evidence = logsumexp(joint, axis=1).sum()
    assert model.log_likelihood(x) == pytest.approx(evidence, rel=1e-13)
    assert model.e_step(x)[1] == pytest.approx(evidence, rel=1e-13)


@given(seed=seeds, kind=kinds)
def test_bound_is_never_above_the_log_likelihood(seed, kind):
    model, x = model_and_data(seed, kind)
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(model.K, 10 ** rng.uniform(-2, 1)), size=len(x))
    log_likelihood = model.log_likelihood(x)
    assert model.lower_bound(x, q) <= log_likelihood + 1e-11 * abs(log_likelihood)


@given(seed=seeds, kind=kinds)
def test_bound_touches_the_log_likelihood_at_the_posterior_and_only_there(seed, kind):
    model, x = model_and_data(seed, kind)
    r = model.responsibilities(x)
    log_likelihood = model.log_likelihood(x)
    assert model.lower_bound(x, r) == pytest.approx(log_likelihood, rel=1e-12)
    q = 0.9 * r + 0.1 / model.K
    divergence = np.sum(q * (np.log(q) - np.log(np.maximum(r, 1e-300))))
    assume(divergence > 1e-6 and r.min() > 1e-200)
    missing = log_likelihood - model.lower_bound(x, q)
    assert missing == pytest.approx(divergence, rel=1e-5)


@given(seed=seeds, kind=kinds)
def test_bound_is_expected_log_joint_plus_entropy(seed, kind):
    model, x = model_and_data(seed, kind)
    q = np.random.default_rng(seed).dirichlet(np.ones(model.K), size=len(x))
    exact = (q * model.log_joint(x)).sum()
    assert model.expected_log_joint(x, q) == pytest.approx(exact, rel=1e-12)
    assert model.lower_bound(x, q) == pytest.approx(
        model.expected_log_joint(x, q) + entropy(q).sum(), rel=1e-12
    )


@pytest.mark.parametrize("call", ["lower_bound", "expected_log_joint"])
@pytest.mark.parametrize(
    ("q", "argument"),
    [
        ([[0.5, 0.5]], "q"),
        ([0.5, 0.5], "q"),
        ([[0.5, 0.5, 0]] * 5, "q"),
        ([[0.5, 0.6]] * 5, "q"),
        ([[1.5, -0.5]] * 5, "q"),
        ([[0.5, 0.5]] * 4 + [[np.nan, 1]], "q[4, 0]"),
    ],
)
def test_a_guess_that_is_no_distribution_is_named_with_a_remedy(call, q, argument):
    with pytest.raises(ValueError) as error:
        getattr(COINS, call)(TRIALS, q)
    assert_one_sentence(error, argument)


# The climb


@given(seed=seeds, kind=kinds)
def test_em_never_descends(seed, kind):
    model, x = model_and_data(seed, kind)
    trace = run(model, x, max_iter=30)
    allowance = 1e-12 * abs(model.log_joint(x)).max() * len(x)
    assert (np.diff(trace.log_likelihoods) >= -allowance).all()
    for step, log_likelihood in zip(trace.models, trace.log_likelihoods, strict=True):
        assert step.log_likelihood(x) == pytest.approx(log_likelihood, rel=1e-12)


@given(seed=seeds, kind=kinds)
def test_an_iteration_climbs_both_steps_of_the_ladder(seed, kind):
    # ℓ(old) = L(r, old) ≤ L(r, new) ≤ ℓ(new)
    model, x = model_and_data(seed, kind)
    new = run(model, x, max_iter=1, tol=0).model
    r = model.responsibilities(x)
    tolerance = 1e-11 * abs(model.log_joint(x)).max() * len(x)
    assert model.lower_bound(x, r) <= new.lower_bound(x, r) + tolerance
    assert new.lower_bound(x, r) <= new.log_likelihood(x) + tolerance


@given(seed=seeds, kind=kinds)
def test_an_m_step_from_any_labels_has_the_largest_q_of_these_labels(seed, kind):
    model, x = model_and_data(seed, kind)
    q = np.random.default_rng(seed).dirichlet(np.ones(model.K), size=len(x))
    try:
        best = model.m_step(model.statistics_of(x, q))
    except gl.CollapseError:
        assume(False)
    height = best.expected_log_joint(x, q)
    tolerance = 1e-11 * abs(model.log_joint(x)).max() * len(x)
    for other in (model, run(model, x, max_iter=2, tol=0).model):
        assert other.expected_log_joint(x, q) <= height + tolerance


@settings(max_examples=15)
@given(seed=seeds, kind=kinds)
def test_a_fixed_point_of_em_is_a_maximum_of_its_own_bound(seed, kind):
    model, x = model_and_data(seed, kind)
    trace = run(model, x, max_iter=3000, tol=1e-14)
    assume(trace.converged)
    after = trace.model.m_step(trace.model.e_step(x)[0])
    assert_close(after, trace.model, rtol=1e-4, atol=1e-4)


@given(seed=seeds, kind=kinds)
def test_names_of_the_components_do_not_matter(seed, kind):
    model, x = model_and_data(seed, kind)
    order = np.random.default_rng(seed).permutation(model.K)
    values = {name: getattr(model, name) for name in model.parameter_names}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            values[name] = value[order]
    renamed = type(model)(**values)
    np.testing.assert_allclose(
        renamed.responsibilities(x), model.responsibilities(x)[:, order], atol=1e-13
    )
    one, two = run(model, x, 5, tol=0), run(renamed, x, 5, tol=0)
    np.testing.assert_allclose(one.log_likelihoods, two.log_likelihoods, rtol=1e-9)
    for a, b in zip(parameters(one.model), parameters(two.model), strict=True):
        np.testing.assert_allclose(a[order], b, rtol=1e-6, atol=1e-8)


@given(seed=seeds, kind=kinds)
def test_order_of_the_points_does_not_matter(seed, kind):
    model, x = model_and_data(seed, kind)
    other = np.random.default_rng(seed).permutation(x)
    one, two = run(model, x, 5, tol=0), run(model, other, 5, tol=0)
    np.testing.assert_allclose(one.log_likelihoods, two.log_likelihoods, rtol=1e-9)
    assert_close(one.model, two.model, rtol=1e-6, atol=1e-8)


class CoinsWithPrior(gl.CoinMixture):
    """Coins with a Beta(a, a) prior on each θ_k: a − 1 heads and tails beforehand."""

    a = 30.0

    def log_prior(self):
        return float((self.a - 1) * np.log(self.heads * (1 - self.heads)).sum())

    def m_step(self, statistics):
        statistics.check_model(self)
        heads, tails = statistics.heads + self.a - 1, statistics.tails + self.a - 1
        return type(self)(heads / (heads + tails), self.weights, self.learn_weights)


@given(seed=seeds)
def test_em_with_a_prior_never_lowers_log_likelihood_plus_log_prior(seed):
    rng = np.random.default_rng(seed)
    start = CoinsWithPrior(rng.uniform(0.05, 0.95, 2))
    trace = gl.em(start, TRIALS, max_iter=40)
    objective = trace.log_likelihoods + [m.log_prior() for m in trace.models]
    assert (np.diff(objective) >= -1e-9).all()
    assert all(type(model) is CoinsWithPrior for model in trace.models)


def test_a_prior_may_lower_the_log_likelihood_alone():
    best = gl.em(COINS, TRIALS).model
    trace = gl.em(CoinsWithPrior(best.heads), TRIALS)
    assert trace.converged
    assert trace.log_likelihoods[-1] < trace.log_likelihoods[0] - 0.1
    # and convergence is judged by the objective, not by ℓ
    gains = np.diff(trace.log_likelihoods + [m.log_prior() for m in trace.models])
    assert gains[-1] < 1e-9 * 5 <= gains[-2]


class Descending(gl.CoinMixture):
    """Coins whose M-step has a mistake: it swaps heads and tails."""

    def m_step(self, statistics):
        right = super().m_step(statistics)
        return type(self)(1 - right.heads, right.weights, right.learn_weights)


def test_an_m_step_that_descends_is_found_out():
    with pytest.raises(ArithmeticError, match="iteration 1: the objective fell") as e:
        gl.em(Descending([0.9, 0.8]), TRIALS)
    assert not isinstance(e.value, gl.CollapseError)


class NotANumber(gl.CoinMixture):
    """Coins whose log-likelihood is lost after the start."""

    def e_step(self, x):
        statistics, log_likelihood = super().e_step(x)
        return statistics, log_likelihood if self == COINS_LOST else np.nan


COINS_LOST = NotANumber([0.6, 0.5])


def test_a_log_likelihood_that_is_no_number_is_found_out():
    with pytest.raises(ArithmeticError):
        gl.em(COINS_LOST, TRIALS, max_iter=5)


# Blocks


@given(seed=seeds, kind=kinds, data=st.data())
def test_blocks_add_up_to_the_whole(seed, kind, data):
    model, x = model_and_data(seed, kind)
    cuts = data.draw(st.lists(st.integers(0, len(x)), max_size=5).map(sorted))
    blocks = np.split(x, cuts)  # empty ones where two cuts are equal or at an end
    steps = [model.e_step(block) for block in blocks]
    whole, log_likelihood = model.e_step(x)
    total = sum(statistics for statistics, _ in steps)
    np.testing.assert_allclose(sums(total), sums(whole), rtol=1e-11, atol=1e-9)
    assert sum(part for _, part in steps) == pytest.approx(log_likelihood, rel=1e-12)
    assert sum(model.log_likelihood(b) for b in blocks) == pytest.approx(log_likelihood)
    np.testing.assert_allclose(
        np.concatenate([model.responsibilities(b) for b in blocks]),
        model.responsibilities(x),
        atol=1e-13,
    )
    try:
        assert_close(model.m_step(total), model.m_step(whole), rtol=1e-7, atol=1e-7)
    except gl.CollapseError:
        assume(False)


@pytest.mark.parametrize("kind", ["coins", "full", "tied", "diag", "spherical"])
def test_an_empty_block_adds_nothing(kind):
    model, x = model_and_data(3, kind)
    nothing, log_likelihood = model.e_step(x[:0])
    assert log_likelihood == 0 and (sums(nothing) == 0).all()
    whole, _ = model.e_step(x)
    for total in (whole + nothing, nothing + whole, sum([nothing, whole, nothing])):
        assert (sums(total) == sums(whole)).all()
    assert model.log_joint(x[:0]).shape == (0, model.K)
    assert model.responsibilities(x[:0]).shape == (0, model.K)
    assert model.log_likelihood(x[:0]) == 0
    assert model.lower_bound(x[:0], np.empty((0, model.K))) == 0


@pytest.mark.parametrize("kind", ["coins", "full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("extra", [0, 1])
def test_many_blocks_on_many_threads_give_the_direct_answer(kind, extra):
    model, _ = model_and_data(12, kind)
    N = 2 * model.block_rows + extra
    x = model_and_data(12, kind, N)[1]
    joint = model.log_joint(x)
    sample = np.random.default_rng(0).integers(N, size=50)
    np.testing.assert_allclose(
        joint[sample], np.vstack([model.log_joint(x[n : n + 1]) for n in sample])
    )
    evidence = logsumexp(joint, axis=1)
    r = np.exp(joint - evidence[:, None])
    np.testing.assert_allclose(model.responsibilities(x), r, atol=1e-12)
    statistics, log_likelihood = model.e_step(x)
    assert log_likelihood == pytest.approx(evidence.sum(), rel=1e-12)
    assert model.log_likelihood(x) == pytest.approx(evidence.sum(), rel=1e-12)
    assert model.rounding(log_likelihood, N) >= 0.999e-10 * abs(evidence).sum()
    np.testing.assert_allclose(statistics.counts, r.sum(axis=0), rtol=1e-10)
    new = model.m_step(statistics)
    if kind == "coins":
        np.testing.assert_allclose(
            new.heads, r.T @ x[:, 0] / (r.T @ x.sum(axis=1)), rtol=1e-10
        )
    else:
        means = r.T @ x / r.sum(axis=0)[:, None]
        np.testing.assert_allclose(new.means, means, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["coins", "full"])
def test_a_run_repeats_to_the_last_bit(kind):
    model, _ = model_and_data(12, kind)
    x = model_and_data(12, kind, 3 * model.block_rows)[1]
    one, two = gl.em(model, x, 3, tol=0), gl.em(model, x.copy(), 3, tol=0)
    assert one.models == two.models
    assert (one.log_likelihoods == two.log_likelihoods).all()


def other_model(model):
    if isinstance(model, gl.CoinMixture):
        return gl.CoinMixture(model.heads * 0.99, model.weights, model.learn_weights)
    return gl.GaussianMixture(
        model.weights, model.means + 1e-3, model.covariances, model.covariance_type
    )


@pytest.mark.parametrize("kind", ["coins", "full", "tied"])
def test_statistics_of_two_models_neither_add_up_nor_change_hands(kind):
    model, x = model_and_data(5, kind)
    other = other_model(model)
    mine, theirs = model.e_step(x)[0], other.e_step(x)[0]
    for wrong in (
        lambda: mine + theirs,
        lambda: sum([theirs, mine]),
        lambda: model.m_step(theirs),
        lambda: other.m_step(mine),
    ):
        with pytest.raises(ValueError, match="another model") as error:
            wrong()
        assert_one_sentence(error, "statistics")
    stranger = random_coins(np.random.default_rng(0), 7)
    with pytest.raises(ValueError, match="another model"):
        mine + stranger.e_step(TRIALS)[0]
    with pytest.raises(TypeError):
        mine + 1
    with pytest.raises(TypeError):
        1 + mine


def test_statistics_of_equal_models_add_up():
    twin = gl.CoinMixture([0.6, 0.5])
    total = COINS.e_step(TRIALS[:2])[0] + twin.e_step(TRIALS[2:])[0]
    assert_close(twin.m_step(total), gl.em(COINS, TRIALS, 1, tol=0).model)


# The loop


@pytest.mark.parametrize("max_iter", [0, 1, 7])
@pytest.mark.parametrize("tol", [0, 0.0, None])
def test_without_a_tolerance_exactly_max_iter_steps_are_made(max_iter, tol):
    trace = gl.em(COINS, TRIALS, max_iter=max_iter, tol=tol)
    assert trace.n_iter == max_iter
    assert len(trace.models) == len(trace.log_likelihoods) == max_iter + 1
    assert not trace.converged
    assert trace.models[0] is COINS and trace.model is trace.models[-1]


def test_without_a_tolerance_a_fixed_point_does_not_stop_the_run():
    end = gl.em(COINS, TRIALS, max_iter=200, tol=0).model
    assert gl.em(end, TRIALS, max_iter=50, tol=0).n_iter == 50


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-9])
def test_run_converges_at_the_first_gain_below_the_tolerance_a_point(tol):
    for model, x in ((COINS, TRIALS), model_and_data(2, "full")):
        trace = gl.em(model, x, max_iter=5000, tol=tol)
        gains = np.diff(trace.log_likelihoods)
        assert trace.converged
        assert gains[-1] < tol * len(x)
        assert (gains[:-1] >= tol * len(x)).all()


def test_a_run_that_is_cut_short_has_not_converged():
    full = gl.em(COINS, TRIALS)
    short = gl.em(COINS, TRIALS, max_iter=full.n_iter - 1)
    assert full.converged and not short.converged
    just = gl.em(COINS, TRIALS, max_iter=full.n_iter)
    assert just.converged and just.n_iter == full.n_iter


def test_a_run_in_two_parts_is_the_run_in_one():
    x, _ = gl.datasets.three_groups(400)
    start = three_groups_start(x)
    whole = gl.em(start, x, 12, tol=0)
    first = gl.em(start, x, 5, tol=0)
    second = gl.em(first.model, x, 7, tol=0)
    assert whole.models == first.models + second.models[1:]
    assert whole.log_likelihoods.tolist() == [
        *first.log_likelihoods,
        *second.log_likelihoods[1:],
    ]


def test_a_trace_cannot_be_changed_and_survives_a_pickle():
    trace = gl.em(COINS, TRIALS, 4, tol=0)
    with pytest.raises(AttributeError):
        trace.converged = True
    with pytest.raises(ValueError, match="read-only"):
        trace.log_likelihoods[0] = 0
    twin = pickle.loads(pickle.dumps(trace))
    assert twin.models == trace.models and twin.n_iter == 4
    assert (twin.log_likelihoods == trace.log_likelihoods).all()
    assert "n_iter=4" in repr(trace) and "\n" not in repr(trace)


@pytest.mark.parametrize(
    ("model", "x", "options", "argument", "found"),
    [
        (COINS, np.empty((0, 2)), {}, "x", "empty"),
        (COINS, [[1, 2]], {}, "K", "2"),
        (COINS, TRIALS, {"max_iter": -1}, "max_iter", "-1"),
        (COINS, TRIALS, {"tol": -1e-3}, "tol", "-0.001"),
        (COINS, TRIALS, {"tol": np.nan}, "tol", "nan"),
        (gl.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), [3.0], {}, "K", "2"),
        (gl.GaussianMixture([1], [0], [1]), [], {}, "x", "empty"),
    ],
)
def test_a_bad_argument_of_em_is_named_with_a_remedy(
    model, x, options, argument, found
):
    with pytest.raises(ValueError) as error:
        gl.em(model, x, **options)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize(
    ("model", "options", "argument"),
    [
        (COINS, {"max_iter": 3.0}, "max_iter"),
        (COINS, {"max_iter": "3"}, "max_iter"),
        (COINS, {"max_iter": True}, "max_iter"),
        (COINS, {"tol": "small"}, "tol"),
        (gl.CoinMixture, {}, "model"),
        ([0.6, 0.5], {}, "model"),
    ],
)
def test_an_argument_of_em_of_another_type_is_named(model, options, argument):
    with pytest.raises(TypeError) as error:
        gl.em(model, TRIALS, **options)
    assert_one_sentence(error, argument)


# Interruption


def raise_it():
    raise KeyboardInterrupt


def ctrl_c():
    # a process in the background ignores Ctrl-C unless it is told to listen
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted_at(step, how):
    """Return coins that are interrupted in their E-step number `step`, from 0."""
    steps = itertools.count()

    class Interrupted(gl.CoinMixture):
        def e_step(self, x):
            if next(steps) == step:
                how()
            return super().e_step(x)

        def m_step(self, statistics):
            after = super().m_step(statistics)
            return type(self)(after.heads, after.weights, after.learn_weights)

    return Interrupted([0.6, 0.5])


@pytest.mark.parametrize("how", [raise_it, ctrl_c])
@pytest.mark.parametrize("step", [0, 1, 2, 6])
def test_an_interrupted_run_carries_its_trace_and_goes_on_to_the_same_end(step, how):
    with pytest.raises(KeyboardInterrupt) as stopped:
        gl.em(interrupted_at(step, how), TRIALS, max_iter=30, tol=0)
    trace = stopped.value.trace
    assert len(trace.models) == len(trace.log_likelihoods) == max(step, 1)
    assert not trace.converged
    whole = gl.em(COINS, TRIALS, max_iter=30, tol=0)
    rest = gl.em(trace.model, TRIALS, max_iter=30 - trace.n_iter, tol=0)
    assert rest.model.heads.tolist() == whole.model.heads.tolist()
    assert rest.log_likelihoods[-1] == whole.log_likelihoods[-1]
    if step:
        done = whole.log_likelihoods[: trace.n_iter + 1]
        assert trace.log_likelihoods.tolist() == done.tolist()


@pytest.mark.parametrize("kind", ["coins", *COVARIANCE_TYPES])
def test_a_run_interrupted_at_any_step_is_resumed_to_the_same_bits(kind, monkeypatch):
    model, x = model_and_data(7, kind, N=200)
    whole = gl.em(model, x, tol=0.01)
    assert whole.converged
    for owner, name in ((gl.Mixture, "e_step"), (type(model), "m_step")):
        plain = getattr(owner, name)
        for step in range(whole.n_iter):
            calls = itertools.count()

            def interrupted(*arguments, calls=calls, step=step, plain=plain):
                if next(calls) == step:
                    raise KeyboardInterrupt
                return plain(*arguments)

            monkeypatch.setattr(owner, name, interrupted)
            with pytest.raises(KeyboardInterrupt) as stopped:
                gl.em(model, x, tol=0.01)
            monkeypatch.setattr(owner, name, plain)
            trace = pickle.loads(pickle.dumps(stopped.value.trace))  # and tomorrow:
            rest = gl.em(trace.model, x, tol=0.01)
            assert trace.n_iter == (step if name == "m_step" else max(step - 1, 0))
            assert trace.models + rest.models[1:] == whole.models
            climbed = [*trace.log_likelihoods[:-1], *rest.log_likelihoods]
            assert climbed == whole.log_likelihoods.tolist()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a Unix timer")
@pytest.mark.parametrize("delay", np.linspace(0.001, 0.037, 9).round(4))
def test_a_run_interrupted_at_any_moment_carries_its_trace(delay):
    class Timed(gl.GaussianMixture):
        def log_prior(self):  # asked for after the first E-step
            if self == start:
                signal.setitimer(signal.ITIMER_REAL, delay)
            return 0.0

    def stop(*_):
        raise KeyboardInterrupt

    x, _ = gl.datasets.three_groups(100_000)
    plain = gl.datasets.three_groups_mixture()
    start = Timed(plain.weights, plain.means, plain.covariances)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(KeyboardInterrupt) as stopped:
            gl.em(start, x, max_iter=2000, tol=0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    trace = stopped.value.trace
    assert len(trace.models) == len(trace.log_likelihoods)
    again = gl.em(plain, x, max_iter=min(trace.n_iter, 5), tol=0)
    for one, two in zip(trace.models, again.models, strict=False):
        assert_close(one, two, rtol=0, atol=0)


def test_a_run_interrupted_before_its_first_step_carries_the_start():
    class Interrupted(gl.CoinMixture):
        def e_step(self, x):
            raise KeyboardInterrupt

    start = Interrupted([0.6, 0.5])
    with pytest.raises(KeyboardInterrupt) as stopped:
        gl.em(start, TRIALS)
    assert stopped.value.trace.models == (start,)


def test_an_interruption_on_another_thread_carries_its_trace():
    class Interrupted(gl.CoinMixture):
        def e_step_of(self, x):
            if len(x) == 7:  # the last block
                raise KeyboardInterrupt
            return super().e_step_of(x)

    x = np.tile(TRIALS, (10_000, 1))[: 2 * COINS.block_rows + 7]
    with pytest.raises(KeyboardInterrupt) as stopped:
        gl.em(Interrupted([0.6, 0.5]), x)
    assert stopped.value.trace.n_iter == 0


# Progress


def on_the_screen(written):
    """Return what a terminal shows in the end of what was written to it."""
    lines = [""]
    for part in written.replace("\n", "\n\0").split("\0"):
        for piece in part.rstrip("\n").split("\r"):
            lines[-1] = piece + lines[-1][len(piece) :]
        if part.endswith("\n"):
            lines.append("")
    return "\n".join(lines).strip()


@pytest.fixture
def clock(monkeypatch):
    """Let the clock of the bar go so many seconds forward at each look."""

    def start(step):
        ticks = itertools.count(0, step)
        monkeypatch.setattr("tqdm.std.time", lambda: next(ticks))

    return start


def test_a_short_run_shows_nothing(capfd):
    gl.em(COINS, TRIALS)
    written = capfd.readouterr()
    assert written.out == "" and written.err == ""


def test_progress_is_shown_on_stderr_when_asked_for_and_erased_at_the_end(capfd):
    gl.em(COINS, TRIALS, max_iter=20, tol=0, progress=True)
    written = capfd.readouterr()
    assert written.out == ""
    assert "EM" in written.err and "20" in written.err
    assert on_the_screen(written.err) == ""


def test_progress_is_erased_when_the_run_converges_or_fails(capfd):
    gl.em(COINS, TRIALS, progress=True)
    with pytest.raises(gl.CollapseError):
        gl.em(gl.CoinMixture([0.6, 0]), TRIALS, progress=True)
    with pytest.raises(KeyboardInterrupt):
        gl.em(interrupted_at(4, raise_it), TRIALS, progress=True)
    assert on_the_screen(capfd.readouterr().err) == ""


def test_progress_appears_by_itself_after_two_seconds(capfd, clock):
    clock(0.3)
    gl.em(COINS, TRIALS, max_iter=5, tol=0)
    assert capfd.readouterr().err == ""
    gl.em(COINS, TRIALS, max_iter=20, tol=0)
    written = capfd.readouterr().err
    assert "EM" in written and on_the_screen(written) == ""


def test_progress_is_never_shown_if_it_is_declined(capfd, clock):
    clock(10)
    gl.em(COINS, TRIALS, max_iter=20, tol=0, progress=False)
    assert capfd.readouterr().err == ""


# What it costs


def in_a_new_process(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_import_costs_numpy_alone():
    heavy = "scipy matplotlib ipywidgets sklearn pandas dask IPython threadpoolctl"
    found = in_a_new_process(
        f"""
        import sys, gmmlib as gl
        assert "tqdm" not in sys.modules
        gl.em(gl.CoinMixture([0.6, 0.5]), gl.datasets.coin_trials())
        x, _ = gl.datasets.three_groups(100)
        gl.em(gl.GaussianMixture.from_points(x, 2), x)
        gl.jensen_gap(lambda x: x**2, [1, 2])
        print([name for name in {heavy.split()!r} if name in sys.modules])
        """
    )
    assert found.strip() == "[]"


def test_a_memory_mapped_array_is_never_copied_whole(tmp_path):
    D, rows = 16, 800_000
    x = np.lib.format.open_memmap(
        tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(rows, D)
    )
    pattern = np.random.default_rng(0).normal(size=(1000, D))
    for begin in range(0, rows, 1000):
        x[begin : begin + 1000] = pattern
    x.flush()
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert x.nbytes > 51e6  # and 102 MB as float64
    model = random_mixture(np.random.default_rng(0), 2, D, "diag")
    gl.em(model, x[:50_000], max_iter=1)  # imports and pools are not counted
    tracemalloc.start()
    try:
        trace = gl.em(model, x, max_iter=1, tol=0)
        model.log_likelihood(x)
        gl.GaussianMixture.from_points(x, 2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert trace.n_iter == 1
    assert peak < 40e6


def test_a_bar_of_its_own_costs_a_short_run_nothing():
    begun = time.perf_counter()
    for _ in range(20):
        gl.em(COINS, TRIALS, max_iter=15, tol=0)
    assert time.perf_counter() - begun < 3


@settings(max_examples=10)
@given(seed=seeds)
def test_e_step_leaves_its_data_alone(seed):
    for kind in ("coins", "full"):
        model, x = model_and_data(seed, kind)
        before = x.copy()
        run(model, x, 3)
        assert (x == before).all()
