"""Files that are on the disk before the row that names them: what was promised survives a power cut."""

from __future__ import annotations

import os
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Django's storage of files; a saved one, and its place in the folder, are flushed to the disk."""

    def _save(self, name: str, content: Any) -> str:
        name = super()._save(name, content)  # type: ignore[misc]
        path = self.path(name)
        _flush(path)
        _flush(os.path.dirname(path))
        return name


def _flush(path: str) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
