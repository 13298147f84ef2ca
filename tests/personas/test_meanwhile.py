"""What happens to a training while somebody is forgotten, or a chat is deleted: nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import forgetting
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.jobs import pausing
from apps.jobs import selectors as jobs
from apps.jobs.claims import claim
from apps.jobs.models import Job
from apps.jobs.services import create
from apps.personas import dataset, game, learning, manifests, selectors, services, tasks
from apps.personas.models import Persona, Version
from apps.personas.training import checkpoint
from apps.personas.training_run import TrainerRun, run_folder
from apps.privacy import services as privacy
from tests.personas.test_stale import called, conversation, persona, written  # noqa: F401 - the fixture

pytestmark = [pytest.mark.django_db(transaction=True)]
KEY = b"k" * 32


def began(persona: Persona) -> tuple[Version, Job]:  # noqa: F811
    version = services.start_training(persona=persona, preset="quick", base="tiny")
    return version, Job.objects.get(subject=version.pk)


def at_first_step(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do something while the trainer is at work."""
    relayed, done = learning._Relay.__call__, list[bool]()

    def relay(self: learning._Relay, event: dict[str, Any]) -> None:
        relayed(self, event)
        if event["event"] == "step" and not done:
            done.append(True)
            act()

    monkeypatch.setattr(learning._Relay, "__call__", relay)


def forget_bea(vault: Vault) -> None:
    archive_tasks.forget(job_id=str(forgetting.start(person=called(vault, "Bea Quill")).pk))


def scrub_anew(owner: User, vault: Vault) -> None:
    privacy.decide(vault=vault, kind="secret", value="kite", action="take")
    archives.start_rescrub(owner_id=owner.pk)
    archive_tasks.rescrub(job_id=str(Job.objects.filter(kind=archives.RESCRUB).latest("created_at").pk))


def leave_out(owner: User) -> None:
    """All of the period that was read: the graver reason, which must not hide the other one."""
    archives.set_window(owner_id=owner.pk, since=date(2033, 1, 1), until=None)


def plans(job: Job) -> list[int]:
    return [e["from"] for e in jobs.events(job, 0) if e["event"] == "plan"]


def test_a_checkpoint_counts_for_its_own_lesson_only(tmp_path: Path) -> None:
    for step, lesson in ((1, "other"), (2, "this"), (3, "other")):
        checkpoint.write(tmp_path, step, KEY, {"x": torch.full((3,), float(step))}, {"lesson": lesson})
    found = checkpoint.newest(tmp_path, KEY, "this")
    assert found is not None
    assert found[1]["step"] == 2
    assert [p.name for p in checkpoint.steps(tmp_path)] == ["step-00000002"], "the others are removed"


def test_a_shared_checkpoint_of_another_lesson_is_removed(owner: User, settings: Any, tmp_path: Path) -> None:
    job = create(owner_id=owner.pk, kind="personas.train", subject=uuid4())
    settings.DATA_DIR = tmp_path / "here"
    lease = claim(job.pk)
    assert lease is not None
    run = TrainerRun(lease, "one")
    checkpoint.write(run.folder, 10, run.key, {"w": torch.zeros(3)}, {"lesson": "one"})
    run._share()
    pausing.pause(job)
    lease.give_back()
    pausing.resume(job)
    settings.DATA_DIR = tmp_path / "there"
    lease = claim(job.pk)
    assert lease is not None
    assert checkpoint.steps(TrainerRun(lease, "two").folder) == []
    assert not SealedObject.objects.filter(kind="checkpoint").exists()


