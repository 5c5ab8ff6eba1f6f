"""How fast EM converges, why, and what can be done about it (chapter 8).

Near its end one iteration of EM is a linear map: what is left of the way is multiplied
by the Jacobian of the EM map. Its eigenvalues are fractions of missing information.
"""

from dataclasses import dataclass

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.collapse import outcomes
from gmmlib.em import Mixture, em, tempered
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics import checks
from gmmlib.numerics.guards import EPS, CollapseError
from gmmlib.numerics.runs import TracedRun

STEP = 1e-5  # of central differences, relative to 1 + |parameter|


def em_map(model, x):
    """Return M(θ): the model after one iteration of EM."""
    x = _data(model, x)
    return model.m_step(model.e_step(x)[0])


def free_parameters(model):
    """Return θ as a vector: the coins, or π_1..K−1, the means and half of each Σ_k."""
    checks.instance("model", model, CoinMixture, GaussianMixture)
    if isinstance(model, CoinMixture):
        weights = model.weights[:-1] if model.learn_weights else []
        return np.concatenate([model.heads, weights])
    below = np.tril_indices(model.D)
    halves = model.covariances[:, *below].ravel()
    return np.concatenate([model.weights[:-1], model.means.ravel(), halves])


def with_free_parameters(model, vector):
    """Return a model like `model` at another θ; ValueError where there is none."""
    vector = checks.finite_floats("vector", vector)
    wanted = free_parameters(model).shape
    if vector.shape != wanted:
        raise ValueError(f"vector has shape {vector.shape}: pass one of shape {wanted}")
    K = model.K
    if isinstance(model, CoinMixture):
        heads, weights = vector[:K], vector[K:]
        weights = _complete(weights) if model.learn_weights else model.weights
        return type(model)(heads, weights, model.learn_weights)
    D = model.D
    weights, means, halves = np.split(vector, [K - 1, K - 1 + K * D])
    covariances = np.zeros((K, D, D))
    covariances[:, *np.tril_indices(D)] = halves.reshape(K, -1)
    covariances += np.tril(covariances, -1).transpose(0, 2, 1)
    others = {name: getattr(model, name) for name in model.parameter_names[3:]}
    return type(model)(_complete(weights), means.reshape(K, D), covariances, **others)


def _complete(weights):
    return np.append(weights, 1 - weights.sum())


def _data(model, x):
    """Return x as the model takes it, one row at least."""
    checks.instance("model", model, Mixture)
    return checks.enough_data(model.check_data(x), 1)


def way_left(coins):
    """Return the largest |θ_k − its end| in each of a run's models of coins, (n,)."""
    for model in checks.instance("coins", coins, list, tuple):
        checks.instance("coins", model, CoinMixture)
    if not coins:
        raise ValueError("coins is empty: pass at least one model")
    heads = np.array([model.heads for model in coins])
    return abs(heads - heads[-1]).max(axis=1)


def stops_at(log_likelihoods, N, tol):
    """Return the iteration after which `em` stops, of a run that went on for longer."""
    small = np.flatnonzero(np.diff(log_likelihoods) < tol * N)
    return int(small[0]) + 1 if len(small) else len(log_likelihoods) - 1


def _derivative(f, model):
    """Return ∂f/∂θ by central differences, shape (…, P), for f that takes a model."""
    theta = free_parameters(model)
    columns = []
    for i, h in enumerate(STEP * (1 + abs(theta))):
        step = h * np.eye(len(theta))[i]
        up, down = (f(with_free_parameters(model, theta + s)) for s in (step, -step))
        columns.append((np.asarray(up) - np.asarray(down)) / (2 * h))
    return np.stack(columns, axis=-1)


def em_jacobian(model, x):
    """Return J = ∂M/∂θ, shape (P, P), of the EM map at `model`.

    At a fixed point inside the parameter space what is left of the way is multiplied
    by J in each late iteration. Covariances must be of type "full".
    """
    return _derivative(lambda m: free_parameters(em_map(m, x)), model)


