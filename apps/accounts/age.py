"""Files locked with a passphrase in the age format (age-encryption.org/v1), written and read in constant memory. Pure.

The format is public and `age -d` opens what is written here; a test compares with another implementation, both ways.
Of its recipients only the passphrase is here: a random file key, wrapped by scrypt; then the text in chunks of 64 KiB,
ChaCha20-Poly1305, nonce = number of the chunk and a mark for the last (the STREAM construction), so none can be cut off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import os
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
SEALED = CHUNK + 16
#: scrypt with N = 2**17, r = 8, p = 1: 128 MiB and some tenths of a second for each guess.
WORK = 17
MOST_WORK = 22
INTRO = b"age-encryption.org/v1"
_HEADER = re.compile(rb"\A" + re.escape(INTRO) + rb"\n-> scrypt ([\w+/]{22}) ([1-9]\d?)\n([\w+/]{43})\n--- ([\w+/]{43})\n")


class Locked(Exception):
    """Not an age file with a passphrase, another passphrase, or changed bytes."""


def is_age(head: bytes) -> bool:
    """Whether a file that begins so is in this format."""
    return head.startswith(INTRO + b"\n")


def locked(pieces: Iterable[bytes], passphrase: str, work: int = WORK) -> Iterator[bytes]:
    """The age file of these bytes, in pieces."""
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrapped = ChaCha20Poly1305(_stretched(passphrase, salt, work)).encrypt(bytes(12), file_key, None)
    head = b"%s\n-> scrypt %s %d\n%s\n---" % (INTRO, _b64(salt), work, _b64(wrapped))
    yield b"%s %s\n%s" % (head, _b64(_mac(file_key, head)), nonce)
    aead = ChaCha20Poly1305(_payload_key(file_key, nonce))
    waiting, number = bytearray(), 0
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK:  # never the last one: there must be something behind it
            yield aead.encrypt(_nonce(number, last=False), bytes(waiting[:CHUNK]), None)
            del waiting[:CHUNK]
            number += 1
    yield aead.encrypt(_nonce(number, last=True), bytes(waiting), None)


class Opened(io.RawIOBase):
    """The text of a locked file, from any place in it. Raises `Locked`."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        file.seek(0)
        start = file.read(512)
        found = _HEADER.match(start)
        if found is None or int(found[2]) > MOST_WORK:
            raise Locked
        file_key = _unwrapped(passphrase, found)
        head = start[: found.start(4) - 1]
        if not hmac.compare_digest(_mac(file_key, head), _unb64(found[4])):
            raise Locked
        self._file, self._begin, self._at = file, found.end() + 16, 0
        self._aead = ChaCha20Poly1305(_payload_key(file_key, start[found.end() : self._begin]))
        sealed = file.seek(0, os.SEEK_END) - self._begin
        self._chunks = max(1, -(-sealed // SEALED))
        self._size = sealed - 16 * self._chunks
        self._have, self._chunk = -1, b""
        if self._size < 0:
            raise Locked
        self._read_chunk(self._chunks - 1)  # a file that was cut off shows here

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        out = bytearray()
        while len(out) < size:
            number, skip = divmod(self._at, CHUNK)
            piece = self._read_chunk(number)[skip : skip + size - len(out)]
            out += piece
            self._at += len(piece)
        return bytes(out)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def _read_chunk(self, number: int) -> bytes:
        if number != self._have:
            self._file.seek(self._begin + number * SEALED)
            sealed = self._file.read(SEALED)
            try:
                self._chunk = self._aead.decrypt(_nonce(number, last=number == self._chunks - 1), sealed, None)
            except InvalidTag:
                raise Locked from None
            self._have = number
        return self._chunk


def _stretched(passphrase: str, salt: bytes, work: int) -> bytes:
    label = INTRO + b"/scrypt" + salt
    return hashlib.scrypt(passphrase.encode(), salt=label, n=2**work, r=8, p=1, maxmem=2 ** (work + 10) + 2**20, dklen=32)


def _unwrapped(passphrase: str, found: re.Match[bytes]) -> bytes:
    key = _stretched(passphrase, _unb64(found[1]), int(found[2]))
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), _unb64(found[3]), None)
    except InvalidTag:
        raise Locked from None


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(HKDF(SHA256(), 32, salt=None, info=b"header").derive(file_key), head, hashlib.sha256)


def _payload_key(file_key: bytes, nonce: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=nonce, info=b"payload").derive(file_key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise Locked from None
    if base64.b64encode(data).rstrip(b"=") != text:
        raise Locked  # the format has one spelling for each value
    return data
