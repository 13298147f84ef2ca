"""What is flagged as sensitive and what only sounds like it, on invented lines in fourteen languages."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from apps.privacy.scrub import topics

LINES = [
    (frozenset(wanted.split(",")) - {"-"}, text)
    for wanted, text in (
        line.split("\t")
        for line in (Path(__file__).parent / "topics.tsv").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
]
FLAGGED = [(wanted, text) for wanted, text in LINES if wanted]
INNOCENT = [text for wanted, text in LINES if not wanted]


def test_there_are_enough_lines() -> None:
    assert len(LINES) >= 200
    assert len(INNOCENT) >= 100
    assert {topic for wanted, _ in FLAGGED for topic in wanted} == set(topics.TOPICS)


def test_what_is_sensitive_is_flagged() -> None:
    missed = [(sorted(wanted), text) for wanted, text in FLAGGED if not wanted <= topics.topics(text)]
    assert len(missed) <= 0.05 * len(FLAGGED), missed


def test_nothing_else_is() -> None:
    flagged = [(text, sorted(topics.topics(text))) for text in INNOCENT if topics.topics(text)]
    assert len(flagged) <= 0.02 * len(INNOCENT), flagged
    more = [(text, sorted(found - wanted)) for wanted, text in FLAGGED if (found := topics.topics(text)) - wanted]
    assert len(more) <= 0.03 * len(FLAGGED), more


@pytest.mark.parametrize(
    "text",
    [
        "DON’T TELL ANYONE ABOUT THIS",
        "dont tell anyone about this",
        "Don't  tell\nanyone about this",
        "(don't tell anyone!)",
    ],
)
def test_as_people_type(text: str) -> None:
    assert topics.topics(text) == {"confidence"}


def test_accents_may_be_missing() -> None:
    assert topics.topics("soy catolica") == topics.topics("soy católica") == {"religion"}
    assert topics.topics("mein Vater hat Leukaemie") == topics.topics("mein Vater hat Leukämie") == {"health"}


def test_one_phrase_that_only_sounds_like_it_does_not_hide_another() -> None:
    assert topics.topics("vote for pizza! also I voted for the greens") == {"politics"}


def test_long_and_hostile_text_takes_no_time() -> None:
    topics.topics("warm up")
    began = time.process_time()
    topics.topics("i don't " * 50_000)
    topics.topics("я не " * 50_000)
    topics.topics("my mum's my mum's " * 1_000)
    assert time.process_time() - began < 0.5


def test_a_lexicon_with_an_unknown_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="weather is not a topic"):
        topics.read("[weather]\nrain")


def test_lexicons_compile_one_by_one() -> None:
    for path in topics.FOLDER.glob("*.txt"):
        found = topics.read(path.read_text("utf-8"))
        assert {topic for topic, _ in found} - {"!"} == set(topics.TOPICS), path.stem
    assert {p.stem for p in topics.FOLDER.glob("*.txt")} == {name for group in topics.GROUPS.values() for name in group}
