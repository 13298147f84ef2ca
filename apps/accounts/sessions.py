"""Whether a session still stands: asked by what outlives a request."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts.models import User

CHUNK = 500  # parameters of one query


def user_of(session_key: str | None) -> User | None:
    """Who is signed in by it now: nobody after a logout, a change of password, or when the account was closed."""
    if not session_key:
        return None
    asked: Any = SimpleNamespace(session=SessionStore(session_key))
    found = get_user(asked)
    return found if isinstance(found, User) and found.is_active else None


def standing(session_keys: Iterable[str]) -> set[str]:
    """Those of many sessions that have a row and are not over, in a query for every 500."""
    wanted, found = list(session_keys), set[str]()
    for start in range(0, len(wanted), CHUNK):
        rows = Session.objects.filter(session_key__in=wanted[start : start + CHUNK], expire_date__gt=timezone.now())
        found.update(rows.values_list("session_key", flat=True))
    return found
