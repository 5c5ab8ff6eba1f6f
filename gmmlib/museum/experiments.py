"""The experiments of the museum of mistakes: one short function a card (chapter 11).

The card of the same name in `cards.toml` has the claim, and the words for the numbers
that the function returns; arrays and mixtures among them are what its picture shows.
Each asserts what it finds: no card stands on a number that came out otherwise.
"""

from functools import cache
from itertools import product

import numpy as np

from gmmlib import wrong_formulas
from gmmlib.coins import CoinMixture
from gmmlib.collapse import follow, from_a_narrow_start, sane_fit, with_spike
from gmmlib.convergence import stops_at, way_left
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
from gmmlib.prior import CovariancePrior
from gmmlib.selection import agreement, kmeans
from gmmlib.starts import POINTS, STUCK, best_of, optimum
from gmmlib.wrong_formulas import as_tuple

TRIALS, GUESS = coin_trials(), CoinMixture([0.6, 0.5])
X, DRAWN_FROM = three_groups()[0], three_groups_mixture()


def _climb(start, x, iterations=None):
    """Return EM to its end, or for exactly so many iterations."""
    if iterations is None:
        return em(start, x, progress=False)
    return em(start, x, max_iter=iterations, tol=None, progress=False)


@cache
def _best():
    """Return the best mixture of three for the 1 500 points, by the right formulas."""
    return _climb(DRAWN_FROM, X).model


@cache
def _coins():
    return _climb(GUESS, TRIALS, 60)


@cache
def _from_the_corner():
    """Return EM from three means in one corner: a plateau, then the best optimum."""
    return _climb(published_start(2), X, 300)


def _wrong(start=None, iterations=60, **formula):
    """Run a wrong formula, by default from the best mixture."""
    first = as_tuple(_best() if start is None else start)
    return wrong_formulas.run(X, first, iterations=iterations, **formula)


def _with_means(means, model=DRAWN_FROM):
    return GaussianMixture(model.weights, means, model.covariances)


# Inequalities


def axiom():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(1000, 5))
    convex, neither = (min(jensen_gap(f, x) for x in draws) for f in (np.exp, np.sin))
    assert convex >= 0 > neither
    return {"convex": convex, "neither": neither}


def outside_the_chord():
    lam = np.linspace(-0.5, 1.5, 81)
    f_of_mean, mean_of_f = (1 - lam) ** 2, 1 - lam  # f(x) = x², a = 0, b = 1
    left, right = f_of_mean[0], mean_of_f[0]  # at λ = −½
    assert left == 2.25 > right == 1.5
    shown = {"lam": lam, "f": f_of_mean, "chord": mean_of_f}
    return {**shown, "left": left, "right": right}


def turned_round():
    rng = np.random.default_rng(0)
    a, b, lam = *rng.normal(size=(2, 1000)), rng.uniform(1, 3, 1000)
    f_of_mean = np.exp(lam * a + (1 - lam) * b)
    turned = (f_of_mean >= lam * np.exp(a) + (1 - lam) * np.exp(b)).sum()
    assert turned == 1000
    return {"turned": turned, "draws": 1000}


def square_of_the_mean():
    x = np.array([1, 3])
    left, right, variance = x.mean() ** 2, (x**2).mean(), x.var()
    assert right - left == variance > 0
    return {"left": left, "right": right, "variance": variance}


def not_convex():
    x = np.array([-1, 2])
    left, right = x.mean() ** 3, (x**3).mean()
    assert left <= right and (-x).mean() ** 3 > (-(x**3)).mean()
    return {"left": left, "right": right}


def straight_on_the_values():
    gap, affine = jensen_gap(np.square, [-1, 1]), jensen_gap(np.abs, [1, 2, 3])
    assert gap == 1 and affine == 0
    return {"gap": gap, "affine": affine}


def concave():
    x = np.array([1.0, 4.0])
    left, right = np.log(x.mean()), np.log(x).mean()
    assert left > right
    return {"left": left, "right": right}


def log_outside_or_inside():
    r, log_p = _best().responsibilities(X), _best().log_joint(X)
    outside = np.log((r * np.exp(log_p)).sum(axis=1)).sum()
    inside = (r * log_p).sum()
    assert outside > inside + 20
    return {"outside": outside, "inside": inside}


def certain_gap():
    none, half, one = (jensen_gap(np.exp, [1 - s, 1 + s]) for s in (0, 0.5, 1))
    assert none == 0 < half < one
    return {"none": none, "half": half, "one": one}


# Bayes


def cut_off():
    a, b = GUESS.responsibilities(TRIALS)[0]
    claimed = 0.44 + 0.55
    assert np.isclose(a + b, 1) and claimed < 1
    return {"a": a, "b": b, "claimed": claimed}


