"""Instagram, JSON: Meta's threads since 2020, and the single `messages.json` before (docs/formats/instagram.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from apps.archives.formats import meta, meta_owner, streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Found, Kind, Member, Message, Skipped

platform = "instagram"


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if not name.endswith(".json"):
        return False
    if found := meta.THREAD.search(name):
        return found["type"] == "json" and bool(meta.INSTAGRAM.search(name))
    head = streams.decoded(head)
    return head.lstrip()[:1] == b"[" and b'"participants"' in head and b'"conversation"' in head


def read(members: list[Member], others: list[Member]) -> Iterator[Found]:
    rosters: meta_owner.Rosters = []
    yield from meta.read(platform, [m for m in members if meta.THREAD.search(m.name)], rosters)
    for member in members:
        if not meta.THREAD.search(member.name):
            yield from _old(member, rosters)
    yield from meta_owner.instagram_owner(others, rosters)
    yield from meta_owner.owner_by_presence(platform, rosters)


def _old(member: Member, rosters: meta_owner.Rosters) -> Iterator[Found]:
    """2018 to 2020: a list of `{participants, conversation: [{sender, created_at, text}]}`, newest first."""
    try:
        with member.open() as stream:
            data = streams.loads(stream.read())
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "the whole file")
        return
    for thread in data if isinstance(data, list) else []:
        if not isinstance(thread, dict) or not isinstance(thread.get("conversation"), list):
            yield Skipped(member.name, "not a conversation")
            continue
        people = [clean(p) for p in streams.listed(thread.get("participants")) if isinstance(p, str)]
        people = people or list(
            dict.fromkeys(w for raw in thread["conversation"] if (w := clean(streams.mapping(raw).get("sender"))))
        )
        title = ", ".join(people)
        rosters.append((title, frozenset(people)))
        for raw in reversed(thread["conversation"]):
            yield (
                _message(member.name, raw, people, title) if isinstance(raw, dict) else Skipped(member.name, "not a message")
            )


def _message(where: str, raw: dict[str, Any], people: list[str], title: str) -> Message:
    sender, words = clean(raw.get("sender")), clean(raw.get("text"))
    try:
        at = datetime.fromisoformat(str(raw.get("created_at"))).timestamp()
    except (ValueError, OverflowError):
        at = None
    kind: Kind = "text" if words else "media"
    key = f"people:{'|'.join(sorted(people))}"
    return Message(platform, key, title, len(people) > 2, sender, sender, at, at is not None, kind, words, where)
