"""Copies of eight words are taken back while they are made, and other words are found."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from rbloom import Bloom

from apps.personas import dataset, verbatim
from apps.personas.dataset import Dialogue
from apps.personas.guard import Guard
from apps.personas.inference import families
from apps.personas.inference.generate import Op, Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.verbatim import Verbatim
from apps.privacy.scrub.known import Known

KEY = b"k" * 32
LINE = "the heron stood on the far bank until the ferry had gone past the reeds"


def kept(*messages: str) -> Verbatim:
    """Where the persona's own person wrote all of it."""
    return Verbatim(verbatim.build([(True, message) for message in messages], KEY), KEY)


def test_rare_runs_are_known_and_habits_are_not() -> None:
    habit = "good morning my dear friends and a happy new week"
    found = kept(LINE, *[habit] * 3)
    assert found.copied(f"well, {LINE.upper()}!")
    assert found.ends_in_copy("The heron, stood on the far bank until")
    assert not found.ends_in_copy("heron stood on the far bank until you")
    assert not found.ends_in_copy("stood on the far bank until the")  # seven words
    assert not found.copied(habit)


HABIT = "good morning my dear friends and a happy new week"


@pytest.mark.parametrize(
    ("theirs", "own", "stopped"),
    [(1, 0, True), (9, 0, True), (9, 1, True), (9, 2, True), (2, 1, True), (9, 3, False), (0, 3, False), (0, 2, True)],
)
def test_only_the_personas_own_habits_may_be_said(theirs: int, own: int, stopped: bool) -> None:
    found = Verbatim(verbatim.build([*[(False, HABIT)] * theirs, *[(True, HABIT)] * own], KEY), KEY)
    assert found.copied(f"well, {HABIT}") is stopped
    assert found.ends_in_copy(HABIT) is stopped


ADDRESS = "parcels go to Quill, Birch Lane 4, second floor, ring twice"


@pytest.mark.parametrize(
    ("said", "theirs", "own", "leak"),
    [
        (ADDRESS, 1, 0, True), (ADDRESS, 3, 0, True), (ADDRESS, 9, 2, True), (ADDRESS, 9, 3, False),
        ("see you tomorrow", 1, 0, False), ("see you tomorrow", 9, 0, False), ("ha " * 9, 9, 0, False),
    ],
)  # fmt: skip
def test_others_words_are_theirs_however_often_they_wrote_them(said: str, theirs: int, own: int, leak: bool) -> None:
    found = verbatim.Theirs([(7, said)] * theirs, [said] * own)
    assert found.place(f"well {said.lower()} ok") == (7 if leak else None)
    assert verbatim.Rare([(7, said)] * 3).place(said) is None, "own habits are habits"


def test_a_training_tells_whose_words_they_are() -> None:
    turns = (Turn("Sam", (Bubble("hi"), Bubble("you"))), Turn(ME_SPEAKER, (Bubble("hello"),)))
    assert list(dataset.by_whom([Dialogue(("Sam",), turns)])) == [(False, "hi"), (False, "you"), (True, "hello")]


@pytest.mark.parametrize("said", ["don’t", "don't", "dont", "DON'T"])
def test_a_word_is_the_same_without_its_apostrophe(said: str) -> None:
    line = "we {} feed the heron on the bank any more"
    for wrote in ("don't", "dont", "don’t"):
        found = kept(line.format(wrote))
        assert found.copied(line.format(said)), wrote
        assert found.ends_in_copy("we " + line.format(said)[:-9]), "noticed with the eighth word"
    assert not kept(*[line.format(w) for w in ("don't", "dont", "don’t")]).copied(line.format(said)), "said three times"


def test_what_was_kept_before_still_stops() -> None:
    """Filters of versions that were trained when an apostrophe parted words."""
    bloom = Bloom(10, verbatim.MISTAKES, verbatim._identity)
    bloom.add(verbatim._hash(KEY)(b"we don t feed the heron on the"))
    found = Verbatim(bytes(bloom.save_bytes()), KEY)
    assert found.copied("and we don't feed the heron on the bank")
    assert found.ends_in_copy("and we don't feed the heron on the")


def test_the_file_tells_nothing_without_the_key() -> None:
    saved = verbatim.build([(True, LINE)], KEY)
    assert b"heron" not in saved
    assert not Verbatim(saved, b"x" * 32).copied(LINE)


@pytest.fixture(scope="module")
def voice() -> Voice:
    torch.manual_seed(1)
    return Voice(families.load("builtin", torch.float32))


def words(ops: Any) -> str:
    out = ""
    for op in ops:
        out += " " if op.kind == "bubble" else op.value
    return out


TURNS = [Turn("Sam", (Bubble("what did you do on the weekend, tell me everything"),))]


def test_a_recital_is_taken_back_word_by_word(voice: Voice) -> None:
    """What the model says by itself becomes forbidden: it must go another way, with the same seed."""
    sampling = Sampling(seed=28, temperature=0.7, max_tokens=80, max_bubbles=8)
    free = words(voice.reply(["Sam"], TURNS, sampling))
    assert len(verbatim._WORD.findall(free)) > 12
    found = kept(free)
    assert found.copied(free)
    guard = Guard(Known())
    veto = guard.veto(found)
    assert veto is not None
    watched = words(voice.reply(["Sam"], TURNS, sampling, lambda: False, veto))
    assert not found.copied(watched)
    assert guard.copies >= 1
    assert watched.split()[:5] == free.split()[:5], "the words before are the same"
    assert len(verbatim._WORD.findall(watched)) >= 7, "and it goes on"


def test_without_anything_forbidden_nothing_changes(voice: Voice) -> None:
    sampling = Sampling(seed=6, temperature=0.7, max_tokens=60)
    free = words(voice.reply(["Sam"], TURNS, sampling))
    assert words(voice.reply(["Sam"], TURNS, sampling, lambda: False, lambda text: False)) == free


def test_who_can_say_nothing_else_stops(voice: Voice) -> None:
    """A model that is forbidden every word after the third says three words, and ends."""
    sampling = Sampling(seed=7, temperature=0.7, max_tokens=60)
    said = words(voice.reply(["Sam"], TURNS, sampling, lambda: False, lambda text: len(text.split()) > 3))
    assert len(said.split()) == 3


def test_the_guard_and_the_veto_work_together(voice: Voice) -> None:
    guard = Guard(Known())
    ops = guard.watch(voice.reply(["Sam"], TURNS, Sampling(seed=8, max_tokens=40), lambda: False, guard.veto(kept(LINE))))
    assert all(isinstance(op.kind, str) for op in itertools.islice(ops, 50))
    assert guard.stopped == 0
    assert Op("text", "x").value == "x"