def convergence_rates(model, x):
    """Return the eigenvalues of `em_jacobian`, largest first: of a fixed point.

    At a maximum they lie between 0 and 1; the first is the rate of convergence. At a
    saddle one at least is larger than 1. On a ridge one is 1, but EM does not move
    along it: the next one is the rate. Source: Dempster, Laird & Rubin (1977).
    """
    return np.sort(np.linalg.eigvals(em_jacobian(model, x)).real, kind="stable")[::-1]


def complete_information(model, x):
    """Return I_c = −∂²Q/∂θ², (P, P): what data with labels would tell of θ."""
    x = _data(model, x)
    r = model.responsibilities(x)
    return _curvature(lambda m: m.expected_log_joint(x, r), model)


def observed_information(model, x):
    """Return I_o = −∂²ℓ/∂θ², (P, P): what the data without labels tell of θ."""
    x = _data(model, x)
    return _curvature(lambda m: m.log_likelihood(x), model)


def _curvature(height, model):
    """Return minus the matrix of second derivatives of `height`, by differences."""
    theta, h = free_parameters(model), 1e-4
    steps = h * np.eye(len(theta))

    def at(shift):
        return height(with_free_parameters(model, theta + shift))

    def second(a, b):
        return (at(a + b) - at(a - b) - at(b - a) + at(-a - b)) / (4 * h**2)

    return -np.array([[second(a, b) for b in steps] for a in steps])


def trial_information(coins, tosses):
    """Return the information in one trial of `tosses` tosses, (P, P).

    The mean over all outcomes of s sᵀ, where s is the slope of ln p(outcome). Its rank
    is the number of parameters that such trials can tell apart, near these coins.
    """
    checks.instance("coins", coins, CoinMixture)
    # More, and their orders would overflow
    tosses = checks.whole_number("tosses", tosses, most=1000)
    h = np.arange(tosses + 1)
    every = np.column_stack([h, tosses - h])
    slopes = _derivative(lambda m: m.log_density(every), coins)
    return slopes.T @ (outcomes(coins, tosses)[:, None] * slopes)


# The climb of two coins in half-steps, and its rival, gradient ascent.


@dataclass(frozen=True)
class HalfStep:
    """Where the climb is after one E-step or M-step: coin A, labels, and heights."""

    theta_a: float
    q: np.ndarray  # (N, 2)
    bound: float
    log_likelihood: float


def half_steps(x, theta_a, theta_b, sureness=1.0, steps=12):
    """Return `steps` + 1 states: start, E, M, E, M, …, where coin B stays known.

    The E-step sets q ∝ r^sureness (1 is EM), the M-step sets coin A to H_A/(H_A + T_A).
    At the start nothing is known of the labels: q is ½ everywhere.
    """
    model, q, states = CoinMixture([theta_a, theta_b]), np.full((len(x), 2), 0.5), []
    for step in range(steps + 1):
        if step % 2 == 1:
            q = tempered(model.log_joint(x), sureness)
        elif step > 0:
            heads, tails = q[:, 0] @ x
            model = CoinMixture([heads / (heads + tails), theta_b])
        heights = model.lower_bound(x, q), model.log_likelihood(x)
        states.append(HalfStep(float(model.heads[0]), q, *heights))
    return states


def gradient_ascent(model, x, step, n):
    """Return up to n + 1 models of θ ← θ + step · ∂ℓ/∂θ, ending inside [0, 1].

    The gradient is that of Q at the present point: H_k/θ_k − T_k/(1 − θ_k).
    """
    models = [model]
    for _ in range(n):
        theta, (poured, _) = model.heads, model.e_step(x)
        theta = theta + step * (poured.heads / theta - poured.tails / (1 - theta))
        if (theta <= 0).any() or (theta >= 1).any():
            break
        model = CoinMixture(theta)
        models.append(model)
    return models


