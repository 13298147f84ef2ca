"""The Mac's `chat.db`, with the write-ahead log beside it (docs/formats/imessage.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from apps.archives.formats import pieces
from apps.archives.formats.members import sought
from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Record, Skipped

if TYPE_CHECKING:
    from apps.archives.formats.imessage_file import Joined, OnDisk

PLATFORM, ME = "imessage", "Me"
#: A larger one is read where it lies, page by page.
LARGEST_DB = 180 * 2**20
TOO_LARGE = (
    "This message database is too large to be read inside an archive. Please upload chat.db itself, not in a zip, "
    "and chat.db-wal beside it if there is one."
)
_APPLE_EPOCH = 978_307_200  # 1 January 2001, in seconds since 1970
_OBJECT = "\ufffc"  # stands for a picture among words


class InMemory:
    """A database that was read whole. Raises `sqlite3.Error` for whatever is wrong in it."""

    ordered = True

    def __init__(self, raw: bytearray) -> None:
        raw[18:20] = b"\x01\x01"  # the Mac keeps it in WAL mode, which a database in memory cannot be opened in
        self._database = database = sqlite3.connect(":memory:")
        try:
            database.deserialize(raw)
            database.execute("PRAGMA temp_store = MEMORY")  # this process may write no file
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
        except sqlite3.Error:
            database.close()
            raise
        database.text_factory = lambda b: b.decode("utf-8", "replace")
        self.execute, self.close = database.execute, database.close

    @staticmethod
    def joined(pairs: Iterable[Any]) -> dict[int, int]:
        return dict(pairs)

    def rows(self, columns: Sequence[str], words: Sequence[str], rest: str) -> Iterator[Sequence[Any]]:
        return self.execute(f"SELECT {', '.join(columns)} FROM {rest}")  # noqa: S608 - our own names


class Database:
    def __init__(self, member: Member, log: Member | None = None) -> None:
        """`log`: the write-ahead log beside it, with what the Mac had not yet put into the database."""
        self.member, self.log = member, log
        self.cut = self._ends_early()

    def _ends_early(self) -> bool:
        """Whether its last page is not whole, which SQLite takes for zeros. Where whole pages are missing, it says so itself."""
        with self.member.open() as stream:
            page = int.from_bytes(stream.read(18)[16:])
        return page > 1 and self.member.size % page > 0

    def records(self) -> Iterator[Record]:
        database: InMemory | OnDisk | None = None
        try:
            database = self._opened()
            if database is None:
                yield Skipped(self.member.name, TOO_LARGE, "the whole file")
            elif database.ordered:
                yield from self._rows(database)
            else:
                yield from pieces.by_time(self._rows(database))
        except sqlite3.Error:
            yield Skipped(self.member.name, "not a database of messages, or a damaged one", "from here on")
        finally:
            if database is not None:
                database.close()

    def _opened(self) -> InMemory | OnDisk | None:
        """None where it is too large to be read whole, and lies compressed in an archive. Raises `sqlite3.Error`."""
        if self.member.size + (self.log.size if self.log else 0) <= LARGEST_DB:
            raw = _bytes(self.member)
            if self.log is not None:
                apply_log(raw, _bytes(self.log))
            return InMemory(raw)
        file, log = sought(self.member), sought(self.log) if self.log else None
        if file is None or (self.log and log is None):
            return None
        from apps.archives.formats.imessage_file import OnDisk, Pages  # brings a SQLite of its own along

        if log is None:
            return OnDisk(Pages(file, None, {}, 0, 0))
        overlaid, page, length = logged(log.at, log.size, file.at(16, 2))
        return OnDisk(Pages(file, log, overlaid, page, length))

    def _rows(self, database: InMemory | OnDisk) -> Iterator[Record]:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"message", "handle"} <= tables:
            yield Skipped(self.member.name, "not a database of messages", "the whole file")
            return
        columns = {row[1] for row in database.execute("PRAGMA table_info(message)")}
        handles = {row[0]: clean(str(row[1])) for row in database.rows(["ROWID", "id"], ["id"], "handle")}
        chats, where = self._chats(database, tables, handles)
        wanted = [
            "ROWID", "text", "date", "is_from_me", "handle_id", "attributedBody", "associated_message_type", "item_type",
        ]  # fmt: skip
        chosen = [c if c in columns or c == "ROWID" else f"NULL AS {c}" for c in wanted]
        order = "date, ROWID" if database.ordered else "ROWID"  # to sort a large one needs more memory than there is
        if self.cut:
            yield Skipped(self.member.name, "the file ends in the middle", "from here on")
        for row in database.rows(chosen, ["text"], f"message ORDER BY {order}"):
            message = self._message(dict(zip(wanted, row, strict=True)), handles, chats, where)
            if message.sent_at is not None or not self.cut:  # else it is a row of zeros
                yield message

    def _chats(
        self, database: InMemory | OnDisk, tables: set[str], handles: dict[int, str]
    ) -> tuple[dict[int, tuple[str, str, bool]], dict[int, int] | Joined]:
        """(facts of each chat, which chat a message is in)."""
        if not {"chat", "chat_message_join"} <= tables:
            return {}, {}
        people: dict[int, list[str]] = {}
        if "chat_handle_join" in tables:
            for chat, handle in database.execute("SELECT chat_id, handle_id FROM chat_handle_join"):
                people.setdefault(chat, []).append(handles.get(handle, "?"))
        facts: dict[int, tuple[str, str, bool]] = {}
        words = ["guid", "display_name", "chat_identifier"]
        for identity, guid, name, label in database.rows(["ROWID", *words], words, "chat"):
            members = people.get(identity, [])
            is_group = len(members) > 1 or ";+;" in clean(guid)
            title = clean(name) or ", ".join(members) or clean(label)
            facts[identity] = (clean(label) or clean(guid), title, is_group)
        return facts, database.joined(database.execute("SELECT message_id, chat_id FROM chat_message_join"))

    def _message(
        self,
        row: dict[str, Any],
        handles: dict[int, str],
        chats: dict[int, tuple[str, str, bool]],
        where: dict[int, int] | Joined,
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
    """Put the pages of a write-ahead log into the database, up to its last commit."""
    pages, size, length = logged(lambda at, count: log[at : at + count], len(log), raw[16:18])
    if not pages or length * size > LARGEST_DB:
        return
    raw.extend(bytes(max(0, length * size - len(raw))))
    del raw[length * size :]
    for number, at in pages.items():
        if 1 <= number <= length:
            raw[(number - 1) * size : number * size] = log[at : at + size]


def logged(
    log: Callable[[int, int], bytes | bytearray], end: int, written: bytes | bytearray
) -> tuple[dict[int, int], int, int]:
    """Where in a write-ahead log each page stands, bytes of a page, and how many the database has, up to the last commit.

    `log`: so many bytes from a place on, `written`: the size of a page as the database has it. None where it is no log of it
    (https://www.sqlite.org/fileformat2.html, 4.1).
    """
    head = log(0, 32)
    if len(head) < 32 or head[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"):
        return {}, 0, 0
    size, salts, told = int.from_bytes(head[8:12], "big"), head[16:24], int.from_bytes(written, "big")
    if size < 512 or size != (65_536 if told == 1 else told):  # the largest size does not fit into two bytes
        return {}, 0, 0
    pages: dict[int, int] = {}
    open_: dict[int, int] = {}
    length = 0
    for at in range(32, end - 23 - size, 24 + size):
        frame = log(at, 24)
        if frame[8:16] != salts:
            break  # what follows is of an older log
        open_[int.from_bytes(frame[:4], "big")] = at + 24
        if committed := int.from_bytes(frame[4:8], "big"):
            pages |= open_
            open_, length = {}, committed
    return pages, size, length


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
