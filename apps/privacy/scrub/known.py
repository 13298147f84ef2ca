"""Secrets that were confirmed once, found again in every spelling: "4111-1111…" for "4111 1111 …", in capitals, in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

#: By their digits alone; the rest by letters and digits without case and separators.
_NUMERIC = frozenset(["card", "phone", "pin", "code", "bank", "cvv"])
#: True for one message only: a code is used up, a CVV is too short to be told from a price.
#: Names are found by `names`, which knows their forms.
NAMED = frozenset(["name", "place", "organisation"])
_MOMENTARY = frozenset([*NAMED, "code", "cvv", "link", "secret", "postcode", "birthdate", "media"])
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d(?:[ .\-/()\u00a0\u2010-\u2015]{0,3}\d)*")
_WORD = re.compile(r"[^\s\"'`“”„«»()\[\]<>,;!?]+")
_SEPARATOR = re.compile(r"[\W_]+")
RANK = 68


def normal(kind: str, value: str) -> str:
    """What equal secrets have in common however they are written."""
    plain = View(value).plain
    if kind in _NUMERIC:
        return re.sub(r"\D", "", plain)
    return plain.strip().casefold() if kind == "password" else _SEPARATOR.sub("", plain).casefold()


def normals(value: str) -> set[str]:
    """Its normal forms under every kind: a decision about it holds also where it was found as another kind."""
    plain = View(value).plain
    numeric = set() if any(map(str.isalpha, plain)) else {normal("pin", value)}
    return ({normal("password", value), normal("secret", value)} | numeric) - {""}


class Known:
    """The confirmed secrets of an archive."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._lengths: tuple[int, ...] = ()
        self._beginnings: set[str] = set()
        self._idle: set[str] = set()  # words that no secret begins with, as far as met
        self._first: dict[str, list[str]] = {}
        self._indexed = 0

    def __len__(self) -> int:
        return len(self._numbers) + len(self._words)

    @property
    def numbers(self) -> bool:
        """Whether any of them is a number."""
        return bool(self._numbers)

    def deny(self, kind: str, value: str) -> None:
        """Take out a value because the owner says so, however short or ordinary it is."""
        key = normal(kind, value)
        if kind in NAMED:
            return
        if key.isdigit():
            self._count(key, kind)
        elif key:
            self._remember(_SEPARATOR.sub("", key).casefold(), kind)

    def add(self, kind: str, value: str) -> None:
        """Remember a secret; those that say nothing outside of their message are not."""
        key = normal(kind, value)
        if kind in _MOMENTARY or len(key) < 4:
            return
        if key.isdigit():
            if kind == "pin" and _YEAR.fullmatch(key):
                return
            self._count(key, kind)
        elif kind == "password":
            if any(c.isdigit() for c in key) or len(key) >= 8:
                self._remember(key, kind)
                if len(plain := _SEPARATOR.sub("", key)) >= 5:
                    self._remember(plain, kind)  # "Dragon147!" at the end of a sentence
        elif len(key) >= 6:
            self._remember(key, kind)

    def _count(self, key: str, kind: str) -> None:
        self._numbers[key] = kind
        if len(key) not in self._lengths:
            self._lengths = tuple(sorted({*self._lengths, len(key)}, reverse=True))

    def _remember(self, key: str, kind: str) -> None:
        self._words[key] = kind
        self._idle.clear()
        self._beginnings.update(key[:n] for n in range(min(len(key), 80)))

    def begins(self, digits: str) -> bool:
        """Whether these digits, or their end, may be the beginning of a known number."""
        return any(number.startswith(digits[at:]) for at in range(len(digits)) for number in self._starting(digits[at:]))

    def _starting(self, digits: str) -> list[str]:
        if self._indexed != len(self._numbers):
            self._first = {}
            for number in self._numbers:
                self._first.setdefault(number[0], []).append(number)
            self._indexed = len(self._numbers)
        return self._first.get(digits[:1], [])

    def open_from(self, text: str) -> int:
        """Where, near the end of a text, a known secret may have begun; its length when none has."""
        if not self._beginnings:
            return len(text)
        words = [(m.start(), m[0].rstrip(".:")) for m in _WORD.finditer(text, max(0, len(text) - 400))][-24:]
        bare = [_SEPARATOR.sub("", word).casefold() for _, word in words]
        for number, (start, _) in enumerate(words):
            joined = ""
            for piece in bare[number:]:
                joined += piece
                if joined not in self._beginnings:
                    break
            else:
                if joined:
                    return start
        last = words[-1][1].casefold() if words else ""
        return words[-1][0] if last and last in self._beginnings else len(text)

    def find(self, view: View) -> Iterator[Finding]:
        """Where they stand in a text."""
        if self._numbers and view.digits >= 4:
            yield from self._digits(view.plain)
        if self._words:
            yield from self._spelled(view.plain)

    def _digits(self, plain: str) -> Iterator[Finding]:
        for run in _DIGITS.finditer(plain):
            places = [run.start() + n for n, c in enumerate(run[0]) if c.isdigit()]
            digits = "".join(plain[p] for p in places)
            at = 0
            while at < len(digits):
                length = next((n for n in self._lengths if self._here(plain, digits, places, at, n)), 0)
                if length:
                    yield Finding(places[at], places[at + length - 1] + 1, self._numbers[digits[at : at + length]], RANK)
                at += length or 1

    def _here(self, plain: str, digits: str, places: list[int], at: int, length: int) -> bool:
        if digits[at : at + length] not in self._numbers or at + length > len(digits):
            return False
        if length >= 9:
            return True
        if re.search(r"[./()]", plain[places[at] : places[at + length - 1]]):
            return False  # a price, a date
        before = at and places[at] == places[at - 1] + 1  # a short one must stand alone
        after = at + length < len(digits) and places[at + length] == places[at + length - 1] + 1
        return not before and not after and plain[places[at] - 1 : places[at]] not in (".", ",", ":", "/")

    def _spelled(self, plain: str) -> Iterator[Finding]:
        if self._idle.issuperset(_WORD.findall(plain)):
            return  # no secret begins with any of these words
        words = [(m.start(), m[0]) for m in _WORD.finditer(plain)]
        for number, (start, raw) in enumerate(words):
            word = raw.rstrip(".:")
            if kind := self._words.get(word.casefold()):
                yield Finding(start, start + len(word), kind, RANK)
                continue
            joined = ""
            for place, more in words[number : number + 24]:
                more = more.rstrip(".:")
                joined += _SEPARATOR.sub("", more).casefold()
                if kind := self._words.get(joined):
                    yield Finding(start, place + len(more), kind, RANK)
                    break
                if joined not in self._beginnings:
                    if place == start:
                        self._rest(raw)
                    break

    def _rest(self, word: str) -> None:
        if len(self._idle) > 300_000:
            self._idle.clear()
        self._idle.add(word)
