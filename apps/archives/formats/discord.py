"""Discord: the data package, which holds only the owner's own words, and DiscordChatExporter's JSON and CSV.

Layouts in docs/formats/discord.md. Times without a zone are UTC; a missing one is in the message's id.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.archives.formats import pieces, streams, text
from apps.archives.formats.discord_package import PACKAGE, moment, package, tidy
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, Kind, Member, Message, Owner, Record, Skipped

platform = "discord"

_PART = re.compile(r" \[part (\d+)\](?=\.\w+$)", re.I)
_HUMAN = {"Default", "Reply", "0", "19"}


def mine(member: Member, head: bytes) -> bool:
    if PACKAGE.search(member.name):
        return True
    name, head = member.name.lower(), streams.decoded(head)
    if name.endswith(".json"):
        return (
            b'"guild"' in head
            and b'"channel"' in head
            and (b'"exportedAt"' in head or b'"dateRange"' in head or b'"messages"' in head)
        )
    first = head.split(b"\n", 1)[0].replace(b'"', b"").lower()
    return name.endswith(".csv") and first.startswith(b"authorid,author,date,content")


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    inside = [m for m in members if PACKAGE.search(m.name)]
    if inside:
        yield from package(inside, others)
    exports = [m for m in members if not PACKAGE.search(m.name)]
    if exports:
        yield from _exports(exports)


# DiscordChatExporter


@dataclass
class _Chat:
    """Who writes in a chat, by id: how much, under which names, and the last of them."""

    title: str = ""
    is_group: bool = False
    messages: Counter[str] = field(default_factory=Counter)
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    users: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def wrote(self, who: str, *names: str) -> None:
        self.messages[who] += 1
        self.names[who].update(names)
        self.shown[who] = names[0]


_Chats = dict[str, _Chat]


def _exports(members: list[Member]) -> Iterator[Record]:
    chats: _Chats = {}
    for member in sorted(members, key=_place):
        yield from _table(member, chats) if member.name.lower().endswith(".csv") else _export(member, chats)
    yield from _known(chats)
    yield from _owner(chats)


def _known(chats: _Chats) -> Iterator[Address]:
    """User names, and what people are called on one server or the other."""
    for chat in chats.values():
        for who, user in chat.users.items():
            yield Address(platform, who, "handle", user)
            for name in sorted(chat.names[who] - {user, chat.shown[who]}):
                yield Address(platform, who, "shown", name)


def _place(member: Member) -> tuple[str, int, str]:
    """The parts of one export in their order, also when each was uploaded by itself; the first carries no number."""
    name = member.name.rpartition("/")[2]
    found = _PART.search(name)
    return _PART.sub("", name), int(found[1][:9]) if found else 1, member.name


def _export(member: Member, chats: _Chats) -> Iterator[Record]:
    channel: dict[str, Any] = {}
    chat = _Chat()
    key = title = ""
    is_group = False
    try:
        with member.open() as stream:
            found = streams.events(stream)
            if next(found, ("", None))[0] != "start_map":
                raise streams.Broken(truncated=False)
            for name, first in streams.members(found):
                if name == "channel":
                    channel = streams.mapping(streams.build(found, first))
                elif name == "messages" and first[0] == "start_array":
                    kind = clean(channel.get("type"))
                    title = clean(channel.get("name")) or clean(channel.get("category")) or "Discord"
                    key, is_group = f"id:{channel.get('id')}", kind not in ("DirectTextChat", "1", "DM")
                    chat = chats.setdefault(key, _Chat(title, is_group))
                    for item in streams.items(found):
                        raw = streams.build(found, item)
                        record = _message(member.name, raw, key, title, is_group)
                        if isinstance(record, Message) and record.kind == "text":
                            author = streams.mapping(raw.get("author"))
                            user = clean(author.get("name"))
                            chat.wrote(record.sender_id, record.sender, user)
                            if (
                                record.sender_id and user and clean(author.get("discriminator")).strip("0") == ""
                            ):  # others shared it until 2023
                                chat.users[record.sender_id] = user
                        yield record
                else:
                    streams.skip(found, first)
    except (streams.Broken, StopIteration) as error:
        yield Skipped(member.name, str(error) or "the file ends in the middle", "from here on")


def _message(where: str, raw: Any, key: str, title: str, is_group: bool) -> Record:
    if not isinstance(raw, dict):
        return Skipped(where, "not a message")
    author = streams.mapping(raw.get("author"))
    sender = clean(author.get("nickname")) or clean(author.get("name"))
    sender_id = clean(author.get("id")) or sender
    at = moment(raw.get("timestamp"), raw.get("id"))
    kind, words = _kind(raw, author)
    return Message(platform, key, title, is_group, sender, sender_id, at, at is not None, kind, words, where)


def _kind(raw: dict[str, Any], author: dict[str, Any]) -> tuple[Kind, str]:
    what = str(raw.get("type", "Default"))
    if what == "Call":
        return "call", ""
    if what not in _HUMAN or author.get("isBot") or raw.get("interaction"):
        return "system", ""
    words = tidy(clean(raw.get("content")))
    if raw.get("forwardedMessage") or streams.mapping(raw.get("reference")).get("type") == "Forward":
        return "forwarded", words
    return ("text", words) if words else ("media", "")


def _table(member: Member, chats: _Chats) -> Iterator[Record]:
    title = re.sub(r"\s*\[\d{15,21}\].*$|\.csv$", "", member.name.rpartition("/")[2], flags=re.I).rpartition(" - ")[2]
    found = re.search(r"\[(\d{15,21})\]", member.name)
    key = f"id:{found[1]}" if found else f"file:{title}"
    chat = chats.setdefault(key, _Chat(title))
    large = member.size >= pieces.LARGE
    held = [] if large else list(_rows(member))
    bad = 0
    for row in _rows(member) if large else held:
        if row is None:
            bad += 1
            continue
        sender, sender_id, _, words = row
        chat.wrote(sender_id, sender) if words else chat.names[sender_id].add(sender)
    if bad:
        yield Skipped(member.name, "not a row of a table", count=bad)
    is_group = chat.is_group = len(chat.names) > 2
    for row in _rows(member) if large else held:
        if row is not None:
            sender, sender_id, date, words = row
            at, exact = moment(date), "T" in date
            kind: Kind = "text" if words else "media"
            yield Message(
                platform, key, title, is_group, sender, sender_id, at, exact and at is not None, kind, words, member.name
            )


def _rows(member: Member) -> Iterator[tuple[str, str, str, str] | None]:
    """Sender, their id, date and words of each row of a table; None for what is none."""
    with member.open() as stream:
        rows = text.table(stream)
        names = [n.strip() for n in next(rows, [])]
        for cells in rows:
            if len(cells) < 4:
                if cells:
                    yield None
                continue
            row = dict(zip(names, cells, strict=False))
            sender = re.sub(r"#\d{1,4}$", "", row.get("Author", ""))
            yield sender, row.get("AuthorID") or sender, row.get("Date", ""), tidy(row.get("Content", ""))


def _owner(chats: _Chats) -> Iterator[Owner]:
    """Who writes in all chats; parts and copies of one are one chat, and somebody has another name on every server."""
    spoken = [chat for chat in chats.values() if chat.messages]
    common = set.intersection(*(set(chat.messages) for chat in spoken)) if len(spoken) > 1 else set()
    if len(common) == 1:
        (who,) = common
        yield Owner(platform, who, spoken[-1].shown[who], f"writes in all {len(spoken)} chats", 60)
    for chat in spoken:
        rest = [who for who in chat.messages if chat.title not in chat.names[who]]
        if not chat.is_group and len(chat.messages) == 2 and len(rest) == 1:
            yield Owner(platform, rest[0], chat.shown[rest[0]], f"the chat is with {chat.title}", 50)
            return
