"""One chat does not drown the others: a cap on the replies to one person."""

from __future__ import annotations

from apps.personas import capping, dataset, wire
from apps.personas.dataset import Dialogue
from apps.personas.inference import builtin
from apps.personas.language import ME_SPEAKER, Bubble, Language, Speaker, Turn

LANGUAGE = Language.load(builtin.FOLDER / "tokenizer.json")


def said(who: Speaker, text: str, at: float | None) -> Turn:
    return Turn(who, (Bubble(text, (), at),))


def chat(other: str, count: int, begin: float) -> list[Dialogue]:
    return [
        Dialogue((other,), (said(other, f"q{n}", begin + n), said(ME_SPEAKER, f"{other}{n}", begin + n + 0.5)))
        for n in range(count)
    ]


def learnt(found: list[Dialogue]) -> list[str]:
    coded = dataset.samples(found, LANGUAGE, 64)
    own = [t for d in found for t in d.turns if t.speaker is ME_SPEAKER and t.learn]
    assert len(coded) == len(found)
    return [t.text for t in own]


def test_the_newest_of_each_are_learnt() -> None:
    found = capping.capped([*chat("Bea", 9, 0.0), *chat("Cy", 2, 100.0), *chat("Bea", 2, 50.0)], 3)
    assert learnt(found) == ["Bea8", "Cy0", "Cy1", "Bea0", "Bea1"]
    assert wire.unpacked(wire.packed(found)) == [found], "the trainer hears of it"


def test_older_ones_stay_as_context() -> None:
    turns = (said("Bea", "a", 1), said(ME_SPEAKER, "old", 2), said("Bea", "b", 3), said(ME_SPEAKER, "new", 4))
    (found,) = capping.capped([Dialogue(("Bea",), turns)], 1)
    assert [t.text for t in found.turns] == ["a", "old", "b", "new"]
    assert learnt([found]) == ["new"]


def test_in_groups_it_counts_to_whom_one_replies() -> None:
    turns = (
        said(ME_SPEAKER, "opening", 1), said("Cy", "a", 2), said(ME_SPEAKER, "to Cy", 3), said("Bea", "b", 4), said(ME_SPEAKER, "to Bea", 5),
    )  # fmt: skip
    (found,) = capping.capped([Dialogue(("Bea", "Cy"), turns)], 1)
    assert learnt([found]) == ["to Cy", "to Bea"]


def test_without_times_and_without_a_cap() -> None:
    made = [Dialogue(("Bea",), (said("Bea", "a", None), said(ME_SPEAKER, str(n), None))) for n in range(4)]
    assert learnt(capping.capped(made, 2)) == ["2", "3"]
    assert capping.capped(made, 0) == made
