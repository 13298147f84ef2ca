"""Archives: receive, read, leave out, delete."""

from __future__ import annotations

import time
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject
from apps.accounts.services import open_vault
from apps.archives import (
    conversations,
    dependents,
    exclusive,
    ingest,
    people,
    rewriting,
    sandbox,
    selectors,
    strangers,
)
from apps.archives.exclusive import FORGET as FORGET
from apps.archives.exclusive import INGEST as INGEST
from apps.archives.exclusive import RESCRUB as RESCRUB
from apps.archives.exclusive import STRANGERS as STRANGERS
from apps.archives.formats.types import Refused
from apps.archives.models import Archive, Conversation, Handle, Person, Upload, UploadedPart, Window
from apps.archives.receiving import SealedUpload
from apps.archives.rescrubbing import decide as decide
from apps.archives.rescrubbing import rescrub as rescrub
from apps.archives.rescrubbing import start_rescrub as start_rescrub
from apps.archives.rescrubbing import undo_decision as undo_decision
from apps.archives.rescrubbing import without_what_was_taken_back as without_what_was_taken_back
from apps.jobs import services as jobs
from apps.jobs.causes import Expected, LeaseLost
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from apps.privacy import selectors as ledgers
from apps.privacy import services as deciding
from apps.privacy.models import Decision


def receive(*, owner_id: UUID, uploads: list[SealedUpload]) -> Archive:
    """One archive and one job for the files of one form."""
    for upload in uploads:
        default_storage.save(upload.item.name, File(upload.file, upload.item.name))
    with transaction.atomic():
        for upload in uploads:
            upload.item.save(force_insert=True)
        return _whole(open_vault(owner_id), [(u.name or "upload", u.item) for u in uploads])


def receive_bytes(*, owner_id: UUID, name: str, content: bytes) -> Archive:
    """The same for a file that the site itself brings (the sample)."""
    vault = open_vault(owner_id)
    with vault.create("upload") as (item, writer):
        writer.write(content)
    with transaction.atomic():
        return _whole(vault, [(name, item)])


def _whole(vault: vaults.Vault, files: list[tuple[str, SealedObject]]) -> Archive:
    """Files that came in one piece each."""
    group, rows = uuid4(), []
    for name, item in files:
        row = Upload(
            id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), length=item.size, group=group, files=len(files),
            expires_at=timezone.now(),
        )  # fmt: skip
        row.about = vault.seal(row, "about", {"name": name, "mark": ""})
        row.save(force_insert=True)
        UploadedPart.objects.create(owner_id=vault.owner_id, upload=row, start=0, item=item)
        rows.append(row)
    return gather(vault=vault, uploads=rows, names=[name for name, _ in files])


def gather(*, vault: vaults.Vault, uploads: list[Upload], names: list[str]) -> Archive:
    """One archive and one job for uploads that have arrived; in the caller's transaction."""
    archive = Archive(
        id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), size=sum(u.length for u in uploads)
    )
    archive.names = vault.seal(archive, "names", names)
    archive.save(force_insert=True)
    for upload in uploads:
        upload.archive = archive
        upload.save(update_fields=["archive"])
    jobs.create(owner_id=vault.owner_id, kind=INGEST, subject=archive.pk)
    return archive


