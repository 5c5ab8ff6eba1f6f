"""The trials and points that the chapters use, each with its source."""

from importlib.resources import files

import numpy as np

from gmmlib.coins import toss
from gmmlib.gaussians import GaussianMixture
from gmmlib.numerics import checks

READINGS = ("lower", "upper", "mean")  # of a covariance with unequal corners
TRIALS = ("HTTTHHTHTH", "HHHHTHHHHH", "HTHHHHHTHH", "HTHTTTHHTT", "THHHTHHHTH")


def coin_trials():
    """Return five trials of ten tosses as (5, 2) heads and tails: 5 9 8 4 7 heads.

    Source: Do & Batzoglou (2008), What is the expectation maximization algorithm?,
    Nature Biotechnology 26, figure 1.
    """
    return np.array([toss(trial) for trial in TRIALS])


def coin_labels():
    """Return the coins of `coin_trials` as that figure reveals them, (5,): B A A B A.

    0 stands for coin A, 1 for coin B.
    """
    return np.array([1, 0, 0, 1, 0])


def revealed_trials(n):
    """Return `coin_trials` with their coins, (5, 3), for `gmmlib.coins.RevealedCoins`.

    Only the first n coins are revealed: the others are −1.
    """
    labels = coin_labels()
    n = checks.whole_number("n", n, least=0, most=len(labels))
    hidden = np.arange(len(labels)) >= n
    return np.column_stack([coin_trials(), np.where(hidden, -1, labels)])


def seven_points():
    """Return seven points on a line: −3 −2.5 −1 0 2 4 5.

    Source: Deisenroth, Faisal & Ong (2020), Mathematics for Machine Learning, chapter
    11, where EM with three components is carried out on them.
    """
    return np.array([-3, -2.5, -1, 0, 2, 4, 5])


def three_groups_mixture():
    """Return the mixture of three overlapping groups that lecture notes report."""
    return GaussianMixture(
        weights=[0.27232708, 0.27546473, 0.45220819],
        means=[
            [69.20722901, 19.70652909],
            [29.84835715, 80.14776865],
            [79.80717341, 69.65192526],
        ],
        covariances=[
            [[85.2867814, 3.3551158], [3.3551158, 84.26381303]],
            [[115.31568863, 0.72129237], [0.72129237, 85.71009274]],
            [[216.90027901, 129.13394185], [129.13394185, 211.39333946]],
        ],
    )


def three_groups(n=1500, seed=0):
    """Draw n points of `three_groups_mixture`: x (n, 2) and hidden groups z (n,)."""
    return three_groups_mixture().sample(n, seed)


def published_start_values(experiment):
    """Return weights, means, covariances of experiment 1, 2, 3 or 4, as printed.

    Four starts of EM that lecture notes report, with three groups each. The covariances
    of experiments 3 and 4 are printed with unequal corners: `published_start` makes
    models of them.
    """
    experiment = checks.whole_number("experiment", experiment, most=4)
    reported = three_groups_mixture()
    if experiment == 1:
        return reported.weights, reported.means, reported.covariances
    means, covariances = {
        2: ([[23, 11], [23, 18], [11, 21]], reported.covariances),
        3: (
            reported.means,
            [
                [[88, 23], [33, 84]],
                [[11, 23.72], [15.7212, 82.71009274]],
                [[22, 111.13394185], [16.133, 200.39333946]],
            ],
        ),
        4: (
            [[123, 121], [23, 63], [21, 31]],
            [
                [[88, 63], [33, 34]],
                [[131, 23.72], [0.7212, 52.71009274]],
                [[202, 111.13394185], [126.133, 200.39333946]],
            ],
        ),
    }[experiment]
    return np.array([0.25, 0.25, 0.5]), np.array(means, float), np.array(covariances)


def published_start(experiment, reading="lower"):
    """Return the start of a published experiment as a model.

    Where the two corners of a covariance differ, `reading` says which counts: "lower",
    as many routines read it; "upper"; or "mean", (S + Sᵀ) / 2.
    """
    weights, means, covariances = published_start_values(experiment)
    if not isinstance(reading, str) or reading not in READINGS:
        raise ValueError(f"reading is {reading!r}: choose one of {', '.join(READINGS)}")
    lower, upper = covariances[:, 1, 0], covariances[:, 0, 1]
    corner = {"lower": lower, "upper": upper, "mean": (lower + upper) / 2}[reading]
    covariances = covariances.copy()
    covariances[:, 0, 1] = covariances[:, 1, 0] = corner
    return GaussianMixture(weights, means, covariances)


def old_faithful():
    """Return 272 eruptions of the geyser Old Faithful, (272, 2), in minutes.

    Columns: how long an eruption lasted, and the waiting time until the next. Source:
    Azzalini & Bowman (1990), A look at some data on the Old Faithful geyser, Applied
    Statistics 39; the same rows as `faithful` in R.
    """
    eruptions = table("old_faithful")
    return np.column_stack([eruptions["eruptions"], eruptions["waiting"]]).astype(float)


def two_strips(length=3.0, n=400, seed=0):
    """Draw two long thin groups, one above the other: x (n, 2) and groups z (n,).

    `length` is their standard deviation along; across it is √.3, and they lie 3 apart.
    """
    length = checks.number("length", length, least=1e-100)
    strip = np.diag([length**2, 0.3])
    strips = GaussianMixture([0.5, 0.5], [[0, 0], [0, 3]], [strip, strip])
    return strips.sample(n, seed)


