"""What fuzzing begins with: whole files that their readers read, and inputs that come apart as they were put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.archives.formats import registry
from apps.archives.formats.types import Message, Messages
from tests.fuzz.seeds import PART, SEEDS, Given, Names, seeds


@pytest.mark.parametrize("reader", list(SEEDS))
def test_every_seed_holds_messages(reader: str, tmp_path: Path) -> None:
    names, given = seeds(reader, tmp_path)
    for called, data in given.items():
        members, others = names.unpacked(data)
        assert members, called
        assert called.endswith("-whole") or not others
        if called.endswith("-whole"):
            assert any(isinstance(r, Message | Messages) for r in registry.FORMATS[reader].read(members, others)), called


def test_members_come_apart_again() -> None:
    names = Names(["a.csv", "b.csv", "c.csv"], {"a.csv", "b.csv"})
    members = [Given("a.csv", b"one\n"), Given("b.csv", b""), Given("c.csv", b"\0\xff")]
    assert names.unpacked(names.packed(members)) == (members[:2], members[2:])
    assert names.unpacked(b"bare") == ([Given("b.csv", b"bare")], [])
    assert names.unpacked(PART + b"\x04again" + PART + b"\x01later") == ([Given("b.csv", b"later")], [])
    assert names.unpacked(PART) == ([], [])
    assert names.unpacked(b"") == ([Given("a.csv", b"")], [])
