"""Writing and forgetting ledgers and consent."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec
from django.db import transaction

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.privacy.ledger import Entry
from apps.privacy.models import Consent, Ledger
from apps.privacy.scrub import registry


def write_ledger(*, vault: Vault, subject: UUID, entries: Iterable[Entry]) -> None:
    """Replace the ledger of a subject; an empty one is removed."""
    rows = list(entries)
    if not rows:
        forget(owner_id=vault.owner_id, subject=subject)
        return
    with vault.create("ledger") as (item, writer):
        writer.write(msgspec.msgpack.encode(rows))
    with transaction.atomic():
        forget(owner_id=vault.owner_id, subject=subject)
        Ledger.objects.create(owner_id=vault.owner_id, subject=subject, item=item, detectors=registry.VERSION)


def forget(*, owner_id: UUID, subject: UUID) -> None:
    """Destroy the ledger of a subject: what was replaced can never be put back."""
    for ledger in Ledger.objects.filter(owner_id=owner_id, subject=subject).select_related("item"):
        item = ledger.item
        ledger.delete()
        vaults.delete(item)


def consent(*, owner_id: UUID, subject: UUID, basis: str) -> Consent:
    """Keep somebody's word."""
    return Consent.objects.create(owner_id=owner_id, subject=subject, basis=Consent.Basis(basis))


def withdraw(*, owner_id: UUID, subject: UUID) -> None:
    """The persona is gone, and the words given for it."""
    Consent.objects.filter(owner_id=owner_id, subject=subject).delete()
