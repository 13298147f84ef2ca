"""What archives hold: scrubbed conversations, people, receipts, and raw uploads until they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from apps.accounts import portable
from apps.accounts import vault as vaults
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.archives import relations, selectors, services, transcripts
from apps.archives.models import Archive, Conversation, Forgotten, Handle, Person, Source, TwoPeople, Upload, Window


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    roster = selectors.roster(vault)
    said = relations.shown(vault)
    people = [
        {"id": str(p.id), "name": p.name, "me": p.is_me, "messages": p.messages, "relation": said.get(p.id, "")}
        for p in roster.ordered()
    ]
    yield "people.json", json.dumps(people, indent=1, ensure_ascii=False).encode()
    for rows in (
        Archive.objects.filter(owner_id=owner_id).exclude(read_at=None),  # one not read yet is not here any more afterwards
        *(
            model._default_manager.filter(owner_id=owner_id)
            for model in (Person, Handle, TwoPeople, Forgotten, Conversation, Window)
        ),
        Source.objects.filter(conversation__owner_id=owner_id, archive__read_at__isnull=False),
    ):
        yield portable.table(vault, rows)
    for archive in Archive.objects.filter(owner_id=owner_id):
        facts = {"files": selectors.names(vault, archive), "receipt": selectors.receipt(vault, archive)}
        yield f"archives/{archive.pk}.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
    for row in Conversation.objects.filter(owner_id=owner_id):
        yield f"conversations/{row.pk}.jsonl", _lines(vault, row, roster)


def _lines(vault: vaults.Vault, row: Conversation, roster: selectors.Roster) -> Iterator[bytes]:
    """The title, then every record as it is kept and who said it."""
    yield portable.line({"title": vault.unseal(row, "title", row.title)})
    for record in selectors.records(vault, row):
        person = roster.people.get(roster.by_handle.get(record.handle, UUID(int=0)))
        facts = {name: getattr(record, name) for name in record.__struct_fields__}
        yield portable.line({"from": person.name if person else "", **facts})


def _restore(vault: vaults.Vault, bundle: Bundle, ids: portable.Ids) -> None:
    for facts in bundle.rows("archives.Archive"):
        portable.make(vault, Archive, facts, ids)
    with transaction.atomic():  # people point at each other
        for model in (Person, Handle, TwoPeople, Forgotten, Window):
            for facts in bundle.rows(model._meta.label):
                portable.make(vault, model, facts, ids)
    for facts in bundle.rows("archives.Conversation"):
        lines = bundle.lines(f"conversations/{facts['id']}.jsonl")
        next(lines, None)
        with vault.create("transcript") as (item, writer):
            transcripts.write(writer, (_record(ids.inside(line)) for line in lines))
        portable.make(vault, Conversation, facts, ids, transcript=item)
    for facts in bundle.rows("archives.Source"):
        portable.make(vault, Source, facts, ids)


def _record(facts: portable.Facts) -> transcripts.Record:
    known = {name: facts[name] for name in transcripts.Record.__struct_fields__ if name in facts}
    return transcripts.Record(**{**known, "marks": [tuple(mark) for mark in facts["marks"]]})


def _erase(owner_id: UUID) -> None:
    for upload in Upload.objects.filter(owner_id=owner_id):
        services.forget_parts(upload)
    for row in Conversation.objects.filter(owner_id=owner_id).select_related("transcript"):
        transcript = row.transcript
        row.delete()
        vaults.delete(transcript)
    for model in (Upload, Archive, Handle, TwoPeople, Person, Forgotten, Window):
        model.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    models = {
        "archives": Archive, "unfinished_uploads": Upload, "conversations": Conversation, "people": Person, "handles": Handle,
        "periods": Window, "forgotten": Forgotten, "told_apart": TwoPeople,
    }  # fmt: skip
    counts = {name: model._default_manager.filter(owner_id=owner_id).count() for name, model in models.items()}
    messages = Conversation.objects.filter(owner_id=owner_id).aggregate(sum=Sum("messages"))["sum"]
    return counts | {"messages": messages or 0}


HOLDING = Holding("archives", 3, _export, _erase, _count, _restore)
