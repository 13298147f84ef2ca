"""The ledger is burnt while conversations are being written: what was burnt stays burnt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import conversations, forgetting, ingest, rewriting, scrubbing, services, strangers, tasks
from apps.archives.models import Archive, Conversation, Person
from apps.archives.scrubbing import Original
from apps.jobs.models import Job
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.ledger import Entry, Suggested
from apps.privacy.models import Decision, Ledger
from apps.privacy.scrub.types import Finding
from tests.archives.test_review import TALK, texts
from tests.archives.test_undoing import applied, decide, meanwhile, upload
from tests.conftest import messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
MORE = [
    *TALK, ("Bea Quill", 1_700_000_900, "sunflower99 again, and my mail is bea.quill@example.org"),
    ("Ann Roe", 1_700_000_960, "nice weather"),
]  # fmt: skip


@pytest.fixture
def archive(owner: User) -> Archive:
    return upload(owner, TALK)


def held(vault: Vault) -> list[str]:
    return sorted(entry.value for entry in ledgers.ledgers(vault))


def burn(mine: Client) -> None:
    assert "Burnt." in mine.post("/archives/review/burn", follow=True).content.decode()


def test_what_is_burnt_while_an_archive_is_read_stays_burnt(
    owner: User, archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(vault)
    decide(mine, "4821", "keep", "pin")  # it would be in clear text again
    meanwhile(monkeypatch, ingest, "_stored", lambda: burn(mine))
    made = upload(owner, MORE)
    assert Job.objects.get(subject=made.pk).state == Job.State.DONE
    assert texts(vault) == [*before, "[password] again, and my mail is [email]", "nice weather"]
    assert held(vault) == ["bea.quill@example.org", "sunflower99"], "what is new has a ledger of its own"
    decide(mine, "Sunflower99", "keep")
    applied(mine)
    assert texts(vault)[0] == before[0]


def test_a_conversation_that_is_read_for_the_first_time_keeps_its_ledger(
    owner: User, archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, ingest, "_stored", lambda: burn(mine))
    talk = [("Cy Dent", 1_700_000_000, "my pin is 7713"), ("Ann Roe", 1_700_000_060, "ok")]
    services.receive_bytes(owner_id=owner.pk, name="other.json", content=messenger(talk, ["Cy Dent", "Ann Roe"], "Cy Dent"))
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    assert held(vault) == ["7713"]


def test_an_upload_still_gives_way_to_what_was_written_in_between(
    owner: User, archive: Archive, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> None:
        row = Conversation.objects.select_related("transcript").get()
        conversations.again(vault, row, list(conversations.records_of(vault, row))[:1], [], lambda: None)

    meanwhile(monkeypatch, ingest, "_stored", written)
    made = upload(owner, MORE)
    assert Job.objects.get(subject=made.pk).state == Job.State.FAILED
    assert len(texts(vault)) == 1


def test_what_is_burnt_while_decisions_are_applied_stays_burnt(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(vault)
    decide(mine, "4821", "keep", "pin")
    meanwhile(monkeypatch, conversations, "again", lambda: burn(mine))
    applied(mine)
    assert (texts(vault), held(vault)) == (before, [])


def test_the_retention_clock_is_not_undone_either(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clock() -> None:
        Ledger.objects.update(created_at=timezone.now() - timedelta(days=31))
        Decision.objects.update(decided_at=timezone.now() - timedelta(days=31))
        privacy.sweep()
        assert held(vault) == []

    decide(mine, "4821", "keep", "pin")
    meanwhile(monkeypatch, conversations, "again", clock)
    applied(mine)
    assert held(vault) == []


def test_what_is_burnt_while_somebody_is_forgotten_stays_burnt(
    owner: User, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = [("Ann Roe", 1_700_000_000, "Cy, my pin is 7713"), ("Bea Quill", 1_700_000_060, "ok")]
    upload(owner, talk)
    other = messenger(
        [("Cy Dent", 1_700_000_000, "hi"), ("Ann Roe", 1_700_000_060, "hi")], ["Cy Dent", "Ann Roe"], "Cy Dent"
    )
    services.receive_bytes(owner_id=owner.pk, name="other.json", content=other)
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    assert held(vault) == ["7713", "Cy"]
    (cy,) = (p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == "Cy Dent")
    job = forgetting.start(person=cy)
    real = ledgers.ledger

    def burnt(vault: Vault, subject: UUID) -> list[Entry]:
        found = real(vault, subject)
        if any(entry.value == "7713" for entry in found):
            burn(mine)
        return found

    monkeypatch.setattr(ledgers, "ledger", burnt)
    tasks.forget(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, held(vault)) == (Job.State.DONE, [])


OTHER = [("Cy Dent", 1_700_000_000, "my pin is 48217"), ("Ann Roe", 1_700_000_060, "ok")]
CLEAR, HIDDEN = "hello 48217 there", "hello [pin] there"


def from_cy(owner: User, talk: list[tuple[str, int, str]] = OTHER) -> None:
    data = messenger(talk, ["Cy Dent", "Ann Roe"], "Cy Dent")
    made = services.receive_bytes(owner_id=owner.pk, name="other.json", content=data)
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    assert Job.objects.get(subject=made.pk).state == Job.State.DONE


def all_texts(vault: Vault) -> list[str]:
    return [r.text for row in Conversation.objects.all() for r in conversations.records_of(vault, row)]


@pytest.mark.parametrize(
    ("module", "step"), [(rewriting, "propagate"), (conversations, "again"), (rewriting, "_unburnt")], ids=["before", "within", "later"]
)  # fmt: skip
def test_what_is_burnt_between_storing_and_looking_elsewhere_stays_burnt(
    module: object, step: str, owner: User, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PIN of the new chat, found in an older one when the ledgers were burnt already."""
    upload(owner, [("Bea Quill", 1_700_000_000, CLEAR), ("Ann Roe", 1_700_000_060, "ok")])
    assert CLEAR in all_texts(vault)
    meanwhile(monkeypatch, module, step, lambda: burn(mine))
    from_cy(owner)
    assert (HIDDEN in all_texts(vault), held(vault)) == (True, [])


