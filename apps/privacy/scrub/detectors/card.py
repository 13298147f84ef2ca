"""Payment cards: 13 to 19 digits in any grouping, Luhn check (ISO/IEC 7812-1) and a known issuer's range."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from apps.privacy.scrub.types import Finding, View

_RUN = re.compile(r"(?<![A-Za-z\d])\d+(?![A-Za-z]\d)|(?<=[A-Za-z]{3})\d{13,}")
_BETWEEN = re.compile(r"[ .\-\u00a0/]{1,3}")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|3(?:0[0-5]|095|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|62\d{14,17}|220[0-4]\d{12,15}|9792\d{12}|60\d{14}|8[12]\d{14}"
)
_BEGINS = frozenset("2345689")
#: A digit taken twice, the digits of the product added up.
_TWICE = str.maketrans("0123456789", "0246813579")


def gate(view: View) -> bool:
    return view.digits >= 13


def _valid(digits: str) -> bool:
    return len(set(digits)) > 1 and bool(_ISSUER.fullmatch(digits)) and _luhn(digits)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B, for digits; the library's, which takes any alphabet, is what takes long in long lines."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_TWICE))) % 10 == 0


def find(view: View) -> Iterator[Finding]:
    """Neighbouring runs of digits are joined, the longest card from the left first."""
    plain = view.plain
    runs = [(m.start(), m.end()) for m in _RUN.finditer(plain)]
    joined = [_BETWEEN.fullmatch(plain, a[1], b[0]) is not None for a, b in pairwise(runs)]
    first = 0
    while first < len(runs):
        last = _card(plain, runs, joined, first) if plain[runs[first][0]] in _BEGINS else None
        if last is not None:
            yield Finding(runs[first][0], runs[last][1], "card", 95)
        first = first + 1 if last is None else last + 1


def _card(plain: str, runs: list[tuple[int, int]], joined: list[bool], first: int) -> int | None:
    """The last run of the longest card that begins with run `first`."""
    digits, found = "", None
    for at in range(first, len(runs)):
        if at > first and not joined[at - 1]:
            break
        start, end = runs[at]
        digits += plain[start:end][:20]
        if len(digits) > 19:
            break
        if len(digits) >= 13 and _valid(digits):
            found = at
    return found
