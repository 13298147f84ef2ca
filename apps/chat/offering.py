"""Asking for offers outside a talk: the words wait sealed in Redis until a worker takes them, and nothing is ever a row."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import redis.asyncio
from asgiref.sync import sync_to_async
from celery import current_app
from django.conf import settings

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import stream
from apps.jobs.causes import Expected
from apps.personas import selectors as personas
from apps.personas.models import Persona
from apps.privacy import selectors as privacy

OFFER = "chat.offer"
LONGEST = 2_000
#: Bursts of keys that one account may send in a minute; answers count like messages (`MESSAGES_PER_MINUTE`).
BURSTS_PER_MINUTE = 400
KINDS = ("ways", "answers")
#: Who it is for, when nobody is chosen.
SOMEBODY = "Sam"
SECONDS = {"ways": 8.0, "answers": 25.0}


def people(vault: Vault, persona: Persona) -> list[tuple[str, str, str]]:
    """Whom one may write to: id, name, and what they are called before the model."""
    called = naming.of(vault).called
    return [(str(p.id), p.name, called(p.id, p.name)) for p in personas.partners(vault, persona)]


async def offered(persona: Persona, *, kind: str, text: str, whom: str, page: UUID) -> list[str]:
    """The choices, with real names for their owner; empty when none came. Raises `Expected` with a sentence."""
    connection, request_id = stream.async_client(), uuid4()
    try:
        await _not_too_often(connection, persona.owner_id, kind)
        key = await sync_to_async(_left)(persona, request_id, page, {"kind": kind, "text": text[-LONGEST:], "whom": whom})
        try:
            return await stream.answered(connection, request_id, key, SECONDS[kind])
        finally:
            await stream.leave(connection, request_id, page)
    finally:
        await connection.aclose()


async def _not_too_often(connection: redis.asyncio.Redis, owner_id: UUID, kind: str) -> None:
    most = settings.MESSAGES_PER_MINUTE if kind == "answers" else BURSTS_PER_MINUTE
    if await stream.so_often(connection, f"{kind}:{owner_id}", 60) > most:
        raise Expected("That was a lot in one minute. Please wait a moment.")


def _left(persona: Persona, request_id: UUID, page: UUID, body: dict[str, Any]) -> bytes:
    """Put the words where the worker finds them, ring, and return the key that opens the answer."""
    standing = privacy.standing(persona.owner_id, persona.pk)
    if not standing.may_talk:
        raise Expected(standing.silent)
    if personas.current(persona) is None:
        raise Expected("This persona has not learnt to talk yet. Train it first.")
    vault = open_vault(persona.owner_id)
    stands = {pk: stand for pk, _, stand in people(vault, persona)} if body["whom"] else {}
    body |= {"text": naming.of(vault).hidden(body["text"]), "whom": stands.get(body["whom"], SOMEBODY)}
    key = vault.row_key(persona)
    stream.put_request(request_id, page, key, body)
    arguments = {"request_id": str(request_id), "persona_id": str(persona.pk), "page": str(page)}
    current_app.send_task(OFFER, kwargs=arguments, queue="reply", retry=False, expires=20)
    return key
