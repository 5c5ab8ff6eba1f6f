"""The experiments of the museum of mistakes: one short function a card (chapter 11).

Each is named like its card in `gmmlib/museum/cards.toml`, has the card's claim as its
docstring, and returns the numbers that the card states, by name; arrays and mixtures
among them are what its picture shows.
"""

from functools import cache

import numpy as np

from gmmlib import wrong_formulas
from gmmlib.coins import CoinMixture
from gmmlib.convergence import way_left
from gmmlib.datasets import (
    coin_labels,
    coin_trials,
    published_start,
    published_start_values,
    rows,
    table,
    three_groups,
    three_groups_mixture,
    two_heaps,
    two_strips,
)
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.jensen import entropy, jensen_gap, log_sum_bound, log_sum_exp
from gmmlib.museum.cards import cards
from gmmlib.prior import CovariancePrior
from gmmlib.selection import agreement, kmeans

X_COINS, X = coin_trials(), three_groups()[0]
REPORTED, GUESS = three_groups_mixture(), CoinMixture([0.6, 0.5])
_plain = wrong_formulas.as_tuple


@cache
def _best():
    """Return the best mixture of three for the 1 500 points, by the right formulas."""
    return em(REPORTED, X, progress=False).model


@cache
def _coins_fitted():
    return em(GUESS, X_COINS, max_iter=60, tol=None, progress=False)


@cache
def _from_the_corner():
    """Return EM from three means in one corner: a plateau, then the best optimum."""
    return em(published_start(2), X, max_iter=300, tol=None, progress=False)


def _wrong(start=None, iterations=60, **formula):
    """Run a wrong formula, by default from the best mixture."""
    first = _plain(_best() if start is None else start)
    return wrong_formulas.run(X, first, iterations=iterations, **formula)


# Inequalities


def axiom():
    rng = np.random.default_rng(0)
    draws = [rng.normal(size=5) for _ in range(1000)]
    convex, neither = ([jensen_gap(f, x) for x in draws] for f in (np.exp, np.sin))
    return {"convex": min(convex), "neither": min(neither)}


def outside_the_chord():
    lam = np.linspace(-0.5, 1.5, 81)
    f_of_mean, mean_of_f = (1 - lam) ** 2, 1 - lam  # f(x) = x², a = 0, b = 1
    left, right = f_of_mean[0], mean_of_f[0]  # at λ = −½
    return {
        "lam": lam,
        "f": f_of_mean,
        "chord": mean_of_f,
        "left": left,
        "right": right,
    }


def turned_round():
    rng = np.random.default_rng(0)
    a, b, lam = *rng.normal(size=(2, 1000)), rng.uniform(1, 3, 1000)
    left, right = (
        np.exp(lam * a + (1 - lam) * b),
        lam * np.exp(a) + (1 - lam) * np.exp(b),
    )
    return {"turned": (left >= right).sum(), "draws": len(lam)}


def square_of_the_mean():
    x = np.array([1, 3])
    return {"left": x.mean() ** 2, "right": (x**2).mean(), "variance": x.var()}


def not_convex():
    x = np.array([-1, 2])
    return {"left": x.mean() ** 3, "right": (x**3).mean(), "mirror": (-x).mean() ** 3}


def straight_on_the_values():
    affine = jensen_gap(lambda x: np.abs(x), [1, 3])  # straight on all of [1, 3]
    return {"gap": jensen_gap(np.square, [-1, 1]), "affine": affine}


def concave():
    x = np.array([1.0, 4.0])
    return {"left": np.log(x.mean()), "right": np.log(x).mean()}


def log_outside_or_inside():
    r, log_p = _best().responsibilities(X), _best().log_joint(X)
    log_of_mean = np.log((r * np.exp(log_p)).sum(axis=1)).sum()
    return {"outside": log_of_mean, "inside": (r * log_p).sum()}


def certain_gap():
    gaps = {s: jensen_gap(np.exp, [1 - s, 1 + s]) for s in (0.0, 0.5, 1.0)}
    return {"none": gaps[0], "half": gaps[0.5], "one": gaps[1]}


# Bayes


def cut_off():
    r = GUESS.responsibilities(X_COINS)[0]
    return {"a": r[0], "b": r[1], "claimed": 0.44 + 0.55}