def rise_of_q(x, start, iterations):
    """Return a trace of EM, and Q(θ^t | θ^(t−1)) for t = 1, 2, …: (iterations,)."""
    trace = em(CoinMixture(start), x, max_iter=iterations, tol=None)
    steps = zip(trace.models, trace.models[1:], strict=False)
    Q = [new.expected_log_joint(x, old.responsibilities(x)) for old, new in steps]
    return trace, np.array(Q)


# Two coins with a known average: one unknown, so that the EM map can be drawn.


def _trials(x):
    """Return trials as floats, and the share of heads in all tosses, not 0 or 1."""
    coin = CoinMixture([0.5])
    x = checks.finite_floats("x", checks.enough_data(coin.check_data(x), 1))
    counted = coin.e_step(x)[0]
    heads, tails = counted.heads[0], counted.tails[0]
    if not (1 <= heads <= 2**53 and 1 <= tails <= 2**53):
        raise ValueError(
            f"x has {heads:g} heads and {tails:g} tails in all: "
            "pass trials with 1 to 2**53 of each"
        )
    return x, x[:, 0].sum() / x.sum()


def overdispersion(x):
    """Return Σ(h − mp)² / Σ m p(1 − p), where p is the share of heads in all tosses.

    m are the tosses of a trial. Above 1 nearly equal coins part under EM, below 1 they
    merge. Over many trials of one coin it is near 1; a few scatter widely around it.
    Trials of a single toss give 1 whatever coins made them.
    """
    x, p = _trials(x)
    h, tosses = x[:, 0], x.sum(axis=1)
    return float(np.square(h - tosses * p).sum() / (tosses.sum() * p * (1 - p)))


def next_gap(x, gap):
    """Return M(g), of the shape of `gap`: EM for coins p + g/2 and p − g/2, p known.

    p is the share of heads in all tosses and each coin has weight ½. The M-step has no
    formula: Q is concave in g, and its top is found by halving an interval.
    """
    return gap_run(x, gap, 1)[1]


def gap_run(x, gap, n):
    """Return the gaps g, M(g), M(M(g)), … of n iterations: n + 1 arrays like `gap`."""
    (x, p), gap = _trials(x), checks.finite_floats("gap", gap)
    n = checks.whole_number("n", n, least=0, most=10**6)
    most = 2 * min(p, 1 - p)
    if (abs(gap) > most).any():
        found = gap[abs(gap) > most][0]
        raise ValueError(f"gap holds {found:g}: pass at most {most:g}, up or down")

    def coins(g):
        return np.clip((p + g / 2, p - g / 2), EPS, 1 - EPS)  # neither is certain

    gaps, (all_heads, all_tails) = [gap], x.sum(axis=0)
    for _ in range(n):
        a, b = coins(gaps[-1][..., None])
        surer = x[:, 0] * np.log(a / b) + x[:, 1] * np.log((1 - a) / (1 - b))
        with np.errstate(over="ignore"):
            q = 1 / (1 + np.exp(-surer))  # coin A's share of each trial
        heads, tails = q @ x[:, 0], q @ x[:, 1]
        low, high = np.full(gap.shape, -most), np.full(gap.shape, most)
        for _ in range(60):
            middle = (low + high) / 2
            a, b = coins(middle)
            slope = heads / a - tails / (1 - a) - (all_heads - heads) / b
            uphill = slope + (all_tails - tails) / (1 - b) > 0
            low, high = np.where(uphill, middle, low), np.where(uphill, high, middle)
        gaps.append((low + high) / 2)
    return np.array(gaps)


def gap_slope(x, gap):
    """Return ∂M/∂g at a gap: the rate of convergence where EM rests there."""
    gap = checks.number("gap", gap)
    up, down = next_gap(x, np.array([gap + STEP, gap - STEP]))
    return float(up - down) / (2 * STEP)


def resting_gap(x):
    """Return the largest gap that EM leaves as it is; 0 where the coins merge."""
    _, p = _trials(x)
    gap = gap_run(x, min(0.6, 2 * min(p, 1 - p)), 400)[-1]
    return float(gap) if gap > 1e-6 else 0.0


