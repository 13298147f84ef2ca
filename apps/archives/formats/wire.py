"""What a reader process says to the site: batches in msgpack, each behind its length in four bytes, an `End` at last.

Messages that come in columns go in columns (decision 0029): names, titles and places stand once a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import msgspec

from apps.archives.formats.types import End, Found, Messages, Record

BATCH = 256
MAX_BATCH = 256 * 2**20


class Cut(Exception):
    """The other end died, or says what no reader says."""


class Writer:
    """Collects what a reader finds and writes it batch by batch."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._encode = out, msgspec.msgpack.Encoder().encode
        self._batch: list[Found | End] = []

    def add(self, found: Found) -> None:
        if isinstance(found, Messages):
            for part in found.parts(BATCH):
                self._batch.append(part)
                self._flush()
            return
        self._batch.append(found)
        if len(self._batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        data = self._encode(self._batch)
        self._out.write(len(data).to_bytes(4, "big") + data)
        self._batch.clear()

    def end(self, end: End) -> None:
        self._batch.append(end)
        self._flush()
        self._out.flush()


def read(pipe: IO[bytes]) -> Iterator[Record | End]:
    """Records in their order, up to and with the `End`. Raises `Cut`."""
    decode = msgspec.msgpack.Decoder(list[Found | End]).decode
    while True:
        head = pipe.read(4)
        size = int.from_bytes(head, "big")
        if len(head) < 4 or size > MAX_BATCH:
            raise Cut
        data = pipe.read(size)
        if len(data) < size:
            raise Cut
        try:
            rows = decode(data)
        except msgspec.DecodeError:
            raise Cut from None
        for row in rows:
            if isinstance(row, Messages):
                yield from row.each()
            else:
                yield row
                if isinstance(row, End):
                    return
