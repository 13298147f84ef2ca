"""Payment cards: 13 to 19 digits in any grouping, Luhn check (ISO/IEC 7812-1) and a known issuer's range."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from apps.privacy.scrub.types import Finding, View

_RUN = re.compile(r"(?<![A-Za-z\d])\d+(?![A-Za-z]\d)|(?<=[A-Za-z]{3})\d{13,}")
_BETWEEN = re.compile(r"[ .\-\u00a0/]{1,3}")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|3(?:0[0-5]|095|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|62\d{14,17}|220[0-4]\d{12,15}|9792\d{12}|60\d{14}|8[12]\d{14}"
)


def gate(view: View) -> bool:
    return view.digits >= 13


def _valid(digits: str) -> bool:
    return len(set(digits)) > 1 and bool(_ISSUER.fullmatch(digits)) and luhn.is_valid(digits)


def find(view: View) -> Iterator[Finding]:
    """Neighbouring runs of digits are joined, the longest card from the left first."""
    runs = [(m.start(), m.end()) for m in _RUN.finditer(view.plain)]
    first = 0
    while first < len(runs):
        last = _card(view.plain, runs, first)
        if last is not None:
            yield Finding(runs[first][0], runs[last][1], "card", 95)
        first = first + 1 if last is None else last + 1


def _card(plain: str, runs: list[tuple[int, int]], first: int) -> int | None:
    """The last run of the longest card that begins with run `first`."""
    digits, found = "", None
    for at in range(first, len(runs)):
        start, end = runs[at]
        if at > first and not _BETWEEN.fullmatch(plain, runs[at - 1][1], start):
            break
        digits += plain[start:end][:20]
        if len(digits) > 19:
            break
        if len(digits) >= 13 and _valid(digits):
            found = at
    return found
