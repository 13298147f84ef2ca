"""iMessage: the Mac's `chat.db`, and imessage-exporter's text and web pages (docs/formats/imessage.md)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from apps.archives.formats import dates, page, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Owner, Record, Refused, Skipped

platform = "imessage"
ME = "Me"

LARGEST_DB = 180 * 2**20
_SQLITE = b"SQLite format 3\x00"
_APPLE_EPOCH = 978_307_200  # 1 January 2001, in seconds since 1970
_HEADER = re.compile(
    r"^(?P<indent>\s*)(?P<date>[A-Z][a-z]{2} \d{1,2}, \d{4}\s+\d{1,2}:\d{2}:\d{2}[ \u202f][AP]M)(?:\s(?P<rest>.*))?$"
)
#: Lines of the exporter's own between somebody's words.
_REMARKS = {"This message responded to an earlier message.", "This message was deleted from the conversation!"}
_EFFECT = re.compile(
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Star|Sparkles|Spotlight|Slam|Loud|Gentle|Invisible Ink)"
)
_EDIT = re.compile(r"Edited [^\n:]{1,80} later: ?(.*)")
_COPIES, _REPEATED = {"replies", "reply"}, "a reply shown a second time below what it answers"
_ASIDE = {*_COPIES, "tapbacks"}
_FILE = re.compile(r"(?:~?/|attachments/|[A-Z]:\\)[^\n]+\.\w{2,5}|Attachment missing!.*|<Attachment.*>")
_UNSENT = re.compile(r"(?:You|They|[^\n]{1,80}) unsent (?:this|a) message(?: part)?(?: [^\n]{1,80} after sending)?!?")
_APP = re.compile(
    r"(?:Sent with [A-Za-z ]{1,20} )?Sticker from [^:\n]{1,80}: [^\n]*|SharePlay Message|(?:Started|Stopped) sharing location!?"
    r"|Unable to format app message: [^\n]*"
)
_OBJECT = "\ufffc"  # stands for a picture among words


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if head.startswith(_SQLITE):
        return name.endswith((".db", ".sqlite"))
    if name.endswith((".html", ".htm")):
        return b'class="message"' in head and (b'class="sent' in head or b'class="received"' in head)
    if name.endswith(".txt"):
        found = [line for line in text.decode(head).split("\n") if line.strip()]
        return bool(found) and _HEADER.match(found[0].rstrip("\r")) is not None
    return False


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    for member in members:
        name = member.name.lower()
        if name.endswith((".db", ".sqlite")):
            log = next((m for m in others if m.name == f"{member.name}-wal"), None)
            yield from _Database(member, log).records()
        elif name.endswith((".html", ".htm")):
            yield from _pages(member)
        else:
            yield from _Exported(member).records()
    yield Owner(platform, ME, ME, "every message says whether you sent it", 100)


# chat.db


class _Database:
    def __init__(self, member: Member, log: Member | None = None) -> None:
        """`log`: the write-ahead log beside it, with what the Mac had not yet put into the database."""
        self.member, self.log = member, log

    def records(self) -> Iterator[Record]:
        if self.member.size + (self.log.size if self.log else 0) > LARGEST_DB:
            raise Refused(
                "This message database is too large to open. Please export it with imessage-exporter as text and upload that."
            )
        with self.member.open() as stream:
            raw = bytearray(b"".join(iter(lambda: stream.read(1 << 20), b"")))
        if self.log is not None:
            with self.log.open() as stream:
                _applied(raw, b"".join(iter(lambda: stream.read(1 << 20), b"")))
        raw[18:20] = b"\x01\x01"  # the Mac keeps it in WAL mode, which a database in memory cannot be opened in
        database = sqlite3.connect(":memory:")
        try:
            database.deserialize(bytes(raw))
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
            platform, f"chat:{key}", title, is_group, sender, sender, at, at is not None, kind, words, self.member.name
        )


def _applied(raw: bytearray, log: bytes) -> None:
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


# imessage-exporter, text


class _Exported:
    def __init__(self, member: Member) -> None:
        self.member = member
        self.title = re.sub(r"\.(?:txt|html?)$", "", member.name.rpartition("/")[2], flags=re.I)

    def records(self) -> Iterator[Record]:
        blocks: list[tuple[str, str, list[str]]] = []
        doubted: list[
            tuple[list[str], int, str]
        ] = []  # lines behind a copy, which may be its own: of which block, where, its date
        copies, before, copied = 0, "", ""
        with self.member.open() as stream:
            for line in text.lines(stream):
                m = _HEADER.match(line)
                if m is not None and not (before.strip() and blocks and blocks[-1][2] and _worded(m)):
                    copied = m["date"] if len(m["indent"]) >= 2 else ""
                    copies += bool(copied)
                    if not copied:
                        blocks.append((m["date"], m["rest"] or "", []))
                elif blocks and not (copied and (line.startswith("  ") or not line.strip())):
                    if copied:
                        doubted.append((blocks[-1][2], len(blocks[-1][2]), copied))
                    blocks[-1][2].append(line)
                before = line
        if copies:
            yield Skipped(self.member.name, _REPEATED, count=copies)
        self._undoubled(blocks, doubted)
        yield from self._messages(blocks)

    @staticmethod
    def _undoubled(blocks: list[tuple[str, str, list[str]]], doubted: list[tuple[list[str], int, str]]) -> None:
        """Only the first line of a copy stands further in: later ones that its message says again are no words of who is answered."""
        said: dict[str, set[str]] = {}
        for date, _, lines in blocks:
            said.setdefault(date, set()).update(lines)
        for lines, at, date in reversed(doubted):
            if lines[at] in said.get(date, ()):
                del lines[at]

    def _messages(self, blocks: list[tuple[str, str, list[str]]]) -> Iterator[Record]:
        times = dates.moments([date for date, _, _ in blocks])
        rows = [self._row(rest, lines) for _, rest, lines in blocks]
        is_group = "," in self.title or len({s for s, _, _ in rows if s and s != ME}) > 1
        for (sender, kind, words), moment in zip(rows, times, strict=True):
            at = moment[0] if moment else None
            yield Message(
                platform, f"chat:{self.title}", self.title, is_group, sender, sender, at, False, kind, words, self.member.name
            )  # fmt: skip

    def _row(self, rest: str, lines: list[str]) -> tuple[str, Kind, str]:
        if rest and not rest.startswith("("):
            return "", "system", ""  # an announcement stands in the line of its date
        while lines and not lines[0].strip():
            lines = lines[1:]
        if not lines:
            return "", "system", ""
        said = _said(lines[1:])
        if _UNSENT.fullmatch(said):
            return lines[0].strip(), "deleted", ""
        return lines[0].strip(), ("text" if said else "media"), said


def _worded(header: re.Match[str]) -> bool:
    """Words stand in the line of the date: an announcement, or what an edited message said at first."""
    return bool(header["rest"]) and not header["rest"].startswith("(Read ")


def _said(lines: list[str]) -> str:
    """The words alone, as they were in the end: no files, effects, reactions, or what was edited away."""
    several = sum(bool(line.strip()) for line in lines) > 1
    kept: list[str] = []
    reacting = False
    for line in lines:
        bare = line.strip()
        reacting = (reacting and bool(bare)) or bare in ("Reactions:", "Tapbacks:")
        added = (
            reacting
            or bare in _REMARKS
            or _FILE.fullmatch(bare)
            or _APP.fullmatch(bare)
            or (several and _EFFECT.fullmatch(bare))
        )
        if not added:
            kept.append(line)
    return "\n".join(_final(kept)).strip()


def _final(lines: list[str]) -> list[str]:
    """The last wording of an edited message: the first one begins with a date, those after it say how much later."""
    first = next((i for i, line in enumerate(lines) if (m := _HEADER.match(line)) and _worded(m)), len(lines))
    edits = [(i, m[1]) for i, line in enumerate(lines) if i > first and (m := _EDIT.match(line))]
    return [*lines[:first], edits[-1][1], *lines[edits[-1][0] + 1 :]] if edits else lines


# imessage-exporter, pages


def _pages(member: Member) -> Iterator[Record]:
    with member.open() as stream:
        root = page.tree(stream, member.size)
    if root is None:
        yield Skipped(member.name, "not a web page", "the whole file")
        return
    title = _Exported(member).title
    rows: list[tuple[str, str, Kind, str]] = []
    copies = 0
    for node in root.iter("div"):
        names = page.classes(node)
        if "message" in names and _within(node, _COPIES):
            copies += 1
        elif "message" in names:
            rows.append(_page_message(node))
        elif "announcement" in names and not _within(node, {"message"}):
            rows.append(("", _page_date(list(node.iter("span"))), "system", ""))
    if copies:
        yield Skipped(member.name, _REPEATED, count=copies)
    times = dates.moments([date for _, date, _, _ in rows])
    is_group = "," in title or len({s for s, _, _, _ in rows if s and s != ME}) > 1
    for (sender, _, kind, words), moment in zip(rows, times, strict=True):
        at = moment[0] if moment else None
        yield Message(platform, f"chat:{title}", title, is_group, sender, sender, at, False, kind, words, member.name)


def _within(node: page.Node, names: set[str]) -> bool:
    return any(names & set(page.classes(parent)) for parent in node.iterancestors())


def _page_message(node: page.Node) -> tuple[str, str, Kind, str]:
    box = next((c for c in node if {"sent", "received"} & set(page.classes(c))), node)
    own = [n for n in box.iter("span", "div") if not _within(n, _ASIDE)]
    sender = ME if "sent" in page.classes(box) else next((page.shown(n) for n in own if "sender" in page.classes(n)), "")
    said: list[str] = []
    for node in own:
        words = _wording(node)
        if words and not ("edited" in page.classes(node) and words in said):  # older pages say it once for each part
            said.append(words)
    taken_back = not said and any({"unsent", "announcement"} & set(page.classes(n)) for n in own)
    return sender, _page_date(own), ("text" if said else "deleted" if taken_back else "media"), "\n".join(said)


def _page_date(own: list[page.Node]) -> str:
    """The first of the dates: those of edits come after it."""
    date = next((page.shown(n) for n in own if "timestamp" in page.classes(n)), "")
    found = _HEADER.match(re.sub(r"\s+\(.*$", "", date, flags=re.S))
    return found["date"] if found else date


def _wording(node: page.Node) -> str:
    """The words of one part, with the line ends they were written with; of an edited one those of its last row."""
    names = page.classes(node)
    if "bubble" in names and not _within(node, {"edited"}):
        return page.shown(node, keep=True)
    cells = list(node.iter("td")) if "edited" in names else []
    return page.shown(cells[-1], keep=True) if cells else ""
