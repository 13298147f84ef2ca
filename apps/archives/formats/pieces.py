"""Files that may be larger than memory: their rows one by one, and an order that reaches as far as some of them.

Within a conversation such a file is in order piece by piece only. Whoever takes the records in sorts each conversation
anyway, those of one moment as they came (`archives.conversations.ordered`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from apps.archives.formats import streams
from apps.archives.formats.types import Member, Message, Record, Refused

#: Files from this size on are read in pieces: rows that are taken apart need several times their bytes.
LARGE = 32 * 2**20
#: How much is held at once of such a file, in bytes as `weight` counts them.
HELD = 24 * 2**20
#: What a record takes beside its words.
BESIDE = 600

T = TypeVar("T")


class NotAList(Exception):
    """JSON without a list of rows where it should stand."""


def weight(words: str) -> int:
    """Bytes that a record with these words takes, roughly."""
    return BESIDE + (1 if words.isascii() else 4) * len(words)


def rows(member: Member, key: str = "", *, alone: bool = False) -> Iterator[Any]:
    """The values of the list under a key of a JSON file, or of the file where it is a list itself. One is in memory at a time.

    Raises `Broken` where it breaks off or is nested too deeply, and where something follows one that should stand `alone`; `NotAList`,
    `Refused`.
    """
    with member.open() as stream:
        found = streams.events(stream)
        first = next(found, ("", None))
        try:
            if key:
                yield from _under(found, first, key)
            else:
                yield from _values(found, first)
                if alone and next(found, None) is not None:
                    raise streams.Broken(truncated=False)
        except StopIteration:
            raise streams.Broken(truncated=True) from None
        except Refused as error:
            if str(error) != streams.DEEP:
                raise
            raise streams.Broken(truncated=False) from None  # a refusal would end the whole upload


def _under(found: Iterator[streams.Event], first: streams.Event, key: str) -> Iterator[Any]:
    if first[0] != "start_map":
        raise NotAList
    there = False
    for name, value in streams.members(found):
        if name == key and (value[0] == "start_array" or isinstance(value[1], list)):
            there = True
            yield from _values(found, value)
        else:
            streams.skip(found, value)
    if not there:
        raise NotAList


def _values(found: Iterator[streams.Event], first: streams.Event) -> Iterator[Any]:
    if isinstance(first[1], list):
        yield from first[1]
        return
    if first[0] != "start_array":
        raise NotAList
    for item in streams.items(found):
        yield streams.build(found, item)


def by_time(found: Iterable[Record]) -> Iterator[Record]:
    """By time, as far as what is held reaches; what has none stays behind what it followed.

    Of a file that breaks off, what was read comes before the exception.
    """
    waiting: list[tuple[float, int, Message, int]] = []
    last, held = float("-inf"), 0
    trouble: Exception | None = None
    try:
        for number, record in enumerate(found):
            if not isinstance(record, Message):
                yield record
                continue
            last = record.sent_at if record.sent_at is not None else last
            heavy = weight(record.text)
            heapq.heappush(waiting, (last, number, record, heavy))
            held += heavy
            while held > HELD:
                _, _, first, light = heapq.heappop(waiting)
                held -= light
                yield first
    except Exception as error:  # whatever it is
        trouble = error
    while waiting:
        yield heapq.heappop(waiting)[2]
    if trouble is not None:
        raise trouble


def cut(rows: Iterable[T], heavy: Callable[[T], int], moment: Callable[[T], object]) -> Iterator[list[T]]:
    """Rows in pieces that memory holds, parted between two moments: those of one moment are told apart by their order alone.

    Of a file that breaks off, the piece that was begun comes before the exception.
    """
    piece: list[T] = []
    held = 0
    trouble: Exception | None = None
    try:
        for row in rows:
            if held > HELD and (held > 2 * HELD or moment(row) != moment(piece[-1])):
                yield piece
                piece, held = [], 0
            piece.append(row)
            held += heavy(row)
    except Exception as error:
        trouble = error
    if piece:
        yield piece
    if trouble is not None:
        raise trouble