# Temperature: r ∝ joint^β.


def tempered_step(model, x, beta):
    """Return the next model with responsibilities r_nk ∝ p(x_n, z_n = k)^β.

    β = 1 is EM; smaller β melts the labels, larger β hardens them. Source: Ueda &
    Nakano (1998), Deterministic annealing EM algorithm.
    """
    x = _data(model, x)
    q = tempered(model.log_joint(x), beta)
    return model.m_step(model.statistics_of(x, q))


def tempered_end(model, x, beta):
    """Return where tempered steps lead: 600, or until one moves nothing by 1e-6."""
    theta = free_parameters(model)
    for _ in range(600):
        model = tempered_step(model, x, beta)
        before, theta = theta, free_parameters(model)
        if abs(theta - before).max() < 1e-6:
            break
    return model


def anneal(model, x, betas, rng, steps=10, nudge=0.01):
    """Return a start for EM: melt a Gaussian mixture, then cool it.

    Takes `steps` tempered steps at each of `betas`, small to large. Before each, the
    means are nudged by `nudge` standard deviations of x: melted components are nearly
    equal and part so slowly that EM's stopping rule may take the saddle for the end.
    """
    checks.instance("model", model, GaussianMixture)
    x = model.check_data(checks.finite_points("x", x))
    steps = checks.whole_number("steps", steps, least=0, most=10**6)
    nudge = checks.number("nudge", nudge, least=0, most=1e6)
    betas = np.atleast_1d(checks.finite_floats("betas", betas)).ravel()
    rng, deviations = checks.generator(rng), nudge * np.std(x, axis=0)
    for beta in betas:
        theta = free_parameters(model)
        shifts = deviations * rng.standard_normal(model.means.shape)
        theta[model.K - 1 :][: shifts.size] += shifts.ravel()
        model = with_free_parameters(model, theta)
        for _ in range(steps):
            model = tempered_step(model, x, beta)
    return model


# Acceleration.


def accelerated_em(model, x, max_iter=200, tol=1e-9):
    """Climb as `em` does, but by squared extrapolation: three E-steps an iteration.

    Two EM steps give their difference r and the change v of that difference. Where EM
    would creep along θ + 2αr + α²v, jump ahead with α = |r|/|v|; then one EM step from
    there. If the jump leaves the parameter space or lands lower than the first EM
    step, take the two EM steps instead: so ℓ + ln p(θ) never falls.

    Parameters and result are as those of `em`; `tol` counts for a whole iteration.

    Notes
    -----
    Varadhan & Roland (2008), Simple and globally convergent methods for accelerating
    the convergence of any EM algorithm: scheme S3.
    """
    checks.instance("model", model, Mixture)
    with TracedRun(model, x, max_iter, tol, progress=False) as run:
        now, (statistics, ell) = model, model.e_step(run.x)
        run.record(now, ell)
        for _ in run:
            first = now.m_step(statistics)
            statistics, ell = first.e_step(run.x)
            second = first.m_step(statistics)
            least = ell + first.log_prior()
            now = _jump_ahead(run.x, now, first, second, least)
            statistics, ell = now.e_step(run.x)
            run.record(now, ell)
    return run.trace()


def _jump_ahead(x, start, first, second, least):
    """Return the model one EM step after the jump; `second` if that lands too low."""
    theta = free_parameters(start)
    r = free_parameters(first) - theta
    v = free_parameters(second) - free_parameters(first) - r
    if not np.linalg.norm(r) > np.linalg.norm(v) > 0:
        return second
    alpha = np.linalg.norm(r) / np.linalg.norm(v)
    try:
        ahead = with_free_parameters(start, theta + 2 * alpha * r + alpha**2 * v)
        statistics, ell = ahead.e_step(x)
        high = ell + ahead.log_prior() >= least
        return ahead.m_step(statistics) if high else second
    except (ValueError, CollapseError):
        return second
