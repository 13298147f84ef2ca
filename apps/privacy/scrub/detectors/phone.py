"""International phone numbers (`+` or `00` and a country), checked against the numbering plans by phonenumbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from apps.privacy.scrub.types import Finding, View

_SHAPE = re.compile(r"(?<![\w+])(?:\+|00)[ (]{0,2}[1-9](?:[ ().\-/\u00a0\u2010-\u2015]{0,3}\d){6,15}(?!\d)")


def gate(plain: str) -> bool:
    return "+" in plain or "00" in plain


def _valid(candidate: str) -> bool:
    digits = re.sub(r"\D", "", candidate.replace("(0)", ""))
    if not candidate.startswith("+"):
        digits = digits.removeprefix("00")
    try:
        return phonenumbers.is_possible_number(number := phonenumbers.parse(f"+{digits}")) and (
            phonenumbers.is_valid_number(number) or candidate.startswith("+")
        )
    except phonenumbers.NumberParseException:
        return False


def find(view: View) -> Iterator[Finding]:
    for match in _SHAPE.finditer(view.plain):
        ends = [m.end() for m in re.finditer(r"\d", match[0])]
        for end in reversed(ends[7:]):
            if _valid(match[0][:end]):
                yield Finding(match.start(), match.start() + end, "phone", 70)
                break
