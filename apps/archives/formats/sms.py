"""SMS Backup & Restore: XML of any size (docs/formats/sms.md). Times are milliseconds UTC, the direction tells the owner.

The byte stream is mended before it is parsed: emoji come as two character references that XML forbids, control
characters too, and pictures come as base64 of gigabytes that nobody needs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.parsers import expat

from apps.archives.formats import streams
from apps.archives.formats.text import bare, clean
from apps.archives.formats.types import Address, Kind, Member, Message, Note, Owner, Record, Refused, Skipped

platform = "sms"
ENTITIES = "This XML declares entities, which no backup does. It was not read."
ME = "me"

_PAIR = re.compile(rb"&#(5[56]\d{3});&#(5[67]\d{3});|&#(\d{1,7});|&#x([0-9a-fA-F]{1,6});")
_DATA, _PART = b' data="', b"<part"
_SPAM = "writes to you and never gets an answer, as shops and codes do"
_SENT = "2"
_MINE = {_SENT, "3", "4", "5", "6"}  # also drafts, the outbox, what failed and what waits
_SELF = "insert-address-token"
_NOBODY = "(Unknown)"
#: So many messages at most wait until it is known which numbers are the owner's.
WAITING = 100_000


def mine(member: Member, head: bytes) -> bool:
    return member.name.lower().endswith((".xml", ".txt")) and b"<smses" in streams.decoded(head)


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    seen = _Seen()
    for member in members:
        yield from _file(member, seen)
    yield from seen.late()
    for key in seen.got:
        if not seen.sent[key] and _is_machine(key):
            yield Note(key, _SPAM, leave_out=True)
    for who, number in seen.numbers.items():
        yield Address(platform, who, "email" if "@" in number else "phone", number)
    yield Owner(platform, ME, "Me", "the direction of every message", 100)


def _is_machine(key: str) -> bool:
    """A short code or a name instead of a number; nobody and several people are neither."""
    number = key.removeprefix("with:")
    return bool(number) and "|" not in number and (not number.lstrip("+").isdigit() or len(number.lstrip("+")) <= 6)


class _Mended:
    """XML bytes without base64 bodies, with pairs of surrogates joined and forbidden references left out."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._rest, self._inside = inner, b"", False
        self._tag = b""  # how the tag begins in which the piece before ended

    def pieces(self) -> Iterator[bytes]:
        while chunk := self._inner.read(1 << 18):
            whole = self._rest + chunk
            cut = len(whole) - 64
            ampersand = whole.rfind(b"&", max(0, cut - 32), cut)
            if ampersand >= 0:
                cut = ampersand
                before = whole.rfind(b"&", max(0, ampersand - 16), ampersand)
                pair = _PAIR.match(whole, before, cut + 16) if before >= 0 else None
                if pair is not None and pair.end() > cut:  # the cut would part them
                    cut = before
            if cut <= 0:
                self._rest = whole
                continue
            self._rest = whole[cut:]
            yield self._mend(whole[:cut])
        yield self._mend(self._rest)

    def _mend(self, piece: bytes) -> bytes:
        return _PAIR.sub(_reference, b"".join(self._without_data(piece)))

    def _without_data(self, piece: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(piece):
            if self._inside:
                end = piece.find(b'"', at)
                if end < 0:
                    return
                self._inside, at = False, end
            found = piece.find(_DATA, at)
            if found < 0:
                # the mark itself may be cut in two: what could be its beginning is harmless, base64 is then read as text
                yield self._passed(piece[at:])
                return
            yield self._passed(piece[at : found + len(_DATA)])
            self._inside, at = self._tag == _PART, found + len(_DATA)  # elsewhere somebody writes about data

    def _passed(self, piece: bytes) -> bytes:
        """The piece as it is; remembers in which tag it ends (no value of an attribute holds the sign that begins one)."""
        begins = piece.rfind(b"<")
        self._tag = (piece[begins : begins + len(_PART)] if begins >= 0 else self._tag + piece)[: len(_PART)]
        return piece


def _reference(m: re.Match[bytes]) -> bytes:
    if m[1]:
        high, low = int(m[1]), int(m[2])
        if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
            return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        return b""
    code = int(m[3]) if m[3] else int(m[4], 16)
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return m[0] if legal else b""


class _Parser:
    """One `sms` or `mms` at a time, its parts and addresses with it."""

    def __init__(self, encoding: str | None = None) -> None:
        self.ready: list[tuple[str, dict[str, str], list[dict[str, str]], list[dict[str, str]]]] = []
        self._mms: tuple[dict[str, str], list[dict[str, str]], list[dict[str, str]]] | None = None
        self.expat = expat.ParserCreate(encoding)
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.EntityDeclHandler = self._forbidden
        self.expat.StartDoctypeDeclHandler = self._forbidden

    def _forbidden(self, *_: Any) -> None:
        raise Refused(ENTITIES)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sms":
            self.ready.append(("sms", attributes, [], []))
        elif name == "mms":
            self._mms = (attributes, [], [])
        elif self._mms is not None and name == "part":
            self._mms[1].append(attributes)
        elif self._mms is not None and name == "addr":
            self._mms[2].append(attributes)

    def _end(self, name: str) -> None:
        if name == "mms" and self._mms is not None:
            self.ready.append(("mms", *self._mms))
            self._mms = None

    def take(self) -> list[tuple[str, dict[str, str], list[dict[str, str]], list[dict[str, str]]]]:
        ready, self.ready = self.ready, []
        return ready


def _file(member: Member, seen: _Seen) -> Iterator[Record]:
    with member.open() as raw:
        first = raw.read(2)
        wide = first in (b"\xff\xfe", b"\xfe\xff")
        stream = streams.narrow(first, raw)
        parser = _Parser("utf-8" if wide else None)  # whatever its first line says
        try:
            for piece in _Mended(stream).pieces():
                parser.expat.Parse(piece, False)
                for row in parser.take():
                    yield from seen.taken(_draft(member.name, row))
            parser.expat.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError):  # also an encoding that nobody knows
            for row in parser.take():
                yield from seen.taken(_draft(member.name, row))
            yield Skipped(member.name, "the file ends in the middle", "from here on")
            return
    for row in parser.take():
        yield from seen.taken(_draft(member.name, row))


