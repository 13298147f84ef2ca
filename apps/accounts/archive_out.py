"""A zip written while it is being sent: of any size, never on disk. Pure."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable, Iterator

#: A member of the zip: its name and its bytes, whole or in pieces.
Entry = tuple[str, bytes | Iterable[bytes]]


class _Outlet(io.RawIOBase):
    """A file that can only be appended to and hands over what it got."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        whole, self._pieces = b"".join(self._pieces), []
        return whole


def zip_stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of a zip with these members, in pieces."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            member_of = zipfile.ZipInfo(name, time.localtime()[:6])
            member_of.compress_type = (
                zipfile.ZIP_STORED if name.endswith(".safetensors") else zipfile.ZIP_DEFLATED
            )  # weights stay as large
            with archive.open(member_of, "w", force_zip64=True) as member:
                for part in [content] if isinstance(content, bytes) else content:
                    member.write(part)
                    if piece := outlet.take():
                        yield piece
    yield outlet.take()
