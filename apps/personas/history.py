"""The versions of a persona: what the owner notes about them, which one is current, and each in a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import era, selectors
from apps.personas.models import Persona, Version

LONGEST_NOTE = 300


@dataclass(frozen=True)
class Entry:
    """A version as the page lists it; `likeness` and `leaks` are verdicts, empty where nothing was measured."""

    id: UUID
    number: int
    preset: str
    base: str
    at: datetime | None
    note: str
    likeness: str
    leaks: str
    corrections: int
    facts: dict[str, Any]
    job: Job | None
    ready: bool
    current: bool
    words: bool
    era: str
    whom: str
    stale: str


def entries(vault: Vault, persona: Persona) -> list[Entry]:
    """Every version, the newest first."""
    known = persona.versions.values_list("pk", flat=True)
    trained = {pk: jobs.latest(vault.owner_id, selectors.TRAIN, pk) for pk in known}  # before what they make
    current = selectors.current(persona)
    rows = persona.versions.filter(pk__in=trained).order_by("-number")
    return [_entry(vault, v, trained[v.pk], current is not None and v.pk == current.pk) for v in rows]


def _entry(vault: Vault, v: Version, job: Job | None, current: bool) -> Entry:
    facts = v.facts
    return Entry(
        v.pk, v.number, v.preset, v.config.get("base", ""), v.finished_at, note(vault, v),
        facts.get("likeness", {}).get("verdict", ""), facts.get("leaks", {}).get("verdict", ""), facts.get("corrections", 0),
        facts, job, v.ready, current, v.words_id is not None, era.words(v.config),
        selectors.whom(vault, v), selectors.stale(vault, v) if v.ready and not current else "",
    )  # fmt: skip


def note(vault: Vault, version: Version) -> str:
    """What the owner noted about a version."""
    return str(vault.unseal(version, "note", version.note) or "")


def write_note(*, version: Version, text: str) -> None:
    """Keep a note, sealed; an empty one takes it away."""
    text = " ".join(text.split())[:LONGEST_NOTE]
    sealed = open_vault(version.owner_id).seal(version, "note", text) if text else None
    Version.objects.filter(pk=version.pk).update(note=sealed)


def roll_back(*, version: Version) -> None:
    """Make a version the one that talks, is judged and leaves, until a newer one is trained. Raises `Expected`.

    All that belongs to it goes with it, because it hangs on the version: cards, guard, memory, rhythm.
    """
    if not version.ready:
        raise Expected("This version has nothing to talk with. Choose one that is ready.")
    if version.sharpened:
        raise Expected("This version is for one person only, and answers by itself when you speak as them.")
    newest = version.persona.versions.filter(sharpened=False).exclude(weights=None).order_by("-number").first()
    chosen = None if newest is not None and newest.pk == version.pk else version
    Persona.objects.filter(pk=version.persona_id).update(chosen=chosen)
