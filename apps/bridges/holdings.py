"""What the bridges hold: keys and links, without their tokens. Of what is said through them nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts import portable
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.bridges import selectors
from apps.bridges.models import Door


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault, rows = open_vault(owner_id), Door.objects.filter(owner_id=owner_id).order_by("created_at")
    facts = [
        {
            "kind": d.kind, "title": selectors.title(vault, d), "persona": str(d.persona_id), "uses": d.uses,
            "made": d.created_at.isoformat(), "until": d.until.isoformat() if d.until else None,
            "ended": d.ended_at.isoformat() if d.ended_at else None,
            "last_used": d.used_at.isoformat() if d.used_at else None,
        }
        for d in rows
    ]  # fmt: skip
    yield "doors.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
    yield portable.table(vault, rows)


def _restore(vault: Vault, bundle: Bundle, ids: portable.Ids) -> None:
    """The history only: a token belongs to the account that gave it out."""
    for facts in bundle.rows("bridges.Door"):
        portable.make(vault, Door, facts, ids, token=None)


def _erase(owner_id: UUID) -> None:
    Door.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    return {"doors": Door.objects.filter(owner_id=owner_id).count()}


HOLDING = Holding("bridges", 6, _export, _erase, _count, _restore)
