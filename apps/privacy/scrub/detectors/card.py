"""Payment cards: 13 to 19 digits in any grouping, Luhn check (ISO/IEC 7812-1) and a known issuer's range."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from apps.privacy.scrub.types import Finding, View

_DIGITS = re.compile(r"(?<![\d.])\d(?:[ .\-\u00a0/]{0,3}\d){12,18}(?!\d)")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|3(?:0[0-5]|095|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|62\d{14,17}|220[0-4]\d{12,15}|9792\d{12}|60\d{14}|8[12]\d{14}"
)


def gate(plain: str) -> bool:
    return sum(map(str.isdigit, plain)) >= 13


def find(view: View) -> Iterator[Finding]:
    for match in _DIGITS.finditer(view.plain):
        digits = re.sub(r"\D", "", match[0])
        if len(set(digits)) > 1 and _ISSUER.fullmatch(digits) and luhn.is_valid(digits):
            yield Finding(match.start(), match.end(), "card", 95)
