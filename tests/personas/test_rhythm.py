"""Rhythm: counted right on a talk made by hand, nearer to oneself than to somebody of another pace."""

from __future__ import annotations

import random

from apps.personas import rhythm
from apps.personas.dataset import Chat, Line, boundaries
from apps.personas.language import ME_SPEAKER, Bubble


def line(who: str, at: float | None) -> Line:
    return Line(ME_SPEAKER if who == "me" else who, at, Bubble("x"))


def test_every_turn_is_counted_once() -> None:
    talk = [
        ("Bea", 0),
        ("me", 30),
        ("me", 34),
        ("Bea", 100),
        ("Cal", 110),
        ("me", 170),
        ("Bea", 200),
        ("Bea", 9_000),
        ("me", 20_000),
    ]
    found = rhythm.seen([Chat("a", True, [line(who, at) for who, at in talk])])
    assert found.between == [4]
    assert found.delays == [30, 60]
    assert found.rows == [2, 1, 1]
    assert (found.asked, found.answered) == (4, 2)


def test_what_lies_between_is_no_delay() -> None:
    left_out = Line(ME_SPEAKER, 3_000.0, Bubble("x"), cut=True)
    found = rhythm.seen([Chat("a", True, [line("Bea", 0), left_out])])
    assert (found.delays, found.asked, found.rows) == ([], 1, [1]), "somebody who is left out wrote between"
    parted = Chat("a", False, [line("Bea", 0), line("Bea", 50), line("me", 100)], 40.0, 60.0, 60.0)
    assert rhythm.seen([parted]).delays == [], "what is held out lies between"


def test_messages_without_a_time_count_nowhere() -> None:
    found = rhythm.seen([Chat("a", False, [line("Bea", None), line("me", None), line("me", None)])])
    assert (found.delays, found.rows, found.asked) == ([], [], 0)
    assert rhythm.learnt([]) is None


def talk(rng: random.Random, pace: float, chatty: float) -> Chat:
    lines, at = [], 0.0
    for _ in range(400):
        at += rng.uniform(4_000, 9_000)
        lines.append(line("Bea", at))
        if rng.random() < 0.2:
            continue
        at += rng.lognormvariate(pace, 0.5)
        lines.append(line("me", at))
        while rng.random() < chatty:
            at += rng.uniform(2, 20)
            lines.append(line("me", at))
    chat = Chat("a", False, lines)
    chat.validate_from, chat.test_from, chat.test_to = boundaries(lines)
    return chat


def test_one_is_nearer_to_oneself_than_to_another() -> None:
    rng = random.Random(1)
    quick, slow = talk(rng, 3.0, 0.6), talk(rng, 6.0, 0.1)
    own, newest, other = rhythm.seen([quick]), rhythm.seen([quick], held_out=True), rhythm.seen([slow])
    near, far = rhythm.distance(own.delays, newest.delays), rhythm.distance(own.delays, other.delays)
    assert near is not None
    assert far is not None
    assert near < 0.7 < 2 < far
    found = rhythm.learnt([quick])
    assert found is not None
    assert 0.1 < found.silence < 0.3
    assert found.rows[0] < 0.6 < rhythm.learnt([slow]).rows[0]  # type: ignore[union-attr]
    assert found.delays == sorted(found.delays)
    assert len(found.to_dict()["delays"]) == 9
    assert newest.delays, "the newest part is not learnt from"
    assert len(own.delays) + len(newest.delays) <= 400


def test_who_leaves_long_gaps_pauses_longer_on_the_page() -> None:
    quick, slow = ({"between": [seconds] * 9} for seconds in (2.0, 60.0))
    assert 0 < rhythm.pace(quick)["pause"] < rhythm.pace(slow)["pause"] <= 3_000
    assert rhythm.pace(None) == rhythm.pace({"between": []}) == {}


def test_the_learnt_pace_is_nearer_to_the_newest_weeks_than_that_of_others() -> None:
    rng = random.Random(2)
    chat = talk(rng, 3.0, 0.6)
    for before in list(chat.lines):
        if before.speaker is ME_SPEAKER and rng.random() < 0.4 and before.at is not None:
            chat.lines.append(line("Bea", before.at + rng.uniform(900, 3_000)))  # who takes their time
    chat.lines.sort(key=lambda x: x.at or 0.0)

    found = rhythm.compared([chat])

    assert found is not None and found.delays is not None and found.others is not None
    assert found.delays < 0.7 < 2 < found.others
    assert found.rows is not None and found.rows < 0.3
    assert rhythm.compared([]) is None
