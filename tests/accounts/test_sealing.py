"""Sealed bytes: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts import sealing
from apps.accounts.sealing import FrameReader, FrameWriter, Unreadable


def sealed(pieces: list[bytes], key: bytes = bytes(32), bound: str = "place") -> bytes:
    file = io.BytesIO()
    with FrameWriter(file, key, bound) as writer:
        for piece in pieces:
            writer.frame(piece)
    return file.getvalue()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=2_000), max_size=6))
def test_bytes_come_back(pieces: list[bytes]) -> None:
    assert list(FrameReader(io.BytesIO(sealed(pieces)), bytes(32), "place").frames()) == pieces


def test_long_writes_are_cut_into_frames() -> None:
    file = io.BytesIO()
    data = bytes(range(256)) * 3_000
    with FrameWriter(file, bytes(32), "p") as writer:
        writer.write(data)
    reader = FrameReader(io.BytesIO(file.getvalue()), bytes(32), "p")
    assert len(reader) == 3
    assert reader.read(1_000) + reader.read() == data


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2 * sealing.FRAME + 3), max_size=5), st.booleans())
def test_pieces_of_any_length_come_back(lengths: list[int], unpacked: bool) -> None:
    file = io.BytesIO()
    whole = b""
    with FrameWriter(file, bytes(32), "p", sealing.UNPACKED if unpacked else sealing.LEVEL) as writer:
        for number, length in enumerate(lengths):
            piece = bytes([number + 1]) * length
            whole += piece
            assert writer.write(piece) == length
    reader = FrameReader(io.BytesIO(file.getvalue()), bytes(32), "p")
    assert len(reader) == -(-len(whole) // sealing.FRAME)
    assert reader.read() == whole
    assert writer.size == len(whole)


def test_every_changed_byte_is_noticed() -> None:
    whole = sealed([b"one", b"two"])
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(Unreadable):
            list(FrameReader(io.BytesIO(bytes(changed)), bytes(32), "place").frames())


def test_every_truncation_is_noticed() -> None:
    whole = sealed([b"one", b"two"])
    for size in range(len(whole)):
        with pytest.raises((Unreadable, OSError)):
            list(FrameReader(io.BytesIO(whole[:size]), bytes(32), "place").frames())


def test_another_place_or_key_does_not_open() -> None:
    whole = sealed([b"secret"])
    with pytest.raises(Unreadable):
        FrameReader(io.BytesIO(whole), bytes(32), "elsewhere")
    with pytest.raises(Unreadable):
        FrameReader(io.BytesIO(whole), b"x" * 32, "place")


def test_small_values_are_bound_to_their_place() -> None:
    value = sealing.seal(bytes(32), b"x", "a/1")
    assert sealing.unseal(bytes(32), value, "a/1") == b"x"
    with pytest.raises(Unreadable):
        sealing.unseal(bytes(32), value, "a/2")


def test_nothing_readable_is_in_the_file() -> None:
    assert b"very private words" not in sealed([b"very private words" * 50])