def estimate_or_probability():
    theta = np.linspace(0, 1, 101)
    p = theta**5 * (1 - theta) ** 5
    return {"theta": theta, "p": p, "height": p.max(), "top": theta[p.argmax()]}


def prior_cancels():
    shares = [CoinMixture([0.6, 0.5], [w, 1 - w]) for w in (0.5, 0.9)]
    fair, unfair = (m.responsibilities(X_COINS)[0, 0] for m in shares)
    free = em(CoinMixture([0.6, 0.5], learn_weights=True), X_COINS, progress=False)
    return {"fair": fair, "unfair": unfair, "learned": free.model.weights[0]}


def orders_cancel():
    p = np.array([0.6**5 * 0.4**5, 0.5**10])
    unordered = 252 * p  # 10! / (5! 5!)
    return {"with": (unordered / unordered.sum())[0], "without": (p / p.sum())[0]}


def sum_and_product():
    theta = np.array([0.6, 0.5])
    p = theta**5 * (1 - theta) ** 5
    swapped = theta.sum() ** 5 * (1 - theta).sum() ** 5
    return {"right": p.sum(), "swapped": swapped, "rows": p.sum() / swapped}


def one_coin_for_all():
    theta = np.linspace(0.01, 0.99, 99)
    h, t = X_COINS.sum(axis=0)
    best = theta[(h * np.log(theta) + t * np.log(1 - theta)).argmax()]
    merged = CoinMixture([best, best]).log_likelihood(X_COINS)
    return {"best": best, "merged": merged, "ell": _coins_fitted().log_likelihoods[-1]}


def _taller(height, share=0.5, sd_2=7):
    pair = GaussianMixture([share, 1 - share], [175, 162], [49, sd_2**2])
    return pair.responsibilities(np.atleast_1d(float(height)))[:, 0]


def height_172():
    p = {share: _taller(172, share)[0] for share in (0.5, 1 / 3, 0.3)}
    return {"half": p[0.5], "third": p[1 / 3], "less": p[0.3]}


def ever_taller():
    x, odds = np.linspace(100, 200, 201), {}
    for sd_2 in (7, 6):
        p = np.concatenate([_taller(height, sd_2=sd_2) for height in x])
        odds[sd_2] = np.log(p / (1 - p))
    turn = x[odds[6].argmin()]
    return {"x": x, "equal": odds[7], "unequal": odds[6], "turn": turn}


def both_are_soft():
    pair = GaussianMixture([0.5, 0.5], [175, 162], [49, 49])
    x, z = pair.sample(2000, 0)
    A, w = np.column_stack([np.ones(2000), (x - 168) / 7]), np.zeros(2)
    for _ in range(8):  # Newton's steps for logistic regression
        p = 1 / (1 + np.exp(-A @ w))
        w += np.linalg.solve((A.T * p * (1 - p)) @ A, A.T @ ((z == 0) - p))
    logistic = 1 / (1 + np.exp(-np.array([1, 4 / 7]) @ w))
    return {"logistic": logistic, "generative": _taller(172)[0]}


def _area(density):
    side = np.arange(-60.0, 180.0, 2.0)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    return 4 * density(grid).sum()


def sum_of_conditionals():
    wrong = _area(lambda x: wrong_formulas.density_without_weights(x, _plain(REPORTED)))
    return {
        "wrong": wrong,
        "right": _area(lambda x: np.exp(REPORTED.log_joint(x)).sum(1)),
    }


def joint_or_conditional():
    joint = _area(lambda x: np.exp(REPORTED.log_joint(x)[:, 0]))
    return {"joint": joint, "conditional": joint / REPORTED.weights[0]}


def posterior_without_parameters():
    means = REPORTED.means + [[0, 0], [20, -20], [0, 0]]
    moved = GaussianMixture(REPORTED.weights, means, REPORTED.covariances)
    here = [[60, 45]]
    third = (m.responsibilities(here)[0] for m in (REPORTED, moved))
    (a, b, c), (d, e, f) = third
    return {"second": b, "moved": e, "first": a, "first_moved": d}


def independent_labels():
    rng = np.random.default_rng(0)
    z, noise = rng.integers(2, size=(2, 4000)), rng.normal(size=4000)  # shared noise
    x = 2 * z + noise + 0.5 * rng.normal(size=(2, 4000))
    given = np.corrcoef(x - 2 * z)[0, 1]
    return {"labels": np.corrcoef(z)[0, 1], "points": given}


