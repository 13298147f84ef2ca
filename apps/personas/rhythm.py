"""When somebody writes: how many messages in a row, how long between them, how soon an answer comes, and when none does. Pure.

Kept as deciles with a version (nothing private in them) and compared on the likeness card. The talk page paces its bubbles by the
times between; how many come in a row is the model's own choice, and how often no answer came is only kept: a persona always answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

from apps.personas.dataset import Chat, Line
from apps.personas.language import ME_SPEAKER, Speaker

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


def seen(chats: Iterable[Chat], *, held_out: bool = False, who: Speaker = ME_SPEAKER) -> Times:
    """Times of one person in the part that is learnt from, or in the newest part."""
    found = Times()
    for chat in chats:
        lines = list(_part(chat, held_out=held_out))
        if who is ME_SPEAKER or any(line.speaker == who for line in lines):
            _walk(found, lines, who)
    return found


def _part(chat: Chat, *, held_out: bool) -> Iterator[Line]:
    """Lines with a time of one part; one is `cut` where somebody left out, or the other part, lies before it."""
    cut = False
    for line in chat.lines:
        cut = cut or line.cut
        if line.at is None:
            continue
        if _newest(chat, line.at) is not held_out:
            cut = True
            continue
        yield replace(line, cut=cut)
        cut = False


def _newest(chat: Chat, at: float) -> bool:
    return chat.validate_from <= at <= chat.test_to


def _walk(found: Times, lines: Sequence[Line], who: Speaker) -> None:
    row = 0
    for before, line in pairwise([None, *lines, None]):
        mine = line is not None and line.speaker == who
        gap = _gap(before, line)
        if before is not None and before.speaker == who:
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
    if before is None or line is None or before.at is None or line.at is None or line.cut:
        return math.inf
    return max(0.0, line.at - before.at)


def learnt(chats: Iterable[Chat]) -> Rhythm | None:
    """The rhythm of one person; None where times are too few or were never exported."""
    found = seen(chats)
    if min(len(found.delays), len(found.rows)) < LEAST:
        return None
    return Rhythm(
        deciles(found.between), deciles(found.delays), _shares(found.rows), 1 - found.answered / max(1, found.asked)
    )


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


#: Whose times are compared besides the person's own: those who wrote most.
OTHERS = 9


@dataclass(frozen=True)
class Nearness:
    """Distances to the person's newest times, in doublings of seconds: of the learnt rhythm, and the mean of other people's."""

    delays: float | None
    others: float | None
    between: float | None = None
    rows: float | None = None  # half the sum of differences of the shares of 1, 2, … messages in a row


def compared(chats: Sequence[Chat]) -> Nearness | None:
    """The learnt rhythm against the weeks that were held out; None where too few answers have a time."""
    real, own = seen(chats, held_out=True), seen(chats)
    if min(len(real.delays), len(own.delays)) < LEAST // 2:
        return None
    wrote = Counter(line.speaker for chat in chats for line in chat.lines if isinstance(line.speaker, str))
    theirs = [seen(chats, who=name) for name, _ in wrote.most_common(OTHERS)]
    far = [distance(t.delays, real.delays) for t in theirs if len(t.delays) >= LEAST]
    known = [d for d in far if d is not None]
    return Nearness(
        distance(own.delays, real.delays), sum(known) / len(known) if known else None, distance(own.between, real.between),
        sum(abs(a - b) for a, b in zip(_shares(own.rows), _shares(real.rows), strict=True)) / 2,
    )  # fmt: skip


def _shares(rows: Sequence[int]) -> list[float]:
    return [rows.count(n) / max(1, len(rows)) for n in range(1, MOST + 1)]


def pace(kept: dict[str, Any] | None) -> dict[str, float]:
    """How long the talk page waits before a bubble, in milliseconds: who leaves long gaps pauses longer, on a scale that a reader
    can bear (a quarter of a second for each doubling). Empty where no rhythm was learnt."""
    between = (kept or {}).get("between") or []
    return {"pause": round(min(3_000.0, 250 * math.log2(2 + between[len(between) // 2])))} if between else {}
