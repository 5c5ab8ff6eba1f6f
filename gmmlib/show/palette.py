"""Colours that colour-blind readers can tell.

Nothing is told by colour alone: each component has its marker, line style and hatching
as well.
"""

# Blue, vermilion, green, purple, sky, amber after Okabe & Ito (2008), Color Universal
# Design; darkened to stand out from white 4.5 : 1 (words are written in them) or 3 : 1
COLOURS = ("#0072B2", "#C25500", "#008662", "#AA4499", "#4A9BC9", "#C48800")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
HATCHES = ("", "///", "...", "xx", "\\\\\\", "--")
INK, FAINT, PAPER = "#222222", "#737373", "white"
RED = "#CC0033"  # what the sentence speaks of: the present state, the best, a limit
