"""What several test modules share: random mixtures, and what a good error says."""

import asyncio
import re
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

import gmmlib as gl

TABLES = Path(__file__).parents[1] / "notebooks" / "tables"

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("steady")


def in_a_loop(function):
    """Run a coroutine function in a loop of its own, whatever runs in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(function())).result()


COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")

seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 4)
covariance_types = st.sampled_from(COVARIANCE_TYPES)


def table_script(name):
    """Return what the script of a committed table defines."""
    return SimpleNamespace(**runpy.run_path(str(TABLES / f"{name}.py")))


def random_covariances(rng, K, D, covariance_type="full"):
    """Draw K legal covariances of a type, correlated where the type allows it."""
    if covariance_type == "spherical":
        return rng.uniform(0.3, 3, K)[:, None, None] * np.eye(D)
    if covariance_type == "diag":
        return rng.uniform(0.3, 3, (K, D, 1)) * np.eye(D)
    A = rng.normal(size=(K, D, D))
    covariances = A @ A.transpose(0, 2, 1) + 0.3 * np.eye(D)
    if covariance_type == "tied":
        covariances[:] = covariances[0]
    return covariances


def random_mixture(rng, K, D, covariance_type="full", floor=0.0, prior=None):
    """Draw a Gaussian mixture whose components overlap."""
    return gl.GaussianMixture(
        rng.dirichlet(np.full(K, 3.0)),
        rng.normal(scale=3, size=(K, D)),
        random_covariances(rng, K, D, covariance_type),
        covariance_type,
        floor,
        prior,
    )


def random_coins(rng, K, learn_weights=True):
    """Draw coins that are neither certain nor equal."""
    return gl.CoinMixture(
        rng.uniform(0.05, 0.95, K), rng.dirichlet(np.full(K, 3.0)), learn_weights
    )


def model_and_data(seed, kind, N=40):
    """Draw a model of a kind ("coins" or a covariance type), and points near it."""
    rng = np.random.default_rng(seed)
    K, D = rng.integers(1, 5), rng.integers(1, 4)
    if kind == "coins":
        model = random_coins(rng, K, learn_weights=bool(seed % 2))
        return model, random_coins(rng, K + 1).sample(N, rng, tosses=12)[0]
    model = random_mixture(rng, K, D, kind)
    return model, random_mixture(rng, K + 1, D).sample(N, rng)[0]


kinds = st.sampled_from(("coins", *COVARIANCE_TYPES))


def parameters(model):
    """Return the parameters of a model that are arrays."""
    values = (getattr(model, name) for name in model.parameter_names)
    return [value for value in values if isinstance(value, np.ndarray)]


def assert_close(model, other, rtol=1e-10, atol=1e-10):
    """Assert that two models have the same parameters to a tolerance."""
    for mine, theirs in zip(parameters(model), parameters(other), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)


REMEDY = re.compile(
    r"\b(pass|divide|remove|replace|drop|choose|set|start|take|change|clip)\b"
)


def assert_one_sentence(error, argument, *findings):
    """Assert that a message names the argument, what was found, and what to do."""
    message = str(getattr(error, "value", error))
    assert "\n" not in message, f"more than one line: {message}"
    assert not re.search(r"[.!?]\s+[A-Z]", message), (
        f"more than one sentence: {message}"
    )
    assert len(message) < 250, f"too long to read: {message}"
    finding, colon, remedy = message.rpartition(": ")
    assert colon, f"no remedy after a colon: {message}"
    assert argument in finding, f"{argument} is not named: {message}"
    for found in findings:
        assert str(found) in finding, f"{found} is not told: {message}"
    assert REMEDY.search(remedy), f"nothing to do is offered: {message}"


def held(figure, **values):
    """Return what each handle of a live figure sets where it stands: {control: value}.

    One dict a handle, in drawing order; `values` are changes to the controls' first.
    """
    with figure._drawn(figure.values(**values)) as (_, artists):
        handles = [artist for artist in artists if hasattr(artist, "holds")]
        places = [zip(h.holds, h.get_xydata()[0], strict=True) for h in handles]
        return [
            {name: value_at(at) for (name, value_at), at in place if name}
            for place in places
        ]
