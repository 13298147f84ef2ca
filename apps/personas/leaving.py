"""Who above must clean up before a persona goes: told by the apps above when they are ready."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

_KNOWN: list[Callable[[UUID], None]] = []


def register(clean: Callable[[UUID], None]) -> None:
    """`clean(persona_id)` deletes what hangs on a persona."""
    _KNOWN.append(clean)


def tell(persona_id: UUID) -> None:
    """A persona is about to be deleted."""
    for clean in _KNOWN:
        clean(persona_id)