def test_what_is_found_after_the_burning_has_a_ledger_elsewhere_too(
    owner: User, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(owner, [("Bea Quill", 1_700_000_000, CLEAR), ("Ann Roe", 1_700_000_060, "my pin is 7713")])
    meanwhile(monkeypatch, ingest, "_stored", lambda: burn(mine))
    from_cy(owner)
    assert HIDDEN in all_texts(vault)
    assert held(vault) == ["48217", "48217"]


def test_what_is_burnt_before_decisions_are_carried_on_stays_burnt(
    owner: User, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known from a ledger is looked for in all conversations, also where it was not seen before."""
    from_cy(owner)
    with monkeypatch.context() as before:
        before.setattr(rewriting, "propagate", lambda *_: {})
        upload(owner, [("Bea Quill", 1_700_000_000, CLEAR), ("Ann Roe", 1_700_000_060, "ok")])
    decide(mine, "zebra", "take", "secret")
    meanwhile(monkeypatch, rewriting, "propagate", lambda: burn(mine))
    applied(mine)
    assert (HIDDEN in all_texts(vault), held(vault)) == (True, [])


@pytest.mark.parametrize("action", ["seen", "kind"])
def test_a_page_of_before_the_burning_brings_nothing_back(action: str, archive: Archive, vault: Vault, mine: Client) -> None:
    burn(mine)
    said = mine.post("/archives/review/decide", {"kind": "pin", "value": "4821", "action": action}, follow=True)
    assert "not held here any more" in said.content.decode()
    assert ledgers.decisions(vault) == []
    decide(mine, "moss", "take", "secret")
    decide(mine, "fern", "keep", "secret")
    assert sorted(value for _, _, value in ledgers.decisions(vault)) == ["fern", "moss"], (
        "the owner's lists stand by themselves"
    )


def test_what_is_burnt_while_it_is_decided_about_is_not_kept(
    archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, privacy, "decide", lambda: privacy.burn(owner_id=vault.owner_id))
    decide(mine, "4821", "seen", "pin")
    assert ledgers.decisions(vault) == []


def test_what_was_said_of_what_was_found_goes_by_the_clock_too(archive: Archive, vault: Vault, mine: Client) -> None:
    """Also where no ledger is left: a decision of before this was asked may have come after the burning."""
    burn(mine)
    privacy.decide(vault=vault, kind="pin", value="4821", action="seen")
    decide(mine, "moss", "take", "secret")
    privacy.sweep()
    assert len(ledgers.decisions(vault)) == 2
    Decision.objects.update(decided_at=timezone.now() - timedelta(days=31))
    privacy.sweep()
    assert [value for _, _, value in ledgers.decisions(vault)] == ["moss"]


def test_any_spelling_of_what_is_held_may_be_decided_about(archive: Archive, vault: Vault, mine: Client) -> None:
    decide(mine, "48 21", "kind", "code")
    assert [value for _, _, value in ledgers.decisions(vault)] == ["48 21"]
    decide(mine, "4822", "seen", "pin")
    assert len(ledgers.decisions(vault)) == 1


def test_guesses_that_were_made_before_are_not_kept(
    owner: User, archive: Archive, vault: Vault, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> Sequence[Suggested]:
        burn(mine)
        return [Suggested("place", "Fernweg", 1, 1)]

    monkeypatch.setattr(strangers, "look", look)
    monkeypatch.setattr(strangers, "finder", lambda: None)
    job = services.start_strangers(owner_id=owner.pk)
    tasks.strangers(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, ledgers.suggested(vault)) == (Job.State.FAILED, None)
    assert "was burnt while names were looked for" in job.cause


def test_a_ledger_that_goes_while_it_is_read_is_empty(
    archive: Archive, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, vault, "read", lambda: privacy.burn(owner_id=vault.owner_id))
    assert list(ledgers.ledgers(vault)) == []


def test_stand_ins_stay_where_they_were() -> None:
    was = Original("pin 4821, Clara", [Finding(4, 8, "pin", 99, "[pin]")], [Finding(10, 15, "name", 99, "Clara")])
    made = scrubbing.burnt(was)
    assert (made.text, made.found) == ("pin [pin], Clara", [])
    assert [(p.start, p.end, p.instead) for p in made.fixed] == [(4, 9, "[pin]"), (11, 16, "Clara")]
    assert scrubbing.burnt(Original("plain")) == Original("plain")
