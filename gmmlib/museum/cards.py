"""The museum of mistakes: its cards, and how they are dealt and scored (chapter 11).

The words of a card stand in `cards.toml`; the experiment that settles it is the
function of the card's name in `experiments.py`.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np

from gmmlib.museum import experiments
from gmmlib.numerics.checks import instance, whole_number

VERDICTS = ("right", "wrong", "it depends")
GROUPS = (
    *("inequalities", "Bayes", "M-step formulas", "bounds"),
    *("stopping", "starts", "words"),
)
HAND = 8  # cards of a game, two minutes each in class
CORRECTIONS = "“Where lecture notes go wrong”"
CHAPTERS = {
    1: "01_jensen_inequality",
    2: "02_when_labels_are_known",
    3: "03_two_coins",
    4: "04_why_em_works",
    5: "05_gaussian_mixture_model",
    6: "06_em_for_gaussian_mixtures",
    7: "07_where_you_start_matters",
    8: "08_when_em_goes_wrong",
    9: "09_how_many_groups",
}
ALL = tuple(CHAPTERS)
# Sections, named by a card, that stand in a companion
DEEPER = {"4", "5.8", "6.12", "7.9", "8.10", "9", "9.9"}


@dataclass(frozen=True)
class Card:
    """A claim, the verdict, and what settles it; `cards.toml` explains each field."""

    name: str
    group: str
    claim: str
    verdict: str
    shows: str
    repair: str
    section: str
    number: int  # in the catalogue, from 1
    bars: dict = field(default_factory=dict)
    over: str = ""
    along: str = ""
    curves: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    table: list = field(default_factory=list)
    digits: int = 2

    @property
    def chapter(self):
        """The number of the chapter that derives the repair."""
        return int(self.section.partition(".")[0])

    @property
    def where(self):
        """What to read: chapter and section, in words."""
        part = f"section {self.section}" if "." in self.section else CORRECTIONS
        companion = " (in its companion)" * (self.section in DEEPER)
        return f"chapter {self.chapter}{companion}, {part}"

    @property
    def notebook(self):
        """The file name of that chapter, or of its companion."""
        deeper = self.section in DEEPER
        stem = f"0{self.chapter}_deeper" if deeper else CHAPTERS[self.chapter]
        return f"{stem}.ipynb"

    @property
    def experiment(self):
        """The function of `experiments.py` that settles the claim, or None."""
        return getattr(experiments, self.name, None)

    def numbers(self):
        """Run the experiment, once; return its numbers by name."""
        return _numbers(self.name)


@cache
def cards():
    """Return all cards in the order of the catalogue."""
    text = (files("gmmlib.museum") / "cards.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["card"]
    return tuple(Card(**row, number=n) for n, row in enumerate(rows, start=1))


def named(name):
    """Return the card of that name."""
    for card in cards():
        if card.name == name:
            return card
    raise ValueError(f"name is {name!r}: pass the name of a card in cards.toml")


@cache
def _numbers(name):
    run = named(name).experiment
    return {} if run is None else run()


def deck(chapters=ALL):
    """Return the cards of these chapters, in the order of the catalogue."""
    chapters = instance("chapters", chapters, list, tuple, range)
    for chapter in chapters:
        if chapter not in CHAPTERS:
            raise ValueError(f"chapters has {chapter!r}: pass numbers from 1 to 9")
    if not len(chapters):
        raise ValueError("chapters is empty: pass at least one number from 1 to 9")
    return tuple(card for card in cards() if card.chapter in chapters)


def deal(game, chapters=ALL, size=HAND):
    """Return the hand of a game, drawn from the cards of these chapters.

    Every card is as likely as any other, and a hand has as many of each verdict as the
    deck has in proportion, rounded up or down: a systematic sample. Of all chapters
    half the cards are wrong, so one answer to everything is never right more than half.

    Parameters
    ----------
    game : int
        The seed: another game, another hand.
    chapters : sequence of int
        What has been taught.
    size : int
        If the deck is smaller, the hand is the deck.

    Returns
    -------
    tuple of Card
    """
    rng = np.random.default_rng(whole_number("game", game, least=0, most=np.inf))
    size = whole_number("size", size)
    held = deck(chapters)
    shuffled = [held[i] for i in rng.permutation(len(held))]
    shuffled.sort(key=lambda card: VERDICTS.index(card.verdict))
    size = min(size, len(held))
    places = (rng.random() + np.arange(size)) * len(held) / size
    hand = [shuffled[int(place)] for place in places]
    return tuple(hand[i] for i in rng.permutation(size))


def score(hand, votes):
    """Return how many of `hand` were judged, how many rightly, and what was missed.

    Parameters
    ----------
    hand : sequence of Card
    votes : dict of str to str
        The votes by the names of the cards; those that are not in `hand` do not count.

    Returns
    -------
    voted, right : int
    sections : list of str
        What to read again: the sections behind the wrong votes, in their order.
    """
    instance("votes", votes, dict)
    for card in instance("hand", hand, list, tuple):
        instance("hand", card, Card)
    judged = [card for card in hand if card.name in votes]
    missed = [card for card in judged if votes[card.name] != card.verdict]
    sections = {card.section for card in missed}
    order = sorted(sections, key=lambda s: tuple(map(int, s.split("."))))
    return len(judged), len(judged) - len(missed), order