def estimate_or_probability():
    theta = np.linspace(0, 1, 101)
    p = theta**5 * (1 - theta) ** 5
    top, height = theta[p.argmax()], p.max()
    assert top == 0.5 and height == 0.5**10
    return {"theta": theta, "p": p, "height": height, "top": top}


def prior_cancels():
    shares = [CoinMixture([0.6, 0.5], [w, 1 - w]) for w in (0.5, 0.9)]
    fair, unfair = (m.responsibilities(TRIALS)[0, 0] for m in shares)
    assert unfair > 0.85 > 0.5 > fair
    return {"fair": fair, "unfair": unfair}


def orders_cancel():
    p = np.array([0.6**5 * 0.4**5, 0.5**10])
    count = 252 * p  # 10! / (5! 5!) orders
    with_, without = count[0] / count.sum(), p[0] / p.sum()
    assert np.isclose(with_, without)
    return {"with": with_, "without": without}


def sum_and_product():
    theta = np.array([0.6, 0.5])
    p = theta**5 * (1 - theta) ** 5
    swapped = theta.sum() ** 5 * (1 - theta).sum() ** 5
    rows_sum_to = p.sum() / swapped
    assert rows_sum_to < 0.002
    return {"right": p.sum(), "swapped": swapped, "rows": rows_sum_to}


def one_coin_for_all():
    h, t = TRIALS.sum(axis=0)
    best = h / (h + t)  # the top of θʰ(1 − θ)ᵗ, for either coin
    merged = CoinMixture([best, best]).log_likelihood(TRIALS)
    ell = _coins().log_likelihoods[-1]
    assert best == 0.66 and merged < ell - 0.4
    return {"best": best, "merged": merged, "ell": ell}


def _taller(height, share=0.5, shorter_sd=7):
    pair = GaussianMixture([share, 1 - share], [175, 162], [49, shorter_sd**2])
    return pair.responsibilities(np.atleast_1d(np.asarray(height, float)))[:, 0]


def height_172():
    half, third, less = (_taller(172, share)[0] for share in (0.5, 1 / 3, 0.3))
    assert abs(third - 0.56) < 0.005 < third - less < half - less
    return {"half": half, "third": third, "less": less}


def ever_taller():
    x = np.linspace(100, 200, 201)
    p, q = _taller(x), _taller(x, shorter_sd=6)
    equal, unequal = np.log(p / (1 - p)), np.log(q / (1 - q))
    turn = x[unequal.argmin()]
    assert (np.diff(equal) > 0).all() and turn == 126
    return {"x": x, "equal": equal, "unequal": unequal, "turn": turn}


def both_are_soft():
    pair = GaussianMixture([0.5, 0.5], [175, 162], [49, 49])
    x, z = pair.sample(2000, 0)
    A, w = np.column_stack([np.ones(2000), (x - 168) / 7]), np.zeros(2)
    for _ in range(8):  # Newton's steps for logistic regression
        p = 1 / (1 + np.exp(-A @ w))
        w += np.linalg.solve((A.T * p * (1 - p)) @ A, A.T @ ((z == 0) - p))
    logistic = 1 / (1 + np.exp(-np.array([1, 4 / 7]) @ w))
    generative = _taller(172)[0]
    assert abs(logistic - generative) < 0.03
    return {"logistic": logistic, "generative": generative}


def _grid(low, high, step):
    side = np.arange(low, high, step)
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)


def sum_of_conditionals():
    grid = _grid(-60, 180, 2.0)
    claimed = wrong_formulas.density_without_weights(grid, as_tuple(DRAWN_FROM))
    wrong = 4 * claimed.sum()
    right = 4 * np.exp(DRAWN_FROM.log_joint(grid)).sum()
    assert np.allclose([wrong, right], [3, 1], atol=1e-4)
    return {"wrong": wrong, "right": right}


def joint_or_conditional():
    joint = 4 * np.exp(DRAWN_FROM.log_joint(_grid(-60, 180, 2.0))[:, 0]).sum()
    conditional = joint / DRAWN_FROM.weights[0]
    assert np.isclose(conditional, 1)
    return {"joint": joint, "conditional": conditional}


def posterior_without_parameters():
    moved = _with_means(DRAWN_FROM.means + [[0, 0], [20, -20], [0, 0]])
    before, after = (m.responsibilities([[60, 45]])[0, 1] for m in (DRAWN_FROM, moved))
    assert after > 0.4 > before
    return {"second": before, "moved": after}


def independent_labels():
    rng = np.random.default_rng(0)
    z, noise = rng.integers(2, size=(2, 4000)), rng.normal(size=4000)  # shared noise
    x = 2 * z + noise + 0.5 * rng.normal(size=(2, 4000))
    labels, points = np.corrcoef(z)[0, 1], np.corrcoef(x - 2 * z)[0, 1]
    assert abs(labels) < 0.05 and points > 0.7
    return {"labels": labels, "points": points}


