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
from apps.jobs.causes import Expected
from apps.privacy import selectors as privacy
from apps.privacy.scrub.normal import NAMED

#: What the page offers; any other short text may be said instead.
OFFERED = ("friend", "close friend", "partner", "family", "colleague", "boss", "neighbour", "acquaintance")
LONGEST = 24
#: More of them are a number of something.
DIGITS = 2
#: What would be read as a part of the head of a dialogue.
_ODD = re.compile(r"[^\w\s'’-]")
TOO_LONG = f"A word or two is enough, like friend or colleague: {LONGEST} characters at most. Please say it shorter."
SECRET = "That holds something private, like a number. A word or two is enough, like friend or colleague."


def put(*, person: Person, words: str) -> None:
    """Say what somebody is to the owner; nothing takes it back. Names become surrogates. Raises `Expected`."""
    person = selectors.settled(person)
    if person.is_me:
        raise Expected("This is you. Say it of the others.")
    words = " ".join(words.split())
    if len(words) > LONGEST:
        raise Expected(TOO_LONG)
    vault = open_vault(person.owner_id)
    scrubbed = _scrubbed(_secrets(vault), words)  # as it was typed: a number without its plus is none any more
    if scrubbed is None or sum(map(str.isdigit, words)) > DIGITS:
        raise Expected(SECRET)
    plain = " ".join(_ODD.sub(" ", scrubbed).split())
    sealed = vault.seal(person, "relation", plain) if plain else None
    Person.objects.filter(merged_into=person).update(relation=None)
    Person.objects.filter(pk=person.pk).update(relation=sealed)


def _secrets(vault: Vault) -> Secrets:
    secrets = Secrets(privacy.policy(vault), names=naming.of(vault).names)
    secrets.add(privacy.ledgers(vault))
    return secrets


def _scrubbed(secrets: Secrets, words: str) -> str | None:
    """As a model may read it; None where a placeholder would stand in it, which says nothing of anybody."""
    record = Record("0", None, False, "", "text", words, [], [])
    scrubbing.scrub([record], {"0": Original(words)}, secrets)
    return None if any(kind not in NAMED for _, _, kind in record.marks) else record.text


def of(vault: Vault) -> dict[UUID, str]:
    """By person, as it was scrubbed when it was said; who was joined speaks for both. Of whom nothing was said nothing is there."""
    rows = Person.objects.filter(owner_id=vault.owner_id).exclude(relation=None)
    found: dict[UUID, str] = {}
    for row in sorted(rows, key=lambda r: r.merged_into_id is None):  # who they are part of has the last word
        found[row.merged_into_id or row.pk] = str(vault.unseal(row, "relation", row.relation))
    return found


def shown(vault: Vault) -> dict[UUID, str]:
    """The same as its owner said it."""
    back = naming.of(vault).shown
    return {pk: back(words) for pk, words in of(vault).items()}


def told(vault: Vault) -> dict[UUID, str]:
    """By person, as a model may read it today: names that came since, and what the owner has decided since, are taken out too."""
    secrets, said = _secrets(vault), of(vault)
    found = {pk: _scrubbed(secrets, words) for pk, words in said.items()}
    return {pk: words for pk, words in found.items() if words}
