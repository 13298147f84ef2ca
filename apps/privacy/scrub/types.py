"""What detectors see and what they say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from apps.privacy.scrub import cues


@dataclass(frozen=True, order=True)
class Finding:
    """Something private at `text[start:end]` (offsets in characters of the text as given)."""

    start: int
    end: int
    kind: str
    #: Among overlapping findings the larger rank stands, then the longer one.
    rank: int = 0
    #: What is written instead; empty: the stand-in of its kind.
    instead: str = ""


#: Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans("АВЕЅІЈКМНОРСТУХаеѕіјорсухкΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaesijopcyxkABEZHIKMNOPTYXo")
#: Behind a digit they make it a key: "4️⃣".
_KEYCAP = "\ufe0f\u20e3"
_WORD = re.compile(r"\w+")
_LATIN = re.compile("[A-Za-z]")
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")
#: Runs of characters that are plain as they are, most of what people write, and runs of all others.
_RUNS = re.compile(r"([\x00-\x7fÀ-ÖØ-öø-ÿА-яЁё]*)([^\x00-\x7fÀ-ÖØ-öø-ÿА-яЁё]*)")


_FIGURES = b"0123456789"


def _count(plain: str) -> int:
    raw = plain.encode("utf-8", "surrogatepass")  # digits of other scripts were made plain before
    return len(raw) - len(raw.translate(None, _FIGURES))


_LAZY: dict[str, Callable[[str], Any]] = {
    "named": cues.named, "digits": _count, "lower": str.lower, "longest": lambda plain: max(map(len, plain.split()), default=0),
}  # fmt: skip


class View:
    """A text as detectors read it: digits and letters in plain form, accents on their letters, invisible characters gone,
    with the way back.

    `plain` may be shorter than the original; `original(start, end)` gives the span there. Words that mix alphabets to
    look like Latin are read as Latin. `regions` are the countries that the archive's people have numbers of.
    """

    named: frozenset[str]  # the kinds of secrets that are named in it
    digits: int  # how many there are
    lower: str  # in small letters
    longest: int  # the longest stretch without a blank

    def __getattr__(self, name: str) -> Any:
        """What detectors' gates ask for, worked out when the first one asks (`cached_property` locks, this loop is hot)."""
        value = _LAZY[name](self.plain) if name in _LAZY else None
        if value is None:
            raise AttributeError(name)
        self.__dict__[name] = value
        return value

    def __init__(self, text: str, regions: tuple[str, ...] = ()) -> None:
        self.text, self.regions = text, regions
        if text.isascii():
            self.plain, self._map = text, None
            return
        plain: list[str] = []
        places: list[int] = []
        at = 0
        for usual, odd in _RUNS.findall(text):
            if usual:
                plain.append(usual)
                places.extend(range(at, at + len(usual)))
                at += len(usual)
            for character in odd:
                if plain and (whole := _joined(plain[-1][-1:], character)):
                    plain[-1] = plain[-1][:-1] + whole
                elif (sign := _folded(character)) and not (sign in _KEYCAP and plain and plain[-1][-1].isdigit()):
                    plain.append(sign)  # and where a keycap makes a key of a digit, the digit only
                    places.append(at)
                at += 1
        whole = "".join(plain)
        self.plain = _WORD.sub(_unmixed, whole) if _LOOKALIKE.search(whole) and _LATIN.search(whole) else whole
        self._map = [*places, len(text)]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `plain[start:end]` stands for."""
        if self._map is None:
            return start, end
        if end <= start:
            return self._map[start], self._map[start]
        after = self._map[end - 1] + 1
        while after < self._map[end] and (self.text[after] in _KEYCAP or _joins(self.text[after])):
            after += 1
        return self._map[start], after

    def back(self, found: Finding) -> Finding:
        """A finding in `plain` as one of the original text."""
        if self._map is None:
            return found
        start, end = self.original(found.start, found.end)
        return Finding(start, end, found.kind, found.rank, found.instead)


def _joins(character: str) -> bool:
    """Whether a character may become one with the letter before it: accents, the later parts of Korean syllables."""
    return unicodedata.combining(character) > 0 or "\u1161" <= character <= "\u11ff"


def _joined(letter: str, character: str) -> str:
    """The one letter that both make ("e" and an accent: "é"); nothing where there is none."""
    if not letter or not _joins(character):
        return ""
    whole = unicodedata.normalize("NFC", letter + character)
    return whole if len(whole) == 1 else ""


@lru_cache(maxsize=8_192)
def _folded(character: str) -> str:
    """One character in plain form, a single one; nothing for zero-width and direction marks."""
    if unicodedata.category(character) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) == 1 and folded.isdecimal():
        return str(unicodedata.decimal(folded))
    return folded if len(folded) == 1 else character


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
