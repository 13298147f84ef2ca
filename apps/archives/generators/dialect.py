"""What a platform's export keeps of a conversation, and what a reader should therefore find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, World

EVERYTHING = ("media", "call", "system", "deleted", "forwarded")


class Writer(Protocol):
    def __call__(self, world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None: ...


def _name(person: Person) -> str:
    return person.name


def _title(chat: Chat) -> str:
    return chat.title


def _no_id(person: Person) -> str:
    return ""


def by_uid(person: Person) -> str:
    return str(person.uid)


def by_phone(person: Person) -> str:
    return person.phone


def by_handle(person: Person) -> str:
    return person.handle


@dataclass(frozen=True)
class Generator:
    """`write` and `answers` first fit the world to what the platform can hold."""

    writer: Writer
    suffix: str
    resolution: float = 0.001  # seconds; times are cut, not rounded
    tz_known: bool = True
    groups: bool = True
    one_chat: bool = False  # one export holds one conversation
    own_only: bool = False  # only the owner's words are in it
    names: bool = True  # False: senders are ids
    titles: bool = True  # False: the title in the answers is not written in the export
    owner_known: bool = True  # the export says which sender is the owner
    owner_written: str | None = None  # how the owner is called where not by name
    times: bool = True
    since: int = 2019
    avoid: frozenset[str] = frozenset()  # kinds of texts that the platform does not keep exactly
    sender: Callable[[Person], str] = _name
    sender_id: Callable[[Person], str] = _no_id
    title: Callable[[Chat], str] = _title

    def fit(self, world: World) -> World:
        chats, groups = world.chats, world.groups if self.groups else 0
        if self.one_chat:
            chats, groups = (1, 0) if chats else (0, min(groups, 1))
        if not chats and not groups:
            chats = 1
        return replace(
            world, chats=chats, groups=groups, own_only=self.own_only, since=self.since, avoid=world.avoid | self.avoid
        )

    def write(self, world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
        self.writer(self.fit(world), out, parts=parts, noise=noise)

    def answers(self, world: World) -> Iterator[dict[str, Any]]:
        fitted = self.fit(world)
        for chat in fitted.dialogues:
            yield from self._answers(chat)

    def _answers(self, chat: Chat) -> Iterator[dict[str, Any]]:
        cut = max(round(self.resolution * 1000), 1)
        title, owner = self.title(chat), chat.owner
        for line in chat.walk():
            mine = line.sender is owner
            yield {
                "chat": title,
                "chat_number": chat.number,
                "is_group": chat.is_group,
                "sender": self.owner_written if mine and self.owner_written is not None else self.sender(line.sender),
                "sender_id": self.sender_id(line.sender),
                "is_owner": mine,
                "at": line.at_ms // cut * cut / 1000 if self.times else None,
                "tz_known": self.tz_known,
                "kind": line.kind,
                "text": line.text,
            }
