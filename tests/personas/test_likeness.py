"""Is it me? The card's verdict, the classifier of authors, habits, and a model measured against words that it never read."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import torch

from apps.personas import dataset, likeness
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.evaluation import comparison, style
from apps.personas.evaluation.attribution import Authors, attributed
from apps.personas.evaluation.process import prepare
from apps.personas.inference import families
from apps.personas.language import ME_SPEAKER, Bubble, Mark, Turn
from apps.personas.training import preparing, trainer

FINE: dict[str, Any] = {
    "held_out": 100, "replies": 412, "bits": 1.8, "bits_base": 2.0, "prefers_own": True, "ratio": 0.95, "copies": 0.0,
    "copies_real": 0.01,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "good"), ({"ratio": 0.7}, "fair"), ({"ratio": 0.2}, "bad"), ({"prefers_own": False}, "bad"), ({"bits": 2.1}, "bad"),
        ({"copies": 0.2}, "fair"), ({"held_out": 5}, "unknown"), ({"ratio": None, "prefers_own": None}, "fair"),
    ],
)  # fmt: skip
def test_the_card_says_what_the_numbers_mean(change: dict[str, Any], verdict: str) -> None:
    card = likeness.judge({**FINE, **change})
    assert card.verdict == verdict
    assert "1,000" in card.advice


def test_who_cannot_be_recognised_is_no_measure() -> None:
    share = lambda s: {"share": s, "low": s - 0.02, "high": s + 0.02, "group": 20, "messages": 100}  # noqa: E731
    found = comparison.Likeness(500, 100, 1.8, 2.0, authors=10, real=share(0.03), persona=share(0.03), prefers_own=True)
    found.copies = found.copies_real = 0.0
    assert found.ratio is None
    card = likeness.judge(found.to_dict())
    assert card.verdict == likeness.FAIR
    assert "cannot be told from other people's" in card.reasons[0]
    found.real, found.persona = share(0.6), share(0.57)
    assert found.ratio == pytest.approx(0.95)
    assert likeness.judge(found.to_dict()).verdict == likeness.GOOD


def test_placeholders_count_no_bytes() -> None:
    def coded(*bubbles: Bubble) -> int:
        made = Dialogue(("Bea",), (Turn("Bea", (Bubble("hi"),)), Turn(ME_SPEAKER, bubbles)))
        return comparison._coded(families.load("builtin", torch.float32), [made])[1]

    assert coded(Bubble("look here [link]", (Mark(10, 16, "link"),))) == coded(Bubble("look here "))


def test_the_advice_promises_no_figure_that_was_not_measured() -> None:
    assert "1,000 or more" in likeness.advice({"replies": 412})
    assert "%" not in likeness.advice({"replies": 412})
    assert "good amount" in likeness.advice({"replies": 50_000})


def written(rng: random.Random, *, loud: bool) -> str:
    words = rng.choices(["tea", "train", "garden", "rain", "later", "maybe", "really", "kitchen"], k=rng.randint(3, 8))
    text = " ".join(words)
    return text.capitalize() + rng.choice(["!!!", "!! xx", " :D"]) if loud else text + rng.choice(["", "...", " hm"])


def test_authors_are_told_by_how_they_write() -> None:
    rng = random.Random(2)
    people = {name: [written(rng, loud=loud) for _ in range(120)] for name, loud in (("me", True), ("you", False))}
    authors = Authors(people)
    mine, others = ([written(rng, loud=loud) for _ in range(60)] for loud in (True, False))
    assert attributed(authors, "me", mine).share > 0.95
    found = attributed(authors, "me", others)
    assert found.share < 0.05
    assert found.low <= found.share <= found.high
    assert (found.group, found.messages) == (20, 60)
    assert attributed(authors, "me", mine[:6]).group == 3


def test_habits_are_near_oneself_and_far_from_others() -> None:
    rng = random.Random(3)
    one, same, other = ([[written(rng, loud=loud)] for _ in range(200)] for loud in (True, True, False))
    near, far = (style.distances(style.measured(one), style.measured(x)) for x in (same, other))
    assert max(near["length"], near["exclamations"], near["emoji"]) < 0.3
    assert far["exclamations"] == far["lower"] == 1.0
    rows = likeness.habits({"measured": {"style": near, "style_others": far}})
    assert {label for label, _, _ in rows} == set(likeness.HABITS.values())
    assert all(0 <= n <= 1 for _, n, _ in rows)
    assert likeness.habits(None) == []


def test_favourite_words_are_ones_own() -> None:
    common = style.counted(["the train is late and the tea is cold"] * 30)
    assert style.favourites(["the bumbleshoot is late", "my bumbleshoot and the tea"] * 5, common, most=2) >= {"bumbleshoot"}


def talk(rng: random.Random, count: int, *, loud: bool) -> list[Dialogue]:
    made = []
    for _ in range(count):
        turns = []
        for _ in range(3):
            turns.append(Turn("Bea", (Bubble(written(rng, loud=not loud)),)))
            turns.append(Turn(ME_SPEAKER, (Bubble(written(rng, loud=loud)),)))
        made.append(Dialogue(("Bea",), tuple(turns)))
    return made


def test_bits_count_every_own_byte_once_however_long_the_talk() -> None:
    family = families.load("builtin", torch.float32)
    rng = random.Random(4)
    turns = tuple(t for d in talk(rng, 60, loud=True) for t in d.turns)
    whole = Dialogue(("Bea",), turns)
    samples, size = comparison._coded(family, [whole])
    assert len(samples) > 1
    assert size == sum(len(b.text.encode()) for t in turns if t.speaker is ME_SPEAKER for b in t.bubbles)
    weights = sum(sum(s.weights) for s in samples)
    once = family.language.encode(("Bea",), turns, own=1.0, theirs=0.0, heads=0.0, figures=True)
    assert weights == sum(once.weights)
    bits = comparison.bits_per_byte(family, family.model, [whole])
    assert bits is not None
    assert 0.5 < bits < math.log2(256)
    assert comparison.bits_per_byte(family, family.model, []) is None


def test_a_seat_is_exchanged() -> None:
    (d,) = comparison.mirrored(
        [Dialogue(("Bea", "Cal"), (Turn("Bea", (Bubble("a"),)), Turn(ME_SPEAKER, (Bubble("b"),))))], "Bea"
    )
    assert [t.speaker for t in d.turns] == [ME_SPEAKER, "Bea"]
    assert d.others == ("Cal", "Bea")


def card(train: list[Dialogue], test: list[Dialogue], tensors: dict[str, torch.Tensor]) -> likeness.Card:
    subject = prepare(TrainConfig(), tensors, None)
    view = comparison.Subject(subject.family, subject.model, subject.before, train, test)
    found, game = comparison.run(view)
    assert all(real != said and before for before, real, said in game)
    assert len(game) > 5
    return likeness.judge(found.to_dict())


def trained(dialogues: list[Dialogue], tmp_path: Any, steps: int) -> dict[str, torch.Tensor]:
    run = preparing.prepare(TrainConfig(epochs=50.0, rows=2, length=256), dialogues, [])
    run.plan = run.plan[:steps]
    return trainer.train(run, tmp_path, bytes(32), "Bea", lambda _: None, Asked()).tensors


def test_a_persona_of_somebody_else_gets_a_bad_card(tmp_path: Any) -> None:
    """Learnt from the quiet one, held against the loud one: the card must say so; against the quiet one it must not."""
    rng = random.Random(5)
    loud, quiet = talk(rng, 40, loud=True), talk(rng, 40, loud=False)
    tensors = trained(quiet, tmp_path, 24)
    wrong = card(loud[:30], loud[30:], tensors)
    right = card(quiet[:30], quiet[30:], tensors)
    assert wrong.verdict == likeness.BAD
    assert right.verdict != likeness.BAD
    assert (right.measured["prefers_own"], wrong.measured["prefers_own"]) == (True, False)
    assert right.measured["ratio"] > 2 * wrong.measured["ratio"]
    assert dataset.amount(quiet[:30]).replies == right.measured["replies"]