def one_hot():
    rng = np.random.default_rng(0)
    z = np.eye(3)[rng.choice(3, 20000, p=DRAWN_FROM.weights)]
    correlation, sums = np.corrcoef(z.T)[0, 1], z.sum(axis=1)
    assert correlation < -0.3 and (sums == 1).all()
    return {"correlation": correlation, "independent": 0.0, "sum": sums[0]}


def mixture_is_normal():
    y = (X - X.mean(axis=0)) / X.std(axis=0)
    a, b = (y**4).mean(axis=0) - 3
    error = np.sqrt(24 / len(X))  # of a normal sample's
    one = _climb(GaussianMixture([1], [[60, 60]], [1e3 * np.eye(2)]), X)
    short = _best().log_likelihood(X) - one.log_likelihoods[-1]
    assert a < -4 * error and short > 900
    return {"a": a, "b": b, "error": error, "short": short}


def positive_log_likelihood():
    heights = np.random.default_rng(0).normal(1.7, 0.07, 100)
    metres = GaussianMixture([1], [1.7], [0.07**2]).log_likelihood(heights)
    millimetres = GaussianMixture([1], [1700], [70**2]).log_likelihood(1000 * heights)
    assert metres > 0 > millimetres
    return {"metres": metres, "millimetres": millimetres}


def hard_e_step():
    run = _wrong(iterations=30, labels=wrong_formulas.hard_labels)
    soft, hard = run.log_likelihoods[[0, -1]]
    assert hard < soft - 1
    return {"soft": soft, "hard": hard}


# M-step formulas


def split_heads():
    h = TRIALS[:, 0]
    a, b = GUESS.responsibilities(TRIALS).T @ h
    assert np.isclose(a + b, h.sum())
    return {"a": a, "b": b, "sum": a + b, "heads": h.sum()}


def heads_over_all_tosses():
    coins = GUESS
    for _ in range(200):
        r = coins.responsibilities(TRIALS)
        coins = CoinMixture(r.T @ TRIALS[:, 0] / TRIALS.sum())
    a, b = coins.heads
    ell, right = coins.log_likelihood(TRIALS), _coins().log_likelihoods[-1]
    assert ell < right - 3 and b < 1e-6
    return {"a": a, "b": b, "ell": ell, "right": right}


def weights_left_out():
    run = _wrong(log_joint=wrong_formulas.weights_left_out)
    right, wrong = run.log_likelihoods[[0, -1]]
    assert wrong < right - 5
    return {"wrong": wrong, "right": right}


def weights_follow():
    rest = DRAWN_FROM.means, DRAWN_FROM.covariances
    weights = ([1 / 3] * 3, DRAWN_FROM.weights, [0.01, 0.01, 0.98])
    even, own, odd = (GaussianMixture(w, *rest).log_likelihood(X) for w in weights)
    assert own > even > odd
    return {"even": even, "own": own, "odd": odd}


def one_over_n():
    run = _wrong(iterations=3, m_step=wrong_formulas.covariances_over_n)
    before, after = run.log_likelihoods[:2]
    assert after < before - 1000
    shown = {"right": run.mixtures[0], "wrong": run.mixtures[3]}
    return {**shown, "before": before, "after": after}


def means_over_n():
    run = _wrong(iterations=1, m_step=wrong_formulas.means_over_n)
    before, after = run.log_likelihoods
    assert after < before - 1000
    shown = {"right": run.mixtures[0], "wrong": run.mixtures[1]}
    return {**shown, "before": before, "after": after}


def one_variance():
    def top(kind):
        start = GaussianMixture.from_points(X, 3, rng=3, covariance_type=kind)
        return _climb(start, X).log_likelihoods[-1]

    full, diag, round_ = map(top, ("full", "diag", "spherical"))
    assert full > diag > round_
    return {"full": full, "diag": diag, "round": round_}


def minus_the_log():
    theta = np.linspace(0.02, 0.98, 97)
    ell = 5 * np.log(theta) + 5 * np.log(1 - theta)
    obeyed = theta[(-ell).argmax()]
    assert theta[ell.argmax()] == 0.5 and obeyed == theta[0]
    return {"theta": theta, "ell": ell, "minus": -ell, "obeyed": obeyed}


def one_peak():
    t = np.linspace(-0.5, 1.5, 201)
    a, b, c = _best().means
    mixtures = (_with_means([a + s * (b - a), b + s * (a - b), c], _best()) for s in t)
    ell = np.array([m.log_likelihood(X) for m in mixtures]) / len(X)
    peaks = t[1:-1][(ell[1:-1] > ell[:-2]) & (ell[1:-1] > ell[2:])]
    assert len(peaks) == 2
    return {"t": t, "ell": ell, "peaks": 2, "first": peaks[0], "last": peaks[1]}


