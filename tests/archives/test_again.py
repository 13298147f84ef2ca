"""A secret with a figure goes from the whole conversation that told it, however long that is and whenever it goes on; not from others."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import rewriting
from apps.archives.models import Conversation
from apps.privacy.scrub import hands, look
from tests.archives.test_review import texts
from tests.archives.test_undoing import applied, decide, undo, upload

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
START, DAY = 1_700_000_000, 86_400
TOLD = ("Ann Roe", START, "the wifi password is hunter2")
AGAIN = ("Bea Quill", START + DAY, "hunter2 does not work")
QUOTE = ("Bea Quill", START + 2 * DAY, "> the wifi password is hunter2\nHUNTER2?")
HIDDEN = ["the wifi password is [password]", "[password] does not work", "> the wifi password is [password]\n[secret]?"]


def test_it_goes_from_the_whole_conversation(owner: User, vault: Vault) -> None:
    upload(owner, [TOLD, AGAIN, QUOTE])
    assert texts(vault) == HIDDEN


def test_it_goes_when_the_conversation_goes_on_later(owner: User, vault: Vault) -> None:
    upload(owner, [TOLD])
    upload(owner, [AGAIN, QUOTE])
    assert texts(vault) == HIDDEN
    assert Conversation.objects.count() == 1


def test_it_goes_when_it_is_told_only_later(owner: User, vault: Vault) -> None:
    upload(owner, [AGAIN])
    assert texts(vault) == ["hunter2 does not work"]
    upload(owner, [("Ann Roe", START + 3 * DAY, TOLD[2])])
    assert texts(vault) == [HIDDEN[1], HIDDEN[0]]


def test_it_goes_from_all_segments_whoever_looks(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "SEGMENT", 2)
    monkeypatch.setattr(hands, "BATCH", 3)
    monkeypatch.setattr(hands, "WORTH", 1)
    monkeypatch.setattr(settings, "SCRUB_PROCESSES", 2)
    between = [("Ann Roe", START + 600 + n * 3_600, f"nothing new at {n}") for n in range(20)]
    upload(owner, [TOLD, *between, AGAIN, QUOTE])
    assert [text for text in texts(vault) if "nothing" not in text] == HIDDEN


def test_it_stays_gone_when_what_told_it_is_deleted(owner: User, vault: Vault) -> None:
    first = upload(owner, [TOLD])
    upload(owner, [AGAIN])
    rewriting.without_source(vault, first)
    upload(owner, [("Bea Quill", START + 3 * DAY, "still hunter2?")])
    assert texts(vault) == [HIDDEN[1], "still [password]?"]


def test_what_the_owner_keeps_stays_and_goes_again(owner: User, vault: Vault, mine: Client) -> None:
    upload(owner, [TOLD, AGAIN])
    decide(mine, "hunter2", "keep")
    applied(mine)
    assert texts(vault) == [TOLD[2], AGAIN[2]]
    undo(mine, vault, "hunter2")
    applied(mine)
    assert texts(vault) == HIDDEN[:2]
