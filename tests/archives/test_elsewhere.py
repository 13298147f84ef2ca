"""What a new upload means for conversations that it does not touch: the same as if everything were looked for everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import conversations, elsewhere, ingest, rewriting, selectors, services, tasks
from apps.archives.models import Archive, Conversation
from apps.jobs.models import Job
from apps.privacy import services as privacy
from tests.conftest import messenger

pytestmark = pytest.mark.django_db(transaction=True)
ME = "Ann Roe"
FIRST = [
    "we met Tarquin at the pier", "sunflower99 is a nice word", "call 4821 0077", "the wifi password is Harbour77", "rose likes roses",
    "hi Rose, are you there", "harbour 77 again", "see you at eight", "meet me with annaleigh", "the roses are red",
]  # fmt: skip
#: Uploads into an account that holds `FIRST`: (with whom, what they say).
LATER = {
    "a secret": ("Bea Quill", ["the password is Sunflower99", "ok"]),
    "a person": ("Tarquin Moss", ["hello there", "yes"]),
    "a number": ("Bea Quill", ["my pin is 48210077", "ok"]),
    "a name that is a word": ("Rose Tree", ["hello there", "yes", "roses"]),
    "nothing": ("Bea Quill", ["hello again", "yes"]),
}


def said(other: str, texts: list[str], begin: int) -> bytes:
    talk = [(ME if n % 2 else other, begin + 60 * n, text) for n, text in enumerate(texts)]
    return messenger(talk, [other, ME], other)


def upload(owner: User, content: bytes) -> Archive:
    made = services.receive_bytes(owner_id=owner.pk, name="message_1.json", content=content)
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    made.refresh_from_db()
    return made


@pytest.fixture
def first(owner: User) -> Conversation:
    upload(owner, said("Carl Vane", FIRST, 1_700_000_000))
    return Conversation.objects.get()


def texts(vault: Vault, row: Conversation) -> list[str]:
    return [r.text for r in selectors.records(vault, Conversation.objects.get(pk=row.pk))]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The conversations that are opened."""
    seen: list[Any] = []
    was = conversations.records_of

    def noted(vault: Vault, row: Conversation) -> Any:
        seen.append(row.pk)
        return was(vault, row)

    monkeypatch.setattr(conversations, "records_of", noted)
    return seen


@pytest.mark.parametrize("what", LATER)
def test_what_is_new_goes_from_older_conversations(
    owner: User, vault: Vault, first: Conversation, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As it does where everything is looked for again: in another account, which forgets that all was looked at."""
    upload(owner, said(LATER[what][0], LATER[what][1], 1_800_000_000))
    other = User.objects.create_user("again@example.org", "correct horse 77")
    monkeypatch.setattr(elsewhere, "before", lambda *_: elsewhere.Before(None))
    upload(other, said("Carl Vane", FIRST, 1_700_000_000))
    theirs = Conversation.objects.get(owner=other)
    upload(other, said(LATER[what][0], LATER[what][1], 1_800_000_000))
    mine, full = texts(vault, first), texts(open_vault(other.pk), theirs)
    hidden = [n for n, (a, b) in enumerate(zip(mine, FIRST, strict=True)) if a != b]
    assert hidden == [n for n, (a, b) in enumerate(zip(full, FIRST, strict=True)) if a != b]
    assert {3, 6} <= set(hidden)
    expected = {"a secret": 1, "a person": 0, "a number": 2, "a name that is a word": 5}
    assert what == "nothing" or expected[what] in hidden


def test_nothing_new_opens_nothing(owner: User, first: Conversation, opened: list[Any]) -> None:
    upload(owner, said("Bea Quill", ["the password is Sunflower99", "ok"], 1_800_000_000))
    assert first.pk in opened
    opened.clear()
    upload(owner, said("Bea Quill", ["hello again", "yes"], 1_900_000_000))
    assert opened
    assert first.pk not in opened


def test_after_a_worker_that_died_all_is_looked_for(
    owner: User, vault: Vault, first: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(rewriting, "propagate", lambda *_: 1 / 0)
        upload(owner, said("Bea Quill", ["the password is Sunflower99", "ok"], 1_800_000_000))
    assert "sunflower99 is a nice word" in texts(vault, first)
    upload(owner, said("Dora Lund", ["hello", "yes"], 1_900_000_000))
    assert "sunflower99 is a nice word" not in texts(vault, first)


def test_after_a_decision_all_is_looked_for(owner: User, vault: Vault, first: Conversation) -> None:
    upload(owner, said("Bea Quill", ["hello", "ok"], 1_800_000_000))
    privacy.decide(vault=vault, kind="secret", value="nice word", action="take")
    upload(owner, said("Bea Quill", ["hello again", "yes"], 1_900_000_000))
    assert "sunflower99 is a nice word" not in texts(vault, first)


def test_a_decision_while_an_archive_is_read_is_looked_for_by_the_next(
    owner: User, vault: Vault, first: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        was = rewriting.propagate

        def decided(*about: Any) -> Any:
            privacy.decide(vault=vault, kind="secret", value="nice word", action="take")
            return was(*about)

        meanwhile.setattr(rewriting, "propagate", decided)
        upload(owner, said("Bea Quill", ["hello", "ok"], 1_800_000_000))
    assert "sunflower99 is a nice word" in texts(vault, first)
    upload(owner, said("Dora Lund", ["hello", "yes"], 1_900_000_000))
    assert "sunflower99 is a nice word" not in texts(vault, first)


def test_large_accounts_get_helpers_when_all_is_looked_for(
    owner: User, first: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(ingest.hands, "WORTH", 10)
    monkeypatch.setattr(ingest.hands.Helpers, "start", lambda self: started.append(True))
    upload(owner, said("Bea Quill", ["hello", "ok"], 1_800_000_000))
    assert not started, "all was looked at"
    monkeypatch.setattr(elsewhere, "before", lambda *_: elsewhere.Before(None))
    upload(owner, said("Bea Quill", ["hello again", "yes"], 1_900_000_000))
    assert started
