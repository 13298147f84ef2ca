"""Are you a bot? Recognised in eight languages, answered truthfully without a model; talk about bots is left alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from apps.accounts import sealing
from apps.accounts.vault import Vault
from apps.chat import disclosure, doubt, learning, script, selectors, services, stream, writing
from apps.chat.models import Conversation, Turn
from apps.jobs import claims
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from tests.chat.test_talk import say, talk

__all__ = ["talk"]
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "ru", "tr"]


def test_there_are_enough_phrasings_in_eight_languages() -> None:
    asks = disclosure.examples("asks")
    assert list(asks) == LANGUAGES
    assert min(len(lines) for lines in asks.values()) >= 10
    assert sum(map(len, asks.values())) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_recognised_in_their_language(language: str) -> None:
    wrong = [s for s in disclosure.examples("asks")[language] if disclosure.asks(s) not in (language, None)]
    missed = [s for s in disclosure.examples("asks")[language] if disclosure.asks(s) is None]
    assert not missed
    assert not wrong or language in ("es", "it", "pt"), wrong  # some of their questions are letter for letter the same


@pytest.mark.parametrize("language", LANGUAGES)
def test_talk_about_bots_and_people_is_left_alone(language: str) -> None:
    assert not [s for s in disclosure.examples("talks")[language] if disclosure.asks(s)]


def rates(lines: list[learning.Line]) -> tuple[float, float]:
    """Share of the askers recognised, share of the others taken for askers."""
    asked = [bool(disclosure.asks(line.text)) for line in lines if line.asks]
    others = [bool(disclosure.asks(line.text)) for line in lines if not line.asks]
    return sum(asked) / len(asked), sum(others) / len(others)


def held_out() -> list[learning.Line]:
    return learning.read(Path(__file__).with_name("doubt.tsv"))


def test_lines_that_were_not_learnt_from_are_recognised_too() -> None:
    lines = held_out()
    assert {line.language for line in lines} == set(LANGUAGES)
    assert not {line.text for line in lines} & {line.text for line in learning.lines()}
    recognised, wrongly = rates(lines)
    assert recognised >= 0.93, recognised
    assert wrongly <= 0.05, wrongly  # all of them speak of machines and people; of ordinary messages far fewer


def test_ordinary_messages_are_left_alone() -> None:
    topics = Path(__file__).parents[1] / "privacy" / "topics.tsv"
    said = [row.split("\t")[-1] for row in topics.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    assert len(said) > 300
    assert not [s for s in said if disclosure.asks(s)]


def test_the_stored_weights_are_those_of_the_lines() -> None:
    learnt = learning.fit(learning.lines()).astype(float)
    with np.load(doubt.WEIGHTS) as stored:
        assert np.abs(stored["weights"].astype(float) - learnt).max() < 0.02, "run manage.py learn_doubt"


def test_the_model_says_why() -> None:
    words = [word for one in disclosure.sentences("my brother says you're a bot", "en") for word in one]
    known = disclosure.concepts("en")
    assert doubt.concepts(words, known) == ["they", "_", "doubt", "you", "strong", "."]
    why = dict(doubt.reasons(words, known, most=1000))
    assert sum(why.values()) == pytest.approx(doubt.score(words, known))
    assert why["c you strong"] > 0


@pytest.mark.parametrize(
    "spelled",
    [
        "are you 🤖 or 👩🏽?",
        "ARE YOU A BOT",
        "are you a booooot??",
        "r u a b0t",
        "áré yoü a röbot",
        "ａｒｅ　ｙｏｕ　ａ　ｂｏｔ",
        "are you an A.I.?",
        "are you a robto",
        "ты бoт?",
    ],
)
def test_spellings(spelled: str) -> None:
    assert disclosure.asks(spelled)


@pytest.mark.parametrize(
    "evil", ["are you a ", "bot ", "a really just even ", "ты не ", "bist du mit ", "ı", "robto ", "?", ",", "or "]
)
def test_long_messages_take_no_longer_than_they_must(evil: str) -> None:
    disclosure.asks("warm")
    began = time.perf_counter()
    disclosure.asks((evil * 10_000)[:10_000])
    assert time.perf_counter() - began < 0.5


def test_answers_name_the_person_and_say_what_it_is() -> None:
    for language in LANGUAGES:
        assert "Zoë" in disclosure.answer(language, "Zoë")
    assert disclosure.answer("xx", "Zoë") == disclosure.answer("en", "Zoë")
    assert "AI imitation of Zoë" in disclosure.answer("en", "Zoë")
    assert "not a person" in disclosure.answer("en", "Zoë")


def answered(talk: Conversation, turn: Turn) -> dict[str, Any]:
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    writing.write(lease)
    lease.end(Job.State.DONE)
    turn.refresh_from_db()
    return selectors.body(lease.vault, talk, turn)


@pytest.mark.rows
@pytest.mark.django_db(transaction=True)
def test_the_truth_needs_no_model(talk: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.engines, "door", lambda: pytest.fail("no model may answer this"))
    turn = say(talk, "haha ok.\n\nbist du eigentlich ein bot?")
    text = disclosure.answer("de", "Ann")
    kept = answered(talk, turn)
    assert "Ann" not in str(kept), "the log and the row hold no real name"
    assert selectors.view(vault, talk, turn)["lines"] == [{"speaker": "", "bubbles": [text]}]
    assert turn.state == Turn.State.DONE
    key, streamed = vault.row_key(talk), script.empty()
    for identity, fields in stream.client().xrange(f"reply:{turn.pk}"):
        n = int(identity.split(b"-")[0])
        script.apply(streamed, json.loads(sealing.unseal(key, fields[b"o"], f"{turn.pk}/{n}")))
    assert script.tidy(streamed) == selectors.body(vault, talk, turn)
    services.again(conversation=talk, turn_id=turn.pk, client_id=uuid4(), sampling={})
    again = selectors.shown(talk)[-1]
    answered(talk, again)
    again.refresh_from_db()
    assert selectors.view(vault, talk, again)["lines"][0]["bubbles"] == [text], (
        "saying it differently does not change the truth"
    )


@pytest.mark.rows
@pytest.mark.django_db(transaction=True)
def test_other_words_go_to_the_model_and_an_invented_opening_asks_nobody(talk: Conversation) -> None:
    for text in ("my bot is broken", "hello"):
        turn = say(talk, text)
        with pytest.raises(Expected, match="Train it first"):
            answered(talk, turn)
        Turn.objects.filter(pk=turn.pk).update(state=Turn.State.DONE)
    studio = services.begin_studio(
        persona=talk.persona, others=[services.Seat("Bea", "Bea")], opening="are you a bot?", title="t"
    )
    services.invent(conversation=studio, client_id=uuid4(), count=2, sampling={})
    turn = Turn.objects.get(conversation=studio)
    with pytest.raises(Expected, match="Train it first"):
        answered(studio, turn)


def test_unseen_questions_by_another_hand() -> None:
    """Half of a set by somebody who never saw the recogniser; the other half was learnt."""
    rows = [line.split("\t") for line in (Path(__file__).parent / "unseen.tsv").read_text("utf-8").splitlines()[1:]]
    asked, talked = ([text for want, _, text in rows if want == kind] for kind in "10")
    assert sum(disclosure.asks(text) is not None for text in asked) >= 0.95 * len(asked)
    assert sum(disclosure.asks(text) is not None for text in talked) <= 0.025 * len(talked)
