"""From what an engine writes to one text: bubbles parted by blank lines, no blanks at the edges, cut where it was asked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

GAP = "\n\n"


class Cutter:
    """`stops` end the text before themselves; `most` tokens, as `count` counts a bubble's, are the limit.

    `finish` is empty while it goes on, then "stop" or "length".
    """

    def __init__(self, stops: Sequence[str], most: int, count: Callable[[str], int]) -> None:
        self._stops, self._most, self._count = [s for s in stops if s], most, count
        self._text = ""
        self._given = 0
        self._bubble = 0  # where the running bubble begins
        self._before = 0  # tokens of the bubbles before it
        self.tokens = 0
        self.finish = ""

    def take(self, kind: str, value: str) -> str:
        """One operation of an engine; returns what may be given out now."""
        if self.finish or kind == "turn":
            return ""
        if kind == "bubble":
            self._begin_bubble()
            return ""
        fresh = value if self._text[self._bubble :] else value.lstrip()
        self._text += fresh
        self._limit(len(fresh))
        self._stop()
        return self._give(self._safe())

    def end(self) -> str:
        """Nothing more comes; returns what was held back."""
        self.finish = self.finish or "stop"
        return self._give(len(self._text.rstrip()))

    def _begin_bubble(self) -> None:
        self._text = self._text.rstrip()
        if self._text:
            self._text += GAP
        self._bubble, self._before = len(self._text), self.tokens

    def _limit(self, fresh: int) -> None:
        now = self._before + self._count(self._text[self._bubble :])
        while now > self._most and fresh:
            self.finish = "length"
            self._text, fresh = self._text[:-1], fresh - 1
            now = self._before + self._count(self._text[self._bubble :])
        self.tokens = now

    def _stop(self) -> None:
        found = [at for s in self._stops if (at := self._text.find(s, max(0, self._given - len(s)))) >= 0]
        if found:
            self._text, self.finish = self._text[: max(self._given, min(found))], "stop"
            self.tokens = self._before + self._count(self._text[self._bubble :])

    def _safe(self) -> int:
        """Up to where nothing can be the beginning of a stop, and no blank at the end."""
        end = len(self._text.rstrip())
        if self.finish:
            return end
        for stop in self._stops:
            for length in range(min(len(stop) - 1, len(self._text)), 0, -1):
                if self._text.endswith(stop[:length]):
                    end = min(end, len(self._text) - length)
                    break
        return len(self._text[:end].rstrip())

    def _give(self, until: int) -> str:
        piece = self._text[self._given : until] if until > self._given else ""
        self._given = max(self._given, until)
        return piece
