"""Invented times: drawn from a learnt rhythm, forwards only, and the same again for the same seed."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.personas import clock
from apps.personas.clock import Clock, drawn
from apps.personas.guard import Guard
from apps.personas.inference.generate import Op
from apps.personas.rhythm import deciles
from apps.privacy.scrub.known import Known

SLOW = {"between": [100.0 + n for n in range(9)], "delays": [1_000.0 + n for n in range(9)]}
START = 1_551_810_600.0  # 2019-03-05 18:30


def test_the_first_line_stands_at_the_chosen_time_and_the_rest_follow_the_rhythm() -> None:
    one = Clock(SLOW, START, seed=1)
    times = [one.turn(), one.bubble(), one.turn(), one.bubble()]
    assert times[0] == START
    gaps = [b - a for a, b in pairwise(times)]
    assert 0 < gaps[0] <= 220
    assert 0 < gaps[2] <= 220
    assert 500 < gaps[1] <= 2_020
    again = Clock(SLOW, START, seed=1)
    assert [again.turn(), again.bubble(), again.turn(), again.bubble()] == times
    assert Clock(SLOW, START, last=START + 50).turn() > START + 50, "a conversation goes on"
    assert Clock(SLOW, START + 9e5, last=START).turn() == START + 9e5, "a later day is jumped to"


def test_a_time_that_the_model_wrote_counts_where_it_can_be() -> None:
    one = Clock(SLOW, START)
    one.turn()
    assert one.bubble(START + 60) == START + 60
    assert one.bubble(START) > START + 60, "never backwards"
    assert one.bubble(START + 9e9) < START + 9e5, "nor years ahead"


def test_what_is_drawn_is_spread_like_what_was_learnt() -> None:
    sample = [float(2 * n) for n in range(1, 500)]
    found = deciles([drawn(deciles(sample), n / 1_000, 3_600) for n in range(1_000)])
    assert all(abs(a - b) / b < 0.05 for a, b in zip(found[1:], deciles(sample)[1:], strict=True))
    assert statistics.median(drawn(clock.DELAYS, n / 100, 3_600) for n in range(100)) == pytest.approx(32, rel=0.1)


@given(st.lists(st.floats(0, 3_600), min_size=9, max_size=9), st.floats(0, 0.999), st.integers())
def test_it_never_goes_backwards(found: list[float], share: float, seed: int) -> None:
    one = Clock({"between": sorted(found), "delays": sorted(found)}, START, seed=seed)
    times = [one.turn(), one.bubble(), one.turn(), one.turn()]
    assert all(a < b for a, b in pairwise(times))
    assert 0 <= drawn(sorted(found), share, 3_600) <= 7_200


def test_times_are_told_and_read_without_a_zone() -> None:
    assert (clock.told(START), clock.exact(START)) == ("2019-03-05 18:30", "2019-03-05T18:30:00")
    assert clock.read("2019-03-05T18:30") == clock.read("2019-03-05 18:30") == START
    assert clock.read("?") is clock.read("") is clock.read("soon") is None


def test_bubbles_keep_their_times_through_the_guard() -> None:
    def ops() -> Any:
        for turn, words in (("", ["call 0176", "12345678 now", "bye"]), ("Bea", ["ok"])):
            yield Op("turn", turn)
            for n, text in enumerate(words):
                yield Op("bubble", f"{len(turn)}{n}")
                yield from (Op("text", piece) for piece in (text[:3], text[3:]))

    known = Known()
    known.add("phone", "017612345678")
    guard = Guard(known)
    said = list(guard.watch(ops()))
    assert guard.stopped == 1, "a number over two bubbles"
    assert [s.value for s in said if s.kind == "bubble"] == ["00", "01", "02", "30"]
