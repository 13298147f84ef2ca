"""What detectors see and what they say."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, order=True)
class Finding:
    """Something private at `text[start:end]` (offsets in characters of the text as given)."""

    start: int
    end: int
    kind: str
    #: Among overlapping findings the larger rank stands, then the longer one.
    rank: int = 0


class View:
    """A text as detectors read it: digits and letters in plain form, invisible characters gone, with the way back.

    `plain` may be shorter than the original; `original(start, end)` gives the span there.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if text.isascii():
            self.plain, self._map = text, None
            return
        plain: list[str] = []
        places: list[int] = []
        for at, character in enumerate(text):
            if unicodedata.category(character) == "Cf":
                continue  # zero-width and direction marks
            folded = unicodedata.normalize("NFKC", character)
            if len(folded) == 1 and folded.isdecimal():
                folded = str(unicodedata.decimal(folded))
            plain.append(folded if len(folded) == 1 else character)
            places.append(at)
        self.plain = "".join(plain)
        self._map = [*places, len(text)]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `plain[start:end]` stands for."""
        if self._map is None:
            return start, end
        return self._map[start], self._map[end - 1] + 1 if end > start else self._map[start]


class Detector(Protocol):
    """One file each. `gate` is a cheap test that most texts fail; `find` gives spans of `view.plain`."""

    def gate(self, plain: str) -> bool: ...

    def find(self, view: View) -> Iterator[Finding]: ...
