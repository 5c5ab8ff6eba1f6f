"""Coins that cannot be told apart: the published numbers, and the model itself."""

import copy
import math
import pickle

import numpy as np
import pytest
from common import assert_close, assert_one_sentence, random_coins, seeds
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import binom

import gmmlib as gl
from gmmlib.coins import RevealedCoins

pytestmark = pytest.mark.filterwarnings(
    "error", "ignore:Implicitly cleaning up:ResourceWarning"
)

START = gl.CoinMixture([0.6, 0.5])
TRIALS = gl.datasets.coin_trials()

# iteration | r_A of trials 1–5 | A heads, tails | B heads, tails | θ_A | θ_B | ℓ
SIXTEEN_ITERATIONS = """
1|.449149 .804986 .733467 .352156 .647215|21.297482 8.572247|11.702518 8.427753|.713012|.581339|-31.859258
2|.295819 .811510 .706422 .190145 .573534|19.209382 6.564920|13.790618 10.435080|.745292|.569256|-31.723116
3|.217592 .869849 .751154 .111591 .576869|19.410277 5.860269|13.589723 11.139731|.768099|.549536|-31.627827
4|.161703 .912905 .794264 .066333 .587105|19.753833 5.469260|13.246167 11.530740|.783165|.534617|-31.584947
5|.129020 .935378 .821551 .044995 .594205|19.975329 5.276168|13.024671 11.723832|.791055|.526281|-31.573058
6|.113542 .945280 .835232 .036224 .597989|20.087902 5.194765|12.912098 11.805235|.794533|.522390|-31.570678
7|.107088 .949336 .841269 .032809 .599853|20.139820 5.163729|12.860180 11.836271|.795929|.520730|-31.570275
8|.104557 .950954 .843781 .031503 .600743|20.162837 5.152552|12.837163 11.847448|.796466|.520047|-31.570212
9|.103591 .951595 .844803 .031007 .601158|20.172865 5.148671|12.827135 11.851329|.796668|.519770|-31.570202
10|.103227 .951848 .845216 .030818 .601347|20.177192 5.147364|12.822808 11.852636|.796744|.519659|-31.570201
11|.103090 .951948 .845382 .030747 .601432|20.179046 5.146939|12.820954 11.853061|.796772|.519614|-31.570200
12|.103039 .951987 .845449 .030720 .601470|20.179837 5.146807|12.820163 11.853193|.796783|.519595|-31.570200
13|.103020 .952003 .845475 .030709 .601486|20.180173 5.146769|12.819827 11.853231|.796787|.519588|-31.570200
14|.103013 .952009 .845486 .030706 .601493|20.180314 5.146760|12.819686 11.853240|.796788|.519585|-31.570200
15|.103010 .952012 .845491 .030704 .601496|20.180374 5.146758|12.819626 11.853242|.796789|.519584|-31.570200
16|.103009 .952013 .845493 .030703 .601498|20.180399 5.146758|12.819601 11.853242|.796789|.519583|-31.570200
"""  # noqa: E501
ROWS = [
    [np.array(field.split(), dtype=float) for field in line.split("|")]
    for line in SIXTEEN_ITERATIONS.strip().splitlines()
]
SIX_DIGITS = 5.1e-7  # half a unit of the last printed digit


# Published numbers


def test_five_trials_give_the_published_trace():
    trace = gl.em(START, TRIALS, max_iter=16, tol=None)
    assert [int(row[0][0]) for row in ROWS] == list(range(1, trace.n_iter + 1))
    for (i,), r, a, b, theta_a, theta_b, log_likelihood in ROWS:
        before, after = trace.models[int(i) - 1], trace.models[int(i)]
        statistics, _ = before.e_step(TRIALS)
        found = [
            *before.responsibilities(TRIALS)[:, 0],
            *(statistics.heads[0], statistics.tails[0]),
            *(statistics.heads[1], statistics.tails[1]),
            *after.heads,
            trace.log_likelihoods[int(i)],
        ]
        printed = [*r, *a, *b, *theta_a, *theta_b, *log_likelihood]
        np.testing.assert_allclose(found, printed, rtol=0, atol=SIX_DIGITS)


