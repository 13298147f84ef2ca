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
from apps.accounts.services import open_vault
from apps.archives import ingest, people, sandbox, selectors
from apps.archives.formats.types import Refused
from apps.archives.models import Archive, Conversation, Handle, Person, UploadedPart, Window
from apps.archives.receiving import SealedUpload
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.services import Expected, Lease

INGEST = "archives.ingest"


def receive(*, owner_id: UUID, uploads: list[SealedUpload]) -> Archive:
    """One archive and one job for the files of one upload."""
    vault = open_vault(owner_id)
    for upload in uploads:
        default_storage.save(upload.item.name, File(upload.file, upload.item.name))
    archive = Archive(id=uuid4(), owner_id=owner_id, wrapped_key=vault.new_wrapped(), size=sum(u.size or 0 for u in uploads))
    archive.names = vault.seal(archive, "names", [u.name for u in uploads])
    with transaction.atomic():
        archive.save(force_insert=True)
        for number, upload in enumerate(uploads):
            upload.item.save(force_insert=True)
            UploadedPart.objects.create(owner_id=owner_id, archive=archive, number=number, item=upload.item)
        jobs.create(owner_id=owner_id, kind=INGEST, subject=archive.pk)
    return archive


def receive_bytes(*, owner_id: UUID, name: str, content: bytes) -> Archive:
    """The same for a file that the site itself brings (the sample)."""
    vault = open_vault(owner_id)
    archive = Archive(id=uuid4(), owner_id=owner_id, wrapped_key=vault.new_wrapped(), size=len(content))
    archive.names = vault.seal(archive, "names", [name])
    with vault.create("upload") as (item, writer):
        writer.write(content)
    with transaction.atomic():
        archive.save(force_insert=True)
        UploadedPart.objects.create(owner_id=owner_id, archive=archive, number=0, item=item)
        jobs.create(owner_id=owner_id, kind=INGEST, subject=archive.pk)
    return archive


def read(lease: Lease) -> None:
    """The work of an ingest job."""
    archive = Archive.objects.get(pk=lease.job.subject)
    vault = lease.vault
    parts = list(archive.parts.select_related("item").order_by("number"))
    names = vault.unseal(archive, "names", archive.names)
    clock = {"at": 0.0}

    def progress(done: float, stage: str) -> None:
        if time.monotonic() - clock["at"] > 0.5:
            clock["at"] = time.monotonic()
            lease.check()
            lease.progress(done, stage)

    def mine() -> None:
        if not lease.mine.select_for_update().exists():
            raise jobs.LeaseLost

    lease.progress(0.0, "opening")
    try:
        receipt = ingest.run(archive, vault, sandbox.read(vault, parts, names), progress, mine)
    except Refused as error:
        raise Expected(str(error)) from None
    kept = sum(f["kept"] for f in receipt["files"])
    if not kept:
        receipt["empty"] = _why_empty(receipt)
    platforms = sorted(set(Conversation.objects.filter(sources__archive=archive).values_list("platform", flat=True)))
    Archive.objects.filter(pk=archive.pk).update(
        receipt=vault.seal(archive, "receipt", receipt), kept=kept, platforms=" ".join(platforms), read_at=timezone.now()
    )


def _why_empty(receipt: dict[str, Any]) -> str:
    if receipt["known"]:
        return "Everything in it was already here from an earlier upload."
    if receipt["read"]:
        return "It holds records, but none with words by a person: only photos, calls or notices."
    return "It was understood, but it holds no messages. Perhaps another part of the export does."


def forget_upload(archive_id: UUID) -> None:
    """Delete the raw files of an upload: its job has come to an end, good or bad."""
    for part in UploadedPart.objects.filter(archive_id=archive_id).select_related("item"):
        item = part.item
        part.delete()
        vaults.delete(item)


def _nothing_is_read(owner_id: UUID) -> None:
    if Job.objects.filter(owner_id=owner_id, kind=INGEST, state=Job.State.RUNNING).exists():
        raise Expected("An archive is being read just now. Please delete when that has ended.")


def delete(*, archive: Archive) -> None:
    """Take an archive and what only it brought out of the account. Raises `Expected` while one is being read."""
    _nothing_is_read(archive.owner_id)
    for job in Job.objects.filter(owner_id=archive.owner_id, kind=INGEST, subject=archive.pk):
        jobs.stop(job)
    forget_upload(archive.pk)
    ingest.without_source(open_vault(archive.owner_id), archive)
    Job.objects.filter(owner_id=archive.owner_id, subject=archive.pk).delete()
    archive.delete()
    _forget_strangers(open_vault(archive.owner_id))


def _forget_strangers(vault: vaults.Vault) -> None:
    """People who write in no conversation any more are forgotten."""
    present = {
        handle
        for row in Conversation.objects.filter(owner_id=vault.owner_id)
        for handle in (vault.unseal(row, "stats", row.stats) or {}).get("handles", {})
    }
    for handle in Handle.objects.filter(owner_id=vault.owner_id):
        if handle.pk.hex not in present:
            handle.delete()
    Person.objects.filter(owner_id=vault.owner_id, handles=None).delete()


def delete_conversation(row: Conversation) -> None:
    """Delete a conversation of the archive: transcript, ledger, and people who wrote nowhere else."""
    owner_id = row.owner_id
    _nothing_is_read(owner_id)
    ingest.drop(row)
    _forget_strangers(open_vault(owner_id))


def leave_out(*, owner_id: UUID, conversation_ids: set[UUID]) -> None:
    """Which conversations are not learnt from: exactly these."""
    rows = Conversation.objects.filter(owner_id=owner_id)
    rows.filter(pk__in=conversation_ids).update(left_out=True)
    rows.exclude(pk__in=conversation_ids).update(left_out=False)


def set_window(*, owner_id: UUID, since: date | None, until: date | None) -> None:
    """The period that is learnt from; None is open."""
    Window.objects.update_or_create(owner_id=owner_id, defaults={"since": since, "until": until})


def choose_me(*, owner_id: UUID, person: Person) -> None:
    """The owner says who they are."""
    people.choose_me(owner_id=owner_id, person=person)


def join_people(*, person: Person, into: Person) -> None:
    """The owner says that two are one."""
    people.join(person=selectors.settled(person), into=selectors.settled(into))


def split_person(*, person: Person) -> None:
    """The owner says that they are not."""
    people.split(person=person)
