"""What lies in an upload, as named streams that never become paths: bare files, and members of zips and tars."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from apps.archives.formats.types import Member, Refused

CUT_TAR = "This archive is cut off or damaged. Please download the export again and upload the new file."


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
        return self.path.open("rb")


#: Bytes of a member that are asked for at once: by who reads on, and by who reads all.
PIECE, CALL = 2**20, 2**25


class Counted:
    """A member's stream that stops at what was declared and turns every zip error into one sentence."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self._inner, self._left, self._name = inner, limit, name

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._inner.read(min(size, PIECE)) if size >= 0 else self._rest()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, struct.error) as error:
            raise Refused("A part of the zip is damaged. Please download the export again.") from error
        self._left -= len(piece)
        if self._left < 0:
            raise Refused("This zip unpacks to more than it says. It was not read.")
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
        try:
            return Counted(self.archive.open(self.info), self.info.file_size, self.name)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, struct.error, EOFError) as error:
            raise Refused("A part of the zip is damaged. Please download the export again.") from error


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
            raise Refused(CUT_TAR)
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
