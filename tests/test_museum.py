"""Every card of the museum shows what it claims to show; the game is fair."""

import html
import inspect
import re
from collections import Counter

import numpy as np
import pytest
from chapters import ROOT

from gmmlib.museum import experiments
from gmmlib.museum.cards import (
    ALL,
    GROUPS,
    HAND,
    VERDICTS,
    cards,
    deal,
    deck,
    score,
)
from gmmlib.museum.game import ROOM, museum_game, museum_in_class
from gmmlib.museum.pictures import (
    Catalogue,
    _curves,
    card_picture,
    repaired,
    told,
    unbroken,
)
from gmmlib.show.look import figure

WORDS_ALONE = {
    "three_methods",
    "base_of_generative_models",
    "next_token",
    "density_based",
    "index_of_the_label",
}
every_card = pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)


@every_card
def test_an_experiment_finds_what_its_card_says(card):
    if card.name in WORDS_ALONE:
        assert card.experiment is None and card.table
    else:
        assert re.search(r"^    assert ", inspect.getsource(card.experiment), re.M)
        assert card.numbers  # it raises if it finds something else


@every_card
def test_a_card_is_whole_and_short_enough_to_read(card):
    assert card.verdict in VERDICTS and card.group in GROUPS
    assert len(card.claim) <= 160 and len(card.repair) <= 280
    assert sum(map(bool, (card.bars, card.curves, card.groups, card.table))) == 1
    text = told(card) + repaired(card)
    assert not re.search(r"\{\w+:", text) and not re.search(r"\bnan\b", text.lower())
    keys = [card.over] * bool(card.curves)
    keys += [*card.bars.values(), *card.curves.values(), *card.groups.values()]
    assert set(keys) <= set(card.numbers)


def test_a_card_needs_no_other_to_be_understood():
    for card in cards():
        words = card.claim + card.shows + card.repair
        assert not re.search(r"[Ee]xperiments? \d|Coins:|[Tt]rial \d", words), card.name


def test_the_section_that_a_card_names_exists():
    names = {card.notebook for card in cards()}
    pages = {n: (ROOT / "notebooks" / n).read_text(encoding="utf-8") for n in names}
    missing = set()
    for card in cards():
        lecture_notes = "Where lecture notes go wrong"
        heading = card.section if "." in card.section else lecture_notes
        if not re.search(rf'"## {re.escape(heading)}\b', pages[card.notebook]):
            missing.add(heading)
    assert not missing, "if they are in companions: write them into cards.DEEPER"


def test_each_experiment_belongs_to_a_card():
    assert len({card.name for card in cards()}) == len(cards())
    made = inspect.getmembers(experiments, inspect.isfunction)
    own = {n for n, f in made if f.__module__ == experiments.__name__}
    public = {name for name in own if not name.startswith("_")}
    assert public == {card.name for card in cards()} - WORDS_ALONE


def test_one_answer_to_all_cards_never_wins():
    assert 2 * max(Counter(card.verdict for card in cards()).values()) <= len(cards())
    for game in range(200):
        hand = deal(game)
        assert len({card.name for card in hand}) == len(hand) == HAND
        assert max(Counter(card.verdict for card in hand).values()) <= HAND / 2
    assert deal(3) == deal(3) != deal(4)


@pytest.mark.parametrize("chapters", [ALL, (1, 2, 3), (1, 3, 5)], ids=str)
def test_every_card_is_dealt_as_often_as_another(chapters):
    games, held = 4000, deck(chapters)
    dealt = Counter(c.name for g in range(games) for c in deal(g, chapters))
    share = HAND / len(held)
    spread = np.sqrt(games * share * (1 - share))
    assert set(dealt) == {card.name for card in held}
    off = [(dealt[c.name] - games * share) / spread for c in held]
    assert np.abs(off).max() < 4 and np.std(off) < 1.5


def test_only_cards_of_the_chapters_taught_are_dealt():
    for game in range(50):
        assert {card.chapter for card in deal(game, (1, 3))} <= {1, 3}
    whole = {card.name for card in deck([2])}
    assert {card.name for card in deal(0, [2])} == whole and len(whole) < HAND
    assert len(deal(0, size=3)) == 3
    with pytest.raises(ValueError, match="chapters has 12"):
        deck([1, 12])
    with pytest.raises(ValueError, match="chapters is empty"):
        deal(0, [])


