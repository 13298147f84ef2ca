"""Reading doors: from their owner, or by the token that somebody shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.bridges.models import Door
from apps.personas import leakage
from apps.personas import selectors as personas
from apps.personas.models import Persona

LABEL = "door"


@dataclass(frozen=True)
class DoorView:
    """A door as its owner's page shows it."""

    id: UUID
    kind: str
    title: str
    ending: str
    until: datetime | None
    used_at: datetime | None
    uses: int
    created_at: datetime
    over: str  # why it lets nobody in any more; empty while it is open


def title(vault: Vault, door: Door) -> str:
    """What the owner calls it."""
    return str(vault.unseal(door, "title", door.title))


def listing(vault: Vault, persona: Persona) -> list[DoorView]:
    """All doors of a persona, the newest first."""
    rows = Door.objects.filter(owner_id=vault.owner_id, persona=persona).order_by("-created_at")
    return [
        DoorView(d.pk, d.kind, title(vault, d), d.ending, d.until, d.used_at, d.uses, d.created_at, _over(d)) for d in rows
    ]


def _over(door: Door) -> str:
    if door.ended_at or not door.token:
        return "ended"
    return "expired" if door.until and door.until <= timezone.now() else ""


def open_doors() -> QuerySet[Door]:
    """Doors that let somebody in now, whoever owns them."""
    current = Q(until=None) | Q(until__gt=timezone.now())
    living = Door.objects.filter(ended_at=None, owner__is_active=True, owner__erasing_since=None)
    return living.filter(current).exclude(token=None)


def by_token(kind: str, token: str) -> Door | None:
    """The open door of a kind that a token opens."""
    hashes = vaults.site_fingerprints(LABEL, f"{kind} {token}")
    return open_doors().filter(kind=kind, token__in=hashes).select_related("persona").first()


def expired(kind: str, token: str) -> bool:
    """Whether a token once opened a door whose time is over. An ended door is not told from one that never was."""
    hashes = vaults.site_fingerprints(LABEL, f"{kind} {token}")
    return Door.objects.filter(kind=kind, token__in=hashes, ended_at=None, until__lte=timezone.now()).exists()


NOT_GREEN = "A link for guests needs a green leak card. Its page says what helps; train a new version then."


def stays(kind: str, persona: Persona) -> str:
    """Why nobody may come in by a door of this kind; empty when somebody may. Guests are strangers: for them green only."""
    version = personas.current(persona)
    found = personas.standing(persona).stays
    if found or version is None or kind != Door.Kind.LINK:
        return found
    return "" if version.facts.get("leaks", {}).get("verdict") == leakage.GREEN else NOT_GREEN


def called(vault: Vault, persona: Persona) -> str:
    """What a persona is called before everybody but its owner: real names of the archive's people stay inside."""
    return naming.of(vault).hidden(personas.name(vault, persona))
