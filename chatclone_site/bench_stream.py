"""The socket, measured: words of a worker until they are at a client, beside a bare Channels echo on the same server.

    python -m chatclone_site.bench_stream      prints one JSON object

A real site for the length of the run: its own data folder, database and Redis, uvicorn, a reply worker, real websocket
clients. The peer of the first figures is a consumer that sends back what it gets, without a login, a log or a seal, timed
from sending to receiving; that of `share_of_engine` is the engine alone (`bench_share`); the crowd is in `bench_crowd`.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from chatclone_site import bench_site

PIECES, RATE = 500, 50.0


def measured(pieces: int = PIECES, rate: float = RATE, only: str = "") -> dict[str, Any]:
    """Run in a process of its own, so that the data folder of the caller stays untouched. `only`: single, crowd, share, or people
    (who chat with personas of their own: `bench generation`)."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "PORT": str(bench_site.free_port()), "PIECES": str(pieces), "RATE": str(rate),
            "DJANGO_SETTINGS_MODULE": "chatclone_site.settings", "EMBEDDED": "yes", "MESSAGES_PER_MINUTE": "100000", "ONLY": only,
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_stream"]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(ran.stdout)
    return figures


def _up() -> None:
    """Wait until the server answers."""
    from urllib.error import HTTPError
    from urllib.request import urlopen

    from django.conf import settings

    for _ in range(600):
        try:
            urlopen(f"http://127.0.0.1:{settings.PORT}/livez", timeout=2).close()
            return
        except HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


async def _ours(talk: Any, turn: UUID, cookie: str, pieces: int, rate: float) -> list[float]:
    """Milliseconds from `append` in a worker to the frame at the client, for every piece."""
    from django.conf import settings

    from apps.chat import stream as log

    key = await asyncio.to_thread(bench_site.key, talk)
    line = await bench_site.line(talk.pk, cookie, settings.PORT, settings.SITE_URL)
    await line.recv()
    found: list[float] = []

    async def take() -> None:
        while len(found) < pieces:
            frame = json.loads(await line.recv())
            if frame["type"] == "pieces":
                found.append((time.monotonic() - float(frame["ops"][0][1])) * 1_000)

    waiting = asyncio.create_task(take())
    await asyncio.sleep(0.5)
    for number in range(1, pieces + 1):
        await asyncio.to_thread(log.append, turn, key, number, [["text", str(time.monotonic())]])
        await asyncio.sleep(1 / rate)
    try:
        await asyncio.wait_for(waiting, 30)
    except TimeoutError:
        pass  # what did not come is counted as lost
    await line.close()
    return found


async def _echo(pieces: int, rate: float) -> list[float]:
    from django.conf import settings

    line = await bench_site.line("", "", settings.PORT, settings.SITE_URL, "/ws/bench-echo")
    found: list[float] = []
    for _ in range(pieces):
        began = time.monotonic()
        await line.send(json.dumps({"type": "pieces", "ops": [["text", str(began)]]}))
        await line.recv()
        found.append((time.monotonic() - began) * 1_000)
        await asyncio.sleep(1 / rate)
    await line.close()
    return found


def _single(pieces: int, rate: float) -> dict[str, Any]:
    """One stream beside the echo."""
    user = bench_site.person("Ann Roe")
    talk = bench_site.talk(bench_site.voice(user, "Ann Roe", None))
    ours = asyncio.run(_ours(talk, bench_site.being_written(talk), bench_site.cookie(user), pieces, rate))
    echo = asyncio.run(_echo(pieces, rate))
    return {
        "added_ms_p50": statistics.median(ours), "added_ms_p99": sorted(ours)[int(len(ours) * 0.99)], "pieces": pieces,
        "lost": pieces - len(ours), "echo_ms_p50": statistics.median(echo), "echo_ms_p99": sorted(echo)[int(len(echo) * 0.99)],
        "vs_echo": statistics.median(ours) / statistics.median(echo),
    }  # fmt: skip


def main() -> None:
    bench_site.many_files()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from chatclone_site import bench_crowd, bench_people, bench_share, processes
    from chatclone_site.management.commands import up

    only = os.environ.get("ONLY", "")
    web = processes.full(processes.web(settings.HOST, settings.PORT))
    web[web.index("chatclone_site.asgi:application")] = "chatclone_site.bench_stream:application"
    worker = next(p for p in processes.workers() if p.name == "reply")
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        path = Path(settings.REDIS_SOCKET)
        store = stack.enter_context(bench_site.running(up.redis_command(path)))
        while not path.exists():
            time.sleep(0.02)
        call_command("migrate", verbosity=0, interactive=False)
        server = stack.enter_context(bench_site.running(web))
        _up()
        if only in ("", "single"):
            figures |= _single(int(os.environ["PIECES"]), float(os.environ["RATE"]))
        if only in ("", "crowd"):
            crowd = bench_crowd.measured(server.pid)
            figures = {**figures, **crowd, "lost": figures.get("lost", 0) + crowd["lost"]}
        if only in ("", "share", "people"):
            hand = stack.enter_context(bench_site.running(processes.full(worker), up.environment()))
        if only == "people":
            figures |= bench_people.measured()
        if only in ("", "share"):
            share = bench_share.measured({"worker": hand.pid, "web": server.pid, "redis": store.pid})
            figures = {**figures, **share, "lost": figures.get("lost", 0) + share["lost"]}
    sys.stdout.write(json.dumps(figures))


def _application() -> Any:
    """The site as it is, and the echo beside it."""
    from channels.generic.websocket import AsyncWebsocketConsumer

    from chatclone_site.asgi import application as site

    class Echo(AsyncWebsocketConsumer):  # type: ignore[misc]
        async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
            await self.send(text_data=text_data)

    echo = Echo.as_asgi()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (echo if scope["path"] == "/ws/bench-echo" else site)(scope, receive, send)

    return app


def __getattr__(name: str) -> Any:
    if name == "application":
        return _application()
    raise AttributeError(name)


if __name__ == "__main__":
    main()
