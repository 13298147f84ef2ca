"""An export being read again: members by name, a line or a piece at a time, nothing is ever unpacked to the disk."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from apps.accounts import age
from apps.accounts.portable import Ids

FORM = 1
LONGEST_LINE = 64 * 2**20
#: What `zipfile` raises over bytes that somebody changed.
_BROKEN = (age.Locked, zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OverflowError)


class NotAnExport(Exception):
    """This file is no export that can be read here; the text says why, for the person who brought it."""


class Bundle:
    """An export, plain or locked with a passphrase. Raises `NotAnExport`."""

    def __init__(self, file: IO[bytes], passphrase: str = "") -> None:
        file.seek(0)
        head = file.read(32)
        file.seek(0)
        try:
            plain = io.BufferedReader(age.Opened(file, passphrase), age.CHUNK) if age.is_age(head) else file
            self._zip = zipfile.ZipFile(plain)
            self.about: dict[str, Any] = json.loads(self._zip.read("export.json"))
        except age.Locked:
            raise NotAnExport("The passphrase does not open this file, or the file was changed.") from None
        except (*_BROKEN, KeyError, ValueError):
            raise NotAnExport("This is not an export of chatclone, or an old one that cannot be read again.") from None
        if self.about.get("form") != FORM:
            raise NotAnExport("This export has another form than this version reads. Please update the site that reads it.")

    def names(self) -> list[str]:
        """All members."""
        return self._zip.namelist()

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of a JSON Lines member; none where it is missing. Raises `NotAnExport`."""
        if name not in self._zip.NameToInfo:
            return
        try:
            with self._zip.open(name) as member:
                while text := member.readline(LONGEST_LINE):
                    yield json.loads(text.decode("utf-8", "surrogatepass"))
        except (*_BROKEN, ValueError):
            raise NotAnExport(f"{name} is damaged; nothing was taken over.") from None

    def rows(self, label: str) -> Iterator[dict[str, Any]]:
        """The rows of a model, by its label."""
        return self.lines(f"rows/{label}.jsonl")

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member; none where it is missing. Raises `NotAnExport`."""
        if name not in self._zip.NameToInfo:
            return
        try:
            with self._zip.open(name) as member:
                while piece := member.read(256 * 1024):
                    yield piece
        except _BROKEN:
            raise NotAnExport(f"{name} is damaged; nothing was taken over.") from None

    def ids(self, owner_id: UUID) -> Ids:
        """What becomes of the ids in it."""
        ids = Ids(owner_id)
        for name in self.names():
            if name.startswith("rows/"):
                for facts in self.lines(name):
                    if "id" in facts:
                        ids.add(facts["id"])
        return ids
