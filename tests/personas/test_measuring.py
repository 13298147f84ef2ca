"""How fast this machine trains is measured by a real trainer process, which gives way to whoever presses Train."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.personas import engines, origins, services, tasks
from apps.personas.config import PRESETS
from apps.personas.models import Persona, Speed
from apps.personas.names import BUILTIN, CHAR_GRU, SCRATCH
from apps.personas.selectors import TRAIN
from tests.personas.test_stale import persona  # noqa: F401 - the fixture


@pytest.mark.django_db
def test_all_bases_are_measured_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    command, of = engines.trainer_command, origins.of

    def counted() -> list[str]:
        started.append(1)
        return command()

    monkeypatch.setattr(engines, "trainer_command", counted)
    monkeypatch.setattr(origins, "of", lambda base: replace(of(base), config={"rows": 1, "length": 64}))  # short steps
    tasks.measure(bases=[BUILTIN, SCRATCH])
    assert len(started) == 1
    found = {speed.base: speed for speed in Speed.objects.all()}
    assert set(found) == {BUILTIN, SCRATCH}
    assert (found[BUILTIN].full, found[SCRATCH].full) == (False, True)
    assert all(speed.tokens_s > 1 and 0.5 < speed.start_s < 120 for speed in found.values())


@pytest.mark.django_db(transaction=True)
def test_it_gives_way_to_whoever_wants_to_train(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ring", lambda kind, job_id: None)  # the only worker is the one that measures
    timer = threading.Timer(1.5, lambda: jobs.create(owner_id=owner.pk, kind=TRAIN, subject=uuid4()))
    timer.start()
    began = time.monotonic()
    tasks.measure(bases=[BUILTIN, SCRATCH] * 50)
    timer.join()
    assert time.monotonic() - began < 60  # fifty times both takes minutes
    assert Job.objects.get().state == Job.State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_the_queue_waits_as_long_as_the_page_says(vault: Vault, persona: Persona, client: Client) -> None:  # noqa: F811
    assert persona.person is not None
    client.force_login(User.objects.get(pk=persona.owner_id))
    services.keep_speed(CHAR_GRU, full=True, tokens_s=1_000.0, start_s=5.0)
    services.keep_speed(BUILTIN, full=False, tokens_s=1_000.0, start_s=5.0)
    address = reverse("persona-times", args=[persona.person.pk])
    told = client.get(address, {"base": CHAR_GRU}).json()
    page = {row["name"]: row for row in told["presets"]}["quick"]
    version = services.start_training(persona=persona, preset="quick", base=CHAR_GRU)
    assert (told["measured"], page["epochs"]) == (True, version.config["epochs"])
    assert Job.objects.get(subject=version.pk).expected == pytest.approx(page["seconds"])
    hub = client.get(address, {"base": "tiny"}).json()
    assert not hub["measured"], "it is not the built-in base's time"
    assert [row["seconds"] for row in hub["presets"]] == [None] * len(PRESETS)


@pytest.mark.django_db
def test_only_what_is_not_known_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, **_: asked.append(kwargs["bases"]))
    monkeypatch.setattr(services, "_asked", {})
    services.keep_speed(
        BUILTIN, full=False, tokens_s=1_000.0, start_s=8.0
    )  # the process was broken off behind its first answer
    services.ask_for_speed()
    services.ask_for_speed()
    assert asked == [[SCRATCH]]
