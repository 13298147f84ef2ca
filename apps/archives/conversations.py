"""One stored conversation: its records read, written with their ledger and counts, and dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject
from apps.accounts.vault import Vault
from apps.archives import languages, transcripts
from apps.archives.models import Archive, Conversation, Source
from apps.archives.moments import moment
from apps.archives.transcripts import Record
from apps.jobs.causes import Expected
from apps.privacy import services as privacy
from apps.privacy.ledger import Entry
from apps.privacy.scrub import topics

Guard = Callable[[], None]
#: What `store` writes of a row that is there; what its owner chooses meanwhile stays.
WRITTEN = ("title", "is_group", "messages", "first_at", "last_at", "stats", "version", "transcript")


class Changed(Expected):
    """Somebody wrote, burnt or deleted the conversation after it was read; nothing was written."""

    def __init__(self) -> None:
        super().__init__("Your conversations were changed in this very moment. Please try again.")


def as_it_stands(vault: Vault, row: Conversation) -> tuple[Conversation, list[Record]] | None:
    """A conversation that was read before, and its records, as they are now; None once it was deleted."""
    now = Conversation.objects.select_related("transcript").filter(pk=row.pk).first()
    try:
        return (now, list(records_of(vault, now))) if now else None
    except FileNotFoundError:
        if now and Conversation.objects.filter(pk=now.pk, version=now.version).exists():
            raise  # not because it was written in between
        return as_it_stands(vault, row)


def _hold(row: Conversation) -> None:
    """Lock the row in this transaction, as it was read. Raises `Changed`."""
    if not Conversation.objects.filter(pk=row.pk, version=row.version).update(version=row.version + 1):
        raise Changed


def unchanged(row: Conversation) -> None:
    """Lock the row in this transaction, and leave it as it was read. Raises `Changed`."""
    if not Conversation.objects.filter(pk=row.pk, version=row.version).update(version=row.version):
        raise Changed


def burnt(owner_id: UUID) -> None:
    """What stood in them is burnt: who has read them before must read them again to write them."""
    Conversation.objects.filter(owner_id=owner_id).update(version=F("version") + 1)


def standing(row: Conversation) -> tuple[int, UUID | None]:
    """Its version and its transcript: where only the version is another one, it was burnt since."""
    return row.version, row.transcript_id


def burnt_since(stood: Mapping[UUID, tuple[int, UUID | None]]) -> bool:
    """Whether the ledgers were burnt after the account's conversations stood like this; one of them tells."""
    for pk, (version, transcript) in stood.items():
        now = Conversation.objects.filter(pk=pk, transcript=transcript).values_list("version", flat=True).first()
        if now is not None:
            return now != version
    return False


def records_of(vault: Vault, row: Conversation) -> Iterator[Record]:
    """Its scrubbed records in their order; none for one that was never stored."""
    if row.transcript is not None:
        with vault.open(row.transcript) as reader:
            yield from transcripts.read(reader)


def ordered(records: Iterable[Record]) -> list[Record]:
    """By time; a record without one stays behind the one it came after."""
    last = float("-inf")
    placed: list[tuple[float, Record]] = []
    for record in records:
        last = record.at if record.at is not None else last
        placed.append((last, record))
    return [record for _, record in sorted(placed, key=lambda pair: pair[0])]


def topics_in(records: Iterable[Record]) -> Counter[str]:
    """How many messages touch which sensitive topic."""
    return Counter(topic for r in records if r.kind == "text" for topic in topics.topics(r.text))


@contextmanager
def _kept(item: SealedObject) -> Iterator[None]:
    """A file that nothing refers to in the end goes at once."""
    try:
        yield
    except Changed:
        vaults.delete(item)
        raise


def store(
    archive: Archive,
    vault: Vault,
    row: Conversation,
    records: list[Record],
    entries: list[Entry],
    notes: list[str],
    mine: Guard,
    *,
    switched: bool = False,
    touched: Mapping[str, int] | None = None,
    aside: bool | None = None,
    key: str = "",
) -> None:
    """Write transcript, ledger and counts; the old files go once the new ones stand. `touched`: topics counted already.

    `aside`: whether an upload holds it where nobody has answered (spam folders); None says nothing about it. What was left
    out for that alone comes back when it lies elsewhere. `key`: by what it is known within its platform. Raises
    `Changed`.
    """
    before, was_aside = vault.unseal(row, "stats", row.stats) or {}, set_aside(vault, row)
    with vault.create("transcript") as (item, writer):
        transcripts.write(writer, records)
    words = [r for r in records if r.kind == "text"]
    times = [t for r in words if (t := moment(r.at))]
    handles = Counter(r.handle for r in words)
    findings = Counter(e.kind for e in entries)
    row.messages = len(words)
    row.first_at, row.last_at = (min(times), max(times)) if times else (None, None)
    unsure = any(r.unsure for r in records)
    stats = {
        "handles": handles, "findings": findings, "notes": notes, "unsure": unsure, "switched": switched,
        "language": languages.of(r.text for r in words[:: max(1, len(words) // 400)]), "topics": topics_in(words) if touched is None else touched,
        "aside": aside if row._state.adding else was_aside and aside is not False,
        "key": key or before.get("key", ""),
    }  # fmt: skip
    row.stats = vault.seal(row, "stats", stats)
    with _kept(item), transaction.atomic():
        mine()
        new = row._state.adding
        if not new:
            _hold(row)
        old, row.transcript = row.transcript, item
        row.version += 1
        row.save(force_insert=new, update_fields=None if new else WRITTEN)
        if was_aside and aside is False and not new:
            Conversation.objects.filter(pk=row.pk).update(left_out=False)
        if archive.pk:
            Source.objects.get_or_create(conversation=row, archive=archive)
        vaults.delete(old)
        privacy.write_ledger(vault=vault, subject=row.pk, entries=entries)


def set_aside(vault: Vault, row: Conversation) -> bool:
    """Whether it is left out because of where it lay in an export, and for nothing else."""
    return row.left_out and bool((vault.unseal(row, "stats", row.stats) or {}).get("aside"))


def chosen(vault: Vault, row: Conversation) -> None:
    """Its owner leaves it out: no upload takes that back."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    if stats.pop("aside", False):
        rows = Conversation.objects.filter(pk=row.pk, version=row.version)
        rows.update(stats=vault.seal(row, "stats", stats))


def again(
    vault: Vault,
    row: Conversation,
    records: list[Record],
    entries: list[Entry],
    mine: Guard,
    touched: Mapping[str, int] | None = None,
) -> None:
    """Store a conversation whose sources stay as they are."""
    stats = vault.unseal(row, "stats", row.stats) or {}
    notes, switched = stats.get("notes", []), bool(stats.get("switched"))
    store(Archive(id=None), vault, row, records, entries, notes, mine, switched=switched, touched=touched)


def drop(row: Conversation) -> None:
    """Delete a conversation with its transcript and ledger. Raises `Changed`."""
    with transaction.atomic():
        _hold(row)
        item = row.transcript
        privacy.forget(owner_id=row.owner_id, subject=row.pk)
        row.delete()
        vaults.delete(item)
