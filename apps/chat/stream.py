"""The log of a running reply: numbered, sealed entries in Redis that live for ten minutes.

Entry `n` has the Redis id `n-0`, so "what came after n" is one read, and nothing can be appended twice. The log makes
reloads lossless while a reply runs; the turn's row is the truth before and after.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings

from apps.accounts import sealing

KEEP_SECONDS = 600
WAIT_SECONDS = 30
Ops = list[list[str]]

_clients: dict[str, redis.Redis] = {}


def client() -> redis.Redis:
    """The worker's connection."""
    if "sync" not in _clients:
        _clients["sync"] = redis.Redis.from_url(settings.REDIS, socket_timeout=5, socket_connect_timeout=5)
    return _clients["sync"]


def async_client() -> redis.asyncio.Redis:
    """A connection for one socket."""
    return redis.asyncio.Redis.from_url(settings.REDIS, socket_connect_timeout=5)


def _key(turn_id: UUID | str) -> str:
    return f"reply:{turn_id}"


#: One command for each entry: it goes in, the log lives on, and the worker hears how long it is and whether to stop.
_APPEND = """
redis.pcall('XADD', KEYS[1], ARGV[1], 'o', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {redis.call('XLEN', KEYS[1]), redis.call('EXISTS', KEYS[2])}
"""


class Appended(NamedTuple):
    """How many entries the log lacks (all while it is away), and whether the stop sign is up."""

    lacking: int
    stop: bool


def append(turn_id: UUID, key: bytes, number: int, ops: Ops) -> Appended:
    """Write entry `number`. What the log lacks, the row must have."""
    sealed = sealing.seal(key, json.dumps(ops).encode(), f"{turn_id}/{number}")
    keys = [_key(turn_id), f"stop:{turn_id}"]
    try:
        held, stop = _appending()(keys=keys, args=[f"{number}-0", sealed, KEEP_SECONDS])
    except redis.RedisError:
        return Appended(number, False)
    return Appended(number - int(held), bool(stop))


@cache
def _appending() -> Any:
    """The script, sent again by itself to a Redis that was wiped."""
    return client().register_script(_APPEND)


def since(turn_id: UUID, key: bytes, number: int) -> list[tuple[int, Ops]]:
    """Entries `number + 1`, `number + 2`, … as far as they follow each other; none while the log is away."""
    try:
        found: Any = client().xrange(_key(turn_id), min=f"({number}-0")
        entries = _opened(turn_id, key, found)
    except (redis.RedisError, sealing.Unreadable):
        return []
    return [entry for place, entry in enumerate(entries) if entry[0] == number + 1 + place]


def _opened(turn_id: UUID, key: bytes, rows: Any) -> list[tuple[int, Ops]]:
    entries: list[tuple[int, Ops]] = []
    for identity, fields in rows:
        n = int(identity.split(b"-")[0])
        entries.append((n, json.loads(sealing.unseal(key, fields[b"o"], f"{turn_id}/{n}"))))
    return entries


def begin(turn_id: UUID) -> None:
    """Empty the log for a new attempt. The stop sign stays: somebody may have put it up while the worker got ready."""
    try:
        client().delete(_key(turn_id))
    except redis.RedisError:
        return


def forget(turn_id: UUID) -> None:
    """Remove a log and its stop sign."""
    try:
        client().delete(_key(turn_id), f"stop:{turn_id}")
    except redis.RedisError:
        return


def ask_stop(turn_id: UUID) -> None:
    """Put up the sign that the worker looks at between tokens."""
    try:
        client().set(f"stop:{turn_id}", 1, ex=KEEP_SECONDS)
    except redis.RedisError:
        return


def stop_asked(turn_id: UUID) -> bool:
    """Whether the sign is up."""
    try:
        return bool(client().exists(f"stop:{turn_id}"))
    except redis.RedisError:
        return False


async def after(
    connection: redis.asyncio.Redis, turn_id: UUID, key: bytes, number: int, wait_ms: int
) -> list[tuple[int, Ops]]:
    """Entries behind `number`; waits up to `wait_ms` for the first one."""
    found: Any = await connection.xread({_key(turn_id): f"{number}-0"}, count=200, block=wait_ms)
    return [entry for _, rows in found or [] for entry in _opened(turn_id, key, rows)]


# suggestions: the words wait in Redis, sealed, so that they are in no task argument


def put_request(request_id: UUID, place: UUID, key: bytes, body: dict[str, Any]) -> None:
    """Leave the words of a suggestion for the worker; a newer request of the same place (a talk, a page) makes older ones void."""
    with client().pipeline() as pipe:
        pipe.set(f"suggest:{request_id}", sealing.seal(key, json.dumps(body).encode(), str(request_id)), ex=WAIT_SECONDS)
        pipe.set(f"suggest:newest:{place}", str(request_id), ex=WAIT_SECONDS)
        pipe.execute()


def take_request(request_id: UUID, key: bytes) -> dict[str, Any] | None:
    """The words of a suggestion, once."""
    sealed: Any = client().getdel(f"suggest:{request_id}")
    return None if sealed is None else dict(json.loads(sealing.unseal(key, sealed, str(request_id))))


def newest(request_id: UUID, place: UUID) -> bool:
    """Whether nobody typed on since, or left."""
    current: Any = client().get(f"suggest:newest:{place}")
    return bool(current == str(request_id).encode())


def answer(request_id: UUID, key: bytes, choices: list[str]) -> None:
    """Hand the suggestions to the socket."""
    with client().pipeline() as pipe:
        pipe.rpush(f"suggest:{request_id}:out", sealing.seal(key, json.dumps(choices).encode(), str(request_id)))
        pipe.expire(f"suggest:{request_id}:out", WAIT_SECONDS)
        pipe.execute()


async def leave(connection: redis.asyncio.Redis, request_id: UUID, place: UUID) -> None:
    """Nobody waits any more: the worker stops at its next look, and what was typed is gone."""
    if await connection.get(f"suggest:newest:{place}") == str(request_id).encode():
        await connection.delete(f"suggest:newest:{place}")
    await connection.delete(f"suggest:{request_id}", f"suggest:{request_id}:out")


async def so_often(connection: redis.asyncio.Redis, what: str, seconds: int) -> int:
    """How often this was asked within the running stretch of `seconds`."""
    async with connection.pipeline() as pipe:
        pipe.incr(f"suggest:count:{what}")
        pipe.expire(f"suggest:count:{what}", seconds, nx=True)
        count, _ = await pipe.execute()
    return int(count)


async def answered(connection: redis.asyncio.Redis, request_id: UUID, key: bytes, seconds: float = 8) -> list[str]:
    """Wait for the suggestions; empty when none came in time."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while clock() < end:  # short waits: the client takes a long silence for a broken line
        found: Any = await connection.blpop([f"suggest:{request_id}:out"], timeout=min(2.0, max(0.1, end - clock())))
        if found is not None:
            return list(json.loads(sealing.unseal(key, found[1], str(request_id))))
    return []