def read(lease: Lease) -> None:
    """The work of an ingest job."""
    archive = Archive.objects.get(pk=lease.job.subject)
    vault = lease.vault
    names = vault.unseal(archive, "names", archive.names)
    uploads = archive.uploads.order_by("created_at", "pk")
    files = list(zip(names, (list(u.parts.select_related("item").order_by("start")) for u in uploads), strict=True))
    clock = {"at": 0.0}

    def progress(done: float, stage: str) -> None:
        if time.monotonic() - clock["at"] > 0.5:
            clock["at"] = time.monotonic()
            lease.check()
            lease.progress(done, stage)

    exclusive.wait(lease, RESCRUB, FORGET, STRANGERS)
    lease.progress(0.0, "opening")
    try:
        receipt = ingest.run(archive, vault, sandbox.read(vault, files), progress, lambda: exclusive.still_mine(lease))
    except Refused as error:
        raise Expected(str(error)) from None
    if not receipt["kept"]:
        receipt["empty"] = _why_empty(receipt)
    platforms = sorted(set(Conversation.objects.filter(sources__archive=archive).values_list("platform", flat=True)))
    Archive.objects.filter(pk=archive.pk).update(
        receipt=vault.seal(archive, "receipt", receipt),
        kept=receipt["kept"],
        platforms=" ".join(platforms),
        read_at=timezone.now(),
    )


def _why_empty(receipt: dict[str, Any]) -> str:
    if receipt["known"]:
        return "Everything in it was already here from an earlier upload."
    if any(s["reason"] == ingest.FORGOTTEN for f in receipt["files"] for s in f["skipped"]):
        return "Its words were written by people you had forgotten. On the page of people you can let them in again."
    if receipt["read"]:
        return "It holds records, but none with words by a person: only photos, calls or notices."
    return "It was understood, but it holds no messages. Perhaps another part of the export does."


def start_strangers(*, owner_id: UUID) -> Job:
    """Look through all conversations of an account for names that its archive does not know."""
    return jobs.create(owner_id=owner_id, kind=STRANGERS, subject=owner_id)


def find_strangers(lease: Lease) -> None:
    """The work of such a job."""
    clock = {"at": 0.0}

    def progress(done: float, stage: str) -> None:
        if time.monotonic() - clock["at"] > 0.5:
            clock["at"] = time.monotonic()
            lease.check()
            lease.progress(done, stage)

    _nothing_is_written(lease.job.owner_id)
    before = strangers.standing(lease.job.owner_id)
    found = strangers.look(lease.vault, progress, strangers.finder())
    with transaction.atomic():
        if not lease.mine.select_for_update().exists():
            raise LeaseLost
        if strangers.standing(lease.job.owner_id) != before:  # guesses go with the ledger
            raise Expected("What was taken out was burnt while names were looked for. Please look for them again.")
        deciding.suggest(vault=lease.vault, found=found)


def _nothing_is_written(owner_id: UUID) -> None:
    if Job.objects.filter(owner_id=owner_id, kind__in=(INGEST, RESCRUB, FORGET), state=Job.State.RUNNING).exists():
        raise Expected("Your conversations are being read or scrubbed just now. Please look for names when that has ended.")


def take_strangers(*, owner_id: UUID, values: set[str]) -> int:
    """The chosen ones of what was suggested are replaced from the next time that decisions are applied; how many there were."""
    vault = open_vault(owner_id)
    found = strangers.chosen(vault, values)
    for one in found:
        deciding.decide(vault=vault, kind=one.kind, value=one.value, action=Decision.Action.TAKE)
    return len(found)


def forget_uploads(archive_id: UUID) -> None:
    """Delete the raw files of an archive: its job has come to an end, good or bad."""
    for upload in Upload.objects.filter(archive_id=archive_id):
        forget_parts(upload)
        upload.delete()


def forget_parts(upload: Upload) -> None:
    """Delete the bytes of an upload."""
    for part in upload.parts.select_related("item"):
        item = part.item
        part.delete()
        vaults.delete(item)


def delete(*, archive: Archive) -> None:
    """Take an archive and what only it brought out of the account. Raises `Expected` while others write."""
    exclusive.nothing_is_written(archive.owner_id)
    for job in Job.objects.filter(owner_id=archive.owner_id, kind=INGEST, subject=archive.pk):
        jobs.stop(job)
    forget_uploads(archive.pk)
    rewriting.without_source(open_vault(archive.owner_id), archive)
    Job.objects.filter(owner_id=archive.owner_id, subject=archive.pk).delete()
    archive.delete()
    _forget_strangers(open_vault(archive.owner_id))


