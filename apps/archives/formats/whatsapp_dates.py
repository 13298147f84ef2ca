"""WhatsApp's dates: which of three numbers is the day, decided over a whole file, and moments."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from apps.archives.formats import dates

REMEMBERED = 20_000  # days and times of day
_RUN = re.compile(r"\d+")
_BUDDHIST = 543  # years before ours; Thai phones count them
#: Of two figures such a year is 43 too many. One from here on is none of ours for long: 2552 was when WhatsApp began.
_SHORT, _THAI = 43, 52
_VIETNAMESE = {"sa": "am", "ch": "pm"}


class Order:
    """Day first, month first or year first: by what is possible, then by what runs forward in time."""

    def __init__(self) -> None:
        self.possible = {"dmy": True, "mdy": True, "ymd": True, "ydm": True, "myd": True}
        self.back: Counter[str] = Counter()
        self.last: dict[str, tuple[int, int, int]] = {}
        self.changed = [0, 0, 0]
        self.before: tuple[int, int, int] | None = None
        self.dates: set[tuple[int, int, int]] = set()
        self.american = True
        self.half = False
        self.thai = dict.fromkeys(self.possible, True)  # every year is of two figures, and far ahead

    def see(self, date: str, *, slashes: bool, half: bool) -> None:
        first, second, third = _RUN.findall(date)
        numbers = (int(first), int(second), int(third))
        self.half = self.half or half
        self.american = self.american and slashes and len(third) == 2
        if numbers == self.before:
            return
        if first.startswith("0") or second.startswith("0"):
            self.american = self.american and self.half
        if self.before is not None:
            for n in range(3):
                self.changed[n] += numbers[n] != self.before[n]
        self.before = numbers
        if len(self.dates) < 10_000:
            self.dates.add(numbers)
        for order in self.possible:
            at = dated(numbers, order)
            if at is None:
                self.possible[order] = False
                continue
            self.thai[order] = self.thai[order] and _THAI <= numbers[order.index("y")] < 100
            self.back[order] += order in self.last and at < self.last[order]
            self.last[order] = at

    def decide(self) -> tuple[str, bool]:
        """The order, with "Y" for years of two figures that Thai phones count; and whether the file tells it for sure."""
        order, sure = self._decide()
        return order.replace("y", "Y") if self.thai[order] and self.before else order, sure

    def _decide(self) -> tuple[str, bool]:
        left = [o for o, possible in self.possible.items() if possible]
        if not left:
            return "dmy", True
        fewest = min(self.back[o] for o in left)
        best = [o for o in left if self.back[o] == fewest]
        worst = max((self.back[o] for o in left), default=0)
        clear = len(left) == 1 or (len(best) == 1 and worst - fewest >= 1)
        if clear:
            return best[0], True
        if not {"dmy", "mdy"} <= set(best):
            return best[0], True
        day, month = self.changed[0], self.changed[1]
        if len(self.dates) >= 8 and max(day, month) > 2 * min(day, month):
            return ("dmy" if day > month else "mdy"), True
        same = all(a == b for a, b, _ in self.dates)
        return ("mdy" if self.american else "dmy"), same


def dated(numbers: tuple[int, int, int], order: str) -> tuple[int, int, int] | None:
    """(year, month, day) when these numbers can be a date in this order; "Y" stands for Thai years of two figures."""
    at = dict(zip(order.lower(), numbers, strict=True))
    at["y"] -= _SHORT if "Y" in order else 0
    year = at["y"] if at["y"] >= 1000 else at["y"] + 2000
    year -= _BUDDHIST if 1990 <= year - _BUDDHIST <= 2100 else 0
    if not (1 <= at["m"] <= 12 and 1 <= at["d"] <= 31 and (at["y"] < 100 or 1990 <= year <= 2100)):
        return None
    return year, at["m"], at["d"]


class Clock:
    """Moments of one file, whose dates are all in one order; days and minutes that come again are not counted anew."""

    def __init__(self, order: str) -> None:
        self._order = order
        self._days: dict[str, float | None] = {}
        self._times: dict[str, int | None] = {}

    def moment(self, date: str, clock: str, second: str, half: str) -> float | None:
        """Seconds since 1970 as if the wall clock were UTC; None where there is no such moment."""
        if half:
            clock += half
        try:
            day, time = self._days[date], self._times[clock]
        except KeyError:
            day, time = self._learn(date, clock, half)
        if day is None or time is None:
            return None
        if not second:
            return day + time
        return day + time + int(second) if int(second) < 60 else None

    def _learn(self, date: str, clock: str, half: str) -> tuple[float | None, int | None]:
        if len(self._days) + len(self._times) > REMEMBERED:
            self._days.clear()
            self._times.clear()
        day = self._days[date] = _midnight(date, self._order)
        time = self._times[clock] = _time(clock.removesuffix(half), half)
        return day, time


def _midnight(date: str, order: str) -> float | None:
    first, second, third = map(int, _RUN.findall(date))
    found = dated((first, second, third), order)
    try:
        return datetime(*found, tzinfo=UTC).timestamp() if found else None
    except ValueError:
        return None


def _time(clock: str, half: str) -> int | None:
    hour, minute = map(int, _RUN.findall(clock))
    hour, minute, _ = dates.clock(hour, minute, 0, _VIETNAMESE.get(half.strip().lower(), half))
    return hour * 3600 + minute * 60 if hour < 24 and minute < 60 else None
