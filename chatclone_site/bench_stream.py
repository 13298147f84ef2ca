"""The socket, measured: words of a worker until they are at a client, beside a bare Channels echo on the same server.

    python -m chatclone_site.bench_stream      prints one JSON object

A real site for the length of the run: its own data folder, database and Redis, uvicorn, a real websocket client. The
peer is a consumer that sends back what it gets, without a login, a log or a seal, timed from sending to receiving.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

PIECES, RATE = 500, 50.0


def measured(pieces: int = PIECES, rate: float = RATE) -> dict[str, Any]:
    """Run in a process of its own, so that the data folder of the caller stays untouched."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "PORT": str(_free_port()), "PIECES": str(pieces), "RATE": str(rate),
            "DJANGO_SETTINGS_MODULE": "chatclone_site.settings", "EMBEDDED": "yes",
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_stream"]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(ran.stdout)
    return figures


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _story() -> tuple[UUID, UUID, bytes, str]:
    """A conversation with an answer being written: ids of conversation and turn, the log's key, a session cookie."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from apps.accounts.models import User
    from apps.accounts.services import open_vault
    from apps.archives.models import Person
    from apps.chat import script, services
    from apps.chat.models import Turn
    from apps.personas.models import Persona

    user = User.objects.create_user(email="bench@example.org", password=None)
    vault = open_vault(user.pk)
    person = Person(id=uuid4(), owner=user, wrapped_key=vault.new_wrapped())
    person.name = vault.seal(person, "name", "Ann Roe")
    person.save(force_insert=True)
    persona = Persona(id=uuid4(), owner=user, person=person, wrapped_key=vault.new_wrapped())
    persona.name = vault.seal(persona, "name", "Ann Roe")
    persona.save(force_insert=True)
    talk = services.begin(persona=persona, speaker=services.Seat("Bea Quill", "Bea Quill"), title="bench")
    turn = Turn(
        id=uuid4(), owner=user, conversation=talk, number=1, by_persona=True, state=Turn.State.WRITING, client_id=uuid4()
    )
    turn.body = vault.seal(talk, f"turn-{turn.pk}", script.empty())
    turn.save(force_insert=True)
    talk.head = turn
    talk.save(update_fields=["head"])
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return talk.pk, turn.pk, vault.row_key(talk), f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


async def _connected(path: str, cookie: str) -> Any:
    from django.conf import settings
    from websockets.asyncio.client import connect
    from websockets.typing import Origin

    port = settings.PORT
    for _ in range(400):
        try:
            headers = {"Cookie": cookie} if cookie else {}
            return await connect(
                f"ws://localhost:{port}{path}", additional_headers=headers, origin=Origin(settings.SITE_URL)
            )
        except OSError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the server did not start")


async def _ours(talk: UUID, turn: UUID, key: bytes, cookie: str, pieces: int, rate: float) -> list[float]:
    """Milliseconds from `append` in a worker to the frame at the client, for every piece."""
    from apps.chat import stream as log

    line = await _connected(f"/ws/talk/{talk}", cookie)
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
    await asyncio.wait_for(waiting, 30)
    await line.close()
    return found


async def _echo(pieces: int, rate: float) -> list[float]:
    line = await _connected("/ws/bench-echo", "")
    found: list[float] = []
    for _ in range(pieces):
        began = time.monotonic()
        await line.send(json.dumps({"type": "pieces", "ops": [["text", str(began)]]}))
        await line.recv()
        found.append((time.monotonic() - began) * 1_000)
        await asyncio.sleep(1 / rate)
    await line.close()
    return found


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from chatclone_site import processes
    from chatclone_site.management.commands.up import redis_command

    pieces, rate = int(os.environ["PIECES"]), float(os.environ["RATE"])
    web = processes.full(processes.web(settings.HOST, settings.PORT))
    web[web.index("chatclone_site.asgi:application")] = "chatclone_site.bench_stream:application"
    with ExitStack() as stack:
        path = Path(settings.REDIS_SOCKET)
        stack.enter_context(_running(redis_command(path)))
        while not path.exists():
            time.sleep(0.02)
        call_command("migrate", verbosity=0, interactive=False)
        story = _story()
        stack.enter_context(_running(web))
        ours = asyncio.run(_ours(*story, pieces, rate))
        echo = asyncio.run(_echo(pieces, rate))
    figures = {
        "ms_p50": statistics.median(ours), "ms_p99": sorted(ours)[int(len(ours) * 0.99)], "pieces": pieces,
        "lost": pieces - len(ours), "echo_ms_p50": statistics.median(echo), "echo_ms_p99": sorted(echo)[int(len(echo) * 0.99)],
        "vs_echo": statistics.median(ours) / statistics.median(echo),
        "added_ms_p50": statistics.median(ours) - statistics.median(echo),
    }  # fmt: skip
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
