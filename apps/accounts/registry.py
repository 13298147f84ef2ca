"""What is held about a person, and by whom: each app says how to export and to erase its part. A plain table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.archive_out import Entry as Entry
from apps.accounts.bundle import Bundle
from apps.accounts.hooks import Hook
from apps.accounts.portable import Ids
from apps.accounts.vault import Vault


@dataclass(frozen=True)
class Holding:
    """One app's part. Erasing goes from the highest layer (largest `order`) to the lowest.

    `count` says how much there is by kind, without opening anything: for the receipt of an erasure, and to see that all is gone.
    `restore` makes out of an export what `export` put into it, in an empty account; the lowest layer goes first.
    """

    name: str
    order: int
    export: Callable[[UUID], Iterable[Entry]]
    erase: Callable[[UUID], None]
    count: Callable[[UUID], dict[str, int]] | None = None
    restore: Callable[[Vault, Bundle, Ids], None] | None = None


_HOLDINGS: dict[str, Holding] = {}
_SWEEPS: dict[str, Callable[[], None]] = {}
#: `unlocked(owner)`: somebody has unlocked their account; what waited for that can go on.
unlocked: Hook[[UUID]] = Hook()


def register(holding: Holding) -> None:
    """Called once by each app when it is ready."""
    _HOLDINGS[holding.name] = holding


def holdings() -> list[Holding]:
    """All parts, the highest layer first."""
    return sorted(_HOLDINGS.values(), key=lambda h: -h.order)


def register_sweep(name: str, sweep: Callable[[], None]) -> None:
    """Something that the scheduler calls every few seconds; must be quick and safe to repeat."""
    _SWEEPS[name] = sweep


def sweeps() -> dict[str, Callable[[], None]]:
    """All sweeps by name."""
    return dict(_SWEEPS)
