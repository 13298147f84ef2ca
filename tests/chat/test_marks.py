"""What a persona writes is marked as made by an AI: on the page, in frames, in every export."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.chat import selectors, services
from apps.chat.models import Conversation, Turn
from tests.chat.test_talk import ops, say, talk, writer

__all__ = ["talk"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(talk: Conversation) -> Conversation:
    _, pen = writer(say(talk))
    pen.follow(ops("hi there"))
    return talk


def test_the_first_line_of_every_talk_says_what_it_is(told: Conversation, client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get(f"/talk/{told.pk}").content.decode()
    assert page.index("You are talking with an AI imitation of Ann, not with Ann.") < page.index("hi there")
    assert '<meta name="ai-generated" content="true">' in page
    assert page.count('<article data-generated="ai">') == 1
    assert "AI imitation of Ann ·" in page, "the label stands in the head, which does not scroll"
    studio = services.begin_studio(persona=told.persona, others=[services.Seat("Bea", "Bea")], opening="", title="t")
    assert "This conversation never took place." in client.get(f"/talk/{studio.pk}").content.decode()


def test_turns_are_marked_for_programs(told: Conversation, vault: Vault) -> None:
    views = [selectors.view(vault, told, t) for t in Turn.objects.order_by("number")]
    assert [v["generated"] for v in views] == [False, True]


def test_every_export_is_marked(told: Conversation, client: Client, owner: User) -> None:
    client.force_login(owner)
    answer = client.post("/account/export")
    with pytest.warns(Warning, match="asynchronous iterators"):
        packed = io.BytesIO(b"".join(answer))
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".json", ".txt"))}
    persona = f"personas/{told.persona_id}"
    assert json.loads(files[f"{persona}/persona.json"])["ai_generated"] is True
    assert files[f"{persona}/README.txt"].startswith("AI imitation of Ann\n")
    exported = json.loads(files[f"talks/{told.pk}.json"])
    assert exported["generated"] is True
    assert [t["generated"] for t in exported["turns"]] == [False, True]
