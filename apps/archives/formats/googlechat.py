"""Google Chat (Takeout): `Groups/*/messages.json`; dates in the account's language, always UTC (docs/formats/googlechat.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from apps.archives.formats import dates, streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Owner, Record, Skipped

platform = "googlechat"

_PLACE = re.compile(r"(?:^|/)([^/]+)/([^/]+)/messages\.json$", re.I)
_GROUP = re.compile(r"(?:^|/)Groups/(?:DM|Space|[^/]+ )[^/]*/messages\.json$", re.I)
_USER = re.compile(r"(?:^|/)user_info\.json$", re.I)
_INFO = re.compile(r"(?:^|/)group_info\.json$", re.I)


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith("messages.json"):
        return False
    head = streams.decoded(head)
    if _GROUP.search(member.name) and head.lstrip()[:1] == b"{":
        return True
    known = b'"creator"' in head or b'"topic_id"' in head or (b'"message_id"' in head and b'"message_state"' in head)
    return head.lstrip()[:1] == b"{" and b'"messages"' in head and known


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    infos = {m.name.rpartition("/")[0]: streams.small(m) for m in others if _INFO.search(m.name)}
    presence: list[set[str]] = []
    names: dict[str, str] = {}
    me = _account(others)
    for member in members:
        folder = member.name.rpartition("/")[0]
        yield from _group(member, folder, infos.get(folder) or {}, presence, names, me[0])
    yield from _owner(me, presence, names)


def _person(value: Any) -> tuple[str, str]:
    """(address in lower case, else name; name)."""
    found = value if isinstance(value, dict) else {}
    name, mail = clean(found.get("name")), clean(found.get("email"))
    return mail.lower() or name, name or mail


def _group(
    member: Member, folder: str, info: Any, presence: list[set[str]], names: dict[str, str], me: str
) -> Iterator[Record]:
    try:
        with member.open() as stream:
            data = streams.loads(stream.read())
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "the whole file")
        return
    raws = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(raws, list):
        yield Skipped(member.name, "not a conversation", "the whole file")
        return
    info = info if isinstance(info, dict) else {}
    listed = info.get("members")
    people = dict(_person(p) for p in listed if isinstance(p, dict)) if isinstance(listed, list) else {}
    creators = [r["creator"] for r in raws if isinstance(r, dict) and isinstance(r.get("creator"), dict)]
    people |= dict(_person(c) for c in creators)
    for machine in [*creators, *(listed if isinstance(listed, list) else [])]:
        if isinstance(machine, dict) and clean(machine.get("user_type")).lower() == "bot":
            people.pop(_person(machine)[0], None)
    names.update(people)
    presence.append(set(people))
    place = folder.rpartition("/")[2]
    is_group = place.lower().startswith("space") or len(people) > 2
    title = clean(info.get("name")) or ", ".join(name for who, name in people.items() if who != me) or place
    made = _messages(member.name, raws, f"id:{place}", title, is_group)
    yield from made


def _messages(where: str, raws: list[Any], key: str, title: str, is_group: bool) -> Iterator[Record]:
    rows = [r for r in raws if isinstance(r, dict)]
    if len(rows) < len(raws):
        yield Skipped(where, "not a message", count=len(raws) - len(rows))
    times = dates.moments([clean(r.get("created_date") or r.get("updated_date") or r.get("deleted_date")) for r in rows])
    last = float("-inf")
    made: list[tuple[float, int, Message]] = []
    for number, (raw, moment) in enumerate(zip(rows, times, strict=True)):
        sender_id, sender = _person(raw.get("creator"))
        last = moment[0] if moment else last
        kind, words = _kind(raw)
        message = Message(
            platform, key, title, is_group, sender, sender_id, moment[0] if moment else None, moment is not None, kind, words, where
        )  # fmt: skip
        made.append((last, number, message))
    yield from (m for _, _, m in sorted(made, key=lambda row: row[:2]))


def _kind(raw: dict[str, Any]) -> tuple[Kind, str]:
    if clean(raw.get("message_state")).upper() == "DELETED" or "deleted_date" in raw:
        return "deleted", ""
    creator = raw.get("creator")
    if isinstance(creator, dict) and clean(creator.get("user_type")).lower() == "bot":
        return "system", ""
    words = clean(raw.get("text"))
    if words.strip():
        return "text", words
    return ("media", "") if raw.get("attached_files") or raw.get("annotations") else ("system", "")


def _account(others: list[Member]) -> tuple[str, str]:
    for member in others:
        if _USER.search(member.name):
            data = streams.small(member)
            who, name = _person(data.get("user") if isinstance(data, dict) else None)
            if who:
                return who, name
    return "", ""


def _owner(me: tuple[str, str], presence: list[set[str]], names: dict[str, str]) -> Iterator[Owner]:
    if me[0]:
        yield Owner(platform, me[0], names.get(me[0]) or me[1], "your account in this export", 100)
        return
    common = set.intersection(*presence) if len(presence) > 1 else set()
    if len(common) == 1:
        (who,) = common
        yield Owner(platform, who, names.get(who, who), f"takes part in all {len(presence)} conversations", 60)
