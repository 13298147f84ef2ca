"""Skype: `messages.json` of the account's export, mostly within a tar (docs/formats/skype.md). Times are UTC, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, Kind, Member, Message, Owner, Record, Skipped

platform = "skype"

_QUOTED = re.compile(r"<legacyquote>.*?</legacyquote>", re.S | re.I)
_QUOTE = re.compile(r"(<quote\b[^>]*>|</quote>)", re.I)
_TAG = re.compile(
    r"</?(?:quote|at|ss|b|i|u|s|a|e_m|font|pre|code|em|strong|p|br|div|span|emoticon|flag|blink)\b[^<>]*>", re.I
)
_BREAK = re.compile(r"<br\s*/?>|</p>", re.I)
_WORDS = {"RichText", "RichText/Html", "Text"}


def mine(member: Member, head: bytes) -> bool:
    head = streams.decoded(head)
    known = b'"MessageList"' in head or (b'"exportDate"' in head and b'"conversations"' in head)
    return member.name.lower().endswith(".json") and b'"userId"' in head and known


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    for member in members:
        yield from _file(member)


def _file(member: Member) -> Iterator[Record]:
    me, names = "", dict[str, str]()
    try:
        with member.open() as stream:
            found = streams.events(stream)
            if next(found, ("", None))[0] != "start_map":
                raise streams.Broken(truncated=False)
            for key, first in streams.members(found):
                if key == "userId":
                    me = clean(streams.build(found, first))
                elif key == "conversations" and first[0] == "start_array":
                    for item in streams.items(found):
                        if item[0] == "start_map":
                            yield from _conversation(member.name, found, me, names)
                        else:
                            streams.skip(found, item)
                            yield Skipped(member.name, "not a conversation")
                else:
                    streams.skip(found, first)
    except (streams.Broken, StopIteration) as error:
        yield Skipped(member.name, str(error) or "the file ends in the middle", "from here on")
    if me:
        for who in sorted({*names, me}):
            yield from _known(who)
        yield Owner(platform, me, names.get(me, me.partition(":")[2]), "the account that was exported", 100)


def _known(identity: str) -> Iterator[Address]:
    """What an id tells: `8:name`, `8:live:name`, `4:+491701234567`, `1:name@example.org`; `8:live:.cid.…` tells nothing."""
    kind, _, rest = identity.partition(":")
    name = rest.removeprefix("live:")
    if kind == "4":
        yield Address(platform, identity, "phone", name)
    elif "@" in name:
        yield Address(platform, identity, "email", name)
    elif kind == "8" and not name.startswith((".cid.", "orgid:")):
        yield Address(platform, identity, "handle", name)


def _conversation(where: str, found: Iterator[streams.Event], me: str, names: dict[str, str]) -> Iterator[Record]:
    facts: dict[str, Any] = {}
    raws: list[dict[str, Any]] = []
    for key, first in streams.members(found):
        if key == "MessageList" and first[0] == "start_array":
            for item in streams.items(found):
                raw = streams.build(found, item)
                if isinstance(raw, dict):
                    raws.append({k: raw.get(k) for k in _KEPT})
                else:
                    yield Skipped(where, "not a message")
        else:
            facts[key] = streams.build(found, first)
    yield from _messages(where, facts, raws, me, names)


_KEPT = ("id", "displayName", "originalarrivaltime", "messagetype", "content", "from", "properties", "skypeeditedid")


def _messages(
    where: str, facts: dict[str, Any], raws: list[dict[str, Any]], me: str, names: dict[str, str]
) -> Iterator[Record]:
    identity = clean(facts.get("id"))
    threads = facts.get("threadProperties")
    threads = threads if isinstance(threads, dict) else {}
    is_group = identity.startswith("19:")
    title = clean(threads.get("topic")) or clean(facts.get("displayName")) or identity.partition(":")[2] or identity
    if not is_group and clean(facts.get("displayName")):
        names[identity] = clean(facts.get("displayName"))
    seen: set[str] = set()
    made: list[Message] = []
    again = 0
    for raw in raws:  # newest first: of an edited message the last words come first
        mark = clean(raw.get("skypeeditedid")) or clean(raw.get("id"))
        if mark and mark in seen:
            again += 1
            continue
        seen.add(mark)
        sender_id = clean(raw.get("from"))
        sender = clean(raw.get("displayName")) or names.get(sender_id) or sender_id.partition(":")[2] or sender_id
        names.setdefault(sender_id, sender)
        at = _moment(raw.get("originalarrivaltime"))
        kind, words = _kind(raw)
        made.append(
            Message(platform, f"id:{identity}", title, is_group, sender, sender_id, at, at is not None, kind, words, where)
        )
    if again:
        yield Skipped(where, "an earlier state of an edited message", count=again)
    made.reverse()
    yield from sorted(made, key=lambda m: m.sent_at or 0.0)


def _moment(value: Any) -> float | None:
    try:
        made = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", clean(value)).replace("Z", "+00:00"))
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _kind(raw: dict[str, Any]) -> tuple[Kind, str]:
    properties = raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if properties.get("deletetime"):
        return "deleted", ""
    what = clean(raw.get("messagetype"))
    if what not in _WORDS:
        if what.startswith("Event/Call"):
            return "call", ""
        return (
            ("media", "")
            if what.startswith(("RichText/Media", "RichText/UriObject", "RichText/Contacts", "RichText/Location"))
            else ("system", "")
        )
    if properties.get("isserversidegenerated"):
        return "system", ""
    words = plain(clean(raw.get("content")), rich=what == "RichText")
    return ("text", words) if words else ("deleted", "")


def plain(content: str, *, rich: bool) -> str:
    """Skype's own markup gone, what was quoted from others too; `<` of ordinary words survives as its entity."""
    if not rich:
        return content.strip()
    words = _QUOTED.sub("", _unquoted(content))
    return unescape(_TAG.sub("", _BREAK.sub("\n", words))).strip()


def _unquoted(content: str) -> str:
    """Without quotes and the quotes in them; one that is not closed is no quote."""
    parts = [""]
    for piece in _QUOTE.split(content):
        if _QUOTE.fullmatch(piece) is None:
            parts[-1] += piece
        elif piece[1] != "/":
            parts.append("")
        elif len(parts) > 1:
            parts.pop()
    return "".join(parts)
