"""Discord: the data package, which holds only the owner's own words, and DiscordChatExporter's JSON and CSV.

Layouts in docs/formats/discord.md. Times without a zone are UTC; a missing one is in the message's id.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from apps.archives.formats import streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Kind, Member, Message, Note, Owner, Record, Skipped

platform = "discord"

#: The folder around them is called "messages" in the language of the account ("Nachrichten", "Wiadomości"); files are not.
_PACKAGE = re.compile(r"(?:^|/)c?(?P<id>\d{15,21})/messages\.(?P<type>json|csv)$", re.I)
_CHANNEL = re.compile(r"(?:^|/)c?(?P<id>\d{15,21})/channel\.json$", re.I)
_INDEX = re.compile(r"(?:^|/)index\.json$", re.I)
_USER = re.compile(r"(?:^|/)[^/]+/user\.json$", re.I)
_PART = re.compile(r" \[part (\d+)\](?=\.\w+$)", re.I)
_TITLE = re.compile(
    r"^(?:Direct Message with|Direktnachricht an|Message direct avec|Mensaje directo con)\s+(.+?)(?:#\d{1,4})?$", re.I
)
_MENTION = re.compile(r"<(?:@[!&]?\d+|#\d+)>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_TIME = re.compile(r"<t:\d+(?::\w)?>")
_FRACTION = re.compile(r"(\.\d{6})\d+")
_EPOCH_MS = 1_420_070_400_000
_OWN = "holds only your own words: good for your style, not for answering others"
_DIRECT = ("1", "DM")
_HUMAN = {"Default", "Reply", "0", "19"}


def mine(member: Member, head: bytes) -> bool:
    if _PACKAGE.search(member.name):
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
    package = [m for m in members if _PACKAGE.search(m.name)]
    if package:
        yield from _package(package, others)
    exports = [m for m in members if not _PACKAGE.search(m.name)]
    if exports:
        yield from _exports(exports)


# the data package


def _package(members: list[Member], others: list[Member]) -> Iterator[Record]:
    me, name = _account(others)
    yield from _own(others)
    titles = {
        str(k): clean(v) for m in others if _INDEX.search(m.name) for k, v in streams.mapping(streams.small(m)).items()
    }
    channels = {f["id"]: streams.mapping(streams.small(m)) for m in others if (f := _CHANNEL.search(m.name))}
    lead = _lead([t for i, t in titles.items() if str(channels.get(i, {}).get("type")) in _DIRECT])
    for member in members:
        found = _PACKAGE.search(member.name)
        assert found is not None
        identity = found["id"]
        channel = channels.get(identity, {})
        title = titles.get(identity) or clean(channel.get("name")) or f"channel {identity}"
        direct = _TITLE.match(title)
        is_group = str(channel.get("type")) not in _DIRECT and not direct
        key = f"id:{identity}"
        title = direct[1] if direct else title if is_group else re.sub(r"#\d{1,4}$", "", title.removeprefix(lead))
        yield Note(key, _OWN)
        rows = _package_rows(member) if found["type"].lower() == "json" else _package_table(member)
        made: list[Message] = []
        for row in rows:
            if isinstance(row, Skipped):
                yield row
                continue
            words, at = _tidy(clean(row.get("Contents"))), _moment(row.get("Timestamp"), row.get("ID"))
            kind: Kind = "text" if words else "media"
            made.append(
                Message(platform, key, title, is_group, name, me or name, at, at is not None, kind, words, member.name)
            )
        yield from sorted(made, key=lambda m: m.sent_at or 0.0)
    yield Owner(platform, me or name, name, "a data package holds only its owner's messages", 100)


def _lead(titles: list[str]) -> str:
    """What the titles of direct chats begin with in the account's language ("Bezpośrednia wiadomość z ")."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles, strict=False)) if len(titles) > 1 else ()
    return "".join("".join(letters[0] for letters in same).rpartition(" ")[:2])


def _account(others: list[Member]) -> tuple[str, str]:
    for member in others:
        if _USER.search(member.name):
            data = streams.mapping(streams.small(member))
            name = clean(data.get("global_name")) or clean(data.get("username"))
            if name:
                return str(data.get("id") or ""), name
    return "", "Me"


def _own(others: list[Member]) -> Iterator[Address]:
    """How the owner of a package is known."""
    for member in others:
        if _USER.search(member.name):
            data = streams.mapping(streams.small(member))
            ways: list[tuple[AddressKind, str]] = [("handle", "username"), ("email", "email"), ("phone", "phone")]
            for kind, key in ways:
                if data.get("id") and (said := clean(data.get(key))):
                    yield Address(platform, str(data["id"]), kind, said)


