"""What the account itself holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from apps.accounts.models import SealedObject, User
from apps.accounts.registry import Entry, Holding


def _export(owner_id: UUID) -> Iterator[Entry]:
    user = User.objects.get(pk=owner_id)
    rows = EmailAddress.objects.filter(user_id=owner_id).order_by("pk")
    addresses = [{"email": a.email, "verified": a.verified, "primary": a.primary} for a in rows]
    facts = {"email": user.email, "joined": user.date_joined.isoformat(), "addresses": addresses}
    yield "account.json", json.dumps(facts, indent=1).encode()
    # the names whose hashes the receipt of an erasure lists, so that it can be compared with what one once took along
    items = SealedObject.objects.filter(owner_id=owner_id).order_by("created_at")
    objects = [{"name": item.name, "kind": item.kind, "bytes": item.size} for item in items]
    yield "objects.json", json.dumps(objects, indent=1).encode()


def _erase(owner_id: UUID) -> None:
    """Rows that hang on the user (addresses, authenticators) go with the user row itself."""


def _count(owner_id: UUID) -> dict[str, int]:
    return {
        "addresses": EmailAddress.objects.filter(user_id=owner_id).count(),
        "second_factors": Authenticator.objects.filter(user_id=owner_id).count(),
    }


HOLDING = Holding("accounts", 0, _export, _erase, _count)
