"""Our own open format, one JSON object a line (docs/format.md), and lists of dialogues as forum dumps have them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.archives.formats import chosen, pieces, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Also, Kind, Member, Message, Note, Owner, Record, Skipped

platform = "jsonl"
ME, OTHER = "Me", "Other"

_KINDS: dict[str, Kind] = {k: k for k in ("text", "media", "call", "system", "deleted", "forwarded")}
_NO_TIMES = "The file has no times. The order is kept, and every dialogue was given a day of its own."
_NOT_JSON, _INCOMPLETE = "not valid JSON", "without conversation, sender or text"
DAY = 86_400
_ADDRESSES: tuple[AddressKind, ...] = ("phone", "email", "handle", "nickname")
MOST_KNOWN = 100_000
#: What a file's name may end in, and what a browser puts behind that of a second download.
_ENDING = re.compile(r"(?: ?\(\d{1,3}\))?(?:\.(?:jsonl|ndjson|json|txt))+$", re.I)
#: Dialogues in one list, or one alone, over as many lines as they like.
_LIST = re.compile(r'\s*\[\s*\{[^{}\[\]]{0,2000}?"dialogue"\s*:\s*\[')
_ONE = re.compile(r'\s*\{[^{}\[\]]{0,2000}?"dialogue"\s*:\s*\[')


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith((".jsonl", ".ndjson", ".json", ".txt")):
        return False
    words = text.decode(head)
    if _LIST.match(words) or _ONE.match(words):
        return True
    for first in words.lstrip().split("\n", 5)[:5]:  # one bad line says nothing about those after it
        if not first.startswith("{"):
            return False
        if _ONE.match(first):
            return True
        if b"\n" not in head and len(head) >= 4_096:  # a longer line than what was read
            return '"conversation"' in first and '"sender"' in first and '"text"' in first
        row = streams.line(first)
        if isinstance(row, dict) and ("dialogue" in row or {"conversation", "sender", "text"} <= set(row)):
            return True
    return False


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    for member in members:
        yield from _Reader(member).records()


class _Reader:
    def __init__(self, member: Member) -> None:
        self.member, self.where = member, member.name
        self.people: dict[str, set[str]] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.known: set[Address] = set()
        self.dialogues = 0
        self.key = ""  # of the dialogues, once there is one
        self.named = False  # dialogues say who speaks

    def records(self) -> Iterator[Record]:
        bad: dict[str, tuple[int, str]] = {}
        broken = ""
        try:
            for place, row in _rows(self.member):
                records = list(self._row(row)) if isinstance(row, dict) else []
                if not records:
                    reason = _NOT_JSON if row is None else _INCOMPLETE
                    count, first = bad.get(reason, (0, place))
                    bad[reason] = count + 1, first
                yield from records
        except streams.Broken as error:
            broken = str(error)
        if broken:
            yield Skipped(self.where, broken, "from here on")
        for reason, (count, first) in bad.items():
            yield Skipped(self.where, reason, first, count)
        if self.dialogues:
            yield Note(self.key, _NO_TIMES)
            name = chosen.plain(self.where)  # by which dialogues were known once
            before = [f"file:{name}", f"file:{name.rpartition('/')[2]}", self.key.rpartition("|")[0]]
            yield from (Also(platform, self.key, other) for other in dict.fromkeys(before))
            why = (
                ("your lines are called “me”", 100)
                if self.named
                else ("the newest line of a dialogue is taken as yours", 40)
            )
            yield Owner(platform, ME, ME, *why)
        yield from sorted(self.known, key=lambda a: (a.platform, a.sender_id, a.kind, a.value))
        for (which, sender_id), name in self.owners.items():
            yield Owner(which, sender_id, name, "the file says so", 100)

    def _row(self, row: dict[str, Any]) -> Iterator[Record]:
        if isinstance(row.get("dialogue"), list):
            yield from self._dialogue(row["dialogue"])
        elif isinstance(row.get("text"), str) and row.get("sender") is not None and row.get("conversation") is not None:
            yield self._message(row)

    def _message(self, row: dict[str, Any]) -> Message:
        which = clean(row.get("platform"))[:20] or platform
        sender, key = clean(str(row["sender"])), clean(str(row["conversation"]))
        sender_id = clean(str(row.get("sender_id") or "")) or sender
        people = self.people.setdefault(key, set())
        people.add(sender_id)
        if row.get("is_owner") is True:
            self.owners[which, sender_id] = sender
        for way in _ADDRESSES:
            if (said := clean(row.get(way))) and len(self.known) < MOST_KNOWN:
                self.known.add(Address(which, sender_id, way, said))
        is_group = bool(row["is_group"]) if isinstance(row.get("is_group"), bool) else len(people) > 2
        at, exact = _moment(row.get("sent_at"))
        if row.get("tz_known") is False:
            exact = False
        kind = _KINDS.get(clean(row.get("kind")), "text")
        words = clean(row["text"])
        if kind == "text" and not words.strip():
            kind = "media"
        return Message(
            which, key, clean(row.get("title")) or key, is_group, sender, sender_id, at, exact, kind, words, self.where
        )

    def _dialogue(self, lines: list[Any]) -> Iterator[Record]:
        """Newest first; who speaks alternates, the newest line being the one that answers. What was taken along from here says who
        speaks (`from`), and is oldest first."""
        self.key = self.key or _named(self.member, lines)
        begins = float(self.dialogues * DAY)
        self.dialogues += 1
        count = len(lines)
        self.named = ours = bool(lines) and all(isinstance(line, dict) and "from" in line for line in lines)
        for number, line in enumerate(lines if ours else reversed(lines)):
            words = clean(line.get("text") if isinstance(line, dict) else line)
            named = clean(line.get("from" if ours else "sender")) if isinstance(line, dict) else ""
            sender = (ME if ours and named == "me" else named) or (ME if (count - 1 - number) % 2 == 0 else OTHER)
            kind: Kind = "text" if words.strip() else "media"
            yield Message(
                platform, self.key, "Dialogues", False, sender, sender, begins + 60 * number, False, kind, words, self.where
            )


def _rows(member: Member) -> Iterator[tuple[str, Any]]:
    """Each row and where it stands; None for a line that is no JSON. Raises `Broken` where a list of them breaks off."""
    with member.open() as stream:
        head = text.decode(stream.read(1 << 16))
    first = head.lstrip().partition("\n")[0]
    if _LIST.match(head) and not isinstance(streams.line(first), list):  # else there may be one on each line
        yield from ((f"entry {number}", row) for number, row in enumerate(pieces.rows(member, alone=True), 1))
        return
    if _ONE.match(head) and member.size < pieces.LARGE and not isinstance(streams.line(first), dict):
        try:
            with member.open() as stream:
                one = streams.loads(stream.read())
        except streams.Broken:
            one = None  # it may be lines after all, of which the first is bad
        if isinstance(one, dict):
            yield "entry 1", one
            return
    with member.open() as stream:
        for number, line in enumerate(text.lines(stream), 1):
            if line.strip():
                row = streams.line(line)
                yield from ((f"line {number}", one) for one in (row if isinstance(row, list) else [row]))


def _named(member: Member, first: list[Any]) -> str:
    """The key of a file's dialogues: what it is called, wherever it lies, the first of them, and a mark of all its bytes.

    Those that begin alike are compared (`archives.unnamed`): a newer file goes on, and another one only begins so.
    """
    said = (clean(line.get("text") if isinstance(line, dict) else line) for line in first)
    whole = 0
    with member.open() as stream:
        while piece := stream.read(1 << 18):
            whole = zlib.crc32(piece, whole)
    return f"file:{_ENDING.sub('', member.name.rpartition('/')[2])}|{chosen.mark(*said)}|{whole:08x}"


def _moment(value: Any) -> tuple[float | None, bool]:
    """Seconds since 1970, or ISO 8601; without an offset it is wall clock."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (float(value), True) if abs(value) < 1e11 else (None, False)
    try:
        made = datetime.fromisoformat(clean(value).replace("Z", "+00:00"))
    except ValueError:
        return None, False
    try:
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp(), made.tzinfo is not None
    except OverflowError:
        return None, False
