"""Phone numbers, checked against the numbering plans by phonenumbers.

International ones (`+` or `00` and a country) always; national ones where a word names them, or where their separators are
there and the archive tells which countries its people live in (nine in ten random numbers are valid somewhere).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View

_SHAPE = re.compile(r"(?<![\w+])(?:\+|00)[ (]{0,2}[1-9](?:[ ().\-/\u00a0\u2010-\u2015]{0,3}\d){6,15}(?!\d)")
NATIONAL = re.compile(
    r"(?<![\w.,+/:$€£#-])\(?\d{1,6}\)?(?:[ .\-/\u00a0\u2010-\u2015]{0,2}\(?\d{1,6}\)?){1,7}(?![\w]|[.,:]\d)"
)
_SEPARATED = re.compile(r"\d[ ().\-/\u00a0\u2010-\u2015]+\d")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|(?:19|20)\d{2}\s?[-–/]\s?(?:19|20)?\d{2}")
#: Where a word says that it is a phone number, these countries are tried, those of the archive first.
REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "BR",
    "RU",
    "PT",
    "NL",
    "PL",
    "IN",
    "CA",
    "AU",
    "MX",
    "AR",
    "CH",
    "AT",
    "BE",
    "SE",
    "UA",
    "TR",
    "IE",
)
#: In groups, with the figure that is dialled before all others in a country: hardly anything else is written so.
_TRUNK = re.compile(
    r"(?<![\w.,+/:$€£#-])(?:\(?0[1-9]\d{1,4}\)?[ /-]{1,2}\d{2,8}(?:[ -]\d{2,5}){0,3}|8[ -]?\(?9\d\d\)?[ -]?\d{3}[ -]\d\d[ -]?\d\d)(?![\w-]|[.,:]\d| \d)"
)
_NEAR = 32
#: "number of users": no number that anybody could call.
_COUNT = re.compile(r"(?<!\w)(?:[Nn]umbers?|NUMBERS?) of (?:the |our |all )?[a-z]+(?:s|people)(?!\w)")


def gate(view: View) -> bool:
    return view.digits >= 7


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


def country(candidate: str) -> str | None:
    """The region of an international number, None when it is none."""
    try:
        number = phonenumbers.parse(candidate)
        return phonenumbers.region_code_for_number(number) if phonenumbers.is_valid_number(number) else None
    except phonenumbers.NumberParseException:
        return None


def regions(text: str) -> Iterator[str]:
    """The countries of the international numbers in a text."""
    for match in _SHAPE.finditer(text) if "+" in text else ():
        if found := country(match[0]):
            yield found


@lru_cache(maxsize=4096)
def national(candidate: str, tried: tuple[str, ...]) -> bool:
    """Whether it is a number of one of these regions, as dialled there."""
    digits = re.sub(r"\D", "", candidate)
    if (
        re.fullmatch(r"\d+\.\d+", candidate.strip())
        or not 7 <= len(digits) <= 12
        or len(set(digits)) < 3
        or _DATE.fullmatch(candidate.strip())
    ):
        return False
    for region in tried:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(digits, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def sounds(candidate: str, regions: tuple[str, ...]) -> bool:
    """Whether somebody who says that they tell a number tells this one: a valid one, or one that is as long and begins with 0."""
    digits = re.sub(r"\D", "", candidate)
    if national(candidate, (*regions, *REGIONS)):
        return True
    return 8 <= len(digits) <= 13 and (digits[0] == "0" or len(digits) > 9) and not _DATE.fullmatch(candidate.strip())


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    if "+" in plain or "00" in plain:
        for match in _SHAPE.finditer(plain):
            ends = [m.end() for m in re.finditer(r"\d", match[0])]
            for end in reversed(ends[7:]):
                if _valid(match[0][:end]):
                    yield Finding(match.start(), match.start() + end, "phone", 70)
                    break
    named = "phone" in view.named
    if not named and not view.regions:
        for match in _TRUNK.finditer(plain) if view.digits >= 10 else ():
            if national(match[0], REGIONS) and not cues.COUNTED.match(plain, match.end()):
                yield Finding(match.start(), match.end(), "phone", 51)
        return
    about = _COUNT.sub(lambda other: " " * len(other[0]), plain) if named else plain
    for match in NATIONAL.finditer(plain):
        if named and cues.near("phone", about, match.start(), _NEAR) and national(match[0], (*view.regions, *REGIONS)):
            yield Finding(match.start(), match.end(), "phone", 66)
        elif view.regions and _SEPARATED.search(match[0]) and national(match[0], view.regions):
            yield Finding(match.start(), match.end(), "phone", 52)
