"""What people are to the owner, as the owner says it: a word or two, scrubbed, sealed with the person. Never guessed."""

from __future__ import annotations

import re
from uuid import UUID

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming, scrubbing, selectors
from apps.archives.models import Person
from apps.archives.scrubbing import Original, Secrets
from apps.archives.transcripts import Record
from apps.jobs.services import Expected
from apps.privacy import selectors as privacy
from apps.privacy.scrub.known import NAMED

#: What the page offers; any other short text may be said instead.
OFFERED = ("friend", "close friend", "partner", "family", "colleague", "boss", "neighbour", "acquaintance")
LONGEST = 24
#: What would be read as a part of the head of a dialogue.
_ODD = re.compile(r"[^\w\s'’-]")
TOO_LONG = f"A word or two is enough, like friend or colleague: {LONGEST} characters at most. Please say it shorter."
SECRET = "That holds something private, like a number. A word or two is enough, like friend or colleague."


def put(*, person: Person, words: str) -> None:
    """Say what somebody is to the owner; nothing takes it back. Names become surrogates. Raises `Expected`."""
    person = selectors.settled(person)
    if person.is_me:
        raise Expected("This is you. Say it of the others.")
    words = " ".join(_ODD.sub(" ", words).split())
    if len(words) > LONGEST:
        raise Expected(TOO_LONG)
    vault = open_vault(person.owner_id)
    sealed = vault.seal(person, "relation", _scrubbed(vault, words)) if words else None
    Person.objects.filter(merged_into=person).update(relation=None)
    Person.objects.filter(pk=person.pk).update(relation=sealed)


def _scrubbed(vault: Vault, words: str) -> str:
    """As a model may read it. A placeholder says nothing of anybody, so what would become one is refused."""
    secrets = Secrets(privacy.policy(vault), names=naming.of(vault).names)
    secrets.add(privacy.ledgers(vault))
    record = Record("0", None, False, "", "text", words, [], [])
    scrubbing.scrub([record], {"0": Original(words)}, secrets)
    if any(kind not in NAMED for _, _, kind in record.marks):
        raise Expected(SECRET)
    return record.text


def of(vault: Vault) -> dict[UUID, str]:
    """By person, as a model may read it; who was joined speaks for both. Nobody of whom nothing was said is there."""
    rows = Person.objects.filter(owner_id=vault.owner_id).exclude(relation=None)
    found: dict[UUID, str] = {}
    for row in sorted(rows, key=lambda r: r.merged_into_id is None):  # who they are part of has the last word
        found[row.merged_into_id or row.pk] = str(vault.unseal(row, "relation", row.relation))
    return found


def shown(vault: Vault) -> dict[UUID, str]:
    """The same as its owner said it."""
    back = naming.of(vault).shown
    return {pk: back(words) for pk, words in of(vault).items()}
