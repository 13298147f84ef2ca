"""Decisions that are made, changed and taken back while conversations are being written: none is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import forgetting, ingest, rewriting, services, tasks
from apps.archives.models import Archive, Person
from apps.jobs.models import Job
from apps.personas import resident
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.models import Decision
from tests.archives.test_review import TALK, texts
from tests.conftest import messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
PLAIN, HIDDEN = "the wifi password is Sunflower99", "the wifi password is [password]"


def upload(owner: User, talk: list[tuple[str, int, str]]) -> Archive:
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(talk, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    return made


@pytest.fixture
def archive(owner: User) -> Archive:
    return upload(owner, TALK)


def decide(mine: Client, value: str, action: str, kind: str = "password") -> None:
    mine.post("/archives/review/decide", {"kind": kind, "value": value, "action": action})


def undo(mine: Client, vault: Vault, value: str) -> None:
    (row,) = [row for row, _, said in ledgers.decisions(vault) if said == value]
    mine.post(f"/archives/review/{row.pk}/undo")


def applied(mine: Client) -> None:
    mine.post("/archives/review/apply")
    work()


def work() -> int:
    """All jobs that wait, one after the other; how many there were."""
    number = 0
    while job := Job.objects.filter(kind=services.RESCRUB, state=Job.State.QUEUED).first():
        number += 1
        tasks.rescrub(job_id=str(job.pk))
    return number


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], None]) -> None:
    """Somebody does this once, before a step of the work."""
    real, left = getattr(module, name), [then]

    def step(*args: Any, **more: Any) -> Any:
        if left:
            left.pop()()
        return real(*args, **more)

    monkeypatch.setattr(module, name, step)


def test_a_decision_that_an_upload_was_scrubbed_with_is_undone(
    owner: User, archive: Archive, vault: Vault, mine: Client
) -> None:
    decide(mine, "Sunflower99", "keep")
    upload(owner, [*TALK, ("Bea Quill", 1_700_000_900, "sunflower99 again")])
    assert texts(vault)[-1] == "sunflower99 again"
    undo(mine, vault, "Sunflower99")
    work()
    assert texts(vault)[-1] == "[password] again"
    assert not Decision.objects.exists()


def test_a_decision_that_nothing_was_scrubbed_with_just_goes(archive: Archive, vault: Vault, mine: Client) -> None:
    decide(mine, "Sunflower99", "keep")
    undo(mine, vault, "Sunflower99")
    assert not Decision.objects.exists()
    assert work() == 0


def test_what_is_undone_while_it_is_applied_is_scrubbed_again(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(mine, "Sunflower99", "keep")
    meanwhile(monkeypatch, rewriting, "all_again", lambda: undo(mine, vault, "Sunflower99"))
    applied(mine)
    assert texts(vault)[0] == HIDDEN
    assert not Decision.objects.exists()


def test_what_is_undone_while_another_is_applied_is_scrubbed_again(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(mine, "Sunflower99", "keep")
    applied(mine)
    assert texts(vault)[0] == PLAIN
    decide(mine, "4821", "keep", "pin")
    meanwhile(monkeypatch, rewriting, "all_again", lambda: undo(mine, vault, "Sunflower99"))
    applied(mine)
    assert (texts(vault)[0], texts(vault)[-1]) == (HIDDEN, "4821")
    assert ledgers.undecided_work(archive.owner_id) == 0


def test_what_is_undone_while_an_archive_is_read_is_scrubbed_after_it(
    owner: User, archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(mine, "Sunflower99", "keep")
    meanwhile(monkeypatch, ingest, "_name", lambda: undo(mine, vault, "Sunflower99"))
    upload(owner, [*TALK, ("Bea Quill", 1_700_000_900, "sunflower99 again")])
    assert work() == 1
    assert texts(vault)[-1] == "[password] again"


def test_a_decision_that_is_changed_while_it_is_applied_waits(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(mine, "Sunflower99", "keep")
    meanwhile(monkeypatch, rewriting, "all_again", lambda: decide(mine, "Sunflower99", "take"))
    applied(mine)
    assert [(row.action, row.applied) for row in Decision.objects.all()] == [("take", False)]
    assert "1 decision to apply" in mine.get("/archives/review").content.decode()
    applied(mine)
    assert texts(vault)[0] == HIDDEN


def test_an_older_decision_that_is_undone_counts_at_once_for_what_is_said(
    archive: Archive, vault: Vault, mine: Client
) -> None:
    decide(mine, "Sunflower99", "keep")
    decide(mine, "4821", "keep", "pin")
    assert resident.guard(vault).clean("it is Sunflower99 ok") == "it is Sunflower99 ok"
    undo(mine, vault, "Sunflower99")
    assert resident.guard(vault).clean("it is Sunflower99 ok") == "it is [password] ok"


def test_a_code_that_was_taken_out_is_not_said_until_the_ledger_is_burnt(
    owner: User, archive: Archive, vault: Vault
) -> None:
    upload(owner, [*TALK, ("Bea Quill", 1_700_000_900, "your verification code is 482913")])
    work()
    assert texts(vault)[-1] == "your verification code is [code]"
    assert resident.guard(vault).clean("ah 482913 ok") == "ah [code] ok"
    privacy.burn(owner_id=owner.pk)
    assert resident.guard(vault).clean("ah 482913 ok") == "ah 482913 ok"


def test_what_waits_to_be_taken_back_waits_when_it_is_accepted_twice(archive: Archive, vault: Vault, mine: Client) -> None:
    decide(mine, "Sunflower99", "keep")
    applied(mine)
    decide(mine, "Sunflower99", "seen")
    decide(mine, "Sunflower99", "seen")
    assert ledgers.undecided_work(archive.owner_id) == 1
    undo(mine, vault, "Sunflower99")
    work()
    assert texts(vault)[0] == HIDDEN


def test_a_button_pressed_twice_at_once_is_one_decision(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, vault, "seal", lambda: _keep(vault))
    _keep(vault)
    assert [(kind, value) for _, kind, value in ledgers.decisions(vault)] == [("pin", "4821")]


def _keep(vault: Vault) -> None:
    privacy.decide(vault=vault, kind="pin", value="4821", action="keep")


def looked_at(vault: Vault) -> dict[str, str]:
    return {value: row.action for row, _, value in ledgers.decisions(vault)}


def test_burning_forgets_what_was_accepted_and_leaves_the_lists(
    archive: Archive, owner: User, vault: Vault, mine: Client
) -> None:
    decide(mine, "Sunflower99", "seen")
    decide(mine, "moss", "take", "secret")
    decide(mine, "fern", "keep", "secret")
    assert looked_at(vault) == {"Sunflower99": "seen", "moss": "take", "fern": "keep"}
    mine.post("/archives/review/burn")
    assert looked_at(vault) == {"moss": "take", "fern": "keep"}


def test_what_was_accepted_goes_with_the_archive_that_told_it(
    archive: Archive, owner: User, vault: Vault, mine: Client
) -> None:
    other = messenger(
        [("Cy Dent", 1_700_000_000, "my pin is 7713"), ("Ann Roe", 1_700_000_060, "ok")], ["Cy Dent", "Ann Roe"]
    )
    services.receive_bytes(owner_id=owner.pk, name="other.json", content=other)
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    decide(mine, "Sunflower99", "seen")
    decide(mine, "7713", "seen", "pin")
    decide(mine, "sunflower99", "kind", "code")
    services.delete(archive=archive)
    assert looked_at(vault) == {"7713": "seen"}, "what still stands in a ledger stays looked at"


def test_what_was_accepted_goes_with_whom_the_owner_forgets(owner: User, vault: Vault, mine: Client) -> None:
    upload(
        owner,
        [
            ("Ann Roe", 1_700_000_000, "hi"),
            ("Bea Quill", 1_700_000_060, "my pin is 7713"),
            ("Ann Roe", 1_700_000_120, "mine is 2245"),
        ],
    )
    decide(mine, "7713", "seen", "pin")
    (bea,) = (p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == "Bea Quill")
    tasks.forget(job_id=str(forgetting.start(person=bea).pk))
    assert looked_at(vault) == {}


def test_what_was_kept_is_said_again_though_a_link_carries_it(owner: User, vault: Vault, mine: Client) -> None:
    link = "https://meet.example/1?pwd=QWERTYabc7"
    upload(owner, [("Ann Roe", 1_700_000_000, link), ("Bea Quill", 1_700_090_000, "so QWERTYabc7")])
    assert texts(vault) == ["[url]", "so [password]"]
    assert resident.guard(vault).clean("so QWERTYabc7") == "so [password]"
    decide(mine, "QWERTYabc7", "keep")
    applied(mine)
    assert texts(vault) == ["[url]", "so QWERTYabc7"]
    assert resident.guard(vault).clean("so QWERTYabc7") == "so QWERTYabc7"


def test_a_pin_in_words_is_found_while_few_secrets_are_known(owner: User, vault: Vault) -> None:
    talk = [("Ann Roe", 1_700_000_000, "my pin is 4821"), ("Bea Quill", 1_700_090_000, "so four eight two one?")]
    upload(owner, talk)
    assert texts(vault) == ["my pin is [pin]", "so [pin]?"]
