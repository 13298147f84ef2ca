"""Writing and forgetting ledgers and consent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.privacy import burning
from apps.privacy.ledger import Entry, Suggested
from apps.privacy.models import TAKEN_BACK, Consent, Decision, Ledger, NameMap
from apps.privacy.scrub import known, registry
from apps.privacy.scrub.names import Pair
from apps.privacy.scrub.normal import normal, normals
from apps.privacy.scrub.wording import Usage
from apps.privacy.standing import Asked

#: Decisions that only say something of what was found.
OF_FOUND = (Decision.Action.SEEN, Decision.Action.KIND)


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


def consent(*, vault: Vault, subject: UUID, basis: str, attested: str = "", days: int | None = None) -> Consent:
    """Keep the owner's word: that it is them, what they attest for a memorial, or that nobody has agreed."""
    row = _consent(vault, subject, Consent.Basis(basis), {"attested": attested}, days)
    row.state, row.answered_at = Consent.State.GIVEN, timezone.now()
    row.save(force_insert=True)
    return row


def ask(*, vault: Vault, subject: UUID, about: Asked, days: int) -> str:
    """A link's token for somebody to answer by; it is told once and kept only as a hash. Unanswered links end here."""
    token = secrets.token_urlsafe(24)
    row = _consent(vault, subject, Consent.Basis.LINK, msgspec.structs.asdict(about), days)
    row.state, row.token = Consent.State.ASKED, vaults.site_fingerprints("consent", token)[0]
    with transaction.atomic():
        Consent.objects.filter(owner_id=vault.owner_id, subject=subject, state=Consent.State.ASKED).delete()
        row.save(force_insert=True)
    return token


def _consent(vault: Vault, subject: UUID, basis: str, about: dict[str, Any], days: int | None) -> Consent:
    row = Consent(id=uuid4(), owner_id=vault.owner_id, subject=subject, basis=basis, wrapped_key=vault.new_wrapped())
    row.about = vault.seal(row, "about", about)
    row.until = timezone.now() + timedelta(days=days) if days else None
    return row


#: What the holder of a link may say, and from which states.
ANSWERS: dict[str, tuple[str, set[str]]] = {
    "agree": (Consent.State.GIVEN, {Consent.State.ASKED, Consent.State.DECLINED, Consent.State.REVOKED}),
    "decline": (Consent.State.DECLINED, {Consent.State.ASKED}),
    "revoke": (Consent.State.REVOKED, {Consent.State.GIVEN}),
}


def answer(*, row: Consent, word: str) -> bool:
    """Keep what the holder of a link says; False when it cannot be said (any more)."""
    state, before = ANSWERS.get(word, ("", set()))
    now = timezone.now()
    rows = Consent.objects.filter(pk=row.pk, basis=Consent.Basis.LINK, state__in=before, until__gt=now)
    return bool(rows.update(state=state, answered_at=now)) if state else False


def withdraw(*, owner_id: UUID, subject: UUID) -> None:
    """The persona is gone, and the words given for it."""
    Consent.objects.filter(owner_id=owner_id, subject=subject).delete()


def decide(*, vault: Vault, kind: str, value: str, action: str) -> Decision:
    """Keep the owner's decision about a value; a later one about the same value replaces it."""
    key = vault.fingerprint("decision", normal(kind, value))
    row = Decision.objects.filter(owner_id=vault.owner_id, fingerprint=key).first()
    row = row or Decision(id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), fingerprint=key)
    seen = Decision.Action.SEEN
    another = row.action not in ("", seen) or (row.action == seen and not row.applied)
    changes = action != seen or another or known.spreads(kind, value)
    row.about = vault.seal(row, "about", {"kind": kind, "value": value})
    row.action, row.applied = Decision.Action(action).value, not changes
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the same was said a moment ago: the button was pressed twice
        return decide(vault=vault, kind=kind, value=value, action=action)
    return row


def undecide(*, row: Decision) -> None:
    """Forget a decision."""
    row.delete()


def take_back(*, row: Decision) -> None:
    """What was decided counts no longer. Nothing of it is left but that conversations wait to be scrubbed without it."""
    Decision.objects.filter(pk=row.pk).update(**_nothing())


def release(*, vault: Vault, kind: str, value: str) -> None:
    """What was taken back is in conversations under these fingerprints, too: in another spelling, or in a link."""
    for form in known.forms(kind, value):
        there = {"owner_id": vault.owner_id, "fingerprint": vault.fingerprint("decision", form)}
        if not Decision.objects.filter(about=TAKEN_BACK, **there).update(**_nothing()):
            new = {**_nothing(), "id": uuid4(), "wrapped_key": vault.new_wrapped()}
            Decision.objects.get_or_create(defaults=new, **there)  # what is decided otherwise stays