def one_hot():
    z = np.eye(3)[np.random.default_rng(0).choice(3, 20000, p=REPORTED.weights)]
    return {"correlation": np.corrcoef(z.T)[0, 1], "sum": z.sum(axis=1).max()}


def mixture_is_normal():
    y = (X - X.mean(axis=0)) / X.std(axis=0)
    one = em(GaussianMixture([1], [[60, 60]], [1e3 * np.eye(2)]), X, progress=False)
    short = _best().log_likelihood(X) - one.log_likelihoods[-1]
    a, b = (y**4).mean(axis=0) - 3
    return {"a": a, "b": b, "error": np.sqrt(24 / len(X)), "short": short}


def positive_log_likelihood():
    metres = np.random.default_rng(0).normal(1.7, 0.07, 100)
    ells = [
        GaussianMixture([1], [u * 1.7], [(u * 0.07) ** 2]).log_likelihood(u * metres)
        for u in (1, 1000)
    ]
    return {"metres": ells[0], "millimetres": ells[1]}


def hard_e_step():
    ells = _wrong(iterations=30, labels=wrong_formulas.hard_labels).log_likelihoods
    return {"soft": ells[0], "hard": ells[-1]}


# M-step formulas


def split_heads():
    r, h = GUESS.responsibilities(X_COINS), X_COINS[:, 0]
    a, b = r.T @ h
    return {"a": a, "b": b, "sum": a + b, "heads": h.sum()}


def heads_over_all_tosses():
    theta = GUESS.heads
    for _ in range(200):
        r = CoinMixture(theta).responsibilities(X_COINS)
        theta = r.T @ X_COINS[:, 0] / X_COINS.sum()
    ell = CoinMixture(theta).log_likelihood(X_COINS)
    return {
        "a": theta[0],
        "b": theta[1],
        "ell": ell,
        "right": _coins_fitted().log_likelihoods[-1],
    }


def weights_left_out():
    run = _wrong(log_joint=wrong_formulas.weights_left_out)
    return {"wrong": run.log_likelihoods[-1], "right": run.log_likelihoods[0]}


def weights_follow():
    weights = ([1 / 3] * 3, REPORTED.weights, [0.01, 0.01, 0.98])
    rest = REPORTED.means, REPORTED.covariances
    even, own, odd = (GaussianMixture(w, *rest).log_likelihood(X) for w in weights)
    return {"even": even, "own": own, "odd": odd}


def one_over_n():
    run = _wrong(iterations=12, m_step=wrong_formulas.covariances_over_n)
    shown = run.mixtures[3]
    ells = run.log_likelihoods
    return {
        "right": _plain(_best()),
        "wrong": shown,
        "before": ells[0],
        "after": ells[1],
        "kept": len(ells) - 1,
    }


def means_over_n():
    run = _wrong(iterations=1, m_step=wrong_formulas.means_over_n)
    return {
        "right": _plain(_best()),
        "wrong": run.mixtures[1],
        "before": run.log_likelihoods[0],
        "after": run.log_likelihoods[1],
    }


def one_variance():
    starts = (
        GaussianMixture.from_points(X, 3, rng=3, covariance_type=t)
        for t in ("full", "diag", "spherical")
    )
    full, diag, round_ = (em(s, X, progress=False).log_likelihoods[-1] for s in starts)
    return {"full": full, "diag": diag, "round": round_}


def minus_the_log():
    theta = np.linspace(0.02, 0.98, 97)
    ell = 5 * np.log(theta) + 5 * np.log(1 - theta)
    return {"theta": theta, "ell": ell, "minus": -ell, "obeyed": theta[(-ell).argmax()]}


def one_peak():
    t = np.linspace(-0.5, 1.5, 201)
    a, b, _ = _best().means
    paths = ([a + s * (b - a), b + s * (a - b), _best().means[2]] for s in t)
    ell = [
        GaussianMixture(_best().weights, m, _best().covariances).log_likelihood(X)
        for m in paths
    ]
    ell = np.array(ell) / len(X)
    peaks = t[1:-1][(ell[1:-1] > ell[:-2]) & (ell[1:-1] > ell[2:])]
    return {
        "t": t,
        "ell": ell,
        "peaks": len(peaks),
        "first": peaks[0],
        "last": peaks[-1],
    }


