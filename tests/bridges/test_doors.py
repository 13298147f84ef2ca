"""Keys and links as rows: told once, kept as a hash, ended for good, and only for a persona that may leave."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.bridges import selectors, services
from apps.bridges.models import Door
from apps.jobs.causes import Expected
from apps.personas import selectors as voices
from apps.personas import services as personas
from apps.personas.models import Persona
from apps.privacy import services as privacy
from tests.bridges.cast import GREEN, persona_of, taught, voice

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
KEY, LINK = Door.Kind.KEY, Door.Kind.LINK


@pytest.fixture
def persona(owner: User) -> Persona:
    return voice(owner)


def test_a_token_is_told_once_and_kept_as_a_hash(persona: Persona) -> None:
    token = services.make(persona=persona, kind=KEY, title="my editor", days=None)
    row = Door.objects.get()
    assert token.startswith("chatclone_")
    assert len(token) > 50
    assert row.ending == token[-4:]
    held = b"".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row.__dict__.values())
    assert token.encode() not in held
    assert token.removeprefix("chatclone_").encode() not in held
    assert b"my editor" not in held
    assert selectors.title(open_vault(persona.owner_id), row) == "my editor"
    found = selectors.by_token(KEY, token)
    assert found is not None and found.pk == row.pk
    for wrong in (token[:-1], token + "x", token.swapcase(), "", "chatclone_"):
        assert selectors.by_token(KEY, wrong) is None
    assert selectors.by_token(LINK, token) is None, "a key is no link"


def test_an_ended_door_has_no_hash_any_more(persona: Persona) -> None:
    token = services.make(persona=persona, kind=KEY, title="", days=None)
    services.end(door=Door.objects.get())
    assert selectors.by_token(KEY, token) is None
    row = Door.objects.get()
    assert row.token is None
    first = row.ended_at
    services.end(door=row)
    assert Door.objects.get().ended_at == first


def test_a_door_ends_by_itself(persona: Persona) -> None:
    token = services.make(persona=persona, kind=LINK, title="", days=1)
    assert selectors.by_token(LINK, token)
    assert not selectors.expired(LINK, token)
    Door.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert selectors.by_token(LINK, token) is None
    assert selectors.expired(LINK, token)
    assert not selectors.expired(LINK, token + "x")


def test_who_is_being_erased_has_no_doors(persona: Persona) -> None:
    token = services.make(persona=persona, kind=KEY, title="", days=None)
    User.objects.update(erasing_since=timezone.now())
    assert selectors.by_token(KEY, token) is None
    User.objects.update(erasing_since=None, is_active=False)
    assert selectors.by_token(KEY, token) is None


@pytest.mark.parametrize(
    ("facts", "config", "why"),
    [
        ({}, {}, "not checked"),
        ({"leaks": {"verdict": "red"}}, {}, "gives away"),
        (GREEN, {"learn_others": True}, "other people's side"),
    ],
)
def test_only_what_may_leave_gets_a_door(owner: User, facts: dict[str, Any], config: dict[str, Any], why: str) -> None:
    persona = persona_of(owner)
    with pytest.raises(Expected, match="Train it first"):
        services.make(persona=persona, kind=KEY, title="", days=None)
    taught(persona, facts, **config)
    with pytest.raises(Expected, match=why):
        services.make(persona=persona, kind=KEY, title="", days=None)
    assert not Door.objects.exists()


def test_nobody_leaves_without_consent(owner: User) -> None:
    other = persona_of(owner, "Bea Quill", basis="none")
    taught(other)
    with pytest.raises(Expected, match="has not agreed"):
        services.make(persona=other, kind=LINK, title="", days=7)


def test_real_names_stay_inside(persona: Persona) -> None:
    vault = open_vault(persona.owner_id)
    assert voices.name(vault, persona) == "Ann Roe"
    assert "Ann" not in selectors.called(vault, persona)
    assert "Roe" not in selectors.called(vault, persona)


def test_leaving_takes_doors_along(owner: User, persona: Persona) -> None:
    services.make(persona=persona, kind=KEY, title="for Bea", days=None)
    members = dict(services_export(owner))
    assert json.loads(members["doors.json"])[0]["title"] == "for Bea"
    services.hide(open_vault(owner.pk), lambda value: value.replace("Bea", "Mia"))
    assert selectors.title(open_vault(owner.pk), Door.objects.get()) == "for Mia"
    personas.delete(persona=persona)
    assert not Door.objects.exists()
    services.make(persona=voice(owner), kind=KEY, title="", days=None)
    assert not any(accounts.erase(owner_id=owner.pk).values())
    assert not Door.objects.exists()


def services_export(owner: User) -> list[tuple[str, bytes]]:
    from apps.bridges.holdings import HOLDING

    return [(n, c if isinstance(c, bytes) else b"".join(c)) for n, c in HOLDING.export(owner.pk)]


def test_the_page(client: Client, owner: User, persona: Persona) -> None:
    client.force_login(owner)
    page = f"/doors/{persona.pk}"
    assert "no door yet" in client.get(page).content.decode()
    made = client.post(f"{page}/key", {"title": "my editor", "days": "30"}).content.decode()
    found = re.search(r'id="token">(chatclone_[\w-]+)<', made)
    assert found is not None
    assert selectors.by_token(KEY, found[1])
    listed = client.get(page).content.decode()
    assert "my editor" in listed
    assert found[1][-4:] in listed
    assert found[1] not in listed
    client.post(f"/doors/{Door.objects.get().pk}/end")
    assert selectors.by_token(KEY, found[1]) is None
    assert "ended" in client.get(page).content.decode()
    client.post(f"{page}/key", {"days": "365000"})
    assert Door.objects.count() == 1, "only the lengths that the page offers"


def test_the_page_says_why_not(client: Client, owner: User) -> None:
    client.force_login(owner)
    persona = voice(owner)
    services.make(persona=persona, kind=KEY, title="", days=None)
    privacy.withdraw(owner_id=owner.pk, subject=persona.pk)
    page = client.get(f"/doors/{persona.pk}").content.decode()
    assert "every door is shut" in page
    assert "Make a key" not in page
    client.post(f"/doors/{persona.pk}/key", {})
    assert Door.objects.count() == 1
