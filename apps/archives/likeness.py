"""Which people of different platforms may be one: suggestions only, the owner decides. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, pairwise
from typing import Generic, TypeVar

from apps.archives.addresses import Way, normal, within
from apps.archives.formats.types import AddressKind
from apps.archives.nameless import nameless
from apps.privacy.scrub import lexicon

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")

#: What a reader calls the owner where an export does not say their name.
_OWNER = "me"
_LETTERS = re.compile(r"[^\W\d_]+")
#: Of larger groups of one name only neighbours are compared; who shares a number or an address with more people shares a switchboard.
_FEW = 5
#: So many who have one word in their names are looked at: a first name that fits more of them fits nobody.
_MANY = 50
#: How people are known, strongest first: what is said of two who share it, and whether two accounts on one platform may.
_WHY: dict[AddressKind, tuple[str, bool]] = {
    "email": ("both have the e-mail address {}", True),
    "phone": ("both have the number {}", True),
    "handle": ("both have the user name {}", False),
}


@dataclass(frozen=True)
class Known(Generic[Key]):
    """A person as a suggestion sees them. `ways` are other ways in which they are known."""

    key: Key
    name: str
    platforms: frozenset[str]
    ways: tuple[Way, ...] = ()

    def called(self) -> list[str]:
        """Their nicknames."""
        return [value for kind, value in self.ways if kind in ("nickname", "shown") and is_name(value)]


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
    return tuple(sorted(_LETTERS.findall(_folded(name))))


def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()


@cache
def _forms() -> dict[str, frozenset[str]]:
    """Each first name to its other forms, written as in `tokens`."""
    return {_folded(name): frozenset(map(_folded, others)) for name, others in lexicon.nicknames().items()}


def suggestions(people: Iterable[Known[Key]], apart: Container[frozenset[Key]] = ()) -> list[Suggestion[Key]]:
    """Pairs that share an address, a name or a nickname, the surest first; without those that are known to be two.

    Equal names on one platform are two accounts, hence two people; who has no name is never anybody.
    """
    known = [p for p in people if is_name(p.name)]
    found: dict[frozenset[Key], Suggestion[Key]] = {}
    for one, other, why in (*_by_address(known), *_by_name(known), *_by_nickname(known), *_by_first_name(known)):
        pair = frozenset((one.key, other.key))
        if pair not in apart:
            found.setdefault(pair, Suggestion(one.key, other.key, why))
    return list(found.values())


_Found = Iterator[tuple[Known[Key], Known[Key], str]]


def _by_address(known: list[Known[Key]]) -> _Found[Key]:
    groups: dict[Way, dict[Key, tuple[Known[Key], str]]] = defaultdict(dict)
    for person in known:
        for kind, value in (*person.ways, *within(person.name)):
            if kind in _WHY and (plain := normal((kind, value))):
                groups[kind, plain].setdefault(person.key, (person, value))
    for kind, (why, even_on_one) in _WHY.items():
        for (which, _), sharing in groups.items():
            if which == kind and len(sharing) <= _FEW:
                for (one, value), (other, _) in _pairs(list(sharing.values())):
                    if even_on_one or not one.platforms & other.platforms:
                        yield one, other, why.format(value)


def _by_name(known: list[Known[Key]]) -> _Found[Key]:
    groups: dict[tuple[str, ...], list[Known[Key]]] = defaultdict(list)
    for person in known:
        if words := tokens(person.name):
            groups[words].append(person)
    for group in groups.values():
        yield from ((*pair, "the same name") for pair in _pairs(group) if _elsewhere(*pair))


def _by_nickname(known: list[Known[Key]]) -> _Found[Key]:
    """One's nickname is what the other is called; then short forms: "Bob Miller" of "Robert Miller"."""
    called: dict[tuple[str, ...], list[Known[Key]]] = defaultdict(list)
    for person in known:
        for name in {tokens(n) for n in (person.name, *person.called())} - {()}:
            called[name].append(person)
    for person in known:
        for nickname in person.called():
            others = [p for p in called[tokens(nickname)] if p.key != person.key]
            if len(others) == 1 and _elsewhere(person, others[0]):
                yield person, others[0], f"one is also called {nickname}"
    last: dict[str, list[Known[Key]]] = defaultdict(list)
    for person in known:
        for word in set(tokens(person.name)) if len(tokens(person.name)) > 1 else ():
            last[word].append(person)
    for group in last.values():
        for one, other in _pairs(group) if len(group) <= _FEW else ():
            if _elsewhere(one, other) and _short_form(one.name, other.name):
                yield one, other, "a short form of the same name"


def _by_first_name(known: list[Known[Key]]) -> _Found[Key]:
    """A first name, or its short form, that fits only one full name."""
    words = [tokens(person.name) for person in known]
    full: dict[str, list[Known[Key]]] = defaultdict(list)  # by each word of a name, and by each other form of it
    alike: dict[str, list[Known[Key]]] = defaultdict(list)
    for person, named in zip(known, words, strict=True):
        for word in set(named) if len(named) > 1 else ():
            full[word].append(person)
        for form in set().union(*(_forms().get(word, frozenset()) for word in named)) if len(named) > 1 else ():
            alike[form].append(person)
    for short, named in zip(known, words, strict=True):
        if len(named) != 1:
            continue
        same = [p for p in islice(full.get(named[0], ()), _MANY) if _elsewhere(p, short)]
        others = [p for p in islice(alike.get(named[0], ()), _MANY) if not same and _elsewhere(p, short)]
        if len(same) == 1:
            yield short, same[0], "the same first name, which nobody else has"
        elif len(others) == 1:
            yield short, others[0], "a short form of the first name, which fits nobody else"


def _elsewhere(one: Known[Key], other: Known[Key]) -> bool:
    return not one.platforms & other.platforms


def _short_form(one: str, other: str) -> bool:
    """Whether two full names differ in one word, and that is the same first name in two forms."""
    mine, theirs = Counter(tokens(one)), Counter(tokens(other))
    (left, right) = list((mine - theirs).elements()), list((theirs - mine).elements())
    return len(left) == len(right) == 1 and right[0] in _forms().get(left[0], ())


def _pairs(group: list[T]) -> Iterator[tuple[T, T]]:
    return combinations(group, 2) if len(group) <= _FEW else pairwise(group)
