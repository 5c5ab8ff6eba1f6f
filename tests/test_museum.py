"""Every card of the museum shows what it claims to show; the game is fair."""

import re
from collections import Counter

import numpy as np
import pytest
from chapters import ROOT

from gmmlib.museum import experiments
from gmmlib.museum.cards import GAME, GROUPS, VERDICTS, cards, deal, named, score
from gmmlib.museum.game import browse_cards, museum_game
from gmmlib.museum.pictures import Catalogue, _wrapped, repaired, told

WORDS_ALONE = {
    "three_methods",
    "base_of_generative_models",
    "next_token",
    "density_based",
    "index_of_the_label",
}

# What the experiment of each card must find for its verdict to stand.
FINDS = {
    "axiom": lambda n: n["convex"] >= 0 > n["neither"],
    "outside_the_chord": lambda n: n["left"] == 2.25 and n["right"] == 1.5,
    "turned_round": lambda n: n["turned"] == n["draws"] == 1000,
    "square_of_the_mean": lambda n: n["right"] - n["left"] == n["variance"] > 0,
    "not_convex": lambda n: n["left"] <= n["right"] and n["mirror"] > -n["right"],
    "straight_on_the_values": lambda n: n["gap"] == 1 and n["affine"] == 0,
    "concave": lambda n: n["left"] > n["right"],
    "log_outside_or_inside": lambda n: n["outside"] - n["inside"] > 20,
    "certain_gap": lambda n: n["none"] == 0 < n["half"] < n["one"],
    "cut_off": lambda n: n["a"] + n["b"] == pytest.approx(1) and n["claimed"] < 1,
    "estimate_or_probability": lambda n: n["top"] == 0.5 and n["height"] == 2.0**-10,
    "prior_cancels": lambda n: n["unfair"] > 0.85 > n["fair"],
    "orders_cancel": lambda n: n["with"] == pytest.approx(n["without"]),
    "sum_and_product": lambda n: n["rows"] < 0.002,
    "one_coin_for_all": lambda n: n["best"] == 0.66 and n["merged"] < n["ell"] - 0.4,
    "height_172": lambda n: n["third"] == pytest.approx(0.56, abs=0.005),
    "ever_taller": lambda n: (np.diff(n["equal"]) > 0).all() and n["turn"] == 126,
    "both_are_soft": lambda n: abs(n["logistic"] - n["generative"]) < 0.03,
    "sum_of_conditionals": lambda n: [round(n[k], 4) for k in n] == [3, 1],
    "joint_or_conditional": lambda n: n["conditional"] == pytest.approx(1),
    "posterior_without_parameters": lambda n: n["moved"] > 0.4 > n["second"],
    "independent_labels": lambda n: abs(n["labels"]) < 0.05 and n["points"] > 0.7,
    "one_hot": lambda n: n["correlation"] < -0.3 and n["sum"] == 1,
    "mixture_is_normal": lambda n: n["a"] < -4 * n["error"] and n["short"] > 900,
    "positive_log_likelihood": lambda n: n["metres"] > 0 > n["millimetres"],
    "hard_e_step": lambda n: n["hard"] < n["soft"] - 1,
    "split_heads": lambda n: n["sum"] == pytest.approx(n["heads"]),
    "heads_over_all_tosses": lambda n: n["ell"] < n["right"] - 3 and n["b"] < 1e-6,
    "weights_left_out": lambda n: n["wrong"] < n["right"] - 5,
    "weights_follow": lambda n: n["own"] > n["even"] > n["odd"],
    "one_over_n": lambda n: n["after"] < n["before"] - 1000,
    "means_over_n": lambda n: n["after"] < n["before"] - 1000,
    "one_variance": lambda n: n["full"] > n["diag"] > n["round"],
    "minus_the_log": lambda n: n["obeyed"] == n["theta"][0],
    "one_peak": lambda n: n["peaks"] == 2,
    "parabola_in_variance": lambda n: abs(n["turn"] - 2) < 0.05,
    "concave_in_precision": lambda n: n["bend"] < 0,
    "sign_of_lambda": lambda n: n["plus"] == n["minus"] > 0,
    "determinant": lambda n: n["right"] > 97 and n["wrong"] < 80,
    "sign_of_the_slope": lambda n: n["up"] > n["start"] > n["down"],
    "slope_in_variance": lambda n: n["right"] == 1 and n["claimed"] == -0.25,
    "off_diagonal": lambda n: (
        n["formula"] == pytest.approx(n["one"], rel=1e-3)
        and n["both"] == pytest.approx(2 * n["one"], rel=1e-3)
    ),
    "squared": lambda n: n["after"] < n["before"] - 5,
    "whole_counts": lambda n: n["a"] % 1 > 0.1 and n["sum"] == pytest.approx(1500),
    "all_labels_one": lambda n: n["ell"] < n["best"] - 900,
    "expectation_or_maximum": lambda n: n["after"] > n["before"] + 1,
    "product_of_parameters": lambda n: n["p"] < 1e-12 < n["claimed"],
    "old_inside_the_log": lambda n: n["flat"] == n["flat_after"] < n["after"],
    "argmax_over_the_old": lambda n: n["claimed"] < n["right"] - 10,
    "integral_over_labels": lambda n: n["sum"] < n["coarse"] < n["fine"] < 0,
    "any_guess": lambda n: (
        n["posterior"] == pytest.approx(n["ell"])
        and n["ell"] > n["even"] > n["swapped"]
    ),
    "expectation_of_the_joint": lambda n: (
        n["right"] == pytest.approx(n["p"]) == pytest.approx(2 * n["claimed"])
    ),
    "guess_inside_the_log": lambda n: n["claimed"] > n["ell"] + 2,
    "drop_the_entropy": lambda n: n["start"] > n["first"] + 20 > n["best"] + 60,
    "hard_gradient": lambda n: abs(n["formula"] - n["differences"]) < 1e-4,
    "product_of_densities": lambda n: n["product"] == 0 and n["points"] < 100,
    "global_maximum": lambda n: n["end"] > n["sane"] + 50,
    "one_gaussian_is_bounded": lambda n: n["thinner"] > n["thin"] + 30,
    "tied_is_bounded": lambda n: n["two"] > n["wide"] > n["three"],
    "prior_bounds": lambda n: n["ell"] > n["sane"] + 1 and n["billions"] > 4,
    "accounts": lambda n: n["sum"] == pytest.approx(n["ell"]),
    "missing_divergence": lambda n: n["divergence"] > 10,
    "joint_in_place_of_marginal": lambda n: n["joint"] < n["ell"] - 0.1,
    "until_theta_rests": lambda n: n["first"] == 2 and (np.diff(n["a"]) > 0).all(),
    "stop_on_q": lambda n: n["stopped"] == 7 and n["short"] > 300,
    "stopped_is_arrived": lambda n: n["saddle"] < n["peak"] - 0.4,
    "plateau": lambda n: n["short"] > 300,
    "one_fixed_share": lambda n: abs(n["late"] - n["later"]) < 0.002,
    "crawl": lambda n: n["gain"] == pytest.approx(n["step"] ** 2, rel=0.1),
    "never_falls": lambda n: n["least"] > -1e-6,
    "formulas_are_enough": lambda n: n["good"] > n["loose"] + 300,
    "unequal_corners": lambda n: n["lower"] - n["mean"] > 9 and n["least"] < 0,
    "start_at_the_answer": lambda n: n["gain"] < 0.01,
    "means_or_covariances": lambda n: n["sizes"] < n["means"] < n["shapes"],
    "far_apart": lambda n: (
        n["narrow_far"] - n["narrow_close"] > 5 > n["fitted_far"] - n["fitted_close"]
    ),
    "greedy_finds_the_best": lambda n: n["short"] > 300,
    "too_far": lambda n: n["near"] > n["hundred"] + 900 and n["zeros"] == 1500,
    "same_start_other_points": lambda n: n["small"] < 30 and n["large"] > 90,
    "restarts_help": lambda n: n["three"] > n["one"],
    "equal_components": lambda n: n["nudged"] > n["stuck"] + 900,
    "best_number_of_groups": lambda n: n["six"] > n["three"] and n["best"] == 3,
    "kmeans_or_mixture": lambda n: n["round"] > 90 and n["long"] < 60 < n["long_em"],
    "chain_that_remembers": lambda n: list(n.values()) == [25, 50, 100],
    "parameters_of_coins": lambda n: list(n.values()) == [2, 5, 50],
    "weights_are_latent": lambda n: n["first"] != n["last"],
    "bayesian": lambda n: 0 < n["label"] < 1,
    "prior_knowledge": lambda n: n["fitted"] > n["given"] + 0.2,
    "only_clusters": lambda n: n["stranger"] < n["typical"] - 10,
    "expected_log_likelihood": lambda n: n["Q"] < n["ell"],
    "no_run_needed": lambda n: n["wrong"] == pytest.approx(2, abs=1e-3),
}
every_card = pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)