def _forget_strangers(vault: vaults.Vault) -> None:
    """People who write in no conversation any more are forgotten, and so is what was kept of their words further up."""
    dependents.gone(vault.owner_id)
    present = {
        handle
        for row in Conversation.objects.filter(owner_id=vault.owner_id)
        for handle in (vault.unseal(row, "stats", row.stats) or {}).get("handles", {})
    }
    for handle in Handle.objects.filter(owner_id=vault.owner_id):
        if handle.pk.hex not in present:
            handle.delete()
    joined = Handle.objects.filter(owner_id=vault.owner_id, origin__isnull=False).values("origin")
    lost = Person.objects.filter(owner_id=vault.owner_id, handles=None).exclude(
        pk__in=joined
    )  # who was joined can be split off
    dependents.lost(vault.owner_id, set(lost.values_list("pk", flat=True)))
    lost.delete()
    deciding.forget_suggested(owner_id=vault.owner_id)
    deciding.forget_looked_at(vault=vault, held=ledgers.ledgers(vault))
    if not present:
        deciding.forget_names(owner_id=vault.owner_id)


def delete_conversation(row: Conversation) -> None:
    """Delete a conversation of the archive: transcript, ledger, and people who wrote nowhere else."""
    owner_id = row.owner_id
    exclusive.nothing_is_written(owner_id)
    conversations.drop(row)
    _forget_strangers(open_vault(owner_id))


def leave_out(*, owner_id: UUID, conversation_ids: set[UUID]) -> None:
    """Which conversations are not learnt from: exactly these."""
    rows = Conversation.objects.filter(owner_id=owner_id)
    for row in rows.filter(pk__in=conversation_ids, left_out=False):
        set_left_out(row, left_out=True)
    rows.exclude(pk__in=conversation_ids).update(left_out=False)


def set_left_out(row: Conversation, *, left_out: bool) -> None:
    """Learn from one conversation no longer, or again."""
    if left_out:
        conversations.chosen(open_vault(row.owner_id), row)
    Conversation.objects.filter(pk=row.pk).update(left_out=left_out)


def switch_dates(row: Conversation) -> None:
    """Read the dates of a conversation the other way: day first or month first. Raises `Expected` while others write."""
    exclusive.nothing_is_written(row.owner_id)
    rewriting.switch_dates(open_vault(row.owner_id), row)


def set_window(*, owner_id: UUID, since: date | None, until: date | None) -> None:
    """The period that is learnt from; None is open."""
    Window.objects.update_or_create(owner_id=owner_id, defaults={"since": since, "until": until})


def choose_me(*, owner_id: UUID, person: Person) -> None:
    """The owner says who they are."""
    people.choose_me(owner_id=owner_id, person=selectors.settled(person))


def join_people(*, person: Person, into: Person) -> None:
    """The owner says that two are one."""
    one, other = selectors.settled(person), selectors.settled(into)
    for silent, voice in ((one, other), (other, one)):
        if silent.left_out and not voice.left_out:
            _not_imitated(voice)
    people.join(person=one, into=other)


def split_person(*, person: Person) -> None:
    """The owner says that they are not."""
    people.split(person=person)


def keep_people_apart(*, person: Person, other: Person) -> None:
    """The owner says that two who seemed to be one are two."""
    people.keep_apart(person=selectors.settled(person), other=selectors.settled(other))


def leave_person_out(*, person: Person, left_out: bool) -> None:
    """What somebody wrote is neither learnt nor context, until they are taken back in. Raises `Expected`."""
    person = selectors.settled(person)
    if left_out:
        _not_imitated(person)
    people.leave_out(person=person, left_out=left_out)


def _not_imitated(person: Person) -> None:
    if dependents.imitating(person.owner_id, {p.pk for p in people.names_of(person)}):
        raise Expected("A persona imitates this person, so it must learn from them. Delete that persona first.")
