"""Sealing bytes: AES-256-GCM frames bound to owner, object and version. Pure: no Django, no storage.

A sealed file is a header, frames, a sealed index and the index's place::

    "CCS1" prefix(8) | frame | frame | … | index | offset of the index (8, big endian)

Each frame is up to 256 KiB of plain text, compressed (Zstandard), then sealed. Nonce = prefix ‖ number of the frame, so a
key that seals one file never repeats one; the number is bound as well, and the index is authenticated, so frames cannot
be dropped, swapped or cut off unnoticed (the STREAM construction, Hoang et al. 2015, with an index in place of the flag).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Iterator
from types import TracebackType
from typing import IO

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

MAGIC = b"CCS1"
FRAME = 256 * 1024
#: Of Zstandard. Level 3 packs chats no better (4.1 times both) at half the speed; `bench crypto` measures it.
LEVEL = 1
#: Zstandard's fastest: copies, more or less. For measuring what sealing alone costs.
UNPACKED = -131_072
_INDEX = 0xFFFFFFFF


class Unreadable(Exception):
    """Sealed bytes that do not open: wrong key, wrong place, or changed."""


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(32)


def wrap(outer: bytes, key: bytes) -> bytes:
    """A key sealed by another (RFC 3394), 40 bytes."""
    return aes_key_wrap(outer, key)


def unwrap(outer: bytes, wrapped: bytes) -> bytes:
    """The key inside. Raises `Unreadable`."""
    try:
        return aes_key_unwrap(outer, bytes(wrapped))
    except (InvalidUnwrap, ValueError) as error:
        raise Unreadable("key") from error


def derive(key: bytes, label: str) -> bytes:
    """A sub-key for one purpose (HKDF-Expand, RFC 5869)."""
    return HKDFExpand(SHA256(), 32, label.encode()).derive(key)


#: Of Argon2id (RFC 9106, its second recommendation with one lane): KiB of memory, passes, lanes. About 0.3 s.
STRETCHING = {"kib": 64 * 1024, "passes": 3, "lanes": 1}


def stretch(passphrase: str, salt: bytes, how: dict[str, int]) -> bytes:
    """A key out of a passphrase, slow on purpose; `how` as in `STRETCHING`. The same letters count the same however they are encoded."""
    slow = Argon2id(salt=salt, length=32, iterations=how["passes"], lanes=how["lanes"], memory_cost=how["kib"])
    return slow.derive(unicodedata.normalize("NFKC", passphrase).encode())


def fingerprint(key: bytes, label: str, text: str) -> bytes:
    """Keyed hash (HMAC-SHA-256) by which equal values are found without being readable."""
    return hmac.digest(key, f"{label}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def seal(key: bytes, plain: bytes, bound: str) -> bytes:
    """Seal a small value. `bound` names its place and must be given again to open it."""
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound.encode())


def unseal(key: bytes, sealed: bytes, bound: str) -> bytes:
    """Open what `seal` made. Raises `Unreadable`."""
    try:
        sealed = bytes(sealed)
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(bound.rsplit("/", maxsplit=1)[-1]) from error


class FrameWriter:
    """Writes a sealed file front to back. Nothing is readable before `close`."""

    def __init__(self, file: IO[bytes], key: bytes, bound: str, level: int = LEVEL) -> None:
        self._file, self._aead, self._bound = file, AESGCM(key), bound.encode()
        self._prefix = os.urandom(8)
        self._pack = zstandard.ZstdCompressor(level=level)
        self._waiting = bytearray()
        self._index: list[tuple[int, int]] = []
        self._at = file.write(MAGIC + self._prefix)
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take bytes of any length; frames are cut at 256 KiB."""
        at = 0
        if self._waiting:
            at = FRAME - len(self._waiting)
            self._waiting += data[:at]
            if len(self._waiting) == FRAME:
                self._flush()
        view = memoryview(data)
        while len(data) - at >= FRAME:
            self._frame(view[at : at + FRAME])
            at += FRAME
        self._waiting += view[at:]
        return len(data)

    def frame(self, data: bytes) -> int:
        """Write one frame of its own (any length) and return its number; for readers that pick frames."""
        self._flush()
        self._frame(data)
        return len(self._index) - 1

    def _flush(self) -> None:
        if self._waiting:
            self._frame(bytes(self._waiting))
            self._waiting.clear()

    def _sealed(self, number: int, plain: bytes | memoryview) -> bytes:
        tag = number.to_bytes(4, "big")
        return self._aead.encrypt(self._prefix + tag, self._pack.compress(plain), self._bound + tag)

    def _frame(self, plain: bytes | memoryview) -> None:
        sealed = self._sealed(len(self._index), plain)
        self._index.append((self._at, len(sealed)))
        self._at += self._file.write(sealed)
        self.size += len(plain)

    def close(self) -> None:
        """Write what is left and the index."""
        self._flush()
        self._file.write(self._sealed(_INDEX, json.dumps(self._index).encode()))
        self._file.write(self._at.to_bytes(8, "big"))
        self._file.flush()

    def __enter__(self) -> FrameWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()


class FrameReader:
    """Reads a sealed file, in order or frame by frame. Raises `Unreadable` for anything that is not as it was written."""

    def __init__(self, file: IO[bytes], key: bytes, bound: str) -> None:
        self._file, self._aead, self._bound = file, AESGCM(key), bound.encode()
        self._unpack = zstandard.ZstdDecompressor()
        head = file.read(12)
        if head[:4] != MAGIC or len(head) < 12:
            raise Unreadable("header")
        self._prefix = head[4:]
        end = file.seek(-8, os.SEEK_END)
        start = int.from_bytes(file.read(8), "big")
        if not 12 <= start <= end:
            raise Unreadable("index")
        file.seek(start)
        self._index: list[tuple[int, int]] = json.loads(self._opened(_INDEX, file.read(end - start)))
        self._rest = b""
        self._next = 0

    def __len__(self) -> int:
        return len(self._index)

    def _opened(self, number: int, sealed: bytes) -> bytes:
        tag = number.to_bytes(4, "big")
        try:
            return self._unpack.decompress(self._aead.decrypt(self._prefix + tag, sealed, self._bound + tag))
        except (InvalidTag, ValueError, zstandard.ZstdError) as error:
            raise Unreadable("frame") from error

    def frame(self, number: int) -> bytes:
        """The plain text of frame `number`."""
        at, length = self._index[number]
        self._file.seek(at)
        return self._opened(number, self._file.read(length))

    def frames(self) -> Iterator[bytes]:
        """All frames in order."""
        for number in range(len(self._index)):
            yield self.frame(number)

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes (all that is left when negative)."""
        if size < 0:
            whole = self._rest + b"".join(self.frame(n) for n in range(self._next, len(self._index)))
            self._rest, self._next = b"", len(self._index)
            return whole
        while len(self._rest) < size and self._next < len(self._index):
            self._rest += self.frame(self._next)
            self._next += 1
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