def parabola_in_variance():
    v = np.linspace(0.3, 6, 400)  # S = 1, N_k = 1
    q = -0.5 * (np.log(v) + 1 / v)
    bend = np.gradient(np.gradient(q, v), v)
    return {
        "v": v,
        "q": q,
        "turn": v[2:-2][np.flatnonzero(bend[2:-2] > 0)[0]],
        "top": v[q.argmax()],
    }


def concave_in_precision():
    lam = np.linspace(0.05, 4, 400)
    q = 0.5 * (np.log(lam) - lam)  # S = 1, N_k = 1
    return {"lam": lam, "q": q, "bend": np.diff(q, 2).max(), "top": lam[q.argmax()]}


def sign_of_lambda():
    counts = _best().e_step(X)[0].counts
    plus, minus = counts.sum(), -counts.sum()  # λ of λ(1 − Σπ), of λ(Σπ − 1)
    return {"plus": (counts / plus)[0], "minus": (-counts / minus)[0]}


def determinant():
    _, z = three_groups()
    labels = wrong_formulas.determinant_for_inverse(X, _plain(REPORTED)).argmax(axis=1)
    right = (REPORTED.log_joint(X).argmax(axis=1) == z).mean()
    return {"right": 100 * right, "wrong": 100 * (labels == z).mean()}


def sign_of_the_slope():
    steps = (wrong_formulas.uphill_in_means, wrong_formulas.downhill_in_means)
    up, down = (_wrong(published_start(2), 1, m_step=s).log_likelihoods for s in steps)
    return {"start": up[0], "up": up[1], "down": down[1]}


def slope_in_variance():
    S, v = 1.0, 0.5  # N_k = 1
    return {"right": 0.5 * (S / v**2 - 1 / v), "claimed": 0.5 * (v - S)}


def off_diagonal():
    S, h = np.array([[2.0, 0.5], [0.5, 1.0]]), 1e-6

    def q(*places):
        V = np.array([[1.0, 0.2], [0.2, 1.0]])
        for i, j in places:
            V[i, j] += h
        return -0.5 * (np.log(np.linalg.det(V)) + np.trace(np.linalg.solve(V, S)))

    one, both = (q((0, 1)) - q()) / h, (q((0, 1), (1, 0)) - q()) / h
    P = np.linalg.inv([[1.0, 0.2], [0.2, 1.0]])
    return {"formula": 0.5 * (P @ S @ P - P)[0, 1], "one": one, "both": both}


def squared():
    run = _wrong(iterations=30, m_step=wrong_formulas.squared_responsibilities)
    return {
        "n": np.arange(31),
        "ell": run.log_likelihoods[:31],
        "before": run.log_likelihoods[0],
        "after": run.log_likelihoods[1],
    }


def whole_counts():
    a, b, c = _best().e_step(X)[0].counts
    return {"a": a, "b": b, "c": c, "sum": a + b + c}


def all_labels_one():
    ones = _wrong(iterations=3, m_step=wrong_formulas.labels_dropped)
    return {
        "right": _plain(_best()),
        "wrong": ones.mixtures[-1],
        "ell": ones.log_likelihoods[-1],
        "best": ones.log_likelihoods[0],
    }


def expectation_or_maximum():
    r = GUESS.responsibilities(X_COINS)
    new = GUESS.m_step(GUESS.e_step(X_COINS)[0])
    return {
        "before": GUESS.expected_log_joint(X_COINS, r),
        "after": new.expected_log_joint(X_COINS, r),
    }


def product_of_parameters():
    new = GUESS.m_step(GUESS.e_step(X_COINS)[0]).heads
    own = new[coin_labels()]
    p = np.prod(own ** X_COINS[:, 0] * (1 - own) ** X_COINS[:, 1])
    return {"claimed": new.prod(), "p": p}


def old_inside_the_log():
    old, new = _plain(published_start(2)), _from_the_corner().models[1]
    r = published_start(2).responsibilities(X)
    q = [m.expected_log_joint(X, r) for m in (published_start(2), new)]
    flat = [wrong_formulas.q_of_the_old(X, m, old) for m in (old, _plain(new))]
    return {"before": q[0], "after": q[1], "flat": flat[0], "flat_after": flat[1]}


