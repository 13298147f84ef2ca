"""Where the key of a locked account lies while it is open: in Redis, sealed, for minutes, and never on a disk.

Two entries for an account: one that a person's requests keep alive and logging out ends, and one that jobs under way keep alive.
"""

from __future__ import annotations

from uuid import UUID

import redis
from django.conf import settings

#: A job says four times in this time that it still works.
LENT_SECONDS = 180
TRIES, TRIES_SECONDS = 5, 300
_clients: dict[str, redis.Redis] = {}


def _client() -> redis.Redis:
    if "keys" not in _clients:
        _clients["keys"] = redis.Redis.from_url(settings.KEYS_REDIS, socket_timeout=2, socket_connect_timeout=2)
    return _clients["keys"]


def forgets() -> bool:
    """Whether this store keeps nothing on a disk; one that does not tell counts as one that does."""
    try:
        found = {**_client().config_get("save"), **_client().config_get("appendonly")}
    except redis.RedisError:
        return False
    return found == {"save": "", "appendonly": "no"}


def keep(owner_id: UUID, sealed: bytes) -> None:
    """The key of an account that its owner has just opened."""
    _client().set(f"open:{owner_id}", sealed, ex=settings.UNLOCKED_SECONDS)


def kept(owner_id: UUID) -> bytes | None:
    """What `keep` took, while it lasts; None too when the store is away."""
    return _read(f"open:{owner_id}")


def renew(owner_id: UUID) -> None:
    """Somebody is there."""
    try:
        _client().expire(f"open:{owner_id}", settings.UNLOCKED_SECONDS)
    except redis.RedisError:
        return


def lend(owner_id: UUID) -> None:
    """The open key as jobs under way have it."""
    sealed = kept(owner_id)
    try:
        if sealed is not None:
            _client().set(f"lent:{owner_id}", sealed, ex=LENT_SECONDS)
    except redis.RedisError:
        return  # the job goes back to the queue


def lent(owner_id: UUID) -> bytes | None:
    """What `lend` took, while somebody works with it."""
    return _read(f"lent:{owner_id}")


def still_lent(owner_id: UUID) -> bool:
    """Say that the work goes on; False when the key was taken back. A store that is away takes nothing back."""
    try:
        return bool(_client().expire(f"lent:{owner_id}", LENT_SECONDS))
    except redis.RedisError:
        return True


def drop(owner_id: UUID) -> None:
    """The owner has left. What jobs have stays with them."""
    _client().delete(f"open:{owner_id}")


def take_back(owner_id: UUID) -> None:
    """Jobs have it no longer."""
    try:
        _client().delete(f"lent:{owner_id}")
    except redis.RedisError:
        return  # it ends by itself


def may_try(owner_id: UUID) -> bool:
    """Count one more try at the passphrase; False when there were too many in a few minutes."""
    name = f"tries:{owner_id}"
    with _client().pipeline() as pipe:
        pipe.set(name, 0, ex=TRIES_SECONDS, nx=True)
        pipe.incr(name)
        return int(pipe.execute()[1]) <= TRIES


def forget_tries(owner_id: UUID) -> None:
    """It was the right one."""
    _client().delete(f"tries:{owner_id}")


def _read(name: str) -> bytes | None:
    try:
        found = _client().get(name)
    except redis.RedisError:
        return None
    return found if isinstance(found, bytes) else None
