"""The figures of chapter 2 show what counting by labels, and by shares, gives."""

import numpy as np
import pytest
from common import held

import gmmlib as gl
from gmmlib.chapters.when_labels_are_known import (
    coin_likelihood,
    counted,
    one_gaussian,
    switches_to_dimmers,
    weights_on_a_line,
)
from gmmlib.datasets import coin_labels, coin_trials

X = coin_trials()


def test_switches_count_the_trials_of_each_coin():
    of_a = coin_labels() == 0
    alone = np.array([X[of_a].sum(axis=0), X[~of_a].sum(axis=0)])
    np.testing.assert_array_equal(counted(X, of_a.astype(float)), alone)


def test_dimmers_at_the_posterior_are_an_m_step():
    model = gl.CoinMixture([0.6, 0.5])
    heads, tails = counted(X, model.responsibilities(X)[:, 0]).T
    new = model.m_step(model.e_step(X)[0])
    np.testing.assert_allclose(heads / (heads + tails), new.heads, rtol=1e-12)


def test_the_sentence_says_whether_a_label_is_shared_and_what_comes_of_it():
    figure = switches_to_dimmers()
    start = figure.sentence(**figure.values())
    assert start.startswith("Switches") and "θ = .80" in start and "θ = .45" in start
    dimmed = figure.sentence(**figure.values(trial_1=0.5))
    assert dimmed.startswith("Dimmers")
    assert "26.5 heads of 35, so θ = .76" in dimmed  # 24 + 5/2 of 30 + 10/2
    none = figure.sentence(**dict.fromkeys(figure.controls, 0.0))
    assert "coin A has no tosses, so no estimate" in none


@pytest.mark.parametrize(
    "make, moved",
    [
        (switches_to_dimmers, {f"trial_{n}": n / 8 for n in range(1, 6)}),
        (coin_likelihood, {"theta": 0.37}),
        (coin_likelihood, {"theta": 0.98}),  # below the picture
        (one_gaussian, {"mu": 12.0, "sigma": 25.0}),
        (one_gaussian, {"mu": 45.0, "sigma": 4.0}),
        (weights_on_a_line, {"pi1": 0.13}),
    ],
)
def test_a_handle_stands_where_letting_go_of_it_changes_nothing(make, moved):
    figure = make()
    found = [item for handle in held(figure, **moved) for item in handle.items()]
    assert {name for name, _ in found} == set(moved)
    for name, value in found:
        assert value == pytest.approx(moved[name], abs=1e-9)
