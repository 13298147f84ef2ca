"""By how much clocks of pages differ from true ones, and from each other: told by the chats of an upload all together. Pure.

Pages of one export go by one clock, so that what a long chat tells of it goes for a short one, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from apps.archives.formats.twins import FURTHEST, QUARTER, SEASONS

#: So many lines with equal words, which nobody says twice, tell by how much.
ANCHORS = 3
#: Fewer do where they are all that a chat has, by two people at least, of more than one word each, and nothing else tells these clocks:
#: "start" and "Welcome!" are said again.
ALL_OF = 2
#: The clock of this upload's pages.
HERE = "here"
#: Minute by one clock, and how many minutes later that is than by the other.
Anchor = tuple[float, float]


class Line(NamedTuple):
    """One message. `at` is in seconds since 1970; `exact`: UTC, else the clock of an unknown place. `who`: id of the sender's handle.

    `clock`: which of the unknown ones; "" is the true one.
    """

    at: float | None
    exact: bool
    who: str
    kind: str
    text: str
    clock: str = ""


class Clocks:
    """What couples of chats, of which each may be one chat in two forms, tell of the clocks of their lines."""

    def __init__(self, couples: Iterable[tuple[Sequence[Line], Sequence[Line]]]) -> None:
        self._told: dict[tuple[str, str], list[Anchor]] = defaultdict(list)
        self._sure: set[tuple[str, str, float]] = set()
        for ones, others in couples:
            for (one, mine), (other, theirs) in product(_by_clock(ones).items(), _by_clock(others).items()):
                if one < other:
                    self._learn(one, other, mine, theirs)
                elif one > other:
                    self._learn(other, one, theirs, mine)
        for (one, other), anchors in self._told.items():
            counts = Counter(apart for _, apart in anchors)
            found = [anchor for anchor in anchors if counts[anchor[1]] >= ANCHORS]
            self._told[one, other] = sorted(_one_clock(found or [a for a in anchors if (one, other, a[1]) in self._sure]))

    def between(self, one: str, other: str) -> list[Anchor]:
        """When which difference was told, by the first clock and in order; empty where nothing tells it."""
        if one > other:
            return sorted((at - apart, -apart) for at, apart in self._told.get((other, one), ()))
        return self._told.get((one, other), [])

    def _learn(self, one: str, other: str, mine: list[Line], theirs: list[Line]) -> None:
        found = telling([(line.at, line.text) for line in mine], [(line.at, line.text) for line in theirs])
        self._told[one, other].extend(found.values())
        people = {words(line.text): line.who for line in mine}
        ((apart, count),) = Counter(apart for _, apart in found.values()).most_common(1) or [(0.0, 0)]
        saying = [text for text, (_, each) in found.items() if each == apart]
        several = len({people[text] for text in saying}) > 1 and all(" " in text for text in saying)
        if several and count >= max(ALL_OF, min(len(mine), len(theirs))):
            self._sure.add((one, other, apart))


def _one_clock(anchors: list[Anchor]) -> list[Anchor]:
    """Those that are about as far apart as most are: what is said every evening tells another difference, and a wrong one."""
    most = Counter(apart for _, apart in anchors).most_common(1)
    return [anchor for anchor in anchors if abs(anchor[1] - most[0][0]) <= SEASONS]


def _by_clock(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.kind == "text":
            found[line.clock].append(line)
    return found


def telling(ones: Iterable[tuple[float | None, str]], others: Iterable[tuple[float | None, str]]) -> dict[str, Anchor]:
    """Words that are said once in each of two chats, as far apart as clocks may be. Both are given as moments and words."""
    one, other = _once(ones), _once(others)
    found = {text: (one[text], one[text] - other[text]) for text in one.keys() & other.keys()}
    return {text: (at, apart) for text, (at, apart) in found.items() if abs(apart) <= FURTHEST and apart % QUARTER == 0}


def _once(said: Iterable[tuple[float | None, str]]) -> dict[str, float]:
    """The minutes of what was said once, in words."""
    every = [(at, words(text)) for at, text in said]
    counts = Counter(text for _, text in every)
    return {text: at // 60 for at, text in every if at is not None and text and counts[text] == 1}


def words(text: str) -> str:
    """Without regard to white space, which pages do not keep."""
    return " ".join(text.split())
