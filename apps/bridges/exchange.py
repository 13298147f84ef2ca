"""An answer that nobody keeps: the request lies sealed in Redis until a worker takes it, the words come back the same way.

The web's side of it. Whoever listens may leave at any word: then the sign goes up at which the worker stops, and what was
said is removed. Nothing of it is ever a row; what a crash leaves ends by itself within minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import redis
import redis.asyncio
from celery import current_app
from kombu.exceptions import OperationalError

from apps.accounts import sealing
from apps.bridges import asked as asking
from apps.bridges import limits
from apps.bridges.asked import Asked, End
from apps.bridges.gate import Refused, Ticket
from apps.chat import stream

REPLY = "bridges.reply"
#: Seconds until a worker must have begun, and between two words of one that has.
WAIT_SECONDS, SILENCE_SECONDS = 60, 15
#: A bell that nobody heard rings again; the words can be taken only once.
RING_SECONDS = 3
LOOK_MS = 1_000
SILENT = "No answer came. Please try again in a moment."


def _place(request_id: UUID) -> str:
    return f"door:asked:{request_id}"


def take(request_id: UUID, key: bytes) -> Asked | None:
    """What was asked, once (the worker's side). None when whoever asked has left."""
    sealed: Any = stream.client().getdel(_place(request_id))
    return None if sealed is None else asking.unpacked(sealing.unseal(key, sealed, str(request_id)))


async def pieces(ticket: Ticket, asked: Asked, connection: redis.asyncio.Redis) -> AsyncIterator[str | End]:
    """The words as they come, then how it ended. Raises `Refused` when they do not come, or stop coming."""
    ended = False
    try:
        await _leave_words(ticket, asked, connection)
        async for piece in _heard(ticket, connection):
            ended = isinstance(piece, End)
            yield piece
            if ended:
                return
    except (redis.RedisError, OSError, OperationalError, sealing.Unreadable):
        raise _silent() from None
    finally:
        await asyncio.shield(asyncio.ensure_future(_leave(ticket, stop=not ended)))


def _silent(sentence: str = SILENT) -> Refused:
    return Refused(503, sentence, "no_answer", kind="server_error", wait=5)


async def _leave_words(ticket: Ticket, asked: Asked, connection: redis.asyncio.Redis) -> None:
    sealed = sealing.seal(ticket.key, asking.packed(asked), str(ticket.request_id))
    await connection.set(_place(ticket.request_id), sealed, ex=WAIT_SECONDS)
    await _bell(ticket)


async def _bell(ticket: Ticket) -> None:
    arguments = {"request_id": str(ticket.request_id), "door_id": str(ticket.door)}
    await asyncio.to_thread(current_app.send_task, REPLY, kwargs=arguments, queue="reply", retry=False, expires=WAIT_SECONDS)


async def _heard(ticket: Ticket, connection: redis.asyncio.Redis) -> AsyncIterator[str | End]:
    clock = asyncio.get_running_loop().time
    number, patience, rung = 0, clock() + WAIT_SECONDS, clock()
    while clock() < patience:
        if not number and clock() - rung > RING_SECONDS:
            rung = clock()
            if await connection.exists(_place(ticket.request_id)):  # nobody took it: bells get lost with workers that die
                await _bell(ticket)
        for n, ops in await stream.after(connection, ticket.request_id, ticket.key, number, LOOK_MS):
            if n != number + 1:  # a piece was lost: better no answer than one with a hole
                raise _silent("The answer broke off. Please try again.")
            number, patience = n, clock() + SILENCE_SECONDS
            for kind, value in ops:
                if kind == "failed":
                    raise _silent(value)
                yield End(*_ended(value)) if kind == "end" else value
    raise _silent()


def _ended(value: str) -> tuple[Any, int, int]:
    finish, read, written = value.split()
    return finish, int(read), int(written)


async def _leave(ticket: Ticket, *, stop: bool) -> None:
    """Take away what is left; a connection of its own, as the other one may have been cut in the middle of a word."""
    with contextlib.suppress(redis.RedisError, OSError):
        connection = stream.async_client()
        try:
            if stop:  # before the log goes: a worker that writes on sees it, and takes away what it wrote since
                await asyncio.to_thread(stream.ask_stop, ticket.request_id)
            await connection.delete(_place(ticket.request_id), stream._key(ticket.request_id))
            await limits.leave(connection, owner=ticket.owner, request_id=ticket.request_id)
        finally:
            await connection.aclose()