def test_five_trials_give_the_numbers_of_the_figure():
    trace = gl.em(START, TRIALS, max_iter=10, tol=0)
    r = START.responsibilities(TRIALS)[:, 0]
    assert np.round(r, 2).tolist() == [0.45, 0.80, 0.73, 0.35, 0.65]
    statistics, _ = START.e_step(TRIALS)
    assert np.round(statistics.heads, 1).tolist() == [21.3, 11.7]
    assert np.round(statistics.tails, 1).tolist() == [8.6, 8.4]
    assert np.round(trace.models[1].heads, 2).tolist() == [0.71, 0.58]
    assert np.round(trace.model.heads, 2).tolist() == [0.80, 0.52]


def test_start_has_the_published_log_likelihood():
    assert START.log_likelihood(TRIALS) == pytest.approx(-33.093863, abs=SIX_DIGITS)


def test_five_trials_end_at_the_published_fixed_point():
    end = gl.em(START, TRIALS, tol=1e-15).model
    np.testing.assert_allclose(end.heads, [0.7967890669, 0.5195831201], atol=2e-8)
    end = gl.em(START, TRIALS, max_iter=100, tol=0).model
    np.testing.assert_allclose(
        end.heads, [0.7967890669, 0.5195831201], rtol=0, atol=1e-10
    )


def test_known_coins_have_the_published_shares_of_heads():
    q = np.eye(2)[gl.datasets.coin_labels()]
    shares = gl.CoinMixture([24 / 30, 9 / 20])
    assert shares.heads.tolist() == [0.80, 0.45]
    best = shares.expected_log_joint(TRIALS, q)
    for step in np.vstack([np.eye(2), -np.eye(2)]) * 1e-3:
        other = gl.CoinMixture(shares.heads + step)
        assert other.expected_log_joint(TRIALS, q) < best


def test_swapped_start_ends_with_swapped_labels():
    a = gl.em(gl.CoinMixture([0.6, 0.5]), TRIALS)
    b = gl.em(gl.CoinMixture([0.5, 0.6]), TRIALS)
    np.testing.assert_allclose(a.model.heads, b.model.heads[::-1], rtol=1e-14)
    np.testing.assert_allclose(a.log_likelihoods, b.log_likelihoods, rtol=1e-14)


def test_equal_start_stays_on_the_saddle():
    trace = gl.em(gl.CoinMixture([0.3, 0.3]), TRIALS, max_iter=20, tol=0)
    np.testing.assert_allclose(trace.model.heads, [0.66, 0.66], rtol=1e-14)
    assert trace.log_likelihoods[-1] == pytest.approx(-32.051774, abs=SIX_DIGITS)


# The probability


@given(seed=seeds)
def test_log_joint_is_that_of_the_sequence(seed):
    rng = np.random.default_rng(seed)
    model = random_coins(rng, 3)
    x, _ = model.sample(8, rng, tosses=15)
    n = x.sum(axis=1)[:, None]
    coefficient = np.array([[math.log(math.comb(15, h))] for h in x[:, 0].tolist()])
    exact = np.log(model.weights) + binom.logpmf(x[:, :1], n, model.heads) - coefficient
    np.testing.assert_allclose(model.log_joint(x), exact, rtol=1e-11, atol=1e-11)
    assert model.log_likelihood(x) == pytest.approx(logsumexp(exact, axis=1).sum())


@given(seed=seeds, tosses=st.integers(0, 40))
def test_probabilities_of_all_sequences_sum_to_one(seed, tosses):
    model = random_coins(np.random.default_rng(seed), 3)
    h = np.arange(tosses + 1)
    sequences = [math.comb(tosses, k) for k in h.tolist()]
    p = np.exp(logsumexp(model.log_joint(np.c_[h, tosses - h]), axis=1))
    assert p @ np.array(sequences, dtype=float) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("theta", [1e-5, 1e-8, 1e-12, 0.5, 1 - 1e-8])