def argmax_over_the_old():
    grid = np.linspace(0.02, 0.98, 25)
    pairs = [CoinMixture([a, b]) for a in grid for b in grid]
    by_old = [
        GUESS.expected_log_joint(X_COINS, m.responsibilities(X_COINS)) for m in pairs
    ]
    claimed = pairs[int(np.argmax(by_old))]
    right = GUESS.m_step(GUESS.e_step(X_COINS)[0])
    return {
        "claimed": claimed.log_likelihood(X_COINS),
        "right": right.log_likelihood(X_COINS),
    }


def integral_over_labels():
    r, log_p = GUESS.responsibilities(X_COINS)[0], GUESS.log_joint(X_COINS)[0]
    total = (r * log_p).sum()
    return {"sum": total, "coarse": total * 0.01, "fine": total * 0.0001}


# Bounds


def any_guess():
    r = GUESS.responsibilities(X_COINS)
    ell = GUESS.log_likelihood(X_COINS)
    guesses = r, np.full_like(r, 0.5), r[:, ::-1]
    posterior, even, swapped = (GUESS.lower_bound(X_COINS, q) for q in guesses)
    return {"ell": ell, "posterior": posterior, "even": even, "swapped": swapped}


def expectation_of_the_joint():
    q, log_p = np.array([0.5, 0.5]), GUESS.log_joint(X_COINS)[0]
    p = np.exp(log_p)
    return {"claimed": q @ p, "right": q @ (p / q), "p": p.sum()}


def guess_inside_the_log():
    one = GaussianMixture([0.5, 0.5], [0, 0], [0.01**2, 0.01**2])
    log_p, q = one.log_joint([0.0]), np.full((1, 2), 0.5)
    bound = log_sum_bound(log_p, q)[0]
    claimed = wrong_formulas.bound_with_labels_inside(log_p, q)
    return {"ell": one.log_likelihood([0.0]), "right": bound, "claimed": claimed}


def drop_the_entropy():
    models = published_start(2), _from_the_corner().models[1], _best()
    terms = [float(entropy(m.responsibilities(X)).sum()) for m in models]  # q = r(θ)
    return dict(zip(("start", "first", "best"), terms, strict=True))


def hard_gradient():
    r = REPORTED.responsibilities(X)[:, 0]
    pull = (r[:, None] * (X - REPORTED.means[0])).sum(axis=0)
    slope = np.linalg.solve(REPORTED.covariances[0], pull)[0]

    def ell(h):
        means = REPORTED.means + [[h, 0], [0, 0], [0, 0]]
        return GaussianMixture(
            REPORTED.weights, means, REPORTED.covariances
        ).log_likelihood(X)

    return {"formula": slope, "differences": (ell(1e-4) - ell(-1e-4)) / 2e-4}


def product_of_densities():
    densities = np.exp(log_sum_exp(_best().log_joint(X)))
    left = np.flatnonzero(np.cumprod(densities) == 0)[0] + 1
    return {
        "product": densities.prod(),
        "points": left,
        "ell": _best().log_likelihood(X),
    }


def global_maximum():
    x, exponents = two_heaps(), np.arange(0, 33)
    spikes = [
        GaussianMixture([0.97, 0.03], [0, x[14]], [5, 10.0 ** (-2 * e)])
        for e in exponents
    ]
    ell = np.array([m.log_likelihood(x) for m in spikes])
    sane = em(GaussianMixture([0.5, 0.5], [-2, 2], [1, 1]), x, progress=False)
    return {
        "e": exponents,
        "ell": ell,
        "end": ell[-1],
        "sane": sane.log_likelihoods[-1],
    }


def one_gaussian_is_bounded():
    rng = np.random.default_rng(0)
    free, flat = rng.normal(size=(30, 2)), np.outer(np.arange(8.0), [1, 2])
    one = GaussianMixture([1], [[0, 0]], [np.eye(2)])
    ell = em(one, free, progress=False).log_likelihoods[-1]
    s = 10.0 ** -np.array([1, 3])  # how thin the Gaussian is across the line
    across, along = np.array([2, -1]) / np.sqrt(5), np.array([1, 2]) / np.sqrt(5)
    thin = [w**2 * np.outer(across, across) + 60 * np.outer(along, along) for w in s]
    ells = [
        GaussianMixture([1], [flat.mean(axis=0)], [v]).log_likelihood(flat)
        for v in thin
    ]
    return {"free": ell, "thin": ells[0], "thinner": ells[1]}


