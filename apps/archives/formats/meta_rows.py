"""Meta's JSON as typed rows: decoded straight into what is needed, the slow way where a file is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

import msgspec

from apps.archives.formats import streams
from apps.archives.formats.types import Member

#: Files from this size on are read in pieces: the typed rows of one take several times its bytes.
LARGE = 64 * 2**20
AT_ONCE = 20_000
_NOTHING = (b"", b"[]", b"{}", b"null", b"false", b'""')
_Part = msgspec.Raw
ABSENT = msgspec.Raw()


class Row(msgspec.Struct, gc=False):
    """One message; what only counts by being there stays undecoded."""

    sender_name: str | None = None
    senderName: str | None = None
    timestamp_ms: float | None = None
    timestamp: float | None = None
    content: str | None = None
    text: str | None = None
    type: str | None = None
    is_unsent: bool | None = None
    isUnsent: bool | None = None
    is_taken_down: bool | None = None
    call_duration: _Part = ABSENT
    missed: _Part = ABSENT
    users: _Part = ABSENT
    photos: _Part = ABSENT
    videos: _Part = ABSENT
    audio_files: _Part = ABSENT
    gifs: _Part = ABSENT
    files: _Part = ABSENT
    sticker: _Part = ABSENT
    share: _Part = ABSENT
    media: _Part = ABSENT

    def has(self, *names: str) -> bool:
        return any(bytes(getattr(self, name)).strip() not in _NOTHING for name in names)


class Body(msgspec.Struct):
    """One file as it should be. What differs is read the slow way."""

    messages: list[Row]
    participants: list[Any] = []
    title: str | None = None
    threadName: str | None = None
    thread_type: str | None = None
    thread_path: str | None = None
    joinable_mode: _Part | msgspec.UnsetType = msgspec.UNSET
    image: _Part | msgspec.UnsetType = msgspec.UNSET
    odd: list[int] = []  # numbers of the entries that are no messages; never in a file


_DECODE = msgspec.json.Decoder(Body).decode
_FIELDS = {f.name: f for f in msgspec.structs.fields(Row)}


class NotAThread(Exception):
    """JSON, but no conversation."""


def decode(raw: bytes) -> Body:
    try:
        return _DECODE(streams.decoded(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(streams.loads(raw))


def pieces(member: Member) -> Iterator[Body]:
    """A file that may be larger than memory, some thousand messages at a time; what stands around them is read first.

    Raises `NotAThread`, and `Broken` where it breaks off, after what was whole before.
    """
    facts: dict[str, Any] = {}
    with suppress(streams.Broken), member.open() as stream:  # the second look tells it
        for key, first, found in _members(stream):
            if key == "messages":
                facts[key] = [] if first[0] == "start_array" or isinstance(first[1], list) else None
                streams.skip(found, first)
            else:
                facts[key] = streams.build(found, first)
    done, some = 0, list[Any]()
    with member.open() as stream:
        for raw in _messages(stream):
            some.append(raw)
            if len(some) == AT_ONCE:
                yield _lenient({**facts, "messages": some}, done)
                done, some = done + len(some), []
    if some or not done:
        yield _lenient({**facts, "messages": some} if facts.get("messages") is not None else facts, done)


def _members(stream: IO[bytes]) -> Iterator[tuple[str, streams.Event, Iterator[streams.Event]]]:
    found = streams.events(stream)
    if next(found, ("", None))[0] == "start_map":
        for key, first in streams.members(found):
            yield key, first, found


def _messages(stream: IO[bytes]) -> Iterator[Any]:
    for key, first, found in _members(stream):
        if key == "messages" and first[0] == "start_array":
            for item in streams.items(found):
                yield streams.build(found, item)
        elif key == "messages" and isinstance(first[1], list):
            yield from first[1]
        else:
            streams.skip(found, first)


def _lenient(data: Any, before: int = 0) -> Body:
    """Whatever parsed, with every field of a wrong type left out; so many entries came `before`."""
    if not isinstance(data, dict) or not isinstance(data.get("messages"), list):
        raise NotAThread
    rows = [_row(raw) for raw in data["messages"] if isinstance(raw, dict)]
    people = data.get("participants")
    odd = [number for number, raw in enumerate(data["messages"], before + 1) if not isinstance(raw, dict)]
    body = Body(rows, people if isinstance(people, list) else [], odd=odd)
    for name in ("title", "threadName", "thread_type", "thread_path"):
        if isinstance(data.get(name), str):
            setattr(body, name, data[name])
    for name in ("joinable_mode", "image"):
        if name in data:
            setattr(body, name, _Part(b"1"))
    return body


def _row(raw: dict[str, Any]) -> Row:
    made: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in _FIELDS or value is None:
            continue
        wanted = _FIELDS[key].type
        if wanted is _Part:
            made[key] = _Part(b"1" if value else b"null")
        elif isinstance(value, bool):
            made[key] = value if key.lower().startswith("is") else None
        elif isinstance(value, str) or (isinstance(value, (int, float)) and key.startswith("timestamp")):
            made[key] = value if isinstance(value, str) != key.startswith("timestamp") else None
    return Row(**made)
