"""SMS Backup & Restore: XML of any size (docs/formats/sms.md). Times are milliseconds UTC, the direction tells the owner.

The byte stream is mended before it is parsed: emoji come as two character references that XML forbids, control
characters too, and pictures come as base64 of gigabytes that nobody needs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Note, Owner, Record, Refused, Skipped

platform = "sms"
ME = "me"

_PAIR = re.compile(rb"&#(5[56]\d{3});&#(5[67]\d{3});|&#(\d{1,7});|&#x([0-9a-fA-F]{1,6});")
_DATA = b' data="'
_SPAM = "writes to you and never gets an answer, as shops and codes do"
_SENT = "2"
_MINE = {_SENT, "3", "4", "5", "6"}  # also drafts, the outbox, what failed and what waits
_SELF = "insert-address-token"


def mine(member: Member, head: bytes) -> bool:
    return member.name.lower().endswith((".xml", ".txt")) and b"<smses" in head


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    sent: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for member in members:
        yield from _file(member, sent, got)
    for key, count in got.items():
        if not sent[key] and (not key.startswith("+") or count > 0) and _is_machine(key):
            yield Note(key, _SPAM, leave_out=True)
    yield Owner(platform, ME, "Me", "the direction of every message", 100)


def _is_machine(key: str) -> bool:
    """A short code or a name instead of a number."""
    number = key.removeprefix("with:")
    return not number.lstrip("+").isdigit() or len(number.lstrip("+")) <= 6


class _Mended:
    """XML bytes without base64 bodies, with pairs of surrogates joined and forbidden references left out."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._rest, self._inside = inner, b"", False

    def pieces(self) -> Iterator[bytes]:
        while chunk := self._inner.read(1 << 18):
            whole = self._rest + chunk
            cut = len(whole) - 64
            ampersand = whole.rfind(b"&", max(0, cut - 32), cut)
            if ampersand >= 0:
                cut = ampersand
                before = whole.rfind(b"&", max(0, ampersand - 16), ampersand)
                cut = before if before >= 0 else cut
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
                yield piece[at:]
                return
            yield piece[at : found + len(_DATA)]
            self._inside, at = True, found + len(_DATA)


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

    def __init__(self) -> None:
        self.ready: list[tuple[str, dict[str, str], list[dict[str, str]], list[dict[str, str]]]] = []
        self._mms: tuple[dict[str, str], list[dict[str, str]], list[dict[str, str]]] | None = None
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.EntityDeclHandler = self._forbidden
        self.expat.StartDoctypeDeclHandler = self._forbidden

    def _forbidden(self, *_: Any) -> None:
        raise Refused("This XML declares entities, which no backup does. It was not read.")

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


def _file(member: Member, sent: Counter[str], got: Counter[str]) -> Iterator[Record]:
    parser = _Parser()
    with member.open() as stream:
        try:
            for piece in _Mended(stream).pieces():
                parser.expat.Parse(piece, False)
                for row in parser.take():
                    yield _message(member.name, row, sent, got)
            parser.expat.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError):  # also an encoding that nobody knows
            for row in parser.take():
                yield _message(member.name, row, sent, got)
            yield Skipped(member.name, "the file ends in the middle", "from here on")
            return
    for row in parser.take():
        yield _message(member.name, row, sent, got)


def _of(attributes: dict[str, str], name: str) -> str:
    value = clean(attributes.get(name, ""))
    return "" if value == "null" else value


def _number(address: str) -> str:
    """Digits and a leading plus; names and short codes stay as they are."""
    digits = re.sub(r"[\s().\-/]", "", address)
    return digits if re.fullmatch(r"\+?\d+", digits) else address.strip()


def _short(number: str) -> str:
    """The same number with and without its country: the last nine digits."""
    digits = number.lstrip("+")
    return digits[-9:] if digits.isdigit() and len(digits) >= 9 else number


def _message(where: str, row: tuple[str, Any, Any, Any], sent: Counter[str], got: Counter[str]) -> Message:
    what, at, parts, addresses = row
    state = _of(at, "type" if what == "sms" else "msg_box")
    outgoing = state in _MINE
    numbers = sorted({_number(a) for a in re.split(r"[~;]", _of(at, "address")) if a.strip() and a != _SELF})
    sender = _sender(addresses, numbers) if what == "mms" else (numbers[0] if numbers else "")
    recipients = {_number(_of(a, "address")) for a in addresses if _of(a, "type") in ("151", "130", "129")} - {"", _SELF}
    many = len(numbers) > 1 or len(recipients - {sender}) > 1
    key = "with:" + "|".join(_short(n) for n in numbers)
    if not outgoing or state == _SENT:
        (sent if outgoing else got)[key] += 1
    contact = _of(at, "contact_name")
    contact = "" if contact in ("(Unknown)",) else contact
    title = contact or ", ".join(numbers)
    names = [n.strip() for n in contact.split(",")] if contact else []
    name = contact if len(numbers) == 1 and contact else ""
    if len(numbers) > 1 and len(names) == len(numbers):
        raw = [_number(a) for a in re.split(r"[~;]", _of(at, "address")) if a.strip() and a != _SELF]
        name = dict(zip(raw, names, strict=False)).get(sender, "") if len(raw) == len(names) else ""
    kind, words = _kind(what, state, at, parts)
    who, who_id = ("Me", ME) if outgoing else (name or sender or title, _short(sender or title))
    return Message(platform, key, title, many, who, who_id, _moment(at), True, kind, words, where)


def _sender(addresses: list[dict[str, str]], numbers: list[str]) -> str:
    found = next((_of(a, "address") for a in addresses if _of(a, "type") == "137"), "")
    return _number(found) if found and found != _SELF else (numbers[0] if numbers else "")


def _moment(at: dict[str, str]) -> float | None:
    try:
        millis = int(_of(at, "date"))
    except ValueError:
        return None
    return millis / 1000 if abs(millis) < 10**15 else None


def _kind(what: str, state: str, at: dict[str, str], parts: list[dict[str, str]]) -> tuple[Kind, str]:
    if state in ("3", "5") or (what == "sms" and state in ("4", "6")):
        return "system", ""  # drafts, failed ones, still waiting
    if what == "sms":
        words = _of(at, "body")
    else:
        words = "\n".join(w for p in parts if _of(p, "ct").startswith("text/plain") and (w := _of(p, "text")))
    return ("text", words) if words.strip() else ("media", "")
