"""The Mac's `chat.db`, with the write-ahead log beside it (docs/formats/imessage.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Record, Skipped

PLATFORM, ME = "imessage", "Me"
LARGEST_DB = 180 * 2**20
TOO_LARGE = "This message database is too large to open. Please export it with imessage-exporter as text and upload that."
_APPLE_EPOCH = 978_307_200  # 1 January 2001, in seconds since 1970
_OBJECT = "\ufffc"  # stands for a picture among words


class Database:
    def __init__(self, member: Member, log: Member | None = None) -> None:
        """`log`: the write-ahead log beside it, with what the Mac had not yet put into the database."""
        self.member, self.log = member, log

    def records(self) -> Iterator[Record]:
        if self.member.size + (self.log.size if self.log else 0) > LARGEST_DB:
            yield Skipped(self.member.name, TOO_LARGE, "the whole file")
            return
        raw = _bytes(self.member)
        if self.log is not None:
            apply_log(raw, _bytes(self.log))
        raw[18:20] = b"\x01\x01"  # the Mac keeps it in WAL mode, which a database in memory cannot be opened in
        database = sqlite3.connect(":memory:")
        try:
            database.deserialize(raw)
            del raw
            database.execute("PRAGMA temp_store = MEMORY")  # this process may write no file
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            database.text_factory = lambda b: b.decode("utf-8", "replace")
            yield from self._rows(database)
        except sqlite3.Error:
            yield Skipped(self.member.name, "not a database of messages, or a damaged one", "from here on")
        finally:
            database.close()

    def _rows(self, database: sqlite3.Connection) -> Iterator[Record]:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"message", "handle"} <= tables:
            yield Skipped(self.member.name, "not a database of messages", "the whole file")
            return
        columns = {row[1] for row in database.execute("PRAGMA table_info(message)")}
        handles = {row[0]: clean(str(row[1])) for row in database.execute("SELECT ROWID, id FROM handle")}
        chats, where = self._chats(database, tables, handles)
        wanted = [
            "ROWID", "text", "date", "is_from_me", "handle_id", "attributedBody", "associated_message_type", "item_type",
        ]  # fmt: skip
        chosen = ", ".join(c if c in columns or c == "ROWID" else f"NULL AS {c}" for c in wanted)
        for row in database.execute(f"SELECT {chosen} FROM message ORDER BY date, ROWID"):  # noqa: S608 - our own names
            yield self._message(dict(zip(wanted, row, strict=True)), handles, chats, where)

    def _chats(
        self, database: sqlite3.Connection, tables: set[str], handles: dict[int, str]
    ) -> tuple[dict[int, tuple[str, str, bool]], dict[int, int]]:
        """(facts of each chat, which chat a message is in)."""
        if not {"chat", "chat_message_join"} <= tables:
            return {}, {}
        people: dict[int, list[str]] = {}
        if "chat_handle_join" in tables:
            for chat, handle in database.execute("SELECT chat_id, handle_id FROM chat_handle_join"):
                people.setdefault(chat, []).append(handles.get(handle, "?"))
        facts: dict[int, tuple[str, str, bool]] = {}
        for identity, guid, name, label in database.execute("SELECT ROWID, guid, display_name, chat_identifier FROM chat"):
            members = people.get(identity, [])
            is_group = len(members) > 1 or ";+;" in clean(guid)
            title = clean(name) or ", ".join(members) or clean(label)
            facts[identity] = (clean(label) or clean(guid), title, is_group)
        return facts, dict(database.execute("SELECT message_id, chat_id FROM chat_message_join"))

    def _message(
        self, row: dict[str, Any], handles: dict[int, str], chats: dict[int, tuple[str, str, bool]], where: dict[int, int]
    ) -> Message:
        handle = handles.get(row["handle_id"] or 0, "")
        key, title, is_group = chats.get(where.get(row["ROWID"], -1), (handle or "unknown", handle or "unknown", False))
        sender = ME if row["is_from_me"] else handle or title
        at = _moment(row["date"])
        kind, words = _kind(row)
        return Message(
            PLATFORM, f"chat:{key}", title, is_group, sender, sender, at, at is not None, kind, words, self.member.name
        )


def _bytes(member: Member) -> bytearray:
    """All of it, once: a second copy would not fit beside the one that SQLite makes."""
    raw = bytearray()
    with member.open() as stream:
        while piece := stream.read(1 << 20):
            raw += piece
    return raw


def apply_log(raw: bytearray, log: bytes | bytearray) -> None:
    """Put the pages of a write-ahead log into the database, up to its last commit (https://www.sqlite.org/fileformat2.html, 4.1)."""
    if len(log) < 32 or log[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"):
        return
    size, salts = int.from_bytes(log[8:12], "big"), log[16:24]
    written = int.from_bytes(raw[16:18], "big")
    if size < 512 or size != (65_536 if written == 1 else written):  # the largest size does not fit into two bytes
        return
    pages: dict[int, int] = {}
    open_: dict[int, int] = {}
    length = 0
    for at in range(32, len(log) - 23 - size, 24 + size):
        if log[at + 8 : at + 16] != salts:
            break  # what follows is of an older log
        open_[int.from_bytes(log[at : at + 4], "big")] = at + 24
        if committed := int.from_bytes(log[at + 4 : at + 8], "big"):
            pages |= open_
            open_, length = {}, committed
    if not pages or length * size > LARGEST_DB:
        return
    raw.extend(bytes(max(0, length * size - len(raw))))
    del raw[length * size :]
    for number, at in pages.items():
        if 1 <= number <= length:
            raw[(number - 1) * size : number * size] = log[at : at + size]


def _moment(value: Any) -> float | None:
    if not isinstance(value, (int, float)) or not value:
        return None
    seconds = value / 1e9 if abs(value) > 1e11 else float(value)
    return seconds + _APPLE_EPOCH if abs(seconds) < 1e10 else None


def _kind(row: dict[str, Any]) -> tuple[Kind, str]:
    tapback = row["associated_message_type"] or 0
    if row["item_type"] or (isinstance(tapback, int) and 2000 <= tapback <= 3006):
        return "system", ""
    words = clean(row["text"]) if isinstance(row["text"], str) else ""
    if not words and isinstance(row["attributedBody"], bytes):
        words = attributed(row["attributedBody"])
    words = words.replace(_OBJECT, "").strip().strip("\ufffd").strip()
    return ("text", words) if words else ("media", "")


def attributed(blob: bytes) -> str:
    """The string of an archived NSAttributedString (Apple's typedstream): a length of 1, 2 or 4 bytes, then UTF-8."""
    at = blob.find(b"NSString")
    at = blob.find(b"+", at + 8, at + 24) if at >= 0 else -1
    if at < 0 or at + 2 > len(blob):
        return ""
    size, start = blob[at + 1], at + 2
    wide = {0x81: 2, 0x82: 4}.get(size, 0)
    if wide:
        size, start = int.from_bytes(blob[start : start + wide], "little"), start + wide
    return clean(blob[start : start + size].decode("utf-8", "replace"))
