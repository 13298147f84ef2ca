"""Offers with the real base at 8 bits: what is kept between two keys, who is given up, what differs, and that nothing stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from safetensors.numpy import save

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as ingesting
from apps.archives.models import Person
from apps.chat import offering, offers, stream
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import engines, verbatim
from apps.personas import services as making
from apps.personas.guard import Said
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.models import Version
from apps.personas.verbatim import Verbatim
from apps.personas.wire import Unanswered
from apps.privacy.models import Consent
from tests.conftest import messenger

pytestmark = pytest.mark.django_db(transaction=True)
SAID = [("Bea Quill", 1_700_000_000, "what's your pin?"), ("Ann Roe", 1_700_000_020, "it is 4821")]
TALK = [Turn("Bea", (Bubble("are you coming to the party?"),)), Turn(ME_SPEAKER, (Bubble("maybe"),))]


def never() -> bool:
    return False


@pytest.fixture
def version(owner: User, vault: Vault) -> Version:
    """The shipped base as a persona of an account with one secret."""
    archive = archives.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(SAID, ["Bea Quill", "Ann Roe"])
    )
    ingesting.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    persona = making.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    version = Version(id=uuid4(), owner=owner, persona=persona, number=1, preset="quick", config={"base": "builtin"})
    version.wrapped_key = vault.new_wrapped()
    with vault.create("weights") as (item, writer):
        writer.write(save({}))
    version.weights = item
    version.save(force_insert=True)
    return version


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bells for the worker, instead of a worker."""
    bells: list[dict[str, Any]] = []
    monkeypatch.setattr(offering.current_app, "send_task", lambda name, kwargs, **_: bells.append(kwargs))
    return bells


def ask(version: Version, page: UUID, text: str, kind: str = "ways") -> UUID:
    request_id = uuid4()
    offering._left(version.persona, request_id, page, {"kind": kind, "text": text, "whom": ""})
    return request_id


def answered(vault: Vault, version: Version, request_id: UUID) -> list[str] | None:
    from apps.accounts import sealing

    raw: Any = stream.client().lpop(f"suggest:{request_id}:out")
    return None if raw is None else list(json.loads(sealing.unseal(vault.row_key(version.persona), raw, str(request_id))))


def test_three_ways_and_several_answers_that_differ(vault: Vault, version: Version, rung: list[dict[str, Any]]) -> None:
    page = uuid4()
    first = ask(version, page, "sorry i ca")
    assert rung[-1] == {"request_id": str(first), "persona_id": str(version.persona.pk), "page": str(page)}, "no words"
    offers.offer(request_id=first, persona_id=version.persona.pk, page=page)
    ways = answered(vault, version, first)
    assert ways
    assert len(ways) == 3
    assert any(way.startswith(("n't", "nt", "nnot")) for way in ways), ways
    second = ask(version, page, "are you coming to the party?", "answers")
    offers.offer(request_id=second, persona_id=version.persona.pk, page=page)
    replies = answered(vault, version, second)
    assert replies
    assert len(offers.different(replies)) == len(replies) >= 3
    left = b" ".join(stream.client().scan_iter("suggest:*"))
    assert str(first).encode() not in left.replace(b"newest", b""), "what was asked and answered is gone"
    assert Job.objects.count() == 1, "only the archive's"