def test_the_score_counts_and_names_what_to_read_again():
    hand = deal(3)
    truth = {card.name: card.verdict for card in hand}
    assert score(hand, truth) == (8, 8, [])
    first = hand[0]
    assert score(hand, {first.name: _another(first)}) == (1, 0, [first.section])
    assert score(hand, {"no such card": "right"}) == (0, 0, [])


def test_every_card_is_listed_once():
    listed = [card for group in GROUPS for card in Catalogue(group).cards]
    assert Counter(c.name for c in listed) == Counter(c.name for c in cards())
    page = Catalogue("Bayes")
    assert page._repr_html_().count("<details>") == repr(page).count("(chapter")


def test_the_verdict_hides_until_it_is_revealed():
    shown = museum_in_class()
    axiom = next(card for card in cards() if card.name == "axiom")
    before = shown._picture.value
    assert "The claim is" not in before and "def axiom" not in before
    assert axiom.claim.partition("'")[0] in before
    shown.controls["wrong"].value, shown.controls["depends"].value = 21, 4
    assert "The claim is" not in shown._picture.value
    shown.controls["reveal"].value = True
    after = shown._picture.value
    assert "21 of 25 said so" in after and "def axiom" in after
    shown.controls["card"].value = 2
    assert "The claim is" not in shown._picture.value
    assert shown.controls["wrong"].value == 0


def test_a_verdict_moves_nothing_and_its_words_are_no_pixels():
    game = museum_game()
    first = game._picture.value
    game.controls["votes"].children[1].click()
    voted = game._picture.value
    for name in ("width", "height"):
        sizes = [re.search(rf'<img [^>]* {name}="(\d+)"', v)[1] for v in (first, voted)]
        assert sizes[0] == sizes[1]
    assert f"min-height:{ROOM}px" in first and f"min-height:{ROOM}px" in voted
    card = deal(1)[0]
    with_words = re.sub(r"<[^>]*>", "", voted)
    assert all(w in with_words for w in (f"“{card.claim[:20]}", told(card)[:20]))
    drawn = card_picture(card.number, *game.fig.get_size_inches(), game.fig.dpi)
    values = game.values()
    assert (np.asarray(game.frame(**values)) == drawn).all()  # the experiment alone


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
    for name, value in (("game", 2), ("last", 3)):
        game.controls[name].value = value
        assert ballot.value == () and card.value == 1
        right.click()
    assert ballot.value[0][0] in {c.name for c in deck((1, 2, 3))}


def test_a_finished_game_says_what_to_read_again():
    hand, game = deal(1), museum_game()
    missed, *others = hand
    votes = [(c.name, c.verdict) for c in others]
    votes = (*votes, (missed.name, _another(missed)))
    line = game.sentence(game=1, last=9, card=1, votes=votes)
    section = missed.section + " (lecture notes)" * ("." not in missed.section)
    assert line.endswith(f"Score 7 of 8. Read again: {section}.")
    line = game.sentence(game=1, last=9, card=1, votes=votes[:-1])
    assert "7 of 7 right, 1 to go" in line


def test_a_chapter_alone_means_its_section_on_lecture_notes():
    game = museum_game()
    number = next(n for n in range(1, 21) if any("." not in c.section for c in deal(n)))
    votes = tuple((card.name, _another(card)) for card in deal(number))
    line = game.sentence(game=number, last=9, card=1, votes=votes)
    for card in deal(number):
        section = card.section + " (lecture notes)" * ("." not in card.section)
        assert re.search(rf"[ ,]{re.escape(section)}[,.]", line)


def _another(card):
    return next(v for v in VERDICTS if v != card.verdict)


def test_no_line_of_a_claim_ends_within_a_formula():
    for card in cards():
        assert not re.search(r"([Σ∏∫½][ₙₖⱼ]?|\bln|[=−]) ", unbroken(card.claim))
        assert unbroken(card.claim).split() == card.claim.split()
    shown = museum_in_class()._html(museum_in_class().values(card=49))
    assert unbroken(cards()[48].claim) in html.unescape(shown)
    assert unbroken(cards()[48].claim) != cards()[48].claim


def test_an_unknown_group_is_named():
    with pytest.raises(ValueError, match="group is 'none'"):
        Catalogue("none")


@pytest.mark.parametrize("card", [c for c in cards() if c.curves], ids=lambda c: c.name)
def test_the_curves_of_a_card_are_within_its_picture(card):
    ax = figure(4.4, 3.6).subplots()
    _curves(ax, card)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for x, y in (line.get_data() for line in ax.lines):
        assert left <= np.min(x) <= np.max(x) <= right
        assert low <= np.min(y) <= np.max(y) <= high
