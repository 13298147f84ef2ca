"""Skype: `messages.json` of the account's export, mostly within a tar (docs/formats/skype.md). Times are UTC, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from html import unescape
from typing import Any

from apps.archives.formats import pieces, streams
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
    told: list[dict[str, Any]] | None = None
    if (
        member.size >= pieces.LARGE
    ):  # of a conversation that may not fit into memory, what stands behind its messages is read first
        told = []
        with suppress(streams.Broken, StopIteration):  # the second look tells it
            for _, found in _conversations(member):
                if found is not None:
                    told.append({})
                    _facts(found, told[-1])
    account = _Account()
    try:
        for key, found in _conversations(member, account):
            if found is None:
                yield Skipped(member.name, "not a conversation")
            elif told is None:
                yield from _whole(member.name, found, account.names)
            else:
                yield from _in_pieces(member.name, found, told[key] if key < len(told) else {}, account.names)
    except (streams.Broken, StopIteration) as error:
        yield Skipped(member.name, str(error) or "the file ends in the middle", "from here on")
    me, names = account.me, account.names
    if me:
        for who in sorted({*names, me}):
            yield from _known(who)
        yield Owner(platform, me, names.get(me, me.partition(":")[2]), "the account that was exported", 100)


class _Account:
    def __init__(self) -> None:
        self.me = ""
        self.names: dict[str, str] = {}


def _conversations(member: Member, account: _Account | None = None) -> Iterator[tuple[int, Iterator[streams.Event] | None]]:
    """The number of each conversation and its events, which whoever asks takes to the end; None for what is none.

    Raises `Broken`.
    """
    with member.open() as stream:
        found = streams.events(stream)
        if next(found, ("", None))[0] != "start_map":
            raise streams.Broken(truncated=False)
        number = 0
        for key, first in streams.members(found):
            if key == "userId" and account is not None:
                account.me = clean(streams.build(found, first))
            elif key == "conversations" and first[0] == "start_array":
                for item in streams.items(found):
                    if item[0] == "start_map":
                        yield number, found
                        number += 1
                    else:
                        streams.skip(found, item)
                        yield number, None
            else:
                streams.skip(found, first)


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


def _facts(found: Iterator[streams.Event], facts: dict[str, Any]) -> None:
    """All of a conversation but its messages, into `facts`, as far as it goes."""
    for key, first in streams.members(found):
        if key == "MessageList":
            streams.skip(found, first)
        else:
            facts[key] = streams.build(found, first)


def _whole(where: str, found: Iterator[streams.Event], names: dict[str, str]) -> Iterator[Record]:
    facts: dict[str, Any] = {}
    raws: list[dict[str, Any]] = []
    for key, first in streams.members(found):
        if key == "MessageList" and first[0] == "start_array":
            for raw in _rows(found):
                if raw is None:
                    yield Skipped(where, "not a message")
                else:
                    raws.append(raw)
        else:
            facts[key] = streams.build(found, first)
    talk = _Talk(where, facts, names)
    yield from talk.messages(raws)
    yield from talk.repeated()


def _in_pieces(where: str, found: Iterator[streams.Event], facts: dict[str, Any], names: dict[str, str]) -> Iterator[Record]:
    """The same of a conversation that is larger than memory, in order piece by piece."""
    if not clean(facts.get("id")):
        streams.skip(found, ("start_map", None))
        yield Skipped(where, "not a conversation")
        return
    talk = _Talk(where, facts, names)
    for key, first in streams.members(found):
        if key != "MessageList" or first[0] != "start_array":
            streams.skip(found, first)
            continue
        for piece in pieces.cut(_rows(found), _weight, lambda raw: raw and raw["originalarrivaltime"]):
            raws = [raw for raw in piece if raw is not None]
            if len(raws) < len(piece):
                yield Skipped(where, "not a message", count=len(piece) - len(raws))
            yield from talk.messages(raws)
    yield from talk.repeated()


_KEPT = ("id", "displayName", "originalarrivaltime", "messagetype", "content", "from", "properties", "skypeeditedid")


def _rows(found: Iterator[streams.Event]) -> Iterator[dict[str, Any] | None]:
    """What is needed of each message; None for what is none."""
    for item in streams.items(found):
        raw = streams.build(found, item)
        yield {k: raw.get(k) for k in _KEPT} if isinstance(raw, dict) else None


def _weight(raw: dict[str, Any] | None) -> int:
    return 2 * pieces.BESIDE + pieces.weight(clean(raw.get("content"))) if raw else pieces.BESIDE


class _Talk:
    """One conversation: its messages are newest first, so that of an edited one the last words come first."""

    def __init__(self, where: str, facts: dict[str, Any], names: dict[str, str]) -> None:
        self._where, self._names = where, names
        self._identity = identity = clean(facts.get("id"))
        shown = clean(facts.get("displayName"))
        self._is_group = identity.startswith("19:")
        topic = clean(streams.mapping(facts.get("threadProperties")).get("topic"))
        self._title = topic or shown or identity.partition(":")[2] or identity
        if not self._is_group and shown:
            names[identity] = shown
        self._seen: set[str | int] = set()
        self._again = 0

    def messages(self, raws: list[dict[str, Any]]) -> Iterator[Message]:
        """A piece of it, by time."""
        made = [self._message(raw) for raw in raws if not self._repeats(raw)]
        made.reverse()
        yield from sorted(made, key=lambda m: m.sent_at or 0.0)

    def repeated(self) -> Iterator[Skipped]:
        if self._again:
            yield Skipped(self._where, "an earlier state of an edited message", count=self._again)

    def _repeats(self, raw: dict[str, Any]) -> bool:
        mark = clean(raw.get("skypeeditedid")) or clean(raw.get("id"))
        seen = (
            int(mark) if mark.isascii() and mark.isdigit() and mark[0] != "0" and len(mark) < 19 else mark
        )  # half the memory
        again = bool(mark) and seen in self._seen
        self._again += again
        self._seen.add(seen)
        return again

    def _message(self, raw: dict[str, Any]) -> Message:
        names, sender_id = self._names, clean(raw.get("from"))
        sender = clean(raw.get("displayName")) or names.get(sender_id) or sender_id.partition(":")[2] or sender_id
        names.setdefault(sender_id, sender)
        at = _moment(raw.get("originalarrivaltime"))
        kind, words = _kind(raw)
        key, exact = f"id:{self._identity}", at is not None
        return Message(platform, key, self._title, self._is_group, sender, sender_id, at, exact, kind, words, self._where)


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
