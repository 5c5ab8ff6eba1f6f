"""The museum of mistakes, to be played: a game for one, and a card for a class."""

import html

import ipywidgets as W
import traitlets

from gmmlib.museum.cards import ALL, HAND, VERDICTS, deal, deck, score
from gmmlib.museum.pictures import settled, show_picture, source, told, unbroken
from gmmlib.show import marks
from gmmlib.show.controls import slider, switch
from gmmlib.show.live import Live, Told
from gmmlib.show.look import figure, look
from gmmlib.show.palette import FAINT

GAMES = 20
PICTURE = (4.4, 3.6)  # inches; as wide is the column of words beside it
ROOM = 400  # pixels of height kept for the words, so that a verdict moves nothing
FOLDED = 28  # and for the folded code
SEATS = 60


def museum_game(chapters=ALL, size=HAND) -> Live:
    """Judge eight cards; the score says what to read again."""
    chapters = sorted({card.chapter for card in deck(chapters)})

    def dealt(game, last):
        return deal(game, [c for c in chapters if c <= last], size)

    with look():
        fig = figure(*PICTURE)
        fig.subplots().axis("off")

    def show(game, last, card, votes):
        hand, votes = dealt(game, last), dict(votes)
        card = min(card, len(hand))
        shown = hand[card - 1]
        vote = votes.get(shown.name)
        if vote:
            show_picture(fig, shown)
        else:
            middle = {"ha": "center", "va": "center", "color": FAINT}
            fig.text(0.5, 0.55, "?", size=110, **middle)
            fig.text(0.5, 0.2, "right, wrong, or does it depend?", **middle)
        head = f"Game {game}, card {card} of {len(hand)}"
        return _words(head, shown, vote, _standing(hand, votes), _places(hand, votes))

    controls = {
        "game": slider("game", 1, 1, GAMES, 1, help="Another game, other cards"),
        "last": slider(
            *("up to chapter", chapters[-1], chapters[0], chapters[-1], 1),
            help="Cards of the chapters that have been taught",
        ),
        "card": slider("card", 1, 1, size, 1),
    }
    controls["votes"] = _Ballot(dealt, **controls)
    first = dealt(1, chapters[-1])[0].name
    return _Cards(fig, show, ({}, {"votes": ((first, "wrong"),)}), **controls)


def museum_in_class(chapters=ALL) -> Live:
    """Project one card: the class raises hands, you enter the counts, then reveal."""
    held = deck(chapters)

    with look():
        fig = figure(*PICTURE)
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(2.6, -0.6), xticks=(), title="what the class says")
        ax.set_yticks(range(3), VERDICTS)
        ax.tick_params(left=False)
        ax.spines[["left", "bottom"]].set_visible(False)

    def show(card, right, wrong, depends, reveal):
        shown, counts = held[card - 1], (right, wrong, depends)
        ax.set_visible(not reveal)
        if reveal:
            show_picture(fig, shown)
        for k, count in enumerate(counts if not reveal else ()):
            length = 0.88 * count / max(*counts, 1)
            marks.bars(ax, [k], [length], across=True, k=k)
            marks.word(ax, length + 0.06, k, str(count))
        head = f"Card {shown.number}"
        total, hits = sum(counts), counts[VERDICTS.index(shown.verdict)]
        said = f"{hits} of {total} said so" if reveal and total else ""
        return _words(head, shown, "revealed" if reveal else "", said)

    counts = {
        name: slider(verdict, 0, 0, SEATS, 1, help=f"Hands raised for {verdict}")
        for name, verdict in zip(("right", "wrong", "depends"), VERDICTS, strict=True)
    }
    controls = {
        "card": slider("card", 1, 1, len(held), 1),
        **counts,
        "reveal": switch("reveal", help="Show verdict, experiment and repair"),
    }

    def again(_):
        controls["reveal"].value = False
        for count in counts.values():
            count.value = 0

    controls["card"].observe(again, "value")
    fourth = {"card": min(4, len(held)), "right": 12, "wrong": 9, "depends": 4}
    return _Cards(fig, show, (fourth, fourth | {"reveal": True}), **controls)


