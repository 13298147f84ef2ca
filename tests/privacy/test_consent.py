"""Whose word stands for a persona, how it is asked for, and that the persona stops when it ends."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from apps.accounts import portable
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.vault import Vault, rotate_master_key
from apps.archives import services as archives
from apps.archives import tasks as ingesting
from apps.archives.models import Archive, Person
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat import writing
from apps.chat.models import Conversation, Turn
from apps.jobs import claims
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import selectors as reading
from apps.personas import services as personas
from apps.personas.models import Persona, Version
from apps.privacy import selectors
from apps.privacy.models import Consent
from apps.privacy.standing import ALONE, judged
from tests.accounts.test_moving import without
from tests.chat.test_talk import Op, say
from tests.conftest import dialogue, messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def bea(owner: User, vault: Vault) -> Persona:
    """A persona of somebody else, without their consent."""
    content = messenger(dialogue(8), ["Bea Quill", "Ann Roe"])
    archive = archives.receive_bytes(owner_id=owner.pk, name="message_1.json", content=content)
    ingesting.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    person = Person.objects.get(is_me=False)
    return personas.make(owner_id=owner.pk, person=person, name="Bea", basis="none")


@pytest.fixture
def talk(bea: Persona) -> Conversation:
    return chat.begin(persona=bea, speaker=chat.Seat("Ann", "Ann"), title="Ann with Bea")


def link(client: Client, owner: User, persona: Persona, **values: Any) -> str:
    """The address that the owner is shown."""
    client.force_login(owner)
    answer = client.post(f"/personas/{persona.pk}/ask", {"asked_by": "Ann from school", "days": 365, **values})
    return str(answer.context["link"]).removeprefix("http://localhost:8000")


def standing(persona: Persona) -> Any:
    return selectors.standing(persona.owner_id, persona.pk)


@pytest.mark.parametrize(
    ("basis", "state", "until", "talks", "leaves"),
    [
        ("self", "given", None, True, True), ("none", "given", None, True, False), ("link", "given", NOW, True, True),
        ("memorial", "given", NOW, True, True), ("link", "given", NOW - timedelta(days=2), False, False),
        ("memorial", "given", NOW - timedelta(days=2), False, False), ("link", "declined", NOW, False, False),
        ("link", "revoked", NOW, False, False), ("", "", None, False, False),
    ],
)  # fmt: skip
def test_what_a_word_allows(basis: str, state: str, until: datetime | None, talks: bool, leaves: bool) -> None:
    found = judged(basis, state, until, NOW - timedelta(days=1))
    assert (found.may_talk, found.may_leave) == (talks, leaves)
    for sentence in (found.silent, found.stays):
        assert not sentence or sentence.count(". ") == 1, "what happened, and the next step"


def test_only_i_can_be_attested_as_me(owner: User, bea: Persona) -> None:
    assert bea.person is not None
    with pytest.raises(Expected, match="marked as you"):
        personas.make(owner_id=owner.pk, person=bea.person, name="Bea", basis="self")
    me = personas.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    assert standing(me).may_leave
    for verb in ("ask", "memorial"):
        with pytest.raises(Expected):
            personas.ask(persona=me, asked_by="A", days=9) if verb == "ask" else personas.remember(
                persona=me, attested="x", days=9
            )


def test_that_it_is_me_counts_as_long_as_i_am_marked_so(owner: User, bea: Persona, vault: Vault) -> None:
    me, other = Person.objects.get(is_me=True), bea.person
    assert other is not None
    mine = personas.make(owner_id=owner.pk, person=me, name="Ann", basis="self")
    archives.choose_me(owner_id=owner.pk, person=other)
    found = reading.standing(mine)
    assert (found.basis, found.may_talk, found.stays) == ("none", True, ALONE)
    mine.refresh_from_db()
    token = personas.ask(persona=mine, asked_by="Ann", days=9)
    assert token, "somebody else can be asked"
    archives.choose_me(owner_id=owner.pk, person=me)
    assert reading.standing(mine).may_leave
    archives.join_people(person=me, into=other)
    assert reading.standing(mine).may_leave, "joined with somebody I am still myself"
    archives.split_person(person=other if Person.objects.get(pk=other.pk).merged_into_id else me)
    assert reading.standing(mine).may_leave


@pytest.mark.parametrize("leaves", [True, False])
def test_who_was_not_me_when_their_messages_went_is_not_me_afterwards(owner: User, bea: Persona, leaves: bool) -> None:
    mine = personas.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    if not leaves:
        assert bea.person is not None
        archives.choose_me(owner_id=owner.pk, person=bea.person)
    archives.delete(archive=Archive.objects.get())
    mine.refresh_from_db()
    assert mine.person is None
    assert reading.standing(mine).may_leave == leaves


@pytest.mark.parametrize(
    ("words", "basis", "talks"), [((), "none", True), (("agree",), "none", True), (("agree", "revoke"), "link", False)]
)
def test_an_import_has_no_link_and_so_no_consent_by_one(
    words: tuple[str, ...], basis: str, talks: bool, bea: Persona, owner: User, client: Client
) -> None:
    address = link(client, owner, bea)
    for word in words:
        Client().post(address, {"word": word})
    until = Consent.objects.get(basis="link").until
    data = b"".join(accounts.export(owner_id=owner.pk))
    Client().post(address, {"word": "revoke"})
    new = accounts.import_account(email="new@example.org", file=io.BytesIO(data))
    copy = Persona.objects.get(owner_id=new.pk)
    found = reading.standing(copy)
    assert (found.basis, found.may_talk, found.may_leave) == (basis, talks, False)
    assert found.until == (until if words else None)
    assert not selectors.asked(new.pk, copy.pk), "no link waits"
    assert personas.ask(persona=copy, asked_by="Ann", days=9)


@pytest.mark.parametrize(("agreed", "basis", "leaves"), [(False, "self", True), (True, "none", False)])
def test_an_export_of_before_words_had_states_says_that_they_were_given(
    agreed: bool, basis: str, leaves: bool, bea: Persona, owner: User, client: Client
) -> None:
    if agreed:
        Client().post(link(client, owner, bea), {"word": "agree"})
    else:
        Consent.objects.filter(subject=bea.pk).update(basis="self")

    def older(name: str, content: bytes) -> bytes:
        if name != "rows/privacy.Consent.jsonl":
            return content
        return b"".join(
            portable.line({k: v for k, v in json.loads(line).items() if k != "state"}) for line in content.splitlines()
        )

    data = without(b"".join(accounts.export(owner_id=owner.pk)), older)
    new = accounts.import_account(email="new@example.org", file=io.BytesIO(data))
    found = selectors.standing(new.pk, Persona.objects.get(owner_id=new.pk).pk)
    assert (found.basis, found.may_leave) == (basis, leaves)


def test_without_consent_it_talks_to_its_owner_alone(bea: Persona, talk: Conversation, owner: User, client: Client) -> None:
    assert standing(bea).may_talk
    assert not selectors.may_leave(owner.pk, bea.pk)
    say(talk)
    client.force_login(owner)
    for page in (f"/personas/{bea.pk}", f"/talk/{talk.pk}"):
        assert ALONE in client.get(page).content.decode()


def test_the_link_tells_what_is_used_and_nothing_that_was_said(bea: Persona, owner: User, client: Client) -> None:
    address = link(client, owner, bea)
    page = Client().get(address).content.decode()
    for fact in ("Ann from school", "Bea Quill", "4 of your messages", "Messenger", "I agree", "I decline"):
        assert fact in page, fact
    assert "shall we get" not in page
    assert "<script" not in page.split("<main")[1], "it works without scripts"
    until = Consent.objects.get(basis="link").until
    assert until is not None and timedelta(days=364) < until - timezone.now() <= timedelta(days=365)


def test_the_token_is_kept_as_a_hash_only(bea: Persona, owner: User, client: Client, settings: Any) -> None:
    address = link(client, owner, bea)
    token = address.rsplit("/", 1)[1]
    row = Consent.objects.get(basis="link")
    assert len(token) >= 32
    assert token.encode() not in b"".join(bytes(v) for v in (row.token, row.about, row.wrapped_key))
    assert b"Ann from school" not in bytes(row.about)
    assert token not in client.get(f"/personas/{bea.pk}").content.decode(), "it is shown once"
    settings.MASTER_KEYS = ["cd" * 32, *settings.MASTER_KEYS]
    rotate_master_key()
    assert Client().get(address).status_code == 200, "a rotated key does not break links"
    settings.MASTER_KEYS = ["ef" * 32]
    assert selectors.by_link(token) is None


def test_agree_revoke_agree(bea: Persona, talk: Conversation, owner: User, client: Client) -> None:
    address, holder = link(client, owner, bea), Client()
    assert standing(bea).basis == "none", "asking changes nothing"
    assert holder.post(address, {"word": "agree"}).status_code == 302
    assert (standing(bea).basis, standing(bea).may_leave) == ("link", True)
    assert b"You agreed" in holder.get(address).content
    assert holder.post(address, {"word": "revoke"}).status_code == 302
    assert not standing(bea).may_talk
    for act in (
        lambda: say(talk),
        lambda: chat.invent(conversation=talk, client_id=uuid4(), count=2, sampling={}),
        lambda: chat.ask_suggestions(conversation=talk, request_id=uuid4(), text="hello"),
        lambda: personas.start_training(persona=bea, preset="quick"),
    ):
        with pytest.raises(Expected, match="took their consent back"):
            act()
    answer = client.post(f"/talk/new/{bea.pk}", follow=True)
    assert "took their consent back" in answer.content.decode()
    assert Conversation.objects.count() == 1
    assert "You speak as" not in client.get(f"/personas/{bea.pk}").content.decode()
    holder.post(address, {"word": "agree"})
    assert standing(bea).may_talk


def test_declining_stops_it_and_a_memorial_does_not_overrule(bea: Persona, owner: User, client: Client) -> None:
    Client().post(link(client, owner, bea), {"word": "decline"})
    assert standing(bea).state == "declined"
    assert not standing(bea).may_talk
    with pytest.raises(Expected, match="answered for themselves"):
        personas.remember(persona=bea, attested="sister", days=30)
    Client().post(link(client, owner, bea), {"word": "agree"})
    assert standing(bea).may_talk, "a later yes counts"


def test_a_new_link_takes_the_place_of_the_one_that_waits(bea: Persona, owner: User, client: Client) -> None:
    first, second = link(client, owner, bea), link(client, owner, bea, days=30)
    assert Client().get(first).status_code == 404
    Client().post(second, {"word": "agree"})
    third = link(client, owner, bea)
    assert Client().post(second, {"word": "revoke"}).status_code == 302, "who agreed can still take it back"
    assert not standing(bea).may_talk
    assert Client().get(third).status_code == 200


@pytest.mark.parametrize("word", ["", "agreed", "given", "revoke"])
def test_odd_answers_change_nothing(bea: Persona, owner: User, client: Client, word: str) -> None:
    assert Client().post(link(client, owner, bea), {"word": word}).status_code == 409
    assert Consent.objects.get(basis="link").state == "asked"


def test_expired(bea: Persona, talk: Conversation, owner: User, client: Client) -> None:
    address = link(client, owner, bea)
    Client().post(address, {"word": "agree"})
    Consent.objects.filter(basis="link").update(until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Expected, match="ended on"):
        say(talk)
    for word in ("agree", "revoke"):
        assert Client().post(address, {"word": word}).status_code == 410
    page = Client().get(address)
    assert page.status_code == 410
    assert b"<button name" not in page.content


@pytest.mark.parametrize("missing", ["kinship", "died", "adults"])
def test_a_memorial_needs_every_word(bea: Persona, owner: User, client: Client, missing: str) -> None:
    client.force_login(owner)
    words = {"kinship": "their sister", "died": "on", "adults": "on", "days": 730}
    client.post(f"/personas/{bea.pk}/memorial", {k: v for k, v in words.items() if k != missing})
    assert standing(bea).basis == "none"
    client.post(f"/personas/{bea.pk}/memorial", words)
    assert standing(bea).basis == "memorial"
    assert standing(bea).may_leave
    Consent.objects.filter(basis="memorial").update(until=timezone.now())
    assert "memorial ended" in standing(bea).silent


class Chatty:
    """An engine that talks on until it is stopped, while the person behind it takes their word back."""

    def __init__(self, revoke: Any) -> None:
        self.revoke, self.closed = revoke, False

    def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **_: Any) -> Iterator[Op]:
        yield Op("turn")
        yield Op("bubble")
        for n in range(100_000):
            if n == 5:
                self.revoke()
            if stop():
                self.closed = True
                return
            yield Op("text", f"word{n} ")
        raise AssertionError("nobody stopped it")


def test_a_running_reply_stops_when_consent_ends(
    bea: Persona, talk: Conversation, owner: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link(client, owner, bea)
    Client().post(address, {"word": "agree"})
    monkeypatch.setattr(writing, "CONSENT_SECONDS", 0.0)
    monkeypatch.setattr(writing.personas, "current", lambda persona: Version(config={}))
    monkeypatch.setattr(writing.personas, "weights", lambda vault, version: object())
    monkeypatch.setattr(writing.engines, "door", lambda: Chatty(lambda: Client().post(address, {"word": "revoke"})))
    turn = say(talk)
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    with pytest.raises(Expected, match="took their consent back"):
        writing.write(lease)
    lease.end(Job.State.FAILED, cause=standing(bea).silent)
    chat.interrupted(turn.pk)
    turn.refresh_from_db()
    view = talks.view(lease.vault, talk, turn)
    assert view["state"] == Turn.State.INTERRUPTED
    assert "took their consent back" in view["cause"]
    kept = view["lines"][0]["bubbles"][0]
    assert kept.startswith("word0")
    assert "word9 " not in kept


def test_a_waiting_reply_is_not_written_after_it_ended(
    bea: Persona, talk: Conversation, owner: User, client: Client
) -> None:
    address = link(client, owner, bea)
    turn = say(talk, "are you a bot?")
    Client().post(address, {"word": "decline"})
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    with pytest.raises(Expected, match="did not agree"):
        writing.write(lease)


def test_deleting_and_exporting(bea: Persona, owner: User, client: Client, vault: Vault) -> None:
    address = link(client, owner, bea)
    from apps.privacy.holdings import HOLDING

    words = dict(HOLDING.export(owner.pk))["consent.json"].decode()
    assert "Ann from school" in words
    personas.delete(persona=bea)
    assert not Consent.objects.exists()
    assert Client().get(address).status_code == 404


def test_words_kept_before_links_existed(owner: User) -> None:
    """The migration keeps rows: `agreed` was the owner's word alone, so that persona talks, and stays."""
    MigrationExecutor(connection).migrate([("privacy", "0002_decisions")])
    old = MigrationExecutor(connection).loader.project_state([("privacy", "0002_decisions")]).apps
    rows = old.get_model("privacy", "Consent").objects
    agreed, mine, ended = (uuid4() for _ in range(3))
    rows.create(owner_id=owner.pk, subject=agreed, basis="agreed")
    rows.create(owner_id=owner.pk, subject=mine, basis="self")
    rows.create(owner_id=owner.pk, subject=ended, basis="self", ended_at=NOW)
    MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    allowed = {
        s: (selectors.standing(owner.pk, s).may_talk, selectors.may_leave(owner.pk, s)) for s in (agreed, mine, ended)
    }
    assert allowed == {agreed: (True, False), mine: (True, True), ended: (False, False)}


def test_nobody_asks_for_a_stranger(bea: Persona, stranger: User, client: Client) -> None:
    client.force_login(stranger)
    for verb in ("ask", "memorial"):
        assert client.post(f"/personas/{bea.pk}/{verb}", {"asked_by": "x", "days": 30}).status_code == 404
    assert Consent.objects.get().basis == "none"
