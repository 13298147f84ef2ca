"""Reading what was found."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec
from django.db.models import Max

from apps.accounts.vault import Vault
from apps.privacy.ledger import Entry
from apps.privacy.models import Consent, Decision, Ledger, NameMap
from apps.privacy.scrub.known import normal
from apps.privacy.scrub.names import Pair
from apps.privacy.scrub.policy import Policy

_DECODE = msgspec.msgpack.Decoder(list[Entry]).decode


def ledger(vault: Vault, subject: UUID) -> list[Entry]:
    """The entries of a subject's ledger."""
    row = Ledger.objects.filter(owner_id=vault.owner_id, subject=subject).select_related("item").first()
    return _DECODE(vault.read(row.item)) if row else []


def agreed(owner_id: UUID, subject: UUID) -> bool:
    """Whether somebody's word stands for this persona."""
    return Consent.objects.filter(owner_id=owner_id, subject=subject, ended_at=None).exists()


def decisions(vault: Vault) -> list[tuple[Decision, str, str]]:
    """The owner's decisions with kind and value, newest first."""
    rows = Decision.objects.filter(owner_id=vault.owner_id).order_by("-decided_at")
    opened = [(row, vault.unseal(row, "about", row.about)) for row in rows]
    return [(row, about["kind"], about["value"]) for row, about in opened]


def policy(vault: Vault) -> Policy:
    """The decisions as the scrubber takes them."""
    made = Policy()
    for row, kind, value in decisions(vault):
        if row.action == Decision.Action.KEEP:
            made.kept.add(normal(kind, value))
        elif row.action == Decision.Action.TAKE:
            made.denied.append((kind, value))
        else:
            made.kinds[normal(kind, value)] = kind
    return made


def undecided_work(owner_id: UUID) -> int:
    """How many decisions wait to be applied."""
    return Decision.objects.filter(owner_id=owner_id, applied=False).count()


def ledgers(vault: Vault) -> Iterator[Entry]:
    """Everything that was replaced in any conversation of the account."""
    for row in Ledger.objects.filter(owner_id=vault.owner_id).select_related("item"):
        yield from _DECODE(vault.read(row.item))


def ledgers_stand(owner_id: UUID) -> str:
    """Equal as long as no ledger was written or burnt, and nothing decided."""
    rows = Ledger.objects.filter(owner_id=owner_id)
    newest = rows.aggregate(n=Max("created_at"))["n"]
    decided = Decision.objects.filter(owner_id=owner_id).aggregate(n=Max("decided_at"))["n"]
    return f"{rows.count()} {newest} {decided}"


def names(vault: Vault) -> list[Pair]:
    """Which surrogate stands for which name."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    return [Pair(*p) for p in vault.unseal(row, "pairs", row.pairs)] if row else []


def names_stand(owner_id: UUID) -> str:
    """Equal as long as no surrogate was given or taken away."""
    return str(NameMap.objects.filter(owner_id=owner_id).aggregate(n=Max("changed_at"))["n"])
