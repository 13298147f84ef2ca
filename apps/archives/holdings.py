"""What archives hold: scrubbed conversations, people, receipts, and raw uploads until they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Sum

from apps.accounts import vault as vaults
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.archives import selectors, services
from apps.archives.models import Archive, Conversation, Handle, Person, Upload, Window


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    roster = selectors.roster(vault)
    people = [{"id": str(p.id), "name": p.name, "me": p.is_me, "messages": p.messages} for p in roster.ordered()]
    yield "people.json", json.dumps(people, indent=1, ensure_ascii=False).encode()
    for archive in Archive.objects.filter(owner_id=owner_id):
        facts = {"files": selectors.names(vault, archive), "receipt": selectors.receipt(vault, archive)}
        yield f"archives/{archive.pk}.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
    for row in Conversation.objects.filter(owner_id=owner_id):
        lines = []
        for record in selectors.records(vault, row):
            person = roster.people.get(roster.by_handle.get(record.handle, UUID(int=0)))
            line = {
                "id": record.id,
                "at": record.at,
                "from": person.name if person else "",
                "kind": record.kind,
                "text": record.text,
            }
            lines.append(json.dumps(line, ensure_ascii=False))
        yield (
            f"conversations/{row.pk}.jsonl",
            "\n".join([json.dumps({"title": vault.unseal(row, "title", row.title)}), *lines]).encode(),
        )


def _erase(owner_id: UUID) -> None:
    for upload in Upload.objects.filter(owner_id=owner_id):
        services.forget_parts(upload)
    for row in Conversation.objects.filter(owner_id=owner_id).select_related("transcript"):
        transcript = row.transcript
        row.delete()
        vaults.delete(transcript)
    for model in (Upload, Archive, Handle, Person, Window):
        model.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    models = {
        "archives": Archive, "unfinished_uploads": Upload, "conversations": Conversation, "people": Person, "handles": Handle,
        "periods": Window,
    }  # fmt: skip
    counts = {name: model._default_manager.filter(owner_id=owner_id).count() for name, model in models.items()}
    messages = Conversation.objects.filter(owner_id=owner_id).aggregate(sum=Sum("messages"))["sum"]
    return counts | {"messages": messages or 0}


HOLDING = Holding("archives", 3, _export, _erase, _count)
