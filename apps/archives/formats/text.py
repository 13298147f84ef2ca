"""Cleaning strings that come from outside, the same way for every format."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

#: Direction marks, joiners of words and byte-order marks: they say nothing, but stand in the way of classifying a line.
#: U+200D and U+FE0F are not among them, emoji are made of them.
MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b"
_MARKS = str.maketrans("", "", MARKS)
_MARK = re.compile(f"[{MARKS}]")
_LINE = re.compile(r"\r\n|\n|\r")
LONGEST_LINE = 1 << 20

_BETWEEN = "\x1e"
_RUN = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]+")


def clean(value: object) -> str:
    """A string that every store takes: no NUL, lone surrogates joined or replaced. Anything but a string becomes ""."""
    if not isinstance(value, str):
        return ""
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def unmangle(value: object) -> str:
    """Undo UTF-8 that was written as Latin-1 code points (Meta's JSON). Right text stays as it is.

    The whole string is tried first; a mixed or cut one is mended run by run.
    """
    if isinstance(value, str) and "\0" not in value:
        if value.isascii():
            return value
        try:
            return value.encode("latin-1").decode("utf-8")  # what comes out of it needs no cleaning
        except UnicodeError:
            pass
    text = clean(value)
    try:
        return clean(text.encode("latin-1").decode("utf-8"))
    except (UnicodeEncodeError, UnicodeDecodeError):
        return _RUN.sub(_mend, text)


def all_unmangled(values: list[str]) -> list[str]:
    """`unmangle` for many at once: where all of them can be mended as one text they are, otherwise one by one."""
    whole = _BETWEEN.join(values)
    if "\0" not in whole:
        try:
            mended = whole.encode("latin-1").decode("utf-8").split(_BETWEEN)
        except UnicodeError:
            pass
        else:
            if len(mended) == len(values):  # none of them holds the sign between
                return mended
    return [unmangle(value) for value in values]


def _mend(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def composed(name: str) -> str:
    """A name with each letter and its accents as one character (NFC): a Mac writes names of files in pieces, others do not."""
    return name if name.isascii() else unicodedata.normalize("NFC", clean(name))


def path(name: str) -> str:
    """A member's name as data: forward slashes, no leading ones, composed."""
    return composed(clean(name)).replace("\\", "/").lstrip("/")


def marked(value: str) -> bool:
    """Whether there are invisible marks in it."""
    return not value.isascii() and _MARK.search(value) is not None


def bare(value: str) -> str:
    """A text without the invisible marks, for classifying only."""
    return value.translate(_MARKS) if marked(value) else value


def encoding(head: bytes) -> str:
    """UTF-16 when there is its byte-order mark, else UTF-8 (with or without one)."""
    return "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def decode(raw: bytes) -> str:
    """A whole file as text; bytes that are none become U+FFFD."""
    return clean(raw.decode(encoding(raw), "replace"))


class _Raw(io.RawIOBase):
    """What `io.TextIOWrapper` wants of a file."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._inner.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class Again:
    """A stream that begins with what was already read of it."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first, self._rest = first, rest

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            piece, self._first = self._first + self._rest.read(), b""
            return piece
        piece, self._first = self._first[:size], self._first[size:]
        return piece or self._rest.read(size)


def table(stream: IO[bytes]) -> Iterator[list[str]]:
    """Rows of a CSV file, with line ends inside of fields as they are. A row that is not CSV becomes an empty list.

    Fields may be parted by ";" or tabs, as spreadsheets save them: the header says so.
    """
    csv.field_size_limit(16 * 2**20)
    first = stream.read(2)
    raw = io.BufferedReader(_Raw(Again(first, stream)), 1 << 18)  # type: ignore[arg-type]
    words = io.TextIOWrapper(raw, encoding(first), "replace", newline="")
    given = (line.replace("\0", "") for line in words)
    header = next(given, "")
    rows = csv.reader(chain([header], given), delimiter=next((d for d in ",;\t" if d in header), ","))
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield []
            continue
        if row is None:
            return
        yield [clean(cell) for cell in row]


def lines(stream: IO[bytes]) -> Iterator[str]:
    """Lines of a text file, ended by CR LF, LF or CR only: `str.splitlines` would cut inside of messages."""
    first = stream.read(1 << 16)
    decoder = codecs.getincrementaldecoder(encoding(first))("replace")
    rest, piece = "", first
    while piece:
        rest += decoder.decode(piece)
        hold = rest.endswith("\r")  # its LF may come with the next piece
        whole = rest[:-1] if hold else rest
        found = _LINE.split(whole) if "\r" in whole else whole.split("\n")
        dirty = "\0" in whole  # all that a decoder leaves to be cleaned
        rest = found.pop() + ("\r" if hold else "")
        yield from map(clean, found) if dirty else found
        if len(rest) > LONGEST_LINE:
            yield clean(rest)
            rest = ""
        piece = stream.read(1 << 16)
    rest += decoder.decode(b"", True)
    yield from (clean(line) for line in _LINE.split(rest) if line)


def names(joined: str, known: set[str]) -> list[str]:
    """People joined by ", ", whose names may hold ", " themselves ("Dee Notional, PhD"): the longest known name first."""
    found: list[str] = []
    rest = joined.strip()
    while rest:
        fits = (n for n in known if n and (rest == n or rest.startswith(n + ", ")))
        name = max(fits, key=len, default=rest.split(", ")[0])
        found.append(name)
        rest = rest[len(name) :].removeprefix(", ").strip()
    return found
