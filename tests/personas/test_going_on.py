"""Going on with a version: it begins with what was learnt, reads what came since, and never keeps what is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import forgetting
from apps.archives import tasks as archive_tasks
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.jobs.services import Expected
from apps.personas import manifests, services, tasks
from apps.personas.config import PRESETS, TrainConfig
from apps.personas.models import Persona, Version
from apps.personas.training import trainer
from tests.personas.test_stale import called, persona, upload  # noqa: F401 - the fixture
from tests.personas.test_training import base, config, material, run  # noqa: F401 - the fixtures


def test_it_begins_where_the_other_ended(base: Path, material: Any, tmp_path: Path) -> None:  # noqa: F811
    settings = config(base)
    said, first = run(settings, material, tmp_path / "a")
    assert first is not None
    fresh = trainer.prepare(settings, material.train, material.validate)
    goes_on = trainer.prepare(settings, material.train, material.validate, start=first.tensors)
    ended = first.facts["held_out_loss"]
    began = trainer.held_out_loss(goes_on)
    assert began == pytest.approx(ended, abs=0.02)
    assert trainer.held_out_loss(fresh) > ended + 0.3
    with pytest.raises(trainer.Unlearnable, match="does not fit"):
        trainer.prepare(config(base, rank=8), material.train, material.validate, start=first.tensors)


def test_what_cannot_be_gone_on_with() -> None:
    for values in ({"private": True}, {"method": "full"}, {"base": "scratch"}):
        with pytest.raises(ValueError, match="gone on with"):
            TrainConfig(continues="x", **values)


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
