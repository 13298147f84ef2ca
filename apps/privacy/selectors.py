"""Reading what was found."""

from __future__ import annotations

from uuid import UUID

import msgspec

from apps.accounts.vault import Vault
from apps.privacy.ledger import Entry
from apps.privacy.models import Consent, Ledger

_DECODE = msgspec.msgpack.Decoder(list[Entry]).decode


def ledger(vault: Vault, subject: UUID) -> list[Entry]:
    """The entries of a subject's ledger."""
    row = Ledger.objects.filter(owner_id=vault.owner_id, subject=subject).select_related("item").first()
    return _DECODE(vault.read(row.item)) if row else []


def agreed(owner_id: UUID, subject: UUID) -> bool:
    """Whether somebody's word stands for this persona."""
    return Consent.objects.filter(owner_id=owner_id, subject=subject, ended_at=None).exists()