GENRES = ("drama", "documentary", "animation", "other")
SEGMENTS = (  # share, age and its sd, hours and the sd of ln hours, odds of the genres
    (0.35, 38, 7, 9, 0.4, (5, 2, 9, 5)),
    (0.30, 27, 6, 14, 0.4, (12, 3, 4, 5)),
    (0.20, 56, 9, 6, 0.4, (6, 10, 2, 5)),
    (0.15, 43, 13, 2.5, 0.5, (5, 5, 4, 8)),
)


def streaming_viewers(n=1200, seed=0):
    """Draw n accounts of a streaming service that does not exist.

    Returns
    -------
    viewers : ndarray, shape (n, 6)
        Age of the account's holder in years; hours watched a week; then the shares of
        these hours that went to drama, documentary, animation and other (sum 1).
    z : ndarray, shape (n,)
        The segment that each was drawn from, 0 to 3 (`SEGMENTS`).

    Notes
    -----
    Invented, not measured. Within a segment age is normal, hours are log-normal and the
    shares follow a Dirichlet distribution: only nearly Gaussian, even in logarithms.
    """
    n, rng = checks.whole_number("n", n, least=0), checks.generator(seed)
    share, age, age_sd, hours, hours_sd, odds = zip(*SEGMENTS, strict=True)
    z = rng.choice(len(share), size=n, p=share)
    years = np.array(age)[z] + np.array(age_sd)[z] * rng.standard_normal(n)
    noise = np.exp(np.array(hours_sd)[z] * rng.standard_normal(n))
    genres = rng.standard_gamma(np.array(odds)[z])
    shares = genres / genres.sum(axis=1, keepdims=True)
    return np.column_stack([years, np.array(hours)[z] * noise, shares]), z


def viewer_features(viewers):
    """Return what a mixture is fitted to, (n, 5): nearer to bells than the raw columns.

    Age; ln hours; and ln (share / share of other) of drama, documentary, animation. The
    four shares sum to 1, so that only three of them are free: all four would lie in a
    flat subspace.
    """
    viewers = checks.finite_points("viewers", viewers)
    if viewers.shape[1] != 6 or viewers[:, 1:].min() < 1e-100:
        raise ValueError(
            f"viewers has shape {viewers.shape} and least entry {viewers.min():.3g}: "
            "pass (n, 6), hours and shares above 0"
        )
    age, hours, *shares, other = viewers.T
    return np.column_stack([age, np.log(hours), *(np.log(s / other) for s in shares)])


def skewed_points(n, skew=0.0):
    """Return n points of mean 0 and standard deviation 1, with a tail on one side.

    Evenly spaced for a `skew` of 0; the squares of that for ±1.
    """
    even = (np.arange(n) + 0.5) / n
    points = np.copysign(even ** (1 + abs(skew)), skew)
    return (points - points.mean()) / points.std()


def points_and_start(N, D, K):
    """Return N points in K groups that overlap, in D dimensions, and a start nearby."""
    rng = np.random.default_rng([0, N, D, K])
    A = rng.normal(size=(K, D, D)) / np.sqrt(D)
    covariances = A @ A.transpose(0, 2, 1) + 0.3 * np.eye(D)
    means = rng.normal(scale=3 / np.sqrt(D), size=(K, D))
    x, _ = GaussianMixture(np.full(K, 1 / K), means, covariances).sample(N, rng)
    start = means + rng.normal(scale=1 / np.sqrt(D), size=means.shape)
    return x, GaussianMixture(np.full(K, 1 / K), start, covariances)


def two_heaps():
    """Return 30 points drawn from ½ N(−2, 1) + ½ N(2, 1), sorted: shape (30,)."""
    x, _ = GaussianMixture([0.5, 0.5], [-2, 2], [1, 1]).sample(30, rng=2)
    return np.sort(x[:, 0], kind="stable")


def table(name):
    """Return a committed table of `gmmlib/data` as a structured array, a row a line.

    ``table("name")["column"]`` is one column of `name.csv`. The lines that begin with
    # say where the numbers come from; those of an experiment come from the script
    `notebooks/tables/name.py`.
    """
    path = files("gmmlib") / "data" / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"name is {name!r}: pass the name of a table in gmmlib/data")
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    return np.genfromtxt(
        rows, delimiter=",", names=True, dtype=None, encoding="utf-8", ndmin=1
    )


def write_table(name, comment, header, rows):
    """Write `name.csv` of `gmmlib/data`, row by row as they are made.

    The `comment` says what the numbers are and which script makes them; the `header`
    names the columns, with commas between. Entries are written by `str`: round before.
    """
    path = files("gmmlib") / "data" / f"{name}.csv"
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for line in comment.strip().splitlines():
            file.write(f"# {line}".rstrip() + "\n")
        file.write(header + "\n")
        for row in rows:
            file.write(",".join(map(str, row)) + "\n")
            print(name, *row, flush=True)


def rows(table, **values):
    """Return the rows of a `table` whose named columns have these values.

    ``rows(table("random_starts"), means="box", weights="equal")``
    """
    names = checks.instance("table", table, np.ndarray).dtype.names or ()
    for name, value in values.items():
        if name not in names:
            raise ValueError(f"{name} is no column: choose one of {', '.join(names)}")
        checks.instance(name, value, str, int, float, np.generic)
        table = table[table[name] == value]
    return table
