"""Sealing and shredding, measured: frames against Fernet and bare AES-GCM, and how fast an account of 1 GB is unreadable.

    python -m chatclone_site.bench_crypto MEGABYTES      shreds such an account, prints one JSON object

The account lives in a data folder and database of its own.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.accounts import sealing

PIECE = 2**20
ROUNDS = 5
BOUND = "bench/object/1"
KEY = bytes(range(32))


class _Nowhere:
    """A file that takes everything and keeps nothing: only the sealing is measured."""

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None: ...


def measured(data: str | None = None, megabytes: int = 1_024, size: int = 64 * 2**20) -> dict[str, Any]:
    """`gb_s`: the slower direction of sealing alone; by data and direction with packing too; peers; `shred_s`.

    `data`: a file of your own instead of the invented chats.
    """
    figures: dict[str, Any] = {}
    for name, plain in (("chat", Path(data).read_bytes() if data else _chat(size)), ("random", os.urandom(size))):
        size = len(plain)
        for level, suffix in ((sealing.LEVEL, ""), (sealing.UNPACKED, "_unpacked")):
            file = io.BytesIO()
            _seal(plain, level, file)
            figures[f"{name}_write{suffix}_gb_s"] = _speed(lambda p=plain, v=level: _seal(p, v, _Nowhere()), size)  # type: ignore[misc]
            figures[f"{name}_read{suffix}_gb_s"] = _speed(lambda f=file: _opened(f), size)  # type: ignore[misc]
            if not suffix:
                figures[f"{name}_packed_to"] = len(file.getbuffer()) / size
        figures |= {f"{name}_{peer}": speed for peer, speed in _peers(plain).items()}
    figures["gb_s"] = min(v for k, v in figures.items() if k.endswith("_unpacked_gb_s"))
    figures["vs_fernet"] = figures["gb_s"] / figures["chat_fernet_write_gb_s"]
    figures["vs_bare_aesgcm"] = figures["gb_s"] / figures["chat_aesgcm_write_gb_s"]
    return figures | shredded(megabytes)


def _speed(work: Callable[[], Any], size: int) -> float:
    """GB (10^9 bytes of plain text) a second, median."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return size / statistics.median(seconds) / 1e9


def _seal(data: bytes, level: int, file: Any) -> None:
    with sealing.FrameWriter(file, KEY, BOUND, level) as writer:
        for at in range(0, len(data), PIECE):
            writer.write(data[at : at + PIECE])


def _each(work: Callable[..., bytes], *columns: Sequence[Any]) -> None:
    for row in zip(*columns, strict=True):
        work(*row)


def _opened(file: IO[bytes]) -> None:
    file.seek(0)
    for _ in sealing.FrameReader(file, KEY, BOUND).frames():
        pass


def _peers(data: bytes) -> dict[str, float]:
    """Bare AES-256-GCM and Fernet of `cryptography`, a MiB at a time, nothing packed, nothing bound, no index."""
    bare, fernet = AESGCM(KEY), Fernet(Fernet.generate_key())
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    nonces = [n.to_bytes(12, "big") for n in range(len(pieces))]
    locked = [bare.encrypt(nonce, piece, None) for nonce, piece in zip(nonces, pieces, strict=True)]
    tokens = [fernet.encrypt(piece) for piece in pieces]
    bound = [None] * len(pieces)
    return {
        "aesgcm_write_gb_s": _speed(lambda: _each(bare.encrypt, nonces, pieces, bound), len(data)),
        "aesgcm_read_gb_s": _speed(lambda: _each(bare.decrypt, nonces, locked, bound), len(data)),
        "fernet_write_gb_s": _speed(lambda: _each(fernet.encrypt, pieces), len(data)),
        "fernet_read_gb_s": _speed(lambda: _each(fernet.decrypt, tokens), len(data)),
    }


def _chat(size: int) -> bytes:
    """Transcripts as they are sealed: records of an invented world's chats, as msgpack."""
    from apps.archives import transcripts
    from apps.archives.generators.story import World

    out, number = bytearray(), 0
    encode = msgspec.msgpack.Encoder().encode
    while len(out) < size:
        for chat in World(messages=100_000, seed=number, chats=20, groups=3).dialogues:
            for n in range(chat.count):
                line = chat.line(n)
                handle = f"00000000-0000-4000-8000-{line.sender.number:012d}"
                mark = hashlib.sha256(f"{number} {chat.number} {n}".encode()).hexdigest()
                out += encode(transcripts.Record(mark, line.at_ms / 1000, True, handle, "text", line.text, [], [handle]))
        number += 1
    return bytes(out[:size])


def shredded(megabytes: int) -> dict[str, float]:
    """Seconds from the erase until nothing opens (`shred_s`) and until files and rows are gone (`gone_s`), in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "chatclone_site.settings", "EMBEDDED": "yes",
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_crypto", str(megabytes)]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(ran.stdout))


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from apps.accounts import erasures, services, vault
    from apps.accounts.models import User

    call_command("migrate", verbosity=0, interactive=False)
    owner = User.objects.create_user(email="bench@example.org", password=None)
    opened = services.open_vault(owner.pk)
    block = os.urandom(PIECE)
    items = []
    for _ in range(int(sys.argv[1])):
        with opened.create("bench") as (item, writer):
            writer.write(block)
        items.append(item)
    began = time.perf_counter()
    work = threading.Thread(target=lambda: services.erase(owner_id=owner.pk))
    work.start()
    shred = _until_gone(owner.pk)
    work.join()
    gone = time.perf_counter() - began
    left = sum(erasures.remains(owner.pk).values())
    # a copy of rows and files from before is of no use either: no vault opens, and the wrapped keys need one
    if left or _opens(vault, owner.pk):
        raise SystemExit("something of the account is left")
    sys.stdout.write(
        json.dumps({"shred_s": shred - began, "gone_s": gone, "shredded_mb": len(items), "shredded_objects": len(items)})
    )


def _opens(vault: Any, owner_id: Any) -> bool:
    try:
        vault.Vault(owner_id)
    except vault.KeyGone:
        return False
    return True


def _until_gone(owner_id: Any) -> float:
    from apps.accounts import vault

    while _opens(vault, owner_id):
        time.sleep(0.001)
    return time.perf_counter()


if __name__ == "__main__":
    main()
