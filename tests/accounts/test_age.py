"""The age format: opened by another implementation and opening what that one wrote; nothing changed goes unnoticed."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import passphrase as peer

from apps.accounts import age

WORD = "four words and a näme"
EDGES = [0, 1, age.CHUNK - 1, age.CHUNK, age.CHUNK + 1, 3 * age.CHUNK, 3 * age.CHUNK + 7]


def locked(data: bytes, word: str = WORD, work: int = 4) -> bytes:
    return b"".join(age.locked((data[n : n + 50_000] for n in range(0, len(data), 50_000)), word, work))


@pytest.mark.parametrize("size", EDGES)
def test_another_implementation_opens_it(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert peer.decrypt(locked(data), WORD) == data


def test_it_opens_what_another_implementation_wrote() -> None:
    data = bytes(n % 251 for n in range(3 * age.CHUNK))
    sealed = peer.encrypt(data, WORD)
    assert age.is_age(sealed)
    assert age.Opened(io.BytesIO(sealed), WORD).read() == data


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * age.CHUNK), st.integers(0, age.CHUNK + 5)), max_size=5))
def test_it_can_be_read_from_any_place(places: list[tuple[int, int]]) -> None:
    data = bytes(n % 251 for n in range(2 * age.CHUNK + 99))
    file = age.Opened(io.BytesIO(locked(data, work=1)), WORD)
    for at, size in places:
        file.seek(at)
        assert file.read(size) == data[at : at + size]
        buffered = io.BufferedReader(file)
        buffered.seek(at)
        assert buffered.read(size) == data[at : at + size]
        buffered.detach()


def test_another_passphrase_does_not_open() -> None:
    with pytest.raises(age.Locked):
        age.Opened(io.BytesIO(locked(b"x")), WORD + "!")


def test_every_changed_byte_is_noticed() -> None:
    whole = locked(b"private", work=1)
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(age.Locked):
            age.Opened(io.BytesIO(bytes(changed)), WORD).read()


def test_every_truncation_is_noticed() -> None:
    whole = locked(bytes(2 * age.CHUNK), work=1)
    for size in [*range(len(whole) - 2 * age.SEALED + 3), len(whole) - age.SEALED, len(whole) - 1]:
        with pytest.raises(age.Locked):
            age.Opened(io.BytesIO(whole[:size]), WORD).read()


def test_more_work_than_sensible_is_refused() -> None:
    with pytest.raises(age.Locked):
        age.Opened(io.BytesIO(locked(b"x", work=1).replace(b" 1\n", b" 30\n", 1)), WORD)
