"""X (Twitter): direct messages of the archive, JavaScript around JSON (docs/formats/twitter.md). People are numbers there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from apps.archives.formats import pieces, streams, twitter_large
from apps.archives.formats.text import clean
from apps.archives.formats.twitter_talk import Talk
from apps.archives.formats.types import Address, AddressKind, Member, Owner, Record, Refused, Skipped

platform = "twitter"

_NAME = re.compile(r"(?:^|/)direct[-_]messages?(?:[-_]group)?(?:[-_]part\d+)?[^/]*\.js$", re.I)
_SHORT = 64  # bytes; the name of what is assigned has fewer
_START = re.compile(rb"^\s*window\.YTD\.direct_messages?(?:_group)?\w*\.part\d+\s*=", re.I)
_ACCOUNT = re.compile(r"(?:^|/)(?:account|manifest)\.js$", re.I)
_ID = re.compile(rb'"accountId"\s*:\s*"(\d+)"')
_USER_NAME = re.compile(rb'"(?:username|userName)"\s*:\s*"([^"\\]{1,80})"')
_EMAIL = re.compile(rb'"email"\s*:\s*"([^"\\]{1,120})"')


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith((".js", ".json", ".txt")):
        return False
    if member.size < _SHORT and b"=" not in head and _NAME.search(member.name):
        return True  # cut before anything is assigned, which is told
    return bool(_START.match(streams.decoded(head))) and b"_headers" not in head[:120]


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    """People are counted in a first look, because titles name whoever is not the owner."""
    present: Counter[str] = Counter()
    chats = 0
    large = {member.name: twitter_large.learnt(member) for member in members if member.size >= pieces.LARGE}
    for member in members:
        talks = large[member.name] if member.name in large else map(Talk.of, _conversations(member, []))
        for talk in talks:
            chats += 1
            present.update(talk.everybody())
    me, why = _account(others), "your account in this archive"
    if not me and chats > 1 and list(present.values()).count(chats) == 1:
        me, why = present.most_common(1)[0][0], f"takes part in all {chats} conversations"
    for member in members:
        if member.name in large:
            yield from twitter_large.records(member, large[member.name], me)
        else:
            problems: list[Skipped] = []
            for inner in _conversations(member, problems):
                yield from Talk.of(inner).records(member.name, inner["messages"], me)
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
    """What the script assigns."""
    with member.open() as stream:
        raw = streams.decoded(stream.read())
    _, bracket, rest = raw.partition(b"[")
    data = streams.loads((bracket + rest).rstrip().rstrip(b";"))
    yield from data if isinstance(data, list) else []


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
