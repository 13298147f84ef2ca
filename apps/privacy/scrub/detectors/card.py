"""Payment cards: 13 to 19 digits in any grouping, Luhn check (ISO/IEC 7812-1) and a known issuer's range."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise

from apps.privacy.scrub.types import Finding, View

_RUN = re.compile(r"(?<![A-Za-z\d])\d+(?![A-Za-z]\d)|(?<=[A-Za-z]{3})\d{13,}")
_BETWEEN = re.compile(r"[\s.,;\-\u2010-\u2015/_•·|]{1,3}")
#: Other signs than these stand between groups of a card only where they are grouped as on the card.
_USUAL = re.compile(r"[ .\-\u00a0/]{1,3}")
_GROUPED = frozenset([(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (8, 8), (4, 4, 4, 1)])
_CARD = re.compile(
    r"(?<!\w)(?:(?:credit|debit|bank|kredit|ec|visa|master|giro)? ?(?:card|karte|kartennummer)s?|visa|mastercard|maestro|amex|carte|tarjeta|cart[aã]o|carta|карт[аыу]|карточк[аиу])(?!\w)",
    re.I,
)
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
        after = first + 1
        while after < len(runs) and joined[after - 1]:
            after += 1
        if sum(end - start for start, end in runs[first:after]) >= 13:
            yield from _cards(plain, runs[first:after])
        first = after


def _cards(plain: str, runs: list[tuple[int, int]]) -> Iterator[Finding]:
    """The cards among runs of digits that belong together: each begins with a run and ends with one."""
    if len(runs) > 19 and max(end - start for start, end in runs) <= 2 and not _called(plain, runs[0][0]):
        return  # `_written` would find none either
    digits = "".join(plain[start:end] for start, end in runs)
    ends = list(accumulate(end - start for start, end in runs))  # where each run ends in `digits`
    number = at = 0
    while number < len(runs):
        last = _longest(plain, runs, digits, at, ends, number) if digits[at] in _BEGINS else None
        if last is not None:
            yield Finding(runs[number][0], runs[last][1], "card", 95)
            yield from _beside(plain, runs[last][1])
            number = last
        at, number = ends[number], number + 1


def _longest(plain: str, runs: list[tuple[int, int]], digits: str, at: int, ends: list[int], first: int) -> int | None:
    """The last run of the longest card that begins at a place of `digits`, where run `first` begins."""
    shortest, longest = bisect_left(ends, at + 13, first), bisect_right(ends, at + 19, first)
    return next(
        (
            n
            for n in range(longest - 1, shortest - 1, -1)
            if _valid(digits[at : ends[n]]) and _written(plain, runs[first : n + 1], len(runs))
        ),
        None,
    )


def _written(plain: str, card: list[tuple[int, int]], among: int) -> bool:
    """Whether people write cards so: small numbers in a row pass the check by chance, one time in ten."""
    lengths = tuple(end - start for start, end in card)
    if any(_USUAL.fullmatch(plain, a[1], b[0]) is None for a, b in pairwise(card)) and lengths not in _GROUPED:
        return False
    if max(lengths) > 2:
        return True
    return (max(lengths) == 1 and among == len(card)) or _called(plain, card[0][0])


def _called(plain: str, start: int) -> bool:
    return _CARD.search(plain, max(0, start - 40), start) is not None


#: What is on the card as well: until when, and its check number.
_EXPIRY = re.compile(
    r"[\s,;|/•-]{0,3}(?:(?:exp(?:iry|ires|\.)?|valid(?: thru)?|gültig bis|bis|до|срок|val(?:ida|able)?|cad(?:uca)?|scad(?:enza)?)[\s:.]{0,3})?((?:0?[1-9]|1[0-2])\s?[/|.-]\s?(?:20)?\d\d)(?![\d/.-])"
    r"(?:[\s,;|/•-]{1,3}(?:(?:cvv2?|cvc2?|code|код|prüfnummer)[\s:.]{0,3})?(\d{3,4})(?!\w|[.,]\d))?",
    re.I,
)


def _beside(plain: str, end: int) -> Iterator[Finding]:
    match = _EXPIRY.match(plain, end)
    if match is not None:
        yield Finding(match.start(1), match.end(1), "secret", 80)
        if match[2]:
            yield Finding(match.start(2), match.end(2), "cvv", 89)
