"""How sockets ask the database: in the one thread that they all share, which keeps its SQLite file open.

Channels' own `database_sync_to_async` opens and closes the file for every question, which took a third of the time in that
thread while everybody waited for it. Threads of requests end with their request, so there (and for PostgreSQL, whose
connections have an age) nothing changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


class _Asking(SyncToAsync):  # type: ignore[type-arg]
    def thread_handler(self, loop: Any, *args: Any, **kwargs: Any) -> Any:
        _tidy()
        try:
            return super().thread_handler(loop, *args, **kwargs)  # type: ignore[no-untyped-call]
        finally:
            _tidy()


def in_database_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """A function that asks rows, for coroutines; what it raises comes through."""
    asking: Callable[P, Awaitable[T]] = _Asking(function, thread_sensitive=True)
    return asking


def _tidy() -> None:
    """Close what is broken or too old; a file on this machine is neither."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "sqlite":
            connection.close_at = None
        connection.close_if_unusable_or_obsolete()
