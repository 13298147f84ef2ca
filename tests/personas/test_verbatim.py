"""Copies of eight words are taken back while they are made, and other words are found."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from apps.personas import verbatim
from apps.personas.guard import Guard
from apps.personas.inference import families
from apps.personas.inference.generate import Op, Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.language import Bubble, Turn
from apps.personas.verbatim import Verbatim
from apps.privacy.scrub.known import Known

KEY = b"k" * 32
LINE = "the heron stood on the far bank until the ferry had gone past the reeds"


def kept(*messages: str) -> Verbatim:
    return Verbatim(verbatim.build(messages, KEY), KEY)


def test_rare_runs_are_known_and_habits_are_not() -> None:
    habit = "good morning my dear friends and a happy new week"
    found = kept(LINE, *[habit] * 3)
    assert found.copied(f"well, {LINE.upper()}!")
    assert found.ends_in_copy("The heron, stood on the far bank until")
    assert not found.ends_in_copy("heron stood on the far bank until you")
    assert not found.ends_in_copy("stood on the far bank until the")  # seven words
    assert not found.copied(habit)


def test_the_file_tells_nothing_without_the_key() -> None:
    saved = verbatim.build([LINE], KEY)
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
