"""The passphrase lock: set it, change it, take it off, open and close. What is wrong is said in one sentence."""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

import redis
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection

from apps.accounts import closing, keys, opened, registry, services

#: Under this name a session says which opening it was.
MARK = "opened"
SHORTEST = 12


class Refused(Exception):
    """It was not done; a sentence for the person."""


UNSAFE = "This site cannot lock accounts yet: its store for open keys writes to a disk. Tell whoever runs it; docs/settings.md has the remedy."
AWAY = "The store for open keys does not answer just now. Nothing was changed; please try again in a moment."
WRONG = "That is neither the passphrase nor the recovery code. Please try again."
TOO_OFTEN = "That was wrong too often. Please wait five minutes, then try again."
CHANGED = "Something else changed this account just now. Please look at it and try again."


def standing(owner_id: UUID, session: SessionBase | None) -> str:
    """`free` without a passphrase, `open` for a session that unlocked it, else `locked`."""
    if not keys.has_lock(owner_id):
        return "free"
    now, mark = keys.open_as(owner_id), str(session.get(MARK, "")) if session is not None else ""
    return "open" if now and hmac.compare_digest(now, mark) else "locked"


def lock(*, owner_id: UUID, passphrase: str, session: SessionBase) -> str:
    """Set a passphrase; returns the recovery code. Raises `Refused`."""
    if keys.has_lock(owner_id):
        raise Refused(CHANGED)
    services.open_vault(owner_id)  # a new account gets its key with the first thing that it keeps
    return _lock(owner_id, passphrase, session)


def change(*, owner_id: UUID, given: str, passphrase: str, session: SessionBase) -> str:
    """Another passphrase in the place of this one (or of the recovery code); returns the new code. Raises `Refused`."""
    prove(owner_id=owner_id, given=given)
    return _lock(owner_id, passphrase, session)


def _lock(owner_id: UUID, passphrase: str, session: SessionBase) -> str:
    with _told():
        code = keys.lock(owner_id, passphrase)
    _opened_by(owner_id, session)
    _forget_old_wrapping()
    return code


def unlock(*, owner_id: UUID, given: str, session: SessionBase) -> None:
    """Open an account by its passphrase or recovery code; what waited for it goes on. Raises `Refused`."""
    prove(owner_id=owner_id, given=given)
    _opened_by(owner_id, session)
    registry.unlocked(owner_id)


def prove(*, owner_id: UUID, given: str) -> None:
    """Raise `Refused` unless this is the passphrase or the recovery code. The key lies open afterwards."""
    with _told():
        if not opened.may_try(owner_id):
            raise Refused(TOO_OFTEN)
        if not keys.unlock(owner_id, given):
            raise Refused(WRONG)
        opened.forget_tries(owner_id)


def take_off(*, owner_id: UUID, given: str) -> None:
    """The account needs no passphrase any more. Raises `Refused`."""
    prove(owner_id=owner_id, given=given)
    with _told():
        keys.take_lock_off(owner_id)
        opened.drop(owner_id)
    opened.take_back(owner_id)


def leave(owner_id: UUID) -> None:
    """Somebody logs out: the key is dropped; what was begun with it goes on to its end."""
    try:
        opened.drop(owner_id)
    except redis.RedisError:
        return  # it ends by itself
    if opened.lent(owner_id) is None:
        closing.close(owner_id)


def left(*, user: Any = None, **_: Any) -> None:
    """Told by Django's logging out."""
    if user is not None and keys.has_lock(user.pk):
        leave(user.pk)


def close(owner_id: UUID) -> None:
    """Lock it now, for jobs under way as well: they wait."""
    opened.take_back(owner_id)
    leave(owner_id)


def _opened_by(owner_id: UUID, session: SessionBase) -> None:
    session[MARK] = keys.open_as(owner_id)


class _told:
    """Turns what can go wrong below into sentences; refuses where open keys would not be safe."""

    def __enter__(self) -> None:
        if not opened.forgets():
            raise Refused(UNSAFE)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, redis.RedisError):
            raise Refused(AWAY) from None
        if isinstance(error, keys.KeyGone):
            raise Refused(CHANGED) from None


def _forget_old_wrapping() -> None:
    """Before, the master key alone opened the key: the old row must not stay in a log or a free page of the database."""
    if connection.vendor == "sqlite":
        services.forget_pages()
    elif not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM FULL accounts_userkey")
