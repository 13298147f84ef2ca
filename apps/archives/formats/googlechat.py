"""Google Chat (Takeout): `Groups/*/messages.json`; dates in the account's language, always UTC (docs/formats/googlechat.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from apps.archives.formats import chosen, dates, pieces, streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Also, Kind, Member, Message, Owner, Record, Skipped

platform = "googlechat"

#: Folders of an export, which are called after the conversation's lasting id.
_PLACE = re.compile(r"(?:^|/)(?:Groups/[^/]+|(?:DM|Space) [^/]+)/messages\.json$", re.I)
#: A message's id begins with that of its conversation, as long as Google's are.
_ID = re.compile(r"([\w-]{8,64})/[^/]+/[^/]+")
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
    elsewhere = {chosen.plain(folder): info for folder, info in infos.items()}  # its other half, packed by hand
    presence: list[set[str]] = []
    names: dict[str, str] = {}
    me = _account(others)
    for member in members:
        folder = member.name.rpartition("/")[0]
        info = infos.get(folder) or elsewhere.get(chosen.plain(folder)) or {}
        yield from _group(member, folder, info, presence, names, me[0])
    yield from _owner(me, presence, names)


def _person(value: Any) -> tuple[str, str]:
    """(address in lower case, else name; name)."""
    found = value if isinstance(value, dict) else {}
    name, mail = clean(found.get("name")), clean(found.get("email"))
    return mail.lower() or name, name or mail


def _group(
    member: Member, folder: str, info: Any, presence: list[set[str]], names: dict[str, str], me: str
) -> Iterator[Record]:
    large = member.size >= pieces.LARGE
    written = dates.Written()
    try:
        rows = partial(pieces.rows, member, "messages") if large else _whole(member)
        info = info if isinstance(info, dict) else {}
        told = _Told()
        people = _people(rows, info, written if large else None, told)
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "the whole file")
        return
    except pieces.NotAList:
        yield Skipped(member.name, "not a conversation", "the whole file")
        return
    names.update(people)
    presence.append(set(people))
    place = chosen.folder(member.name)
    is_group = place.lower().startswith("space") or len(people) > 2
    title = clean(info.get("name")) or ", ".join(name for who, name in people.items() if who != me) or place
    key, others = (f"id:{place}", []) if _PLACE.search(member.name) else _named(list(people), told, place)
    yield from (Also(platform, key, other) for other in others)
    talk = _Talk(member.name, key, title or "(no name)", is_group)
    try:
        yield from talk.large(rows(), written) if large else talk.small(list(rows()), written)
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "from here on")


@dataclass
class _Told:
    """What messages tell of the conversation that they are of."""

    ids: set[str] = field(default_factory=set)
    first: str = ""  # topic and mark of the first with words

    def learn(self, raw: dict[str, Any]) -> None:
        found = _ID.fullmatch(clean(raw.get("message_id")))
        self.ids.add(found[1] if found else "")
        if not self.first and (words := clean(raw.get("text"))):
            self.first = f"{clean(raw.get('topic_id'))} {chosen.mark(_person(raw.get('creator'))[0], words)}"


def _named(people: list[str], told: _Told, place: str) -> tuple[str, list[str]]:
    """The key of a file that lies in no folder of an export, and others under which its messages may be here."""
    before = [f"id:{one}" for one in dict.fromkeys([place, *chosen.ONCE])]
    if len(told.ids) == 1 and (identity := min(told.ids)):  # the folder is one of these two
        key, other = f"id:DM {identity}", f"id:Space {identity}"
        return (other, [key, *before]) if len(people) > 2 else (key, [other, *before])
    return chosen.by_people(people, told.first), [*chosen.earlier(people, told.first), *before]


def _whole(member: Member) -> Callable[[], Iterator[Any]]:
    """The rows of a file that memory holds, as often as they are asked for. Raises `Broken`, `NotAList`."""
    with member.open() as stream:
        data = streams.loads(stream.read())
    raws = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(raws, list):
        raise pieces.NotAList
    return lambda: iter(raws)


def _people(
    rows: Callable[[], Iterator[Any]], info: dict[str, Any], written: dates.Written | None, told: _Told
) -> dict[str, str]:
    """Everybody's name but those of machines. Of a file in pieces this is the first look, which learns its dates, too."""
    listed = [p for p in streams.listed(info.get("members")) if isinstance(p, dict)]
    people = dict(_person(p) for p in listed)
    machines = {_person(p)[0] for p in listed if _machine(p)}
    with suppress(streams.Broken) if written is not None else nullcontext():  # the second look tells it
        for raw in rows():
            if not isinstance(raw, dict):
                continue
            told.learn(raw)
            if written is not None:
                written.learn(_date(raw))
            if isinstance(creator := raw.get("creator"), dict):
                who, name = _person(creator)
                people[who] = name
                if _machine(creator):
                    machines.add(who)
    return {who: name for who, name in people.items() if who not in machines}


def _machine(person: dict[str, Any]) -> bool:
    return clean(person.get("user_type")).lower() == "bot"


def _date(raw: dict[str, Any]) -> str:
    return clean(raw.get("created_date") or raw.get("updated_date") or raw.get("deleted_date"))


@dataclass(frozen=True)
class _Talk:
    """One conversation, of which everybody and every date is known."""

    where: str
    key: str
    title: str
    is_group: bool

    def small(self, raws: list[Any], written: dates.Written) -> Iterator[Record]:
        rows = [r for r in raws if isinstance(r, dict)]
        if len(rows) < len(raws):
            yield Skipped(self.where, "not a message", count=len(raws) - len(rows))
        last = float("-inf")
        made: list[tuple[float, int, Message]] = []
        for number, (raw, moment) in enumerate(zip(rows, written.moments(map(_date, rows)), strict=True)):
            last = moment[0] if moment else last
            made.append((last, number, self._message(raw, moment)))
        yield from (m for _, _, m in sorted(made, key=lambda row: row[:2]))

    def large(self, rows: Iterator[Any], written: dates.Written) -> Iterator[Record]:
        """The same, in order as far as memory reaches: the files are."""
        yield from pieces.by_time(
            self._message(r, written.moment(_date(r))) if isinstance(r, dict) else Skipped(self.where, "not a message")
            for r in rows
        )

    def _message(self, raw: dict[str, Any], moment: dates.Moment | None) -> Message:
        sender_id, sender = _person(raw.get("creator"))
        kind, words = _kind(raw)
        at = moment[0] if moment else None
        return Message(
            platform, self.key, self.title, self.is_group, sender, sender_id, at, at is not None, kind, words, self.where
        )


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
