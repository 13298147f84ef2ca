"""One person on several platforms: suggested, joined by the owner, split again, never by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import matching, selectors, services, tasks
from apps.archives.addresses import digits
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from apps.archives.likeness import Known, suggestions, tokens
from apps.archives.models import Archive, Conversation, Handle, Person
from apps.jobs.models import Job
from apps.personas import selectors as personas
from tests.conftest import dialogue, messenger, telegram, zipped

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


@pytest.mark.parametrize(
    "name",
    [
        "Deleted Account", "LinkedIn Member", "Facebook user", "Instagram User", "Facebookgebruiker", "Facebookanvändare",
        "LinkedIn-Mitglied", "Membre de LinkedIn", "Miembro de LinkedIn", "Membro do LinkedIn", "LinkedIn Üyesi",
        "Gelöschtes Konto", "Cuenta eliminada", "Compte supprimé", "Аккаунт удалён", "Χρήστης Facebook",
    ],
)  # fmt: skip
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
    ((one, other, why),) = matching.suggestions(vault, before)
    assert {one.name, other.name, why} == {"Bea Quill", "the same name"}
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    joined = selectors.roster(vault)
    assert len(joined.people) == len(before.people) - 1
    assert joined.people[other.id].messages == one.messages + other.messages
    assert sorted(joined.people[other.id].platforms) == ["facebook", "telegram"]
    assert matching.suggestions(vault, joined) == []
    amount, _ = personas.material(vault, Person.objects.get(pk=one.id))  # a persona made before the merge learns from both
    assert amount == personas.material(vault, Person.objects.get(pk=other.id))[0]
    services.split_person(person=Person.objects.get(pk=one.id))
    assert {p.id: p.messages for p in selectors.roster(vault).people.values()} == {
        p.id: p.messages for p in before.people.values()
    }
    assert not Handle.objects.filter(origin=one.id).exists()


def test_who_was_joined_can_be_split_off_after_a_conversation_is_deleted(two_platforms: None, vault: Vault) -> None:
    ((one, other, _),) = matching.suggestions(vault, selectors.roster(vault))
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


def called(vault: Vault, name: str, platform: str) -> Person:
    (found,) = (p for p in selectors.roster(vault).people.values() if (p.name, p.platforms) == (name, [platform]))
    return Person.objects.get(pk=found.id)


def standing(vault: Vault) -> set[tuple[str, str, bool, bool]]:
    people = selectors.roster(vault).people.values()
    return {(p.name, " ".join(sorted(p.platforms)), p.is_me, p.left_out) for p in people}


def test_a_mistaken_join_with_me_is_taken_back_whole(two_platforms: None, vault: Vault) -> None:
    before, bea = standing(vault), called(vault, "Bea Quill", "telegram")
    me = Person.objects.get(is_me=True)
    for person, into in ((me, bea), (bea, me)):
        services.join_people(person=person, into=into)
        assert len(standing(vault)) == len(before) - 1
        services.split_person(person=person)
        assert standing(vault) == before
        assert Person.objects.get(is_me=True) == me


def test_who_was_left_out_is_so_again_after_a_split_and_nobody_else(two_platforms: None, vault: Vault) -> None:
    one, other = (called(vault, "Bea Quill", platform) for platform in ("facebook", "telegram"))
    services.leave_person_out(person=one, left_out=True)
    one.refresh_from_db()
    services.join_people(person=one, into=other)
    assert Person.objects.get(pk=other.pk).left_out
    services.split_person(person=one)
    assert dict(Person.objects.filter(pk__in=[one.pk, other.pk]).values_list("pk", "left_out")) == {
        one.pk: True, other.pk: False,
    }  # fmt: skip
    services.join_people(person=one, into=other)
    services.leave_person_out(person=other, left_out=False)
    services.split_person(person=one)
    assert not Person.objects.filter(left_out=True).exists(), "what was said of both holds for both"


def test_joins_of_joins_come_apart_in_any_order(two_platforms: None, vault: Vault) -> None:
    before = standing(vault)
    me = Person.objects.get(is_me=True)
    one, other = (called(vault, "Bea Quill", platform) for platform in ("facebook", "telegram"))
    services.join_people(person=me, into=one)
    services.join_people(person=one, into=other)
    assert Person.objects.get(is_me=True) == other
    services.split_person(person=one)
    assert Person.objects.get(is_me=True) == one, "who was joined with them before comes along"
    services.split_person(person=me)
    assert standing(vault) == before
    services.join_people(person=me, into=one)
    services.join_people(person=one, into=other)
    services.split_person(person=me)
    services.split_person(person=one)
    assert standing(vault) == before


def test_who_was_split_off_from_me_is_not_joined_again_by_a_newer_export(owner: User, vault: Vault) -> None:
    def bring(content: bytes, name: str) -> None:
        services.receive_bytes(owner_id=owner.pk, name=name, content=content)
        tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))

    def theirs(count: int) -> bytes:
        talk = [("Cleo Finch" if n % 2 else "Zed Moss", 1_700_000_000 + n * 60, f"line {n}") for n in range(count)]
        return telegram(talk, {"Zed Moss": 1, "Cleo Finch": 2}, "Zed Moss")

    bring(messenger(dialogue(8), ["Bea Quill", "Ann Roe"]), "message_1.json")
    bring(theirs(10), "result.json")
    ((zed, _, _),) = selectors.merged(vault)
    services.split_person(person=Person.objects.get(pk=zed))
    bring(theirs(14), "result.json")
    assert selectors.merged(vault) == []
    bea = called(vault, "Bea Quill", "facebook")
    services.join_people(person=Person.objects.get(pk=zed), into=bea)
    bring(theirs(16), "result.json")
    assert not Person.objects.get(pk=bea.pk).is_me, "nor with whom they were joined since"
    services.split_person(person=Person.objects.get(pk=zed))
    bring(theirs(18), "result.json")
    assert selectors.merged(vault) == []
    assert list(Person.objects.filter(apart=True).values_list("pk", flat=True)) == [zed], "and it is said of nobody else"
    services.join_people(person=Person.objects.get(pk=zed), into=Person.objects.get(is_me=True))
    assert len(selectors.merged(vault)) == 1, "the owner may still join them"


def uploaded(owner: User, name: str, content: bytes) -> None:
    services.receive_bytes(owner_id=owner.pk, name=name, content=content)
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["Facebook-Nutzer", "Instagram-Nutzer", "Utilisateur Facebook", "Utente di Facebook", "Usuario de Facebook", "Facebookgebruiker", "Пользователь Facebook"])  # fmt: skip
def test_who_has_no_name_is_somebody_else_in_every_chat(name: str, owner: User, vault: Vault) -> None:
    """In chats of either box: those of `e2ee_cutover` are else known by who takes part in them."""
    chats = [
        (f"your_facebook_activity/messages/{box}/x_{n}/message_1.json", messenger(dialogue(4 + n, other=name), [name, "Ann Roe"], title=name))
        for n, box in enumerate(["inbox", "inbox", "e2ee_cutover", "e2ee_cutover"])
    ]  # fmt: skip
    uploaded(owner, "export.zip", zipped(dict(chats)))
    assert Conversation.objects.count() == 4
    assert sorted(p.messages for p in selectors.roster(vault).people.values() if p.name != "Ann Roe") == [2, 3, 3, 4]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["LinkedIn Member", "LinkedIn-Mitglied", "Membre de LinkedIn", ""])
def test_members_of_linkedin_who_left_are_several_and_none_is_the_owner(name: str, owner: User, vault: Vault) -> None:
    """Each conversation has the owner and somebody without a name: only one of the two takes part in all."""
    header = (
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER"
    )
    rows = [
        f"c{n},,{who},{url},{to},,2023-05-0{n} 14:22:1{at} UTC,,words {n} {at},INBOX"
        for n in (1, 2, 3)
        for at, (who, url, to) in enumerate([(name, "", "Ann Roe"), ("Ann Roe", "https://www.linkedin.com/in/ann", name)])
    ]
    uploaded(owner, "messages.csv", "\n".join([header, *rows, ""]).encode())
    people = {p.name: p for p in selectors.roster(vault).people.values()}
    assert Person.objects.count() == 4
    assert Person.objects.get(is_me=True).pk == people["Ann Roe"].id


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["imessage-db", "imessage-txt", "signal-export", "sms", "tinder"])
def test_whom_an_export_calls_me_is_one_person_and_the_owner(kind: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / f"export{GENERATORS[kind].suffix}"
    GENERATORS[kind].write(World(messages=40, seed=1, chats=2, groups=1), path)
    uploaded(owner, path.name, path.read_bytes())
    assert [(p.name, p.is_me) for p in selectors.roster(vault).people.values() if p.name == "Me"] == [("Me", True)]


@pytest.mark.django_db(transaction=True)
def test_the_page_says_of_each_platform_why_it_is_me_or_that_i_said_so(owner: User, vault: Vault, mine: Client) -> None:
    talk = dialogue(8)
    profile = json.dumps({"profile_v2": {"name": {"full_name": "Ann Roe"}}}).encode()
    export = {
        "messages/inbox/bea_1/message_1.json": messenger(talk, ["Bea Quill", "Ann Roe"]),
        "profile_information/profile_information.json": profile,
        "result.json": telegram(talk, {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"),
    }
    uploaded(owner, "export.zip", zipped(export))
    page = f"/archives/{Archive.objects.get().pk}"
    shown = mine.get(page).content.decode()
    assert "<li>Messenger, Ann Roe: the profile in this export</li>" in shown
    assert "<li>Telegram, Ann Roe: " in shown
    other = next(p for p in selectors.roster(vault).people.values() if not p.is_me)
    services.choose_me(owner_id=owner.pk, person=Person.objects.get(pk=other.id))
    shown = mine.get(page).content.decode()
    assert "You chose that yourself" in shown
    assert "We think so" not in shown


@pytest.mark.django_db(transaction=True)
def test_evidence_for_somebody_else_is_no_reason_why_it_is_me(owner: User, vault: Vault) -> None:
    talk, ids = dialogue(8), {"Ann Roe": 1, "Bea Quill": 2}
    uploaded(owner, "result.json", telegram(talk, ids, "Ann Roe"))
    uploaded(owner, "result.json", telegram(talk, ids, "Bea Quill"))
    first, second = (selectors.receipt(vault, a) or {} for a in Archive.objects.order_by("created_at"))
    assert [e["name"] for e in first["evidence"]] == ["Ann Roe"]
    assert second["evidence"] == []
