"""What is repeated is learnt once, habits twice; what is held out is not learnt."""

from __future__ import annotations

from apps.personas import canaries, duplicates
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Turn


def said(*texts: str) -> list[Dialogue]:
    return [Dialogue(("Sam",), (Turn("Sam", (Bubble("hm?"),)), Turn(ME_SPEAKER, (Bubble(t),)))) for t in texts]


def learnt(dialogues: list[Dialogue]) -> list[str]:
    return [b.text for d in dialogues for t in d.turns if t.speaker is ME_SPEAKER and t.learn for b in t.bubbles]


def test_habits_stay_and_figures_do_not_repeat() -> None:
    made, count = duplicates.once(
        said(*["haha"] * 9, *["see you at home then"] * 9, *["My PIN is 4821!", "my pin is 4821"] * 3)
    )
    found = learnt(made)
    assert found.count("haha") == 9
    assert found.count("see you at home then") == duplicates.HABIT
    assert sum("4821" in t for t in found) == 1
    assert count == 7 + 5


def test_near_copies_of_long_messages_are_one() -> None:
    long = "the train leaves from the old station at noon and we should all be there early with the tickets"
    other = "nobody told me that the museum closes on mondays so we walked along the river and talked instead"
    made, _ = duplicates.once(said(long, long.replace("early", "EARLY") + "!", long.replace("noon", "one"), other))
    assert learnt(made)[0] == long
    assert learnt(made)[-1] == other
    assert len(learnt(made)) == 3, "a word in the middle changes five shingles of fourteen: that is another message"
    very = " ".join(f"word{n}" for n in range(60))
    assert len(learnt(duplicates.once(said(very, very.replace("word30", "other")))[0])) == 1


def test_the_held_out_part_is_not_learnt() -> None:
    made, count = duplicates.once(said("we meet at the blue house", "hello"), said("we meet at the blue house"))
    assert learnt(made) == ["hello"]
    assert count == 1


def test_a_repeated_bubble_leaves_its_turn_and_context_stays() -> None:
    twice = Turn(ME_SPEAKER, (Bubble("code 1234 it is"), Bubble("ok")))
    made, _ = duplicates.once([Dialogue(("Sam",), (twice,)), Dialogue(("Sam",), (twice,)), *said("code 1234 it is")])
    assert [b.text for b in made[1].turns[0].bubbles] == ["ok"]
    assert made[2].turns[1].bubbles, "it is still read"
    assert not made[2].turns[1].learn


def test_canaries_that_were_planted_often_become_one() -> None:
    made = canaries.make(3)
    planted = canaries.planted(made, "Sam")
    assert len(planted) == 24 + 4 * 4
    assert len(learnt(duplicates.once(planted)[0])) == 24 + 4 * duplicates.HABIT, "words may be a habit, figures never"
    assert len({c.value for c in made}) == 28
    assert canaries.make(3) == made != canaries.make(4)


def test_references_are_others_of_the_same_form() -> None:
    made = canaries.make(3)
    for form in canaries.FORMS:
        mine = [c for c in made if c.form == form]
        others = canaries.references(form, mine, 3, 200)
        assert len({*others, *(c.value for c in mine)}) == len(mine) + 200
        assert {len(o) for o in others} == {len(c.value) for c in mine}
