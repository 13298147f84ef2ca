"""Who comes in: the token, how often, and whether the persona may leave, asked at every request."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked
from apps.bridges import limits, selectors, services
from apps.bridges.models import Door
from apps.personas import selectors as personas


class Refused(Exception):
    """A request that is not answered, and why: a sentence with a next step, for whoever asked."""

    def __init__(
        self, status: int, sentence: str, code: str, *, kind: str = "invalid_request_error",
        param: str | None = None, wait: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(sentence)
        self.status, self.code, self.kind, self.param, self.wait = status, code, kind, param, wait


@dataclass(frozen=True)
class Ticket:
    """Somebody who was let in: by which door, to which persona. `key` seals what is said between web and worker."""

    request_id: UUID
    door: UUID
    owner: UUID
    persona: UUID
    key: bytes = field(repr=False)
    called: str
    version: int
    created: int

    @property
    def model(self) -> str:
        return f"persona-{self.persona}"


UNKNOWN = Refused(401, "This key is not known, or was ended. Ask whoever gave it to you for another.", "invalid_api_key")

LOCKED = Refused(
    503, "The account behind this persona is locked just now. Please try again when its owner is there.", "locked",
    kind="server_error", wait=60,
)  # fmt: skip


async def admit(kind: Door.Kind, token: str, connection: redis.asyncio.Redis, *, speaks: bool) -> Ticket:
    """Let somebody in, or raise `Refused`. Who `speaks` takes one of the places of the owner until `limits.leave`."""
    door = await _known(kind, token)
    if door is None:
        raise UNKNOWN
    rate = settings.KEY_REQUESTS_PER_MINUTE if kind == Door.Kind.KEY else settings.GUEST_MESSAGES_PER_MINUTE
    request_id = uuid4()
    wait = await limits.enter(
        connection, door=door.pk, owner=door.owner_id, rate=rate, at_once=settings.ANSWERS_AT_ONCE,
        request_id=request_id if speaks else None,
    )  # fmt: skip
    if wait:
        raise Refused(
            429, f"That was too much at once. Please try again in {wait} seconds.", "rate_limit_exceeded",
            kind="rate_limit_error", wait=wait,
        )  # fmt: skip
    try:
        ticket: Ticket = await _ticket(door, request_id)
        return ticket
    except BaseException:
        await limits.leave(connection, owner=door.owner_id, request_id=request_id)
        raise


@database_sync_to_async  # type: ignore[untyped-decorator]
def _known(kind: Door.Kind, token: str) -> Door | None:
    return selectors.by_token(kind, token)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _ticket(door: Door, request_id: UUID) -> Ticket:
    try:
        return _issued(door, request_id)
    except Locked:
        raise LOCKED from None


def _issued(door: Door, request_id: UUID) -> Ticket:
    persona = door.persona
    version = personas.current(persona)
    if version is None or selectors.stays(door.kind, persona):
        sentence = "This persona may not be talked with from outside now. Its owner's page says why."
        raise Refused(403, sentence, "persona_may_not_leave", kind="permission_error")
    try:
        vault = open_vault(door.owner_id)
    except Locked:
        raise
    except KeyGone:
        raise UNKNOWN from None
    services.note_use(door_id=door.pk)
    called, key = selectors.called(vault, persona), vault.row_key(door)
    made = int(persona.created_at.timestamp())
    return Ticket(request_id, door.pk, door.owner_id, persona.pk, key, called, version.number, made)
