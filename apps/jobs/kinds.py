"""The kinds of long work, told by the apps that do it. A plain table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Kind:
    """`name` is also the Celery task's. `attempts` is how often a lost worker is replaced before the job fails.

    `ended(subject)` is told when a job ends without its worker: given up, or stopped before it began.
    """

    name: str
    queue: str
    attempts: int = 3
    ended: Callable[[UUID], None] | None = None
    per_owner: int = (
        0  # running at once for one owner, who then take turns (`turns`); 0 = no limit, first come, first served
    )
    at_will: bool = False  # may be paused, and broken off in the middle
    lease_seconds: int = 0  # 0 = the setting LEASE_SECONDS


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Called once for each kind when its app is ready."""
    _KINDS[kind.name] = kind


def get(name: str) -> Kind:
    """The kind called `name`."""
    return _KINDS[name]


def of(queue: str) -> list[str]:
    """The names of the kinds that go to a queue."""
    return [kind.name for kind in _KINDS.values() if kind.queue == queue]
