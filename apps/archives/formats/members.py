"""What lies in an upload, as named streams that never become paths: bare files, and members of zips and tars."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from apps.archives.formats.types import Bomb, Damaged, Member

HURT = "damaged; please download the export again"
CUT_TAR = "This archive is cut off or damaged. Please download the export again and upload the new file."
#: Some programs leave it out, and a download may have stopped between two files.
NO_END = "This archive has no mark at its end. All that is in it was read; if something is missing, please download the export again."
#: What reading on may raise where the bytes of an archive are not what they were.
_HURTS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class BareFile:
    """A file that was uploaded as it is; `name` is what the user called it."""

    name: str
    path: Path
    upload: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> IO[bytes]:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise Damaged(HURT) from error


#: Bytes of a member that are asked for at once: by who reads on, and by who reads all.
PIECE, CALL = 2**20, 2**25


class Counted:
    """A member's stream that stops at what was declared. Raises `Damaged` for every error of an archive, `Bomb` for too much."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self._inner, self._left, self._name = inner, limit, name

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._inner.read(min(size, PIECE)) if size >= 0 else self._rest()
        except _HURTS as error:
            raise Damaged(HURT) from error
        self._left -= len(piece)
        if self._left < 0:
            raise Bomb("This zip unpacks to more than it says. It was not read.")
        return piece

    def _rest(self) -> bytes:
        """All that is left, in few calls: while one inflates, other threads have the interpreter."""
        pieces: list[bytes] = []
        left = self._left
        while left >= 0 and (piece := self._inner.read(min(left + 1, CALL))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Counted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


#: How members of zips may be packed to be opened.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class ZipMember:
    """One member of a checked zip."""

    name: str
    info: zipfile.ZipInfo
    archive: zipfile.ZipFile
    upload: str

    @property
    def size(self) -> int:
        return self.info.file_size

    def open(self) -> IO[bytes]:
        if self.info.compress_type not in METHODS:
            raise Damaged(HURT)
        try:
            return Counted(self.archive.open(self.info), self.info.file_size, self.name)  # type: ignore[return-value]
        except _HURTS as error:
            raise Damaged(HURT) from error


@dataclass(frozen=True)
class TarMember:
    """One regular file of a tar, perhaps a compressed one."""

    name: str
    info: tarfile.TarInfo
    archive: tarfile.TarFile
    upload: str

    @property
    def size(self) -> int:
        return self.info.size

    def open(self) -> IO[bytes]:
        found = self.archive.extractfile(self.info)
        if found is None:
            raise Damaged(HURT)
        return Counted(found, self.info.size, self.name)  # type: ignore[return-value]


@dataclass(frozen=True)
class Named:
    """A member of one of several uploads, told apart by the upload's number."""

    inner: Member
    name: str

    @property
    def upload(self) -> str:
        return self.inner.upload

    @property
    def size(self) -> int:
        return self.inner.size

    def open(self) -> IO[bytes]:
        return self.inner.open()


@dataclass(frozen=True)
class Unread:
    """One of several uploads that cannot be opened, and why."""

    name: str
    upload: str
    why: str
    number: int  # it is the n-th: what it is called is private, and sentences of a refusal are not sealed
    size: int = 0

    def open(self) -> IO[bytes]:
        raise Damaged(self.why)


class Watched:
    """A member whose stream ends where it is damaged, as that of a file that was cut; `damaged` tells it."""

    __slots__ = ("damaged", "inner", "name", "size", "upload")

    def __init__(self, inner: Member) -> None:
        self.inner, self.name, self.upload, self.size = inner, inner.name, inner.upload, inner.size
        self.damaged = False

    def open(self) -> IO[bytes]:
        try:
            stream = self.inner.open()
        except Damaged:
            self.damaged = True
            return io.BytesIO()
        return stream if isinstance(stream, io.BufferedReader) else cast(IO[bytes], _Ending(stream, self))


class _Ending:
    """The stream of a watched member."""

    def __init__(self, inner: IO[bytes], member: Watched) -> None:
        self._inner, self._member, self._ended = inner, member, False

    def read(self, size: int = -1) -> bytes:
        try:
            return b"" if self._ended else self._inner.read(size)
        except Damaged:
            self._ended = self._member.damaged = True
            return b""

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> _Ending:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sought:
    """The bytes of a member at any place of it, without those before."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self.size = file, start, size

    def at(self, place: int, count: int) -> bytes:
        """So many bytes from a place on, fewer where the file ends."""
        count = max(0, min(count, self.size - place))
        return os.pread(self._file.fileno(), count, self._start + place)


def sought(member: Member) -> Sought | None:
    """Where a member lies as it is; None where it is compressed in an archive. Raises `Damaged`."""
    while isinstance(member, (Named, Watched)):
        member = member.inner
    if isinstance(member, BareFile):
        return Sought(member.open(), 0, member.size)
    if isinstance(member, TarMember) and isinstance(member.archive.fileobj, io.BufferedReader):
        return Sought(member.archive.fileobj, member.info.offset_data, member.size)
    if isinstance(member, ZipMember) and member.info.compress_type == zipfile.ZIP_STORED and member.archive.fp is not None:
        place = member.info.header_offset
        head = Sought(member.archive.fp, place, 30).at(0, 30)
        if len(head) < 30 or head[:4] != b"PK\3\4":
            raise Damaged(HURT)
        name, extra = struct.unpack("<HH", head[26:])
        return Sought(member.archive.fp, place + 30 + name + extra, min(member.size, member.info.compress_size))
    return None