def tied_is_bounded():
    def ell(x, v):
        return GaussianMixture([0.5, 0.5], [1, 2], [v, v], "tied").log_likelihood(x)

    three, two = np.array([1, 1, 2, 2.5]), np.array([1.0, 1, 2, 2])
    return {"three": ell(three, 1e-4), "two": ell(two, 1e-4), "wide": ell(three, 0.2)}


def accounts():
    start = published_start(2)
    r = start.responsibilities(X)
    H = float(entropy(r).sum())
    Q = start.expected_log_joint(X, r)
    return {"Q": Q, "H": H, "sum": Q + H, "ell": start.log_likelihood(X)}


def missing_divergence():
    old, new = _from_the_corner().models[:2]
    r = old.responsibilities(X)
    bound = new.lower_bound(X, r)
    ell = new.log_likelihood(X)
    return {"Q_and_H": bound, "ell": ell, "divergence": ell - bound}


def prior_bounds():
    x, prior = two_heaps(), CovariancePrior([[1.0]], 1)

    def spike(e):  # of σ = 10⁻ᵉ on one point
        s = [5, 10.0 ** (-2 * e)]
        m = GaussianMixture([0.97, 0.03], [0, x[14]], s, covariance_prior=prior)
        return m.log_likelihood(x), m.log_likelihood(x) + m.log_prior()

    e = np.linspace(0, 1.2, 25)
    spiked, penalised = np.transpose([spike(step) for step in e])
    ell, with_prior = spike(5)
    return {
        "e": e,
        "spiked": spiked,
        "penalised": penalised,
        "ell": ell,
        "sane": global_maximum()["sane"],
        "billions": -with_prior / 1e9,
    }


def joint_in_place_of_marginal():
    theta = GUESS.heads
    for _ in range(20):  # the best labels, then the best coins for them
        z = CoinMixture(theta).log_joint(X_COINS).argmax(axis=1)
        urns = np.array([X_COINS[z == k].sum(axis=0) for k in (0, 1)])
        theta = urns[:, 0] / urns.sum(axis=1)
    joint = CoinMixture(theta).log_likelihood(X_COINS)
    return {
        "a": theta[0],
        "b": theta[1],
        "joint": joint,
        "ell": _coins_fitted().log_likelihoods[-1],
    }


# Stopping


def until_theta_rests():
    heads = np.array([m.heads for m in _coins_fitted().models])
    ells = _coins_fitted().log_likelihoods
    falls = np.flatnonzero((np.diff(heads, axis=0) < 0).any(axis=1))[0] + 1
    n = np.arange(17)
    return {
        "n": n,
        "a": heads[:17, 0],
        "b": heads[:17, 1],
        "first": falls,
        "short": ells[-1] - ells[falls],
    }


def stop_on_q():
    run = _wrong(
        published_start(2), 300, watch=wrong_formulas.expected_log_joint, tol=1e-9
    )
    stopped = len(run.log_likelihoods) - 1
    end = _from_the_corner().log_likelihoods[-1]
    return {
        "stopped": stopped,
        "short": end - run.log_likelihoods[-1],
        "n": np.arange(1, 40),
        "ell": _from_the_corner().log_likelihoods[1:40],
        "Q": _q_from_the_corner(39),
    }


def _q_from_the_corner(iterations):
    models = _from_the_corner().models[: iterations + 1]
    pairs = zip(models, models[1:], strict=False)
    Q = [new.expected_log_joint(X, old.responsibilities(X)) for old, new in pairs]
    return np.array(Q)


def stopped_is_arrived():
    nudge, clear = (
        em(CoinMixture([0.5, b]), X_COINS, progress=False) for b in (0.50001, 0.6)
    )
    return {
        "saddle": nudge.log_likelihoods[-1],
        "peak": clear.log_likelihoods[-1],
        "iterations": nudge.n_iter,
    }


def _loose_stop(ells):
    """Return the first iteration that gains less than 1e-3 nats a point."""
    return int(np.flatnonzero(np.diff(ells) / len(X) < 1e-3)[0]) + 1


