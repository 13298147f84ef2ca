"""Ordinary words are passed by, and nothing else: the guard says the same as one that looks at everything."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from apps.personas import ordinary
from apps.personas.guard import BREAK, Guard
from apps.personas.ordinary import Ordinary, Read, Reading
from apps.privacy.planted.cases import cases
from apps.privacy.planted.cast import people
from apps.privacy.planted.values import make
from apps.privacy.scrub import assigning
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names
from chatclone_site.bench_guard import pieces

STORED = [
    ("password", "Sunflower99"), ("password", "correct horse battery"), ("address", "12 oak street"), ("phone", "+49 30 901820"),
    ("pin", "4821"), ("card", "4539 1488 0343 6467"), ("email", "ann.roe@example.org"),
]  # fmt: skip


def known() -> Known:
    found = Known()
    for kind, value in STORED:
        found.add(kind, value)
    return found


def said(guard: Guard, text: str) -> list[str]:
    out = [""]
    for one in guard.watch(pieces(text, random.Random(3))):
        if one.kind == "bubble":
            out.append("")
        else:
            out[-1] += one.value
    return out


def texts() -> Iterator[str]:
    """Chats of every group in seven languages, what was stored among small talk, and secrets said in the ways a model may write them."""
    for case in cases(20_262, 1_500):
        yield BREAK.join(m.text for m in case.messages)
    rng = random.Random(5)
    talk = [m.text for case in cases(20_263, 300, ["innocent"]) for m in case.messages]
    for kind in ("card", "iban", "phone", "email", "url", "ip", "mac", "geo", "key", "wallet", "password", "pin", "code"):
        for lead in ("it is", "the password is", "my pin is", "der Code ist", "ключ от вайфая"):
            yield f"{rng.choice(talk)} {lead} {make(kind, rng, rng.choice(('en', 'de', 'ru')))} {rng.choice(talk)}"
    for _, value in STORED:
        for shown in (
            value,
            value.upper(),
            value.lower(),
            " ".join(value),
            value.replace(" ", "-"),
            value.replace(" ", BREAK),
        ):
            yield f"{rng.choice(talk)} {shown} {rng.choice(talk)}"
    spelled = "four five three nine one four eight eight zero three four three six four six seven"
    yield from (
        f"well {spelled} ok",
        "vier acht zwei eins",
        "four, eight, two, one",
        "write to ann roe at example dot org ok",
        "Sunflower nine nine it is",
        "that is the point of it",
        "write to ann dot roe at example dot org please",
        "the password is mountain lake",
        "her code is KJHGFD ok",
    )
    yield f"{rng.choice(talk)} {make('seed', rng, 'en')} {rng.choice(talk)}"


@pytest.mark.parametrize("named", [False, True])
def test_the_guard_says_the_same_as_one_that_looks_at_everything(monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    shown = [one.shown for one in people(random.Random(7), "en", 40)]
    names = Names(assigning.assign(b"test", shown, [], [])[0]) if named else None
    given = list(texts())
    quick = [said(Guard(known(), names), text) for text in given]
    monkeypatch.setattr(
        Ordinary, "reading", lambda self, text: Read(Reading.EVERYTHING, listed=len(text.split()), whole=True)
    )
    thorough = [said(Guard(known(), names), text) for text in given]
    differ = [text for text, a, b in zip(given, quick, thorough, strict=True) if a != b]
    assert not differ, differ[:3]
    assert sum("[" in "".join(out) for out in thorough) > 700  # there was something to say


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("doing", Reading.NOTHING), ("don't", Reading.NOTHING), ("приехал?", Reading.NOTHING), ("ok...", Reading.NOTHING), ("😂😂", Reading.NOTHING), ("abandon", Reading.PHRASE), ("I", Reading.NOTHING),
        ("oak", Reading.PHRASE),  # the middle of something stored is only looked for behind its beginning
        ("CORRECT", Reading.EVERYTHING), ("Correct horse battery", Reading.STORED),
        ("4", Reading.EVERYTHING), ("four", Reading.EVERYTHING), ("Vier", Reading.EVERYTHING), ("dot", Reading.EVERYTHING), ("KJHGFD", Reading.EVERYTHING),
        ("a@b", Reading.EVERYTHING), ("www.x", Reading.EVERYTHING), ("(at)", Reading.EVERYTHING), ("pаypal", Reading.EVERYTHING), ("²", Reading.EVERYTHING),
        ("x" * 17, Reading.EVERYTHING), ("zero\u200bwidth", Reading.EVERYTHING), ("-----BEGIN", Reading.EVERYTHING),
    ],
)  # fmt: skip
def test_what_a_word_is(word: str, reading: Reading) -> None:
    assert Ordinary(known()).reading(word).what is reading


@pytest.mark.parametrize(
    ("text", "opened"),
    [("correct", 0), ("Corr", 0), ("sun", 0), ("you are correct horse", 2), ("correct me", None), ("correct horse battery", None), ("ok, don't", None)],
)  # fmt: skip
def test_where_something_stored_may_have_begun(text: str, opened: int | None) -> None:
    assert Ordinary(known()).reading(text).opened == opened


@pytest.mark.parametrize(
    ("text", "listed", "whole"), [("abandon", 1, True), ("my abandon, ability", 2, False), ("ability is", 0, False)]
)
def test_how_many_words_at_the_end_may_be_those_of_a_phrase(text: str, listed: int, whole: bool) -> None:
    read = Ordinary(known()).reading(text)
    assert (read.listed, read.whole) == (listed, whole)


def test_an_account_says_nothing_about_another() -> None:
    """Words are examined once for all, what they may begin for each account."""
    assert Ordinary(Known()).reading("sun").opened is None
    assert Ordinary(known()).reading("sun").opened == 0
    assert Ordinary(Known()).reading("sun").opened is None


def test_texts_read_the_same_again_and_few_are_remembered() -> None:
    met = Ordinary(known())
    texts = [f"{'x' * (n % 9)}{word} " for n in range(3 * ordinary.MET) for word in ("hi", "sun", "4821")]
    for text in (*texts[:300], *texts[:300]):
        assert met.reading(text) == Ordinary(known()).reading(text)
    for n in range(3 * ordinary.MET):
        met.reading(f"w{n} ")
        met.reading("a longer text " + str(n))
    assert len(met._met) <= ordinary.MET
    assert max(map(len, met._met)) <= ordinary.SHORT
