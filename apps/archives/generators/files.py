"""Files, zips and parts of zips with the same bytes every time."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

# A one-pixel picture.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
APPLE_JUNK = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02\x00\x00\x00\x09\x00\x00\x002"
BLOCK = 1 << 16


class Archive:
    """A zip written in one pass. Members named without a date all get the first date a zip can hold."""

    def __init__(self, target: Path | IO[bytes], *, packed: bool = True) -> None:
        method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        self._zip = zipfile.ZipFile(target, "w", method, compresslevel=1 if packed else None)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def open(self, name: str, *, big: bool = False) -> IO[bytes]:
        return self._zip.open(name, "w", force_zip64=big)

    def put(self, name: str, content: bytes | str) -> None:
        with self.open(name) as member:
            member.write(content if isinstance(content, bytes) else content.encode())

    def stream(self, name: str, pieces: Iterable[bytes], *, big: bool = True) -> None:
        with self.open(name, big=big) as member:
            for block in blocks(pieces):
                member.write(block)


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > BLOCK:
            yield b"".join(held)
            held.clear()
            size = 0
    yield b"".join(held)


def part_paths(out: Path, parts: int, form: str = "-part{}") -> list[Path]:
    """OUT itself, or OUT's stem with a number for each part."""
    if parts <= 1:
        return [out]
    return [out.with_name(out.stem + form.format(n) + out.suffix) for n in range(1, parts + 1)]


@contextmanager
def part_archives(out: Path, parts: int, form: str = "-part{}") -> Iterator[list[Archive]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Archive(path)) for path in part_paths(out, parts, form)]


def write_bare(out: Path, pieces: Iterable[bytes]) -> None:
    with out.open("wb") as file:
        for block in blocks(pieces):
            file.write(block)


def write_one(out: Path, member: str, pieces: Iterable[bytes], others: dict[str, bytes | str] | None = None) -> None:
    """One big member in a zip, or bare where OUT is not a zip."""
    if out.suffix != ".zip":
        return write_bare(out, pieces)
    with Archive(out) as archive:
        archive.stream(member, pieces)
        for name, content in (others or {}).items():
            archive.put(name, content)
