"""Who above must know that ledgers are burnt."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.hooks import Hook

#: `before(owner)`: the ledgers of an account are about to be destroyed. Whoever hears it sees to it, in the transaction of the
#: burning, that nothing which was read before is written afterwards.
before: Hook[[UUID]] = Hook()
