"""From an upload to scrubbed transcripts, in two passes.

Pass 1 reads everything once into a sealed spool, grouped by conversation, and learns who is who. Pass 2 takes one
conversation after the other: order, de-duplicate, merge with what was there, scrub, seal. Running it again changes nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import transaction

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import languages, naming, people, scrubbing, shadow, transcripts
from apps.archives.formats.registry import EITHER_ORDER, REPEATING
from apps.archives.formats.types import Message, Owner, Skipped
from apps.archives.formats.types import Record as FormatRecord
from apps.archives.gone import Gone
from apps.archives.models import Archive, Conversation, Source
from apps.archives.scrubbing import Secrets
from apps.archives.spool import Spool
from apps.archives.tally import Tally
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.ledger import Entry
from apps.privacy.scrub import topics, wording

FORGOTTEN = "written by somebody you had forgotten"
SHADOWED = 8  # conversations in which secrets are planted
Progress = Callable[[float, str], None]
Guard = Callable[[], None]


def _always() -> None:
    """Nobody else can be at it."""


def run(archive: Archive, vault: Vault, records: Iterator[FormatRecord], progress: Progress, mine: Guard) -> dict[str, Any]:
    """Read, merge, scrub and seal; returns the receipt. `mine` raises when the work has passed to somebody else."""
    tally, began = Tally(), time.monotonic()
    with tempfile.TemporaryFile(dir=vaults.workspace()) as file:
        spool = Spool(file)
        secrets, roster = _confirmed(vault), people.Roster(vault)
        read = _pass_one(records, spool, tally, secrets, roster, progress)
        reader = spool.close()
        _name(vault, roster, secrets, mine)
        done = 0
        for key in spool.frames:
            messages = spool.messages(reader, key)
            _conversation(archive, vault, roster, secrets, key, messages, tally, mine)
            done += len(messages)
            progress(0.3 + 0.65 * done / max(1, read), f"reading and scrubbing: {done:,} of {read:,} messages")
        _propagate(vault, secrets, mine)
        tally.estimate = _estimated(archive, vault)
    me = people.settle_me(vault, roster, tally.owners)
    receipt: dict[str, Any] = secrets.gone.inside(tally.receipt(me, time.monotonic() - began))
    if not secrets.gone.nobody:
        names = secrets.gone.inside(vault.unseal(archive, "names", archive.names))
        Archive.objects.filter(pk=archive.pk).update(names=vault.seal(archive, "names", names))
    return receipt


def _name(vault: Vault, roster: people.Roster, secrets: Secrets, mine: Guard) -> None:
    """A surrogate for everybody who writes; where one turns out to be somebody's real name, all is scrubbed anew."""
    roster.settle()
    secrets.usage.languages = languages.spoken(secrets.sampled, wording.LANGUAGES)
    naming_now, secrets.gone, clash = naming.settle(vault, roster.titles, secrets.usage, roster.passing)
    secrets.names = naming_now.names
    if clash:
        _all_again(vault, secrets, lambda *_: None, mine)


def _confirmed(vault: Vault) -> Secrets:
    """What earlier uploads gave away."""
    secrets = Secrets(ledgers.policy(vault))
    secrets.add(ledgers.ledgers(vault))
    return secrets


def rescrub(vault: Vault, progress: Progress, mine: Guard) -> None:
    """Scrub every conversation of the account anew: decisions have changed."""
    secrets = _confirmed(vault)
    secrets.names = naming.settle(vault, ())[0].names
    _all_again(vault, secrets, progress, mine)
    _propagate(vault, secrets, mine)


def _all_again(vault: Vault, secrets: Secrets, progress: Progress, mine: Guard) -> None:
    rows = list(Conversation.objects.filter(owner_id=vault.owner_id).select_related("transcript"))
    for number, row in enumerate(rows):
        records = list(_old_records(vault, row))
        was = [r.text for r in records]
        entries = scrubbing.again(records, ledgers.ledger(vault, row.pk), secrets)
        if [r.text for r in records] != was:
            _again(vault, row, records, entries, mine)
        _count_topics(vault, row, records, mine)
        progress((number + 1) / len(rows), f"scrubbing anew: {number + 1:,} of {len(rows):,} conversations")


