"""One person on several platforms: suggested, joined by the owner, split again, never by themselves."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import selectors, services, tasks
from apps.archives.likeness import Known, digits, suggestions, tokens
from apps.archives.models import Conversation, Handle, Person
from apps.jobs.models import Job
from apps.personas import selectors as personas
from tests.conftest import dialogue, messenger, telegram

pytestmark = pytest.mark.rows


def known(*rows: tuple[str, str]) -> list[Known[int]]:
    return [Known(n, name, frozenset([platform])) for n, (name, platform) in enumerate(rows)]


def test_names_are_compared_without_decoration() -> None:
    assert tokens("Kovač, Ana 🌸") == tokens("ana kovac")
    assert digits("+49 170 123 45 67") == digits("0170 1234567") == "701234567"
    assert digits("Ana 2") == ""


def test_only_people_of_different_platforms_are_suggested() -> None:
    found = suggestions(known(("Ana Kovač", "a"), ("ana kovac", "b"), ("Ana Kovač", "a"), ("Ben", "b"), ("Ben Ito", "a")))
    assert {(s.one, s.other) for s in found} == {(0, 1), (1, 2), (3, 4)}


@pytest.mark.parametrize("name", ["Deleted Account", "LinkedIn Member", "Facebook user", "Instagram User"])
def test_nobody_is_nobody(name: str) -> None:
    assert suggestions(known((name, "a"), (name, "b"))) == []


@pytest.fixture
def two_platforms(owner: User) -> None:
    talk = dialogue(30)
    for name, content in (
        ("message_1.json", messenger(talk, ["Bea Quill", "Ann Roe"])),
        ("result.json", telegram([(s, t + 9_000_000, x) for s, t, x in talk], {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe")),
    ):
        services.receive_bytes(owner_id=owner.pk, name=name, content=content)
        tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))


def test_join_and_split(two_platforms: None, vault: Vault) -> None:
    before = selectors.roster(vault)
    ((one, other, why),) = selectors.suggestions(before)
    assert {one.name, other.name, why} == {"Bea Quill", "the same name"}
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    joined = selectors.roster(vault)
    assert len(joined.people) == len(before.people) - 1
    assert joined.people[other.id].messages == one.messages + other.messages
    assert sorted(joined.people[other.id].platforms) == ["facebook", "telegram"]
    assert selectors.suggestions(joined) == []
    amount, _ = personas.material(vault, Person.objects.get(pk=one.id))  # a persona made before the merge learns from both
    assert amount == personas.material(vault, Person.objects.get(pk=other.id))[0]
    services.split_person(person=Person.objects.get(pk=one.id))
    assert {p.id: p.messages for p in selectors.roster(vault).people.values()} == {
        p.id: p.messages for p in before.people.values()
    }
    assert not Handle.objects.filter(origin=one.id).exists()


def test_who_was_joined_can_be_split_off_after_a_conversation_is_deleted(two_platforms: None, vault: Vault) -> None:
    ((one, other, _),) = selectors.suggestions(selectors.roster(vault))
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    joined = set(Person.objects.exclude(merged_into=None).values_list("pk", flat=True))
    talk = [("Cal Ito" if s == "Bea Quill" else s, t, x + "!") for s, t, x in dialogue(30)]
    services.receive_bytes(owner_id=vault.owner_id, name="message_1.json", content=messenger(talk, ["Cal Ito", "Ann Roe"]))
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    services.delete_conversation(Conversation.objects.latest("created_at"))
    assert "Cal Ito" not in {p.name for p in selectors.roster(vault).people.values()}
    assert set(Person.objects.exclude(merged_into=None).values_list("pk", flat=True)) == joined
    services.split_person(person=Person.objects.get(pk=one.id))
    assert {one.id, other.id} <= set(selectors.roster(vault).people)


def test_a_stranger_joins_nobody(two_platforms: None, owner: User, stranger: User, client: Client) -> None:
    one, other = Person.objects.filter(owner=owner, merged_into=None)[:2]
    merged = Person.objects.exclude(merged_into=None).count()  # the owner's own two accounts
    client.force_login(stranger)
    assert client.post(f"/archives/people/{one.pk}/join", {"into": str(other.pk)}).status_code == 404
    client.force_login(owner)
    assert client.post(f"/archives/people/{one.pk}/join", {"into": "nonsense"}).status_code == 302
    assert Person.objects.exclude(merged_into=None).count() == merged == 1
    page = client.get("/archives/people").content.decode()
    assert "Perhaps one person" in page
