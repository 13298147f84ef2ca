"""Discord's data package, which holds only the owner's own words, and what both of its formats share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from apps.archives.formats import pieces, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Kind, Member, Message, Note, Owner, Record, Skipped

PLATFORM = "discord"

#: The folder around them is called "messages" in the language of the account ("Nachrichten", "Wiadomości"); files are not.
PACKAGE = re.compile(r"(?:^|/)c?(?P<id>\d{15,21})/messages\.(?P<type>json|csv)$", re.I)
_CHANNEL = re.compile(r"(?:^|/)c?(?P<id>\d{15,21})/channel\.json$", re.I)
_INDEX = re.compile(r"(?:^|/)index\.json$", re.I)
_USER = re.compile(r"(?:^|/)[^/]+/user\.json$", re.I)
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


def package(members: list[Member], others: list[Member]) -> Iterator[Record]:
    me, name = _account(others)
    yield from _own(others)
    titles = {
        str(k): clean(v) for m in others if _INDEX.search(m.name) for k, v in streams.mapping(streams.small(m)).items()
    }
    channels = {f["id"]: streams.mapping(streams.small(m)) for m in others if (f := _CHANNEL.search(m.name))}
    lead = _lead([t for i, t in titles.items() if str(channels.get(i, {}).get("type")) in _DIRECT])
    for member in members:
        found = PACKAGE.search(member.name)
        assert found is not None
        identity = found["id"]
        channel = channels.get(identity, {})
        title = titles.get(identity) or clean(channel.get("name")) or f"channel {identity}"
        direct = _TITLE.match(title)
        is_group = str(channel.get("type")) not in _DIRECT and not direct
        key = f"id:{identity}"
        title = direct[1] if direct else title if is_group else re.sub(r"#\d{1,4}$", "", title.removeprefix(lead))
        yield Note(key, _OWN)
        table = found["type"].lower() == "csv"
        rows = (
            _told(row, member.name, key, title, is_group, (me or name, name))
            for row in (_package_table if table else _package_rows)(member)
        )
        if member.size >= pieces.LARGE:
            yield from pieces.by_time(rows)
            continue
        made: list[Message] = []
        for record in rows:
            if isinstance(record, Message):
                made.append(record)
            else:
                yield record
        yield from sorted(made, key=lambda m: m.sent_at or 0.0)
    yield Owner(PLATFORM, me or name, name, "a data package holds only its owner's messages", 100)


def _told(row: dict[str, Any] | Skipped, where: str, key: str, title: str, is_group: bool, who: tuple[str, str]) -> Record:
    """A row as a message of the owner, who is (id, name)."""
    if isinstance(row, Skipped):
        return row
    words, at = tidy(clean(row.get("Contents"))), moment(row.get("Timestamp"), row.get("ID"))
    kind: Kind = "text" if words else "media"
    return Message(PLATFORM, key, title, is_group, who[1], who[0], at, at is not None, kind, words, where)


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
                    yield Address(PLATFORM, str(data["id"]), kind, said)


def _package_rows(member: Member) -> Iterator[dict[str, Any] | Skipped]:
    large = member.size >= pieces.LARGE
    try:
        for row in pieces.rows(member) if large else _whole(member):
            yield row if isinstance(row, dict) else Skipped(member.name, "not a message")
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "from here on" if large else "the whole file")
    except pieces.NotAList:
        yield Skipped(member.name, "not a conversation", "the whole file")


def _whole(member: Member) -> list[Any]:
    with member.open() as stream:
        data = streams.loads(stream.read())
    if not isinstance(data, list):
        raise pieces.NotAList
    return data


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


def moment(value: Any, identity: Any = None) -> float | None:
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


def tidy(words: str) -> str:
    """Mentions by number become neutral words; custom emoji their names."""
    words = _EMOJI.sub(r"\1", _TIME.sub("", words))
    return _MENTION.sub(lambda m: "#channel" if m[0].startswith("<#") else "@someone", words).strip()
