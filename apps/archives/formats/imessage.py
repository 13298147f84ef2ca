"""iMessage: the Mac's `chat.db`, and imessage-exporter's text and web pages (docs/formats/imessage.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.archives.formats import imessage_database, imessage_exported, text
from apps.archives.formats.types import Member, Owner, Record

platform = "imessage"
ME = "Me"

_SQLITE = b"SQLite format 3\x00"
_UPLOAD = re.compile(r"^upload \d+/")  # files chosen one by one


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if head.startswith(_SQLITE):
        return name.endswith((".db", ".sqlite")) and not name.endswith(".dht.db")  # Discord History Tracker's
    if name.endswith((".html", ".htm")):
        return b'class="message"' in head and (b'class="sent' in head or b'class="received"' in head)
    if name.endswith(".txt"):
        found = [line for line in text.decode(head).split("\n") if line.strip()]
        return bool(found) and imessage_exported.HEADER.match(found[0].rstrip("\r")) is not None
    return False


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    for member in members:
        name = member.name.lower()
        if name.endswith((".db", ".sqlite")):
            yield from imessage_database.Database(member, _log_of(member, members, others)).records()
        elif name.endswith((".html", ".htm")):
            yield from imessage_exported.pages(member)
        else:
            yield from imessage_exported.Exported(member).records()
    yield Owner(platform, ME, ME, "every message says whether you sent it", 100)


def _log_of(member: Member, members: list[Member], others: list[Member]) -> Member | None:
    """The write-ahead log beside a database, or the only one of its name where each file was chosen on its own."""
    beside = [m for m in others if m.name == f"{member.name}-wal"]
    if not beside and sum(_chosen(m) == _chosen(member) for m in members) == 1:
        beside = [m for m in others if _chosen(m) == f"{_chosen(member)}-wal"]
    return beside[0] if len(beside) == 1 else None


def _chosen(member: Member) -> str:
    """The name of a file as it was chosen, whatever came with it."""
    return _UPLOAD.sub("", member.name)
