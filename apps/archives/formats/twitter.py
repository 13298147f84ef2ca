"""X (Twitter): direct messages of the archive, JavaScript around JSON (docs/formats/twitter.md). People are numbers there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import IO, Any, cast

from apps.archives.formats import streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Kind, Member, Message, Owner, Record, Refused, Skipped

platform = "twitter"

LARGE = 64 * 2**20
_NAME = re.compile(r"(?:^|/)direct[-_]messages?(?:[-_]group)?(?:[-_]part\d+)?[^/]*\.js$", re.I)
_START = re.compile(rb"^\s*window\.YTD\.direct_messages?(?:_group)?\w*\.part\d+\s*=", re.I)
_ACCOUNT = re.compile(r"(?:^|/)(?:account|manifest)\.js$", re.I)
_ID = re.compile(rb'"accountId"\s*:\s*"(\d+)"')
_USER_NAME = re.compile(rb'"(?:username|userName)"\s*:\s*"([^"\\]{1,80})"')
_EMAIL = re.compile(rb'"email"\s*:\s*"([^"\\]{1,120})"')
_SHORT = re.compile(r"\s*https://t\.co/\w+$")


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith((".js", ".json", ".txt")):
        return False
    return bool(_START.match(streams.decoded(head))) and b"_headers" not in head[:120]


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    """People are counted in a first look, because titles name whoever is not the owner."""
    present: Counter[str] = Counter()
    chats = 0
    for member in members:
        for inner in _conversations(member, []):
            chats += 1
            present.update(_people(inner))
    me, why = _account(others), "your account in this archive"
    if not me and chats > 1 and list(present.values()).count(chats) == 1:
        me, why = present.most_common(1)[0][0], f"takes part in all {chats} conversations"
    for member in members:
        problems: list[Skipped] = []
        for inner in _conversations(member, problems):
            yield from _conversation(member.name, inner, _people(inner), me)
        yield from problems
    if me:
        yield from _known(others, me)
        yield Owner(platform, me, me, why, 100 if why.startswith("your") else 60)


def _conversations(member: Member, problems: list[Skipped]) -> Iterator[dict[str, Any]]:
    missing = "the whole file"
    try:
        for row in _rows(member):
            missing = "from here on"
            inner = row.get("dmConversation") if isinstance(row, dict) else None
            if isinstance(inner, dict) and isinstance(inner.get("messages"), list):
                yield inner
            else:
                problems.append(Skipped(member.name, "not a conversation"))
    except streams.Broken as error:
        problems.append(Skipped(member.name, str(error), missing))


def _rows(member: Member) -> Iterator[Any]:
    """What the script assigns; of a large one a conversation is in memory at a time."""
    with member.open() as stream:
        if member.size < LARGE:
            raw = streams.decoded(stream.read())
            data = streams.loads(raw[raw.find(b"[") :].rstrip().rstrip(b";"))
            yield from data if isinstance(data, list) else []
            return
        head = stream.read(1 << 16)
        found = streams.events(cast(IO[bytes], text.Again(head[max(0, head.find(b"[")) :], stream)))
        if next(found, ("", None))[0] == "start_array":
            for item in streams.items(found):
                yield streams.build(found, item)


def _account(others: list[Member]) -> str:
    for member in others:
        if _ACCOUNT.search(member.name):
            try:
                with member.open() as stream:
                    found = _ID.search(stream.read(1 << 20))
            except Refused:
                continue
            if found:
                return found[1].decode()
    return ""


def _known(others: list[Member], me: str) -> Iterator[Address]:
    """The owner's user name and e-mail address."""
    ways: list[tuple[AddressKind, re.Pattern[bytes]]] = [("handle", _USER_NAME), ("email", _EMAIL)]
    for member in others:
        if _ACCOUNT.search(member.name):
            try:
                with member.open() as stream:
                    head = stream.read(1 << 20)
            except Refused:
                continue
            for kind, pattern in ways:
                if found := pattern.search(head):
                    yield Address(platform, me, kind, clean(found[1].decode("utf-8", "replace")))


def _people(inner: dict[str, Any]) -> set[str]:
    identity = clean(inner.get("conversationId"))
    found = set(identity.split("-")) if re.fullmatch(r"\d+-\d+", identity) else set()
    for event in inner["messages"]:
        message = event.get("messageCreate") if isinstance(event, dict) else None
        if isinstance(message, dict):
            found |= {clean(message.get("senderId")), clean(message.get("recipientId"))}
    return found - {""}


def _conversation(where: str, inner: dict[str, Any], people: set[str], me: str) -> Iterator[Record]:
    identity = clean(inner.get("conversationId"))
    is_group = not re.fullmatch(r"\d+-\d+", identity)
    renamed = [
        e["conversationNameUpdate"]
        for e in inner["messages"]
        if isinstance(e, dict) and isinstance(e.get("conversationNameUpdate"), dict)
    ]
    title = clean(renamed[0].get("name")) if renamed else ", ".join(sorted(people - {me})) or me
    made: list[Message] = []
    for event in inner["messages"]:
        if not isinstance(event, dict) or not event:
            yield Skipped(where, "not a message")
            continue
        what, body = next(iter(event.items()))
        body = body if isinstance(body, dict) else {}
        sender = clean(body.get("senderId") or body.get("initiatingUserId") or body.get("addedByUserId"))
        kind, words = _kind(what, body)
        at = _moment(body.get("createdAt"))
        made.append(
            Message(platform, f"id:{identity}", title, is_group, sender, sender, at, at is not None, kind, words, where)
        )
    if len(made) > 1 and (made[0].sent_at or 0) >= (made[-1].sent_at or 0):
        made.reverse()
    yield from sorted(made, key=lambda m: m.sent_at or 0.0)


def _moment(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(clean(value).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None


def _kind(what: str, body: dict[str, Any]) -> tuple[Kind, str]:
    if what != "messageCreate":
        return "system", ""
    words = unescape(clean(body.get("text")))
    if body.get("mediaUrls"):
        words = _SHORT.sub("", words)
    urls = body.get("urls")
    for url in urls if isinstance(urls, list) else []:
        if isinstance(url, dict) and clean(url.get("url")):
            long = clean(url.get("expanded")) or clean(url.get("url"))
            words = words.replace(clean(url.get("url")), "" if "/messages/media/" in long else long)
    return ("text", words.strip()) if words.strip() else ("media", "")
