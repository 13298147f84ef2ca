"""Numbers that were confirmed as secrets, found again however they are parted: "4111-1111…" for "4111 1111 …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from apps.privacy.scrub import carrying
from apps.privacy.scrub.figures import RUN, Figured, figures, several
from apps.privacy.scrub.types import Finding, View

RANK = 68
#: Of no more digits an address of a machine without its signs is a number as people count: "127001".
_COUNTED = 6
#: Numbers of so many digits are found whatever signs stand between them.
LONG = 9
_DIGITS = re.compile(r"\d(?:[ .,:\-/()\u00a0\u2010-\u2015]{0,3}\d)*")
#: The same with any signs between the parts, a bubble that ends at a " - " among them.
_PARTED = re.compile(r"\d(?:[\W_]{0,8}\d)*")
#: What stands between the digits of a short number only where it stands between all of them.
_NO_GROUPS = re.compile(r"[^\d\s\-\u2010-\u2015]")
#: Digits in the parts of a date, where days and months of one digit have two.
_DATES = ((2, 2, 2), (2, 2, 4), (4, 2, 2))
#: They are numbers only as they were written: "0000" is no address of a machine.
AS_WRITTEN = frozenset(["ip", "mac"])
_FIGURE, _GROUP = re.compile(r"\d"), re.compile(r"\d+")
#: Before a short number: it is part of a price, a time, a fraction.
_GOES_ON = re.compile(r"\d[.,:/]")
_FIRST_TO_LAST = re.compile(r"\d.*\d", re.S)


class Numbers:
    """Known secrets of digits. `kinds`: the kind of each, by its digits; `written`: short ones with signs that make a price or a date
    elsewhere, as they were written; `as_written`: kinds that count only so; `labels`: what some are called where they are found."""

    def __init__(
        self,
        kinds: Mapping[str, str] = {},  # noqa: B006 - read only
        written: Mapping[str, set[str]] = {},  # noqa: B006
        as_written: frozenset[str] = AS_WRITTEN,
        labels: Mapping[str, str] = {},  # noqa: B006
    ) -> None:
        self.kinds: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._as_written = as_written
        self.written = {key: set(some) for key, some in written.items() if key in kinds}
        self._lengths: tuple[int, ...] = ()  # the longest first
        self._openings: set[str] = set()  # the whole ones too
        for key, kind in kinds.items():
            self.add(key, kind, label=labels.get(key, ""))

    def add(self, key: str, kind: str, value: str = "", label: str = "") -> None:
        """Remember one by its digits. `value`: as it was written; `label`: the kind that is said where it is found, if another."""
        self.kinds[key] = kind
        relabel(self.labels, key, label)
        short = len(key) < LONG or kind in AS_WRITTEN
        parts = _FIRST_TO_LAST.search(View(value).plain) if short or kind == "birthdate" else None
        if parts and (kind == "birthdate" or _NO_GROUPS.search(parts[0])):
            self.written.setdefault(key, set()).add(_joined(parts[0]))
        self._openings.update(key[:n] for n in range(1, len(key) + 1))
        if len(key) not in self._lengths:
            self._lengths = tuple(sorted({*self._lengths, len(key)}, reverse=True))

    def begins(self, digits: str) -> bool:
        """Whether these digits, or their end, may be the beginning of a known number."""
        longest = self._lengths[0] if self._lengths else 0
        return any(digits[at:] in self._openings for at in range(max(0, len(digits) - longest), len(digits)))

    def find(self, view: View) -> Iterator[Finding]:
        """Where they stand in a text, in figures and in words."""
        if not self.kinds:
            return
        if view.digits >= min(4, self._lengths[-1]):
            yield from self._digits(view.plain)
        if several(view.plain):
            yield from self._in_words(view.plain)

    def parted(self, plain: str) -> Iterator[Finding]:
        """Where numbers stand with any signs between their digits or groups: "4, 8, 2, 1", and a line for each group of a card."""
        if self.kinds:
            yield from self._digits(plain, _PARTED)

    def _in_words(self, plain: str) -> Iterator[Finding]:
        """Numbers that are told digit by digit, in words."""
        if RUN.search(plain) is None:
            return
        figured = Figured(plain)
        for f in self.parted(figured.text):
            start, end = figured.back(f.start, f.end)
            digits = _FIGURE.findall(figured.text, f.start, f.end)
            if end - start > f.end - f.start and RUN.search(plain, start, end) and not _chanted(digits):
                yield Finding(start, end, f.kind, f.rank)

    def _digits(self, plain: str, runs: re.Pattern[str] = _DIGITS) -> Iterator[Finding]:
        for run in runs.finditer(plain):
            places = [run.start() + n for n, c in enumerate(run[0]) if c.isdigit()]
            digits = "".join(plain[p] for p in places)
            at = 0
            while at < len(digits):
                if digits[at : at + self._lengths[-1]] not in self._openings:
                    at += 1  # no number begins so: most do not, and nothing else is asked
                    continue
                length = next((n for n in self._lengths if self._here(plain, digits, places, at, n, runs)), 0)
                if length:
                    key = digits[at : at + length]
                    yield Finding(places[at], places[at + length - 1] + 1, self.labels.get(key, self.kinds[key]), RANK)
                at += length or 1

    def _here(
        self, plain: str, digits: str, places: list[int], at: int, length: int, runs: re.Pattern[str] = _DIGITS
    ) -> bool:
        if digits[at : at + length] not in self.kinds or at + length > len(digits):
            return False
        kind = self.kinds[digits[at : at + length]]
        if length >= LONG and kind not in self._as_written:
            return True
        if _joined(plain[places[at] : places[at + length - 1] + 1]) in self.written.get(digits[at : at + length], ()):
            return not self._in_another(places, digits, at, length)
        one_by_one = runs is _PARTED and len(digits) == length and all(b - a > 1 for a, b in pairwise(places))
        groups = _GROUP.findall(plain, places[at], places[at + length - 1] + 1)
        grouped = self._grouped(groups, digits[at : at + length])
        if kind in AS_WRITTEN and not one_by_one and (kind in self._as_written or not (grouped or length > _COUNTED)):
            return False  # in other conversations only with its signs, in what a persona says as no number that people count
        dated = kind == "birthdate" and (grouped if self._parted(digits[at : at + length]) else _is_date(groups))
        if not (one_by_one or dated) and _NO_GROUPS.search(plain, places[at], places[at + length - 1]):
            return False  # a price, a date
        if plain[places[at + length - 1] + 1 : places[at + length - 1] + 2].isalpha():
            return False  # a device, a checksum
        return not self._in_another(places, digits, at, length) and not _GOES_ON.match(
            plain, max(0, places[at] - 2), places[at]
        )

    def _grouped(self, groups: list[str], key: str) -> bool:
        """Whether digits stand in the groups in which they were written: "10-0-0-1" for 10.0.0.1, but not "10001"."""
        return any(groups == _GROUP.findall(one) for one in self.written.get(key, ()))

    def _parted(self, key: str) -> bool:
        """Whether it was written in groups, and not "12031994"."""
        return any(not one.isdigit() for one in self.written.get(key, ()))

    @staticmethod
    def _in_another(places: list[int], digits: str, at: int, length: int) -> bool:
        """Whether more digits stand right before or behind: a short one must stand alone."""
        before = at > 0 and places[at] == places[at - 1] + 1
        return before or (at + length < len(digits) and places[at + length] == places[at + length - 1] + 1)

    def may_stand_in(self, plain: str) -> bool:
        """Whether any of them may stand in a long text, of many messages: none without its digits in a row."""
        if not self.kinds:
            return False
        digits = re.sub(r"\D", "", plain)
        told = re.sub(r"\D", "", figures(plain)) if several(plain) else ""
        return any(key in digits or key in told for key in self.kinds)


def relabel(labels: dict[str, str], key: str, label: str) -> None:
    """Call a secret so where it is found from now on, or by its kind."""
    if label:
        labels[key] = label
    else:
        labels.pop(key, None)


def _is_date(groups: list[str]) -> bool:
    """Whether groups of digits have the lengths of a date's: "12", "3", "1994"."""
    return tuple(max(2, len(group)) for group in groups) in _DATES


def _joined(text: str) -> str:
    """Without white space, which stands there where a message ends."""
    return "".join(text.split())


def _chanted(digits: Sequence[str]) -> bool:
    """Whether digits in words are said without meaning any: "oh oh oh oh", "one two three four"."""
    return len(set(digits)) < 2 or carrying.counted(digits)