def parabola_in_variance():
    v = np.linspace(0.3, 6, 400)
    q = -0.5 * (np.log(v) + 1 / v)  # measured variance 1, N_k = 1
    bend = np.diff(q, 2)
    turn, top = v[1:-1][bend > 0][0], v[q.argmax()]
    assert abs(turn - 2) < 0.05 and abs(top - 1) < 0.02
    assert (np.diff(q) > 0).sum() == q.argmax()  # up to the top, then down
    return {"v": v, "q": q, "turn": turn, "top": top}


def concave_in_precision():
    lam = np.linspace(0.05, 4, 400)
    q = 0.5 * (np.log(lam) - lam)  # measured variance 1, N_k = 1
    top = lam[q.argmax()]
    assert np.diff(q, 2).max() < 0 and abs(top - 1) < 0.01
    return {"lam": lam, "q": q, "top": top}


def sign_of_lambda():
    counts = _best().e_step(X)[0].counts
    N = counts.sum()
    plus, minus = counts / N, -counts / -N  # λ = N from λ(1 − Σπ), −N from λ(Σπ − 1)
    assert (plus == minus).all() and (plus > 0).all()
    return {"plus": plus[0], "minus": minus[0]}


def determinant():
    _, z = three_groups()
    claimed = wrong_formulas.determinant_for_inverse
    labels = DRAWN_FROM.log_joint(X), claimed(X, as_tuple(DRAWN_FROM))
    right, wrong = (100 * (log_p.argmax(axis=1) == z).mean() for log_p in labels)
    one = np.ones(1), np.zeros((1, 2)), np.diag([4.0, 1.0])[None]
    area = 0.01 * np.exp(claimed(_grid(-15, 15.01, 0.1), one)).sum()
    assert right > 97 and wrong < 80 and abs(area - 2) < 1e-3
    return {"right": right, "wrong": wrong, "area": area}


def sign_of_the_slope():
    steps = wrong_formulas.uphill_in_means, wrong_formulas.downhill_in_means
    right, wrong = (_wrong(published_start(2), 1, m_step=step) for step in steps)
    (start, up), (_, down) = right.log_likelihoods, wrong.log_likelihoods
    assert up > start > down
    return {"start": start, "up": up, "down": down}


def slope_in_variance():
    S, v = 1.0, 0.5  # N_k = 1
    right, claimed = 0.5 * (S / v**2 - 1 / v), 0.5 * (v - S)
    assert right == 1 and claimed == -0.25
    return {"right": right, "claimed": claimed}


def off_diagonal():
    V, S, h = np.array([[1, 0.2], [0.2, 1]]), np.array([[2, 0.5], [0.5, 1]]), 1e-6

    def q(*places):
        moved = V.copy()
        for place in places:
            moved[place] += h
        log_det = np.linalg.slogdet(moved)[1]
        return -0.5 * (log_det + np.trace(np.linalg.solve(moved, S)))

    one, both = (q((0, 1)) - q()) / h, (q((0, 1), (1, 0)) - q()) / h
    P = np.linalg.inv(V)
    formula = 0.5 * (P @ S @ P - P)[0, 1]
    assert np.allclose([one, both], [formula, 2 * formula], rtol=1e-3)
    return {"formula": formula, "one": one, "both": both}


def squared():
    run = _wrong(iterations=30, m_step=wrong_formulas.squared_responsibilities)
    ell = run.log_likelihoods
    assert ell[1] < ell[0] - 5
    return {"n": np.arange(31), "ell": ell, "before": ell[0], "after": ell[1]}


def whole_counts():
    a, b, c = counts = _best().e_step(X)[0].counts
    assert (counts % 1 > 0.01).all() and np.isclose(counts.sum(), 1500)
    return {"a": a, "b": b, "c": c, "sum": counts.sum()}


def all_labels_one():
    run = _wrong(iterations=3, m_step=wrong_formulas.labels_dropped)
    best, ell = run.log_likelihoods[[0, -1]]
    assert ell < best - 900
    shown = {"right": run.mixtures[0], "wrong": run.mixtures[-1]}
    return {**shown, "ell": ell, "best": best}


def expectation_or_maximum():
    r, new = GUESS.responsibilities(TRIALS), _coins().models[1]
    before, after = (m.expected_log_joint(TRIALS, r) for m in (GUESS, new))
    assert after > before + 1
    return {"before": before, "after": after}


def product_of_parameters():
    heads = _coins().models[1].heads
    own = heads[coin_labels()]
    p = np.prod(own ** TRIALS[:, 0] * (1 - own) ** TRIALS[:, 1])
    claimed = heads.prod()
    assert p < 1e-12 < claimed
    return {"claimed": claimed, "p": p}


