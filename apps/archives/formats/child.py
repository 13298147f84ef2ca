"""The process in which archives are opened: it may die without harm.

    echo '[["name", "path"], …]' | python -m apps.archives.formats.child

What files are called is private, so names come on stdin, never as arguments. Records go to stdout as `wire` says.
No Django, no network use, no writing; memory, CPU time and file size are limited before the first byte is read.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from pathlib import Path
from typing import IO

import msgspec

from apps.archives.formats import container, registry, wire
from apps.archives.formats.types import End


def limit(memory: int, seconds: int) -> None:
    """Bytes of address space and seconds of CPU this process may use; it may write no file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def run(paths: list[tuple[str, Path]], out: IO[bytes]) -> None:
    """Read everything and write it out, batch by batch."""
    writer = wire.Writer(out)
    end = End()
    try:
        for found in registry.found(container.open_all(paths)):
            writer.add(found)
    except Exception as error:  # hostile files find ways; whatever it was, the parent gets a sentence and lives
        end = End(registry.sentence(error))
    writer.end(end)


def main() -> None:
    given = [(str(name), Path(path)) for name, path in msgspec.json.decode(sys.stdin.buffer.read())]
    sys.setswitchinterval(0.0002)  # the thread that inflates ahead waits for the interpreter at each piece, by default 5 ms
    gc.set_threshold(50_000, 20, 20)  # records are no cycles; looking for some takes a quarter of the time
    limit(int(os.environ.get("CHILD_MEMORY", 512 * 2**20)), int(os.environ.get("CHILD_SECONDS", 3_600)))
    run(given, sys.stdout.buffer)
    os._exit(0)  # everything is written out; to take all objects apart costs longer than it helps


if __name__ == "__main__":
    main()
