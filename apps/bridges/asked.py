"""What a program or a guest asks of a worker, and what comes back: the seam between the web and the reply worker. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

#: Tokens of one answer, at most and where nothing is said.
MOST, USUAL, USUAL_REST = 512, 160, 16
#: Who speaks to the persona where nobody said.
SOMEBODY = "Sam"


class Line(msgspec.Struct, frozen=True):
    """Something said; the persona's own lines have no speaker. Blank lines part bubbles."""

    speaker: str
    text: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A reply to `lines`, or the rest of `begun`."""

    kind: Literal["reply", "complete"] = "reply"
    lines: list[Line] = []
    begun: str = ""
    sampling: dict[str, int | float] = {}
    most: int = USUAL
    stops: list[str] = []


class End(NamedTuple):
    """How an answer ended, and how many tokens were read and written."""

    finish: Literal["stop", "length", "content_filter"]
    read: int
    written: int


#: Characters of what was said before that a worker reads; no base here remembers more.
READ = 32_000


def newest(lines: list[Line]) -> list[Line]:
    """The last lines, as many as are read at all; the very last one always, by its end where it is longer than that."""
    size, kept = 0, 0
    for line in reversed(lines):
        size += len(line.text)
        if kept and size > READ:
            break
        kept += 1
    found = lines[len(lines) - kept :]
    return [msgspec.structs.replace(line, text=line.text[-READ:]) for line in found]


_DECODER = msgspec.msgpack.Decoder(Asked)


def packed(asked: Asked) -> bytes:
    return msgspec.msgpack.encode(asked)


def unpacked(data: bytes) -> Asked:
    return _DECODER.decode(data)
