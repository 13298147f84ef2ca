"""What the chat holds: conversations with personas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts import portable
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
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
    yield portable.table(vault, Conversation.objects.filter(owner_id=owner_id))
    yield "rows/chat.Turn.jsonl", _turns(vault)


def _turns(vault: Vault) -> Iterator[bytes]:
    """Turns with their words; they are sealed with the conversation's key."""
    for turn in Turn.objects.filter(owner_id=vault.owner_id).select_related("conversation").order_by("pk").iterator():
        said = selectors.body(vault, turn.conversation, turn) if turn.body else None
        yield portable.line({**portable.dump(vault, turn), "body": said})


def _restore(vault: Vault, bundle: Bundle, ids: portable.Ids) -> None:
    for facts in bundle.rows("chat.Conversation"):
        portable.make(vault, Conversation, facts, ids)
    talks = {row.pk: row for row in Conversation.objects.filter(owner_id=vault.owner_id)}
    for facts in bundle.rows("chat.Turn"):
        if facts["state"] in Turn.LIVE:
            facts["state"] = Turn.State.INTERRUPTED
        talk, place = talks[ids.new(facts["conversation_id"])], Turn(id=ids.new(facts["id"]))
        body = selectors.sealed_body(vault, talk, place, ids.inside(facts["body"])) if facts["body"] else None
        portable.make(vault, Turn, facts, ids, body=body)


def _erase(owner_id: UUID) -> None:
    for row in Conversation.objects.filter(owner_id=owner_id):
        services.delete(conversation=row)


def _count(owner_id: UUID) -> dict[str, int]:
    talks, turns = Conversation.objects.filter(owner_id=owner_id), Turn.objects.filter(owner_id=owner_id)
    return {"talks": talks.count(), "turns": turns.count()}


HOLDING = Holding("chat", 5, _export, _erase, _count, _restore)
