"""Telephone numbers that the numbering plans accept, in the ways people write them."""

import re
from functools import cache
from random import Random

import phonenumbers
from phonenumbers import PhoneNumber

from apps.privacy.planted.chance import exotic, listed, number, pick

HOMES = {
    "en": ("US", "GB", "CA", "AU", "IE", "IN"),
    "ru": ("RU", "KZ", "UA"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES", "CO", "CL", "PE"),
    "fr": ("FR", "BE", "CH"),
    "pt": ("BR", "PT"),
    "it": ("IT",),
}
AWAY = listed("PL NL SE NO DK FI TR GR CZ HU RO JP KR SG ZA AE IL NG KE HR EG TH VN PH NZ")
# where the domestic prefix is 0 and people put it in brackets behind the country code
BRACKETED = ("DE", "AT", "CH", "GB", "FR", "BE", "NL", "SE", "AU", "IE", "UA")


@cache
def example(region: str, mobile: bool) -> tuple[str, str]:
    """A country code and a national number of the plan."""
    kind = phonenumbers.PhoneNumberType.MOBILE if mobile else phonenumbers.PhoneNumberType.FIXED_LINE
    found = phonenumbers.example_number_for_type(region, kind)
    assert found is not None  # every region of the tables has an example
    return str(found.country_code), str(phonenumbers.national_significant_number(found))


def draw(rng: Random, region: str) -> PhoneNumber:
    """A random valid number; the example itself if the dice never hit a valid one."""
    code, national = example(region, rng.random() < 0.8)
    for _ in range(40):
        tail = rng.randint(5, 7)
        found = phonenumbers.parse(f"+{code}{national[:-tail]}{number(rng, tail)}")
        if phonenumbers.is_valid_number(found) and phonenumbers.region_code_for_number(found) == region:
            return found
    return phonenumbers.parse(f"+{code}{national}")


def written(found: PhoneNumber, style: str) -> str:
    styles = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(found, getattr(styles, style)))


def abroad(rng: Random, found: PhoneNumber, region: str) -> str:
    """The international spelling, in one of its many variants."""
    spaced = written(found, "INTERNATIONAL")
    head, _, tail = spaced.partition(" ")
    # a Swiss or German number with "(0)" is common; an Italian one would be a different number
    if region in BRACKETED and rng.random() < 0.2:
        return f"{head} (0){tail}" if rng.random() < 0.7 else f"{head}(0){tail}"
    if region in ("US", "CA", "RU", "KZ") and rng.random() < 0.3:
        area, *rest = re.split(r"[ -]", tail)
        return f"{head} ({area}) {'-'.join(rest)}"
    if region not in ("US", "CA", "RU", "KZ", "AU") and rng.random() < 0.12:
        return "00" + spaced[1:]
    return regap(rng, spaced)


def regap(rng: Random, spaced: str) -> str:
    roll = rng.random()
    if roll < 0.45:
        return spaced
    if roll < 0.5:
        return "({}) {}".format(*spaced.split(" ", 1))
    return re.sub(r"[ -]+", pick(rng, {"": 6, "-": 2, ".": 2, "\u00a0": 1}), spaced)


def home_region(rng: Random, language: str) -> str:
    return rng.choice(HOMES[language])


def phone(rng: Random, language: str) -> str:
    """With its country code."""
    region = home_region(rng, language) if rng.random() < 0.6 else rng.choice(AWAY)
    return exotic(rng, abroad(rng, draw(rng, region), region))


def local(rng: Random, language: str) -> str:
    """As one writes it to somebody in the same country."""
    region = home_region(rng, language)
    spaced = written(draw(rng, region), "NATIONAL")
    if region == "DE" and rng.random() < 0.3:
        return spaced.replace(" ", "/", 1)
    if rng.random() < 0.5:
        return spaced
    gap = pick(rng, {"": 5, "-": 2, ".": 2, " ": 2, "\u00a0": 1})
    return re.sub(r"[ ()-]+", gap, spaced).strip(gap or " ")


def phone_groups(rng: Random, language: str) -> list[str]:
    """An international number in its natural groups."""
    for _ in range(20):
        parts = re.split(r"[ -]", written(draw(rng, home_region(rng, language)), "INTERNATIONAL"))
        if len(parts) > 2:
            break
    return parts
