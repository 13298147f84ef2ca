"""Doors: make one, end it, note that it was used, hide names in what they are called."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models import F
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives.dependents import Hiding
from apps.bridges import selectors
from apps.bridges.models import Door
from apps.jobs.causes import Expected
from apps.personas import selectors as personas
from apps.personas.models import Persona

#: Keys say what they are, so that a scan for secrets finds one that was left in a file.
PREFIX = {Door.Kind.KEY: "chatclone_", Door.Kind.LINK: "", Door.Kind.ROOM: ""}
MOST = 50


def make(*, persona: Persona, kind: Door.Kind, title: str, days: int | None) -> str:
    """A new door; returns its token, which is told only now. Raises `Expected` where the persona may not leave."""
    _may_leave(persona, kind)
    if selectors.open_doors().filter(persona=persona).count() >= MOST:
        raise Expected(f"A persona may have {MOST} keys and links. Please end one first.")
    vault = open_vault(persona.owner_id)
    token = PREFIX[kind] + secrets.token_urlsafe(32)
    row = Door(id=uuid4(), owner_id=persona.owner_id, persona=persona, kind=kind, wrapped_key=vault.new_wrapped())
    row.title = vault.seal(row, "title", title.strip() or kind.label)
    row.token = vaults.site_fingerprints(selectors.LABEL, f"{kind} {token}")[0]
    row.ending = token[-4:] if kind == Door.Kind.KEY else ""
    row.until = timezone.now() + timedelta(days=days) if days else None
    row.save(force_insert=True)
    return token


def _may_leave(persona: Persona, kind: Door.Kind) -> None:
    if personas.current(persona) is None:
        raise Expected("This persona has not learnt to talk yet. Train it first.")
    if stays := selectors.stays(kind, persona):
        raise Expected(stays)


def end(*, door: Door) -> None:
    """From now on it lets nobody in, and a reply that is running stops; its hash is destroyed."""
    Door.objects.filter(pk=door.pk, ended_at=None).update(ended_at=timezone.now(), token=None)


def note_use(*, door_id: UUID) -> None:
    """Somebody came in just now."""
    Door.objects.filter(pk=door_id).update(used_at=timezone.now(), uses=F("uses") + 1)


def hide(vault: Vault, hiding: Hiding) -> None:
    """Somebody is forgotten: their name goes from what doors are called."""
    for row in Door.objects.filter(owner_id=vault.owner_id):
        Door.objects.filter(pk=row.pk).update(title=vault.seal(row, "title", hiding(selectors.title(vault, row))))
