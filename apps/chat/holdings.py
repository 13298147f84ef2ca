"""What the chat holds: conversations with personas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from apps.accounts import portable
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.chat import selectors, services
from apps.chat.models import Conversation, Turn
from apps.personas.models import Version


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    for row in Conversation.objects.filter(owner_id=owner_id).order_by("created_at"):
        facts = {
            "title": selectors.title(vault, row), "kind": row.kind, "seats": selectors.seats(vault, row), "generated": True,
            "note": "Lines of the persona were made by an AI imitation.",
            "turns": [selectors.view(vault, row, t) for t in selectors.shown(row)],
            "also": [selectors.view(vault, row, t) for t in _elsewhere(row)],
        }  # fmt: skip
        yield f"talks/{row.pk}.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
    yield portable.table(vault, Conversation.objects.filter(owner_id=owner_id))
    yield "rows/chat.Turn.jsonl", _turns(vault)


def _turns(vault: Vault) -> Iterator[bytes]:
    """Turns with their words; they are sealed with the conversation's key."""
    for turn in Turn.objects.filter(owner_id=vault.owner_id).select_related("conversation").order_by("pk").iterator():
        said = selectors.body(vault, turn.conversation, turn) if turn.body else None
        yield portable.line({**portable.dump(vault, turn), "body": said})


def _elsewhere(row: Conversation) -> list[Turn]:
    """Other answers and branches that are not shown now."""
    standing = {turn.pk for turn in selectors.shown(row)}
    return [turn for pk, turn in selectors.rows(row).items() if pk not in standing]


@transaction.atomic
def _restore(vault: Vault, bundle: Bundle, ids: portable.Ids) -> None:
    versions = {row.pk: row for row in Version.objects.filter(owner_id=vault.owner_id)}
    heads: dict[str, str | None] = {}
    for facts in bundle.rows("chat.Conversation"):
        version = versions.get(ids.new(facts["version_id"])) if facts.get("version_id") else None
        portable.make(vault, Conversation, facts, ids, head=None, version=version)
        heads[facts["id"]] = facts.get("head_id")
    turns = sorted(bundle.rows("chat.Turn"), key=lambda facts: int(facts["number"]))  # parents before children
    _chain([facts for facts in turns if "parent_id" not in facts], heads)
    _grow(vault, turns, ids)
    for talk, head in heads.items():
        if head is not None:
            turn = Turn.objects.get(pk=ids.new(head), conversation=ids.new(talk))
            Conversation.objects.filter(pk=ids.new(talk)).update(head=turn)


def _chain(turns: list[portable.Facts], heads: dict[str, str | None]) -> None:
    """Turns of exports from before there were branches: one after the other, replaced attempts beside what replaced them."""
    for facts in sorted(turns, key=lambda facts: (facts["number"], not facts["hidden"])):
        facts["parent_id"] = heads[facts["conversation_id"]]
        if not facts["hidden"]:
            heads[facts["conversation_id"]] = facts["id"]


def _grow(vault: Vault, turns: list[portable.Facts], ids: portable.Ids) -> None:
    talks = {row.pk: row for row in Conversation.objects.filter(owner_id=vault.owner_id)}
    made: dict[UUID, Turn] = {}
    for facts in turns:
        if facts["state"] in Turn.LIVE:
            facts["state"] = Turn.State.INTERRUPTED
        talk, pk = talks[ids.new(facts["conversation_id"])], ids.new(facts["id"])
        parent = made[ids.new(facts["parent_id"])] if facts["parent_id"] else None  # a ring of turns ends here
        if parent is not None and parent.conversation_id != talk.pk:
            raise ValueError("a turn of one conversation hangs in another")
        body = selectors.sealed_body(vault, talk, Turn(id=pk), ids.inside(facts["body"])) if facts["body"] else None
        made[pk] = portable.make(vault, Turn, facts, ids, body=body, parent=parent)


def _erase(owner_id: UUID) -> None:
    for row in Conversation.objects.filter(owner_id=owner_id):
        services.delete(conversation=row)


def _count(owner_id: UUID) -> dict[str, int]:
    talks, turns = Conversation.objects.filter(owner_id=owner_id), Turn.objects.filter(owner_id=owner_id)
    return {"talks": talks.count(), "turns": turns.count()}


HOLDING = Holding("chat", 5, _export, _erase, _count, _restore)
