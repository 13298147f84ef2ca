"""Who above must clean up before a persona goes."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.hooks import Hook

#: `before(persona)`: it is about to be deleted; whoever hears it deletes what hangs on it.
before: Hook[[UUID]] = Hook()