def old_inside_the_log():
    old, new = _from_the_corner().models[:2]
    r = old.responsibilities(X)
    before, after = (m.expected_log_joint(X, r) for m in (old, new))
    flat, flat_after = (
        wrong_formulas.q_of_the_old(X, as_tuple(m), as_tuple(old)) for m in (old, new)
    )
    assert flat == flat_after < after
    return {"before": before, "after": after, "flat": flat, "flat_after": flat_after}


def argmax_over_the_old():
    grid = np.linspace(0.02, 0.98, 25)
    pairs = [CoinMixture(pair) for pair in product(grid, grid)]
    q = [GUESS.expected_log_joint(TRIALS, m.responsibilities(TRIALS)) for m in pairs]
    claimed = pairs[int(np.argmax(q))].log_likelihood(TRIALS)
    right = _coins().log_likelihoods[1]
    assert claimed < right - 10
    return {"claimed": claimed, "right": right}


def integral_over_labels():
    r, log_p = GUESS.responsibilities(TRIALS)[0], GUESS.log_joint(TRIALS)[0]
    total = (r * log_p).sum()
    coarse, fine = total * 0.01, total * 0.0001  # two points of a grid with this step
    assert total < coarse < fine < 0
    return {"sum": total, "coarse": coarse, "fine": fine}


# Bounds


def any_guess():
    r, ell = GUESS.responsibilities(TRIALS), GUESS.log_likelihood(TRIALS)
    guesses = r, np.full_like(r, 0.5), r[:, ::-1]
    posterior, even, swapped = (GUESS.lower_bound(TRIALS, q) for q in guesses)
    assert np.isclose(posterior, ell) and ell > even > swapped
    return {"ell": ell, "posterior": posterior, "even": even, "swapped": swapped}


def expectation_of_the_joint():
    q, p = np.array([0.5, 0.5]), np.exp(GUESS.log_joint(TRIALS)[0])
    claimed, right = q @ p, q @ (p / q)
    assert np.isclose(right, p.sum()) and np.isclose(claimed, p.sum() / 2)
    return {"claimed": claimed, "p": p.sum()}


def guess_inside_the_log():
    one = GaussianMixture([0.5, 0.5], [0, 0], [0.01**2, 0.01**2])
    log_p, q = one.log_joint([0.0]), np.full((1, 2), 0.5)
    ell, bound = one.log_likelihood([0.0]), log_sum_bound(log_p, q)[0]
    claimed = wrong_formulas.bound_with_labels_inside(log_p, q)
    assert np.isclose(bound, ell) and claimed > ell + 2
    return {"ell": ell, "right": bound, "claimed": claimed}


def drop_the_entropy():
    models = *_from_the_corner().models[:2], _best()
    start, first, best = (entropy(m.responsibilities(X)).sum() for m in models)
    assert start > first + 20 > best + 60
    return {"start": start, "first": first, "best": best}


def hard_gradient():
    r, h = DRAWN_FROM.responsibilities(X)[:, 0], 1e-4
    pull = r @ (X - DRAWN_FROM.means[0])
    formula = np.linalg.solve(DRAWN_FROM.covariances[0], pull)[0]
    moved = (DRAWN_FROM.means + [[s, 0], [0, 0], [0, 0]] for s in (-h, h))
    low, high = (_with_means(means).log_likelihood(X) for means in moved)
    differences = (high - low) / (2 * h)
    assert abs(formula - differences) < 1e-4
    return {"formula": formula, "differences": differences}


def product_of_densities():
    densities = np.exp(log_sum_exp(_best().log_joint(X)))
    points = np.flatnonzero(np.cumprod(densities) == 0)[0] + 1
    assert densities.prod() == 0 and points < 100
    return {"points": points, "ell": _best().log_likelihood(X)}


def global_maximum():
    x, e = two_heaps(), np.arange(33)
    ell = np.array([with_spike(x, x[14], 10.0**-n).log_likelihood(x) for n in e])
    sane = sane_fit(x).log_likelihoods[-1]
    assert ell[-1] > sane + 50 and (np.diff(ell[3:]) > 2).all()
    return {"e": e, "ell": ell, "end": ell[-1], "sane": sane}


def one_gaussian_is_bounded():
    def ell(x, covariance):
        return GaussianMixture([1], [x.mean(axis=0)], [covariance]).log_likelihood(x)

    rng = np.random.default_rng(0)
    general, line = rng.normal(size=(30, 2)), np.outer(np.arange(8.0), [1, 2])
    free = ell(general, np.cov(general.T, bias=True))  # the top
    along, across = np.array([[1, 2], [2, -1]]) / np.sqrt(5)
    thin, thinner = (
        ell(line, 60 * np.outer(along, along) + w**2 * np.outer(across, across))
        for w in (0.1, 0.001)
    )
    assert thinner > thin + 30
    return {"free": free, "thin": thin, "thinner": thinner}


