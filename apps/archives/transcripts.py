"""The file of one conversation: records as msgpack, in frames that are sealed by the vault. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import msgspec

BATCH = 1_000


class Record(msgspec.Struct, array_like=True):
    """One message as it is kept: scrubbed. `at` is in seconds; UTC where `exact`, else wall clock.

    `id` is stable over re-uploads; `marks` are (start, end, kind) of placeholders in `text`; `sources` are archives.
    `unsure` times fit day first and month first alike.
    """

    id: str
    at: float | None
    exact: bool
    handle: str
    kind: str
    text: str
    marks: list[tuple[int, int, str]]
    sources: list[str]
    unsure: bool = False


def swapped(at: float | None) -> float | None:
    """A wall-clock time with day and month exchanged; as it is where that is no date."""
    try:
        moment = datetime.fromtimestamp(at, UTC) if at is not None else None
        return at if moment is None else moment.replace(month=moment.day, day=moment.month).timestamp()
    except (ValueError, OverflowError, OSError):
        return at


class Frames(Protocol):
    """A sealed file being read."""

    def frames(self) -> Iterator[bytes]: ...


class Sink(Protocol):
    """A sealed file being written."""

    def frame(self, data: bytes) -> int: ...


_DECODE = msgspec.msgpack.Decoder(list[Record]).decode
_ENCODE = msgspec.msgpack.Encoder().encode


def write(sink: Sink, records: Iterable[Record]) -> int:
    """Write records in order; returns how many."""
    batch: list[Record] = []
    count = 0
    for record in records:
        batch.append(record)
        count += 1
        if len(batch) == BATCH:
            sink.frame(_ENCODE(batch))
            batch.clear()
    if batch:
        sink.frame(_ENCODE(batch))
    return count


def read(source: Frames) -> Iterator[Record]:
    """The records in order."""
    for frame in source.frames():
        yield from _DECODE(frame)