# Words beside the picture.


def _words(head, card, vote, standing="", places=""):
    """Return the sentence of a card, with its whole text as HTML.

    No `vote`: the verdict is still to come.
    """
    claim = f"“{card.claim}”"
    verdict = f"You said {vote}. " if vote in VERDICTS else ""
    verdict += (
        "It depends" if card.verdict == "it depends" else f"The claim is {card.verdict}"
    )
    said = f"{verdict}. {told(card)}" if vote else f"{claim} Think, then vote."
    said = Told(f"{head}: {said}" + (f" {standing}." if standing else ""))
    said.code = source(card) if vote else ""
    sign = {card.verdict: "✓ ", "revealed": ""}.get(vote, "✗ ")
    answer = f"<p><b>{sign}{verdict}.</b></p>{settled(card)}" if vote else ""
    below = f"<p>{places}</p>" * bool(places) + f"<p>{standing}</p>" * bool(standing)
    said.html = (
        f'<div style="min-height:{ROOM}px;line-height:1.35"><small>{head} · '
        f'{card.group}</small><p style="font-size:1.25em;margin:.3em 0">'
        f"<b>{html.escape(unbroken(claim))}</b></p>{answer}{below}</div>"
    )
    return said


def _standing(hand, votes):
    """Say how a game stands, and at its end what to read again."""
    judged, right, sections = score(hand, votes)
    if judged < len(hand):
        so_far = f"{right} of {judged} right, " if judged else ""
        return f"{so_far}{len(hand) - judged} to go"
    again = [s if "." in s else f"{s} (lecture notes)" for s in sections]
    return f"Score {right} of {judged}. Read again: {', '.join(again) or 'nothing'}"


def _places(hand, votes):
    """Return the numbers of the cards, those judged with ✓ or ✗."""
    signs = {True: "✓", False: "✗"}
    return "&ensp;".join(
        f"{n}{signs[votes[c.name] == c.verdict] if c.name in votes else ''}"
        for n, c in enumerate(hand, start=1)
    )


class _Cards(Live):
    """A live figure of cards: the words beside the picture, or above it if narrow."""

    def _html(self, values, said=None):
        beside = "flex-flow:row-reverse wrap-reverse;justify-content:flex-end;gap:16px"
        card = super()._html(values, said)
        code = getattr(self._said, "code", "")  # not among the words: nobody hears it
        kept = f'<div style="min-height:{FOLDED}px">{code}</div>'
        return f'<div style="display:flex;{beside}">{card}</div>{kept}'


# Votes.


class _Ballot(W.HBox):
    """Buttons that vote on the present card, and one that goes to the next.

    `value` holds pairs (card's name, vote) of the cards judged so far.
    """

    value = traitlets.Tuple()
    description = "your vote"
    tooltip = "Your vote on this card"  # not sent: a box in the browser cannot have one

    def __init__(self, dealt, game, last, card):
        whole = dealt(1, last.max)
        all_alike = [(v, tuple((c.name, v) for c in whole)) for v in VERDICTS]
        self.options = [("nothing", ()), *all_alike]
        votes = [_button(v, f"I say: {v}") for v in VERDICTS]
        onward = _button("next card", "Next card")
        wraps = W.Layout(flex_flow="row wrap")
        super().__init__([W.Label("your vote:"), *votes, onward], layout=wraps)

        def present():
            hand = dealt(game.value, last.value)
            return len(hand), hand[min(card.value, len(hand)) - 1].name

        def vote(button):
            _, name = present()
            if name not in dict(self.value):  # the first vote counts
                self.value = (*self.value, (name, button.description))

        def move(_):
            card.value = card.value % present()[0] + 1

        def again(_):
            self.value, card.value = (), 1

        for button in votes:
            button.on_click(vote)
        onward.on_click(move)
        for control in (game, last):
            control.observe(again, "value")


def _button(words, tooltip):
    whole = W.Layout(width="110px", flex="none")  # a narrow page cuts no word off
    return W.Button(description=words, tooltip=tooltip, layout=whole)