def tied_is_bounded():
    def ell(x, v):
        return GaussianMixture([0.5, 0.5], [1, 2], [v, v], "tied").log_likelihood(x)

    x, y = np.array([1.0, 1, 2, 2]), np.array([1, 1, 2, 2.5])
    two, three, wide = ell(x, 1e-4), ell(y, 1e-4), ell(y, 0.2)
    assert two > wide > three
    return {"two": two, "three": three}


def prior_bounds():
    x, prior = two_heaps(), CovariancePrior([[1.0]], 1)

    def spike(e):  # of σ = 10⁻ᵉ on one point
        s = [5, 10.0 ** (-2 * e)]
        m = GaussianMixture([0.97, 0.03], [0, x[14]], s, covariance_prior=prior)
        return m.log_likelihood(x), m.log_likelihood(x) + m.log_prior()

    e, sane = np.linspace(0, 1.2, 25), sane_fit(x).log_likelihoods[-1]
    spiked, penalised = np.transpose([spike(step) for step in e])
    ell, with_prior = spike(5)
    assert ell > sane + 1 and with_prior < -4e9
    shown = {"e": e, "spiked": spiked, "penalised": penalised}
    return {**shown, "ell": ell, "sane": sane, "billions": -with_prior / 1e9}


def accounts():
    model = published_start(2)
    r, ell = model.responsibilities(X), model.log_likelihood(X)
    Q, H = model.expected_log_joint(X, r), entropy(r).sum()
    assert np.isclose(Q + H, ell)
    return {"Q": Q, "H": H, "ell": ell}


def missing_divergence():
    old, new = _from_the_corner().models[:2]
    bound, ell = new.lower_bound(X, old.responsibilities(X)), new.log_likelihood(X)
    assert ell > bound + 10
    return {"Q_and_H": bound, "ell": ell, "divergence": ell - bound}


def joint_in_place_of_marginal():
    def best_for(labels):  # how many heads each coin then shows, and ln p(x, z)
        urns = np.array([TRIALS[np.equal(labels, k)].sum(axis=0) for k in (0, 1)])
        coins = CoinMixture(urns[:, 0] / np.maximum(urns.sum(axis=1), 1))
        return coins.log_joint(TRIALS)[range(5), labels].sum(), coins

    _, coins = max(map(best_for, product((0, 1), repeat=5)), key=lambda found: found[0])
    a, b = sorted(coins.heads, reverse=True)
    joint, ell = coins.log_likelihood(TRIALS), _coins().log_likelihoods[-1]
    assert joint < ell - 0.1
    return {"a": a, "b": b, "joint": joint, "ell": ell}


# Stopping


def until_theta_rests():
    other = _climb(CoinMixture([0.95, 0.9]), TRIALS, 60)
    heads, fall = (np.array([m.heads for m in t.models]) for t in (_coins(), other))
    end, n = _coins().log_likelihoods[-1], np.arange(17)
    first = np.flatnonzero(np.diff(heads[:, 1]) < 0)[0] + 1
    short = end - _coins().log_likelihoods[first]
    lost = end - other.log_likelihoods[1]
    assert first == 2 and (np.diff(heads[n, 0]) > 0).all() and short > 0.1
    assert (fall[1] < fall[0]).all() and lost > 0.3
    (a, b), (c, d) = heads[n].T, fall[n].T
    shown = {"n": n, "a": a, "b": b, "c": c, "d": d}
    return {**shown, "first": first, "short": short, "lost": lost}


def stop_on_q():
    def where(run):  # the rule stops, how many nats that is short, and Q
        pairs = zip(run.models, run.models[1:], strict=False)
        Q = [new.expected_log_joint(X, old.responsibilities(X)) for old, new in pairs]
        stop = min(stops_at(Q, len(X), 1e-9) + 1, run.n_iter)
        return stop, run.log_likelihoods[-1] - run.log_likelihoods[stop], Q

    corner = _from_the_corner()
    stopped, short, Q = where(corner)
    starts = [GaussianMixture.from_points(X, 3, rng=s, method="box") for s in range(20)]
    lost = np.array([where(_climb(start, X))[1] for start in starts])
    early = np.sum(lost > 1)
    assert stopped == 7 and short > 300 and 0 < early < 5
    assert lost[lost <= 1].max() < 0.01
    n = np.arange(1, 40)
    shown = {"n": n, "ell": corner.log_likelihoods[n], "Q": np.array(Q)[n - 1]}
    return {**shown, "stopped": stopped, "short": short, "early": early, "starts": 20}


