"""What an upload means for the conversations that it does not touch: they are looked at for what is new, not for everything.

After an upload all conversations of an account were looked at for all that was known; its receipt says so, by what was stored
at that moment (`standing`). As long as nothing else was written since, only the secrets and names that the next one brings are
looked for in the others. Anything else (a decision, somebody forgotten, a ledger burnt, a worker that died) means looking for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.archives.models import Archive
from apps.archives.scrubbing import Secrets
from apps.privacy import selectors as privacy
from apps.privacy.scrub import registry
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names

#: Where a receipt keeps it.
STANDING = "standing"


def standing(owner_id: UUID) -> str:
    """Equal as long as nothing was found, named, decided or burnt, by the same detectors."""
    return f"{registry.VERSION} {privacy.ledgers_stand(owner_id)} {privacy.names_stand(owner_id)}"


@dataclass(frozen=True)
class Sought:
    """What to look for in conversations that are not scrubbed anew."""

    known: Known
    names: Names

    @property
    def nothing(self) -> bool:
        return not len(self.known) and not self.names.pairs


@dataclass(frozen=True)
class Before:
    """What all conversations had been looked at for when an upload began (None: not for all that was known), and what was decided."""

    looked_for: Sought | None
    decided: str = ""

    def sought(self, secrets: Secrets) -> Sought:
        """What has come since."""
        if self.looked_for is None:
            return Sought(secrets.known, secrets.names)
        return Sought(secrets.known.beyond(self.looked_for.known), secrets.names.beyond(self.looked_for.names))

    def noted(self, owner_id: UUID) -> dict[str, str]:
        """What a receipt keeps at the end; nothing, where something was decided meanwhile that was not looked for."""
        return {STANDING: standing(owner_id)} if self.decided == privacy.decisions_stand(owner_id) else {}


def before(archive: Archive, vault: Vault, secrets: Secrets, decided: str) -> Before:
    """What is known before an upload is read; `decided`: what had been decided before the secrets were gathered."""
    read = Archive.objects.filter(owner_id=vault.owner_id).exclude(read_at=None).exclude(pk=archive.pk)
    last = read.order_by("-read_at").first()
    receipt = vault.unseal(last, "receipt", last.receipt) if last else None
    if not receipt or receipt.get(STANDING) != standing(vault.owner_id):
        return Before(None, decided)
    return Before(Sought(secrets.known.copy(), naming.of(vault).names), decided)
