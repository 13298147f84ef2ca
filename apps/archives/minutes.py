"""When words were said in a chat, so shortly that all chats of an account may be compared. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

#: Of those moments that both chats could hold, this share must be in both.
OF_TIMES = 0.5
#: Most minutes that are kept of a chat: of longer ones every second, fourth, … by a hash that does not follow the clock.
MOST = 2_000


@dataclass(frozen=True)
class Minutes:
    """In minutes since 1970, in order; of how many one is kept."""

    at: array[int]
    kept: frozenset[int]
    of: int

    def like(self, other: Minutes) -> bool:
        """Whether most moments are shared within the time that both cover."""
        first, last = max(self.at[0], other.at[0]), min(self.at[-1], other.at[-1])
        if first > last:
            return False
        if self.of != other.of:
            return self.thinned(other.of).like(other.thinned(self.of))
        fewer = min(bisect_right(each.at, last) - bisect_left(each.at, first) for each in (self, other))
        return len(self.kept & other.kept) >= max(1, OF_TIMES * fewer)

    def thinned(self, of: int) -> Minutes:
        return self if of <= self.of else _kept(self.at, of) or self


def minutes_of(moments: Iterable[float]) -> Minutes | None:
    """Of moments in seconds since 1970; None where there are none."""
    at = sorted({int(moment // 60) for moment in moments})
    of = 1
    while len(at) > MOST * of:
        of *= 2
    return _kept(at, of)


def _kept(at: Iterable[int], of: int) -> Minutes | None:
    some = array("q", (minute for minute in at if not (minute * 2_654_435_761 >> 16) % of))
    return Minutes(some, frozenset(some), of) if some else None
