"""Coins that cannot be told apart: the smallest mixture with everything in it.

Each trial takes one of K coins and tosses it a number of times; which coin it was stays
hidden. Chapter 3 tells the story, chapter 4 proves it.
"""

from dataclasses import dataclass

import numpy as np

from gmmlib.em import Mixture, Statistics, posterior
from gmmlib.numerics import checks
from gmmlib.numerics.blocks import PointError
from gmmlib.numerics.guards import not_starved


@dataclass(frozen=True)
class CoinStatistics(Statistics):
    """Expected counts of one E-step; all arrays have shape (K,)."""

    model: Mixture
    counts: np.ndarray  # trials of each coin: N_k = Σ_n r_nk
    heads: np.ndarray  # Σ_n r_nk h_n
    tails: np.ndarray  # Σ_n r_nk t_n


class CoinMixture(Mixture):
    """K coins; each trial takes coin k with probability weights[k].

    Parameters
    ----------
    heads : array_like, shape (K,)
        θ_k, the probability of heads of each coin; 0 and 1 are legal.
    weights : array_like, shape (K,), optional
        π_k; equal if left out. A coin of weight 0 keeps its θ.
    learn_weights : bool
        Whether the M-step changes the weights as well.

    Notes
    -----
    Data x have shape (N, 2): heads and tails of each trial, of any length. The
    log-likelihood is that of the *sequences*, h ln θ + t ln(1 − θ), without
    binomial coefficients: these do not depend on θ. Computed in float64. Source: Do &
    Batzoglou (2008), What is the expectation maximization algorithm?
    """

    parameter_names = ("heads", "weights", "learn_weights")
    columns = ("heads", "tails")

    def __init__(self, heads, weights=None, learn_weights=False):
        heads = checks.finite_floats("heads", heads)
        if heads.ndim != 1 or len(heads) == 0:
            raise ValueError(
                f"heads has shape {heads.shape}: pass one probability for each coin"
            )
        wrong = (heads < 0) | (heads > 1)
        if wrong.any():
            k = int(wrong.argmax())
            raise ValueError(
                f"heads[{k}] is {heads[k]:.15g}: pass probabilities between 0 and 1"
            )
        K = len(heads)
        weights = np.full(K, 1 / K) if weights is None else weights
        self._set(
            heads=heads.copy(),
            weights=checks.probabilities("weights", weights, K).copy(),
            learn_weights=bool(learn_weights),
        )

    @property
    def K(self):
        """The number of coins."""
        return len(self.heads)

    @property
    def n_parameters(self):
        """Free parameters: one for each coin, and K − 1 weights if they are learned."""
        return self.K + (self.K - 1 if self.learn_weights else 0)

    def check_data(self, x):
        """Return x as an array with one row per trial, or say what is wrong."""
        x = checks.real_array("x", x)
        if x.ndim != 2 or x.shape[1] != len(self.columns):
            raise ValueError(
                f"x has shape {x.shape}: pass (N, {len(self.columns)}), "
                f"{', '.join(self.columns)} of each trial"
            )
        return x

    def log_joint_of(self, x):
        """Return ln π_k + h_n ln θ_k + t_n ln(1 − θ_k) for each trial and coin."""
        _check_tosses(x)
        h, t = x[:, :1], x[:, 1:]
        with np.errstate(divide="ignore"):
            log_weights, log_heads = np.log(self.weights), np.log(self.heads)
            log_tails = np.log1p(-self.heads)
        return log_weights + _times(h, log_heads) + _times(t, log_tails)

    def e_step_of(self, x):
        """Weigh each trial by p(coin | trial), and count heads and tails."""
        r, log_evidence = posterior(self.log_joint_of(x))  # (3.2), (3.3)
        return self.statistics_of(x, r), log_evidence.sum()  # (3.7)

    def statistics_of(self, x, q):
        """Count heads and tails of each coin, where trial n is q_nk of coin k's."""
        h, t = x[:, :2].T
        return CoinStatistics(self, q.sum(axis=0), h @ q, t @ q)  # (3.4)

    def m_step(self, statistics):
        """Return the coins that fit the expected counts best: heads out of all tosses.

        Raises CollapseError if a coin has got no tosses at all.
        """
        statistics.check_model(self)
        heads, tosses = statistics.heads, statistics.heads + statistics.tails
        not_starved(self.weights, tosses)
        used = self.weights > 0
        heads = np.divide(heads, tosses, where=used, out=self.heads.copy())  # (3.5)
        weights = statistics.counts / statistics.counts.sum()  # (3.8)
        return type(self)(
            heads, weights if self.learn_weights else self.weights, self.learn_weights
        )

    def sample(self, n, rng, tosses=10):
        """Draw n trials of `tosses` tosses: x (n, 2) and the hidden coins z (n,)."""
        rng = checks.generator(rng)
        n = checks.whole_number("n", n, least=0)
        tosses = checks.whole_number("tosses", tosses, least=0)
        z = rng.choice(self.K, size=n, p=self.weights).astype(np.intp)
        h = rng.binomial(tosses, self.heads[z])
        return np.column_stack([h, tosses - h]), z


class RevealedCoins(CoinMixture):
    """Coins of which some trials say which coin was tossed.

    Data x have shape (N, 3): heads, tails, and the coin (0 to K − 1), or −1 where it is
    hidden. A trial that is told has one possible coin, with responsibility 1, and adds
    ln p(x_n, z_n) to the log-likelihood. All else is the same EM.
    """

    columns = ("heads", "tails", "coin or -1")

    def log_joint_of(self, x):
        """Return the log joint of `CoinMixture`, −∞ for every coin but the one told."""
        named = x[:, 2:]
        unknown = ~np.isin(named, np.arange(-1, self.K))
        if unknown.any():
            n = int(unknown.argmax())
            coin = f"{named[n, 0]:.15g}"
            raise PointError(
                n, f"names coin {coin}: pass 0 to {self.K - 1}, or -1 if hidden"
            )
        possible = (named == -1) | (named == np.arange(self.K))
        return np.where(possible, super().log_joint_of(x[:, :2]), -np.inf)


def toss(outcomes):
    """Count a trial written out: ``toss("HTTTHHTHTH")`` is (5, 5), heads and tails.

    ``toss("")`` is (0, 0): a trial without tosses is legal, and teaches nothing.
    """
    if not isinstance(outcomes, str):
        raise TypeError(f"outcomes is {outcomes!r}: pass a string such as 'HTTH'")
    for i, letter in enumerate(outcomes):
        if letter not in "HT":
            raise ValueError(f"outcomes[{i}] is {letter!r}: pass H or T for each toss")
    return outcomes.count("H"), outcomes.count("T")


def _times(n, log_p):
    """Return n ln p, shape (N, K), where 0 · ln 0 = 0."""
    with np.errstate(invalid="ignore"):
        return np.where(n == 0, 0.0, n * log_p)


def _check_tosses(x):
    wrong = (x < 0) | (x != np.floor(x))
    if wrong.any():
        n, column = np.argwhere(wrong)[0]
        raise PointError(
            n,
            f"has {x[n, column]:.15g} {('heads', 'tails')[column]}: "
            "pass whole numbers of tosses, 0 or more",
        )
