"""What was made from an archive further up: told by the apps above, so that deleting can offer to delete it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Dependent:
    """`find(owner, archive)` gives (id, name) pairs; `delete(owner, ids)` deletes them."""

    find: Callable[[UUID, UUID], list[tuple[UUID, str]]]
    delete: Callable[[UUID, set[UUID]], None]


_KNOWN: dict[str, Dependent] = {}


def register(name: str, dependent: Dependent) -> None:
    """Called once by each app above when it is ready."""
    _KNOWN[name] = dependent


def of(owner_id: UUID, archive_id: UUID) -> list[tuple[UUID, str]]:
    """Everything made from an archive."""
    return [pair for d in _KNOWN.values() for pair in d.find(owner_id, archive_id)]


def delete(owner_id: UUID, ids: set[UUID]) -> None:
    """Delete the chosen ones."""
    for dependent in _KNOWN.values():
        dependent.delete(owner_id, ids)
