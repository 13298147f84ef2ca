"""Conversations that are stored already and change: scrubbed anew, with other dates, without a source or a person."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from apps.accounts.vault import Vault
from apps.archives import conversations, naming, people, scrubbing, transcripts
from apps.archives.conversations import Changed, Guard
from apps.archives.elsewhere import Sought
from apps.archives.gone import Gone
from apps.archives.models import Archive, Conversation
from apps.archives.scrubbing import Begun, Secrets
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.ledger import Entry
from apps.privacy.scrub import hands
from apps.privacy.scrub.hands import Hands
from apps.privacy.scrub.normal import normals

T = TypeVar("T")
#: Messages that are begun before the first of them is needed.
AHEAD = 20_000
#: Conversations of before by which a run sees that the ledgers were burnt: it may write some of them itself.
WITNESSES = 8
Progress = Callable[[float, str], None]


def _always() -> None:
    """Nobody else can be at it."""


@hands.rarely_collecting()
def rescrub(vault: Vault, progress: Progress, mine: Guard) -> None:
    """Scrub every conversation of the account anew: decisions have changed."""
    secrets = confirmed(vault)
    secrets.names = naming.settle(vault, ())[0].names
    count = Conversation.objects.filter(owner_id=vault.owner_id).aggregate(n=Sum("messages"))["n"] or 0
    with hands.helpers(hands.wanted(settings.SCRUB_PROCESSES), count) as helpers:
        looking = helpers.under(secrets.rules)
        all_again(vault, secrets, progress, mine, looking)
        propagate(vault, secrets, mine, looking, Sought(secrets.known, secrets.names))


def confirmed(vault: Vault) -> Secrets:
    """What earlier uploads gave away."""
    secrets = Secrets(ledgers.policy(vault))
    rows = Conversation.objects.filter(owner_id=vault.owner_id).exclude(transcript=None).order_by("created_at")
    secrets.stood.update({row.pk: conversations.standing(row) for row in rows[:WITNESSES]})
    secrets.add(ledgers.standing_by_themselves(vault))
    secrets.know_users(people.user_names(vault))
    return secrets


def ahead(begun: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
    """What was begun, in order, while what comes next is begun already: so many messages ahead that no helper waits."""
    waiting: deque[T] = deque()
    messages = 0
    for one in begun:
        waiting.append(one)
        messages += size(one)
        while messages > AHEAD:
            messages -= size(waiting[0])
            yield waiting.popleft()
    yield from waiting


def all_again(vault: Vault, secrets: Secrets, progress: Progress, mine: Guard, looking: Hands) -> None:
    """Scrub every conversation of the account from its originals."""
    rows = list(Conversation.objects.filter(owner_id=vault.owner_id))

    def begun(row: Conversation, records: list[Record]) -> Begun:
        return scrubbing.again(records, ledgers.ledger(vault, row.pk), looking)

    def written(row: Conversation, records: list[Record], one: Begun) -> None:
        see_burnt(secrets)
        was = [r.text for r in records]
        entries, touched = scrubbing.end(one, secrets)
        if [r.text for r in records] != was:
            conversations.again(vault, row, records, entries, mine, touched)
        _count_topics(vault, row, records, mine)
        secrets.done.add(row.pk)
        secrets.stood[row.pk] = conversations.standing(row)

    for number, _ in enumerate(_written(vault, rows, begun, written)):
        progress((number + 1) / len(rows), f"scrubbing anew: {number + 1:,} of {len(rows):,} conversations")


def _written(
    vault: Vault,
    rows: Iterable[Conversation],
    begin: Callable[[Conversation, list[Record]], T],
    write: Callable[[Conversation, list[Record], T], None],
) -> Iterator[None]:
    """Begin with each conversation ahead of time, then write it, one for each step.

    What somebody changed in between is begun again; what they deleted stays deleted.
    """

    def begun(row: Conversation) -> tuple[Conversation, list[Record], T] | None:
        found = conversations.as_it_stands(vault, row)
        return (*found, begin(*found)) if found else None

    for draft in ahead(map(begun, rows), lambda draft: len(draft[1]) if draft else 0):
        one = draft
        while one is not None:
            try:
                write(*one)
                break
            except Changed:
                one = begun(one[0])
        yield


def _count_topics(vault: Vault, row: Conversation, records: list[Record], mine: Guard) -> None:
    """Count sensitive messages of a conversation that was stored before they were counted; its text stays as it is."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    if "topics" not in stats:
        sealed = vault.seal(row, "stats", {**stats, "topics": conversations.topics_in(records)})
        with transaction.atomic():
            mine()
            if not Conversation.objects.filter(pk=row.pk, version=row.version).update(stats=sealed):
                raise Changed


