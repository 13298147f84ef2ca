"""The reader's child as the site runs it, for measuring: started anew, limited, its records made at the parent's end."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psutil
from django.conf import settings

from apps.archives import sandbox
from apps.archives.formats import wire
from apps.archives.formats.types import Message

#: The most resident memory a child was seen with, MB; [0] is written by `drain`.
PEAKS: list[float] = [0.0]


class Spent(NamedTuple):
    """Seconds by the clock, and of CPU in this process and the children it waited for."""

    wall: float
    cpu: float


def spent(work: Callable[[], Any]) -> Spent:
    before, began = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, os.times()
    return Spent(wall, sum(after[:4]) - sum(before[:4]))


def medians(many: list[Spent]) -> Spent:
    return Spent(statistics.median(s.wall for s in many), statistics.median(s.cpu for s in many))


def drain(path: Path, memory_mb: int = 0) -> int:
    """Every record of a file or folder; how many messages there were."""
    count = 0
    environment = sandbox.environment(settings.CHILD_SECONDS + 36_000, memory_mb * 2**20 or None)
    with subprocess.Popen(
        sandbox.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=settings.BASE_DIR
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(orjson.dumps([[path.name, str(path)]]))
        sandbox.widen(process.stdout)
        watched = psutil.Process(process.pid)  # the system's own figure counts the parent before `exec`
        for seen, record in enumerate(wire.read(process.stdout), 1):
            count += type(record) is Message
            if seen % 8_192 == 1:
                PEAKS[0] = max(PEAKS[0], watched.memory_info().rss / 2**20)
    return count
