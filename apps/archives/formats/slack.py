"""Slack: one JSON file a day in a folder for each channel; names and ids in the lists at the root (docs/formats/slack.md)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from apps.archives.formats import chosen, pieces, streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import (
    Address,
    AddressKind,
    Also,
    Kind,
    Member,
    Message,
    Note,
    Owner,
    Record,
    Refused,
    Skipped,
)

platform = "slack"

_DAY = re.compile(r"(?P<place>^|.*/)(?P<channel>[^/]+)/\d{4}-\d\d-\d\d\.json$")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?: ?\(\d{1,3}\))?\.json")
_LIST = re.compile(r"(?P<place>^|.*/)(?P<what>users|org_users|channels|groups|dms|mpims)\.json$", re.I)
_UPLOADED = re.compile(r"<@\w+(?:\|[^>]*)?> (?:uploaded|shared) a file:.*|<@\w+(?:\|[^>]*)?> commented on .*", re.S)
_MARK = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")
#: Ids that are in every workspace, and none.
_NOBODYS = frozenset(["", "USLACKBOT"])
NO_CHANNEL = (
    "A day came without its channel's folder: where no chat of yours holds it, it is a conversation of its own. "
    "Upload the whole export, as it was downloaded, to have its channels."
)
_WORDS = {"", "thread_broadcast", "me_message", "file_share"}


def mine(member: Member, head: bytes) -> bool:
    alone = _DATE.fullmatch(chosen.plain(member.name))
    if not (alone or _DAY.search(member.name)):
        return False
    head = streams.decoded(head).lstrip()
    return head[:1] == b"[" and (b'"ts"' in head or (not alone and head[1:].lstrip()[:1] == b"]"))


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    names: dict[str, str] = {}
    channels: dict[tuple[str, str], dict[str, Any]] = {}
    direct: dict[str, list[str]] = {}
    users: dict[str, set[str]] = defaultdict(set)
    for place, what, rows in _lists(others):
        for row in rows:
            identity = clean(row.get("id"))
            if "users" in what:
                names[identity] = _person(row)
                users[place].add(identity)
                yield from _known(identity, row)
            else:
                channels[place, clean(row.get("name")) or identity] = row
                names.setdefault("#" + identity, clean(row.get("name")))
                if what == "dms":
                    direct[identity] = [clean(m) for m in streams.listed(row.get("members")) if isinstance(m, str)]
    days: dict[tuple[str, str], list[Member]] = defaultdict(list)
    alone: list[tuple[str, Member]] = []
    for member in members:
        if date := _DATE.fullmatch(chosen.plain(member.name)):
            alone.append((date[1], member))
        elif found := _DAY.search(member.name):
            days[found["place"], found["channel"]].append(member)
    if not any(not name.startswith("#") for name in names):
        _learn(members, names)
    common = set.intersection(*(set(d) for d in direct.values())) if len(direct) > 1 else set()
    me = common.pop() if len(common) == 1 else ""
    for (place, channel), files in days.items():
        row, people = channels.get((place, channel)) or _elsewhere(channels, channel, files, users), direct.get(channel)
        others_in = [p for p in people if p != me] if people else None
        yield from _channel(channel, clean(row.get("id")) or channel, files, others_in, names)
    for day, member in alone:
        yield from _day(day, member, names)
    if me:
        yield Owner(platform, me, names.get(me, me), f"takes part in all {len(direct)} direct conversations", 60)


def _elsewhere(
    channels: dict[tuple[str, str], dict[str, Any]], channel: str, files: list[Member], users: dict[str, set[str]]
) -> dict[str, Any]:
    """The channel of a name where its days lie elsewhere than the list: an export cut by hand, the folders of an organisation, whose
    users are listed above them.

    Who writes there is a user of that workspace: every workspace has its "general".
    """
    rows = [(place, row) for (place, name), row in channels.items() if name == channel]
    if len({clean(row.get("id")) for _, row in rows}) != 1:
        return {}
    listed = set[str]().union(*(some for there, some in users.items() if rows[0][0].startswith(there))) - _NOBODYS
    return rows[0][1] if not listed or any(listed & _writers(day) for day in files) else {}


def _writers(member: Member) -> set[str]:
    """Who says something on a day, as far as it can be read."""
    with suppress(streams.Broken, pieces.NotAList, Refused):
        return {clean(raw.get("user")) for raw in _rows(member) if isinstance(raw, dict)} - _NOBODYS
    return set()


def _learn(members: list[Member], names: dict[str, str]) -> None:
    """Without a list of users, names stand beside some of their messages."""
    for member in members:
        with suppress(streams.Broken, pieces.NotAList, Refused):
            for raw in _rows(member):
                name = _person(raw if isinstance(raw, dict) else {}, "user_profile")
                if name and (who := clean(raw.get("user"))):
                    names.setdefault(who, name)


def _rows(member: Member) -> Iterator[Any]:
    """What was said on a day. Raises `Broken`, `NotAList`, `Refused`."""
    if member.size >= pieces.LARGE:
        yield from pieces.rows(member)
        return
    with member.open() as stream:
        data = streams.loads(stream.read())
    if not isinstance(data, list):
        raise pieces.NotAList
    yield from data


def _lists(others: list[Member]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    for member in others:
        found = _LIST.search(member.name)
        if found is None:
            continue
        try:
            with member.open() as stream:
                data = streams.loads(stream.read())
        except (streams.Broken, Refused):
            continue
        yield (
            found["place"],
            found["what"].lower(),
            [row for row in data if isinstance(row, dict)] if isinstance(data, list) else [],
        )


def _person(row: dict[str, Any], key: str = "profile") -> str:
    profile = row.get(key)
    profile = profile if isinstance(profile, dict) else {}
    found = [profile.get("real_name"), row.get("real_name"), profile.get("display_name"), row.get("name")]
    return next((clean(n) for n in found if clean(n)), "")


def _known(identity: str, row: dict[str, Any]) -> Iterator[Address]:
    profile = streams.mapping(row.get("profile"))
    ways: list[tuple[AddressKind, Any]] = [
        ("email", profile.get("email")), ("phone", profile.get("phone")), ("handle", row.get("name")),
        ("shown", profile.get("display_name")),
    ]  # fmt: skip
    for kind, value in ways:
        if said := clean(value):
            yield Address(platform, identity, kind, said)


def _channel(
    channel: str, identity: str, files: list[Member], people: list[str] | None, names: dict[str, str]
) -> Iterator[Record]:
    if identity != channel:
        yield Also(platform, f"id:{identity}", f"id:{channel}")  # its folder may have come without the lists
    title = ", ".join(names.get(p, p) for p in people) if people else channel
    is_group = people is None or len(people) > 2
    for member in sorted(files, key=lambda m: m.name.rpartition("/")[2]):
        yield from _said(member, f"id:{identity}", title, is_group, names)


def _day(date: str, member: Member, names: dict[str, str]) -> Iterator[Record]:
    """One that was chosen without its folder, so that nothing tells its channel: a conversation of its own."""
    try:
        rows = ((str(raw["ts"]), _signed(raw)) for raw in _rows(member) if isinstance(raw, dict) and "ts" in raw)
        first = min(rows, default=("", ""))
    except (streams.Broken, pieces.NotAList):
        first = "", ""  # what is wrong is told below
    key = f"day:{date} {' '.join(first)}"
    yield Note(key, NO_CHANNEL)
    yield from (Also(platform, key, f"id:{one}") for one in chosen.ONCE if one)
    yield from _said(member, key, date, True, names)


def _signed(raw: dict[str, Any]) -> str:
    """A short mark of who says what."""
    return chosen.mark(clean(raw.get("user")), clean(raw.get("text")))


def _said(member: Member, key: str, title: str, is_group: bool, names: dict[str, str]) -> Iterator[Record]:
    large = member.size >= pieces.LARGE
    rows = (
        _message(member.name, raw, key, title, is_group, names)
        if isinstance(raw, dict) and "ts" in raw
        else Skipped(member.name, "not a message")
        for raw in _rows(member)
    )
    try:
        yield from pieces.by_time(rows) if large else sorted(rows, key=_place)
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "from here on" if large else "the whole file")
    except pieces.NotAList:
        yield Skipped(member.name, "not a conversation", "the whole file")


def _place(record: Record) -> float:
    return record.sent_at or 0.0 if isinstance(record, Message) else 0.0


def _message(where: str, raw: dict[str, Any], key: str, title: str, is_group: bool, names: dict[str, str]) -> Message:
    sender_id = clean(raw.get("user"))
    sender = names.get(sender_id) or _person(raw, "user_profile") or clean(raw.get("username")) or sender_id
    at = _moment(raw["ts"])
    kind, words = _kind(raw, names)
    return Message(platform, key, title, is_group, sender, sender_id or sender, at, at is not None, kind, words, where)


def _moment(ts: Any) -> float | None:
    try:
        seconds = float(ts)
    except (TypeError, ValueError):
        return None
    return seconds if abs(seconds) < 1e11 else None


def _kind(raw: dict[str, Any], names: dict[str, str]) -> tuple[Kind, str]:
    subtype = clean(raw.get("subtype"))
    if subtype == "tombstone":
        return "deleted", ""
    if subtype == "huddle_thread":
        return "call", ""
    if subtype not in _WORDS or raw.get("bot_id") or raw.get("user") in (None, "", "USLACKBOT"):
        return "system", ""
    said = clean(raw.get("text"))
    if subtype == "file_share" and _UPLOADED.fullmatch(said):
        return "system", ""  # until 2016 Slack itself said so
    words = _plain(said, names)
    return ("text", words) if words.strip() else ("media", "")


def _plain(said: str, names: dict[str, str]) -> str:
    """Marks first, then the three entities, in this order."""

    def opened(m: re.Match[str]) -> str:
        sign, what, label = m[1], m[2], m[3]
        if sign == "@":
            return "@" + (label or names.get(what) or what)
        if sign == "#":
            return "#" + (label or names.get("#" + what) or what)
        if sign == "!":
            return label or "@" + what.partition("^")[0]
        what = what.removeprefix("mailto:").removeprefix("tel:")
        return what if not label or label in what else f"{label} ({what})"

    return _MARK.sub(opened, said).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
