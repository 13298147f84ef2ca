"""Messages of one upload between the two passes. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import IO

import msgspec

from apps.accounts.sealing import FrameReader, FrameWriter, new_key
from apps.archives.formats.types import Message

SPOOL_BATCH = 500


class Spool:
    """Messages by conversation in a sealed file without a name; the key lives only in this process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._key = file, new_key()
        self._writer = FrameWriter(file, self._key, "spool")
        self._waiting: dict[tuple[str, str], list[Message]] = defaultdict(list)
        self.frames: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[Message]).decode

    def add(self, message: Message) -> None:
        key = (message.platform, message.conversation)
        waiting = self._waiting[key]
        waiting.append(message)
        if len(waiting) >= SPOOL_BATCH:
            self._flush(key)

    def _flush(self, key: tuple[str, str]) -> None:
        self.frames[key].append(self._writer.frame(self._encode(self._waiting.pop(key))))

    def close(self) -> FrameReader:
        for key in list(self._waiting):
            self._flush(key)
        self._writer.close()
        self._file.seek(0)
        return FrameReader(self._file, self._key, "spool")

    def messages(self, reader: FrameReader, key: tuple[str, str]) -> list[Message]:
        return [m for number in self.frames[key] for m in self._decode(reader.frame(number))]

    def first(self, reader: FrameReader, key: tuple[str, str]) -> Message:
        """The first message of one that is there."""
        return self._decode(reader.frame(self.frames[key][0]))[0]