@every_card
def test_an_experiment_finds_what_its_card_says(card):
    if card.name in WORDS_ALONE:
        assert card.experiment is None and card.table
    else:
        assert FINDS[card.name](card.numbers())


@every_card
def test_a_card_is_whole_and_short_enough_to_read(card):
    assert card.verdict in VERDICTS and card.group in GROUPS
    assert len(card.claim) <= 160 and len(card.repair) <= 280
    assert sum(map(bool, (card.bars, card.curves, card.groups, card.table))) == 1
    text = told(card) + repaired(card)
    assert not re.search(r"\{\w+:", text) and not re.search(r"\bnan\b", text.lower())


@every_card
def test_the_section_that_a_card_names_exists(card):
    text = (ROOT / "notebooks" / card.notebook).read_text(encoding="utf-8")
    heading = card.section if "." in card.section else "Where lecture notes go wrong"
    assert f'"## {heading}' in text


def test_each_experiment_belongs_to_a_card():
    names = {c.name for c in cards()}
    assert len(names) == len(cards())
    made = {n for n, f in vars(experiments).items() if _is_experiment(n, f)}
    assert made <= names


def _is_experiment(name, value):
    own = getattr(value, "__module__", "") == experiments.__name__
    return own and callable(value) and not name.startswith("_")


