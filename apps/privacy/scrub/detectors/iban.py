"""Bank accounts as IBAN (ISO 13616): country, length and check digits; any case, grouped or not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from apps.privacy.scrub.types import Finding, View

_SHAPE = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=(?i:iban)))[A-Za-z]{2}\d{2}(?:[\s.,;\-\u2010-\u2015/_•·|]{0,3}[A-Za-z0-9]){11,30}"
)
SHORTEST = 15


def gate(view: View) -> bool:
    return view.digits >= 4


def find(view: View) -> Iterator[Finding]:
    for match in _SHAPE.finditer(view.plain):
        signs = [n for n, c in enumerate(match[0]) if c.isalnum()]
        number = "".join(match[0][n] for n in signs).upper()
        for length in reversed(_checked(number)):
            if iban.is_valid(number[:length], check_country=False):
                yield Finding(match.start(), match.start() + signs[length - 1] + 1, "iban", 96)
                break


def _checked(number: str) -> list[int]:
    """At which lengths the check digits are right (ISO 7064, mod 97-10): the library is only asked about those."""
    head = "".join(str(int(sign, 36)) for sign in number[:4])
    shift, begun = 10 ** len(head), int(head)
    found, rest = [], 0
    for length, sign in enumerate(number[4:], 5):
        value = int(sign, 36)
        rest = (rest * (100 if value > 9 else 10) + value) % 97
        if length >= SHORTEST and (rest * shift + begun) % 97 == 1:
            found.append(length)
    return found
