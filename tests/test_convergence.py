"""The theorems of EM's speed: missing information, overdispersion, acceleration."""

import numpy as np
import pytest
from common import assert_close, model_and_data, parameters

import gmmlib as gl
from gmmlib.coins import RevealedCoins
from gmmlib.convergence import (
    accelerated_em,
    anneal,
    complete_information,
    convergence_rates,
    em_jacobian,
    em_map,
    free_parameters,
    gradient_ascent,
    half_steps,
    next_gap,
    observed_information,
    overdispersion,
    rise_of_q,
    stops_at,
    tempered_step,
    trial_information,
    with_free_parameters,
)

X = gl.datasets.coin_trials()
BEST_START = gl.CoinMixture([0.6, 0.5])
BEST = gl.em(gl.CoinMixture([0.6, 0.5]), X, tol=None).model


@pytest.mark.parametrize("kind", ["coins", "full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_free_parameters_say_all_of_a_model(kind, seed):
    model, _ = model_and_data(seed, kind)
    again = with_free_parameters(model, free_parameters(model))
    assert_close(again, model, rtol=1e-12, atol=1e-12)
    assert type(again) is type(model)


def test_the_number_of_free_parameters_is_that_of_the_model():
    for kind in ("coins", "full"):
        model, _ = model_and_data(3, kind)
        assert len(free_parameters(model)) == model.n_parameters


def test_the_jacobian_is_the_missing_share_of_the_information():
    missing = complete_information(BEST, X) - observed_information(BEST, X)
    share = np.linalg.solve(complete_information(BEST, X), missing)
    np.testing.assert_allclose(share, em_jacobian(BEST, X), atol=1e-5)
    np.testing.assert_allclose(
        convergence_rates(BEST, X), [0.40969, 0.37800], atol=1e-5
    )


def test_the_same_holds_for_gaussians():
    x = gl.datasets.two_heaps()
    model = gl.em(gl.GaussianMixture.from_points(x, 2), x, tol=None).model
    complete, observed = (
        f(model, x) for f in (complete_information, observed_information)
    )
    share = np.linalg.solve(complete, complete - observed)
    np.testing.assert_allclose(share, em_jacobian(model, x), atol=1e-4)
    rates = convergence_rates(model, x)
    assert 0 < rates[0] < 1 and rates[-1] > -1e-6


def test_a_late_step_is_the_rate_times_the_step_before():
    trace = gl.em(gl.CoinMixture([0.6, 0.5]), X, max_iter=25, tol=None)
    steps = np.diff([m.heads for m in trace.models], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    assert lengths[-1] / lengths[-2] == pytest.approx(
        convergence_rates(BEST, X)[0], abs=5e-3
    )


def test_labels_told_leave_less_information_missing():
    z, rates = gl.datasets.coin_labels(), []
    for told in range(6):
        data = np.column_stack([X, np.where(np.arange(5) < told, z, -1)])
        model = gl.em(RevealedCoins([0.6, 0.5]), data, tol=None).model
        rates.append(convergence_rates(model, data)[0])
    np.testing.assert_allclose(rates, [0.410, 0.397, 0.355, 0.261, 0.251, 0], atol=6e-4)


@pytest.mark.parametrize("weights", [[0.5, 0.5], [0.8, 0.2]])
@pytest.mark.parametrize("learn", [False, True])
def test_the_slope_at_the_saddle_is_the_overdispersion(weights, learn):
    rng = np.random.default_rng(0)
    x = np.array([(h, m - h) for m in (4, 7, 10) for h in rng.binomial(m, [0.3, 0.9])])
    p = x[:, 0].sum() / x.sum()
    saddle = gl.CoinMixture([p, p], weights, learn)
    rates = np.linalg.eigvals(em_jacobian(saddle, x)).real
    assert abs(rates - overdispersion(x)).min() < 1e-6
    slope = (next_gap(x, 1e-5) - next_gap(x, -1e-5)) / 2e-5
    assert slope == pytest.approx(overdispersion(x), abs=1e-6)


@pytest.mark.parametrize("gap", [-0.5, 0.02, 0.3, 0.6])
def test_the_gap_map_never_descends_and_has_its_top_where_q_has(gap):
    def coins(g):
        return gl.CoinMixture([0.66 + g / 2, 0.66 - g / 2])

    new, r = next_gap(X, gap), coins(gap).responsibilities(X)
    top = coins(new).expected_log_joint(X, r)
    assert all(coins(new + e).expected_log_joint(X, r) < top for e in (-0.01, 0.01))
    assert coins(new).log_likelihood(X) >= coins(gap).log_likelihood(X)


@pytest.mark.parametrize("tosses, rank", [(1, 1), (2, 2), (3, 3), (5, 3)])
def test_two_coins_with_unknown_weights_need_three_tosses(tosses, rank):
    coins = gl.CoinMixture([0.8, 0.4], [0.3, 0.7], learn_weights=True)
    information = trial_information(coins, tosses)
    assert np.linalg.matrix_rank(information, tol=1e-6) == rank


def test_one_label_told_alone_may_raise_the_rate():
    z, rates = gl.datasets.coin_labels(), []
    for n in range(5):
        data = np.column_stack([X, np.where(np.arange(5) == n, z, -1)])
        model = gl.em(RevealedCoins([0.6, 0.5]), data, tol=None).model
        rates.append(convergence_rates(model, data)[0])
    np.testing.assert_allclose(rates, [0.397, 0.396, 0.358, 0.412, 0.312], atol=6e-4)


def test_onto_a_ridge_em_is_fast_and_near_a_ridge_slow():
    iterations = []
    for tosses in (2, 3):
        flips, _ = gl.CoinMixture([0.8, 0.4]).sample(1000, rng=0, tosses=tosses)
        start = gl.CoinMixture([0.8, 0.4], learn_weights=True)
        iterations.append(gl.em(start, flips, max_iter=5000, tol=1e-12).n_iter)
    assert iterations[0] < 40 < 200 < iterations[1]


def test_trial_information_of_one_coin_is_the_textbooks():
    information = trial_information(gl.CoinMixture([0.3]), 7)
    assert information[0, 0] == pytest.approx(7 / (0.3 * 0.7), rel=1e-6)


def test_where_the_data_cannot_tell_the_rate_is_one():
    flips, _ = gl.CoinMixture([0.8, 0.4]).sample(300, rng=0, tosses=2)
    start = gl.CoinMixture([0.7, 0.45], learn_weights=True)
    model = gl.em(start, flips, max_iter=3000, tol=1e-13).model
    assert convergence_rates(model, flips)[0] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("kind", ["coins", "full", "tied", "diag", "spherical"])
def test_temperature_one_is_em(kind):
    model, x = model_and_data(4, kind)
    assert_close(tempered_step(model, x, 1.0), em_map(model, x))


def test_equal_coins_part_exactly_above_one_over_the_overdispersion():
    for beta, apart in ((0.64, False), (0.66, True)):
        model = gl.CoinMixture([0.67, 0.65])
        for _ in range(1000):
            model = tempered_step(model, X, beta)
        assert (model.heads[0] - model.heads[1] > 0.01) == apart


def test_hard_labels_give_the_counts_of_the_answer_key():
    model = gl.CoinMixture([0.67, 0.65])
    for _ in range(50):
        model = tempered_step(model, X, 50.0)
    np.testing.assert_allclose(model.heads, [0.80, 0.45], atol=1e-6)


def test_annealing_forgets_the_start():
    x, _ = gl.datasets.three_groups(n=200)
    start = gl.GaussianMixture.from_points(x, 3, rng=0, method="box")
    cooled = anneal(start, x, (0.1, 0.5), 0, nudge=0.0)
    np.testing.assert_allclose(cooled.means, cooled.means[[1, 2, 0]], atol=1e-6)
    ends = [
        gl.em(anneal(start, x, (0.1, 0.5, 1), s), x).log_likelihoods[-1] for s in (0, 1)
    ]
    assert ends[0] == pytest.approx(ends[1], abs=1e-3)


def test_without_a_nudge_the_stopping_rule_lies_and_patience_arrives():
    x, _ = gl.datasets.three_groups(n=300)
    start = gl.GaussianMixture.from_points(x, 3)
    melted = anneal(start, x, (0.1, 0.5, 1), 0, nudge=0)
    top = gl.em(start, x).log_likelihoods[-1]
    stopped = gl.em(melted, x)
    assert stopped.converged and stopped.log_likelihoods[-1] < top - 200
    patient = gl.em(melted, x, tol=None, max_iter=1000)
    assert patient.log_likelihoods[-1] == pytest.approx(top, abs=1e-3)


def test_below_one_only_nearly_equal_coins_merge():
    lone = np.array([(5, 5)] * 20 + [(10, 0)])
    assert overdispersion(lone) < 0.5
    near, far = (
        gl.em(gl.CoinMixture(heads), lone, tol=None).model.heads
        for heads in ([0.55, 0.5], [0.95, 0.5])
    )
    assert abs(near[0] - near[1]) < 0.01 and far[0] - far[1] > 0.4


@pytest.mark.parametrize("kind", ["coins", "full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("seed", range(6))
def test_acceleration_never_descends_and_ends_no_lower_than_it_began(kind, seed):
    model, x = model_and_data(seed, kind, N=60)
    try:
        trace = accelerated_em(model, x, max_iter=30, tol=None)
    except gl.CollapseError:
        return
    assert (np.diff(trace.log_likelihoods) > -1e-8).all()
    assert len(trace.models) == 31


def test_acceleration_climbs_with_a_prior():
    x = gl.datasets.two_heaps()
    prior = gl.CovariancePrior(1.0, 2.0)
    start = gl.GaussianMixture.from_points(x, 2, covariance_prior=prior)
    trace = accelerated_em(start, x)
    heights = [m.log_likelihood(x) + m.log_prior() for m in trace.models]
    assert (np.diff(heights) > -1e-8).all()
    assert_close(trace.model, gl.em(start, x, tol=None).model, rtol=1e-3, atol=1e-3)


def test_acceleration_needs_a_third_of_the_e_steps_where_coins_overlap():
    x, _ = gl.CoinMixture([0.53, 0.47]).sample(2000, rng=0)
    start = gl.CoinMixture([0.6, 0.5])
    plain, fast = gl.em(start, x, tol=1e-11), accelerated_em(start, x, tol=1e-11)
    assert 3 * fast.n_iter < plain.n_iter / 3
    assert fast.log_likelihoods[-1] == pytest.approx(
        plain.log_likelihoods[-1], abs=1e-5
    )
    assert all(isinstance(p, np.ndarray) for p in parameters(fast.model))


# Half-steps, and gradient ascent.


@pytest.mark.parametrize("start", [0.02, 0.2, 0.5, 0.98])
@pytest.mark.parametrize("known", [0.2, 0.5, 0.9])
def test_the_bound_touches_after_each_e_step_and_no_half_step_descends(start, known):
    states = half_steps(X, start, known)
    assert all(abs(s.bound - s.log_likelihood) < 1e-10 for s in states[1::2])
    assert (np.diff([s.log_likelihood for s in states]) > -1e-10).all()
    assert (np.diff([s.bound for s in states[1:]]) > -1e-10).all()


def test_without_the_touch_an_m_step_can_descend():
    states = half_steps(X, 0.8, 0.5, sureness=0.0, steps=2)
    assert states[2].log_likelihood < states[0].log_likelihood - 0.5


def test_a_short_gradient_step_moves_along_the_slope_of_the_log_likelihood():
    start, step = gl.CoinMixture([0.6, 0.5]), 1e-6
    moved = (gradient_ascent(start, X, step, 1)[1].heads - start.heads) / step
    for k, unit in enumerate(1e-5 * np.eye(2)):
        up, down = (
            gl.CoinMixture(start.heads + unit),
            gl.CoinMixture(start.heads - unit),
        )
        slope = (up.log_likelihood(X) - down.log_likelihood(X)) / 2e-5
        assert moved[k] == pytest.approx(slope, rel=1e-5)


def test_gradient_ascent_stops_where_a_step_would_leave_the_square():
    assert len(gradient_ascent(gl.CoinMixture([0.6, 0.5]), X, 0.04, 10)) == 1


def test_a_run_says_where_a_larger_tolerance_would_have_stopped_it():
    ells = gl.em(BEST_START, X, max_iter=60, tol=None).log_likelihoods
    for tol in (1e-3, 1e-6):
        stopped = gl.em(BEST_START, X, tol=tol)
        assert stops_at(ells, len(X), tol) == stopped.n_iter
    assert stops_at(ells[:9], len(X), 0) == 8


@pytest.mark.parametrize("start, falls", [((0.6, 0.5), False), ((0.9, 0.1), True)])
def test_while_the_log_likelihood_rises_q_may_fall(start, falls):
    trace, Q = rise_of_q(X, start, 12)
    assert (np.diff(trace.log_likelihoods) > 0).all() and len(Q) == 12
    assert (np.diff(Q) < 0).any() == falls
