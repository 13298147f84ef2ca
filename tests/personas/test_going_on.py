"""Going on with a version: it begins with what was learnt, reads what came since, and never keeps what is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch
from django.test import Client

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import forgetting
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.jobs import pausing
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected
from apps.jobs.claims import claim
from apps.jobs.models import Job
from apps.jobs.services import create
from apps.personas import manifests, selectors, services, tasks
from apps.personas.config import PRESETS, TrainConfig
from apps.personas.models import Persona, Version
from apps.personas.training import checkpoint, preparing, trainer
from apps.personas.training_run import TrainerRun
from tests.personas.test_stale import called, persona, upload, written  # noqa: F401 - the fixture
from tests.personas.test_training import base, config, material, run  # noqa: F401 - the fixtures


def test_it_begins_where_the_other_ended(base: Path, material: Any, tmp_path: Path) -> None:  # noqa: F811
    settings = config(base)
    said, first = run(settings, material, tmp_path / "a")
    assert first is not None
    fresh = preparing.prepare(settings, material.train, material.validate)
    goes_on = preparing.prepare(settings, material.train, material.validate, start=first.tensors)
    ended = first.facts["held_out_loss"]
    began = trainer.held_out_loss(goes_on)
    assert began == pytest.approx(ended, abs=0.02)
    assert trainer.held_out_loss(fresh) > ended + 0.3
    with pytest.raises(preparing.Unlearnable, match="does not fit"):
        preparing.prepare(config(base, rank=8), material.train, material.validate, start=first.tensors)


def test_what_cannot_be_gone_on_with() -> None:
    for values in ({"private": True}, {"method": "full"}, {"base": "scratch"}):
        with pytest.raises(ValueError, match="gone on with"):
            TrainConfig(continues="x", **values)


@pytest.mark.django_db(transaction=True)
def test_only_what_still_stands_is_gone_on_with(owner: User, vault: Vault, persona: Persona) -> None:  # noqa: F811
    version = written(vault, persona)
    assert selectors.way_on(vault, version) == ""
    archives.leave_person_out(person=called(vault, "Bea Quill"), left_out=True)
    with pytest.raises(Expected, match="Going on would keep that"):
        services.go_on(version=version)
    archives.leave_person_out(person=called(vault, "Bea Quill"), left_out=False)
    made = services.go_on(version=version)
    assert made.config["continues"] == str(version.pk)
    for values in ({"private": True}, {"method": "full"}, {"base": "scratch"}):
        version.config = {"base": "tiny", **values}
        assert selectors.way_on(vault, version) == selectors.NO_WAY_ON


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_travels_to_another_machine(owner: User, settings: Any, tmp_path: Path) -> None:
    """Written on one disk, left in the shared storage for a pause, there again for the worker on the next disk."""
    job = create(owner_id=owner.pk, kind="personas.train", subject=uuid4())
    here, there = tmp_path / "here", tmp_path / "there"
    settings.DATA_DIR = here
    lease = claim(job.pk)
    assert lease is not None
    one = TrainerRun(lease)
    for step in (10, 20):
        checkpoint.write(one.folder, step, one.key, {"w": torch.full((3,), float(step))}, {"at": step})
    one._share()
    pausing.pause(job)
    lease.give_back()
    pausing.resume(job)
    settings.DATA_DIR = there
    lease = claim(job.pk)
    assert lease is not None
    two = TrainerRun(lease)
    assert two.folder.is_relative_to(there)
    found = checkpoint.newest(two.folder, two.key)
    assert found is not None
    assert (found[1]["at"], found[0]["w"].tolist()) == (20, [20.0] * 3)
    assert SealedObject.objects.filter(kind="checkpoint").count() == 1
    lease.end(Job.State.FAILED, "for another reason")
    assert not SealedObject.objects.filter(kind="checkpoint").exists()
    two.clear()
    assert not list(there.glob("training/*"))


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_road(owner: User, vault: Vault, persona: Persona, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setitem(PRESETS, "quick", {**PRESETS["quick"], "rate": 1e-2})  # so that a few steps are seen
    client.force_login(owner)
    address = f"/personas/{persona.pk}"
    client.post(f"{address}/train", {"preset": "quick", "base": "tiny", "gap_minutes": "30"})
    first = Version.objects.get()
    assert 'id="go-on"' not in client.get(address).content.decode()
    done(first)
    assert 'id="go-on"' in client.get(address).content.decode()
    client.post(f"/personas/versions/{first.pk}/go-on")
    second = Version.objects.get(number=2)
    assert second.config == {**first.config, "continues": str(first.pk), "epochs": 1.0}
    done(second)
    assert held_out(second)[0] == pytest.approx(first.facts["held_out_loss"], abs=0.02)
    assert held_out(first)[0] > first.facts["held_out_loss"] + 0.1, "which is not where a new one begins"
    upload(owner, "Dot Fern", 160)
    third = services.go_on(version=second)
    archive_tasks.forget(job_id=str(forgetting.start(person=called(vault, "Bea Quill")).pk))
    tasks.train(job_id=str(Job.objects.get(subject=third.pk).pk))  # somebody was forgotten before its turn came
    job = Job.objects.get(subject=third.pk)
    assert (job.state, manifests.FORGOTTEN in job.cause) == (Job.State.FAILED, True)
    assert 'id="go-on"' not in client.get(address).content.decode()
    with pytest.raises(Expected, match="Going on would keep that"):
        services.go_on(version=second)


def held_out(version: Version) -> list[float]:
    return [e["loss"] for e in jobs.events(Job.objects.get(subject=version.pk), 0) if e["event"] == "held_out"]


def done(version: Version) -> None:
    tasks.train(job_id=str(Job.objects.get(subject=version.pk).pk))
    version.refresh_from_db()
    assert version.ready, Job.objects.get(subject=version.pk).cause
