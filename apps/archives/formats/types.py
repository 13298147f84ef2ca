"""What a format yields: messages, what was left out and why, and evidence of who the owner is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal, Protocol

#: `text` is human words by their sender; everything else is kept apart from training.
Kind = Literal["text", "media", "call", "system", "deleted", "forwarded"]


class Refused(Exception):
    """An upload that cannot be read at all, with one sentence: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record of an export. `sent_at` is in seconds since 1970 (UTC), or local wall clock where `tz_known` is false."""

    platform: str
    conversation: str  # stable key within the account, equal across exports of it
    title: str
    is_group: bool
    sender: str
    sender_id: str  # the platform's own id, else the name
    sent_at: float | None
    tz_known: bool
    kind: Kind
    text: str
    where: str = ""  # member of the archive


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was read and not kept: `count` records of one reason, with an example of where."""

    where: str
    reason: str
    example: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Owner:
    """Who "I" am, as far as this archive tells. Larger `weight` is stronger evidence."""

    platform: str
    sender_id: str
    name: str
    evidence: str
    weight: int


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the receipt about one conversation or the whole archive, e.g. that it holds only own messages."""

    where: str
    sentence: str
    leave_out: bool = False  # the conversation starts unticked (spam folders)


Record = Message | Skipped | Owner | Note


class Member(Protocol):
    """One file of an upload, wherever it lies."""

    @property
    def name(self) -> str:
        """Its path as data: forward slashes, never used to open anything on disk."""
        ...

    @property
    def size(self) -> int: ...

    def open(self) -> IO[bytes]:
        """A fresh stream from its first byte; reading more than allowed raises `Refused`."""
        ...


class Format(Protocol):
    """One file each. `platform` is the name shown to people; `HELP` says how to get the export."""

    platform: str

    def mine(self, member: Member, head: bytes) -> bool:
        """Whether this member holds messages of this format (`head`: its first 4 KiB)."""
        ...

    def read(self, members: list[Member], others: list[Member]) -> Iterator[Record]:
        """Everything in these members, in time order per conversation; `others` may hold evidence of the owner."""
        ...
