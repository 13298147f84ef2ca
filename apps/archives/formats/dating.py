"""Tinder and Hinge: what their data downloads hold, the owner's own side only (docs/formats/dating.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Also, Kind, Member, Message, Note, Owner, Record, Skipped

platform = "tinder"
ME = "Me"

_OWN = "holds only your own words: good for your style, not for answering others"
_BREAK = re.compile(r"<br\s*/?>", re.I)


def mine(member: Member, head: bytes) -> bool:
    name, head = member.name.lower(), streams.decoded(head)
    if not name.endswith(".json"):
        return False
    if b'"match_id"' in head and b'"messages"' in head:
        return True
    if name.endswith("data.json") and b'"Usage"' in head and (b'"app_opens"' in head or b'"swipes' in head):
        return True
    hinge = head.lstrip()[:1] == b"[" and b'"body"' in head and b'"timestamp"' in head and b'"chats"' in head
    return hinge or (
        name.endswith("matches.json") and head.lstrip()[:1] == b"[" and (b'"match"' in head or b'"chats"' in head)
    )


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    owners: set[str] = set()
    for member in members:
        try:
            with member.open() as stream:
                data = streams.loads(stream.read())
        except streams.Broken as error:
            yield Skipped(member.name, str(error), "the whole file")
            continue
        which = "tinder" if isinstance(data, dict) else "hinge"
        owners.add(which)
        yield from _tinder(member.name, data) if isinstance(data, dict) else _hinge(member.name, data)
    for which in sorted(owners):
        yield Owner(which, ME, ME, "the download holds only what you wrote", 100)


def _tinder(where: str, data: dict[str, Any]) -> Iterator[Record]:
    matches = data.get("Messages") if isinstance(data.get("Messages"), list) else data.get("messages")
    for match in matches if isinstance(matches, list) else []:
        if not isinstance(match, dict) or not isinstance(match.get("messages"), list):
            yield Skipped(where, "not a conversation")
            continue
        title = clean(match.get("match_id")) or "Match"
        said = [m for m in match["messages"] if isinstance(m, dict)]
        rows = [(_said(m.get("message")), *_mail_date(m.get("sent_date")), m.get("type")) for m in said]
        yield from _odd(where, title, len(match["messages"]) - len(said))
        yield from _rows("tinder", where, title, rows)


def _hinge(where: str, data: Any) -> Iterator[Record]:
    silent: list[str] = []
    for number, match in enumerate(data if isinstance(data, list) else [], 1):
        chats = match.get("chats") if isinstance(match, dict) else None
        title = f"Match {number}"
        if isinstance(match, dict) and not chats:
            silent.append(title)
            continue
        if not isinstance(chats, list):
            yield Skipped(where, "not a conversation", title)
            continue
        said = [c for c in chats if isinstance(c, dict)]
        rows = [(clean(c.get("body")).strip(), *_iso(c.get("timestamp")), None) for c in said]
        yield from _odd(where, title, len(chats) - len(said))
        yield from _rows("hinge", where, title, rows)
    if silent:  # most likes and many matches stay without words
        yield Skipped(where, "a like or match without words", silent[0], len(silent))


def _odd(where: str, title: str, count: int) -> Iterator[Skipped]:
    if count:
        yield Skipped(where, "not a message", title, count)


def _rows(which: str, where: str, title: str, rows: list[tuple[str, float | None, bool, Any]]) -> Iterator[Record]:
    """A match is known by when it began: its number is another one in the next download, where others have gone."""
    first = min((at for _, at, _, _ in rows if at is not None), default=None)
    key = title if first is None else f"from:{first:.3f}"
    yield Also(which, key, f"{title}:{first or 0:.0f}")  # as accounts of before have it
    yield Note(key, _OWN)
    for words, at, exact, what in sorted(rows, key=lambda r: r[1] or 0.0):
        kind: Kind = "media" if what in ("gif", "activity", "sticker") or not words else "text"
        yield Message(which, key, title, False, ME, ME, at, exact, kind, words if kind == "text" else "", where)


def _said(value: Any) -> str:
    return unescape(_BREAK.sub("\n", clean(value))).strip()


def _mail_date(value: Any) -> tuple[float | None, bool]:
    from email.utils import parsedate_to_datetime  # brings much along, and every reader's start waits for it

    try:
        return parsedate_to_datetime(clean(value)).timestamp(), True
    except (TypeError, ValueError, IndexError, OverflowError):
        return _iso(value)


def _iso(value: Any) -> tuple[float | None, bool]:
    try:
        made = datetime.fromisoformat(clean(value).replace("Z", "+00:00"))
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp(), made.tzinfo is not None
    except (ValueError, OverflowError):
        return None, False
