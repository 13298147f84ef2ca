"""When the lines of an invented conversation were written: times drawn from a learnt rhythm. Pure.

Seconds since 1970 of a clock without a zone: what is chosen as half past six is shown as half past six everywhere.
"""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from apps.personas.rhythm import IN_A_ROW, SESSION

#: Deciles in seconds where no rhythm was learnt: what people in a hurry to answer do.
BETWEEN = (2.0, 4.0, 6.0, 9.0, 12.0, 16.0, 24.0, 40.0, 90.0)
DELAYS = (5.0, 9.0, 14.0, 21.0, 32.0, 50.0, 90.0, 200.0, 700.0)
#: A time that a model wrote itself counts while it lies so few seconds ahead.
AHEAD = 7 * 86_400.0


class Clock:
    """Goes from line to line; never backwards. The same seed tells the same times."""

    def __init__(self, rhythm: dict[str, Any] | None, start: float, last: float | None = None, seed: int = 0) -> None:
        """`rhythm` as a version keeps it; a conversation that has a `last` line goes on there, or at a later `start`."""
        kept = rhythm or {}
        self._between = kept.get("between") or BETWEEN
        self._delays = kept.get("delays") or DELAYS
        self._dice = random.Random(seed)
        self._begins = last is None or start > last
        self._now = start if last is None else max(start, last)

    def turn(self) -> float:
        """Somebody begins to write after somebody else."""
        return self._on(self._delays, SESSION)

    def bubble(self, written: float | None = None) -> float:
        """The same one goes on; where a model has `written` a time that can be, it counts."""
        if written is not None and self._now <= written <= self._now + AHEAD:
            self._now = written
            return written
        return self._on(self._between, IN_A_ROW)

    def _on(self, deciles: Sequence[float], most: float) -> float:
        if self._begins:
            self._begins = False
        else:
            self._now = float(round(self._now + max(1.0, drawn(deciles, self._dice.random(), most))))
        return self._now


def drawn(deciles: Sequence[float], share: float, most: float) -> float:
    """The value below which a `share` (0 to 1) of a sample lies, from its nine deciles; between them it grows evenly by the logarithm."""
    edges = [0.0, *deciles, max(deciles[-1], min(2 * deciles[-1], most))]
    steps = [n / 10 for n in range(len(edges))]
    at = min(max(1, bisect.bisect_right(steps, share)), len(edges) - 1)
    low, high = edges[at - 1], edges[at]
    part = (share - steps[at - 1]) * 10
    return math.expm1(math.log1p(low) + part * (math.log1p(high) - math.log1p(low)))


def told(at: float) -> str:
    """A time as the origins wrote it, to the minute."""
    return _moment(at).strftime("%Y-%m-%d %H:%M")


def exact(at: float) -> str:
    """A time as programs read it, to the second, without a zone."""
    return _moment(at).isoformat(timespec="seconds")


def read(text: str) -> float | None:
    """What `told` or `exact` wrote, or a browser's field for a date and a time; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
