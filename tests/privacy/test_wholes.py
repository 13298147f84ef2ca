"""Places and organisations: found as wholes, one invented word for each, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.privacy.scrub import assigning
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.types import View

KEY = b"k" * 32
PEOPLE, _ = assigning.assign(KEY, ["Anna Kovač", "Paris Weber"], [])
CHOSEN = [
    ("place", "New York"),
    ("place", "Berlin"),
    ("place", "Москва"),
    ("place", "東京"),
    ("place", "กรุงเทพ"),
    ("place", "서울"),
    ("organisation", "Acme Widgets"),
    ("organisation", "Target"),
    ("organisation", "St. Vitus Clinic"),
]
PAIRS, _ = assigning.assign_wholes(KEY, CHOSEN, PEOPLE)
NAMES = Names(PAIRS)
BACK = assigning.inverse(NAMES)


def found(text: str) -> list[str]:
    return [f"{f.kind}:{text[f.start : f.end]}" for f in sorted(NAMES.find(View(text))) if f.kind != "name"]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("in New York, or new york", ["place:New York", "place:new york"]),
        ("NEW-YORK and New  York's", ["place:NEW-YORK", "place:New  York"]),
        ("a new car. York is far. New. York", []),
        ("berlin berliner #berlin", ["place:berlin", "place:berlin"]),
        ("at Acme Widgets' door, acme alone", ["organisation:Acme Widgets"]),
        ("Target pays, my target is far", ["organisation:Target"]),
        ("в Москве и из Москвы", ["place:Москве", "place:Москвы"]),
        ("去東京玩", ["place:東京"]),
        ("the St. Vitus Clinic", ["organisation:St. Vitus Clinic"]),
        ("newyork, york new", []),
    ],
)
def test_what_counts(text: str, hits: list[str]) -> None:
    assert found(text) == hits


@pytest.mark.parametrize("value", [value for _, value in CHOSEN])
def test_there_and_back(value: str) -> None:
    for text in (f"we met Anna in {value}!", f"{value.upper()} and Kovač", f"from {value}'s gate"):
        hidden = NAMES.replaced(text)
        assert value.casefold() not in hidden.casefold()
        assert "anna" not in hidden.lower()
        assert BACK.replaced(hidden) == text


def test_cases_stay() -> None:
    hidden = NAMES.replaced("в Москве, из Москвы")
    assert hidden.split()[1].rstrip(",")[-1] == "е"
    assert hidden[-1] in "ыи"
    assert BACK.replaced(hidden) == "в Москве, из Москвы"


def test_a_surrogate_is_one_word_and_nobody_elses() -> None:
    stands = [p.stand for p in PAIRS]
    assert len({s.lower() for s in stands}) == len(stands)
    for pair in PAIRS:
        if pair.part in ("place", "organisation"):
            assert pair.stand.isalpha()
            assert not Names(PEOPLE).near(pair.stand)
            assert pair.stand.isascii() == pair.real.isascii()


def test_known_ones_stay_and_unwanted_ones_go() -> None:
    again, clash = assigning.assign_wholes(KEY, [*CHOSEN[1:], ("place", "Oslo")], PAIRS)
    assert not clash
    kept = {(p.part, p.real): p.stand for p in again}
    assert ("place", "New York") not in kept
    assert all(kept[p.part, p.real] == p.stand for p in PAIRS if p.real != "New York")
    assert ("place", "Oslo") in kept
    assert assigning.assign(KEY, ["Anna Kovač", "Paris Weber"], PAIRS)[0] == PAIRS, "names leave them alone"


def test_somebody_called_like_one_changes_it() -> None:
    stand = next(p.stand for p in PAIRS if p.real == "Berlin")
    people, _ = assigning.assign(KEY, ["Anna Kovač", f"Eva {stand}"], PAIRS)
    again, clash = assigning.assign_wholes(KEY, CHOSEN, people)
    assert clash
    assert next(p.stand for p in again if p.real == "Berlin") != stand


def test_a_person_is_no_place() -> None:
    pairs, _ = assigning.assign_wholes(KEY, [("place", "Paris")], PEOPLE)
    assert [p for p in pairs if p.part == "place"] == []
    assert Names(pairs).replaced("hi Paris") != "hi Paris"


def test_thousands_have_one_each() -> None:
    pairs, _ = assigning.assign_wholes(KEY, [("place", f"Town {n}") for n in range(2_000)], PEOPLE)
    assert len({p.stand.lower() for p in pairs}) == len(pairs)


PIECES = st.sampled_from([*(v for _, v in CHOSEN), "Anna", "kovač", "and", ", ", "the", "!", "\n", "x1", "—"])


@given(st.lists(PIECES, max_size=12))
def test_any_text_comes_back(pieces: list[str]) -> None:
    text = " ".join(pieces)
    hidden = NAMES.replaced(text)
    assert BACK.replaced(hidden).casefold() == text.casefold()
    assert not [v for _, v in CHOSEN if v in hidden]


def test_pair_is_a_name_again() -> None:
    assert Names([Pair("Berlin", "Donovanwick", "place")]).replaced("Berlin") == "Donovanwick"