def test_log_joint_of_a_rare_event_keeps_its_digits(theta):
    h, t = 3, 10**9
    exact = h * math.log(theta) + t * math.log1p(-theta)
    assert gl.CoinMixture([theta]).log_joint([[h, t]])[0, 0] == pytest.approx(
        exact, rel=1e-14
    )


def test_em_never_descends_on_rare_events():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.poisson([1] * 20 + [6] * 20), np.full(40, 10**13)])
    gl.em(gl.CoinMixture([1e-13, 5e-13], learn_weights=True), x)  # must not raise


@pytest.mark.parametrize("theta", [0, 1])
def test_a_certain_coin_is_legal(theta):
    model = gl.CoinMixture([theta, 0.5])
    certain, other = (3, 0) if theta else (0, 3), (1, 2)
    joint = model.log_joint([certain, other, (0, 0)])
    np.testing.assert_allclose(joint[0], np.log([0.5, 0.5**4]))
    np.testing.assert_allclose(joint[1], [-np.inf, np.log(0.5**4)])
    np.testing.assert_allclose(joint[2], np.log([0.5, 0.5]))
    assert model.responsibilities([other]).tolist() == [[0, 1]]
    q = model.responsibilities([certain, other])
    assert model.lower_bound([certain, other], q) == pytest.approx(
        model.log_likelihood([certain, other])
    )


def test_certain_coins_stay_certain():
    trace = gl.em(gl.CoinMixture([0, 1], learn_weights=True), [[5, 0], [0, 5], [0, 1]])
    assert trace.model.heads.tolist() == [0, 1]
    np.testing.assert_allclose(trace.model.weights, [2 / 3, 1 / 3], rtol=1e-15)
    exact = 2 * np.log(2 / 3) + np.log(1 / 3)
    assert trace.log_likelihoods[-1] == pytest.approx(exact, rel=1e-14)


def test_trials_may_have_any_length():
    x = np.array([[0, 0], [1, 0], [0, 1000], [30, 12]])
    trace = gl.em(gl.CoinMixture([0.7, 0.1]), x)
    for model in trace.models:
        np.testing.assert_allclose(model.responsibilities(x)[0], [0.5, 0.5])
    assert (np.diff(trace.log_likelihoods) >= -1e-9).all()


def test_a_coin_of_weight_zero_keeps_its_heads_and_its_weight():
    model = gl.em(gl.CoinMixture([0.6, 0.123, 0.5], [0.5, 0, 0.5], True), TRIALS).model
    assert model.heads[1] == 0.123
    assert model.weights[1] == 0
    assert (model.responsibilities(TRIALS)[:, 1] == 0).all()


def test_weights_stay_unless_they_are_learned():
    rng = np.random.default_rng(0)
    for _ in range(50):
        start = random_coins(rng, 4, learn_weights=False)
        end = gl.em(start, TRIALS, max_iter=3, tol=0).model
        assert np.array_equal(end.weights, start.weights)


def test_learned_weights_are_the_shares_of_expected_trials():
    start = gl.CoinMixture([0.6, 0.5], learn_weights=True)
    after = gl.em(start, TRIALS, max_iter=1, tol=0).model
    r = start.responsibilities(TRIALS)
    np.testing.assert_allclose(after.weights, r.mean(axis=0), rtol=1e-14)
    assert after.learn_weights


def test_weights_left_out_are_equal():
    assert gl.CoinMixture([0.1, 0.2, 0.3, 0.4]).weights.tolist() == [0.25] * 4