def untouched(vault: Vault, secrets: Secrets) -> int:
    """Messages in conversations that were not scrubbed in this run."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id).exclude(pk__in=secrets.done)
    return rows.aggregate(n=Sum("messages"))["n"] or 0


def propagate(vault: Vault, secrets: Secrets, mine: Guard, looking: Hands, sought: Sought) -> Counter[str]:
    """A secret that was confirmed in one conversation goes from all of them, also from those read before it was known.

    Those that were scrubbed in this run are without names, and looked at for all that is known; in the others only what is
    `sought` is looked for. Returned is what was found in the first, by kind.
    """
    more: Counter[str] = Counter()

    def begun(row: Conversation, records: list[Record]) -> Callable[[], list[int]]:
        if row.pk in secrets.done:
            return scrubbing.holding(records, secrets.known, looking)
        return scrubbing.holding(records, sought.known, looking, sought.names)

    rows = Conversation.objects.filter(owner_id=vault.owner_id)
    if not len(secrets.known):
        rows = rows.exclude(pk__in=secrets.done)
    if sought.nothing:
        rows = rows.filter(pk__in=secrets.done)

    def written(row: Conversation, records: list[Record], holding: Callable[[], list[int]]) -> None:
        if not (held := holding()):
            return
        before = conversations.topics_in(records[n] for n in held)
        known = ledgers.ledger(vault, row.pk)
        entries = scrubbing.propagated(records, known, secrets, secrets.known, held)
        if entries is None:
            return
        entries = _unburnt(vault, secrets, entries)
        counted = (vault.unseal(row, "stats", row.stats) or {}).get("topics")  # none in what was stored before they were
        after = conversations.topics_in(records[n] for n in held)
        touched = None if counted is None else Counter(counted) - before + after
        conversations.again(vault, row, records, entries, mine, touched)
        secrets.stood[row.pk] = conversations.standing(row)
        if row.pk in secrets.done:
            more.update(Counter(e.kind for e in entries) - Counter(e.kind for e in known))

    for _ in _written(vault, rows, begun, written):
        pass
    return more


def see_burnt(secrets: Secrets) -> None:
    """Ask whether the ledgers were burnt in this run; before a conversation is written, for then it stands otherwise."""
    secrets.burnt = secrets.burnt or conversations.burnt_since(secrets.stood)


def _unburnt(vault: Vault, secrets: Secrets, entries: list[Entry]) -> list[Entry]:
    """What may be written of what was found: once the ledgers were burnt in this run, only what they hold since.

    What is known from before still goes from every conversation, as if it had gone before the ledgers were burnt.
    """
    see_burnt(secrets)
    if not secrets.burnt:
        return entries
    held = set().union(*(normals(entry.value) for entry in ledgers.ledgers(vault)))
    return [entry for entry in entries if not held.isdisjoint(normals(entry.value))]


def switch_dates(vault: Vault, row: Conversation) -> None:
    """Read the dates that fit two orders the other way; identities stay, so later uploads still merge."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    records = list(conversations.records_of(vault, row))
    for record in records:
        if record.unsure:
            record.at = transcripts.swapped(record.at)
    entries = ledgers.ledger(vault, row.pk)
    conversations.store(
        Archive(id=None),
        vault,
        row,
        conversations.ordered(records),
        entries,
        stats.get("notes", []),
        _always,
        switched=not stats.get("switched"),
    )


def without_source(vault: Vault, archive: Archive) -> None:
    """Take an archive out of the corpus: records with no other source go, and empty conversations with them."""

    def written(row: Conversation, records: list[Record], _: None) -> None:
        for record in records:
            record.sources = [s for s in record.sources if s != archive.pk.hex]
        left = [r for r in records if r.sources]
        if left:
            conversations.again(vault, row, left, _of(left, ledgers.ledger(vault, row.pk)), _always)
        else:
            conversations.drop(row)

    rows = Conversation.objects.filter(owner_id=vault.owner_id, sources__archive=archive)
    for _ in _written(vault, rows, _at_once, written):
        pass


def _at_once(row: Conversation, records: list[Record]) -> None:
    """Nothing is begun ahead of time."""


def _of(records: list[Record], entries: list[Entry]) -> list[Entry]:
    keep = {r.id for r in records}
    return [e for e in entries if e.record in keep]


def without_person(vault: Vault, handles: set[str], gone: Gone, progress: Progress, mine: Guard) -> None:
    """Take what somebody wrote out of every conversation, and out of the ledgers what tells their name."""
    rows = list(Conversation.objects.filter(owner_id=vault.owner_id))

    def written(row: Conversation, records: list[Record], _: None) -> None:
        left = [r for r in records if r.handle not in handles]
        if not any(r.kind != "system" for r in left) and len(left) < len(records):
            with transaction.atomic():
                mine()
                conversations.drop(row)
        else:
            _trimmed(vault, row, left, gone, mine, shorter=len(left) < len(records))

    for number, _ in enumerate(_written(vault, rows, _at_once, written)):
        progress((number + 1) / len(rows), f"forgetting: {number + 1:,} of {len(rows):,} conversations")


def _trimmed(vault: Vault, row: Conversation, left: list[Record], gone: Gone, mine: Guard, *, shorter: bool) -> None:
    texts = {r.id: r.text for r in left}
    was = ledgers.ledger(vault, row.pk)
    entries = [e for e in _of(left, was) if not gone.told(e.kind, e.value, texts[e.record][e.start : e.end])]
    if shorter:
        conversations.again(vault, row, left, entries, mine)
    elif len(entries) < len(was):
        with transaction.atomic():
            mine()
            conversations.unchanged(row)
            privacy.write_ledger(vault=vault, subject=row.pk, entries=entries)
