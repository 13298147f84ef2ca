"""How people are known beside their names: telephone numbers, e-mail addresses, user names, nicknames. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps.archives.formats.types import AddressKind

#: (kind, value)
Way = tuple[AddressKind, str]
#: So many of one person are kept; longer values are none.
MOST, LONGEST = 24, 120
_MAIL = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\W\d_]{2,}")
_NUMBER = re.compile(r"\+?\d[\d ()./\-\u00a0\u2010-\u2015]{6,24}")
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
    found = {(kind, normal((kind, value))): (kind, " ".join(value.split())) for kind, value in ways if len(value) <= LONGEST}
    return sorted((way for (_, plain), way in found.items() if plain), key=lambda way: (way[0] == "nickname", way))[:MOST]


def telling(way: Way) -> bool:
    """Whether it is a user name that is nobody's name and no word, so that it can be looked for in texts: one with a digit."""
    kind, value = way
    plain = re.sub(r"[\W_]", "", value)
    return kind == "handle" and len(plain) >= 6 and not plain.isdigit() and any(map(str.isdigit, plain))
