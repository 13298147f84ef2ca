"""How one telephone number is dialled, at home and from abroad: with the code of its country, with a 0 or an 8 before it. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

#: Shorter ones are too near to other numbers.
HOME, SIGNIFICANT = 8, 9


@lru_cache(maxsize=4_096)
def forms(plain: str) -> frozenset[str]:
    """The digits of a number in its other spellings, as far as it tells its country: "015123456789" and "15123456789" for
    "+49 151 23456789". One that begins with a single 0 tells what stands behind it abroad, too."""
    digits = re.sub(r"\D", "", plain)
    if plain.lstrip(" (").startswith("+") or digits.startswith("00"):
        return _at_home("+" + digits.removeprefix("00"))
    rest = digits.removeprefix("0")
    return frozenset({rest} - {digits}) if len(rest) >= SIGNIFICANT else frozenset()


def _at_home(number: str) -> frozenset[str]:
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return frozenset()
    if not phonenumbers.is_possible_number(parsed):
        return frozenset()
    home = re.sub(r"\D", "", phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    significant = phonenumbers.national_significant_number(parsed)
    return frozenset(form for form, least in ((home, HOME), (significant, SIGNIFICANT)) if len(form) >= least)
