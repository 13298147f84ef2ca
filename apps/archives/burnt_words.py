"""Messages in which words were burnt, met again in another form of their chat or by another clock: what is left of them tells. Pure."""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from apps.archives.scrubbing import Original

#: What is left of a message: before, between and behind the stand-ins, each of which stands for one sign or more.
Left = tuple[str, ...]


class Told(Protocol):
    """One message (`clocks.Line`)."""

    @property
    def at(self) -> float | None: ...
    @property
    def exact(self) -> bool: ...
    @property
    def who(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


def left(message: Original) -> Left | None:
    """None where nothing of it was burnt."""
    pieces, at = list[str](), 0
    for place in sorted(message.fixed, key=lambda place: place.start):
        pieces.append(message.text[at : place.start])
        at = place.end
    pieces = [re.sub(r"\s+", " ", piece) for piece in (*pieces, message.text[at:])]
    return (pieces[0].lstrip(), *pieces[1:-1], pieces[-1].rstrip()) if len(pieces) > 1 else None


def fits(pieces: Left, text: str) -> bool:
    """Whether these are what is left of a text. Each piece is taken where it comes first, which is enough, and linear."""
    words, (first, *between, last) = " ".join(text.split()), pieces
    if not words.startswith(first):
        return False
    at = len(first)
    for piece in between:
        at = words.find(piece, at + 1)
        if at < 0:
            return False
        at += len(piece)
    return words.endswith(last) and len(words) - len(last) > at


def paired(
    ones: Sequence[Told], others: Sequence[Told], burnt: Mapping[int, Left], pairs: Mapping[int, int]
) -> dict[int, int]:
    """Which of `ones` is which of `others` in which something was `burnt`, beside the `pairs` that are known, by which clocks go.

    Said by the same sender at the same minute; those of which most is left choose first.
    """
    both = {line.who for line in ones} & {line.who for line in others}  # the rest may be called otherwise there
    places = defaultdict[tuple[float, str, str], list[int]](list)
    for number, line in enumerate(ones):
        if number not in pairs and line.at is not None:
            places[line.at // 60, line.kind, line.who if line.who in both else ""].append(number)
    anchors = sorted(_anchors(ones, others, pairs))
    taken = set(pairs.values())
    found: dict[int, int] = {}
    for number in sorted(burnt.keys() - taken, key=lambda n: (-sum(map(len, burnt[n])), n)):
        line = others[number]
        for apart in _apart(line, anchors, burnt[number]):
            waiting = places[(line.at or 0.0) // 60 + apart, line.kind, line.who if line.who in both else ""]
            one = next((n for n in waiting if _could(ones[n], line) and fits(burnt[number], ones[n].text)), None)
            if one is not None:
                waiting.remove(one)
                found[one] = number
                break
    return found


def _anchors(ones: Sequence[Told], others: Sequence[Told], pairs: Mapping[int, int]) -> Iterator[tuple[float, float]]:
    """(minute in `others`, minutes it is later in `ones`)"""
    for one, other in pairs.items():
        here, there = ones[one].at, others[other].at
        if here is not None and there is not None:
            yield there // 60, here // 60 - there // 60


def _apart(line: Told, anchors: Sequence[tuple[float, float]], pieces: Left) -> list[float]:
    """How many minutes later it may have been by the other clock, by the nearest lines that tell."""
    if line.at is None:
        return []
    if not anchors:  # no other clock: words must tell
        return [0.0] if any(c.isalnum() for piece in pieces for c in piece) else []
    after = bisect(anchors, (line.at // 60, 0.0))
    near = sorted(anchors[max(0, after - 1) : after + 1], key=lambda a: abs(a[0] - (line.at or 0.0) // 60))
    return list(dict.fromkeys(apart for _, apart in near))


def _could(one: Told, other: Told) -> bool:
    """By their seconds, where both tell any. What one form tells again at the same moment has the same id."""
    if one.at is None or other.at is None or (one.at, one.exact, one.who) == (other.at, other.exact, other.who):
        return False
    return not one.at % 60 or not other.at % 60 or int(one.at) % 60 == int(other.at) % 60
