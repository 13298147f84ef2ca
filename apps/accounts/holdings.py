"""What the account itself holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.registry import Entry, Holding


def _export(owner_id: UUID) -> Iterator[Entry]:
    user = User.objects.get(pk=owner_id)
    facts = {"email": user.email, "joined": user.date_joined.isoformat()}
    yield "account.json", json.dumps(facts, indent=1).encode()


def _erase(owner_id: UUID) -> None:
    """Rows that hang on the user (addresses, authenticators) go with the user row itself."""


HOLDING = Holding("accounts", 0, _export, _erase)
