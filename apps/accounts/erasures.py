"""What remains of an erased account for a while: a count of what there was, and the signed receipt made of it."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts import receipts, registry, vault
from apps.accounts.models import Erasure, SealedObject, User, UserKey


def link(owner_id: UUID) -> str:
    """The token under which the receipt will lie: known before, so that a crash between cannot lose it; never stored."""
    return urlsafe_b64encode(hmac.digest(vault.site_key("link of the receipt"), owner_id.bytes, sha256)).decode().rstrip("=")


def found(token: str) -> Erasure | None:
    """The erasure of this link."""
    return Erasure.objects.filter(link=sha256(token.encode()).digest()).first()


def begin(owner_id: UUID) -> None:
    """Write down what there is, once; called in the transaction that destroys the key. Nothing private is in it."""
    if Erasure.objects.filter(owner_id=owner_id).exists():
        return
    items = SealedObject.objects.filter(owner_id=owner_id)
    names, size = [], 0
    for item in items.iterator():
        names.append(item.name)
        size += item.size
    inventory = {
        "had": remains(owner_id),
        "sealed_objects": {"number": len(names), "bytes": size, "sha256_of_names": receipts.hashes(names)},
    }
    token = sha256(link(owner_id).encode()).digest()
    Erasure.objects.create(owner_id=owner_id, link=token, began_at=timezone.now(), inventory=inventory)


def remains(owner_id: UUID) -> dict[str, int]:
    """What is there of an account, by kind; the proof of an erasure is that every number is 0 afterwards."""
    counts: dict[str, int] = {}
    for holding in registry.holdings():
        if holding.count is not None:
            counts |= holding.count(owner_id)
    return counts | {
        "account": User.objects.filter(pk=owner_id).count(),
        "keys": UserKey.objects.filter(owner_id=owner_id).count(),
        "objects": SealedObject.objects.filter(owner_id=owner_id).count(),
        "files": len(vault.orphans(owner_id)),
    }


def finish(owner_id: UUID, left: dict[str, int]) -> None:
    """Sign the receipt and forget whose it was, if nothing is left; else the scheduler tries again."""
    row = Erasure.objects.filter(owner_id=owner_id, ended_at=None).first()
    if row is None or any(left.values()):
        return
    ended = timezone.now()
    document = receipts.signed(vault.site_key("receipts"), _facts(row, ended.isoformat(timespec="seconds"), left))
    Erasure.objects.filter(pk=row.pk, ended_at=None).update(owner_id=None, ended_at=ended, inventory={}, receipt=document)


def _facts(row: Erasure, ended: str, left: dict[str, int]) -> dict[str, Any]:
    return {
        "form": receipts.FORM,
        "what": "An account was erased: its key was destroyed first, then everything else.",
        "began": row.began_at.isoformat(timespec="seconds"),
        "ended": ended,
        **row.inventory,
        "left": left,
    }


def counted(facts: dict[str, Any]) -> list[tuple[str, int, int]]:
    """(what, how many there were, how many are left) of all that there was, in words, for the page."""
    return [(what.replace("_", " "), had, facts["left"].get(what, 0)) for what, had in facts["had"].items() if had]


def pending() -> QuerySet[Erasure]:
    """Erasures that something interrupted."""
    return Erasure.objects.filter(ended_at=None, began_at__lt=timezone.now() - timedelta(seconds=20))


def forget_old() -> None:
    """Receipts are kept for `ERASURE_RECEIPT_DAYS`."""
    Erasure.objects.filter(ended_at__lt=timezone.now() - timedelta(days=settings.ERASURE_RECEIPT_DAYS)).delete()


def public_keys() -> str:
    """The site's public keys as PEM, the one that signs now first."""
    return "".join(receipts.public_pem(seed) for seed in vault.site_keys("receipts"))
