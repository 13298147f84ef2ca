"""Running the parser child: hands it unlinked copies of the sealed files, reads its records, survives its death."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import msgspec
from django.conf import settings

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives.formats import wire
from apps.archives.formats.types import End, Record, Refused
from apps.archives.models import UploadedPart

IN_MEMORY = 256 * 2**20
COMMAND = [sys.executable, "-m", "apps.archives.formats.child"]
#: For glibc's allocator: one file after the other takes and frees some megabytes. Giving them back to the system each time
#: costs a fifth of the child's time in page faults.
KEEP = {"MALLOC_TRIM_THRESHOLD_": str(64 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20)}


def _plain(vault: Vault, parts: list[UploadedPart]) -> IO[bytes]:
    """The opened bytes of an upload: in memory when small, else in a file without a name."""
    file: IO[bytes]
    if sum(part.item.size for part in parts) <= IN_MEMORY and hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("part"), "w+b")
    else:
        file = tempfile.TemporaryFile(dir=vaults.workspace())  # noqa: SIM115
    for part in parts:
        with vault.open(part.item) as reader:
            for frame in reader.frames():
                file.write(frame)
    file.flush()
    return file


def read(vault: Vault, uploads: list[tuple[str, list[UploadedPart]]]) -> Iterator[Record]:
    """The records of an upload: (name, parts in order) of each file. Raises `Refused`, whatever the child died of."""
    with ExitStack() as stack:
        files = [(name, stack.enter_context(_plain(vault, parts))) for name, parts in uploads]
        given = [(name, f"/proc/self/fd/{file.fileno()}") for name, file in files]
        size = sum(part.item.size for _, parts in uploads for part in parts)
        yield from _records(given, [file.fileno() for _, file in files], allowed(size))


def allowed(size: int) -> int:
    """Seconds of CPU for an upload of `size` bytes: what was set, and two more for each megabyte."""
    return int(settings.CHILD_SECONDS + 2 * size / 2**20)


def environment(seconds: int, memory: int | None = None) -> dict[str, str]:
    """Everything the child is told: seconds of CPU, bytes of memory, and where its modules lie."""
    return {
        "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(settings.BASE_DIR), "LC_ALL": "C.UTF-8",
        "CHILD_MEMORY": str(memory or settings.CHILD_MEMORY), "CHILD_SECONDS": str(seconds), **KEEP,
    }  # fmt: skip


def _records(given: list[tuple[str, str]], descriptors: list[int], seconds: int) -> Iterator[Record]:
    process = subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE,
        pass_fds=descriptors, env=environment(seconds), cwd=settings.BASE_DIR, start_new_session=True,
    )  # fmt: skip
    watch = threading.Timer(seconds * 2, _kill, [process])
    watch.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(msgspec.json.encode(given))
        widen(process.stdout)
        yield from _told(process.stdout, process)
    finally:
        watch.cancel()
        _kill(process)
        process.wait()


def widen(pipe: IO[bytes]) -> None:
    """Let a megabyte wait in a pipe, so that reader and child do not wait for each other's every batch."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)


def _told(pipe: IO[bytes], process: subprocess.Popen[bytes]) -> Iterator[Record]:
    try:
        for record in wire.read(pipe):
            if not isinstance(record, End):
                yield record
            elif record.refused:
                raise Refused(record.refused)
    except wire.Cut:
        raise Refused(_death(process)) from None


def _death(process: subprocess.Popen[bytes]) -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    code = process.poll()  # None: it talks nonsense and lives, until `_kill`
    if code == -signal.SIGXCPU:
        return "Reading this file took longer than any chat export should. It was given up; please export a shorter period."
    return "This file broke the reader, which no real export does. Nothing was kept; please download the export again."


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
