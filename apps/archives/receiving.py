"""Taking bytes: sealed while they arrive, within the limits of a file, of an account and of the disk."""

from __future__ import annotations

import shutil
import tempfile
from typing import IO, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db.models import F, Sum
from django.http import HttpRequest

from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject, User
from apps.accounts.sealing import FrameWriter
from apps.accounts.services import open_vault
from apps.archives.models import Upload

MIB = 2**20


class NotTaken(Exception):
    """An upload that is refused: `status` of HTTP, and a sentence that says why and what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


FULL = NotTaken(507, "The disk of this site is nearly full. What has arrived is kept; please tell whoever runs it.")


def check(owner_id: UUID, length: int, before: int = 0) -> None:
    """Whether a file of `length` bytes may come, after `before` bytes that are not written down yet. Raises `NotTaken` (413: too large for file or account; 507: for the disk)."""
    if length > settings.UPLOAD_LIMIT:
        raise NotTaken(413, f"A file may have {settings.UPLOAD_LIMIT // MIB:,} MB. Please leave photos and videos out.")
    if used(owner_id) + before + length > settings.QUOTA:
        raise NotTaken(
            413,
            f"An account may hold {settings.QUOTA // MIB:,} MB, and this file is more than what is left. "
            "Please delete an archive or an unfinished upload first.",
        )
    if not room_for(before + length + promised()):
        raise FULL


def used(owner_id: UUID) -> int:
    """Bytes an account holds or was promised."""
    stored: int = SealedObject.objects.filter(owner_id=owner_id).aggregate(n=Sum("size"))["n"] or 0
    return stored + promised(owner_id)


def promised(owner_id: UUID | None = None) -> int:
    """Bytes of unfinished uploads that have still to come, of one account or of all."""
    rows = Upload.objects.filter(archive=None, **({"owner_id": owner_id} if owner_id else {}))
    lengths: int = rows.aggregate(n=Sum("length"))["n"] or 0
    arrived: int = rows.aggregate(n=Sum(F("parts__item__size")))["n"] or 0
    return lengths - arrived


def room_for(size: int) -> bool:
    """Whether `size` bytes fit above the floor of free space."""
    usage = shutil.disk_usage(vaults.workspace())
    return usage.free - size > usage.total * settings.DISK_FLOOR


class SealedUpload(UploadedFile):  # type: ignore[type-arg]
    """A received file: an unsaved `item` and a temporary file that holds only sealed bytes."""

    def __init__(self, file: IO[bytes], name: str, size: int, item: SealedObject) -> None:
        super().__init__(file, name, "application/octet-stream", size)
        self.item = item


class SealedUploadHandler(FileUploadHandler):
    """Seals each file of a form as it comes in; a refusal is left in `request.META`."""

    REASON = "chatclone.upload_refused"

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._before = 0  # bytes of the files before this one

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if not isinstance(user, User):
            raise StopUpload(connection_reset=False)
        vault = open_vault(user.pk)
        self._item = SealedObject(id=uuid4(), owner=user, kind="upload", wrapped_key=vault.new_wrapped())
        self._file = tempfile.TemporaryFile(dir=vaults.workspace())  # noqa: SIM115
        self._writer: FrameWriter = vault.writer(self._item, self._file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        received = start + len(raw_data)
        if start % (64 * MIB) == 0 or received > settings.UPLOAD_LIMIT:
            try:
                check(self._item.owner_id, received, self._before)
            except NotTaken as refusal:
                if self.request is not None:
                    self.request.META[self.REASON] = refusal
                raise StopUpload(connection_reset=False) from None
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload:
        self._writer.close()
        self._item.size = file_size
        self._before += file_size
        self._file.seek(0)
        return SealedUpload(self._file, self.file_name or "upload", file_size, self._item)
