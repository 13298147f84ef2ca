"""Finish my sentence, measured: key bursts through the worker's function and through the real socket, beside bare `generate()`.

    python -m chatclone_site.bench_suggest      prints one JSON object

A real site for the length of the run: its own data folder, database and Redis, web and reply worker. A persona of the
built-in base with an archive behind it (so names and secrets are guarded), its own messages kept against recital.
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
from uuid import UUID, uuid4

from chatclone_site.bench_site import free_port, line, running

CONTEXT = (
    ("Bea Quill", "are you still coming on friday? we wanted to walk to the allotment and look at the fox"),
    ("", "maybe, i have to work late and the bus is always full"), ("Bea Quill", "oh no, why? you said you had the evening off"),
    ("", "they asked me to stay because somebody is ill"), ("Bea Quill", "then come on saturday, there will be soup and bread and everybody is there"),
)  # fmt: skip
PAUSE = 0.3  # seconds until the next burst


def measured() -> dict[str, Any]:
    """Run in a process of its own, so that the data folder of the caller stays untouched."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "PORT": str(free_port()), "EMBEDDED": "yes", "TORCH_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "chatclone_site.settings",
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_suggest"]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return figures


def story(email: str = "bench@example.org") -> tuple[UUID, str]:
    """A talk of a guarded persona: its id and a session cookie."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from apps.accounts.models import User
    from apps.accounts.services import open_vault
    from apps.archives import services as archives
    from apps.archives import tasks
    from apps.archives.models import Person
    from apps.chat import script, services
    from apps.chat.models import Turn
    from apps.jobs.models import Job
    from apps.personas import services as personas
    from apps.personas import verbatim
    from apps.personas.evaluation import bench_suggest
    from apps.personas.models import Version

    user = User.objects.create_user(email=email, password=None)
    vault = open_vault(user.pk)
    archive = archives.receive_bytes(owner_id=user.pk, name="message_1.json", content=_export())
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    persona = personas.make(
        owner_id=user.pk, person=Person.objects.get(owner=user, is_me=True), name="Ann Roe", basis="self"
    )
    version = Version(id=uuid4(), owner=user, persona=persona, number=1, preset="quick", config={"base": "builtin"})
    version.wrapped_key = vault.new_wrapped()
    grams = verbatim.build(
        [(True, f"message number {n} of many about the garden and the rain") for n in range(500)],
        vault.fingerprint("grams", ""),
    )
    for name, data in (("weights", bench_suggest.weights()), ("grams", grams)):
        with vault.create(name) as (item, writer):
            writer.write(data)
        setattr(version, name, item)
    version.save(force_insert=True)
    talk = services.begin(persona=persona, speaker=services.Seat("Bea Quill", "Bea Quill"), title="bench")
    head = None
    for number, (speaker, text) in enumerate(CONTEXT, 1):
        turn = Turn(
            id=uuid4(), owner=user, conversation=talk, number=number, by_persona=not speaker, parent=head, client_id=uuid4()
        )
        turn.state = Turn.State.SAID if speaker else Turn.State.DONE
        turn.body = vault.seal(talk, f"turn-{turn.pk}", script.said(speaker, text))
        turn.save(force_insert=True)
        head = turn
    talk.head = head
    talk.save(update_fields=["head"])
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return talk.pk, f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _export() -> bytes:
    """An invented Messenger chat with secrets in it."""
    said = [
        ("Bea Quill" if n % 2 else "Ann Roe", f"line {n} about the allotment, call me at +44 7700 9{n:05d}")
        for n in range(400)
    ]
    rows = [
        {"sender_name": who, "timestamp_ms": 1_700_000_000_000 + n * 60_000, "content": text}
        for n, (who, text) in enumerate(said)
    ]
    return json.dumps(
        {"participants": [{"name": "Bea Quill"}, {"name": "Ann Roe"}], "title": "Bea Quill", "messages": rows[::-1]}
    ).encode()


def _worker(talk_id: UUID, texts: list[str]) -> tuple[list[float], list[float]]:
    """ms of each burst in the function that the reply worker calls, with Redis and database, and those of the peer between them."""
    from apps.accounts.services import open_vault
    from apps.chat import offers, script, selectors, stream
    from apps.chat.models import Conversation
    from apps.personas.evaluation import bench_suggest

    row = Conversation.objects.get(pk=talk_id)
    vault = open_vault(row.owner_id)
    key, bare = vault.row_key(row), bench_suggest.Bare()
    said, others = (
        script.turns(selectors.body(vault, row, t) for t in selectors.shown(row)),
        [selectors.seats(vault, row)["me"]],
    )
    sys.stderr.write(f"context of {bare.length(others, said)} tokens\n")
    ours, theirs = [], []
    for text in texts:
        request, began = uuid4(), time.perf_counter()
        stream.put_request(request, talk_id, key, {"text": text})
        offers.suggest(request_id=request, conversation_id=talk_id)
        ours.append((time.perf_counter() - began) * 1_000)
        theirs.append(bare.ms(others, said, text))
    return ours, theirs


async def _connected(talk_id: UUID, cookie: str) -> Any:
    """A socket as soon as the web process answers."""
    from django.conf import settings

    for _ in range(400):
        try:
            return await line(talk_id, cookie, settings.PORT, settings.SITE_URL)
        except OSError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the server did not start")


async def _socket(talk_id: UUID, cookie: str, texts: list[str]) -> tuple[list[float], int]:
    """ms from the frame out to the frame in, a burst after the other, and how many brought something."""
    wire = await _connected(talk_id, cookie)
    await wire.recv()
    found, filled = [], 0
    for text in texts:
        request, began = str(uuid4()), time.perf_counter()
        await wire.send(json.dumps({"type": "suggest", "id": request, "text": text}))
        while True:
            frame = json.loads(await asyncio.wait_for(wire.recv(), 20))
            if frame["type"] == "suggestions" and frame["id"] == request:
                break
        found.append((time.perf_counter() - began) * 1_000)
        filled += bool(frame["choices"])
        await asyncio.sleep(PAUSE)
    await wire.close()
    return found, filled


async def _awake(talk_id: UUID, cookie: str, text: str) -> None:
    """Wait until the worker has loaded the persona."""
    for _ in range(20):
        _, filled = await _socket(talk_id, cookie, [text])
        if filled:
            return
    raise RuntimeError("the worker did not start")


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from apps.personas.evaluation import bench_suggest
    from chatclone_site import processes
    from chatclone_site.management.commands.up import redis_command

    texts = bench_suggest.bursts()
    with ExitStack() as stack:
        path = Path(settings.REDIS_SOCKET)
        stack.enter_context(running(redis_command(path)))
        while not path.exists():
            time.sleep(0.02)
        call_command("migrate", verbosity=0, interactive=False)
        talk, cookie = story()
        _worker(talk, texts[:3])
        ours, theirs = _worker(talk, texts)
        reply = next(p for p in processes.workers() if p.name == "reply")
        stack.enter_context(running(processes.full(processes.web(settings.HOST, settings.PORT))))
        stack.enter_context(running(processes.full(reply)))
        asyncio.run(_awake(talk, cookie, texts[0]))
        through, filled = asyncio.run(_socket(talk, cookie, texts))
    figures = {
        "p95_ms": _share(through, 0.95), "p50_ms": statistics.median(through),
        "worker_p95_ms": _share(ours, 0.95), "worker_p50_ms": statistics.median(ours),
        "generate_p95_ms": _share(theirs, 0.95), "generate_p50_ms": statistics.median(theirs),
        "generate_vs_p50": statistics.median(t / o for t, o in zip(theirs, ours, strict=True)),
        "bursts": len(texts), "with_choices": filled / len(texts),
    }  # fmt: skip
    sys.stdout.write("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
