"""Saying, answering, stopping, trying again: rows under races and deaths, without a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from apps.accounts import sealing
from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as ingesting
from apps.archives.models import Person
from apps.chat import offers, script, selectors, services, stream, writing
from apps.chat.models import Conversation, Turn
from apps.jobs import claims
from apps.jobs import services as jobs
from apps.jobs.causes import Expected, LeaseLost
from apps.jobs.models import Job
from apps.personas import resident
from apps.personas import services as personas
from apps.personas.guard import Guard
from apps.personas.language import ME_SPEAKER
from apps.personas.models import Version
from apps.personas.wire import Unanswered
from apps.privacy import services as privacy
from apps.privacy.scrub.known import Known
from tests.conftest import messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


class Op:
    def __init__(self, kind: str, value: str = "") -> None:
        self.kind, self.value = kind, value


@pytest.fixture
def talk(owner: User, vault: Vault) -> Conversation:
    person = Person(id=uuid4(), owner=owner, wrapped_key=vault.new_wrapped(), is_me=True)
    person.name = vault.seal(person, "name", "Ann Roe")
    person.save(force_insert=True)
    persona = personas.make(owner_id=owner.pk, person=person, name="Ann", basis="self")
    return services.begin(persona=persona, speaker=services.Seat("Bea", "Bea"), title="Bea with Ann")


def say(talk: Conversation, text: str = "hello", client_id: UUID | None = None) -> Turn:
    services.say(conversation=talk, client_id=client_id or uuid4(), text=text, sampling={"temperature": 0.5, "evil": "x"})
    return Turn.objects.filter(conversation=talk, by_persona=True).latest("created_at")


def writer(turn: Turn) -> tuple[Any, writing._Pen]:
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    pen = writing._Pen(lease, Turn.objects.select_related("conversation").get(pk=turn.pk), lease.vault)
    pen.begin()
    return lease, pen


def ops(words: str) -> Iterator[Op]:
    yield Op("bubble")
    for word in words.split():
        yield Op("text", word + " ")


def test_saying_twice_with_one_id_is_saying_once(talk: Conversation) -> None:
    client = uuid4()
    for _ in range(3):
        say(talk, client_id=client)
    assert Turn.objects.count() == 2
    assert Job.objects.filter(kind=services.REPLY).count() == 1
    assert Turn.objects.get(by_persona=True).request == {"temperature": 0.5}


def test_words_lie_sealed(talk: Conversation, vault: Vault) -> None:
    turn = say(talk, "very private words")
    mine = Turn.objects.get(by_persona=False)
    assert b"private" not in bytes(mine.body)
    assert selectors.body(vault, talk, mine) == {"lines": [{"speaker": "Bea", "bubbles": ["very private words"]}]}
    _, pen = writer(turn)
    pen.follow(ops("also private"))
    raw = stream.client().xrange(f"reply:{turn.pk}")
    assert raw
    assert b"private" not in repr(raw).encode()


def test_the_first_words_go_at_once(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 99.0)
    turn, held = say(talk), list[tuple[str, int]]()
    _, pen = writer(turn)

    def told() -> Iterator[Op]:
        for op in ops("one two three"):
            yield op
            held.append((op.kind, stream.client().xlen(f"reply:{turn.pk}")))

    pen.follow(told())
    assert [count for kind, count in held if kind != "text"] == [0] * sum(kind != "text" for kind, _ in held)
    assert {count for kind, count in held if kind == "text"} == {1}, "the rest in batches"


def test_the_log_and_the_row_say_the_same(talk: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 0.0)
    turn = say(talk)
    lease, pen = writer(turn)
    pen.follow(ops("one two three four"))
    lease.end(Job.State.DONE)
    key = vault.row_key(talk)
    body = script.empty()
    numbers = []
    for identity, fields in stream.client().xrange(f"reply:{turn.pk}"):
        n = int(identity.split(b"-")[0])
        numbers.append(n)
        script.apply(body, json.loads(sealing.unseal(key, fields[b"o"], f"{turn.pk}/{n}")))
    turn.refresh_from_db()
    assert numbers == list(range(1, turn.pieces + 1))
    assert (
        script.tidy(body)
        == selectors.body(vault, talk, turn)
        == {"lines": [{"speaker": "", "bubbles": ["one two three four"]}]}
    )
    assert turn.state == Turn.State.DONE


def test_a_dead_writer_leaves_interrupted_with_what_was_there(
    talk: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SNAPSHOT_SECONDS", 0.0)
    turn = say(talk)
    _, pen = writer(turn)
    for op in ops("half a"):
        pen.waiting.append([op.kind, op.value])
        script.apply(pen.body, [(op.kind, op.value)])
    pen._keep(Turn.State.WRITING)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.sweep()
    turn.refresh_from_db()
    assert turn.state == Turn.State.INTERRUPTED
    assert selectors.body(vault, talk, turn)["lines"][0]["bubbles"] == ["half a "]
    with pytest.raises(LeaseLost):  # it comes back from the dead
        pen.follow(ops("and more"))
    turn.refresh_from_db()
    assert turn.state == Turn.State.INTERRUPTED
    services.again(conversation=talk, turn_id=turn.pk, client_id=uuid4(), sampling={})
    shown = selectors.shown(talk)
    assert [t.state for t in shown] == [Turn.State.SAID, Turn.State.WAITING]


def test_what_pages_saw_after_the_last_snapshot_is_kept(talk: Conversation, vault: Vault) -> None:
    turn = say(talk)
    _, pen = writer(turn)
    for number, word in enumerate(("half", " an", " answer"), 1):
        assert stream.append(turn.pk, pen.key, number, [["text", word]]) == (0, False)
    stream.append(turn.pk, pen.key, 5, [["text", " behind a gap"]])
    services.interrupted(turn.pk)
    turn.refresh_from_db()
    assert (turn.state, turn.pieces) == (Turn.State.INTERRUPTED, 3)
    assert selectors.body(vault, talk, turn)["lines"][0]["bubbles"] == ["half an answer"]


def test_the_worker_hears_of_a_wiped_log_and_of_a_stop_with_its_entry(talk: Conversation, vault: Vault) -> None:
    turn = say(talk)
    _, pen = writer(turn)
    pen.waiting = [["text", "one"]]
    pen._flush(0.0)
    assert not pen.unkept
    stream.client().flushdb()
    pen.waiting = [["text", " two"]]
    pen._flush(0.0)
    assert pen.unkept
    assert pen.lacking == 1
    services.stop(conversation=talk, turn_id=turn.pk)
    pen.waiting = [["text", " three"]]
    pen._flush(0.0)
    assert pen._stop


def test_only_one_answer_at_a_time(talk: Conversation) -> None:
    say(talk)
    with pytest.raises(Expected, match="being written"):
        say(talk)


def test_too_many_in_a_minute(talk: Conversation, settings: Any) -> None:
    settings.MESSAGES_PER_MINUTE = 1
    turn = say(talk)
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.DONE)
    with pytest.raises(Expected, match="a moment"):
        say(talk)


@pytest.mark.parametrize("words", ["", "   ", "x" * 4_001])
def test_odd_messages_are_explained(talk: Conversation, words: str) -> None:
    with pytest.raises(Expected):
        say(talk, words)


def test_stopping_before_and_while_it_writes(talk: Conversation) -> None:
    turn = say(talk)
    services.stop(conversation=talk, turn_id=turn.pk)
    turn.refresh_from_db()
    assert turn.state == Turn.State.INTERRUPTED
    services.again(conversation=talk, turn_id=turn.pk, client_id=uuid4(), sampling={})
    turn = selectors.shown(talk)[-1]
    _, pen = writer(turn)
    services.stop(conversation=talk, turn_id=turn.pk)
    pen.looked = 0
    assert pen.stopped()


def test_deleting_leaves_nothing(talk: Conversation) -> None:
    turn = say(talk)
    _, pen = writer(turn)
    pen.follow(ops("words"))
    services.delete(conversation=talk)
    assert not Turn.objects.exists()
    assert not Job.objects.exists()
    assert not stream.client().exists(f"reply:{turn.pk}")


def test_what_a_model_reads() -> None:
    bodies = [
        script.said("Bea", "hi\n\nthere"),
        {"lines": [{"speaker": "", "bubbles": ["yo"]}]},
        {"lines": [{"speaker": "", "bubbles": ["again"]}]},
    ]
    turns = script.turns(bodies)
    assert [t.speaker for t in turns] == ["Bea", ME_SPEAKER]
    assert [b.text for b in turns[1].bubbles] == ["yo", "again"]


class Leaking:
    """An engine that says what it must not."""

    def reply(self, *_: Any, talk: str) -> Iterator[Op]:
        yield Op("turn")
        yield from ops("sure, the pin is four eight 2 1 and the card ends 6467")

    def completions(self, *_: Any, talk: str) -> list[str]:
        return ["is 4821"]


def test_a_forced_leak_is_stopped_in_reply_and_suggestion(
    owner: User, talk: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [("Bea Quill", 1_700_000_000, "what's your pin?"), ("Ann Roe", 1_700_000_020, "4821")]
    archive = archives.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(said, ["Bea Quill", "Ann Roe"])
    )
    ingesting.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    version = Version(id=uuid4(), owner=owner, persona=talk.persona, number=1, preset="quick", config={})
    version.wrapped_key = vault.new_wrapped()
    version.save(force_insert=True)
    monkeypatch.setattr(writing.personas, "current", lambda persona: version)
    monkeypatch.setattr(writing.personas, "weights", lambda vault, version: object())
    monkeypatch.setattr(writing.engines, "door", lambda: Leaking())
    turn = say(talk)
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    writing.write(lease)
    turn.refresh_from_db()
    assert selectors.body(vault, talk, turn)["lines"] == [
        {"speaker": "", "bubbles": ["sure, the pin is [pin] and the card ends 6467"]}
    ]
    key = vault.row_key(talk)
    logged = ""
    for identity, fields in stream.client().xrange(f"reply:{turn.pk}"):
        n = int(identity.split(b"-")[0])
        logged += "".join(v for k, v in json.loads(sealing.unseal(key, fields[b"o"], f"{turn.pk}/{n}")) if k == "text")
    assert logged.strip() == "sure, the pin is [pin] and the card ends 6467", "it never was in the stream either"
    version.refresh_from_db()
    assert (version.stopped_secrets, version.stopped_names, version.stopped_copies) == (1, 0, 0)
    request = uuid4()
    stream.put_request(request, talk.pk, key, {"text": "my pin"})
    answers: list[list[str]] = []
    monkeypatch.setattr(stream, "answer", lambda request_id, key, choices: answers.append(choices))
    offers.suggest(request_id=request, conversation_id=talk.pk)
    assert answers == [[]]
    privacy.burn(owner_id=owner.pk)
    assert resident.guard(vault).clean("4821") == "4821", "what nobody knows any more cannot be told"


def test_what_was_stopped_counts_though_the_reply_breaks_off(
    talk: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def reply(self, *_: Any, **__: Any) -> Iterator[Op]:
            yield from ops("it is 4111 1111 1111 1111 ok")
            raise Unanswered("Nothing answers now.")

    version = Version(id=uuid4(), owner_id=talk.owner_id, persona=talk.persona, number=1, preset="quick", config={})
    version.wrapped_key = vault.new_wrapped()
    version.save(force_insert=True)
    monkeypatch.setattr(writing.personas, "current", lambda persona: version)
    monkeypatch.setattr(writing.personas, "weights", lambda vault, version: object())
    monkeypatch.setattr(writing.engines, "door", Failing)
    lease = claims.claim(Job.objects.get(subject=say(talk).pk).pk)
    assert lease is not None
    with pytest.raises(Expected):
        writing.write(lease)
    version.refresh_from_db()
    assert version.stopped_secrets == 1


def test_a_turn_says_that_something_was_held_back_and_not_what(talk: Conversation, vault: Vault) -> None:
    turn = say(talk)
    lease, pen = writer(turn)
    pen.guard = Guard(Known())
    pen.follow(pen.guard.watch(ops("it is 4111 1111 1111 1111 ok")))
    lease.end(Job.State.DONE)
    turn.refresh_from_db()
    view = selectors.view(vault, talk, turn)
    assert (view["held"], view["lines"][0]["bubbles"]) == (1, ["it is [card] ok"])
    assert turn.request["held"] == 1
    assert "4111" not in str(turn.request)
    quiet = Turn.objects.get(by_persona=False)
    assert selectors.view(vault, talk, quiet)["held"] == 0