@pytest.mark.parametrize("game", range(1, 21))
def test_one_answer_to_all_cards_never_wins(game):
    hand = deal(game)
    assert len({card.name for card in hand}) == GAME
    assert max(Counter(card.verdict for card in hand).values()) <= GAME / 2
    assert hand == deal(game)


def test_the_score_counts_and_names_what_to_read_again():
    hand = deal(3)
    truth = {card.name: card.verdict for card in hand}
    assert score(hand, truth) == (12, 12, [])
    first = hand[0]
    wrong = next(v for v in VERDICTS if v != first.verdict)
    assert score(hand, {first.name: wrong}) == (1, 0, [first.section])
    assert score(hand, {"no such card": "right"}) == (0, 0, [])


def test_every_card_is_listed_once():
    listed = [card for group in GROUPS for card in Catalogue(group).cards]
    assert Counter(c.name for c in listed) == Counter(c.name for c in cards())
    page = Catalogue("Bayes")
    assert page._repr_html_().count("<details>") == repr(page).count("(chapter")


def test_the_verdict_hides_until_there_is_a_vote():
    shown = browse_cards()
    before = shown._picture.value
    assert "Verdict and repair" not in before and "verdict:" not in before
    shown.controls["vote"].value = "wrong"
    assert "Verdict and repair" in shown._picture.value
    assert "def axiom" in shown._picture.value


def test_votes_are_kept_while_one_walks_through_a_game():
    game = museum_game()
    ballot, card = game.controls["votes"], game.controls["card"]
    right, wrong, depends, onward = ballot.children[1:]
    right.click()
    wrong.click()  # the first vote counts
    assert ballot.value == ((deal(1)[0].name, "right"),)
    onward.click()
    assert card.value == 2
    depends.click()
    assert len(ballot.value) == 2
    game.controls["game"].value = 2
    assert ballot.value == () and card.value == 1


def test_a_finished_game_says_what_to_read_again():
    game = museum_game()
    for n, shown in enumerate(deal(1), start=1):
        game.controls["card"].value = n
        vote = shown.verdict if n > 1 else _another(shown.verdict)
        game.controls["votes"].children[1 + VERDICTS.index(vote)].click()
    section = deal(1)[0].section
    assert f"Score 11 of 12. Read again: {section}." in game._picture.value


def test_a_chapter_alone_means_its_section_on_lecture_notes():
    hand, game = deal(6), museum_game()
    votes = tuple((card.name, _another(card.verdict)) for card in hand)
    assert any("." not in card.section for card in hand)
    line = game.sentence(game=6, card=1, votes=votes)
    for card in hand:
        named = card.section + " (lecture notes)" * ("." not in card.section)
        assert re.search(rf"[ ,]{re.escape(named)}[,.]", line)


def _another(verdict):
    return next(v for v in VERDICTS if v != verdict)


@every_card
def test_no_line_of_a_claim_ends_within_a_formula(card):
    wrapped = _wrapped(f"“{card.claim}”", 14, "bold")
    assert not re.search(r"([Σ∏∫½][ₙₖⱼ]?|\bln|[=−])\n", wrapped)
    assert wrapped.split() == f"“{card.claim}”".split()


def test_an_unknown_group_is_named():
    with pytest.raises(ValueError, match="group is 'none'"):
        Catalogue("none")
    assert named("axiom").number == 1
