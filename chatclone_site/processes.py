"""The processes of a site: one list for `manage.py up`, the compose file and the tests that compare them."""

from __future__ import annotations

import sys
from dataclasses import dataclass

WORKER = [
    "-m",
    "celery",
    "--quiet",
    "-A",
    "chatclone_site",
    "worker",
    "--without-gossip",
    "--without-mingle",
    "--loglevel",
    "WARNING",
]


@dataclass(frozen=True)
class Process:
    """`command` follows the Python interpreter. `patience` is the seconds it gets to end by itself."""

    name: str
    command: list[str]
    patience: float = 10.0


def web(host: str, port: int) -> Process:
    """The ASGI server."""
    command = ["-m", "uvicorn", "chatclone_site.asgi:application", "--host", host, "--port", str(port), "--lifespan", "off"]
    command += ["--ws-max-size", "65536", "--timeout-graceful-shutdown", "3", "--log-level", "warning", "--no-server-header"]
    return Process("web", command)


def workers(*, ingest: int = 1, train: int = 1, reply: int = 32) -> list[Process]:
    """One worker for each queue, and the scheduler."""
    return [
        Process("ingest", [*WORKER, "-Q", "ingest", "-n", "ingest@%h", "--pool", "prefork", "-c", str(ingest)]),
        Process("train", [*WORKER, "-Q", "train", "-n", "train@%h", "--pool", "threads", "-c", str(train)], patience=25.0),
        Process("reply", [*WORKER, "-Q", "reply", "-n", "reply@%h", "--pool", "threads", "-c", str(reply)]),
        Process("scheduler", ["manage.py", "scheduler"]),
    ]


def full(process: Process) -> list[str]:
    """The whole command line."""
    return [sys.executable, *process.command]