def test_the_next_key_frees_the_seat(
    vault: Vault, version: Version, rung: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = uuid4()
    old, new = ask(version, page, "sorry i"), ask(version, page, "sorry i ca")
    monkeypatch.setattr(offers, "open_vault", lambda *_: pytest.fail("nothing is opened for what nobody waits for"))
    offers.offer(request_id=old, persona_id=version.persona.pk, page=page)
    monkeypatch.undo()
    asked, engine = [], engines.door()

    def typed_on() -> bool:
        asked.append(1)
        return len(asked) > 4

    assert offers.ways(vault, version, ["Bea"], TALK, "sorry i ca", typed_on, talk="t") == []
    assert len(asked) < 9, "in the middle of a word it stops at the next look"
    assert (
        engine.completions(
            offers.personas.weights(vault, version), ["Bea"], TALK, "sorry", engines.sampling({}), 5, lambda: True
        )
        == []
    )
    assert stream.newest(new, page)


def test_what_was_read_is_kept_within_one_talk_only(vault: Vault, version: Version) -> None:
    def ways(talk: str, said: list[Turn] = TALK, typed: str = "I was going to ") -> list[str]:
        return offers.ways(vault, version, ["Bea"], said, typed, never, talk=talk)

    voice: Any = engines.door().voice(offers.personas.weights(vault, version))  # type: ignore[attr-defined]
    voice._ahead._talks.clear()
    plain = ways("")
    assert not voice._ahead._talks, "outside a talk nothing is kept"
    assert ways("one") == plain
    instance = voice._ahead._talks["one"][1]
    assert ways("one") == plain, "the same with what was kept"
    assert voice._ahead._talks["one"][1] is instance
    ways("two")
    assert voice._ahead._talks["two"][1] is not instance, "never another talk's"
    other = [Turn("Bea", (Bubble("the fox ate all of the soup"),))]
    changed = ways("one", other)
    assert voice._ahead._talks["one"][1] is not instance, "and never what stood there before the talk went on"
    assert changed == ways("", other)
    assert changed != plain


def test_the_guard_stands_before_both(vault: Vault, version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    class Leaking:
        def completions(self, *_: Any, talk: str) -> list[str]:
            return ["is 4821", "is mine", "Is  mine!", " "]

        def reply(self, spec: Any, others: Any, said: Any, sampling: Any, stop: Any, **_: Any) -> Iterator[Any]:
            words = ("it is 4821", "Never!", "never", "ask me later")
            for kind, value in (("turn", ""), ("bubble", ""), ("text", words[sampling.seed % 4])):
                yield type("Op", (), {"kind": kind, "value": value})()

    monkeypatch.setattr(engines, "door", lambda: Leaking())
    assert offers.ways(vault, version, ["Bea"], [], "my pin ", never, talk="t") == ["is mine"]
    found = offers.answers(vault, version, "Bea", "your pin?", 0, never)
    assert found == ["Never!", "ask me later"]
    version.refresh_from_db()
    assert version.stopped_secrets >= 1


def test_what_is_stopped_in_suggestions_is_counted(vault: Vault, version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    recited = "the heron on our roof wears a crooked paper crown"
    copies = Verbatim(verbatim.build([(False, recited)], b"k"), b"k")

    class Leaking:
        def completions(self, *_: Any, talk: str) -> list[str]:
            return ["is 4821", "is ann@example.org and 4821", f"says {recited}", "knows Bea Quill", "is mine"]

    monkeypatch.setattr(engines, "door", lambda: Leaking())
    monkeypatch.setattr(offers.resident, "copies", lambda *_: copies)
    assert offers.ways(vault, version, ["Bea"], [], "my pin ", never, talk="t") == ["is mine"]
    version.refresh_from_db()
    assert (version.stopped_secrets, version.stopped_names, version.stopped_copies) == (3, 2, 1), "as in a reply"
    assert offers.ways(vault, version, ["Bea"], [], f"{recited} 4821 ", never, talk="t") == []
    version.refresh_from_db()
    assert version.stopped_copies == 1, "what somebody typed was not said by the persona"


def test_what_was_stopped_counts_though_the_engine_gives_up(
    vault: Vault, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        left = 2

        def reply(self, *_: Any, **__: Any) -> Iterator[Any]:
            self.left -= 1
            yield from (Said("turn"), Said("bubble"), Said("text", "it is 4821, ask Bea Quill "))
            if not self.left:
                raise Unanswered("Nothing answers now.")

    engine = Failing()
    monkeypatch.setattr(engines, "door", lambda: engine)
    with pytest.raises(Unanswered):
        offers.answers(vault, version, "Bea", "your pin?", 0, never)
    version.refresh_from_db()
    assert (version.stopped_secrets, version.stopped_names) == (2, 4)


def test_a_persona_that_may_not_talk_offers_nothing(version: Version, rung: list[dict[str, Any]]) -> None:
    Consent.objects.all().delete()
    with pytest.raises(Expected):
        ask(version, uuid4(), "sorry i ca")
    assert not rung


def test_odd_frames_and_too_many_are_explained(owner: User, version: Version, settings: Any) -> None:
    client = Client()
    client.force_login(owner)
    address = f"/talk/offer/{version.persona.pk}"
    for body in ("", "{}", "[]", json.dumps({"kind": "x", "text": "a", "page": str(uuid4())})):
        assert client.post(address, body, content_type="application/json").status_code == 400
    settings.MESSAGES_PER_MINUTE = 0
    body = json.dumps({"kind": "answers", "text": "hello", "page": str(uuid4())})
    answer = client.post(address, body, content_type="application/json")
    assert (answer.status_code, "moment" in answer.json()["error"]) == (409, True)
