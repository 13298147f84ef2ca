"""What a format yields: messages, what was left out and why, and evidence of who the owner is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Literal, Protocol

import msgspec

#: `text` is human words by their sender; everything else is kept apart from training.
Kind = Literal["text", "media", "call", "system", "deleted", "forwarded"]


class Refused(Exception):
    """An upload that cannot be read at all, with one sentence: what is wrong and what to do."""


class Message(msgspec.Struct, frozen=True, array_like=True, tag="m", gc=False):
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


class Skipped(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """Something that was read and not kept: `count` records of one reason, with an example of where."""

    where: str
    reason: str
    example: str = ""
    count: int = 1


class Owner(msgspec.Struct, frozen=True, array_like=True, tag="o", gc=False):
    """Who "I" am, as far as this archive tells. Larger `weight` is stronger evidence."""

    platform: str
    sender_id: str
    name: str
    evidence: str
    weight: int


class Note(msgspec.Struct, frozen=True, array_like=True, tag="n", gc=False):
    """A sentence for the receipt about one conversation or the whole archive, e.g. that it holds only own messages."""

    where: str
    sentence: str
    leave_out: bool = False  # the conversation starts unticked (spam folders)
    unsure: str = ""  # the member whose dates fit day first and month first; read as the sentence says


Record = Message | Skipped | Owner | Note


class End(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """The last thing a reader process says; `refused` is a sentence when the whole upload could not be read."""

    refused: str = ""


class Member(Protocol):
    """One file of an upload, wherever it lies."""

    @property
    def name(self) -> str:
        """Its path as data: forward slashes, never used to open anything on disk."""
        ...

    @property
    def upload(self) -> str:
        """What the uploaded file or folder it came in was called (WhatsApp's chats are named after it)."""
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
        """Whether this member holds messages of this format (`head`: its beginning, 4 KiB at first, more when nobody wanted it)."""
        ...

    def read(self, members: list[Member], others: list[Member]) -> Iterator[Record]:
        """Everything in these members, in time order per conversation; `others` may hold evidence of the owner."""
        ...
