"""What is known about single words: given names, family names, places, how ordinary they are. Pure; lists of Faker, Babel, wordfreq."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import wordfreq
from babel import Locale

from apps.privacy.scrub import lexicon

#: Locales whose lists of people are read (Faker's `first_names` and `last_names`; no Faker object is built).
PEOPLE = (
    "en_US",
    "en_GB",
    "en_IN",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "pt_BR",
    "ru_RU",
    "nl_NL",
    "pl_PL",
    "sv_SE",
    "tr_TR",
    "uk_UA",
)
#: Locales and the lists of places that Faker has for them.
PLACES = {
    "en_US": ("states",), "de_DE": ("cities", "states"), "fr_FR": ("cities", "regions"), "es_ES": ("states", "regions"),
    "it_IT": ("cities", "states"), "pt_BR": ("cities", "estados"), "ru_RU": ("city_names",), "pl_PL": ("cities",),
}  # fmt: skip
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ru")
_PART = re.compile(r"[^\W\d_]{2,}")
_ENDINGS = re.compile("(?:ой|ою|ей|ом|ем|ым|[аяуюыиеоёйь])$")


def _faker(kind: str, locale: str, name: str) -> Iterator[str]:
    provider = import_module(f"faker.providers.{kind}.{locale}").Provider
    for entry in getattr(provider, name, ()):
        yield entry if isinstance(entry, str) else entry[-1]


def _people(name: str) -> frozenset[str]:
    found = (part.lower() for locale in PEOPLE for entry in _faker("person", locale, name) for part in _PART.findall(entry))
    return frozenset(word for word in found if len(word) > 2)


@cache
def given() -> frozenset[str]:
    """Given names and nicknames, in small letters."""
    return _people("first_names") | lexicon.nicknames().keys()


@cache
def family() -> frozenset[str]:
    """Family names, in small letters."""
    return _people("last_names")


@cache
def known(section: str) -> frozenset[str]:
    """Well-known organisations, places or people (facts/known.txt), word by word, in small letters."""
    return frozenset(word for name, line in lexicon.entries("known.txt") if name == section for word in line.split())


def _place_names() -> Iterator[str]:
    for locale, lists in PLACES.items():
        for name in lists:
            yield from _faker("address", locale, name)
    for language in LANGUAGES:
        known = Locale(language)
        yield from known.territories.values()
        yield from (zone["city"] for zone in known.time_zones.values() if "city" in zone)
    yield from (str(zone).rpartition("/")[2].replace("_", " ") for zone in Locale("en").time_zones)


@cache
def places() -> frozenset[str]:
    """Names of towns, states and countries of one word, and the rarer words of longer ones, in small letters."""
    found: set[str] = set()
    for name in _place_names():
        parts = [part.lower() for part in _PART.findall(name)]
        found.update(part for part in parts if len(part) > 2 and (len(parts) == 1 or zipf(part) < 4))
    return frozenset(found) | known("places")


def _tenths(language: str) -> Iterator[tuple[str, int]]:
    """(word, Zipf frequency in tenths): small whole numbers, which cost no memory."""
    for word, share in wordfreq.get_frequency_dict(language, "small").items():
        yield word, round(10 * wordfreq.freq_to_zipf(share))


@cache
def _frequencies() -> tuple[dict[str, int], dict[str, int]]:
    """(English, best of all): Zipf frequency in tenths by word."""
    best = dict(_tenths(LANGUAGES[0]))
    english = dict(best)
    for language in LANGUAGES[1:]:
        for word, tenths in _tenths(language):
            best[word] = max(tenths, best.get(word, 0))
    wordfreq.get_frequency_dict.cache_clear()  # it keeps a second copy of everything
    return english, best


def zipf(word: str) -> float:
    """How often a word is said, in powers of ten in a billion words; 0 for unknown ones. Names have frequencies too."""
    return _frequencies()[1].get(word, 0) / 10


def english(word: str) -> float:
    """The same in English alone."""
    return _frequencies()[0].get(word, 0) / 10


@cache
def _stems() -> frozenset[str]:
    return frozenset(_ENDINGS.sub("", name) for name in given() if name > "а" and len(name) > 3)


def is_given(word: str) -> bool:
    """Whether it is a given name, Cyrillic ones in any case."""
    return word in given() or (word > "а" and len(word) > 3 and _ENDINGS.sub("", word) in _stems())