def plateau():
    ells = _from_the_corner().log_likelihoods
    loose = _loose_stop(ells)
    return {
        "n": np.arange(len(ells))[1:150],
        "ell": ells[1:150],
        "loose": loose,
        "short": ells[-1] - ells[loose],
    }


def crawl():
    left = way_left(_coins_fitted().models)
    ells = _coins_fitted().log_likelihoods
    gains = np.diff(ells)
    return {"step": left[9] / left[8], "gain": gains[9] / gains[8]}


def one_fixed_share():
    steps = abs(np.diff([m.heads[1] for m in _coins_fitted().models]))
    return {
        "n": np.arange(1, 16),
        "step": steps[:15],
        "early": steps[1] / steps[0],
        "late": steps[11] / steps[10],
        "later": steps[12] / steps[11],
    }


def never_falls():
    runs = [
        em(
            GaussianMixture.from_points(X, 3, rng=s, method="box"),
            X,
            max_iter=30,
            tol=None,
            progress=False,
        )
        for s in range(10)
    ]
    return {
        "least": min(np.diff(r.log_likelihoods).min() for r in runs),
        "starts": len(runs),
    }


def formulas_are_enough():
    ells = _from_the_corner().log_likelihoods
    loose = ells[_loose_stop(ells)]
    good = em(GaussianMixture.from_points(X, 3, rng=3), X, max_iter=15, tol=None)
    return {"loose": loose, "patient": ells[-1], "good": good.log_likelihoods[-1]}


# Starts


def unequal_corners():
    lower, mean = (published_start(3, r) for r in ("lower", "mean"))
    at = lower.means[2:] + 10
    a, b = (m.log_joint(at)[0, 2] - np.log(m.weights[2]) for m in (lower, mean))
    printed = published_start_values(3)[2][2]
    upper = np.triu(printed) + np.triu(printed, 1).T
    return {"lower": a, "mean": b, "least": np.linalg.eigvalsh(upper)[0]}


def start_at_the_answer():
    ell = em(_best(), X, max_iter=4, tol=None).log_likelihoods
    far = _from_the_corner().log_likelihoods[:5]
    gains = {"gain": ell[-1] - ell[0], "climb": far[-1] - far[0]}
    return {"n": np.arange(5), "ell": ell, "far": far, **gains}


def means_or_covariances():
    top, t = _best().log_likelihood(X), table("perturbed_starts")
    starts = [published_start(e).log_likelihood(X) for e in (2, 3)]
    two, three = ((top - ell) / len(X) for ell in starts)
    shares = {}
    for block in ("means", "shapes", "sizes", "weights"):
        of_block = rows(t, block=block, damage=4)
        shares[block] = 100 * of_block["best"].sum() / of_block["runs"].sum()
    return {"two": two, "three": three, **shares}


def far_apart():
    t, shares = table("random_starts"), {}
    for kind in ("fitted", "narrow"):
        box = rows(t, means="box", covariances=kind)
        closer, half = box["best_of_closer_half"].sum(), box["runs"].sum() / 2
        shares[kind, "close"] = 100 * closer / half
        shares[kind, "far"] = 100 * (box["best"].sum() - closer) / half
    return {f"{kind}_{where}": share for (kind, where), share in shares.items()}


def greedy_finds_the_best():
    x, _ = three_groups(1500, 13)
    run = em(published_start(2), x, max_iter=500, progress=False)
    best = em(REPORTED, x, progress=False)
    return {
        "points": x,
        "right": _plain(best.model),
        "wrong": _plain(run.model),
        "short": best.log_likelihoods[-1] - run.log_likelihoods[-1],
    }


def _shifted(D):
    weights, means, covariances = _plain(published_start(4))
    return GaussianMixture(weights, means + D, covariances)


def too_far():
    near, far = (
        em(_shifted(D), X, progress=False).log_likelihoods[-1] for D in (10, 100)
    )
    zeros = (np.exp(_shifted(600).log_joint(X)).sum(axis=1) == 0).sum()
    return {"near": near, "hundred": far, "zeros": zeros}


def same_start_other_points():
    t = rows(table("experiments"), experiment=2, reading="lower")
    shares = {
        int(n): 100 * (rows(t, size=n)["end"] == "best").mean()
        for n in np.unique(t["size"])
    }
    least, most = min(shares), max(shares)
    return {"small": shares[least], "large": shares[most], "least": least, "most": most}


