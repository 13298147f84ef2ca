"""Secrets that were confirmed once, found again in every spelling: "4111-1111…" for "4111 1111 …", in capitals, in quotes."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from enum import Enum, auto
from typing import NamedTuple

from apps.privacy.scrub import carrying
from apps.privacy.scrub.detectors import url
from apps.privacy.scrub.known_numbers import AS_WRITTEN, Numbers
from apps.privacy.scrub.known_words import Words
from apps.privacy.scrub.normal import NAMED, SEPARATOR, dialled, normal, normals, said
from apps.privacy.scrub.types import Finding, View

#: True for one message only: a code is used up, a CVV is too short to be told from a price.
_MOMENTARY = frozenset([*NAMED, "code", "cvv", "link", "postcode", "birthdate", "media"])
#: Some of these are told again in their conversation, and no persona says them, from so many letters and digits on.
_LONGER = {"code": 5, "birthdate": 6}
#: What goes because of its owner alone is called so.
BY_ITS_OWNER = "secret"
_YEAR = re.compile(r"(?:19|20)\d\d")
#: So many are looked for one by one in a whole conversation, before its messages are looked at.
FEW = 40


class Reach(Enum):
    """Where secrets are looked for."""

    ACCOUNT = auto()  #: in all conversations: what is surely one
    CONVERSATION = auto()  #: in the one that told them: any figure is enough, longer codes and dates of birth count, and all go by what else they are called
    TALK = auto()  #: in what a persona says: the same; addresses of machines without their signs, and user names that are no words in pieces, too


class _State(NamedTuple):
    """What another process needs of secrets: the rest follows from it."""

    numbers: dict[str, str]
    written: dict[str, set[str]]
    labels_of_numbers: dict[str, str]
    words: dict[str, str]
    parted: set[str]
    labels_of_words: dict[str, str]


class Known:
    """The confirmed secrets of an archive. `kept`: normal forms that the owner keeps, which nothing brings back."""

    def __init__(self, kept: Container[str] = frozenset(), reach: Reach = Reach.ACCOUNT) -> None:
        self._kept = kept
        self._reach = reach
        self.numbers = Numbers(as_written=frozenset() if reach is Reach.TALK else AS_WRITTEN)
        self.words = Words()

    def __getstate__(self) -> _State:
        numbers, words = self.numbers, self.words
        return _State(numbers.kinds, numbers.written, numbers.labels, words.kinds, words.parted, words.labels)

    def __setstate__(self, state: _State) -> None:
        self._kept, self._reach = frozenset(), Reach.ACCOUNT
        self.numbers = Numbers(state.numbers, state.written, labels=state.labels_of_numbers)
        self.words = Words(state.words, state.parted, state.labels_of_words)

    def __len__(self) -> int:
        return len(self.numbers.kinds) + len(self.words.kinds)

    def copy(self) -> Known:
        """The same secrets, which do not become more when these do."""
        return self.beyond(Known())

    def beyond(self, other: Known) -> Known:
        """These secrets without those that another one knows."""
        left = Known()
        left.numbers = Numbers(
            {key: kind for key, kind in self.numbers.kinds.items() if key not in other.numbers.kinds},
            self.numbers.written,
            labels=self.numbers.labels,
        )
        words = {key: kind for key, kind in self.words.kinds.items() if key not in other.words.kinds}
        left.words = Words(words, self.words.parted, self.words.labels)
        return left

    def deny(self, kind: str, value: str) -> None:
        """Take out a value because the owner says so, however short or ordinary it is."""
        key = normal(kind, value)
        if kind in NAMED:
            return
        if key.isdigit():
            self._count(key, kind, value, kept=())
        elif key:
            self.words.add(SEPARATOR.sub("", key).casefold(), kind)

    def confirm(self, kind: str, value: str) -> None:
        """Remember a secret because the owner says that it is one: everywhere what else goes from its own conversation only.

        It is called a "secret" there, as all that goes because of its owner alone: this may be taken back.
        """
        for carried in url.secrets(value) if kind == "url" else ():
            self.confirm("password", carried)
        key, plain = normal(kind, value), View(value).plain
        by_itself = _lasts(kind, key, near=False) and carrying.sure(kind, plain)
        named = kind == "handle" and not carrying.of_words(plain)
        if by_itself or (_lasts(kind, key, near=True) and (named or carrying.told(kind, plain))):
            self._put(kind, value, key, "" if by_itself else BY_ITS_OWNER)

    def add(self, kind: str, value: str) -> None:
        """Remember a secret, if it is surely one within reach, and what the owner keeps is not (`carrying`)."""
        key, near = normal(kind, value), self._reach is not Reach.ACCOUNT
        is_one = carrying.told if near else carrying.sure
        for carried in url.secrets(value) if kind == "url" else ():
            if is_one("password", View(carried).plain):
                self._put("password", carried, normal("password", carried))
        if not _lasts(kind, key, near) or not is_one(kind, View(value).plain):
            return
        if kind == BY_ITS_OWNER and (key in self.numbers.labels or key in self.words.labels):
            return  # of another kind, by which it is looked for
        self._put(kind, value, key)
        for called in said(kind, value) if near and key in self.words.kinds else ():
            self._keep_in_mind(called, kind)

    def _put(self, kind: str, value: str, key: str, label: str = "") -> None:
        """Remember a value and its other spellings. `label`: the kind that is said where they are found, if another."""
        if key in self._kept:
            return
        if key.isdigit():
            self._count(key, kind, value, self._kept, label)
            return
        pieces = kind == "handle" and bool(label or self._reach is Reach.TALK) and carrying.told(kind, value)
        self.words.add(key, kind, parted=pieces and not carrying.of_words(value), label=label)
        if kind == "password" and len(plain := SEPARATOR.sub("", key)) >= 5:
            self._keep_in_mind(plain, kind, label)  # "Dragon147!" at the end of a sentence

    def _count(self, key: str, kind: str, value: str, kept: Container[str], label: str = "") -> None:
        """Remember a number and how else it is dialled, but what is kept."""
        self.numbers.add(key, kind, value, label)
        for other in dialled(kind, value):
            if other not in kept:
                self.numbers.add(other, kind, label=label)

    def _keep_in_mind(self, key: str, kind: str, label: str = "") -> None:
        if key not in self._kept:
            self.words.add(key, kind, label=label)

    def find(self, view: View) -> Iterator[Finding]:
        """Where they stand in a text."""
        yield from self.numbers.find(view)
        yield from self.words.find(view.plain)

    def may_stand_in(self, plain: str) -> bool:
        """Whether any of them may stand in a long text, of many messages."""
        return len(self) > FEW or self.words.may_stand_in(plain) or self.numbers.may_stand_in(plain)


def forms(kind: str, value: str) -> set[str]:
    """The normal forms under which a value, and what a link carries, is held in other places."""
    carried = url.secrets(value) if kind == "url" else ()
    return normals(value).union(*map(normals, carried))


def spreads(kind: str, value: str) -> bool:
    """Whether a value goes from other conversations only when its owner says that it is a secret."""
    confirmed, by_itself = Known(), Known()
    confirmed.confirm(kind, value)
    by_itself.add(kind, value)
    return bool(len(confirmed.beyond(by_itself)))


def stays(kind: str, value: str) -> bool:
    """Whether a value stays where else it is said though its owner says that it is a secret: it is a word, or a short number."""
    known = Known()
    known.confirm(kind, value)
    known.add(kind, value)
    return kind not in NAMED and not len(known)


def _lasts(kind: str, key: str, near: bool) -> bool:
    """Whether a secret of this kind and form is one for more than its message, and long enough to be told from others."""
    if near and kind in _LONGER:
        return len(key) >= _LONGER[kind]
    year = kind == "pin" and _YEAR.fullmatch(key) is not None
    enough = len(key) >= (4 if key.isdigit() or kind in ("pin", "password") else 6)
    return enough and not year and kind not in _MOMENTARY