def _count_topics(vault: Vault, row: Conversation, records: list[Record], mine: Guard) -> None:
    """Count sensitive messages of a conversation that was stored before they were counted; its text stays as it is."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    if "topics" not in stats:
        row.stats = vault.seal(row, "stats", {**stats, "topics": _topics(records)})
        with transaction.atomic():
            mine()
            row.save(update_fields=["stats"])


def _topics(records: Iterable[Record]) -> Counter[str]:
    return Counter(topic for r in records if r.kind == "text" for topic in topics.topics(r.text))


def _estimated(archive: Archive, vault: Vault) -> shadow.Estimate | None:
    """What share of invented secrets is found between the messages of this archive."""
    rows = Conversation.objects.filter(sources__archive=archive, messages__gt=2).order_by("-messages")[:SHADOWED]
    spoken = [(vault.unseal(row, "stats", row.stats) or {}).get("language", "") for row in rows]
    talks = [list(islice(_old_records(vault, row), 2_000)) for row in rows]
    return shadow.estimate(talks, spoken, seed=archive.pk.int % 2**32)


def _propagate(vault: Vault, secrets: Secrets, mine: Guard) -> None:
    """A secret that was confirmed in one conversation goes from all of them, also from those read before it was known."""
    if not len(secrets.known) and not secrets.names.pairs:
        return
    for row in Conversation.objects.filter(owner_id=vault.owner_id).select_related("transcript"):
        records = list(_old_records(vault, row))
        entries = scrubbing.propagated(records, ledgers.ledger(vault, row.pk), secrets)
        if entries is not None:
            _again(vault, row, records, entries, mine)


def _again(vault: Vault, row: Conversation, records: list[Record], entries: list[Entry], mine: Guard) -> None:
    """Store a conversation whose sources stay as they are."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    _store(
        Archive(id=None), vault, row, records, entries, stats.get("notes", []), mine, switched=bool(stats.get("switched"))
    )


def _pass_one(
    records: Iterator[FormatRecord], spool: Spool, tally: Tally, secrets: Secrets, roster: people.Roster, progress: Progress
) -> int:
    count, last = 0, time.monotonic()
    for record in records:
        if isinstance(record, Message) and roster.forgets(record):
            tally.skip(Skipped(record.where, FORGOTTEN))
        elif isinstance(record, Message):
            spool.add(record)
            secrets.look(record.text)
            roster.meet(record)
            tally.read += 1
            count += 1
            if time.monotonic() - last > 0.7:
                last = time.monotonic()
                progress(min(0.28, count / 400_000), f"opening: {count:,} messages so far")
        elif isinstance(record, Skipped):
            tally.skip(record)
        elif isinstance(record, Owner):
            tally.owners.append(record)
        else:
            tally.note(record)
    return count


def _identified(vault: Vault, messages: list[Message]) -> Iterator[tuple[str, Message]]:
    """Each message with its stable id; equal ones at the same moment are told apart by their number."""
    seen: Counter[tuple[str, str]] = Counter()
    for m in messages:
        at = m.sent_at
        if m.platform in EITHER_ORDER and at is not None:
            at = min(at, transcripts.swapped(at) or at)
        text = f"{m.platform}\0{m.conversation}\0{m.sender_id}\0{at}\0{m.kind}\0{m.text}"
        base = vault.fingerprint("record", text).hex()[:32]
        seen[base, m.where] += 1  # the n-th copy in one file is the n-th copy in another
        number = 1 if m.platform in REPEATING else seen[base, m.where]
        yield (base if number == 1 else vault.fingerprint("record", f"{text}\0{number}").hex()[:32]), m


