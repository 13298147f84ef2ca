"""What detectors see and what they say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from apps.privacy.scrub import cues


@dataclass(frozen=True, order=True)
class Finding:
    """Something private at `text[start:end]` (offsets in characters of the text as given)."""

    start: int
    end: int
    kind: str
    #: Among overlapping findings the larger rank stands, then the longer one.
    rank: int = 0


#: Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans("АВЕЅІЈКМНОРСТУХаеѕіјорсухкΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaesijopcyxkABEZHIKMNOPTYXo")
_WORD = re.compile(r"\w+")
_LATIN = re.compile("[A-Za-z]")


class View:
    """A text as detectors read it: digits and letters in plain form, invisible characters gone, with the way back.

    `plain` may be shorter than the original; `original(start, end)` gives the span there. Words that mix alphabets to
    look like Latin are read as Latin. `regions` are the countries that the archive's people have numbers of.
    """

    @cached_property
    def named(self) -> frozenset[str]:
        """The kinds of secrets that are named in it."""
        return cues.named(self.plain)

    @cached_property
    def digits(self) -> int:
        """How many digits there are."""
        return sum(map(str.isdigit, self.plain))

    @cached_property
    def lower(self) -> str:
        """In small letters."""
        return self.plain.lower()

    @cached_property
    def longest(self) -> int:
        """Length of the longest stretch without a blank."""
        return max(map(len, self.plain.split()), default=0)

    def __init__(self, text: str, regions: tuple[str, ...] = ()) -> None:
        self.text, self.regions = text, regions
        if text.isascii():
            self.plain, self._map = text, None
            return
        plain: list[str] = []
        places: list[int] = []
        for at, character in enumerate(text):
            if character.isascii():
                plain.append(character)
                places.append(at)
                continue
            if unicodedata.category(character) == "Cf":
                continue  # zero-width and direction marks
            folded = unicodedata.normalize("NFKC", character)
            if len(folded) == 1 and folded.isdecimal():
                folded = str(unicodedata.decimal(folded))
            plain.append(folded if len(folded) == 1 else character)
            places.append(at)
        self.plain = _WORD.sub(_unmixed, "".join(plain))
        self._map = [*places, len(text)]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `plain[start:end]` stands for."""
        if self._map is None:
            return start, end
        return self._map[start], self._map[end - 1] + 1 if end > start else self._map[start]


def _unmixed(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not _LATIN.search(word):
        return word
    folded = word.translate(_LOOKALIKES)
    return folded if folded.isascii() else word


class Detector(Protocol):
    """One file each. `gate` is a cheap test that most texts fail; `find` gives spans of `view.plain`."""

    def gate(self, view: View) -> bool: ...

    def find(self, view: View) -> Iterator[Finding]: ...
