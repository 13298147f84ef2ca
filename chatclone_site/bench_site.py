"""People, voices and talks of a site that lives only for a measurement, and the processes around them."""

from __future__ import annotations

import resource
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def many_files() -> int:
    """Raise the soft limit of open files as far as it goes; the limit. Children inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextmanager
def running(command: list[str], env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of a block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def person(name: str) -> Any:
    """A new account with one person in it, its owner."""
    from apps.accounts.models import User
    from apps.accounts.services import open_vault
    from apps.archives.models import Person

    user = User.objects.create_user(email=f"{uuid4().hex[:10]}@example.org", password=None)
    vault = open_vault(user.pk)
    row = Person(id=uuid4(), owner=user, wrapped_key=vault.new_wrapped(), is_me=True)
    row.name = vault.seal(row, "name", name)
    row.save(force_insert=True)
    return user


def cookie(user: Any) -> str:
    """The header of a browser in which `user` is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def voice(user: Any, name: str, weights: bytes | None, base: str = "builtin") -> Any:
    """A persona of the account's own person; with `weights` (safetensors, an adapter of `base`) it talks."""
    from apps.accounts.services import open_vault
    from apps.archives.models import Person
    from apps.personas import services
    from apps.personas.models import Version

    vault = open_vault(user.pk)
    persona = services.make(owner_id=user.pk, person=Person.objects.get(owner=user, is_me=True), name=name, basis="self")
    if weights is not None:
        version = Version(id=uuid4(), owner=user, persona=persona, number=1, preset="quick", config={"base": base})
        version.wrapped_key = vault.new_wrapped()
        with vault.create("weights") as (item, writer):
            writer.write(weights)
        version.weights = item
        version.save(force_insert=True)
    return persona


def talk(persona: Any, title: str = "bench") -> Any:
    """A conversation with nothing in it."""
    from apps.chat import services

    return services.begin(persona=persona, speaker=services.Seat("Bea Quill", "Bea Quill"), title=title)


def being_written(conversation: Any) -> UUID:
    """An answer that no worker writes: the caller does, with the conversation's key."""
    from apps.accounts.services import open_vault
    from apps.chat import script
    from apps.chat.models import Turn

    turn = Turn(id=uuid4(), owner_id=conversation.owner_id, conversation=conversation, number=1, by_persona=True)
    turn.state, turn.client_id = Turn.State.WRITING, uuid4()
    turn.body = open_vault(conversation.owner_id).seal(conversation, f"turn-{turn.pk}", script.empty())
    turn.save(force_insert=True)
    conversation.head = turn
    conversation.save(update_fields=["head"])
    return turn.pk


def key(conversation: Any) -> bytes:
    """What the log of a conversation is sealed with."""
    from apps.accounts.services import open_vault

    return open_vault(conversation.owner_id).row_key(conversation)


async def line(talk_id: UUID | str, header: str, port: int, origin: str, path: str = "/ws/talk/{}") -> Any:
    """A real websocket on a conversation. Raises `OSError` or `websockets.WebSocketException`."""
    from websockets.asyncio.client import connect
    from websockets.typing import Origin

    headers = {"Cookie": header} if header else {}
    return await connect(
        f"ws://localhost:{port}{path.format(talk_id)}", additional_headers=headers, origin=Origin(origin), open_timeout=60,
        ping_interval=None, proxy=None,
    )  # fmt: skip
