"""The shapes of a ledger entry and of a guessed name. Pure."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One replaced value: it stood at `start:end` of the scrubbed text of `record`."""

    record: str
    start: int
    end: int
    kind: str
    value: str


class Suggested(msgspec.Struct, array_like=True, frozen=True):
    """What may be the name of a person, a place or a firm, and how often it stands in how many conversations."""

    kind: str
    value: str
    count: int
    conversations: int
