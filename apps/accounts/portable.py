"""Rows as JSON, complete enough to become rows again in another account: what an export writes and an import reads.

A row is all its columns but the owner, the wrapped key and places of sealed files. Sealed columns are opened; a binary column
with a `max_length` is a keyed hash and goes as it is, in hexadecimal. Ids become others on the way in (the old account may
still be here), everywhere they stand, also in sealed values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.db.models import AutoField, BinaryField, Field, ForeignKey, JSONField, Model, QuerySet, UUIDField

from apps.accounts.archive_out import Entry
from apps.accounts.models import OwnedModel, SealedObject, SealedRow
from apps.accounts.vault import Vault

Facts = dict[str, Any]
Row = TypeVar("Row", bound=Model)


class Ids:
    """Old ids to new ones, the same for the same account: an import that is run again makes nothing twice."""

    def __init__(self, owner_id: UUID) -> None:
        self._owner = owner_id
        self._known: dict[str, str] = {}

    def add(self, old: str) -> None:
        """An id of a row of the export."""
        was, new = UUID(old), self.new(old)
        self._known |= {str(was): str(new), was.hex: new.hex}

    def new(self, old: str | UUID) -> UUID:
        """The new id of a row."""
        return uuid5(self._owner, str(UUID(str(old))))

    def inside(self, value: Any) -> Any:
        """A JSON value with the ids in it exchanged."""
        if isinstance(value, str):
            return self._known.get(value, value)
        if isinstance(value, list):
            return [self.inside(v) for v in value]
        if isinstance(value, dict):
            return {self.inside(k): self.inside(v) for k, v in value.items()}
        return value


def table(vault: Vault, rows: QuerySet[Any]) -> Entry:
    """All these rows as one member of the export: a JSON object a line."""
    lines = (line(dump(vault, row)) for row in rows.order_by("pk").iterator())
    return f"rows/{rows.model._meta.label}.jsonl", lines


def line(facts: Facts) -> bytes:
    """One line of JSON Lines."""
    return json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def dump(vault: Vault, row: Model) -> Facts:
    """A row as JSON."""
    return {field.attname: _out(vault, row, field) for field in _fields(type(row)) if _speaks(row, field)}


def _fields(model: type[Model]) -> Iterator[Field[Any, Any]]:
    for field in model._meta.concrete_fields:
        own = field.name in ("owner", "wrapped_key") or (
            isinstance(field, ForeignKey) and field.related_model is SealedObject
        )
        if not own and not isinstance(field, AutoField):
            yield field


def _sealed(model: type[Model], field: Field[Any, Any]) -> bool:
    return isinstance(field, BinaryField) and field.max_length is None


def _speaks(row: Model, field: Field[Any, Any]) -> bool:
    """A sealed column of a row without a key of its own is opened by those who know the key."""
    return isinstance(row, SealedRow) or not _sealed(type(row), field)


def _out(vault: Vault, row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    if value is None:
        return None
    if _sealed(type(row), field):
        assert isinstance(row, SealedRow)
        return vault.unseal(row, field.name, value)
    if isinstance(field, BinaryField):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def make(vault: Vault, model: type[Row], facts: Facts, ids: Ids, **given: Any) -> Row:
    """The row of these facts in the vault's account. `given` columns are taken as they are; unknown facts are passed over."""
    row = model(**given)
    if isinstance(row, OwnedModel):
        row.owner_id = vault.owner_id
        row.id = ids.new(facts["id"])
    if isinstance(row, SealedRow):
        row.wrapped_key = vault.new_wrapped()
    times: Facts = {}
    for field in _fields(model):
        if field.primary_key or field.name in given or field.attname not in facts or not _speaks(row, field):
            continue
        value = _in(vault, row, field, facts[field.attname], ids)
        setattr(row, field.attname, value)
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            times[field.name] = value
    row.save(force_insert=True)
    if times:  # the columns that say "now" by themselves
        model._default_manager.filter(pk=row.pk).update(**times)
    return row


def _in(vault: Vault, row: Model, field: Field[Any, Any], value: Any, ids: Ids) -> Any:
    if value is None:
        return None
    if _sealed(type(row), field):
        assert isinstance(row, SealedRow)
        return vault.seal(row, field.name, ids.inside(value))
    if isinstance(field, BinaryField):
        return bytes.fromhex(value)
    if isinstance(field, ForeignKey):
        return ids.new(value)
    if isinstance(field, UUIDField | JSONField):
        value = ids.inside(value)
    return field.to_python(value)
