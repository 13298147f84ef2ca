"""Who above must know that ledgers are burnt: told by the apps above when they are ready."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

_KNOWN: list[Callable[[UUID], None]] = []


def register(burnt: Callable[[UUID], None]) -> None:
    """`burnt(owner)` sees to it, in the transaction of the burning, that nothing which was read before is written afterwards."""
    _KNOWN.append(burnt)


def tell(owner_id: UUID) -> None:
    """The ledgers of an account are about to be destroyed."""
    for burnt in _KNOWN:
        burnt(owner_id)
