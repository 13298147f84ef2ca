"""Names of people, places and firms that the archive does not know: guessed by a model, counted, never taken out by itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.vault import Vault
from apps.archives import selectors
from apps.archives.models import Conversation
from apps.archives.transcripts import Record
from apps.jobs.causes import Expected
from apps.privacy import selectors as privacy
from apps.privacy.ledger import Suggested
from apps.privacy.scrub import finders
from apps.privacy.scrub.normal import NAMED, normal
from apps.privacy.scrub.unknown import Finder

#: So many are kept, the most frequent ones; longer values are no names.
MOST, LONGEST = 300, 60


@dataclass
class _Met:
    kinds: Counter[str] = field(default_factory=Counter)
    spellings: Counter[str] = field(default_factory=Counter)
    conversations: int = 0


def finder() -> Finder:
    """Who looks for them, as the setting NAME_FINDER says."""
    try:
        return finders.opened(settings.NAME_FINDER, settings.MODELS_DIR)
    except finders.Missing as error:
        raise Expected(str(error)) from error


def standing(owner_id: UUID) -> dict[UUID, int]:
    """Equal as long as no conversation was written, deleted or burnt; in a transaction they stay so until its end."""
    rows = Conversation.objects.filter(owner_id=owner_id).select_for_update()
    with transaction.atomic():
        return dict(rows.values_list("pk", "version"))


def look(vault: Vault, progress: Callable[[float, str], None], using: Finder) -> list[Suggested]:
    """Read the scrubbed text of every conversation for names that still stand there; the most frequent first."""
    met: defaultdict[str, _Met] = defaultdict(_Met)
    rows = dict(Conversation.objects.filter(owner_id=vault.owner_id).values_list("pk", "messages"))
    whole, done = max(1, sum(rows.values())), 0
    for pk in rows:
        row = Conversation.objects.filter(pk=pk).select_related("transcript").first()  # as it is by now, if it still is
        here: set[str] = set()
        for some in _batches(r for r in (selectors.records(vault, row) if row else ()) if r.kind == "text"):
            for kind, value in _guessed(some, using):
                key = normal(kind, value)
                met[key].kinds[kind] += 1
                met[key].spellings[value] += 1
                here.add(key)
            done += len(some)
            progress(min(0.99, done / whole), f"looking for names: {done:,} of {whole:,} messages")
        for key in here:
            met[key].conversations += 1
    return _most_frequent(met)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while some := list(islice(left, finders.BATCH)):
        yield some


def _guessed(records: Sequence[Record], using: Finder) -> Iterator[tuple[str, str]]:
    """Guesses that touch nothing that was replaced: surrogates and stand-ins are nobody's name."""
    worded = [record for record in records if record.text]
    for record, some in zip(worded, using.names([record.text or "" for record in worded]), strict=True):
        for found in some:
            value = " ".join((record.text or "")[found.start : found.end].split())
            touched = any(found.start < end and start < found.end for start, end, _ in record.marks)
            if not touched and len(value) <= LONGEST and normal(found.kind, value):
                yield found.kind, value


def _most_frequent(met: dict[str, _Met]) -> list[Suggested]:
    found = [Suggested(_first(m.kinds), _first(m.spellings), m.kinds.total(), m.conversations) for m in met.values()]
    return sorted(found, key=lambda s: (-s.count, s.value))[:MOST]


def _first(counted: Counter[str]) -> str:
    """The most frequent, of equal ones always the same."""
    return min(counted, key=lambda one: (-counted[one], one))


def open_ones(vault: Vault) -> list[Suggested] | None:
    """What was suggested and not decided yet; None when nobody has looked."""
    found = privacy.suggested(vault)
    if found is None:
        return None
    decided = {normal(kind, value) for _, kind, value in privacy.decisions(vault)}
    return [s for s in found if normal(s.kind, s.value) not in decided]


def chosen(vault: Vault, values: Iterable[str]) -> list[Suggested]:
    """Those of the suggestions that are meant by these values."""
    wanted = set(values)
    return [s for s in open_ones(vault) or [] if s.kind in NAMED and s.value in wanted]