@given(seed=seeds, learn_weights=st.booleans())
def test_m_step_maximises_the_expected_log_joint(seed, learn_weights):
    rng = np.random.default_rng(seed)
    old = random_coins(rng, 3, learn_weights)
    x = random_coins(rng, 2).sample(30, rng)[0]
    q = old.responsibilities(x)
    new = old.m_step(old.e_step(x)[0])
    best = new.expected_log_joint(x, q)
    for size in (1e-3, 1e-2, 0.3):
        step, tilt = size * rng.normal(size=(2, 3))
        for sign in (1, -1):
            odds = new.heads / (1 - new.heads) * np.exp(sign * step)
            weights = new.weights * np.exp(sign * tilt * learn_weights)
            other = gl.CoinMixture(odds / (1 + odds), weights / weights.sum())
            assert other.expected_log_joint(x, q) <= best + 1e-11 * abs(best)


def test_free_parameters_are_counted():
    assert gl.CoinMixture([0.1, 0.2, 0.3]).n_parameters == 3
    assert gl.CoinMixture([0.1, 0.2, 0.3], learn_weights=True).n_parameters == 5


def test_a_sample_shows_the_parameters():
    model = gl.CoinMixture([0.2, 0.9, 0.5], [0.2, 0.8, 0])
    x, z = model.sample(20_000, 3, tosses=7)
    assert x.shape == (20_000, 2) and z.shape == (20_000,)
    assert (x.sum(axis=1) == 7).all() and (x >= 0).all()
    np.testing.assert_allclose(
        np.bincount(z, minlength=3) / len(z), model.weights, atol=0.015
    )
    for k in (0, 1):
        assert x[z == k, 0].mean() / 7 == pytest.approx(model.heads[k], abs=0.01)
        assert x[z == k, 0].var() == pytest.approx(
            7 * model.heads[k] * (1 - model.heads[k]), rel=0.08
        )


def test_a_sample_repeats_with_its_seed():
    model = gl.CoinMixture([0.2, 0.9])
    x, z = model.sample(20, 5)
    again, z_again = model.sample(20, np.random.default_rng(5))
    assert (x == again).all() and (z == z_again).all()
    assert (x.sum(axis=1) == 10).all()
    assert not (model.sample(20, 6)[0] == x).all()
    assert model.sample(0, 1)[0].shape == (0, 2)


# Collapse


@pytest.mark.parametrize("learn_weights", [True, False])
def test_a_coin_that_explains_nothing_is_named_with_its_run(learn_weights):
    start = gl.CoinMixture([0.6, 0, 0.5], learn_weights=learn_weights)
    with pytest.raises(gl.CollapseError) as caught:
        gl.em(start, TRIALS)
    error = caught.value
    assert (error.component, error.iteration) == (1, 1)
    assert error.trace.models == (start,) and not error.trace.converged
    assert error.trace.log_likelihoods.tolist() == [start.log_likelihood(TRIALS)]
    assert_one_sentence(error, "1 ")
    assert isinstance(error, ArithmeticError)
    twin = pickle.loads(pickle.dumps(error))
    assert str(twin) == str(error) and twin.trace.model == start
    assert (twin.component, twin.iteration) == (1, 1)


@pytest.mark.parametrize("x", [[[0, 0]] * 4, [[0, 0], [0, 0]]])
def test_coins_that_are_never_tossed_have_no_best_heads(x):
    with pytest.raises(gl.CollapseError) as caught:
        gl.em(START, x)
    assert_one_sentence(caught, "0 ")


# Coins of which some are revealed


def revealed(labels):
    return np.column_stack([TRIALS, labels])


def test_all_coins_revealed_give_the_known_shares_in_one_iteration():
    trace = gl.em(RevealedCoins([0.6, 0.5]), revealed([1, 0, 0, 1, 0]), 3, tol=0)
    for model in trace.models[1:]:
        np.testing.assert_allclose(model.heads, [0.80, 0.45], rtol=1e-14)
        assert type(model) is RevealedCoins
    q = np.eye(2)[gl.datasets.coin_labels()]
    exact = gl.CoinMixture([0.80, 0.45]).expected_log_joint(TRIALS, q)
    assert trace.log_likelihoods[1] == pytest.approx(exact, rel=1e-14)


