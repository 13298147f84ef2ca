"""The shape of a ledger entry. Pure."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One replaced value: it stood at `start:end` of the scrubbed text of `record`."""

    record: str
    start: int
    end: int
    kind: str
    value: str
