"""Taking uploads: bytes are sealed while they arrive; the disk keeps a floor of free space."""

from __future__ import annotations

import shutil
import tempfile
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from apps.accounts.models import SealedObject, User
from apps.accounts.sealing import FrameWriter
from apps.accounts.services import open_vault


class SealedUpload(UploadedFile):  # type: ignore[type-arg]
    """A received file: an unsaved `item` and a temporary file that holds only sealed bytes."""

    def __init__(self, file: IO[bytes], name: str, size: int, item: SealedObject) -> None:
        super().__init__(file, name, "application/octet-stream", size)
        self.item = item


class SealedUploadHandler(FileUploadHandler):
    """Seals each file of a form as it comes in; refuses what is too large with a reason in `request.META`."""

    REASON = "chatclone.upload_refused"

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if not isinstance(user, User):
            raise StopUpload(connection_reset=False)
        vault = open_vault(user.pk)
        self._item = SealedObject(id=uuid4(), owner=user, kind="upload", wrapped_key=vault.new_wrapped())
        self._file = tempfile.TemporaryFile(dir=_folder())  # noqa: SIM115
        self._writer: FrameWriter = vault.writer(self._item, self._file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if self._received > settings.UPLOAD_LIMIT:
            self._refuse(f"An upload may have {settings.UPLOAD_LIMIT // 2**20:,} MB. Please leave photos and videos out.")
        if start % (64 * 2**20) == 0 and not room_for(len(raw_data)):
            self._refuse("The disk of this site is nearly full. Nothing was kept; please tell whoever runs it.")
        self._writer.write(raw_data)

    def _refuse(self, reason: str) -> None:
        if self.request is not None:
            self.request.META[self.REASON] = reason
        raise StopUpload(connection_reset=False)

    def file_complete(self, file_size: int) -> SealedUpload:
        self._writer.close()
        self._item.size = file_size
        self._file.seek(0)
        return SealedUpload(self._file, self.file_name or "upload", file_size, self._item)


def room_for(size: int) -> bool:
    """Whether `size` bytes fit above the floor of free space."""
    usage = shutil.disk_usage(_folder())
    return usage.free - size > usage.total * settings.DISK_FLOOR


def _folder() -> str:
    path = settings.DATA_DIR / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return str(path)
