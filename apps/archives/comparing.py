"""Before and after: what was written, beside the training text exactly as the model reads it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import counting, naming, scrubbing, selectors
from apps.archives.models import Conversation
from apps.archives.moments import moment
from apps.archives.selectors import Roster
from apps.archives.transcripts import Record
from apps.privacy import selectors as privacy
from apps.privacy.ledger import Entry

NEWEST = 200


@dataclass
class Pair:
    """One message: pieces are (text, whether it differs). `burnt`: some of what stood there nobody can tell any more."""

    name: str
    called: str
    at: datetime | None
    kind: str
    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]
    burnt: bool

    @property
    def changed(self) -> bool:
        return any(differs for _, differs in self.after)


def pairs(vault: Vault, row: Conversation, known: Roster, limit: int = NEWEST) -> list[Pair]:
    """The newest messages of a conversation, in order."""
    entries = counting.by_record(privacy.ledger(vault, row.pk))
    called = naming.of(vault).called
    found: list[Pair] = []
    for record in deque(selectors.records(vault, row), maxlen=limit):
        who = known.people.get(known.by_handle.get(record.handle, UUID(int=0)))
        before, after, burnt = _pieces(record, entries[record.id])
        name, stand = (who.name, called(who.id)) if who else ("?", "?")
        found.append(Pair(name, stand, moment(record.at), record.kind, before, after, burnt))
    return found


def _pieces(record: Record, entries: list[Entry]) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]], bool]:
    was = scrubbing.original(record, entries)
    fixed = [(f.start, f.end) for f in was.fixed]
    before = _cut(was.text, sorted([*((f.start, f.end) for f in was.found), *fixed]))
    return before, _cut(record.text, [(start, end) for start, end, _ in record.marks]), bool(fixed)


def _cut(text: str, places: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in places:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(piece, differs) for piece, differs in [*pieces, (text[at:], False)] if piece]
