"""iMessage: the Mac's `chat.db`, and imessage-exporter's text and web pages (docs/formats/imessage.md)."""

from __future__ import annotations

from collections.abc import Iterator

from apps.archives.formats import imessage_database, imessage_exported, text
from apps.archives.formats.types import Member, Owner, Record

platform = "imessage"
ME = "Me"

_SQLITE = b"SQLite format 3\x00"


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if head.startswith(_SQLITE):
        return name.endswith((".db", ".sqlite"))
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
            log = next((m for m in others if m.name == f"{member.name}-wal"), None)
            yield from imessage_database.Database(member, log).records()
        elif name.endswith((".html", ".htm")):
            yield from imessage_exported.pages(member)
        else:
            yield from imessage_exported.Exported(member).records()
    yield Owner(platform, ME, ME, "every message says whether you sent it", 100)
