"""What a version has learnt from, and whether that is still what the corpus says.

Nothing is pushed down to versions when the corpus changes; the manifest holds keyed hashes and ids only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import selectors as archives
from apps.archives.models import Conversation, Forgotten, Person, Source
from apps.personas.dataset import Chat
from apps.personas.models import Correction, UsedArchive, Version
from apps.privacy.scrub import registry as detectors

FORGOTTEN = "It has learnt from somebody whom you have forgotten since."
DELETED = "It has learnt from messages that were deleted since."
LEFT_OUT = "It has learnt from people, chats or a period that you have left out since."
DECIDED = "It has learnt from texts that were scrubbed anew since, as you decided."


CORRECTED = "It has learnt from a correction that you have removed since."


def write(
    vault: Vault, version: Version, found: list[tuple[Conversation, Chat, list[str]]], corrected: Sequence[str] = ()
) -> None:
    """Which records, under which boundaries and rules: sealed, and exact enough to repeat the training."""
    manifest = {
        "records": {str(row.pk): ids for row, _, ids in found},
        "versions": {str(row.pk): row.version for row, _, _ in found},
        "boundaries": {chat.id: [chat.validate_from, chat.test_from, chat.test_to] for _, chat, _ in found},
        "texts": {str(row.pk): mark(vault, ids, [line.bubble.text for line in chat.lines]) for row, chat, ids in found},
        "handles": handles(vault, found),
        "window": list(archives.period(vault.owner_id)),
        "detectors": detectors.VERSION,
        "context": version.config.get("context", ""),
        "corrections": list(corrected),
    }
    with vault.create("manifest") as (item, writer):
        writer.write(msgspec.msgpack.encode(manifest))
    uploads = Source.objects.filter(conversation__in=[row.pk for row, _, _ in found]).values_list("archive", flat=True)
    with transaction.atomic():
        old, version.manifest = version.manifest, item
        version.save(update_fields=["manifest"])
        vaults.delete(old)
        UsedArchive.objects.bulk_create(
            [UsedArchive(version=version, archive=pk) for pk in set(uploads)], ignore_conflicts=True
        )


def held_out(vault: Vault, version: Version) -> dict[str, tuple[float, float, float]]:
    """What versions of the same era of the same person hold out, by chat, so that no later one learns it; the newest counts."""
    era = [version.config.get(end) for end in ("since", "until")]
    rows = Version.objects.filter(persona__person=version.persona.person).exclude(manifest=None).select_related("manifest")
    found: dict[str, tuple[float, float, float]] = {}
    for row in rows.order_by("created_at"):
        if [row.config.get(end) for end in ("since", "until")] == era and row.manifest is not None:
            kept = msgspec.msgpack.decode(vault.read(row.manifest)).get("boundaries", {})
            found |= {chat: (a, b, c) for chat, (a, b, c) in kept.items() if isfinite(a)}
    return found


def handles(vault: Vault, found: Iterable[tuple[Conversation, Any, list[str]]]) -> list[str]:
    """Whose words a training reads: ids of handles."""
    made: set[str] = set()
    for row, _, ids in found:
        used = set(ids)
        made.update(r.handle for r in archives.records(vault, row) if r.id in used)
    return sorted(made)


def mark(vault: Vault, ids: Sequence[str], texts: Sequence[str]) -> str:
    """A keyed hash of messages as they are read."""
    return vault.fingerprint("learnt", "\0".join(f"{pk} {text}" for pk, text in zip(ids, texts, strict=True))).hex()


def why(vault: Vault, version: Version) -> str:
    """One of the sentences above, the gravest; empty when nothing has changed for it."""
    return next(reasons(vault, version), "")


def reasons(vault: Vault, version: Version) -> Iterator[str]:
    """All of the sentences above that hold, the gravest first; behind one of the first two nothing else matters."""
    if version.manifest is None:
        return
    manifest = msgspec.msgpack.decode(vault.read(version.manifest))
    used = {UUID(hex=h) for h in manifest.get("handles", [])}
    if Forgotten.objects.filter(owner_id=vault.owner_id, pk__in=used).exists():
        yield FORGOTTEN
        return
    rows = {str(r.pk): r for r in Conversation.objects.filter(owner_id=vault.owner_id).select_related("transcript")}
    changed = [_changed(vault, manifest, rows.get(pk), pk) for pk in manifest["records"]]
    if DELETED in changed:
        yield DELETED
        return
    if any(rows[pk].left_out for pk in manifest["records"]) or _silent(vault, manifest, used):
        yield LEFT_OUT
    if DECIDED in changed:
        yield DECIDED
    if Correction.objects.filter(pk__in=manifest.get("corrections", [])).count() < len(manifest.get("corrections", [])):
        yield CORRECTED


def _silent(vault: Vault, manifest: dict[str, Any], used: set[UUID]) -> bool:
    """Whether somebody whose words it read, or a part of the period, is left out now."""
    since, until = archives.period(vault.owner_id)
    first, last = manifest.get("window", [since, until])
    silent = Person.objects.filter(owner_id=vault.owner_id, left_out=True, handles__in=used)
    return since > first or until < last or silent.exists()


def _changed(vault: Vault, manifest: dict[str, Any], row: Conversation | None, pk: str) -> str:
    """What became of one conversation; its transcript is read only where it was written anew."""
    if row is None:
        return DELETED
    if manifest.get("versions", {}).get(pk, row.version) == row.version:
        return ""
    ids = manifest["records"][pk]
    texts = {r.id: r.text for r in archives.records(vault, row)}
    if any(i not in texts for i in ids):
        return DELETED
    marks = manifest.get("texts", {})
    return DECIDED if marks.get(pk) != mark(vault, ids, [texts[i] for i in ids]) else ""