def _nothing() -> dict[str, Any]:
    return {"about": TAKEN_BACK, "action": Decision.Action.SEEN, "applied": False, "decided_at": timezone.now()}


def applied(*, owner_id: UUID, decided: Mapping[UUID, datetime]) -> None:
    """Every conversation was scrubbed with these decisions; not with what was said about the same values since."""
    for pk in Decision.objects.filter(owner_id=owner_id, applied=False, pk__in=list(decided)).values_list("pk", flat=True):
        as_it_was = Decision.objects.filter(pk=pk, decided_at=decided[pk])
        as_it_was.filter(about=TAKEN_BACK).delete()
        as_it_was.update(applied=True)


def keep_names(*, vault: Vault, pairs: Iterable[Pair], usage: Usage | None = None) -> None:
    """Keep which surrogate stands for which name, and with `usage` how often those names were met."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    row = row or NameMap(id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped())
    kept = list(pairs)
    row.pairs = vault.seal(row, "pairs", [[p.real, p.stand, p.part] for p in kept])
    if usage is None and row.usage:
        usage = Usage.opened(vault.unseal(row, "usage", row.usage))
    if usage is not None:  # nothing of names that are gone
        row.usage = vault.seal(row, "usage", usage.of_names(p.real for p in kept))
    row.save()


def suggest(*, vault: Vault, found: Iterable[Suggested]) -> None:
    """Keep what may be a name until somebody looks again."""
    row = NameMap.objects.filter(owner_id=vault.owner_id).first()
    fresh = row is None
    row = row or NameMap(id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped())
    row.suggested = vault.seal(row, "suggested", [[s.kind, s.value, s.count, s.conversations] for s in found])
    if fresh:
        row.pairs = vault.seal(row, "pairs", [])
        row.save()
    else:
        row.save(update_fields=["suggested"])


def forget_suggested(*, owner_id: UUID) -> None:
    """Forget what may be a name: texts in which it stood are gone."""
    NameMap.objects.filter(owner_id=owner_id).update(suggested=None)


def forget_names(*, owner_id: UUID) -> None:
    """Forget all surrogates: no text is left in which they stand."""
    NameMap.objects.filter(owner_id=owner_id).delete()


def burn(*, owner_id: UUID) -> None:
    """Destroy all ledgers of an account: from now on nobody can tell what stood there, and nothing can be put back.

    What was looked at or marked as another kind goes too. The surrogates of the account's own people stay: their names are listed
    under People until they are deleted there; so do the owner's lists of what always and never goes. Work that is under way does
    not bring anything back.
    """
    with transaction.atomic():
        burning.before(owner_id)  # first: who is writing has written then, or begins again
        for ledger in Ledger.objects.filter(owner_id=owner_id):
            forget(owner_id=owner_id, subject=ledger.subject)
        forget_suggested(owner_id=owner_id)
        _looked_at(owner_id).delete()


def forget_looked_at(*, vault: Vault, held: Iterable[Entry]) -> None:
    """Forget what the owner said of values that are not held in any ledger any more: that alone would keep them."""
    rows = _looked_at(vault.owner_id)
    if not rows.exists():
        return
    there = set().union(*(normals(entry.value) for entry in held))
    for row in rows:
        about = vault.unseal(row, "about", row.about)
        if there.isdisjoint(known.forms(about["kind"], about["value"])):
            row.delete()


def _looked_at(owner_id: UUID) -> QuerySet[Decision]:
    """Decisions that only say something of what was found; the owner's two lists stand by themselves."""
    return Decision.objects.filter(owner_id=owner_id, action__in=OF_FOUND).exclude(about=TAKEN_BACK)


def sweep() -> None:
    """The retention clock: ledgers, and what was said of what they held, go when nothing was read or decided for so many days."""
    oldest = timezone.now() - timedelta(days=settings.LEDGER_DAYS)
    looked_at = Decision.objects.filter(decided_at__lt=oldest, action__in=OF_FOUND).exclude(about=TAKEN_BACK)
    rows = (Ledger.objects.filter(created_at__lt=oldest), looked_at)
    for owner_id in {owner_id for some in rows for owner_id in some.values_list("owner_id", flat=True)}:
        busy = Ledger.objects.filter(owner_id=owner_id, created_at__gte=oldest).exists()
        if not busy and not Decision.objects.filter(owner_id=owner_id, decided_at__gte=oldest).exists():
            burn(owner_id=owner_id)
