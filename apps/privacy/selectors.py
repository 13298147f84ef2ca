"""Reading what was found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Max
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.privacy.ledger import Entry, Suggested
from apps.privacy.models import TAKEN_BACK, Consent, Decision, Ledger, NameMap
from apps.privacy.scrub.known import BY_ITS_OWNER
from apps.privacy.scrub.names import Pair
from apps.privacy.scrub.normal import normals
from apps.privacy.scrub.policy import Policy
from apps.privacy.scrub.wording import Usage
from apps.privacy.standing import Standing, judged

_DECODE = msgspec.msgpack.Decoder(list[Entry]).decode


def ledger(vault: Vault, subject: UUID) -> list[Entry]:
    """The entries of a subject's ledger."""
    row = Ledger.objects.filter(owner_id=vault.owner_id, subject=subject).select_related("item").first()
    return _entries(vault, row) if row else []


def _entries(vault: Vault, row: Ledger) -> list[Entry]:
    try:
        return _DECODE(vault.read(row.item))
    except FileNotFoundError:
        if Ledger.objects.filter(pk=row.pk).exists():
            raise  # not because it was burnt or written anew in between
        return ledger(vault, row.subject)


def standing(owner_id: UUID, subject: UUID) -> Standing:
    """Whether a persona may talk now, and whether it may leave its owner's session."""
    rows = Consent.objects.filter(owner_id=owner_id, subject=subject, answered_at__isnull=False)
    given = rows.values_list("answered_at", "created_at", "basis", "state", "until")  # few; a query without order costs half
    *_, basis, state, until = max(given, key=lambda row: row[:2], default=("", "", None))
    return judged(basis, state, until, timezone.now())


def may_leave(owner_id: UUID, subject: UUID) -> bool:
    """Whether a persona may be shared, exported for others or bridged; `standing(…).stays` says why not."""
    return standing(owner_id, subject).may_leave


def asked(owner_id: UUID, subject: UUID) -> bool:
    """Whether a link waits for its answer."""
    rows = Consent.objects.filter(owner_id=owner_id, subject=subject, state=Consent.State.ASKED)
    return rows.filter(until__gt=timezone.now()).exists()


def by_link(token: str) -> Consent | None:
    """The consent that a link names."""
    return Consent.objects.filter(token__in=vaults.site_fingerprints("consent", token)).first()


def about(vault: Vault, row: Consent) -> dict[str, Any]:
    """What was asked or attested; empty for words given before that was kept."""
    return dict(vault.unseal(row, "about", row.about) or {})


def decisions(vault: Vault) -> list[tuple[Decision, str, str]]:
    """The owner's decisions with kind and value, newest first."""
    rows = Decision.objects.filter(owner_id=vault.owner_id).exclude(about=TAKEN_BACK).order_by("-decided_at")
    opened = [(row, vault.unseal(row, "about", row.about)) for row in rows]
    return [(row, about["kind"], about["value"]) for row, about in opened]


def held(vault: Vault, value: str) -> bool:
    """Whether any ledger holds a value, in any spelling."""
    forms = normals(value)
    return any(not forms.isdisjoint(normals(entry.value)) for entry in ledgers(vault))


def policy(vault: Vault) -> Policy:
    """The decisions as the scrubber takes them."""
    made = Policy()
    for row, kind, value in decisions(vault):
        if row.action == Decision.Action.KEEP:
            made.kept.update(normals(value))
        elif row.action == Decision.Action.TAKE:
            made.denied.append((kind, value))
        elif row.action == Decision.Action.KIND:
            made.kinds.update(dict.fromkeys(normals(value), kind))
        else:
            made.confirmed.append((kind, value))
    return made


def undecided_work(owner_id: UUID) -> int:
    """How many decisions, or decisions taken back, wait to be applied."""
    return Decision.objects.filter(owner_id=owner_id, applied=False).count()


def taken_back(owner_id: UUID) -> bool:
    """Whether something may still be scrubbed with a decision that was taken back."""
    return Decision.objects.filter(owner_id=owner_id, about=TAKEN_BACK).exists()


def decided(owner_id: UUID) -> dict[UUID, datetime]:
    """When each decision was made, or taken back."""
    return dict(Decision.objects.filter(owner_id=owner_id).values_list("pk", "decided_at"))


def ledgers(vault: Vault) -> Iterator[Entry]:
    """Everything that was replaced in any conversation of the account."""
    for row in Ledger.objects.filter(owner_id=vault.owner_id).select_related("item"):
        yield from _entries(vault, row)


def standing_by_themselves(vault: Vault) -> Iterator[Entry]:
    """The same without what went only because the owner said so, where this was taken back: it would bring itself back."""
    rows = Decision.objects.filter(owner_id=vault.owner_id, about=TAKEN_BACK)
    given_back = {bytes(row) for row in rows.values_list("fingerprint", flat=True)}
    for entry in ledgers(vault):
        by_owner = entry.kind == BY_ITS_OWNER and given_back
        if not by_owner or given_back.isdisjoint(vault.fingerprint("decision", form) for form in normals(entry.value)):
            yield entry


def ledgers_left(owner_id: UUID) -> int:
    """How many conversations have a ledger: fewer once they are burnt."""
    return Ledger.objects.filter(owner_id=owner_id).count()


def ledgers_stand(owner_id: UUID) -> str:
    """Equal as long as no ledger was written or burnt, and nothing decided."""
    rows = Ledger.objects.filter(owner_id=owner_id)
    newest = rows.aggregate(n=Max("created_at"))["n"]
    return f"{rows.count()} {newest} {decisions_stand(owner_id)}"


def decisions_stand(owner_id: UUID) -> str:
    """Equal as long as nothing was decided or undone."""
    there = Decision.objects.filter(owner_id=owner_id).aggregate(count=Count("pk"), newest=Max("decided_at"))
    return f"{there['count']} {there['newest']}"


def names(vault: Vault) -> list[Pair]:
    """Which surrogate stands for which name."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    return [Pair(*p) for p in vault.unseal(row, "pairs", row.pairs)] if row else []


def suggested(vault: Vault) -> list[Suggested] | None:
    """What may be a name, as it was found last; None when nobody has looked."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    found = vault.unseal(row, "suggested", row.suggested) if row and row.suggested else None
    return None if found is None else [Suggested(*one) for one in found]


def usage(vault: Vault) -> Usage:
    """How often the names of the account were met in all that was read so far."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    return Usage.opened(vault.unseal(row, "usage", row.usage)) if row and row.usage else Usage()


def names_stand(owner_id: UUID) -> str:
    """Equal as long as no surrogate was given or taken away."""
    return str(NameMap.objects.filter(owner_id=owner_id).aggregate(n=Max("changed_at"))["n"])
