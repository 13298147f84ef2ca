"""From messages to samples: sessions, bursts, weights, and the wall around what is held out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.personas import dataset, wire
from apps.personas.cleaning import Cleaning
from apps.personas.dataset import Chat, Dialogue, Line
from apps.personas.inference import builtin
from apps.personas.language import (
    BUBBLE_ID,
    END_ID,
    ME_ID,
    ME_SPEAKER,
    PLACEHOLDER_IDS,
    SPECIAL_TOKENS,
    TURN_ID,
    Bubble,
    Language,
    Mark,
    Turn,
)  # fmt: skip
from apps.personas.own_language import OwnLanguage
from tests.personas.tiny import parts

LANGUAGE = Language.load(builtin.FOLDER / "tokenizer.json")
LETTERS = OwnLanguage(list("0123456789abcdefghijklmnopqrstuvwxyzB "), Cleaning())


def line(who: object, at: float, text: str = "x") -> Line:
    return Line(who, at, Bubble(text))  # type: ignore[arg-type]


def test_pauses_part_dialogues_and_bursts_stay_bursts() -> None:
    lines = [
        line("B", 0),
        line(ME_SPEAKER, 10, "one"),
        line(ME_SPEAKER, 12, "two"),
        line("B", 3_700),
        line(ME_SPEAKER, 3_710),
    ]
    found = list(dataset.dialogues(Chat("c", False, lines), lines, 3_600))
    assert [len(d.turns) for d in found] == [2, 2]
    assert [b.text for b in found[0].turns[1].bubbles] == ["one", "two"]


def test_held_out_is_never_learnt() -> None:
    found = parts(400)
    texts = lambda ds: {b.text for d in ds for t in d.turns for b in t.bubbles if t.speaker is ME_SPEAKER}  # noqa: E731
    assert texts(found.validate)
    assert texts(found.test)
    assert not texts(found.train) & (texts(found.validate) | texts(found.test))


def test_newer_messages_are_learnt_the_old_test_stays_out() -> None:
    lines = [line(ME_SPEAKER, float(n)) for n in range(100)]
    chat = Chat("c", False, lines, validate_from=50, test_from=60, test_to=70)
    learnt = [b for d in dataset.parts([chat], 3_600).train for t in d.turns for b in t.bubbles]
    assert len(learnt) == 50 + 29


def test_what_is_held_out_parts_dialogues_however_short_it_is() -> None:
    lines = [line("B" if n % 2 else ME_SPEAKER, float(n), str(n)) for n in range(12)]
    made = dataset.parts([Chat("c", False, lines, validate_from=4, test_from=6, test_to=7)], 3_600)
    said = lambda ds: [[b.text for t in d.turns for b in t.bubbles] for d in ds]  # noqa: E731
    assert said(made.train) == [["0", "1", "2", "3"], ["8", "9", "10", "11"]]
    assert (said(made.validate), said(made.test)) == ([["4", "5"]], [["6", "7"]])


def test_only_own_words_are_learnt() -> None:
    turns = [Turn("B", (Bubble("their words"),)), Turn(ME_SPEAKER, (Bubble("mine"), Bubble("and more")))]
    coded = LANGUAGE.encode(["B"], turns, own=1, theirs=0, heads=0)
    learnt = [i for i, w in zip(coded.ids, coded.weights, strict=True) if w]
    assert learnt == [BUBBLE_ID, *LANGUAGE.encode_text("mine"), BUBBLE_ID, *LANGUAGE.encode_text("and more"), END_ID]
    quarter = LANGUAGE.encode(["B"], turns, own=1, theirs=0.25, heads=0.25)
    assert set(quarter.weights) == {0.0, 0.25, 1.0}


def test_placeholders_are_one_token_and_never_learnt() -> None:
    coded = LANGUAGE.encode(
        [], [Turn(ME_SPEAKER, (Bubble("pin [pin] ok", (Mark(4, 9, "pin"),)),))], own=1, theirs=0, heads=1
    )
    at = coded.ids.index(PLACEHOLDER_IDS["pin"])
    assert coded.weights[at] == 0.0
    assert coded.weights[at + 1] == 1.0


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(SPECIAL_TOKENS)), max_size=5).map("".join))
def test_text_is_never_parsed_for_special_tokens(text: str) -> None:
    ids = LANGUAGE.encode_text(text)
    assert all(i >= len(SPECIAL_TOKENS) for i in ids)
    assert LANGUAGE.decode(ids) == text
    coded = LANGUAGE.encode([text], [Turn(text, (Bubble(text),))], own=1, theirs=1, heads=1)
    assert sum(i == TURN_ID for i in coded.ids) == 1
    assert ME_ID not in coded.ids


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=30), st.integers(64, 300), st.booleans())
def test_windows_lose_and_double_nothing(shape: list[int], length: int, letters: bool) -> None:
    language = LETTERS if letters else LANGUAGE
    turns = [Turn(ME_SPEAKER if n % 2 else "B", (Bubble(f"{n} word " * size),)) for n, size in enumerate(shape)]
    found = dataset.samples([Dialogue(("B",), tuple(turns))], language, length)
    assert all(len(s.ids) <= length + 1 for s in found)
    learnt = [i for s in found for i, w in zip(s.ids[1:], s.weights[1:], strict=True) if w]
    assert learnt == [i for t in turns[1::2] for i in language.encode_turn(t)[1]]


def test_the_pieces_of_a_long_turn_say_whose_it_is() -> None:
    turns = (Turn("B", (Bubble("so?"),)), Turn(ME_SPEAKER, (Bubble("and then we went on " * 9),)))
    first, *more = dataset.samples([Dialogue(("B",), turns)], LETTERS, 64)
    assert more
    for piece in (first, *more):
        assert LETTERS.head(ME_SPEAKER) == [i for i in piece.ids if i in (TURN_ID, ME_ID)]


def test_groups_name_everybody() -> None:
    lines = [line("B", 0), line("C", 1), line(ME_SPEAKER, 2), line("D", 9_000), line(ME_SPEAKER, 9_001)]
    found = dataset.parts([Chat("c", True, lines)], 3_600).train
    assert found[0].others == ("B", "C", "D")
    assert found[1].others == ("D", "B", "C"), "those who speak come first"
    assert LANGUAGE.decode(LANGUAGE.opening(found[0].others)) == "B, C, D"


def test_amount_speaks() -> None:
    assert "too little" in dataset.amount([]).verdict
    assert "good amount" in dataset.Amount(1_200, 1_500, 9_000, 40).verdict


def test_the_pipe_carries_dialogues_exactly() -> None:
    turns = (Turn(ME_SPEAKER, (Bubble("a [pin]", (Mark(2, 7, "pin"),)),)), Turn("B", (Bubble("ü"),)))
    group = [Dialogue(("B",), turns)]
    assert wire.unpacked(wire.packed(group, [])) == [group, []]


def test_figures_are_read_but_never_learnt() -> None:
    """Whatever slipped through the scrubber is mostly a figure: it has no weight, its neighbours do."""
    turn = Turn(ME_SPEAKER, (Bubble("it is 4821 for Sunflower99 at 18:30, call 0177 123 45 67 or 12 times"),))
    coded = LANGUAGE.encode(("Sam",), (turn,), own=1.0, theirs=0.0, heads=0.0)
    learnt = LANGUAGE.decode([t for t, w in zip(coded.ids, coded.weights, strict=True) if w])
    assert not any(figure in learnt for figure in ("4821", "Sunflower", "0177", "123"))
    assert all(word in learnt for word in ("it is", "for", "18:30", "call", "12 times"))
    whole = LANGUAGE.encode(("Sam",), (turn,), own=1.0, theirs=0.0, heads=0.0, figures=True)
    assert whole.ids == coded.ids, "what is read does not change"
    assert sum(whole.weights) > sum(coded.weights)
