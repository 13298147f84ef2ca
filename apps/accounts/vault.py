"""Sealing for one owner: rows, files and fingerprints under keys that die with the account or the object."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ManyToOneRel, QuerySet

from apps.accounts import keys, sealing
from apps.accounts.keys import KeyGone as KeyGone
from apps.accounts.keys import Locked as Locked
from apps.accounts.keys import OldKeyMissing as OldKeyMissing
from apps.accounts.keys import make_user_key as make_user_key
from apps.accounts.keys import rotate_master_key as rotate_master_key
from apps.accounts.keys import site_fingerprints as site_fingerprints
from apps.accounts.keys import site_key as site_key
from apps.accounts.keys import site_keys as site_keys
from apps.accounts.models import SealedObject, SealedRow, UserKey


class Vault:
    """The open keys of one owner, for the length of a request or a task. Raises `KeyGone` when they were destroyed, `Locked`."""

    def __init__(self, owner_id: UUID) -> None:
        self.owner_id = owner_id
        row = keys.key_row(owner_id)
        key = keys.open_key(row)
        self._wrapping = sealing.derive(key, "wrap")
        carried = row.hashing and sealing.unwrap(self._wrapping, bytes(row.hashing))
        self._hashing = carried or sealing.derive(key, "fingerprint")

    # rows

    def new_wrapped(self) -> bytes:
        """A fresh data key for a row, wrapped."""
        return sealing.wrap(self._wrapping, sealing.new_key())

    def row_key(self, row: SealedRow) -> bytes:
        """The data key of a row."""
        return sealing.unwrap(self._wrapping, bytes(row.wrapped_key))

    def seal(self, row: SealedRow, field: str, value: Any) -> bytes:
        """A JSON value sealed for one field of one row."""
        return sealing.seal(self.row_key(row), json.dumps(value).encode(), self._bound(row, field))

    def unseal(self, row: SealedRow, field: str, sealed: bytes | memoryview | None) -> Any:
        """The value that `seal` took; None for an empty field."""
        if not sealed:
            return None
        return json.loads(sealing.unseal(self.row_key(row), bytes(sealed), self._bound(row, field)))

    def _bound(self, row: SealedRow, field: str) -> str:
        return f"{self.owner_id}/{row._meta.label}/{row.id}/{field}"

    def fingerprint(self, label: str, text: str) -> bytes:
        """Keyed hash of a value (32 bytes), equal for equal values of this owner only."""
        return sealing.fingerprint(self._hashing, label, text)

    @property
    def hashing_key(self) -> bytes:
        """The key of the fingerprints; it opens nothing. An export takes it along, so that what comes later is known again."""
        return self._hashing

    def carry_hashing(self, key: bytes) -> None:
        """Use another account's key of fingerprints from now on: for an import into an empty account."""
        UserKey.objects.filter(owner_id=self.owner_id).update(hashing=sealing.wrap(self._wrapping, key))
        self._hashing = key

    # files

    @contextlib.contextmanager
    def create(self, kind: str) -> Iterator[tuple[SealedObject, sealing.FrameWriter]]:
        """Write a sealed file; row and file exist once the block ends well, and neither if it does not."""
        item = SealedObject(id=uuid4(), owner_id=self.owner_id, kind=kind, wrapped_key=self.new_wrapped())
        with tempfile.TemporaryFile(dir=workspace()) as file:
            with self.writer(item, file) as writer:
                yield item, writer
            item.size = writer.size
            file.seek(0)
            default_storage.save(item.name, File(file, item.name))
        item.save(force_insert=True)

    def writer(self, item: SealedObject, file: Any) -> sealing.FrameWriter:
        """A writer for an object's bytes into any file."""
        return sealing.FrameWriter(file, self.row_key(item), self.object_bound(item))

    def reader(self, item: SealedObject, file: Any) -> sealing.FrameReader:
        """Read back what `writer` put into a file."""
        return sealing.FrameReader(file, self.row_key(item), self.object_bound(item))

    def object_bound(self, item: SealedObject) -> str:
        """What the object's frames are bound to: owner, object, version."""
        return f"{self.owner_id}/object/{item.id}/{item.version}"

    @contextlib.contextmanager
    def open(self, item: SealedObject) -> Iterator[sealing.FrameReader]:
        """Read a sealed file."""
        with default_storage.open(item.name) as file:
            yield self.reader(item, file)

    def read(self, item: SealedObject) -> bytes:
        """All bytes of a sealed file."""
        with self.open(item) as reader:
            return reader.read()


def workspace() -> str:
    """A folder of this machine for files without a name."""
    path = settings.DATA_DIR / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return str(path)


def delete(item: SealedObject | None) -> None:
    """Shred the key now; the bytes go when the transaction has committed."""
    if item is None:
        return
    name = item.name
    item.delete()
    transaction.on_commit(lambda: default_storage.delete(name))


def orphans(owner_id: UUID) -> list[str]:
    """Files in storage whose row is gone (left by a crash between the two)."""
    try:
        _, names = default_storage.listdir(str(owner_id))
    except FileNotFoundError:
        return []
    known = {str(pk) for pk in SealedObject.objects.filter(owner_id=owner_id).values_list("pk", flat=True)}
    return [f"{owner_id}/{name}" for name in names if name not in known]


def unused() -> QuerySet[SealedObject]:
    """Objects that no row of any app refers to (left by a kill between writing the file and the row that names it)."""
    found = SealedObject.objects.all()
    for relation in SealedObject._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            field = relation.field
            names = field.model._default_manager.exclude(**{field.name: None}).values_list(field.name, flat=True)
            found = found.exclude(pk__in=cast("QuerySet[SealedObject, UUID]", names))
    return found