def best_number_of_groups():
    K = np.arange(1, 7)
    starts = [[GaussianMixture.from_points(X, k, rng=r) for r in range(2)] for k in K]
    fits = [
        max(
            (em(s, X, max_iter=100, progress=False) for s in few),
            key=lambda f: f.log_likelihoods[-1],
        )
        for few in starts
    ]
    ell = np.array([f.log_likelihoods[-1] for f in fits])
    bic = np.array([f.model.bic(X) for f in fits])
    return {
        "K": K,
        "ell": ell / len(X),
        "three": ell[2],
        "six": ell[5],
        "best": K[bic.argmin()],
    }


def restarts_help():
    t = rows(table("random_starts"), means="box", covariances="narrow")
    one = t["best"].sum() / t["runs"].sum()
    return {"one": 100 * one, "three": 100 * (1 - (1 - one) ** 3)}


def equal_components():
    weights, means, wide = (
        np.full(3, 1 / 3),
        np.full((3, 2), 60.0),
        [400 * np.eye(2)] * 3,
    )
    nudge = 0.1 * np.array([[0, 0], [1, 0], [0, 1]])
    same, nudged = (GaussianMixture(weights, m, wide) for m in (means, means + nudge))
    stuck, free = (em(m, X, progress=False).log_likelihoods[-1] for m in (same, nudged))
    return {"stuck": stuck, "nudged": free}


def kmeans_or_mixture():
    shares = {}
    for name, (x, z) in {"round": three_groups(), "long": two_strips()}.items():
        K = z.max() + 1
        labels = kmeans(x, K)[1]
        start = GaussianMixture.from_points(x, K, rng=3)
        soft = em(start, x, progress=False).model.responsibilities(x).argmax(axis=1)
        shares[name], shares[name + "_em"] = (
            100 * agreement(labels, z),
            100 * agreement(soft, z),
        )
    return shares


# Words


def chain_that_remembers():
    right = {}
    for S in (2, 4, 8):
        state = np.arange(8) % S  # what the chain keeps of the first symbol
        answer = np.arange(S)  # the best it can say from each state
        right[f"S{S}"] = 100 * (answer[state] == np.arange(8)).mean()
    return right


def parameters_of_coins():
    return {
        "parameters": GUESS.n_parameters,
        "labels": len(X_COINS),
        "tosses": X_COINS.sum(),
    }


def weights_are_latent():
    models = _from_the_corner().models
    a, b, c = np.array([m.weights for m in models[:120]]).T
    end = models[-1].weights[0]
    return {"n": np.arange(120), "a": a, "b": b, "c": c, "first": a[0], "last": end}


def bayesian():
    fitted = _coins_fitted().model
    return {"theta": fitted.heads[0], "label": fitted.responsibilities(X_COINS)[4, 0]}


def prior_knowledge():
    given = 0.3
    coins = CoinMixture([0.6, 0.5], [given, 1 - given], learn_weights=True)
    fitted = em(coins, X_COINS, progress=False).model
    return {"given": given, "fitted": fitted.weights[0]}


def only_clusters():
    drawn, _ = _best().sample(1500, 1)
    typical = _best().log_likelihood(X) / len(X)
    stranger = _best().log_likelihood([[0.0, 0.0]])
    return {
        "typical": typical,
        "drawn": _best().log_likelihood(drawn) / 1500,
        "stranger": stranger,
    }


def no_run_needed():
    side = np.arange(-15, 15.01, 0.1)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    one = np.ones(1), np.zeros((1, 2)), np.diag([4.0, 1.0])[None]
    wrong, right = wrong_formulas.determinant_for_inverse, wrong_formulas.log_joint
    a, b = (0.01 * np.exp(f(grid, one)).sum() for f in (wrong, right))
    return {"wrong": a, "right": b}


def expected_log_likelihood():
    r = GUESS.responsibilities(X_COINS)
    Q = GUESS.expected_log_joint(X_COINS, r)
    return {"ell": GUESS.log_likelihood(X_COINS), "Q": Q}


for _card in cards():  # a function's docstring is the claim that it tests
    if _card.name in globals():
        globals()[_card.name].__doc__ = f"Claim: {_card.claim}"
