"""Reading JSON of any size: whole when it is small, piece by piece when it is not, mending what exporters break."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, cast

import ijson

from apps.archives.formats import layout
from apps.archives.formats.broken import Broken, decoded, line, loads, long_number, mend, whole_characters
from apps.archives.formats.text import Again
from apps.archives.formats.types import Member, Refused

__all__ = [
    "DEEP",
    "WHOLE",
    "Ahead",
    "Broken",
    "Event",
    "build",
    "decoded",
    "events",
    "items",
    "line",
    "listed",
    "loads",
    "mapping",
    "members",
    "mend",
    "narrow",
    "skip",
    "small",
]
WHOLE = 24 * 2**20
DEPTH = 64
DEEP = "This file is nested deeper than any chat export. It was not read."


class _Mended:
    """A byte stream with `mend` applied; cuts only at line ends so that nothing to mend is split."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._ready, self._rest = inner, b"", b""
        self._first = True

    def read(self, size: int = -1) -> bytes:
        while not self._ready:
            chunk = self._inner.read(1 << 18)
            if self._first:
                chunk, self._first = chunk.removeprefix(b"\xef\xbb\xbf"), False
            if not chunk:
                self._ready, self._rest = whole_characters(mend(self._rest)), b""
                break
            whole = self._rest + chunk
            cut = whole.rfind(b"\n") + 1
            if not cut and len(whole) > 1 << 20:
                cut = len(whole) - 512
                while (escape := whole.rfind(b"\\", cut - 12, cut)) > len(whole) - (1 << 19):
                    cut = escape  # neither an escape nor a pair of them is parted
            self._rest = whole[cut:]
            if long_number(whole):
                raise Broken(truncated=False)
            self._ready = whole_characters(mend(whole[:cut]))
        size = len(self._ready) if size < 0 else size
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece


class Ahead:
    """Members read whole, one after the other; the next is inflated on another core while one is worked on."""

    def __init__(self, members: list[Member]) -> None:
        self._waiting = iter(members)
        self._pool = ThreadPoolExecutor(1)
        self._next: tuple[Member, Future[bytes]] | None = None
        self._begin()

    def _begin(self) -> None:
        member = next(self._waiting, None)
        small = member is not None and member.size < WHOLE
        self._next = (member, self._pool.submit(_whole, member)) if member is not None and small else None

    def take(self, member: Member) -> bytes:
        """All bytes of a member, which come in the order given. Raises `Refused` like its stream."""
        ready = self._next
        if ready is None or ready[0] is not member:
            self._begin()
            return _whole(member)
        data = ready[1].result()
        self._begin()
        return data


def _whole(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


Event = tuple[str, Any]


def events(stream: IO[bytes]) -> Iterator[Event]:
    """Parse events with a limit on depth. Raises `Broken`, `Refused`.

    Files that are laid out in lines, as exporters of large ones do, are read by their lines (`layout`); there whole
    values come as one event of the kind "value".
    """
    first = stream.read(1 << 16)
    if first[:2] in _WIDE:
        return _parsed(narrow(first, stream))
    if layout.fits(decoded(first)):
        return layout.events(stream, decoded(first))
    return _parsed(Again(first, stream))


_WIDE = (b"\xff\xfe", b"\xfe\xff")


def narrow(first: bytes, rest: IO[bytes]) -> IO[bytes]:
    """A stream whose beginning was read already, in UTF-8 where it is UTF-16 (it has a byte-order mark)."""
    whole = Again(first, rest)
    return cast(IO[bytes], _Narrowed(whole) if first[:2] in _WIDE else whole)


class _Narrowed:
    """UTF-8 of a stream of UTF-16."""

    def __init__(self, inner: Again) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def read(self, size: int = -1) -> bytes:
        while piece := self._inner.read(size):
            if words := self._decoder.decode(piece):
                return words.encode("utf-8", "replace")
        return b""


def _parsed(stream: Any) -> Iterator[Event]:
    depth = 0
    try:
        for event, value in ijson.basic_parse(cast(Any, _Mended(stream)), use_float=False):
            if event in ("start_map", "start_array"):
                depth += 1
                if depth > DEPTH:
                    raise Refused(DEEP)
            elif event in ("end_map", "end_array"):
                depth -= 1
            yield event, value
    except ijson.IncompleteJSONError:
        raise Broken(truncated=True) from None
    except (ijson.JSONError, ValueError, SystemError, UnicodeDecodeError):
        raise Broken(truncated=False) from None


def build(stream: Iterator[Event], first: Event) -> Any:
    """The value that begins with `first`, taken from the stream."""
    event, value = first
    if event == "start_map":
        table: dict[str, Any] = {}
        key = ""
        for event, value in stream:
            if event == "end_map":
                break
            if event == "map_key":
                key = value
            else:
                table[key] = build(stream, (event, value))
        return table
    if event == "start_array":
        items: list[Any] = []
        for event, value in stream:
            if event == "end_array":
                break
            items.append(build(stream, (event, value)))
        return items
    return float(value) if event == "number" and not isinstance(value, int) else value


def skip(stream: Iterator[Event], first: Event) -> None:
    """Pass over the value that begins with `first`. Raises `Broken` where it does not end."""
    depth = int(first[0] in ("start_map", "start_array"))
    if not depth:
        return
    for event, _ in stream:
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if not depth:
            return
    raise Broken(truncated=True)


def members(stream: Iterator[Event]) -> Iterator[tuple[str, Event]]:
    """The (key, first event of the value) pairs of the object that has just begun; take or skip each value.

    Raises `Broken` where something else stands in a key's place: `layout` passes on what the lines hold.
    """
    for event, value in stream:
        if event == "end_map":
            return
        if event != "map_key":
            raise Broken(truncated=False)
        first = next(stream, None)
        if first is None:
            raise Broken(truncated=True)
        yield value, first


def items(stream: Iterator[Event]) -> Iterator[Event]:
    """The first events of the values of the array that has just begun; take or skip each."""
    for event in stream:
        if event[0] == "end_array":
            return
        yield event


def small(member: Member) -> Any:
    """A small file beside the messages (a profile, a list of channels) as one document; None when it cannot be read."""
    if member.size >= WHOLE:
        return None
    try:
        with member.open() as stream:
            return loads(stream.read())
    except (Broken, Refused):
        return None


def mapping(value: Any) -> dict[str, Any]:
    """The value when it is an object, else an empty one: files hold anything anywhere."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []
