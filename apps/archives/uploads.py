"""Resumable uploads: begun, continued from the byte that is really here, ended. `tus` speaks the protocol.

The truth about an upload is its parts: sealed objects, each with the byte it begins at. A part's row is written after its
bytes are on the disk, in a transaction that sees that nobody was faster; so a killed server loses at most the part that was
under way, and of two requests that bring the same bytes one is kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import receiving, services
from apps.archives.models import Archive, Upload, UploadedPart

PART = 16 * 2**20
MAX_WAITING = 500


class Conflict(Exception):
    """These bytes do not belong where the upload stands now: ask for its offset and go on from there."""


class NotThere(Exception):
    """The account has no such group of files."""


class Spoiled(Exception):
    """The bytes are not those the checksum was made of; none of them was kept."""


class Digest(Protocol):
    """A running hash, as `hashlib` makes them."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True)
class Waiting:
    """An upload that was begun and not read: `arrived` of `length` bytes, kept until `expires_at`."""

    id: UUID
    group: UUID
    files: int
    name: str
    mark: str
    arrived: int
    length: int
    expires_at: datetime

    @property
    def whole(self) -> bool:
        return self.arrived == self.length


def begin(
    *, owner_id: UUID, length: int, name: str, mark: str = "", group: UUID | None = None, files: int = 1, places: int = 1
) -> Upload:
    """Promise room for a file of `length` bytes. Raises `receiving.NotTaken`.

    `files` counts for the first of a group; after that, what the group itself says, which knows of discarded ones. A group gets
    `places` where it has fewer: what was discarded is chosen again.
    """
    vault = open_vault(owner_id)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner_id)  # two at once cannot be promised the same room
        _room(owner_id, length)
        last = _unread(owner_id, group).last() if group else None
        files = max(last.files, places) if last else files
        row = Upload(
            id=uuid4(), owner_id=owner_id, wrapped_key=vault.new_wrapped(), length=length, group=group or uuid4(),
            files=files, expires_at=_later(),
        )  # fmt: skip
        if last:
            _unread(owner_id, row.group).update(files=files)
        row.about = vault.seal(row, "about", {"name": name, "mark": mark})
        row.save(force_insert=True)
        _if_whole(vault, row.group)
    return row


def _room(owner_id: UUID, length: int) -> None:
    receiving.check(owner_id, length)
    if Upload.objects.filter(owner_id=owner_id, archive=None).count() >= MAX_WAITING:
        raise receiving.NotTaken(
            413, f"There are {MAX_WAITING} unfinished uploads already. Please zip the files, or discard some."
        )


def arrived(upload: Upload) -> int:
    """How many bytes are here: the offset to go on from."""
    total: int | None = upload.parts.aggregate(n=Sum("item__size"))["n"]
    return total or 0


def append(*, upload: Upload, offset: int, pieces: Iterator[bytes], digest: tuple[Digest, bytes] | None = None) -> int:
    """Keep the bytes that come, from `offset` on, as far as they come; returns the new offset.

    `digest` (a fresh hash, the value it must have) makes it all or nothing: `Spoiled` is raised and nothing is kept.
    Raises `Conflict`, also for bytes beyond the announced length, and `receiving.NotTaken` when the disk is full.
    """
    vault = open_vault(upload.owner_id)
    if upload.archive_id or offset != arrived(upload):
        raise Conflict
    source = _Source(pieces, upload.length - offset, digest[0] if digest else None)
    kept: list[SealedObject] = []
    while source.more():
        if not receiving.room_for(PART):
            raise receiving.FULL
        try:
            with vault.create("upload") as (item, writer):
                for piece in source.upto(PART):
                    writer.write(piece)
        except OSError as error:
            raise receiving.FULL from error
        kept.append(item)
        if digest is None:
            offset = _keep(vault, upload, offset, kept)
    if digest and not hmac.compare_digest(digest[0].digest(), digest[1]):
        _throw_away(kept)
        raise Spoiled
    return _keep(vault, upload, offset, kept) if kept else offset


class _Source:
    """The pieces of a request, counted; more than was announced is a conflict."""

    def __init__(self, pieces: Iterator[bytes], room: int, digest: Digest | None) -> None:
        self._pieces, self._room, self._digest = pieces, room, digest
        self._next = self._taken()

    def _taken(self) -> bytes:
        piece = next(self._pieces, b"")
        if len(piece) > self._room:
            raise Conflict
        self._room -= len(piece)
        if self._digest is not None:
            self._digest.update(piece)
        return piece

    def more(self) -> bool:
        return bool(self._next)

    def upto(self, size: int) -> Iterator[bytes]:
        while self._next and size > 0:
            size -= len(self._next)
            yield self._next
            self._next = self._taken()


def _keep(vault: Vault, upload: Upload, start: int, items: list[SealedObject]) -> int:
    """Write the parts' rows, if nobody was faster; the last one of a group makes the archive. Empties `items`."""
    given = items[:]
    items.clear()
    try:
        with transaction.atomic():
            rows = {row.pk: row for row in _group(vault.owner_id, upload.group).select_for_update()}
            if upload.pk not in rows or rows[upload.pk].archive_id or start != arrived(upload):
                raise Conflict
            for item in given:
                UploadedPart.objects.create(owner_id=vault.owner_id, upload=upload, start=start, item=item)
                start += item.size
            Upload.objects.filter(pk=upload.pk).update(expires_at=_later())
            _if_whole(vault, upload.group)
    except (Conflict, IntegrityError):
        _throw_away(given)
        raise Conflict from None
    return start


def _throw_away(items: list[SealedObject]) -> None:
    for item in items:
        vaults.delete(item)


def _group(owner_id: UUID, group: UUID) -> QuerySet[Upload]:
    return Upload.objects.filter(owner_id=owner_id, group=group).order_by("created_at", "pk")


def _unread(owner_id: UUID, group: UUID) -> QuerySet[Upload]:
    return _group(owner_id, group).filter(archive=None)


def _if_whole(vault: Vault, group: UUID) -> None:
    """An archive of a group that has all its files, whole."""
    rows = list(_unread(vault.owner_id, group))
    if rows and len(rows) >= rows[-1].files and all(arrived(r) == r.length for r in rows):
        services.gather(vault=vault, uploads=rows, names=[_about(vault, r)["name"] for r in rows])


def _about(vault: Vault, row: Upload) -> dict[str, Any]:
    about: dict[str, Any] | None = vault.unseal(row, "about", row.about)
    return about or {"name": "", "mark": ""}


def end(*, upload: Upload) -> None:
    """Throw an upload away; the rest of its group may be whole without it. Raises `Conflict` once it is being read."""
    with transaction.atomic():
        rows = {row.pk: row for row in _group(upload.owner_id, upload.group).select_for_update()}
        if upload.pk not in rows or rows[upload.pk].archive_id:
            raise Conflict
        files = max(1, rows[upload.pk].files - 1)
        forget(upload)
        _unread(upload.owner_id, upload.group).update(files=files)
        _if_whole(open_vault(upload.owner_id), upload.group)


def finish(*, owner_id: UUID, group: UUID) -> Archive | None:
    """Read what arrived of a group and throw the unfinished files away. None when nothing had arrived whole.

    Raises `NotThere`.
    """
    if not _group(owner_id, group).exists():
        raise NotThere
    vault = open_vault(owner_id)
    with transaction.atomic():
        rows = list(_unread(owner_id, group).select_for_update())
        whole = [r for r in rows if arrived(r) == r.length]
        if not whole:
            return None
        for row in rows:
            if row not in whole:
                forget(row)
        return services.gather(vault=vault, uploads=whole, names=[_about(vault, r)["name"] for r in whole])


def forget(upload: Upload) -> None:
    """Delete an upload's bytes and its row."""
    services.forget_parts(upload)
    upload.delete()


def waiting(vault: Vault) -> list[Waiting]:
    """What was begun and is not read yet, oldest first."""
    found = []
    for row in Upload.objects.filter(owner_id=vault.owner_id, archive=None).order_by("created_at"):
        about = _about(vault, row)
        found.append(
            Waiting(row.pk, row.group, row.files, about["name"], about["mark"], arrived(row), row.length, row.expires_at)
        )
    return found


def sweep() -> None:
    """Forget unfinished uploads whose time is over."""
    for row in Upload.objects.filter(archive=None, expires_at__lt=timezone.now()):
        with transaction.atomic():
            forget(row)


def _later() -> datetime:
    return timezone.now() + timedelta(days=settings.UPLOAD_DAYS)