def stopped_is_arrived():
    rng = np.random.default_rng(0)
    ends = [
        _climb(CoinMixture(heads), TRIALS).log_likelihoods[-1]
        for heads in rng.uniform(0.05, 0.95, (50, 2))
    ]
    saddle = _climb(CoinMixture([0.5, 0.50001]), TRIALS)
    peak, low = _coins().log_likelihoods[-1], saddle.log_likelihoods[-1]
    assert min(ends) > peak - 1e-3 and low < peak - 0.4
    return {"saddle": low, "peak": peak, "iterations": saddle.n_iter, "starts": 50}


def plateau():
    ells, n = _from_the_corner().log_likelihoods, np.arange(1, 150)
    loose = stops_at(ells, len(X), 1e-3)
    short = ells[-1] - ells[loose]
    assert short > 300
    return {"n": n, "ell": ells[n], "loose": loose, "short": short}


def one_fixed_share():
    steps = abs(np.diff([m.heads[1] for m in _coins().models]))
    early, late, later = (steps[n + 1] / steps[n] for n in (0, 10, 11))
    assert abs(late - later) < 0.002 < abs(late - early)
    shown = {"n": np.arange(1, 16), "step": steps[:15]}
    return {**shown, "early": early, "late": late, "later": later}


def crawl():
    left, gains = way_left(_coins().models), np.diff(_coins().log_likelihoods)
    step, gain = left[9] / left[8], gains[9] / gains[8]
    assert np.isclose(gain, step**2, rtol=0.1)
    return {"step": step, "gain": gain}


def never_falls():
    starts = [GaussianMixture.from_points(X, 3, rng=s, method="box") for s in range(10)]
    least = min(np.diff(_climb(s, X, 30).log_likelihoods).min() for s in starts)
    assert least > -1e-6
    return {"least": least, "starts": len(starts)}


def formulas_are_enough():
    ells = _from_the_corner().log_likelihoods
    loose, patient = ells[stops_at(ells, len(X), 1e-3)], ells[-1]
    good = _climb(GaussianMixture.from_points(X, 3, rng=3), X, 15).log_likelihoods[-1]
    assert good > loose + 300
    return {"loose": loose, "patient": patient, "good": good}


# Starts


def unequal_corners():
    models = [published_start(3, reading) for reading in ("lower", "mean")]
    at = models[0].means[2:] + 10
    lower, mean = (m.log_joint(at)[0, 2] - np.log(m.weights[2]) for m in models)
    printed = published_start_values(3)[2][2]
    upper = np.triu(printed) + np.triu(printed, 1).T
    least = np.linalg.eigvalsh(upper)[0]
    assert lower - mean > 9 and least < 0
    return {"lower": lower, "mean": mean, "least": least}


def start_at_the_answer():
    ell, far = _climb(_best(), X, 4).log_likelihoods, _from_the_corner().log_likelihoods
    gain, climb = ell[4] - ell[0], far[4] - far[0]
    assert gain < 0.01 < 1000 < climb
    return {"n": np.arange(5), "ell": ell, "far": far[:5], "gain": gain, "climb": climb}


def means_or_covariances():
    t, shares = table("perturbed_starts"), {}
    for block in ("means", "shapes", "sizes", "weights"):
        found = rows(t, block=block, damage=4)
        shares[block] = 100 * found["best"].sum() / found["runs"].sum()
    x, _ = three_groups(POINTS, STUCK)
    top, starts = optimum(x).log_likelihoods[-1], map(published_start, (2, 3))
    two, three = ((top - start.log_likelihood(x)) / len(x) for start in starts)
    assert shares["sizes"] < shares["means"] < shares["shapes"]
    return {"two": two, "three": three, **shares}


def far_apart():
    t, share = table("random_starts"), {}
    for kind in ("fitted", "narrow"):
        box = rows(t, means="box", covariances=kind)
        closer, half = box["best_of_closer_half"].sum(), box["runs"].sum() / 2
        share[f"{kind}_close"] = 100 * closer / half
        share[f"{kind}_far"] = 100 * (box["best"].sum() - closer) / half
    assert share["narrow_far"] - share["narrow_close"] > 5
    assert share["fitted_far"] - share["fitted_close"] < 5
    return share


def greedy_finds_the_best():
    x, _ = three_groups(1500, 13)
    stuck, best = (_climb(start, x) for start in (published_start(2), DRAWN_FROM))
    short = best.log_likelihoods[-1] - stuck.log_likelihoods[-1]
    assert stuck.converged and short > 300
    shown = {"right": as_tuple(best.model), "wrong": as_tuple(stuck.model)}
    return {**shown, "points": x, "short": short}


def too_far():
    start = published_start(4)
    ten, hundred, far = (_with_means(start.means + d, start) for d in (10, 100, 600))
    near, merged = (_climb(m, X).log_likelihoods[-1] for m in (ten, hundred))
    zeros = (np.exp(far.log_joint(X)).sum(axis=1) == 0).sum()
    assert near > merged + 900 and zeros == 1500
    return {"near": near, "hundred": merged, "zeros": zeros}


