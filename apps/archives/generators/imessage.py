"""Apple's chat.db: times in nanoseconds since 2001, words partly only in a typed stream."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from apps.archives.generators.dialect import Generator, by_phone
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "system")
APPLE_EPOCH = 978_307_200_000
SCHEMA = """
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT,
  service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT, UNIQUE (id, service));
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER,
  account_id TEXT, chat_identifier TEXT, service_name TEXT, room_name TEXT, display_name TEXT, group_id TEXT);
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT UNIQUE NOT NULL, text TEXT,
  handle_id INTEGER DEFAULT 0, subject TEXT, attributedBody BLOB, service TEXT, account TEXT, error INTEGER DEFAULT 0,
  date INTEGER, date_read INTEGER, date_delivered INTEGER, is_from_me INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0,
  is_system_message INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, cache_roomnames TEXT,
  item_type INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0, associated_message_guid TEXT,
  associated_message_type INTEGER DEFAULT 0, balloon_bundle_id TEXT, date_retracted INTEGER DEFAULT 0,
  date_edited INTEGER DEFAULT 0);
CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER, message_date INTEGER DEFAULT 0,
  PRIMARY KEY (chat_id, message_id));
CREATE TABLE chat_handle_join (chat_id INTEGER, handle_id INTEGER, UNIQUE (chat_id, handle_id));
"""
INSERT = (
    "INSERT INTO message (ROWID, guid, text, handle_id, attributedBody, service, date, is_from_me, is_read,"
    " cache_has_attachments, cache_roomnames, item_type, group_title, associated_message_guid, associated_message_type)"
    " VALUES (?, ?, ?, ?, ?, 'iMessage', ?, ?, 1, ?, ?, ?, ?, ?, ?)"
)
STREAM_HEAD = (
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85\x92"
    b"\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)
STREAM_TAIL = (
    b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96\x1d__kIMMessagePartAttributeName\x86\x92\x84"
    b"\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94\x84\x01*\x84\x99\x99\x00\x86\x86\x86"
)
Row = tuple[int | str | bytes | None, ...]


def _number(value: int) -> bytes:
    """Small ones in a byte, others after a mark that tells their width."""
    if value < 0x80:
        return bytes([value])
    if value < 0x8000:
        return b"\x81" + value.to_bytes(2, "little")
    return b"\x82" + value.to_bytes(4, "little")


def typed_stream(text: str) -> bytes:
    raw = text.encode()
    units = len(text.encode("utf-16-le")) // 2
    return STREAM_HEAD + _number(len(raw)) + raw + b"\x86\x84\x02iI\x01" + _number(units) + STREAM_TAIL


def identifier(chat: Chat) -> str:
    return f"chat{700_000_000 + chat.number}" if chat.is_group else chat.others[0].phone


def title(chat: Chat) -> str:
    return chat.title if chat.is_group else chat.others[0].phone


def _guid(chat: Chat, line: Line) -> str:
    return f"{chat.number:08X}-0000-4000-8000-{line.number:011X}{line.kind[0].upper()}"


def _row(chat: Chat, line: Line, rowid: int, noise: bool) -> Row:
    mine = line.sender is chat.owner
    text: str | None = line.text
    body, attached, item, named, about, about_kind = None, 0, 0, None, None, 0
    if line.kind == "media":
        text, attached, body = "\ufffc", 1, typed_stream("\ufffc")
    elif line.kind == "system" and chat.is_group and line.dice & 1:
        text, item, named = None, 2, chat.title
    elif line.kind == "system":
        about_kind, about = 2000 + line.dice % 6, f"p:0/{_guid(chat, chat.line(line.number))}"
        text = "Loved “something”"
    elif noise:
        body = typed_stream(line.text)
        text = None if line.number % 3 == 2 else line.text
    date = (line.at_ms - APPLE_EPOCH) * 1_000_000
    room = identifier(chat) if chat.is_group else None
    handle = 0 if mine else line.sender.number
    return (rowid, _guid(chat, line), text, handle, body, date, int(mine), attached, room, item, named, about, about_kind)


def _rows(chat: Chat, first: int, noise: bool) -> Iterator[Row]:
    for rowid, line in enumerate(chat.walk(KINDS if noise else ()), first):
        yield _row(chat, line, rowid, noise)


def _people(db: sqlite3.Connection, world: World) -> None:
    rows = [(p.number, p.phone) for p in world.people[1:]]
    db.executemany("INSERT INTO handle (ROWID, id, country, service) VALUES (?, ?, 'us', 'iMessage')", rows)


def _chat(db: sqlite3.Connection, chat: Chat, first: int, noise: bool) -> int:
    number, style = chat.number + 1, 43 if chat.is_group else 45
    guid = f"iMessage;{'+' if chat.is_group else '-'};{identifier(chat)}"
    name = chat.title if chat.is_group else ""
    db.execute(
        "INSERT INTO chat (ROWID, guid, style, state, chat_identifier, service_name, display_name)"
        " VALUES (?, ?, ?, 3, ?, 'iMessage', ?)",
        (number, guid, style, identifier(chat), name),
    )
    db.executemany("INSERT INTO chat_handle_join VALUES (?, ?)", [(number, p.number) for p in chat.others])
    db.executemany(INSERT, _rows(chat, first, noise))
    last = int(db.execute("SELECT max(ROWID) FROM message").fetchone()[0])
    db.execute(
        "INSERT INTO chat_message_join SELECT ?, ROWID, date FROM message WHERE ROWID BETWEEN ? AND ?", (number, first, last)
    )
    return last + 1


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    out.unlink(missing_ok=True)
    db = sqlite3.connect(out, isolation_level=None)
    try:
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192; {SCHEMA}")
        _people(db, world)
        first = 1
        for chat in world.dialogues:
            db.execute("BEGIN")
            first = _chat(db, chat, first, noise)
            db.execute("COMMIT")
    finally:
        db.close()


GENERATORS = {
    "imessage-db": Generator(
        write, ".db", names=False, owner_written="Me", sender=by_phone, sender_id=by_phone, title=title
    ),
}
