"""What detectors pass by without a look, held against the whole look: patterns, runs of words, digits, names of codes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.privacy.planted.cases import cases
from apps.privacy.scrub import cues, look, registry
from apps.privacy.scrub.detectors import address, email, geo, handle, seed
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.types import View
from apps.privacy.scrub.wording import Usage

PIECES = ["a", "b1", "@", "@", "moss.org", "@ab", ".", "%", "+", "-", "_", " ", "ü", "/", "#", "é.com"]
SIGNS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=1_000, deadline=None)
@given(SIGNS)
@example("a.@moss.org")
@example("_@moss.org, %@moss.org")
def test_addresses_are_those_of_the_pattern(text: str) -> None:
    assert list(email._addresses(text)) == [m.span() for m in email._ADDRESS.finditer(text)]


@settings(max_examples=1_000, deadline=None)
@given(SIGNS)
def test_names_behind_a_sign_are_those_of_the_pattern(text: str) -> None:
    found = [(f.start, f.end) for f in handle.find(View(text)) if f.rank == 40]
    assert found == [m.span() for m in handle._AT.finditer(text)]


PLACES = [
    "52° 31' 12\" N 13° 24' 18\" E", "8FVC9G8F+6X", "geo:52.5,13.4", "GEO:1,2", "https://maps.google.de/x?q=1234", "bing.com/maps/abcd", "w3w.co/a.b.c",
    "52.5200 13.4050", "°", "+", "12", " ", " ", "a", "İ", "12 oak street", "ул. Ленина 5", "1234 AB", "01310-100",
]  # fmt: skip


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.sampled_from(PLACES), max_size=8).map("".join))
def test_places_are_those_of_the_patterns(text: str) -> None:
    patterns = (geo._DECIMAL, geo._DMS, geo._PLUS, geo._URI, geo._MAP)
    whole = {m.start() for pattern in patterns for m in pattern.finditer(text)}
    odd = {m.start() for m in geo._PLUS.finditer(text) if m[0].replace("+", "").isdigit()}
    odd |= {m.start() for m in geo._DECIMAL.finditer(text) if not geo._on_earth(m)}
    found = {f.start for f in geo.find(View(text))}
    assert found <= whole and whole - found <= odd
    streets = [span for pattern in address._STREETS for m in pattern.finditer(text) if (span := m.span())]
    assert sorted((f.start, f.end) for f in address.find(View(text)) if f.kind == "address") == sorted(streets)


def test_long_words_before_a_sign() -> None:
    for length in (62, 63, 64, 65, 66, 130):
        for before in ("", "%", "x%", " "):
            text = f"{before}{'a' * length}@moss.org, c@d.org"
            assert list(email._addresses(text)) == [m.span() for m in email._ADDRESS.finditer(text)], (length, before)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(["abandon", "ability", "able", "xyzzy"]), max_size=60))
def test_a_phrase_is_long_enough_where_twelve_listed_words_follow_each_other(words: list[str]) -> None:
    runs = "".join("1" if word != "xyzzy" else " " for word in words).split()
    assert seed._long_enough(words) == any(len(run) >= 12 for run in runs)


def test_a_phrase_is_found_wherever_it_begins() -> None:
    rng = random.Random(3)
    words = sorted(seed._lists()["english"][1])
    for before in range(30):
        run = [rng.choice(words) for _ in range(12)]
        assert seed._long_enough(["xyzzy"] * before + run + ["xyzzy"] * (before % 5)), before


@pytest.mark.parametrize("name", sorted(set(registry.DETECTORS) - set(registry.WITHOUT_DIGITS)))
def test_detectors_that_ask_for_digits(name: str) -> None:
    """Those that are passed by where there are no digits would not have looked there either."""
    texts = [*(message.text for case in cases(11, 300) for message in case.messages), "the codes are 4821 and 9930"]
    bare = ["".join(c for c in text if not c.isdigit()) for text in texts]
    assert not any(registry.DETECTORS[name].gate(view) for text in bare if not (view := View(text)).digits)
    assert any(registry.DETECTORS[name].gate(View(text)) for text in texts)


@pytest.mark.parametrize("name", sorted(set(registry.WITHOUT_DIGITS) - set(registry.UNNAMED)))
def test_detectors_that_ask_for_names_where_no_digit_stands(name: str) -> None:
    texts = [message.text for case in cases(11, 300) for message in case.messages]
    bare = [View("".join(c for c in text if not c.isdigit())) for text in texts]
    assert not any(registry.DETECTORS[name].gate(view) for view in bare if not (view.digits or view.named))
    assert any(registry.DETECTORS[name].gate(view) for view in bare)


@settings(max_examples=1_000, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["the", "Code", "CODES", "it says", "IT  says", "dice", "diz", "steht", "kod", "digicode", "x", "?"]
        ),
        max_size=5,
    )
)
def test_codes_are_spoken_of(words: list[str]) -> None:
    text = " ".join(words)
    assert cues.speaks_of_code(text) == bool(cues.CODE.search(text))


SECRETS = [
    ("password", "Sunflower99"), ("password", "p@ss-w0rd!"), ("card", "4111 1111 1111 1111"), ("pin", "4821"), ("address", "12 oak street"),
    ("password", "naïve77"), ("password", "x-1_y2"),
]  # fmt: skip
TEXTS = [
    "sun flower 99", "SUNFLOWER99!", "it is p@ss-w0rd!.", "p@ss-w0rd! ok", "4111-1111 1111.1111", "4 8 2 1", "48211", "12, Oak-Street", "NAÏVE77", "naïve 77",
    "Tarquin", "#tarquin", "#tarquinberta", "tarquiin", "its x-1_y2 ok", "hi", "", "9", "flower99", "１２ oak street", "s\u200bunflower99",
]  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), max_size=6), st.sets(st.sampled_from(SECRETS)), st.booleans())
def test_what_may_stand_in_a_conversation(texts: list[str], secrets: set[tuple[str, str]], named: bool) -> None:
    known = Known()
    for kind, value in secrets:
        known.add(kind, value)
    names = Names([Pair("Tarquin", "Corwin", "first"), Pair("Berta", "Wilma", "first")]) if named else None
    found = look.holding([(text, []) for text in texts], known, names)
    finders = [known, *([names] if names else [])]
    assert found == [n for n, text in enumerate(texts) if any(any(one.find(View(text))) for one in finders)]


def test_few_secrets_are_looked_for_in_whole_conversations() -> None:
    known = Known()
    known.add("password", "Sunflower99")
    assert known.may_stand_in("a\nsun flower 99\nb")
    assert not known.may_stand_in("sunflower98 " * 50)
    assert not Names([Pair("Tarquin", "Corwin", "first")]).may_stand_in("nobody of that name")


def test_names_that_are_new_or_were_taken_for_words() -> None:
    rare, often = Usage(total=1_000), Usage(Counter({"rose": 900}), Counter({"rose": 800}), 1_000)
    rose, ann, lee = Pair("Rose", "Iris", "first"), Pair("Ann", "Eve", "first"), Pair("Lee", "Kay", "last")
    people = [("Rose", "Lee")]
    earlier = Names([rose, lee], people, rare)
    assert not Names([rose, lee], people, rare).beyond(earlier).pairs
    assert Names([rose, ann, lee], people, rare).beyond(earlier).pairs == [ann]
    assert Names([rose, lee], people, often).beyond(earlier).pairs == [rose]
    assert Names([Pair("Rose", "Olga", "first"), lee], people, rare).beyond(earlier).pairs[0].stand == "Olga"
    together = Names([rose, ann, lee], [*people, ("Ann", "Lee")], rare)
    assert together.beyond(Names([rose, ann, lee], people, rare)).pairs == [ann, lee]


SPOKEN = ["fern", "Weg", "#tarquinberta", "Tarquin", "tarquins", "hello", "rose", "Rose", "Tree", "the", "!"]
PEOPLE = [
    Pair("Tarquin", "Corwin", "first"),
    Pair("Berta", "Wilma", "first"),
    Pair("Rose", "Iris", "first"),
    Pair("Tree", "Lake", "last"),
]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SPOKEN), max_size=5).map(" ".join), max_size=4), st.booleans())
def test_where_nobody_is_named(texts: list[str], placed: bool) -> None:
    """Words that were met and are no names pass, but not what may be a place of several words, or a tag."""
    names = Names([*PEOPLE, *([Pair("Fern Weg", "Moss Lane", "place")] if placed else [])], [("Rose", "Tree")])
    for text in texts:
        found = list(names.within(text))
        assert not (found and names.nobody_in(text)), text
    assert not placed or not names.nobody_in("hello")
    names = Names(PEOPLE)
    list(names.within("hello the"))
    assert names.nobody_in("the hello")