def test_no_coin_revealed_is_the_hidden_problem():
    one = gl.em(RevealedCoins([0.6, 0.5]), revealed([-1] * 5), 10, tol=0)
    two = gl.em(START, TRIALS, 10, tol=0)
    np.testing.assert_allclose(one.log_likelihoods, two.log_likelihoods, rtol=1e-14)
    np.testing.assert_allclose(one.model.heads, two.model.heads, rtol=1e-14)


@given(seed=seeds)
def test_em_never_descends_with_some_coins_revealed(seed):
    rng = np.random.default_rng(seed)
    x, z = random_coins(rng, 3).sample(30, rng)
    x = np.column_stack([x, np.where(rng.random(30) < 0.4, z, -1)])
    start = random_coins(rng, 3)
    trace = gl.em(RevealedCoins(start.heads, start.weights, True), x, 30)
    assert (np.diff(trace.log_likelihoods) >= -1e-9).all()
    told = x[:, 2] >= 0
    r = trace.model.responsibilities(x)
    assert (r[told, z[told]] == 1).all()
    assert trace.model.lower_bound(x, r) == pytest.approx(trace.log_likelihoods[-1])


@pytest.mark.parametrize(
    ("row", "found"),
    [([1, 2, 2], "coin 2"), ([1, 2, 0.5], "coin 0.5"), ([1, 2, -2], "coin -2")],
)
def test_a_coin_that_does_not_exist_is_named(row, found):
    with pytest.raises(ValueError) as error:
        gl.em(RevealedCoins([0.6, 0.5]), [[1, 2, 0], row])
    assert_one_sentence(error, "x[1]", found)


# A value


def test_a_model_cannot_be_changed():
    heads = np.array([0.6, 0.5])
    model = gl.CoinMixture(heads)
    heads[0] = 0.1
    assert model.heads[0] == 0.6
    with pytest.raises(AttributeError):
        model.heads = heads
    with pytest.raises(AttributeError):
        del model.heads
    with pytest.raises(ValueError, match="read-only"):
        model.heads[0] = 0.1
    with pytest.raises(ValueError, match="read-only"):
        model.weights[0] = 0.1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, "pickle"])
def test_a_copy_is_equal_and_cannot_be_changed_either(copied):
    model = gl.CoinMixture([0.6, 0.5], learn_weights=True)
    twin = pickle.loads(pickle.dumps(model)) if copied == "pickle" else copied(model)
    assert twin == model and hash(twin) == hash(model)
    assert_close(gl.em(twin, TRIALS).model, gl.em(model, TRIALS).model, rtol=0, atol=0)
    with pytest.raises(ValueError, match="read-only"):
        twin.heads[0] = 0.1


def test_models_are_equal_by_value():
    model = gl.CoinMixture([0.6, 0.5])
    assert model == gl.CoinMixture(np.float64([0.6, 0.5]), [0.5, 0.5])
    assert len({model, gl.CoinMixture([0.6, 0.5])}) == 1
    assert model != gl.CoinMixture([0.5, 0.6])
    assert model != gl.CoinMixture([0.6, 0.5], [0.4, 0.6])
    assert model != gl.CoinMixture([0.6, 0.5], learn_weights=True)
    assert model != "coins"


def test_equal_models_have_equal_hashes():
    zero, minus_zero = gl.CoinMixture([0.0, 0.5]), gl.CoinMixture([-0.0, 0.5])
    assert zero == minus_zero and hash(zero) == hash(minus_zero)


@given(seed=seeds, K=st.integers(1, 6))
def test_a_model_made_from_its_own_parameters_is_the_same(seed, K):
    model = random_coins(np.random.default_rng(seed), K)
    assert gl.CoinMixture(model.heads, model.weights, model.learn_weights) == model


# Errors


