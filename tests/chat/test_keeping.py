"""How talks are kept: lists, search, drafts, temporary ones; and what a file of one talk says."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.chat import keeping, selectors, services, written
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas.models import Version
from tests.chat.test_branches import answered
from tests.chat.test_talk import say, talk

__all__ = ["talk"]
pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def another(talk: Conversation, title: str, **more: Any) -> Conversation:
    return services.begin(persona=talk.persona, speaker=services.Seat("Bea", "Bea"), title=title, **more)


def titles(vault: Vault, **how: Any) -> list[str]:
    return [t["title"] for t in selectors.listing(vault, **how)]


def test_the_list(talk: Conversation, vault: Vault, mine: Client) -> None:
    older, away = another(talk, "older"), another(talk, "away")
    another(talk, "gone soon", temporary=True)
    for row, do in ((older, "pin"), (away, "archive")):
        mine.post(f"/talk/{row.pk}/change", {"do": do})
    mine.post(f"/talk/{talk.pk}/change", {"do": "rename", "title": "  tea \n talk "})
    assert titles(vault) == ["older", "tea talk"]
    assert titles(vault, archived=True) == ["away"]
    say(talk)
    mine.post(f"/talk/{older.pk}/change", {"do": "unpin"})
    assert titles(vault) == ["tea talk", "older"], "the one that was talked in last"
    mine.post(f"/talk/{away.pk}/change", {"do": "unarchive"})
    assert len(titles(vault)) == 3
    page = mine.post(f"/talk/{talk.pk}/change", {"do": "rename", "title": " ", "back": "list"}, follow=True)
    assert "keeps the one it had" in page.content.decode()
    assert mine.post(f"/talk/{talk.pk}/change", {"do": "nonsense"}).status_code == 302


def test_search_reads_what_was_said_and_stores_nothing(talk: Conversation, vault: Vault, mine: Client) -> None:
    say(talk, "shall we bring the red kayak to the lake on sunday? " * 3)
    answered(talk, "never again in that kayak")
    another(talk, "the lake house")
    found = selectors.search(vault, "KAYAK lake")
    assert [f["id"] for f in found] == [talk.pk]
    assert "kayak" in found[0]["excerpt"]
    assert len(found[0]["excerpt"]) < 200
    assert len(selectors.search(vault, "lake")) == 2
    assert selectors.search(vault, "  ") == []
    page = mine.post("/talk/", {"q": "kayak"}).content.decode()
    assert "1 found" in page
    assert "Nothing found" in mine.post("/talk/", {"q": "submarine"}).content.decode()
    stranger = Vault.__new__(Vault)
    stranger.owner_id = uuid4()
    assert selectors.search(stranger, "kayak") == []


def test_temporary_talks_go_with_their_words(talk: Conversation, settings: Any) -> None:
    row = another(talk, "between us", temporary=True)
    say(row)
    keeping.sweep()
    assert Conversation.objects.filter(pk=row.pk).exists(), "somebody is still there"
    Conversation.objects.update(seen_at=timezone.now() - timedelta(seconds=settings.TEMPORARY_SECONDS + 1))
    keeping.seen(row.pk)
    keeping.sweep()
    assert Conversation.objects.filter(pk=row.pk).exists(), "an open page keeps it"
    Conversation.objects.update(seen_at=timezone.now() - timedelta(seconds=settings.TEMPORARY_SECONDS + 1))
    keeping.sweep()
    assert list(Conversation.objects.all()) == [talk]
    assert not Turn.objects.exists()
    assert not Job.objects.exists()


def test_a_temporary_talk_can_be_kept_after_all(talk: Conversation, mine: Client, settings: Any) -> None:
    row = another(talk, "between us", temporary=True)
    page = mine.get(f"/talk/{row.pk}").content.decode()
    assert "deleted 5 minutes after you leave this page" in page
    mine.post(f"/talk/{row.pk}/change", {"do": "keep"})
    Conversation.objects.update(seen_at=None)
    keeping.sweep()
    assert Conversation.objects.filter(pk=row.pk).exists()


def test_drafts_are_sealed_and_go_when_they_are_said(talk: Conversation, vault: Vault, mine: Client) -> None:
    keeping.draft(conversation=talk, text="half a private sent")
    talk.refresh_from_db()
    assert b"private" not in bytes(talk.draft)
    assert "half a private sent</textarea>" in mine.get(f"/talk/{talk.pk}").content.decode()
    say(talk, "half a private sentence")
    talk.refresh_from_db()
    assert talk.draft is None
    keeping.draft(conversation=talk, text="x")
    keeping.draft(conversation=talk, text="")
    talk.refresh_from_db()
    assert talk.draft is None


def test_speaking_as_somebody_else_leaves_what_was_said(talk: Conversation, vault: Vault) -> None:
    say(talk, "as bea")
    answered(talk, "ok")
    keeping.sit(conversation=talk, speaker=services.Seat("Cy", "Cyrus"))
    talk.refresh_from_db()
    say(talk, "as cy")
    speakers = [selectors.body(vault, talk, t)["lines"][0]["speaker"] for t in selectors.shown(talk) if not t.by_persona]
    assert speakers == ["Bea", "Cyrus"]
    assert [v["lines"][0]["speaker"] for v in selectors.views(vault, talk) if not v["persona"]] == ["Bea", "Cy"]


def test_which_version_answers(talk: Conversation, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for number in (1, 2, 3):
        version = Version(id=uuid4(), owner_id=talk.owner_id, persona=talk.persona, number=number, preset="quick", config={})
        version.wrapped_key = vault.new_wrapped()
        if number < 3:
            with vault.create("weights") as (item, writer):
                writer.write(b"w")
            version.weights = item
        version.save(force_insert=True)
        made.append(version)
    assert selectors.answering(talk) == made[1], "the newest that can talk"
    mine.post(f"/talk/{talk.pk}/change", {"do": "meet", "version": str(made[0].pk)})
    talk.refresh_from_db()
    assert selectors.answering(talk) == made[0]
    assert say(talk).request["version"] == 1
    with pytest.raises(Expected):
        keeping.meet(conversation=talk, version_id=made[2].pk)
    mine.post(f"/talk/{talk.pk}/change", {"do": "meet", "version": ""})
    talk.refresh_from_db()
    assert selectors.answering(talk) == made[1]


class Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.marked: list[bool] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        self.tags.add(tag)
        if tag == "meta" and "name" in values:
            self.metas[values["name"]] = values["content"]
        if tag == "article":
            self.marked.append(values.get("data-generated") == "ai")


def test_files_of_a_talk_are_marked(talk: Conversation, mine: Client) -> None:
    say(talk, "<script>alert(1)</script>")
    answered(talk, "hello\nyou")
    plain, page, data = (mine.get(f"/talk/{talk.pk}/download?as={kind}") for kind in ("text", "html", "json"))
    assert all("attachment" in answer["Content-Disposition"] for answer in (plain, page, data))
    assert "AI-generated: yes" in plain.content.decode()
    assert "Ann (AI imitation): hello" in plain.content.decode()
    assert "Bea: <script>" in plain.content.decode()
    marks = Marks()
    marks.feed(page.content.decode())
    assert marks.metas["ai-generated"] == "true"
    assert marks.metas["digitalSourceType"] == written.SOURCE_TYPE
    assert marks.marked == [False, True]
    assert "script" not in marks.tags
    facts = json.loads(data.content)
    assert facts["generated"] is True
    assert facts["digitalSourceType"] == written.SOURCE_TYPE
    assert [turn["generated"] for turn in facts["turns"]] == [False, True]
    assert mine.get(f"/talk/{talk.pk}/download?as=exe").status_code == 404
