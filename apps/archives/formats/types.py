"""What a format yields: messages, what was left out and why, and evidence of who the owner is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import IO, Literal, Protocol

import msgspec

#: `text` is human words by their sender; everything else is kept apart from training.
Kind = Literal["text", "media", "call", "system", "deleted", "forwarded"]
#: What somebody sent; the rest is what a program notes, with or without who was concerned.
SENT: frozenset[Kind] = frozenset(("text", "media", "forwarded"))
#: `handle` is a user name that the platform gives out once; a nickname may be anybody's; `shown` is what stands for somebody in one
#: place, a name or a status.
AddressKind = Literal["phone", "email", "handle", "nickname", "shown"]


class Refused(Exception):
    """An upload that cannot be read at all, with one sentence: what is wrong and what to do."""


class Bomb(Refused):
    """One that asks for more than any export would: nothing that came with it is read either."""


class Damaged(Refused):
    """A file or a member that cannot be read, or not to its end; what lies beside it can."""


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


class Messages(msgspec.Struct, frozen=True, array_like=True, tag="c", gc=False):
    """Messages of one conversation in one member, in columns: what they share stands once.

    For readers of many short messages: making and sending a `Message` for each costs more than reading it. The id of
    a sender is the name. Raises `ValueError` when the columns do not fit together, also out of a decoder.
    """

    platform: str
    conversation: str
    title: str
    is_group: bool
    tz_known: bool
    where: str
    names: list[str]  # everybody who writes in it
    who: list[int]  # the sender of each message, as a number into `names`
    sent_at: list[float | None]
    kinds: list[Kind]
    texts: list[str]

    def __post_init__(self) -> None:
        count = len(self.who)
        if not (len(self.sent_at) == len(self.kinds) == len(self.texts) == count):
            raise ValueError("columns of different lengths")
        if count and not (min(self.who) >= 0 and max(self.who) < len(self.names)):
            raise ValueError("a sender without a name")

    def parts(self, size: int) -> Iterator[Messages]:
        """The same in pieces of at most `size` messages."""
        for at in range(0, len(self.who), size):
            cut = slice(at, at + size)
            yield msgspec.structs.replace(
                self, who=self.who[cut], sent_at=self.sent_at[cut], kinds=self.kinds[cut], texts=self.texts[cut]
            )

    def each(self) -> Iterator[Message]:
        """One by one. `map` calls the constructor without a line of Python in between."""
        senders = [self.names[number] for number in self.who]
        return map(
            Message, repeat(self.platform), repeat(self.conversation), repeat(self.title), repeat(self.is_group),
            senders, senders, self.sent_at, repeat(self.tz_known), self.kinds, self.texts, repeat(self.where),
        )  # fmt: skip


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


class Also(msgspec.Struct, frozen=True, array_like=True, tag="k", gc=False):
    """Another key under which the same conversation may be known: from other exports, or from earlier readers."""

    platform: str
    conversation: str
    other: str


class Address(msgspec.Struct, frozen=True, array_like=True, tag="a", gc=False):
    """Another way in which a sender is known, so that they are found again on other platforms; of somebody who never writes too."""

    platform: str
    sender_id: str
    kind: AddressKind
    value: str


Record = Message | Skipped | Owner | Note | Also | Address
#: What a reader may yield: `registry.read` makes records of all of it.
Found = Record | Messages


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

    def read(self, members: list[Member], others: list[Member]) -> Iterator[Found]:
        """Everything in these members, in time order per conversation; `others` may hold evidence of the owner."""
        ...
