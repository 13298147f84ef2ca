"""Secrets by the words around them: the small model, what it is taught with, and where it has nothing to say."""

from __future__ import annotations

import json
import lzma
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.privacy import secrets_training
from apps.privacy.management.commands.train_secrets import FOLDER
from apps.privacy.planted import phrases
from apps.privacy.planted.types import LANGUAGES
from apps.privacy.scrub import circumstances, engine
from apps.privacy.scrub.detectors import likely
from apps.privacy.scrub.types import View

#: Sentences of this file alone.
TOLD = [
    ("la caja del candado, 4821 y tira", "4821"),
    ("whatsapp just messaged me, its 553910", "553910"),
    ("numbers behind my visa are 814", "814"),
    ("my spotify changed, its plumtree88 now", "plumtree88"),
    ("am kofferschloss 4821 einstellen", "4821"),
    ("на воротах набери 4821 и толкай", "4821"),
]
INNOCENT = [
    "we walked 4821 steps to the gate", "the card has a limit of 1250", "bought a gtx1080 for the tablet", "wir zahlen 480 für das schloss",
    "das spiel hat 4821 codes gefunden lol", "в подъезде 1204 ступеньки", "the door cost 780 with the lock", "see you in 1998 again",
]  # fmt: skip


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in likely.find(View(text))]


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_the_words_around_it_tell_a_secret(text: str, secret: str) -> None:
    assert found(text) == [secret]
    assert secret not in engine.scrub(text).text


@pytest.mark.parametrize("text", INNOCENT)
def test_numbers_that_are_none_stay(text: str) -> None:
    assert engine.scrub(text).text == text


def test_what_the_tables_find_stands() -> None:
    (one,) = engine.find("my pin is 4821 btw")
    assert one.kind == "pin" and one.rank > likely.RANK


def test_forms_of_what_may_be_one() -> None:
    view = View("on 3.5.1990 put 482913 or AB12CD or waffle980! or 30032376, not 12.50, a/b/c123 or x@moss.org")
    assert [(view.plain[c.start : c.end], c.form) for c in circumstances.candidates(view)] == [
        ("3.5.1990", "date"), ("482913", "n6"), ("AB12CD", "capitals"), ("waffle980", "group"), ("30032376", "n7"),
    ]  # fmt: skip
    assert circumstances.candidates(View("101; 202; 303; 404; 505; 606; 707")) == [], "a list of numbers"


def test_stories_are_not_looked_at() -> None:
    told = "numbers behind my visa are 814"
    assert found(told) == ["814"]
    assert not likely.gate(View(told + " and so on" * 20))
    assert not likely.gate(View("numbers behind my visa"))


def test_threads_have_taggers_of_their_own() -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(found, [text for text, _ in TOLD] * 50))
    assert told == [[secret] for _, secret in TOLD] * 50


def test_the_shipped_model_is_as_good_as_its_card_says() -> None:
    """Of sentences that were held out; the model that ships has seen them."""
    figures = json.loads((FOLDER / "figures.json").read_text())["folds"]
    assert figures["innocent_taken"] <= 0.05
    assert figures["natural_taken"] <= 0.002
    assert figures["recall"].keys() == set(likely.KINDS)
    assert min(figures["recall"].values()) >= 0.6


def test_what_it_is_taught_with_is_whole() -> None:
    known = secrets_training.sentences()
    for language in LANGUAGES:
        assert len([s for s in known if s.language == language and s.kind]) > 150
        assert len([s for s in known if s.language == language and not s.kind]) > 100
    hidden = {
        line for name in LANGUAGES for lines in phrases.sections(name, FOLDER.parents[1] / "planted" / "hidden").values() for line in lines
    }  # fmt: skip
    taught = {s.text for s in known if len(s.text) > 12}
    assert not taught & hidden, "what the estimate measures with was never learnt from"


def test_training_is_repeatable_and_says_how_good_it_is(tmp_path: Path) -> None:
    talk = [{"turns": [["user", f"we need {n} chairs and {n + 1001} spoons"], ["b", "fine"]]} for n in range(201, 299)]
    with lzma.open(tmp_path / "dialogues-moss.jsonl.xz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in talk)
    config = secrets_training.Config(rounds=4, values=1)
    taught = [row for _, found in secrets_training.natural(tmp_path, 1_000) for row in found]
    assert len(taught) == 196 and {label for _, label in taught} == {"O"}
    some = secrets_training.sentences()[:40]
    rows = [row for s in some for row in secrets_training.rows(s, 1, 1)]
    assert {label for _, label in rows} >= {"password", "pin"}
    assert secrets_training.fit(rows + taught, config) == secrets_training.fit(rows + taught, config)
    out, printed = tmp_path / "out", StringIO()
    call_command("train_secrets", dialogues=str(tmp_path), out=str(out), rounds=2, stdout=printed)
    report = json.loads(printed.getvalue())
    assert report == json.loads((out / "figures.json").read_text())
    assert report["natural"] == 98 and set(report["folds"]["recall"]) == set(likely.KINDS)
    model = likely.Model(lzma.decompress((out / "secrets.crfsuite.xz").read_bytes()))
    sure, kind = model.likely(["form n4", "w padlock"])
    assert 0 <= sure <= 1 and kind in likely.KINDS


def test_no_dialogues_are_told_kindly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no dialogues"):
        call_command("train_secrets", dialogues=str(tmp_path))
