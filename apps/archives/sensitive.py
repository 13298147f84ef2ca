"""Conversations that speak of what people would not like to read again: counted when they are stored, looked at on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import selectors
from apps.archives.models import Conversation
from apps.archives.moments import moment
from apps.archives.selectors import Roster
from apps.privacy.scrub.topics import topics

MOST = 300  # messages on one page


@dataclass
class Talk:
    """A conversation with the number of its flagged messages by topic, the most frequent first."""

    id: UUID
    title: str
    counts: list[tuple[str, int]]
    left_out: bool


@dataclass
class Flagged:
    """One scrubbed message: `at` is None where the export gives no time."""

    name: str
    at: datetime | None
    topics: list[str]
    text: str


def listing(vault: Vault) -> tuple[list[Talk], int]:
    """Conversations with flagged messages, those with most first; and how many were stored before any were counted."""
    talks: list[Talk] = []
    uncounted = 0
    for row in Conversation.objects.filter(owner_id=vault.owner_id, messages__gt=0):
        counted = (vault.unseal(row, "stats", row.stats) or {}).get("topics")
        uncounted += counted is None
        if counted:
            counts = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
            talks.append(Talk(row.pk, str(vault.unseal(row, "title", row.title)), counts, row.left_out))
    return sorted(talks, key=lambda t: (-sum(n for _, n in t.counts), t.title)), uncounted


def flagged(vault: Vault, row: Conversation, known: Roster) -> list[Flagged]:
    """The flagged messages of a conversation, in order, as they are stored: scrubbed."""
    found: list[Flagged] = []
    for record in selectors.records(vault, row):
        if record.kind == "text" and (some := topics(record.text)):
            who = known.people.get(known.by_handle.get(record.handle, UUID(int=0)))
            found.append(Flagged(who.name if who else "?", moment(record.at), sorted(some), record.text))
    return found
