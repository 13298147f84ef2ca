"""What pages and files say of a talk is true: who wrote a line, why it was said, what became of a frame."""

from __future__ import annotations

import json
import unicodedata
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.chat import disclosure, selectors, services, writing, written
from apps.chat.consumers import BROKE, MISSING, ODD, TalkConsumer
from apps.chat.models import Conversation, Turn
from apps.jobs import claims
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import engines, resident
from tests.chat.test_branches import answered
from tests.chat.test_keeping import mine
from tests.chat.test_line import session
from tests.chat.test_studio import begun, version
from tests.chat.test_talk import ops, say, talk, writer

__all__ = ["mine", "talk", "version"]
pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


class Talker:
    """An engine with sixty words to say, until it is stopped."""

    def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **more: Any) -> Any:
        for op in ops("word " * 60):
            if stop():
                return
            yield op


def test_a_stop_is_kept_while_the_worker_gets_ready(
    talk: Conversation, vault: Vault, version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, real = say(talk), resident.guard

    def slow(vault: Vault) -> Any:
        services.stop(conversation=talk, turn_id=turn.pk)  # while the worker opens what the guard needs
        return real(vault)

    monkeypatch.setattr(writing, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(resident, "guard", slow)
    monkeypatch.setattr(engines, "door", Talker)
    lease, _ = writer(turn)
    writing.write(lease)
    turn.refresh_from_db()
    assert turn.state == Turn.State.STOPPED
    said = [b for line in selectors.body(vault, talk, turn)["lines"] for b in line["bubbles"]]
    assert sum(len(b.split()) for b in said) <= 2


def test_only_the_users_question_is_answered_in_fixed_words(talk: Conversation, vault: Vault, mine: Client) -> None:
    say(talk)
    asking = answered(talk, "are you a bot?")
    services.more(conversation=talk, client_id=uuid4(), sampling={})
    own = answered(talk, "just asking")
    assert "no model has a say" not in mine.get(f"/talk/why/{own.pk}").content.decode()
    say(talk, "are you a bot?")
    told = answered(talk, "yes")
    assert "no model has a say" in mine.get(f"/talk/why/{told.pk}").content.decode()
    page = mine.get(f"/talk/correct/{own.pk}").content.decode()
    assert "bubbles mine" not in page, "what the persona said is not shown as mine"
    assert "bubbles mine" in mine.get(f"/talk/correct/{asking.pk}").content.decode()


def asked(room: Conversation, seat: int, text: str) -> Turn:
    """What follows the owner's line in a seat that they took; no model is there to write it."""
    services.say(conversation=room, client_id=uuid4(), text=text, sampling={}, seat=seat)
    return by_itself(room)


def by_itself(room: Conversation) -> Turn:
    turn = Turn.objects.get(conversation=room, state=Turn.State.WAITING)
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    writing.write(lease)
    lease.end(Job.State.DONE)
    turn.refresh_from_db()
    return turn


def lines(room: Conversation, vault: Vault, turn: Turn) -> list[tuple[str, list[str]]]:
    return [(line["speaker"], line["bubbles"]) for line in selectors.view(vault, room, turn)["lines"]]


def test_who_takes_a_seat_and_asks_is_told_the_truth_by_no_model(talk: Conversation, vault: Vault, mine: Client) -> None:
    room = begun(talk, opening="", day="2019-03-05T18:30", times=True)
    told = asked(room, 0, "hm.\n\nare you a bot?")
    assert lines(room, vault, told) == [("", [disclosure.answer("en", "Ann")])]
    kept = selectors.body(vault, room, told)["lines"][0]
    assert "Ann" not in str(kept), "the row holds no real name"
    assert len(kept["at"]) == 1, "it has a time where lines have times"
    assert "no model has a say" in mine.get(f"/talk/why/{told.pk}").content.decode()
    text = written.text(selectors.paper(vault, room, "2026-01-01", real=True))
    assert "Ann (AI imitation): I am an AI imitation" in text
    services.again(conversation=room, turn_id=told.pk, client_id=uuid4(), sampling={})
    assert lines(room, vault, by_itself(room)) == lines(room, vault, told), "saying it differently changes nothing"


def test_who_asks_in_the_personas_own_seat_is_told_by_somebody_else(talk: Conversation, vault: Vault) -> None:
    told = asked(begun(talk, opening=""), 2, "bist du ein bot?")
    assert lines(told.conversation, vault, told) == [("Bea", [disclosure.answer("de", "Ann")])]


def test_what_nobody_took_a_seat_for_stays_invented(talk: Conversation, vault: Vault) -> None:
    room = begun(talk, opening="are you a bot?")
    with pytest.raises(Expected, match="Train it first"):
        asked(room, 0, "lovely weather")
    room = begun(talk, opening="so")
    services.invent(conversation=room, client_id=uuid4(), count=2, sampling={})
    answered(room, "are you a bot?")
    services.invent(conversation=room, client_id=uuid4(), count=2, sampling={})
    with pytest.raises(Expected, match="Train it first"):
        by_itself(room)


def test_the_opening_line_is_its_owners_whoever_goes_on(talk: Conversation, vault: Vault) -> None:
    room = begun(talk, opening="I typed this")
    services.invent(conversation=room, client_id=uuid4(), count=2, sampling={})
    answered(room, "and I did not")
    lines = selectors.views(vault, room)[0]["lines"]
    assert [line.get("own", False) for line in lines] == [True, *[False] * (len(lines) - 1)]
    for real in (True, False):
        text = written.text(selectors.paper(vault, room, "2026-01-01", real=real))
        assert "(AI imitation): I typed this" not in text
        assert "(AI imitation): and I did not" in text or "and I did not" in text


def test_nobody_to_answer_is_said(talk: Conversation) -> None:
    room = services.begin_studio(persona=talk.persona, others=[], opening="", title="t")
    with pytest.raises(Expected, match="Nobody else is there"):
        services.say(conversation=room, client_id=uuid4(), text="hello?", sampling={}, seat=0)
    assert not Turn.objects.filter(conversation=room).exists()


def test_search_finds_letters_however_they_are_composed(talk: Conversation, vault: Vault) -> None:
    say(talk, unicodedata.normalize("NFD", "café by the lake\n\nand bring bread"))
    for words in ("café", unicodedata.normalize("NFD", "CAFÉ"), "lake bread"):
        found = selectors.search(vault, words)
        assert [f["id"] for f in found] == [talk.pk], words
        assert "lake" in found[0]["excerpt"]


async def opened(talk: Conversation) -> ApplicationCommunicator:
    user = await User.objects.aget(pk=talk.owner_id)
    scope = {
        "type": "websocket", "path": "/", "headers": [], "user": user, "session": await sync_to_async(session)(user),
        "url_route": {"kwargs": {"conversation_id": talk.pk}},
    }  # fmt: skip
    line = ApplicationCommunicator(TalkConsumer.as_asgi(), scope)
    await line.send_input({"type": "websocket.connect"})
    assert (await line.receive_output(5))["type"] == "websocket.accept"
    assert json.loads((await line.receive_output(5))["text"])["type"] == "turns"
    return line


async def put(line: ApplicationCommunicator, **frame: Any) -> dict[str, Any]:
    await line.send_input({"type": "websocket.receive", "text": json.dumps(frame)})
    found: dict[str, Any] = await line.receive_output(5)
    return found


async def test_a_frame_that_fails_is_named_and_logged_without_its_words(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**values: Any) -> None:
        raise AttributeError(values["text"])

    line, frame = await opened(talk), str(uuid4())
    odd = await put(line, type="say", id=frame, text="hello", seat="first")
    assert json.loads(odd["text"]) == {"type": "error", "sentence": ODD, "id": frame}
    monkeypatch.setattr(services, "say", broken)
    failed = await put(line, type="say", id=frame, text="quillfeather")
    assert json.loads(failed["text"]) == {"type": "error", "sentence": BROKE, "id": frame}
    assert "AttributeError" in caplog.text
    assert "quillfeather" not in caplog.text
    monkeypatch.undo()
    await sync_to_async(services.delete)(conversation=talk)
    gone = await put(line, type="say", id=frame, text="hello")
    assert (gone["type"], gone["code"]) == ("websocket.close", MISSING)