@pytest.mark.long
def test_what_is_resumed_after_forgetting_begins_anew(
    vault: Vault,
    persona: Persona,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version, job = began(persona)
    at_first_step(monkeypatch, lambda: pausing.pause(job))
    tasks.train(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.PAUSED
    assert checkpoint.steps(run_folder(version.pk))
    forget_bea(vault)
    pausing.resume(job)
    tasks.train(job_id=str(job.pk))
    version.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, version.ready, selectors.stale(vault, version)) == (Job.State.DONE, True, "")
    assert plans(job) == [0, 0], "no step that read the person is gone on from"


@pytest.mark.long
def test_what_is_resumed_unchanged_goes_on(persona: Persona, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    _, job = began(persona)
    at_first_step(monkeypatch, lambda: pausing.pause(job))
    tasks.train(job_id=str(job.pk))
    pausing.resume(job)
    tasks.train(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    first, second = plans(job)
    assert (first, second > 0) == (0, True)


@pytest.mark.long
def test_a_training_that_read_somebody_forgotten_meanwhile_says_so(
    vault: Vault,
    persona: Persona,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version, job = began(persona)
    at_first_step(monkeypatch, lambda: forget_bea(vault))
    tasks.train(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.cause) == (Job.State.FAILED, learning.GONE)
    assert version.exchanges.count() == 0
    assert not run_folder(version.pk).exists()


@pytest.mark.parametrize("how", ["forgotten", "deleted", "scrubbed", "scrubbed and left out", "nothing"])
def test_what_is_gone_meanwhile_is_not_written_back(owner: User, vault: Vault, persona: Persona, how: str) -> None:  # noqa: F811
    version, job = began(persona)
    lease = claim(job.pk)
    assert lease is not None
    learning._lesson(lease, version)
    run = TrainerRun(lease)
    checkpoint.write_file(run.folder / "result", run.key, {"w": torch.zeros(3)}, {})
    change = {
        "forgotten": lambda: forget_bea(vault),
        "deleted": lambda: archives.delete_conversation(conversation(vault, "Bea Quill")),
        "scrubbed": lambda: scrub_anew(owner, vault),
        "scrubbed and left out": lambda: (leave_out(owner), scrub_anew(owner, vault)),
        "nothing": lambda: None,
    }
    change[how]()
    facts, more = {"base_hash": "b", "tokenizer_hash": "t"}, {"grams": b"g", "memory": b"m", "words": b"w"}
    kept = learning._keep(lease, version, run, facts, more)
    stored = set(SealedObject.objects.filter(kind__in=["weights", *more]).values_list("kind", flat=True))
    scrubbed = {"weights", "grams"}
    wanted = {"scrubbed": scrubbed, "scrubbed and left out": scrubbed, "nothing": {"weights", *more}}.get(how, set())
    assert (stored, kept) == (wanted, bool(wanted))
    version.refresh_from_db()
    assert version.ready is bool(wanted)


def test_texts_scrubbed_anew_meanwhile_do_not_come_back(owner: User, vault: Vault, persona: Persona) -> None:  # noqa: F811
    version, rounds = written(vault, persona), [[[["Mab", ["hello there"]]], ["not yet"], ["always"]]]
    game.keep(vault, version, rounds)
    assert version.exchanges.count() == 1
    scrub_anew(owner, vault)
    assert selectors.stale(vault, version) == manifests.DECIDED
    game.keep(vault, version, rounds)
    assert version.exchanges.count() == 0
    leave_out(owner)
    assert selectors.stale(vault, version) == manifests.LEFT_OUT
    game.keep(vault, version, rounds)
    assert version.exchanges.count() == 0


def test_with_a_cap_all_is_remembered_and_guarded(persona: Persona) -> None:  # noqa: F811
    version = services.start_training(persona=persona, preset="quick", base="tiny", most_per_contact=20)
    lease = claim(Job.objects.get(subject=version.pk).pk)
    assert lease is not None
    lesson = learning._lesson(lease, version)
    learnt, whole = (sum(t.learn for d in p.train for t in d.turns) for p in (lesson.parts, lesson.whole))
    assert learnt < whole
    assert dataset.amount(lesson.whole.train).replies > 2 * 20


def test_a_strange_folder_stops_no_training(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "training" / "lost+found").mkdir(parents=True)
    services.sweep()
    assert (tmp_path / "training" / "lost+found").exists()
