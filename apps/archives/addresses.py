"""How people are known beside their names: telephone numbers, e-mail addresses, user names, nicknames. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps.archives.formats.types import AddressKind
from apps.privacy.scrub import gazetteer, surrogates, wording

#: (kind, value)
Way = tuple[AddressKind, str]
#: So many of one person are kept; longer values are none.
MOST, LONGEST = 24, 120
_MAIL = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\W\d_]{2,}")
_NUMBER = re.compile(r"(?:\+|\(\+?)?\d[\d ()./\-\u00a0\u2010-\u2015]{6,24}")
_CALLED = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_WORD_AND_NUMBER = re.compile(r"([^\W\d_]+)[\W_]*\d+")
_LANGUAGES = (*wording.LANGUAGES, *wording.OTHERS)
_DOTLESS = ("gmail.com", "googlemail.com")


def within(text: str) -> Iterator[Way]:
    """What a name, or the id of a sender, is by itself: many platforms call people by their number or address."""
    said = text.strip()
    if _MAIL.fullmatch(said):
        yield "email", said
    elif said[:1] in ("+", "0", "(") and digits(said):  # others are mere ids
        yield "phone", said


def digits(text: str) -> str:
    """The last nine digits of a telephone number; "" for anything else. With them national and international forms are equal."""
    found = re.sub(r"\D", "", text) if _NUMBER.fullmatch(text.strip()) else ""
    return found[-9:] if len(found) >= 9 else ""


def normal(way: Way) -> str:
    """What equal addresses have in common however they are written; "" for what tells nobody apart."""
    kind, value = way
    if kind == "phone":
        return digits(value)
    if kind == "email":
        name, _, domain = value.strip().casefold().rpartition("@")
        if domain in _DOTLESS:
            name, domain = name.partition("+")[0].replace(".", ""), _DOTLESS[0]
        return f"{name}@{domain}" if name and domain else ""
    if kind == "handle":
        plain = value.strip().strip("@/").casefold()
        return plain if len(plain) >= 4 and not plain.isdigit() else ""
    return " ".join(value.split()).casefold()


def told(ways: Iterable[Way]) -> list[Way]:
    """Those that say something, each once, in an order of their own."""
    found: dict[Way, Way] = {}
    for kind, value in sorted(ways):
        if len(value) <= LONGEST and (plain := normal((kind, value))):
            found.setdefault((kind, plain), (kind, " ".join(value.split())))
    return sorted(found.values(), key=lambda way: (way[0] in ("nickname", "shown"), way))[:MOST]


def telling(way: Way) -> bool:
    """Whether it is a user name that is nobody's name and no phrase, so that it can be looked for in texts: one with a digit."""
    kind, value = way
    plain = re.sub(r"[\W_]", "", value)
    counted = _WORD_AND_NUMBER.fullmatch(value.strip("@"))  # "player1", "summer_2023"
    ordinary = counted is not None and wording.is_word(counted[1].lower(), _LANGUAGES)
    long = len(plain) >= 6 and not plain.isdigit() and any(map(str.isdigit, plain))
    return kind == "handle" and long and not ordinary and not re.search(r"\s", value)


def called(way: Way) -> bool:
    """Whether it is a name by which somebody is spoken of, so that it is replaced in texts; statuses and roles are not.

    Up to three words, written as names are and no ordinary ones; what is merely shown somewhere begins with somebody's first name.
    """
    kind, value = way
    words = value.split()
    if kind not in ("nickname", "shown") or not 1 <= len(words) <= 3:
        return False
    if not all(_CALLED.fullmatch(word) and word == word[:1].upper() + word[1:].lower() for word in words):
        return False
    low = [word.lower() for word in words]
    names = [gazetteer.is_given(word) or surrogates.is_name(word) for word in low]
    if kind == "shown" and not (gazetteer.is_given(low[0]) or surrogates.is_first(low[0])):
        return False
    plain = [name or not wording.is_word(word, _LANGUAGES) for word, name in zip(low, names, strict=True)]
    return plain[0] and all(fits or len(word) == 1 for word, fits in zip(low, plain, strict=True))
