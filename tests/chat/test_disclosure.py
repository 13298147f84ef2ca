"""Are you a bot? Recognised in eight languages, answered truthfully without a model; talk about bots is left alone."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from apps.accounts import sealing
from apps.accounts.vault import Vault
from apps.chat import disclosure, script, selectors, services, stream, writing
from apps.chat.models import Conversation, Turn
from apps.jobs import services as jobs
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


@pytest.mark.parametrize(
    "spelled",
    [
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
    lease = jobs.claim(Job.objects.get(subject=turn.pk).pk)
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
    again = selectors.shown(talk).last()
    assert again is not None
    assert answered(talk, again)["lines"][0]["bubbles"] == [text], "saying it differently does not change the truth"


@pytest.mark.rows
@pytest.mark.django_db(transaction=True)
def test_other_words_go_to_the_model_and_nobody_asks_in_the_studio(talk: Conversation) -> None:
    for text in ("my bot is broken", "hello"):
        turn = say(talk, text)
        with pytest.raises(jobs.Expected, match="Train it first"):
            answered(talk, turn)
        Turn.objects.filter(pk=turn.pk).update(state=Turn.State.DONE)
    studio = services.begin_studio(
        persona=talk.persona, others=[services.Seat("Bea", "Bea")], opening="are you a bot?", title="t"
    )
    services.invent(conversation=studio, client_id=uuid4(), count=2, sampling={})
    turn = Turn.objects.get(conversation=studio)
    with pytest.raises(jobs.Expected, match="Train it first"):
        answered(studio, turn)
