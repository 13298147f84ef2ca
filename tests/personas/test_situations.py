"""Comparisons by person, era and pace: whom they count, and that they tell right from wrong."""

from __future__ import annotations

import random

from apps.personas import rhythm
from apps.personas.config import TrainConfig
from apps.personas.dataset import Dialogue, Line, Parts
from apps.personas.evaluation import situations
from apps.personas.evaluation.bench_likeness import newest
from apps.personas.evaluation.process import prepare
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.training import preparing, trainer


def talk(name: str, answer: str, times: int = 1) -> Dialogue:
    turns = (Turn(name, (Bubble("and you?"),)), Turn(ME_SPEAKER, (Bubble(answer),)))
    return Dialogue((name,), turns * times)


def test_a_name_is_exchanged_everywhere() -> None:
    before = Dialogue(("Bea", "Cal"), (Turn("Bea", (Bubble("Bea?"),)), Turn("Cal", (Bubble("no"),))))
    after = situations.renamed(before, "Bea", "Dan")
    assert after.others == ("Dan", "Cal")
    assert [t.speaker for t in after.turns] == ["Dan", "Cal"]
    assert after.turns[0].text == "Bea?"


def test_a_voice_that_speaks_differently_to_somebody_is_seen_to() -> None:
    """Real training: to Bea always one thing, to the others another."""
    ways = {"Bea": "certainly, my dear colleague", "Cal": "yo yo bro", "Dan": "yo yo bro", "Eve": "yo yo bro"}
    rng = random.Random(1)
    train = [talk(name, answer) for name, answer in ways.items() for _ in range(40)]
    rng.shuffle(train)
    parts = Parts(train, [], [talk("Bea", ways["Bea"], 12)])
    run = preparing.prepare(TrainConfig(epochs=30.0, rows=2, length=128, rate=3e-3, gaps=0), parts.train, [])
    for number in range(24):
        trainer.step(run, number)
    subject = prepare(TrainConfig(), trainer._weights(run), None)

    assert situations.right_person(subject.family, subject.model, subject.before, parts) == [True]
    assert situations.right_person(subject.family, subject.before, subject.before, parts) == [False]  # it learnt nothing
    liar = Parts(train, [], [talk("Bea", ways["Cal"], 12)])
    assert situations.right_person(subject.family, subject.model, subject.before, liar) == [False]


def test_halves_have_the_same_number_of_own_messages() -> None:
    lines = [
        ("a", Line(ME_SPEAKER if n % 3 else "Bea", float(n), Bubble("x"))) for n in random.Random(1).sample(range(90), 90)
    ]
    first, second = situations.eras(lines)
    assert len(first) + len(second) == 90
    assert max(x.at or 0 for _, x in first) < min(x.at or 0 for _, x in second)
    assert abs(sum(x.speaker is ME_SPEAKER for _, x in first) - 30) <= 1


def test_the_newest_replies_are_the_ones_that_are_kept() -> None:
    parts = Parts([talk("Bea", str(n)) for n in range(50)], [], [])
    kept = newest(parts, 10)
    assert kept is not None
    assert [d.turns[1].text for d in kept.train] == [str(n) for n in range(40, 50)]
    assert newest(parts, 51) is None


def test_paces_are_compared_with_others() -> None:
    def person(seconds: float) -> list[tuple[str, Line]]:
        rows, at = [], 0.0
        for n in range(300):
            at += 7_000
            rows.append(("a", Line("Bea", at, Bubble("x"))))
            rows.append(("a", Line(ME_SPEAKER, at + seconds * (1 + n % 3), Bubble("x"))))
        return rows

    assert situations.right_pace({"quick": person(5), "slow": person(900), "lazy": person(1_100)}) == [True] * 3
    assert rhythm.SESSION == 3_600  # the times above are within one talk