def _package_rows(member: Member) -> Iterator[dict[str, Any] | Skipped]:
    try:
        with member.open() as stream:
            data = streams.loads(stream.read())
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "the whole file")
        return
    if not isinstance(data, list):
        yield Skipped(member.name, "not a conversation", "the whole file")
        return
    for row in data:
        yield row if isinstance(row, dict) else Skipped(member.name, "not a message")


def _package_table(member: Member) -> Iterator[dict[str, Any] | Skipped]:
    with member.open() as stream:
        rows = text.table(stream)
        names = next(rows, [])
        for cells in rows:
            if cells:
                yield (
                    dict(zip(names, cells, strict=False))
                    if len(cells) >= 3
                    else Skipped(member.name, "not a row of a table")
                )


def _moment(value: Any, identity: Any = None) -> float | None:
    """The time as written; where it has no parts of a second and the id is of the same one, that of the id, which has them."""
    from_id = _from_id(identity)
    try:
        made = datetime.fromisoformat(_FRACTION.sub(r"\1", clean(value).replace(" UTC", "+00:00").replace("Z", "+00:00")))
        written = (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return from_id if from_id is not None else _old_moment(clean(value))
    return from_id if from_id is not None and made.microsecond == 0 and int(from_id) == int(written) else written


def _old_moment(written: str) -> float | None:
    """As DiscordChatExporter's tables had it before 2022: "24-Jul-21 07:08 PM", in a zone that is not said."""
    try:
        return datetime.strptime(written, "%d-%b-%y %I:%M %p").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _from_id(identity: Any) -> float | None:
    try:
        number = int(identity)
    except (TypeError, ValueError, OverflowError):
        return None
    return ((number >> 22) + _EPOCH_MS) / 1000 if 0 < number < 2**64 else None


def _tidy(words: str) -> str:
    """Mentions by number become neutral words; custom emoji their names."""
    words = _EMOJI.sub(r"\1", _TIME.sub("", words))
    return _MENTION.sub(lambda m: "#channel" if m[0].startswith("<#") else "@someone", words).strip()


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
    at = _moment(raw.get("timestamp"), raw.get("id"))
    kind, words = _kind(raw, author)
    return Message(platform, key, title, is_group, sender, sender_id, at, at is not None, kind, words, where)


def _kind(raw: dict[str, Any], author: dict[str, Any]) -> tuple[Kind, str]:
    what = str(raw.get("type", "Default"))
    if what == "Call":
        return "call", ""
    if what not in _HUMAN or author.get("isBot") or raw.get("interaction"):
        return "system", ""
    words = _tidy(clean(raw.get("content")))
    if raw.get("forwardedMessage") or streams.mapping(raw.get("reference")).get("type") == "Forward":
        return "forwarded", words
    return ("text", words) if words else ("media", "")


def _table(member: Member, chats: _Chats) -> Iterator[Record]:
    title = re.sub(r"\s*\[\d{15,21}\].*$|\.csv$", "", member.name.rpartition("/")[2], flags=re.I).rpartition(" - ")[2]
    found = re.search(r"\[(\d{15,21})\]", member.name)
    key = f"id:{found[1]}" if found else f"file:{title}"
    chat = chats.setdefault(key, _Chat(title))
    made: list[Message] = []
    with member.open() as stream:
        rows = text.table(stream)
        names = [n.strip() for n in next(rows, [])]
        for cells in rows:
            if len(cells) < 4:
                if cells:
                    yield Skipped(member.name, "not a row of a table")
                continue
            row = dict(zip(names, cells, strict=False))
            sender, words = re.sub(r"#\d{1,4}$", "", row.get("Author", "")), _tidy(row.get("Content", ""))
            at, exact = _moment(row.get("Date")), "T" in row.get("Date", "")
            kind: Kind = "text" if words else "media"
            sender_id = row.get("AuthorID") or sender
            chat.wrote(sender_id, sender) if words else chat.names[sender_id].add(sender)
            made.append(
                Message(
                    platform, key, title, False, sender, sender_id, at, exact and at is not None, kind, words, member.name
                )
            )
    is_group = chat.is_group = len(chat.names) > 2
    for m in made:
        yield Message(platform, key, title, is_group, m.sender, m.sender_id, m.sent_at, m.tz_known, m.kind, m.text, m.where)


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
