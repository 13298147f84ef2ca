"""What was made from an archive further up: told by the apps above, so that deleting can offer to delete it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.hooks import Hook
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
#: `hide(vault, hiding)`: somebody is forgotten. Whoever hears it puts what `hiding` makes of them in the place of all sealed names
#: that an app above keeps.
hide: Hook[[Vault, Hiding]] = Hook()
#: `gone(owner)`: messages of an account were deleted. Whoever hears it keeps no copy of any text of conversations.
gone: Hook[[UUID]] = Hook()
#: `lost(owner, people)`: these people, who write nowhere any more, are about to be deleted.
lost: Hook[[UUID, set[UUID]]] = Hook()


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
