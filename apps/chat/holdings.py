"""What the chat holds: conversations with personas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.chat import selectors, services
from apps.chat.models import Conversation, Turn


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    for row in Conversation.objects.filter(owner_id=owner_id).order_by("created_at"):
        facts = {
            "title": selectors.title(vault, row), "kind": row.kind, "seats": selectors.seats(vault, row), "generated": True,
            "note": "Lines of the persona were made by an AI imitation.",
            "turns": [selectors.view(vault, row, t) for t in selectors.shown(row)],
        }  # fmt: skip
        yield f"talks/{row.pk}.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()


def _erase(owner_id: UUID) -> None:
    for row in Conversation.objects.filter(owner_id=owner_id):
        services.delete(conversation=row)


def _count(owner_id: UUID) -> dict[str, int]:
    talks, turns = Conversation.objects.filter(owner_id=owner_id), Turn.objects.filter(owner_id=owner_id)
    return {"talks": talks.count(), "turns": turns.count()}


HOLDING = Holding("chat", 5, _export, _erase, _count)
