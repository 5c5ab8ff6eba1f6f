"""The museum of mistakes: all cards to browse, and a game of twelve."""

import html
import inspect

import ipywidgets as W
import traitlets

from gmmlib.museum.cards import GAME, VERDICTS, cards, deal, score
from gmmlib.museum.pictures import folded, show_card, show_score, showcase, told
from gmmlib.show.controls import slider
from gmmlib.show.live import Live
from gmmlib.show.look import look

GAMES = 20


def browse_cards() -> Live:
    """All cards of the museum: read a claim, vote, and see what settles it."""
    catalogue = cards()
    with look():
        fig, ax = showcase()

    def show(card, vote):
        shown = catalogue[card - 1]
        head = f"card {card} of {len(catalogue)} · {shown.group}"
        show_card(ax, shown, vote, head)
        return _in_one_line(f"Card {card}", shown, vote)

    return _Cards(
        fig,
        show,
        card_of=lambda card, vote: (catalogue[card - 1], vote),
        strip=({"card": 4, "vote": "right"},),
        card=slider("card", 1, 1, len(catalogue), 1),
        vote=_verdict_buttons(),
    )


def museum_game() -> Live:
    """Twelve cards drawn from all: vote on each; the score says what to read again."""
    with look():
        fig, ax = showcase()

    def present(game, card, votes):
        shown = deal(game)[card - 1]
        return shown, dict(votes).get(shown.name)

    def show(game, card, votes):
        hand, judged = deal(game), dict(votes)
        shown, vote = present(game, card, votes)
        head = f"game {game}, card {card} of {GAME} · {shown.group}"
        show_card(ax, shown, vote, head)
        total, again = _standing(hand, judged)
        show_score(fig, hand, judged, card - 1, total, again)
        line = _in_one_line(f"Game {game}, card {card}", shown, vote)
        return f"{line} {total}." + (f" {again}." if again else "")

    game = slider("game", 1, 1, GAMES, 1, help="Another game, other cards")
    card = slider("card", 1, 1, GAME, 1)
    return _Cards(
        fig,
        show,
        card_of=present,
        strip=({"votes": ((deal(1)[0].name, "wrong"),)},),
        game=game,
        card=card,
        votes=_Ballot(game, card),
    )


def _standing(hand, votes):
    judged, right, sections = score(hand, votes)
    if judged < GAME:
        return f"{right} of {judged} right, {GAME - judged} to go", ""
    again = ", ".join(_short(s) for s in sections) if sections else "nothing"
    return f"Score {right} of {GAME}", f"Read again: {again}"


class _Cards(Live):
    """A live figure of cards, with the card's whole text below to unfold."""

    def __init__(self, *args, card_of, **kwargs):
        self.card_of = card_of
        super().__init__(*args, **kwargs)

    def _sized(self, width, height, stacked=False):
        super()._sized(*self._natural)  # its words fill it as they stand

    def _html(self, values, said=None):
        card, vote = self.card_of(**values)
        text = f"<p>Card {card.number} of the museum: “{html.escape(card.claim)}”</p>"
        if vote:
            text += folded(card, "Verdict and repair as text")
        if vote and card.experiment:
            source = html.escape(inspect.getsource(card.experiment))
            text += (
                "<details><summary>The experiment</summary>"
                f'<pre style="line-height:1.3">{source}</pre></details>'
            )
        return super()._html(values, said) + text


class _Ballot(W.HBox):
    """Buttons that vote on the present card, and one that goes to the next.

    `value` holds pairs (card's name, vote) of the cards judged so far.
    """

    value = traitlets.Tuple()
    description = "your vote"
    tooltip = "Your vote on this card"  # not sent: a box in the browser cannot have one

    def __init__(self, game, card):
        self.options = [("nothing", ()), *((v, _all_votes(v)) for v in VERDICTS)]
        votes = [
            W.Button(description=v, tooltip=f"I say: {v}", layout=_wide())
            for v in VERDICTS
        ]
        onward = W.Button(description="next card", tooltip="Next card", layout=_wide())
        super().__init__([W.Label("your vote:"), *votes, onward])

        def vote(button):
            name = deal(game.value)[card.value - 1].name
            if name not in dict(self.value):  # the first vote counts
                self.value = (*self.value, (name, button.description))

        def move(_):
            card.value = card.value % GAME + 1

        def again(_):
            self.value, card.value = (), 1

        for button in votes:
            button.on_click(vote)
        onward.on_click(move)
        game.observe(again, "value")


def _all_votes(verdict):
    return tuple((card.name, verdict) for card in cards())


def _verdict_buttons():
    return W.ToggleButtons(
        options=[("still thinking", ""), *((v, v) for v in VERDICTS)],
        description="your vote",
        tooltip="Your vote on this card",
        tooltips=["Hide the verdict", *(f"I say: {v}" for v in VERDICTS)],
        style={"description_width": "initial", "button_width": "110px"},
    )


def _in_one_line(start, card, vote):
    if not vote:
        return f"{start} ({card.group}): think, then vote."
    return f"{start}, you said {vote}; verdict: {card.verdict}. {told(card)}"


def _short(section):
    return section if "." in section else f"{section} (lecture notes)"


def _wide():
    return W.Layout(width="110px")
