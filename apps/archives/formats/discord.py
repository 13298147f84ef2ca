"""Discord: the data package, which holds only the owner's own words, and DiscordChatExporter's JSON and CSV.

Layouts in docs/formats/discord.md. Times without a zone are UTC; a missing one is in the message's id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.archives.formats import streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Note, Owner, Record, Skipped

platform = "discord"

_PACKAGE = re.compile(r"(?:^|/)messages/c?(?P<id>\d{15,21})/messages\.(?P<type>json|csv)$", re.I)
_CHANNEL = re.compile(r"(?:^|/)messages/c?(?P<id>\d{15,21})/channel\.json$", re.I)
_INDEX = re.compile(r"(?:^|/)messages/index\.json$", re.I)
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
    titles = {
        str(k): clean(v) for m in others if _INDEX.search(m.name) for k, v in streams.mapping(streams.small(m)).items()
    }
    channels = {f["id"]: streams.mapping(streams.small(m)) for m in others if (f := _CHANNEL.search(m.name))}
    for member in members:
        found = _PACKAGE.search(member.name)
        assert found is not None
        identity = found["id"]
        channel = channels.get(identity, {})
        title = titles.get(identity) or clean(channel.get("name")) or f"channel {identity}"
        direct = _TITLE.match(title)
        is_group = str(channel.get("type")) not in ("1", "DM") and not direct
        key = f"id:{identity}"
        title = direct[1] if direct else title
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


def _account(others: list[Member]) -> tuple[str, str]:
    for member in others:
        if _USER.search(member.name):
            data = streams.mapping(streams.small(member))
            name = clean(data.get("global_name")) or clean(data.get("username"))
            if name:
                return str(data.get("id") or ""), name
    return "", "Me"


def _package_rows(member: Member) -> Iterator[dict[str, Any] | Skipped]:
    try:
        with member.open() as stream:
            data = streams.loads(stream.read())
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "the whole file")
        return
    for row in data if isinstance(data, list) else []:
        yield row if isinstance(row, dict) else Skipped(member.name, "not a message")


def _package_table(member: Member) -> Iterator[dict[str, Any] | Skipped]:
    with member.open() as stream:
        rows = text.table(stream, b"")
        names = next(rows, [])
        for cells in rows:
            if cells:
                yield (
                    dict(zip(names, cells, strict=False))
                    if len(cells) >= 3
                    else Skipped(member.name, "not a row of a table")
                )


def _moment(value: Any, identity: Any = None) -> float | None:
    try:
        made = datetime.fromisoformat(_FRACTION.sub(r"\1", clean(value).replace(" UTC", "+00:00").replace("Z", "+00:00")))
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        number = int(identity)
        return ((number >> 22) + _EPOCH_MS) / 1000 if 0 < number < 2**64 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _tidy(words: str) -> str:
    """Mentions by number become neutral words; custom emoji their names."""
    words = _EMOJI.sub(r"\1", _TIME.sub("", words))
    return _MENTION.sub(lambda m: "#channel" if m[0].startswith("<#") else "@someone", words).strip()


# DiscordChatExporter


def _exports(members: list[Member]) -> Iterator[Record]:
    chats: list[tuple[str, bool, Counter[tuple[str, str]]]] = []
    for member in sorted(members, key=_place):
        yield from _table(member, chats) if member.name.lower().endswith(".csv") else _export(member, chats)
    yield from _owner(chats)


def _place(member: Member) -> tuple[str, int, str]:
    """The parts of one export in their order, also when each was uploaded by itself; the first carries no number."""
    name = member.name.rpartition("/")[2]
    found = _PART.search(name)
    return _PART.sub("", name), int(found[1][:9]) if found else 1, member.name


def _export(member: Member, chats: list[tuple[str, bool, Counter[tuple[str, str]]]]) -> Iterator[Record]:
    channel: dict[str, Any] = {}
    wrote: Counter[tuple[str, str]] = Counter()
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
                    for item in streams.items(found):
                        raw = streams.build(found, item)
                        record = _message(member.name, raw, key, title, is_group)
                        if isinstance(record, Message) and record.kind == "text":
                            wrote[record.sender_id, record.sender] += 1
                        yield record
                else:
                    streams.skip(found, first)
    except (streams.Broken, StopIteration) as error:
        yield Skipped(member.name, str(error) or "the file ends in the middle", "from here on")
    chats.append((title, is_group, wrote))


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


def _table(member: Member, chats: list[tuple[str, bool, Counter[tuple[str, str]]]]) -> Iterator[Record]:
    wrote: Counter[tuple[str, str]] = Counter()
    title = re.sub(r"\s*\[\d{15,21}\].*$|\.csv$", "", member.name.rpartition("/")[2], flags=re.I).rpartition(" - ")[2]
    found = re.search(r"\[(\d{15,21})\]", member.name)
    key = f"id:{found[1]}" if found else f"file:{title}"
    made: list[Message] = []
    with member.open() as stream:
        rows = text.table(stream, b"")
        names = [n.strip() for n in next(rows, [])]
        for cells in rows:
            if len(cells) < 4:
                if cells:
                    yield Skipped(member.name, "not a row of a table")
                continue
            row = dict(zip(names, cells, strict=False))
            sender, words = re.sub(r"#\d{1,4}$", "", row.get("Author", "")), _tidy(row.get("Content", ""))
            at = _moment(row.get("Date"))
            kind: Kind = "text" if words else "media"
            sender_id = row.get("AuthorID") or sender
            wrote[sender_id, sender] += bool(words)
            made.append(
                Message(platform, key, title, False, sender, sender_id, at, at is not None, kind, words, member.name)
            )
    is_group = len(wrote) > 2
    for m in made:
        yield Message(platform, key, title, is_group, m.sender, m.sender_id, m.sent_at, m.tz_known, m.kind, m.text, m.where)
    chats.append((title, is_group, wrote))


def _owner(chats: list[tuple[str, bool, Counter[tuple[str, str]]]]) -> Iterator[Owner]:
    sets = [set(wrote) for _, _, wrote in chats if wrote]
    common = set.intersection(*sets) if len(sets) > 1 else set()
    if len(common) == 1:
        ((who, name),) = common
        yield Owner(platform, who, name, f"writes in all {len(sets)} chats", 60)
    for title, is_group, wrote in chats:
        rest = [person for person in wrote if person[1] != title]
        if not is_group and len(wrote) == 2 and len(rest) == 1:
            yield Owner(platform, rest[0][0], rest[0][1], f"the chat is with {title}", 50)
            return
