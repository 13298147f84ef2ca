"""What privacy holds: ledgers, decisions and consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

import msgspec

from apps.accounts import portable
from apps.accounts import vault as vaults
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.privacy import ledger as ledgers
from apps.privacy import selectors
from apps.privacy.models import TAKEN_BACK, Consent, Decision, Ledger, NameMap


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    for row in Ledger.objects.filter(owner_id=owner_id):
        entries = [msgspec.structs.asdict(e) for e in selectors.ledger(vault, row.subject)]
        yield f"replaced/{row.subject}.json", json.dumps(entries, ensure_ascii=False).encode()
    words = [
        {
            "persona": str(c.subject),
            "basis": c.basis,
            "state": c.state,
            "at": c.created_at.isoformat(),
            "until": c.until.isoformat() if c.until else None,
            "about": selectors.about(vault, c),
            "answered_at": c.answered_at.isoformat() if c.answered_at else None,
        }
        for c in Consent.objects.filter(owner_id=owner_id)
    ]
    said = [{"kind": kind, "value": value, "action": row.action} for row, kind, value in selectors.decisions(vault)]
    pairs = [{"name": p.real, "surrogate": p.stand, "part": p.part} for p in selectors.names(vault)]
    yield "names.json", json.dumps(pairs, indent=1, ensure_ascii=False).encode()
    yield "decisions.json", json.dumps(said, indent=1, ensure_ascii=False).encode()
    yield "consent.json", json.dumps(words, indent=1, ensure_ascii=False).encode()
    for model in (Ledger, Decision, Consent, NameMap):
        yield portable.table(vault, model._default_manager.filter(owner_id=owner_id))


def _restore(vault: vaults.Vault, bundle: Bundle, ids: portable.Ids) -> None:
    for facts in bundle.rows("privacy.Ledger"):
        entries = json.loads(b"".join(bundle.pieces(f"replaced/{facts['subject']}.json")))
        with vault.create("ledger") as (item, writer):
            writer.write(msgspec.msgpack.encode([ledgers.Entry(**ids.inside(e)) for e in entries]))
        portable.make(vault, Ledger, facts, ids, item=item)
    for facts in bundle.rows(Decision._meta.label):
        portable.make(vault, Decision, facts, ids, **({} if facts.get("about") else {"about": TAKEN_BACK}))
    for facts in bundle.rows(NameMap._meta.label):
        portable.make(vault, NameMap, facts, ids)
    for facts in bundle.rows(Consent._meta.label):
        if _state(facts) != Consent.State.ASKED:
            portable.make(vault, Consent, facts | _without_link(facts), ids, token=None)


def _state(facts: portable.Facts) -> str:
    """Rows of before were given, as the column's default says."""
    return str(facts.get("state") or Consent.State.GIVEN)


def _without_link(facts: portable.Facts) -> portable.Facts:
    """A link belongs to the account that gave it out. Nobody can take back here what was agreed by it, so it is not agreed here;
    a no stays a no, and what had an end keeps it."""
    agreed = facts["basis"] == Consent.Basis.LINK and _state(facts) == Consent.State.GIVEN
    return {"basis": Consent.Basis.NONE.value} if agreed else {}


def _erase(owner_id: UUID) -> None:
    for row in Ledger.objects.filter(owner_id=owner_id).select_related("item"):
        item = row.item
        row.delete()
        vaults.delete(item)
    Decision.objects.filter(owner_id=owner_id).delete()
    NameMap.objects.filter(owner_id=owner_id).delete()
    Consent.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    models = {"ledgers": Ledger, "decisions": Decision, "consents": Consent, "tables of names": NameMap}
    return {name: model._default_manager.filter(owner_id=owner_id).count() for name, model in models.items()}


HOLDING = Holding("privacy", 2, _export, _erase, _count, _restore)