def _conversation(
    archive: Archive,
    vault: Vault,
    roster: people.Roster,
    secrets: Secrets,
    key: tuple[str, str],
    messages: list[Message],
    tally: Tally,
    mine: Guard,
) -> None:
    row = _row(vault, key, messages, tally, secrets.gone)
    old = {r.id: r for r in _old_records(vault, row)}
    known: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledgers.ledger(vault, row.pk):
        known[entry.record].append(entry)
    originals = {r.id: scrubbing.original(r, known[r.id]) for r in old.values()}
    source = archive.pk.hex
    switch = bool((vault.unseal(row, "stats", row.stats) or {}).get("switched"))
    fresh: set[str] = set()
    for identity, message in _identified(vault, messages):
        if identity in fresh:
            tally.files[message.where]["twice in this upload"] += 1
            continue
        fresh.add(identity)
        counter = tally.files[message.where]
        unsure = (message.conversation, message.where) in tally.unsure
        if identity in old:
            if old[identity].unsure and not unsure:  # this export tells which order it is
                old[identity].at, old[identity].unsure = message.sent_at, False
            if source not in old[identity].sources:
                old[identity].sources.append(source)
                counter["already here from an earlier upload"] += 1
                tally.known += 1
            else:
                counter[message.kind] += 1
                tally.new += message.kind == "text" and old[identity].sources == [source]
            continue
        counter[message.kind] += 1
        tally.new += message.kind == "text"
        record = Record(
            identity, message.sent_at, message.tz_known, roster.handle(message), message.kind, message.text, [], [source]
        )
        originals[identity] = scrubbing.Original(message.text)
        if unsure:
            record.unsure = True
            record.at = transcripts.swapped(record.at) if switch else record.at
        old[identity] = record
    ordered = _ordered(old.values())
    entries = scrubbing.scrub(ordered, originals, secrets)
    tally.findings.update(e.kind for e in entries)
    _store(archive, vault, row, ordered, entries, tally.notes.get(key[1], []), mine, switched=switch)


def _ordered(records: Iterable[Record]) -> list[Record]:
    """By time; a record without one stays behind the one it came after."""
    last = float("-inf")
    placed: list[tuple[float, Record]] = []
    for record in records:
        last = record.at if record.at is not None else last
        placed.append((last, record))
    return [record for _, record in sorted(placed, key=lambda pair: pair[0])]


def switch_dates(vault: Vault, row: Conversation) -> None:
    """Read the dates that fit two orders the other way; identities stay, so later uploads still merge."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    records = list(_old_records(vault, row))
    for record in records:
        if record.unsure:
            record.at = transcripts.swapped(record.at)
    entries = ledgers.ledger(vault, row.pk)
    _store(
        Archive(id=None),
        vault,
        row,
        _ordered(records),
        entries,
        stats.get("notes", []),
        _always,
        switched=not stats.get("switched"),
    )


def _row(vault: Vault, key: tuple[str, str], messages: list[Message], tally: Tally, gone: Gone) -> Conversation:
    """The conversation's row, made unsaved when it is new."""
    fingerprint = vault.fingerprint("conversation", f"{key[0]}\0{key[1]}")
    row = Conversation.objects.filter(owner_id=vault.owner_id, fingerprint=fingerprint).first()
    if row is None:
        row = Conversation(
            id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), platform=key[0],
            fingerprint=fingerprint, left_out=key[1] in tally.left_out,
        )  # fmt: skip
    senders = {m.sender_id for m in messages if m.kind != "system"}
    row.is_group = row.is_group or messages[0].is_group or len(senders) > 2
    row.title = vault.seal(row, "title", gone.inside(next((m.title for m in messages if m.title), "")) or "(no name)")
    return row


def _old_records(vault: Vault, row: Conversation) -> Iterator[Record]:
    if row.transcript is not None:
        with vault.open(row.transcript) as reader:
            yield from transcripts.read(reader)


