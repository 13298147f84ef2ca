"""Personas of two users in one room: only by invitation, each with its own words and names, and silent the moment it ends."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts import registry
from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives import services as archives
from apps.archives import tasks as ingesting
from apps.archives.models import Person
from apps.bridges import rooms, services
from apps.bridges.models import Door
from apps.chat import disclosure, keeping, selectors, staging, tasks, visiting, writing
from apps.chat import services as chat
from apps.chat.models import Conversation, Turn
from apps.jobs import claims
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import engines
from apps.personas import services as personas
from apps.personas.inference.generate import Op
from apps.personas.language import ME_SPEAKER, Me
from apps.personas.models import Persona
from apps.privacy import services as privacy
from tests.bridges.cast import taught
from tests.chat.test_studio import answered
from tests.conftest import messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
HOST_REAL, GUEST_REAL = ("bea", "quill", "ann", "roe"), ("cyrus", "vandermeer", "dora", "okafor")


def known(owner: User, me: str, other: str, pin: str) -> Persona:
    """A persona of an account with an archive of two people and one secret."""
    said = [(other, 1_700_000_000, "what's your pin?"), (me, 1_700_000_020, pin), (me, 1_700_000_050, f"hi {other}")]
    archive = archives.receive_bytes(owner_id=owner.pk, name="message_1.json", content=messenger(said, [other, me], other))
    ingesting.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    vault = open_vault(owner.pk)
    person = next(p for p in Person.objects.filter(owner=owner) if vault.unseal(p, "name", p.name) == me)
    archives.choose_me(owner_id=owner.pk, person=person)
    person.refresh_from_db()
    persona = personas.make(owner_id=owner.pk, person=person, name=me, basis="self")
    taught(persona)
    return persona


@pytest.fixture
def host(owner: User) -> Persona:
    return known(owner, "Ann Roe", "Bea Quill", "4821")


@pytest.fixture
def guest(stranger: User) -> Persona:
    return known(stranger, "Cyrus Vandermeer", "Dora Okafor", "7390")


def invitation(guest: Persona) -> str:
    return services.make(persona=guest, kind=Door.Kind.ROOM, title="for Ann", days=7)


@pytest.fixture
def room(host: Persona, guest: Persona) -> Conversation:
    made = chat.begin_studio(persona=host, others=[], opening="", title="t")
    keeping.welcome(conversation=made, code=invitation(guest))
    return Conversation.objects.get(pk=made.pk)


class Telling:
    """Two voices: each says what it reads (its own real names and secrets among it)."""

    def __init__(self, words: dict[str, str]) -> None:
        self.words = words
        self.read: list[tuple[str, list[Any], list[str]]] = []

    def converse(self, spec: Any, people: Any, said: Any, count: int, sampling: Any, stop: Any, **more: Any) -> Any:
        self.read.append((spec.key, list(said), more["present"]))
        speaker = people[0]
        yield Op("turn", "" if isinstance(speaker, Me) else speaker)
        yield Op("bubble")
        for word in self.words[spec.key].split():
            yield Op("text", word + " ")


@pytest.fixture
def telling(host: Persona, guest: Persona, monkeypatch: pytest.MonkeyPatch) -> Telling:
    made = Telling({
        str(host.versions.get().pk): "Bea Quill told me, my pin is 4821 and yours",
        str(guest.versions.get().pk): "Dora Okafor says hello, the pin is 7390 or 4821",
    })  # fmt: skip
    monkeypatch.setattr(engines, "door", lambda: made)
    return made


def written(room: Conversation, count: int = 4, **sampling: Any) -> Turn:
    chat.invent(conversation=room, client_id=uuid4(), count=count, sampling={"seed": 3, **sampling})
    return answered(room)


def seat(room: Conversation) -> str:
    return str(selectors.seats(open_vault(room.owner_id), room)["visitors"][0]["seat"])


def test_each_is_written_by_its_own_model_behind_its_own_guard_and_names(
    room: Conversation, host: Persona, guest: Persona, telling: Telling, owner: User, client: Client
) -> None:
    turn = written(room)
    vault = open_vault(owner.pk)
    said = selectors.body(vault, room, turn)["lines"]
    assert {line["speaker"] for line in said} == {"", seat(room)}
    keys = {key for key, _, _ in telling.read}
    assert keys == {str(host.versions.get().pk), str(guest.versions.get().pk)}
    assert not {*HOST_REAL, *GUEST_REAL} & {*re.findall(r"\w+", json.dumps(said).lower())}
    theirs = " ".join(b for line in said if line["speaker"] for b in line["bubbles"])
    own = " ".join(b for line in said if not line["speaker"] for b in line["bubbles"])
    assert "7390" not in theirs, "its owner's secrets are stopped by its owner's guard"
    assert "4821" not in own
    client.force_login(owner)
    shown = json.dumps(selectors.views(vault, room)).lower()
    assert "bea quill told me" in shown, "real names come back for their owner"
    page = client.get(f"/talk/{room.pk}").content.decode().lower()
    assert seat(room).lower() in page
    files = "".join(
        client.get(f"/talk/{room.pk}/download?as={how}").content.decode().lower() for how in ("text", "json", "html")
    )
    assert not {*GUEST_REAL} & {*re.findall(r"\w+", shown + page + files)}
    for key, read, present in telling.read:
        words = re.findall(r"\w+", json.dumps([[str(t.speaker), t.text] for t in read] + [present]).lower())
        assert not {*HOST_REAL, *GUEST_REAL} & {*words}, key
        assert all(isinstance(one, str) for one in present)
        if key == str(guest.versions.get().pk):
            assert any(t.speaker is ME_SPEAKER for t in read) or len(read) < 2, "the visitor reads itself as me"


def test_nothing_of_either_side_is_changed_or_kept_on_the_other(
    room: Conversation, guest: Persona, telling: Telling, stranger: User, owner: User
) -> None:
    before = {h.name: h.count(stranger.pk) for h in registry.holdings()}
    written(room)
    after = {h.name: h.count(stranger.pk) for h in registry.holdings()}
    assert before == after
    door = Door.objects.get()
    assert (door.owner_id, door.uses > 0) == (stranger.pk, True)
    assert not Conversation.objects.filter(owner=stranger).exists()
    assert Turn.objects.exclude(owner=owner).count() == 0
    found = dict(_exported(stranger))
    assert '"kind": "room"' in found["doors.json"]
    assert str(owner.pk) not in "".join(found.values()), "whose room it is, is told nobody"
    assert str(guest.pk) not in str(dict(_exported(owner)))


def _exported(owner: User) -> list[tuple[str, str]]:
    made = []
    for holding in registry.holdings():
        for name, body in holding.export(owner.pk):
            whole = body if isinstance(body, bytes) else b"".join(body)
            made.append((name, whole.decode("utf-8", "replace")))
    return made


def test_an_invitation_is_for_one_account_and_used_once(host: Persona, guest: Persona, owner: User) -> None:
    code = invitation(guest)
    third = User.objects.create_user("third@example.org", "x")
    porter = rooms.Porter()
    door, called = porter.welcome(code, owner.pk)
    assert not [name for name in GUEST_REAL if name in called.lower()]
    assert porter.standing(door, owner.pk) == guest
    assert porter.standing(door, third.pk) == rooms.ENDED, "an id is no invitation"
    for account in (owner.pk, third.pk):
        with pytest.raises(Expected, match="used already"):
            porter.welcome(code, account)
    with pytest.raises(Expected, match="not known"):
        porter.welcome("nonsense", owner.pk)


def test_ended_it_says_nothing_more_and_a_sentence_says_so(
    room: Conversation, telling: Telling, stranger: User, owner: User, client: Client
) -> None:
    written(room)
    services.end(door=Door.objects.get())
    client.force_login(owner)
    sentence = f"{seat(room)} {rooms.ENDED}"
    assert sentence.replace("'", "&#x27;") in client.get(f"/talk/{room.pk}").content.decode()
    telling.read.clear()
    chat.say(conversation=room, client_id=uuid4(), text="are you there?", sampling={"seed": 3}, seat=0)
    turn = Turn.objects.get(conversation=room, state=Turn.State.WAITING)
    lease = claims.claim(Job.objects.get(subject=turn.pk).pk)
    assert lease is not None
    with pytest.raises(Expected, match="has ended the invitation"):
        writing.write(lease)
    assert telling.read == []


def test_ended_in_the_middle_of_a_word_it_stops_there(
    room: Conversation, guest: Persona, telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "LOOK_SECONDS", -1.0)
    telling.words[str(guest.versions.get().pk)] = "one two three four five six seven eight nine ten " * 20
    standing, asked = visiting.porter().standing, []

    def ends_after_a_while(self: Any, door: Any, account: Any) -> Any:
        asked.append(1)
        if len(asked) == 12:
            services.end(door=Door.objects.get())
        return standing(door, account)

    monkeypatch.setattr(rooms.Porter, "standing", ends_after_a_while)
    chat.invent(conversation=room, client_id=uuid4(), count=6, sampling={"seed": 3})
    turn = Turn.objects.get(conversation=room, state=Turn.State.WAITING)
    tasks.reply(job_id=str(Job.objects.get(subject=turn.pk).pk))
    assert len(asked) == 12
    (shown,) = selectors.views(open_vault(room.owner_id), room)
    assert shown["state"] == Turn.State.INTERRUPTED
    assert shown["cause"] == f"{seat(room)} {rooms.ENDED}"
    assert shown["lines"][-1]["speaker"] == seat(room), "what it had said until then is kept"


@pytest.mark.parametrize("how", ["red", "revoked", "deleted", "erased"])
def test_who_may_not_leave_does_not_speak(room: Conversation, guest: Persona, telling: Telling, how: str) -> None:
    if how == "red":
        guest.versions.update(facts={"leaks": {"verdict": "red"}})
    elif how == "revoked":
        privacy.withdraw(owner_id=guest.owner_id, subject=guest.pk)
    elif how == "deleted":
        personas.delete(persona=guest)
    else:
        User.objects.filter(pk=guest.owner_id).update(is_active=False)
    (visitor,) = selectors.visitors(open_vault(room.owner_id), room)
    assert visitor.away.startswith(seat(room))
    assert visitor.persona is None
    with pytest.raises(Expected, match=r"does not speak|no longer speaks"):
        written(room)
        written(room)


def test_a_red_one_cannot_be_invited(host: Persona, guest: Persona) -> None:
    code = invitation(guest)
    guest.versions.update(facts={"leaks": {"verdict": "red"}})
    with pytest.raises(Expected, match="gives away"):
        invitation(guest)
    with pytest.raises(Expected, match="may not leave"):
        rooms.Porter().welcome(code, host.owner_id)
    guest.versions.update(facts={"leaks": {"verdict": "amber"}})
    assert invitation(guest), "not red is enough"


def test_the_pages(host: Persona, guest: Persona, owner: User, stranger: User) -> None:
    theirs, mine = Client(), Client()
    theirs.force_login(stranger)
    mine.force_login(owner)
    page = theirs.post(f"/doors/{guest.pk}/room", {"title": "Ann", "days": "7"}).content.decode()
    code = page.split('<code id="code">')[1].split("<")[0]
    assert theirs.post(f"/doors/{host.pk}/room", {"days": "7"}).status_code == 404
    mine.post(f"/talk/new/{host.pk}", {"kind": "studio", "code": "wrong"})
    assert not Conversation.objects.exists(), "nothing half made"
    mine.post(f"/talk/new/{host.pk}", {"kind": "studio", "code": f" {code} "})
    room = Conversation.objects.get()
    assert selectors.others(open_vault(owner.pk), room) == []
    shown = mine.get(f"/talk/{room.pk}").content.decode()
    assert f"and of {seat(room)}" in shown
    mine.post(f"/talk/{room.pk}/change", {"do": "farewell", "seat": seat(room)})
    assert selectors.visitors(open_vault(owner.pk), Conversation.objects.get()) == []
    assert "Invitation" in theirs.get(f"/doors/{guest.pk}").content.decode()


def test_a_visitor_tells_the_truth_where_nobody_else_is_written_for(
    room: Conversation, telling: Telling, owner: User
) -> None:
    chat.say(conversation=room, client_id=uuid4(), text="are you a bot?", sampling={}, seat=0)
    told = selectors.body(open_vault(owner.pk), room, answered(room))["lines"]
    assert [(line["speaker"], line["bubbles"]) for line in told] == [(seat(room), [disclosure.answer("en", seat(room))])]
    assert not telling.read


def test_two_real_voices_talk(room: Conversation, owner: User) -> None:
    turn = written(room, 4, max_tokens=10)
    assert turn.state == Turn.State.DONE
    said = selectors.body(open_vault(owner.pk), room, turn)["lines"]
    assert {line["speaker"] for line in said} == {"", seat(room)}


def test_a_name_that_the_other_side_happens_to_say_is_read_as_its_surrogate(
    room: Conversation, host: Persona, guest: Persona, telling: Telling
) -> None:
    hosts, guests = str(host.versions.get().pk), str(guest.versions.get().pk)
    telling.words = {hosts: "Dora is late", guests: "Quill is early"}
    written(room)
    written(room)
    assert {key for key, read, _ in telling.read if read} == {hosts, guests}
    for key, read, _ in telling.read:
        words = {w for turn in read for w in re.findall(r"\w+", turn.text.lower())}
        assert ("dora" if key == guests else "quill") not in words
