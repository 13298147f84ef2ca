"""One text out of an engine's pieces, however they are split; and limits that are exact when everybody comes at once."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.bridges import limits
from apps.bridges.asked import READ, Line, newest
from apps.bridges.cutting import Cutter
from apps.chat import stream


def words(text: str) -> int:
    return len(text.split())


def through(ops: list[tuple[str, str]], stops: list[str], most: int = 1_000) -> tuple[str, str, int]:
    cutter = Cutter(stops, most, words)
    out = "".join(cutter.take(kind, value) for kind, value in ops) + cutter.end()
    return out, cutter.finish, cutter.tokens


def test_bubbles_become_paragraphs() -> None:
    ops = [("bubble", ""), ("text", " hey "), ("text", "you "), ("bubble", ""), ("bubble", ""), ("text", " there ")]
    assert through(ops, []) == ("hey you\n\nthere", "stop", 3)


def test_a_stop_is_never_given_out_in_part() -> None:
    cutter = Cutter(["###"], 100, words)
    assert cutter.take("text", "one #") == "one"
    assert cutter.take("text", "#") == ""
    assert cutter.take("text", " two ##") == " ## two"
    assert cutter.take("text", "# three") == ""
    assert cutter.finish == "stop"
    assert cutter.end() == ""


def test_only_tokens_that_are_given_out_are_counted() -> None:
    assert through([("text", "one two # three four five six")], ["#"]) == ("one two", "stop", 2)


@given(
    st.lists(st.text("ab# \n", min_size=1, max_size=4), max_size=12),
    st.lists(st.text("ab#", min_size=1, max_size=3), max_size=2),
    st.integers(1, 8),
)
def test_the_split_does_not_matter(pieces: list[str], stops: list[str], most: int) -> None:
    whole = "".join(pieces).lstrip()
    out, finish, tokens = through([("text", p) for p in pieces], stops, most)
    assert whole.startswith(out)
    assert out == out.strip()
    assert words(out) <= most
    assert not any(s in out for s in stops)
    if finish == "stop" and not any(s in whole for s in stops):
        assert out == whole.rstrip()
    assert tokens <= most


@given(st.lists(st.integers(0, 20_000), max_size=9))
def test_only_so_much_is_read(sizes: list[int]) -> None:
    lines = [Line("Sam", "x" * size) for size in sizes]
    kept = newest(lines)
    assert kept == lines[len(lines) - len(kept) :]
    assert len(kept) <= 1 or sum(len(line.text) for line in kept) <= READ
    assert bool(kept) == bool(lines)
    if len(kept) < len(lines):
        assert sum(len(line.text) for line in lines[-len(kept) - 1 :]) > READ


@pytest.mark.parametrize("rate", [1, 7])
async def test_exactly_as_many_as_allowed_come_in(rate: int) -> None:
    connection, door, owner = stream.async_client(), uuid4(), uuid4()
    try:
        waits = await asyncio.gather(
            *(limits.enter(connection, door=door, owner=owner, rate=rate, at_once=0, request_id=None) for _ in range(50))
        )
        assert waits.count(0) == rate
        assert all(1 <= wait <= 60 for wait in waits if wait)
        ids = [uuid4() for _ in range(5)]
        places = [
            await limits.enter(connection, door=uuid4(), owner=owner, rate=9, at_once=2, request_id=one) for one in ids
        ]
        assert places == [0, 0, 2, 2, 2]
        await limits.leave(connection, owner=owner, request_id=ids[0])
        assert await limits.enter(connection, door=door, owner=uuid4(), rate=99, at_once=2, request_id=uuid4()) == 0
        assert await limits.enter(connection, door=uuid4(), owner=owner, rate=9, at_once=2, request_id=uuid4()) == 0
    finally:
        await connection.aclose()