def _moment(at: float | None) -> datetime | None:
    try:
        return None if at is None else datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _store(
    archive: Archive,
    vault: Vault,
    row: Conversation,
    records: list[Record],
    entries: list[Entry],
    notes: list[str],
    mine: Guard,
    *,
    switched: bool = False,
) -> None:
    """Write transcript, ledger and counts; the old files go once the new ones stand."""
    with vault.create("transcript") as (item, writer):
        transcripts.write(writer, records)
    words = [r for r in records if r.kind == "text"]
    times = [t for r in words if (t := _moment(r.at))]
    handles = Counter(r.handle for r in words)
    findings = Counter(e.kind for e in entries)
    row.messages = len(words)
    row.first_at, row.last_at = (min(times), max(times)) if times else (None, None)
    unsure = any(r.unsure for r in records)
    stats = {
        "handles": handles, "findings": findings, "notes": notes, "unsure": unsure, "switched": switched,
        "language": languages.of(r.text for r in words[:: max(1, len(words) // 400)]), "topics": _topics(words),
    }  # fmt: skip
    row.stats = vault.seal(row, "stats", stats)
    with transaction.atomic():
        mine()
        new = row._state.adding
        old, row.transcript = row.transcript, item
        row.version += 1
        row.save(force_insert=new, force_update=not new)
        if archive.pk:
            Source.objects.get_or_create(conversation=row, archive=archive)
        vaults.delete(old)
        privacy.write_ledger(vault=vault, subject=row.pk, entries=entries)


def without_source(vault: Vault, archive: Archive) -> None:
    """Take an archive out of the corpus: records with no other source go, and empty conversations with them."""
    for row in Conversation.objects.filter(owner_id=vault.owner_id, sources__archive=archive):
        left: list[Record] = []
        for record in _old_records(vault, row):
            record.sources = [s for s in record.sources if s != archive.pk.hex]
            if record.sources:
                left.append(record)
        if left:
            _again(vault, row, left, _of(left, ledgers.ledger(vault, row.pk)), _always)
        else:
            drop(row)


def _of(records: list[Record], entries: list[Entry]) -> list[Entry]:
    keep = {r.id for r in records}
    return [e for e in entries if e.record in keep]


def without_person(vault: Vault, handles: set[str], gone: Gone, progress: Progress, mine: Guard) -> None:
    """Take what somebody wrote out of every conversation, and out of the ledgers what tells their name."""
    rows = list(Conversation.objects.filter(owner_id=vault.owner_id).select_related("transcript"))
    for number, row in enumerate(rows):
        records = list(_old_records(vault, row))
        left = [r for r in records if r.handle not in handles]
        if not any(r.kind != "system" for r in left) and len(left) < len(records):
            with transaction.atomic():
                mine()
                drop(row)
        else:
            _trimmed(vault, row, left, gone, mine, shorter=len(left) < len(records))
        progress((number + 1) / len(rows), f"forgetting: {number + 1:,} of {len(rows):,} conversations")


def _trimmed(vault: Vault, row: Conversation, left: list[Record], gone: Gone, mine: Guard, *, shorter: bool) -> None:
    texts = {r.id: r.text for r in left}
    was = ledgers.ledger(vault, row.pk)
    entries = [e for e in _of(left, was) if not gone.told(e.kind, e.value, texts[e.record][e.start : e.end])]
    if shorter:
        _again(vault, row, left, entries, mine)
    elif len(entries) < len(was):
        with transaction.atomic():
            mine()
            privacy.write_ledger(vault=vault, subject=row.pk, entries=entries)


def drop(row: Conversation) -> None:
    """Delete a conversation with its transcript and ledger."""
    with transaction.atomic():
        item = row.transcript
        privacy.forget(owner_id=row.owner_id, subject=row.pk)
        row.delete()
        vaults.delete(item)
