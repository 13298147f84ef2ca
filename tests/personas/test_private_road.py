"""Private mode through the pages: chosen with a tick, trained by the worker, and the version says what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.jobs.models import Job
from apps.personas import selectors, services, tasks
from apps.personas.models import Speed, Version
from tests.conftest import dialogue, messenger
from tests.personas.tiny import hub_model

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def persona(owner: User) -> Any:
    content = messenger(dialogue(600), ["Bea Quill", "Ann Roe"])
    archive = archives.receive_bytes(owner_id=owner.pk, name="message_1.json", content=content)
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    return services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")


def test_a_private_version_says_what_it_cost(owner: User, persona: Any, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR, settings.TORCH_THREADS = tmp_path, 1
    hub_model(tmp_path / "tiny")
    client = Client()
    client.force_login(owner)
    values = {"preset": "quick", "base": "tiny", "private": "on"}
    client.post(f"/personas/{persona.pk}/train", values)
    version = Version.objects.get()
    assert version.config["private"] is True
    tasks.train(job_id=str(Job.objects.get(subject=version.pk).pk))
    version.refresh_from_db()
    facts = version.facts["private"]
    assert facts["unit"] == "dialogue"
    assert facts["units"] > 100
    assert 0 < facts["epsilon"] <= 8.0
    page = client.get(f"/personas/{persona.pk}").content.decode()
    assert f"Private mode: ε = {facts['epsilon']:.2f}" in page
    assert f"for each of {facts['units']} dialogues" in page
    assert 'name="private"' in page
    assert 'name="private"' in client.get("/personas/new").content.decode()


def test_from_scratch_is_refused_and_the_estimate_is_longer(owner: User, persona: Any) -> None:
    client = Client()
    client.force_login(owner)
    values = {"preset": "quick", "base": "scratch", "private": "on"}
    page = client.post(f"/personas/{persona.pk}/train", values, follow=True).content.decode()
    assert "Private mode cannot learn from scratch" in page
    assert not Version.objects.exists()
    Speed.objects.create(host="here", base="builtin", tokens_s=1_000.0, start_s=0.0)
    plain, hidden = (selectors.estimate(10**6, 1.0, "builtin", full=False, private=p) or 0.0 for p in (False, True))
    assert hidden - 6 == pytest.approx(selectors.PRIVATE_TIMES * (plain - 6))
    times = f"/personas/times/{persona.person_id}"
    asked = [client.get(times + query).json()["presets"][0]["seconds"] for query in ("", "?private=on")]
    assert asked[1] > asked[0]
