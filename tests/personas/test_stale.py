"""A version says why it is out of date; training it again, or taking the change back, clears that."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import forgetting
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Conversation, Person
from apps.jobs.models import Job
from apps.personas import auditing, manifests, selectors, services, tasks
from apps.personas.models import Persona, Version
from apps.personas.training_run import run_folder
from apps.privacy import services as privacy
from tests.conftest import dialogue, messenger
from tests.personas.tiny import hub_model

pytestmark = [pytest.mark.django_db(transaction=True)]


def upload(owner: User, other: str, count: int) -> None:
    content = messenger(dialogue(count, other=other), [other, "Ann Roe"], other)
    archive = archives.receive_bytes(owner_id=owner.pk, name=f"{other}.json", content=content)
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))


def called(vault: Vault, name: str) -> Person:
    return next(p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == name)


@pytest.fixture
def persona(owner: User, vault: Vault, settings: Any, tmp_path: Path) -> Persona:
    settings.MODELS_DIR, settings.TORCH_THREADS = tmp_path, 1
    hub_model(tmp_path / "tiny")
    upload(owner, "Bea Quill", 120)
    upload(owner, "Cy Dent", 120)
    person = called(vault, "Ann Roe")
    archives.choose_me(owner_id=owner.pk, person=person)
    person.refresh_from_db()
    return services.make(owner_id=owner.pk, person=person, name="Ann", basis="self")


def written(vault: Vault, persona: Persona, number: int = 1) -> Version:
    """A version with the manifest that a training writes, and no training."""
    made = Version(
        owner_id=vault.owner_id, persona=persona, number=number, preset="quick", config={"base": "tiny"},
        wrapped_key=vault.new_wrapped(), facts={"leaks": {"verdict": "green"}},
    )  # fmt: skip
    with vault.create("weights") as (item, writer):
        writer.write(b"w")
    made.weights = item
    made.save()
    assert persona.person is not None
    manifests.write(vault, made, list(selectors.chats(vault, persona.person)))
    return made


def conversation(vault: Vault, title: str) -> Conversation:
    return next(c for c in Conversation.objects.all() if vault.unseal(c, "title", c.title) == title)


def test_reasons_come_and_go(owner: User, vault: Vault, persona: Persona) -> None:
    version = written(vault, persona)
    bea, row = called(vault, "Bea Quill"), conversation(vault, "Bea Quill")
    assert selectors.stale(vault, version) == ""
    archives.leave_person_out(person=bea, left_out=True)
    assert selectors.stale(vault, version) == manifests.LEFT_OUT
    archives.leave_person_out(person=bea, left_out=False)
    assert selectors.stale(vault, version) == ""
    archives.set_left_out(row, left_out=True)
    assert selectors.stale(vault, version) == manifests.LEFT_OUT
    archives.set_left_out(row, left_out=False)
    archives.set_window(owner_id=owner.pk, since=date(2023, 11, 15), until=None)
    assert selectors.stale(vault, version) == manifests.LEFT_OUT
    archives.set_window(owner_id=owner.pk, since=None, until=None)
    upload(owner, "Bea Quill", 200)
    assert selectors.stale(vault, version) == "", "more to learn from takes nothing from what was learnt"
    decision = privacy.decide(vault=vault, kind="secret", value="kite", action="take")
    archives.start_rescrub(owner_id=owner.pk)
    archive_tasks.rescrub(job_id=str(Job.objects.filter(kind=archives.RESCRUB).latest("created_at").pk))
    assert selectors.stale(vault, version) == manifests.DECIDED
    decision.refresh_from_db()
    archives.undo_decision(decision)
    archive_tasks.rescrub(job_id=str(Job.objects.filter(kind=archives.RESCRUB).latest("created_at").pk))
    assert selectors.stale(vault, version) == ""
    assert selectors.standing(persona).may_leave
    archives.delete_conversation(conversation(vault, "Bea Quill"))
    assert selectors.stale(vault, version) == manifests.DELETED
    assert selectors.standing(persona).may_leave


def test_a_version_that_learnt_from_somebody_forgotten_stays_here(owner: User, vault: Vault, persona: Persona) -> None:
    version = written(vault, persona)
    job = forgetting.start(person=called(vault, "Bea Quill"))
    archive_tasks.forget(job_id=str(job.pk))
    assert selectors.stale(vault, version) == manifests.FORGOTTEN
    standing = selectors.standing(persona)
    assert standing.stays.startswith(manifests.FORGOTTEN)
    assert standing.may_talk
    copy = accounts.import_account(email="copy@example.org", file=io.BytesIO(b"".join(accounts.export(owner_id=owner.pk))))
    [taken] = Version.objects.filter(owner=copy)
    assert taken.weights is None, "its weights do not leave"
    assert selectors.stale(open_vault(copy.pk), taken) == manifests.FORGOTTEN
    upload(owner, "Bea Quill", 120)
    assert selectors.stale(vault, version) == manifests.FORGOTTEN
    forgetting.undo(row=forgetting.listing(vault)[0][0])
    assert selectors.stale(vault, version) == manifests.DELETED
    upload(owner, "Bea Quill", 120)
    assert selectors.stale(vault, version) == "", "everything that it has learnt from is here again"


@pytest.mark.long
def test_trained_again_with_one_press(owner: User, vault: Vault, persona: Persona, client: Client) -> None:
    client.force_login(owner)
    address = f"/personas/{persona.pk}"
    client.post(f"{address}/train", {"preset": "quick", "base": "tiny", "gap_minutes": "30"})
    first = Version.objects.get()
    tasks.train(job_id=str(Job.objects.get(subject=first.pk).pk))
    assert 'id="stale"' not in client.get(address).content.decode()
    job = forgetting.start(person=called(vault, "Bea Quill"))
    archive_tasks.forget(job_id=str(job.pk))
    page = client.get(address).content.decode()
    assert manifests.FORGOTTEN in page
    client.post(f"/personas/versions/{first.pk}/again")
    second = Version.objects.get(number=2)
    assert second.config == first.config
    tasks.train(job_id=str(Job.objects.get(subject=second.pk).pk))
    second.refresh_from_db()
    assert second.ready
    assert 'id="stale"' not in client.get(address).content.decode()
    assert not selectors.standing(persona).stays.startswith(manifests.FORGOTTEN)
    first.refresh_from_db()
    kept = [first.weights_id, first.manifest_id, first.grams_id]
    client.post(f"/personas/versions/{first.pk}/delete")
    assert [v.number for v in persona.versions.all()] == [2]
    assert not SealedObject.objects.filter(pk__in=kept).exists()
    assert not Job.objects.filter(subject=first.pk).exists()
    assert not run_folder(first.pk).exists()
    client.post(f"/personas/versions/{second.pk}/delete")
    assert Persona.objects.filter(pk=persona.pk).exists()
    assert client.get(address).status_code == 200


# what its audit looks for


def test_the_audit_looks_for_all_that_was_taken_out(owner: User, vault: Vault, persona: Persona) -> None:
    talk = [
        ("Bea Quill" if n % 2 else "Ann Roe", 1_700_000_000 + n * 60, f"write to post{n}@example.org") for n in range(2_300)
    ]
    content = messenger(talk, ["Bea Quill", "Ann Roe"], "Bea Quill")
    archive = archives.receive_bytes(owner_id=owner.pk, name="bea.json", content=content)
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    assert persona.person is not None
    found = auditing.secrets(vault, selectors.chats(vault, persona.person))
    assert len({value for kind, value, _ in found if kind == "email"}) == 2_300
    assert all(before.endswith("write to ") for kind, _, before in found if kind == "email")
