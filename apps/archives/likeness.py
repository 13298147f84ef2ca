"""Which people of different platforms may be one: suggestions only, the owner decides. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from apps.archives.nameless import nameless

Key = TypeVar("Key", bound=Hashable)

#: What a reader calls the owner where an export does not say their name.
_OWNER = "me"
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\+?[\d ()./\-]{7,}")


@dataclass(frozen=True)
class Known(Generic[Key]):
    """A person as a suggestion sees them."""

    key: Key
    name: str
    platforms: frozenset[str]


@dataclass(frozen=True)
class Suggestion(Generic[Key]):
    """That two are one, and why."""

    one: Key
    other: Key
    why: str


def is_name(name: str) -> bool:
    """Whether somebody is called so, and not merely many who have no name, or the owner by a reader."""
    return not nameless(name) and name.strip().casefold() != _OWNER


def tokens(name: str) -> tuple[str, ...]:
    """A name without case, accents, order, decoration: "Kovač, Ana 🌸" and "ana kovac" are equal."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return tuple(sorted(_LETTERS.findall(plain.casefold())))


def digits(name: str) -> str:
    """The last nine digits of a name that is a telephone number; else ""."""
    found = re.sub(r"\D", "", name) if _DIGITS.fullmatch(name.strip()) else ""
    return found[-9:] if len(found) >= 9 else ""


def suggestions(people: Iterable[Known[Key]]) -> list[Suggestion[Key]]:
    """Pairs on different platforms with an equal name or number, or a first name that only one full name has."""
    known = [p for p in people if is_name(p.name)]
    found: dict[frozenset[Key], Suggestion[Key]] = {}
    for label, of in (("the same name", lambda n: tokens(n)), ("the same number", lambda n: digits(n))):
        groups: dict[object, list[Known[Key]]] = defaultdict(list)
        for person in known:
            if of(person.name):
                groups[of(person.name)].append(person)
        for group in groups.values():
            for one, other in pairwise(group):
                if not one.platforms & other.platforms:  # on one platform they are two accounts, hence two people
                    found.setdefault(frozenset((one.key, other.key)), Suggestion(one.key, other.key, label))
    for short in known:
        words = tokens(short.name)
        if len(words) != 1:
            continue
        full = [
            p for p in known if len(tokens(p.name)) > 1 and words[0] in tokens(p.name) and not p.platforms & short.platforms
        ]
        if len(full) == 1:
            pair = frozenset((short.key, full[0].key))
            found.setdefault(pair, Suggestion(short.key, full[0].key, "the same first name, which nobody else has"))
    return list(found.values())