@dataclass(frozen=True)
class _Draft:
    """One row; all numbers are in their short form. `said`: those of its address, `others`: all that its list of addresses names."""

    where: str
    outgoing: bool
    counts: bool
    contact: str
    said: list[str]
    shown: dict[str, str]
    sender: str
    recipients: frozenset[str]
    at: float | None
    kind: Kind
    words: str

    @property
    def others(self) -> set[str]:
        return {self.sender, *self.recipients, *self.said} - {""}

    @property
    def settled(self) -> bool:
        """Whether its address tells all who take part: one more in the list is the owner."""
        return len(self.said) > 1 or (len(self.said) == 1 and len(self.others) <= 2)


class _Seen:
    """What a whole backup tells: who is written to, and which numbers are its owner's. Groups that need that wait for the end."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.got: Counter[str] = Counter()
        self._own: set[str] = set()
        self._waiting: list[_Draft] = []
        self.numbers: dict[str, str] = {}

    def taken(self, draft: _Draft) -> Iterator[Message]:
        if draft.outgoing and draft.sender and draft.sender not in draft.said:
            self._own.add(draft.sender)
        elif not draft.outgoing and len(draft.recipients) == 1 and draft.sender:
            self._own |= draft.recipients
        if draft.settled or len(self._waiting) >= WAITING:
            yield self._message(draft, draft.said or sorted(draft.others - self._own))
        else:
            self._waiting.append(draft)

    def late(self) -> Iterator[Message]:
        """Those that waited."""
        groups = {frozenset(draft.others) for draft in self._waiting}
        if not self._own and len(groups) > 1:  # whoever is in all of them
            everywhere = frozenset.intersection(*groups)
            self._own |= everywhere if len(everywhere) == 1 else set()
        for draft in self._waiting:
            yield self._message(draft, sorted(draft.others - self._own) or draft.said)

    def _message(self, draft: _Draft, people: list[str]) -> Message:
        key = "with:" + "|".join(sorted(set(people)))
        if draft.counts:
            (self.sent if draft.outgoing else self.got)[key] += 1
        of_all = len(people) == 1 or "," in draft.contact or not draft.said  # else it is the name of one of them
        title = (draft.contact if of_all else "") or ", ".join(draft.shown.get(n, n) for n in people)
        if draft.outgoing:
            who, who_id = "Me", ME
        else:
            names = (
                [n.strip() for n in draft.contact.split(",")] if draft.contact and len(draft.said) > 1 else [draft.contact]
            )
            named = dict(zip(draft.said, names, strict=True)) if len(names) == len(draft.said) else {}
            sender = draft.sender or (people[0] if len(people) == 1 else "")
            name = named.get(sender, "")
            name = "" if name == _NOBODY else name
            who, who_id = name or draft.shown.get(sender, sender) or "Unknown", sender or "unknown"
            if sender in draft.shown and len(draft.shown[sender]) > len(self.numbers.get(sender, "")):
                self.numbers[sender] = draft.shown[sender]
        many = len(set(people)) > 1
        return Message(platform, key, title, many, who, who_id, draft.at, True, draft.kind, draft.words, draft.where)


def _of(attributes: dict[str, str], name: str) -> str:
    value = clean(attributes.get(name, ""))
    return "" if value == "null" else value


def _number(address: str) -> str:
    """Digits and a leading plus; names and short codes stay as they are."""
    address = bare(address)
    digits = re.sub(r"[\s().\-/]", "", address)
    return digits if re.fullmatch(r"\+?\d+", digits) else address.strip()


def _short(number: str) -> str:
    """The same number with and without its country: the last nine digits."""
    digits = number.lstrip("+")
    return digits[-9:] if digits.isdigit() and len(digits) >= 9 else number


def _draft(where: str, row: tuple[str, Any, Any, Any]) -> _Draft:
    what, at, parts, addresses = row
    state = _of(at, "type" if what == "sms" else "msg_box")
    outgoing = state in _MINE
    raw = [_number(a) for a in re.split(r"[~;]", _of(at, "address")) if a.strip() and a != _SELF]
    listed = [(_number(_of(a, "address")), _of(a, "type")) for a in addresses if _of(a, "address") not in ("", _SELF)]
    shown = {_short(n): n for n in (*(n for n, _ in listed), *raw)}
    said = list(dict.fromkeys(_short(n) for n in raw))
    sender = next((_short(n) for n, kind in listed if kind == "137"), "") if what == "mms" else ""
    contact = _of(at, "contact_name")
    return _Draft(
        where, outgoing, not outgoing or state == _SENT, "" if contact == _NOBODY else contact, said, shown,
        sender or (said[0] if len(said) == 1 and not outgoing else ""),
        frozenset(_short(n) for n, kind in listed if kind in ("151", "130", "129")),
        _moment(at), *_kind(what, state, at, parts),
    )  # fmt: skip


def _moment(at: dict[str, str]) -> float | None:
    try:
        millis = int(_of(at, "date"))
    except ValueError:
        return None
    return millis / 1000 if abs(millis) < 10**15 else None


def _kind(what: str, state: str, at: dict[str, str], parts: list[dict[str, str]]) -> tuple[Kind, str]:
    if state in _MINE - {_SENT}:
        return "system", ""  # drafts, the outbox, what failed and what waits
    if what == "sms":
        words = _of(at, "body")
    else:
        words = "\n".join(w for p in parts if _of(p, "ct").startswith("text/plain") and (w := _of(p, "text")))
    return ("text", words) if words.strip() else ("media", "")