@pytest.mark.parametrize(
    ("arguments", "argument", "found"),
    [
        (([0.5, 1.5],), "heads[1]", "1.5"),
        (([-0.1, 0.5],), "heads[0]", "-0.1"),
        (([0.5, np.nan],), "heads[1]", "nan"),
        (([np.inf, 0.5],), "heads[0]", "inf"),
        (([],), "heads", "(0,)"),
        ((0.5,), "heads", "()"),
        (([[0.5]],), "heads", "(1, 1)"),
        (([0.5, 0.6], [0.5, 0.6]), "weights", "1.1"),
        (([0.5, 0.6], [1.5, -0.5]), "weights[1]", "-0.5"),
        (([0.5, 0.6], [1.0]), "weights", "(1,)"),
        (([0.5, 0.6], [np.nan, 1]), "weights[0]", "nan"),
        (([0.5, 0.6], [0, 0]), "weights", "0"),
    ],
)
def test_a_bad_parameter_is_named_with_a_remedy(arguments, argument, found):
    with pytest.raises(ValueError) as error:
        gl.CoinMixture(*arguments)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize("heads", [["a"], [1j], np.ma.array([0.5, 0.6])])
def test_heads_that_are_no_real_numbers_are_a_type_error(heads):
    with pytest.raises(TypeError) as error:
        gl.CoinMixture(heads)
    assert_one_sentence(error, "heads")


CALLS = {
    "log_joint": START.log_joint,
    "log_likelihood": START.log_likelihood,
    "responsibilities": START.responsibilities,
    "e_step": START.e_step,
    "bic": START.bic,
    "em": lambda x: gl.em(START, x),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_call
@pytest.mark.parametrize(
    ("x", "argument", "found"),
    [
        ([[1, 2], [3, -1]], "x[1]", "-1 tails"),
        ([[1, 2], [2.5, 1]], "x[1]", "2.5 heads"),
        ([[1, 2], [np.nan, 1]], "x[1, 0]", "nan"),
        ([[1, 2], [1, np.inf]], "x[1, 1]", "inf"),
        ([1, 2], "x", "(2,)"),
        ([[1, 2, 3]], "x", "(1, 3)"),
        (5, "x", "()"),
        ([[1, 2], [3]], "x", ""),
    ],
)
def test_bad_trials_are_named_with_a_remedy(call, x, argument, found):
    with pytest.raises(ValueError) as error:
        call(x)
    assert_one_sentence(error, argument, found)


@pytest.mark.parametrize("row", [3, 20_000, 39_999])
@pytest.mark.parametrize(
    ("trial", "words"),
    [
        ([-1, 2], r"x\[{row}\] has -1 heads"),
        ([1, 0.5], r"x\[{row}\] has 0.5 tails"),
        ([1, np.nan], r"x\[{row}, 1\] is nan"),
        ([1, 1], r"x\[{row}\] has probability 0 under every component"),
    ],
)
def test_an_impossible_trial_is_named_by_its_row_in_the_whole_array(row, trial, words):
    x = np.tile([3.0, 0.0], (40_000, 1))
    x[row] = trial
    with pytest.raises(ValueError, match=words.format(row=row)) as error:
        gl.em(gl.CoinMixture([1, 1]), x)
    assert_one_sentence(error, "x")


@pytest.mark.parametrize(
    ("outcomes", "counts"),
    [("HTTTHHTHTH", (5, 5)), ("", (0, 0)), ("HHH", (3, 0)), ("T", (0, 1))],
)
def test_toss_counts_heads_and_tails(outcomes, counts):
    assert gl.toss(outcomes) == counts


def test_a_toss_that_is_neither_heads_nor_tails_is_named():
    with pytest.raises(ValueError, match=r"outcomes\[2\] is 'X'"):
        gl.toss("HTX")
    with pytest.raises(TypeError) as error:
        gl.toss(["H", "T"])
    assert_one_sentence(error, "outcomes")


def test_rng_and_n_are_checked():
    with pytest.raises(TypeError, match="rng"):
        START.sample(3, "seed")
    with pytest.raises(ValueError, match="n is -1"):
        START.sample(-1, 0)
    with pytest.raises(ValueError, match="tosses is -1"):
        START.sample(1, 0, tosses=-1)
