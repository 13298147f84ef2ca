"""A cap on how many own replies to one person are learnt, so that one chat does not drown the others. Pure.

A reply counts for whoever spoke before it in its dialogue (in a group that may be anybody), or for the first of the others where
it opens the dialogue. The newest are learnt; older ones stay as context that weighs nothing, and a dialogue of which nothing is
left to learn is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from apps.personas.dataset import Dialogue
from apps.personas.language import Me


def capped(dialogues: Sequence[Dialogue], most: int) -> list[Dialogue]:
    """The dialogues with at most `most` learnt replies to each person; 0 = all."""
    if not most:
        return list(dialogues)
    found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for number, dialogue in enumerate(dialogues):
        for place, contact in _replies(dialogue):
            at = dialogue.turns[place].bubbles[0].at if dialogue.turns[place].bubbles else None
            found[contact].append((float("-inf") if at is None else at, number, place))
    kept = {(number, place) for rows in found.values() for _, number, place in sorted(rows)[-most:]}
    return [one for number, d in enumerate(dialogues) if (one := _only(d, number, kept)) is not None]


def _replies(dialogue: Dialogue) -> list[tuple[int, str]]:
    """Own turns that are learnt, and to whom each replies."""
    made, contact = [], dialogue.others[0] if dialogue.others else ""
    for place, turn in enumerate(dialogue.turns):
        if isinstance(turn.speaker, str):
            contact = turn.speaker
        elif turn.learn:
            made.append((place, contact))
    return made


def _only(dialogue: Dialogue, number: int, kept: set[tuple[int, int]]) -> Dialogue | None:
    turns = tuple(
        replace(t, learn=t.learn and (number, place) in kept) if isinstance(t.speaker, Me) else t
        for place, t in enumerate(dialogue.turns)
    )
    return replace(dialogue, turns=turns) if any(t.learn and isinstance(t.speaker, Me) for t in turns) else None