def same_start_other_points():
    t, share = rows(table("experiments"), experiment=2, reading="lower"), {}
    least, most = t["size"].min(), t["size"].max()
    for size in (least, most):
        share[size] = 100 * (rows(t, size=size)["end"] == "best").mean()
    small, large = share[least], share[most]
    assert small < 30 and large > 90
    return {"small": small, "large": large, "least": least, "most": most}


def restarts_help():
    t = rows(table("random_starts"), means="box", covariances="narrow")
    one = t["best"].sum() / t["runs"].sum()
    x = two_heaps()
    ends = [follow(from_a_narrow_start(x, at, 0.1), x, 60)[1] for at in x]
    spike = np.mean(["shrinks" in end for end in ends])
    three = 1 - (1 - one) ** 3
    five, twenty = (1 - (1 - spike) ** n for n in (5, 20))
    assert three > one and spike < 0.25 and twenty > 0.95
    first = {"one": 100 * one, "three": 100 * three}
    return {**first, "spike": 100 * spike, "five": 100 * five, "twenty": 100 * twenty}


def equal_components():
    equal = GaussianMixture([1 / 3] * 3, [[60, 60]] * 3, [400 * np.eye(2)] * 3)
    moved = _with_means(equal.means + [[0, 0], [0.1, 0], [0, 0.1]], equal)
    stuck, nudged = (_climb(m, X).log_likelihoods[-1] for m in (equal, moved))
    assert nudged > stuck + 900
    return {"stuck": stuck, "nudged": nudged}


def best_number_of_groups():
    K = np.arange(1, 7)
    fits = [best_of(X, k, starts=2, max_iter=100) for k in K]
    ell = np.array([fit.log_likelihoods[-1] for fit in fits])
    best = K[np.argmin([fit.model.bic(X) for fit in fits])]
    assert ell[5] > ell[2] and best == 3
    shown = {"K": K, "ell": ell / len(X)}
    return {**shown, "three": ell[2], "six": ell[5], "best": best}


def kmeans_or_mixture():
    found = {}
    for name, (x, z) in {"round": three_groups(), "long": two_strips()}.items():
        K = z.max() + 1
        mixture = _climb(GaussianMixture.from_points(x, K, rng=3), x).model
        soft = mixture.responsibilities(x).argmax(axis=1)
        found[name] = 100 * agreement(kmeans(x, K)[1], z)
        found[name + "_em"] = 100 * agreement(soft, z)
    assert found["round"] > 90 and found["long"] < 60 < found["long_em"]
    return found


# Words


def chain_that_remembers():
    right = {}
    for S in (2, 4, 8):
        state = np.arange(8) % S  # what the chain keeps of the first symbol
        answer = np.arange(S)  # the best it can say from each state
        right[f"S{S}"] = 100 * (answer[state] == np.arange(8)).mean()
    assert list(right.values()) == [25, 50, 100]
    return right


def parameters_of_coins():
    parameters, labels, tosses = GUESS.n_parameters, len(TRIALS), TRIALS.sum()
    assert (parameters, labels, tosses) == (2, 5, 50)
    return {"parameters": parameters, "labels": labels, "tosses": tosses}


def weights_are_latent():
    weights = np.array([m.weights for m in _from_the_corner().models])
    first, last = weights[[0, -1], 0]
    a, b, c = weights[:120].T
    assert abs(first - last) > 0.01
    return {"n": np.arange(120), "a": a, "b": b, "c": c, "first": first, "last": last}


def bayesian():
    fitted = _coins().model
    theta, label = fitted.heads[0], fitted.responsibilities(TRIALS)[4, 0]
    assert 0 < label < 1
    return {"theta": theta, "label": label}


def prior_knowledge():
    given = 0.3
    coins = CoinMixture([0.6, 0.5], [given, 1 - given], learn_weights=True)
    fitted = _climb(coins, TRIALS).model.weights[0]
    assert fitted > given + 0.2
    return {"given": given, "fitted": fitted}


def only_clusters():
    best, (drawn, _) = _best(), _best().sample(1500, 1)
    typical, new = best.log_likelihood(X) / 1500, best.log_likelihood(drawn) / 1500
    stranger = best.log_likelihood([[0.0, 0.0]])
    assert abs(typical - new) < 0.1 and stranger < typical - 10
    return {"typical": typical, "drawn": new, "stranger": stranger}


def expected_log_likelihood():
    ell = GUESS.log_likelihood(TRIALS)
    Q = GUESS.expected_log_joint(TRIALS, GUESS.responsibilities(TRIALS))
    assert ell > Q
    return {"ell": ell, "Q": Q}
