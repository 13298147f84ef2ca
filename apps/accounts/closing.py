"""When the key of a locked account goes, every process drops what it holds opened of that account."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

from apps.accounts import opened

LOOK_SECONDS = 15.0
_droppers: list[Callable[[UUID], None]] = []
_watched: set[UUID] = set()
_guard = threading.Lock()
_running: list[threading.Thread] = []


def register(drop: Callable[[UUID], None]) -> None:
    """`drop(owner)` forgets what an app keeps in memory of an account's texts and keys."""
    _droppers.append(drop)


def watch(owner_id: UUID) -> None:
    """This process has opened a locked account: look from now on whether it is still open."""
    with _guard:
        _watched.add(owner_id)
        if not any(thread.is_alive() for thread in _running):
            _running[:] = [threading.Thread(target=_look, daemon=True, name="closing")]
            _running[0].start()


def close(owner_id: UUID) -> None:
    """Drop everything of an account, here and now."""
    with _guard:
        _watched.discard(owner_id)
    for drop in _droppers:
        drop(owner_id)


def _look() -> None:
    pause = threading.Event()
    while not pause.wait(LOOK_SECONDS):
        with _guard:
            owners = set(_watched)
            if not owners:
                _running.clear()
                return
        for owner_id in owners:
            if opened.kept(owner_id) is None and opened.lent(owner_id) is None:
                close(owner_id)
