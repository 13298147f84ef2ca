"""When somebody writes: how many messages in a row, how long between them, how soon an answer comes, and when none does. Pure.

Kept as deciles with a version (nothing private in them), used by the talk page and compared on the likeness card.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from apps.personas.dataset import Chat, Line
from apps.personas.language import Me

SESSION = 3_600.0  # seconds of silence that end a talk
IN_A_ROW = 600.0  # own messages further apart are not one turn
MOST = 8  # messages in a row that are told apart
LEAST = 20


@dataclass
class Times:
    """What was seen: seconds between own messages in a row, seconds until an answer, messages in a row, unanswered turns."""

    between: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    asked: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Rhythm:
    """Deciles (10 % to 90 %) of seconds, shares of 1, 2, … messages in a row, and the share of turns that got no answer."""

    between: list[float]
    delays: list[float]
    rows: list[float]
    silence: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def seen(chats: Iterable[Chat], *, held_out: bool = False) -> Times:
    """Times of one person in the part that is learnt from, or in the newest part."""
    found = Times()
    for chat in chats:
        _walk(found, [line for line in chat.lines if line.at is not None and _newest(chat, line.at) is held_out])
    return found


def _newest(chat: Chat, at: float) -> bool:
    return chat.validate_from <= at <= chat.test_to


def _walk(found: Times, lines: Sequence[Line]) -> None:
    row = 0
    for before, line in pairwise([None, *lines, None]):
        mine = line is not None and isinstance(line.speaker, Me)
        gap = _gap(before, line)
        if before is not None and isinstance(before.speaker, Me):
            row += 1
            if mine and gap <= IN_A_ROW:
                found.between.append(gap)
            else:
                found.rows.append(min(MOST, row))
                row = 0
        elif before is not None and (line is None or mine or gap > SESSION):
            found.asked += 1  # somebody else's turn ends here
            if mine and gap <= SESSION:
                found.answered += 1
                found.delays.append(gap)


def _gap(before: Line | None, line: Line | None) -> float:
    if before is None or line is None or before.at is None or line.at is None:
        return math.inf
    return max(0.0, line.at - before.at)


def learnt(chats: Iterable[Chat]) -> Rhythm | None:
    """The rhythm of one person; None where times are too few or were never exported."""
    found = seen(chats)
    if min(len(found.delays), len(found.rows)) < LEAST:
        return None
    shares = [found.rows.count(n) / len(found.rows) for n in range(1, MOST + 1)]
    return Rhythm(deciles(found.between), deciles(found.delays), shares, 1 - found.answered / max(1, found.asked))


def deciles(values: Sequence[float]) -> list[float]:
    """The nine values that cut a sample into ten parts; none of nothing."""
    ordered = sorted(values)
    return [round(ordered[min(len(ordered) - 1, len(ordered) * n // 10)], 2) for n in range(1, 10)] if ordered else []


def distance(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Mean difference of the deciles on a logarithmic scale of seconds, in doublings (Wasserstein 1 between two samples)."""
    a, b = deciles(one), deciles(other)
    if not a or not b:
        return None
    return sum(abs(math.log2(1 + x) - math.log2(1 + y)) for x, y in zip(a, b, strict=True)) / len(a)


def pace(kept: dict[str, Any] | None) -> dict[str, float]:
    """How long the talk page waits before a bubble, in milliseconds: who leaves long gaps pauses longer, on a scale that a reader
    can bear (a quarter of a second for each doubling). Empty where no rhythm was learnt."""
    between = (kept or {}).get("between") or []
    return {"pause": round(min(3_000.0, 250 * math.log2(2 + between[len(between) // 2])))} if between else {}
