"""JSON that is laid out in lines, indented by level, as Telegram and Takeout write it, at the speed of a whole document.

A string of valid JSON holds no line end, so the indentation alone tells where a value of a long array begins and ends: a
megabyte of values is cut out by its bytes and decoded at once. What comes out are the events of `streams`, where a whole
value is one event ("value", …). Values that cannot be decoded become None, and are counted by whoever reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

import orjson

from apps.archives.formats.broken import Broken, loads

Event = tuple[str, Any]

BATCH = 1 << 20
LONGEST = 64 * 2**20
#: Arrays that may be longer than memory.
LONG = {"messages", "events", "event", "MessageList"}
_FITS = re.compile(rb'\{\n {1,4}"')
_TOGETHER = (b"[{\n", b"}, {\n", b"},{\n")
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*(.*)', re.S)


def fits(head: bytes) -> bool:
    """Whether a file that begins so is laid out in lines, and no line ends one thing and begins another."""
    return bool(_FITS.match(head)) and b"\r" not in head and not any(mark in head for mark in _TOGETHER)


class _Buffer:
    """The bytes that wait to be read, and the stream that brings more."""

    def __init__(self, stream: IO[bytes], first: bytes) -> None:
        self._stream, self.bytes, self.ended = stream, first, False

    def more(self) -> bool:
        piece = self._stream.read(BATCH)
        self.ended = not piece
        self.bytes += piece
        if len(self.bytes) > LONGEST:
            raise Broken(truncated=False)
        return not self.ended

    def line(self) -> bytes | None:
        """The next line without its end; None at the end of the file."""
        while (end := self.bytes.find(b"\n")) < 0:
            if not self.more():
                line, self.bytes = self.bytes, b""
                return line or None
        line, self.bytes = self.bytes[:end], self.bytes[end + 1 :]
        return line


def events(stream: IO[bytes], first: bytes) -> Iterator[Event]:
    """Events of the document. Raises `Broken` where it ends too early."""
    buffer = _Buffer(stream, first)
    depth = 0
    while (line := buffer.line()) is not None:
        words = line.strip()
        if not words:
            continue
        key, words = _keyed(words)
        if key is not None:
            yield "map_key", key
        words = words.removesuffix(b",")
        if words in (b"{", b"["):
            depth += 1
            yield ("start_map" if words == b"{" else "start_array"), None
            if words == b"[" and key in LONG:
                yield from _values(buffer, len(line) - len(line.lstrip(b" ")))
                depth -= 1
        elif words in (b"}", b"]"):
            depth -= 1
            yield ("end_map" if words == b"}" else "end_array"), None
        else:
            yield "value", _decoded(words)
    if depth:
        raise Broken(truncated=True)


def _keyed(words: bytes) -> tuple[str | None, bytes]:
    found = _KEY.match(words) if words[:1] == b'"' else None
    if found is None:
        return None, words
    try:
        return str(orjson.loads(b'"' + found[1] + b'"')), found[2]
    except orjson.JSONDecodeError:
        return found[1].decode("utf-8", "replace"), found[2]


def _decoded(words: bytes) -> Any:
    try:
        return orjson.loads(words)
    except orjson.JSONDecodeError:
        return loads(words)


def _values(buffer: _Buffer, indent: int) -> Iterator[Event]:
    """The values of the array that has just begun at this indentation, and its end."""
    end = b"\n" + b" " * indent + b"]"
    buffer.bytes = b"\n" + buffer.bytes
    while True:
        while len(buffer.bytes) < BATCH and end not in buffer.bytes and not buffer.ended:
            buffer.more()
        stop = buffer.bytes.find(end)
        if stop >= 0:
            yield from _batch(buffer.bytes[:stop])
            buffer.bytes = buffer.bytes[stop + 1 :]
            buffer.line()
            yield "end_array", None
            return
        cut = _cut(buffer.bytes)
        if cut is None:
            if buffer.ended:
                raise Broken(truncated=True)
            buffer.more()
            continue
        yield from _batch(buffer.bytes[:cut])
        buffer.bytes = buffer.bytes[cut:]
        if buffer.ended:
            raise Broken(truncated=True)


def _cut(waiting: bytes) -> int | None:
    """Where the last whole value ends: its closing bracket stands at the indentation of the first one.

    Where each value has a line of its own, before the line that begins the last one.
    """
    first = waiting.lstrip(b"\n")
    indent = b"\n" + b" " * (len(first) - len(first.lstrip(b" ")))
    at = waiting.rfind(indent + b"},\n")
    if at >= 0:
        return at + len(indent) + 2
    at = waiting.rfind(b"," + indent + b"{")
    return None if at < 0 else at + 1


def _batch(body: bytes) -> Iterator[Event]:
    body = body.strip().strip(b",")
    if not body:
        return
    try:
        values = orjson.loads(b"[" + body + b"]")
    except orjson.JSONDecodeError:
        values = _one_by_one(body)
    for value in values:
        yield "value", value


def _one_by_one(body: bytes) -> Iterator[Any]:
    """Values of a batch in which something is wrong; only that is lost."""
    try:
        whole = loads(b"[" + body + b"]")
        yield from whole if isinstance(whole, list) else []
        return
    except Broken:
        pass
    lines = body.split(b"\n")
    step = min((len(line) - len(line.lstrip(b" ")) for line in lines[1:] if line.strip()), default=0)
    close = b" " * step + b"}"
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if line.rstrip(b",") == close:
            yield _or_none(b"\n".join(held))
            held = []
    if any(line.strip() for line in held):
        yield _or_none(b"\n".join(held))


def _or_none(body: bytes) -> Any:
    try:
        return loads(body.strip().removesuffix(b","))
    except Broken:
        return None
