"""What was made from an archive further up: told by the apps above, so that deleting can offer to delete it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.vault import Vault


@dataclass(frozen=True)
class Dependent:
    """`find(owner, archive)` gives (id, name) pairs, `imitating(owner, people)` too; `delete(owner, ids)` deletes them."""

    find: Callable[[UUID, UUID], list[tuple[UUID, str]]]
    delete: Callable[[UUID, set[UUID]], None]
    imitating: Callable[[UUID, set[UUID]], list[tuple[UUID, str]]]


#: Exchanges names in a JSON value.
Hiding = Callable[[Any], Any]
_KNOWN: dict[str, Dependent] = {}
_HIDING: list[Callable[[Vault, Hiding], None]] = []
_GONE: list[Callable[[UUID], None]] = []
_LOST: list[Callable[[UUID, set[UUID]], None]] = []


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


def imitating(owner_id: UUID, people: set[UUID]) -> list[tuple[UUID, str]]:
    """Everything that imitates one of these people."""
    return [pair for d in _KNOWN.values() for pair in d.imitating(owner_id, people)]


def register_hiding(hide: Callable[[Vault, Hiding], None]) -> None:
    """`hide(vault, hiding)` puts what `hiding` makes of them in the place of all sealed names that an app above keeps."""
    _HIDING.append(hide)


def hide(vault: Vault, hiding: Hiding) -> None:
    """Somebody is forgotten: their name goes from everything further up."""
    for one in _HIDING:
        one(vault, hiding)


def register_gone(drop: Callable[[UUID], None]) -> None:
    """`drop(owner)` removes every text of conversations that an app above keeps a copy of."""
    _GONE.append(drop)


def gone(owner_id: UUID) -> None:
    """Messages of an account were deleted: no copy of any stays further up."""
    for drop in _GONE:
        drop(owner_id)


def register_lost(lose: Callable[[UUID, set[UUID]], None]) -> None:
    """`lose(owner, people)` is called before people who write nowhere any more are deleted."""
    _LOST.append(lose)


def lost(owner_id: UUID, people: set[UUID]) -> None:
    """These people are about to be deleted."""
    for one in _LOST:
        one(owner_id, people)
