"""When the key of a locked account goes, every process drops what it holds opened of that account."""

from __future__ import annotations

import threading
from uuid import UUID

from apps.accounts import opened
from apps.accounts.hooks import Hook

LOOK_SECONDS = 15.0
#: `dropping(owner)`: whoever hears it forgets what an app keeps in memory of an account's texts and keys.
dropping: Hook[[UUID]] = Hook()
_watched: set[UUID] = set()
_guard = threading.Lock()
_running: list[threading.Thread] = []


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
    dropping(owner_id)


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
