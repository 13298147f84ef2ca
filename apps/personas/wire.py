"""What goes between the site and the torch cores: dialogues for the trainer's pipe, and where weights are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Mark, Me, Turn


class Unanswered(Exception):
    """An engine cannot make words now, with a sentence for the user: what is wrong and what to do next."""


@dataclass(frozen=True)
class Weights:
    """A voice's weights: `load` gives the bytes of a safetensors file, an adapter for `base`, or all weights when `full`."""

    key: str
    base: str
    full: bool
    load: Callable[[], bytes]


def packed(*groups: Sequence[Dialogue]) -> bytes:
    """Groups of dialogues: others, turns of (speaker or null for the persona, bubbles of (text, marks, time), learnt), and how
    the others are introduced, where not by their names alone."""
    return msgspec.msgpack.encode([[_dialogue(d) for d in group] for group in groups])


def _dialogue(d: Dialogue) -> list[Any]:
    return [
        list(d.others),
        [[None if isinstance(t.speaker, Me) else t.speaker, [_bubble(b) for b in t.bubbles], t.learn] for t in d.turns],
        *([list(d.heads)] if d.heads else []),
    ]


def _bubble(bubble: Bubble) -> list[Any]:
    return [bubble.text, [[m.start, m.end, m.kind] for m in bubble.marks], bubble.at]


def unpacked(data: bytes) -> list[list[Dialogue]]:
    """What `packed` packed; sealed memories of before say of no turn whether it is learnt."""
    return [[_unpacked(row) for row in group] for group in msgspec.msgpack.decode(data)]


def _unpacked(row: list[Any]) -> Dialogue:
    others, turns, *heads = row
    return Dialogue(
        tuple(others),
        tuple(
            Turn(ME_SPEAKER if s is None else s, tuple(_opened(b) for b in bubbles), *more) for s, bubbles, *more in turns
        ),
        *(tuple(h) for h in heads),
    )


def _opened(row: list[Any]) -> Bubble:
    text, marks, at = row
    return Bubble(text, tuple(Mark(*m) for m in marks), at)
