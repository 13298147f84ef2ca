"""Who somebody was between two dates: only that is read, and what is measured on stays out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.jobs.causes import Expected
from apps.jobs.claims import claim
from apps.jobs.models import Job
from apps.personas import dataset, era, learning, manifests, selectors, services
from apps.personas.config import TrainConfig
from apps.personas.dataset import Chat, Line
from apps.personas.forms import TrainForm
from apps.personas.language import ME_SPEAKER, Bubble
from apps.personas.models import Version
from tests.conftest import dialogue, messenger
from tests.personas.test_stale import called
from tests.personas.tiny import hub_model


def chat() -> Chat:
    lines = [Line(ME_SPEAKER if n % 2 else "Bea", float(n), Bubble(str(n))) for n in range(400)]
    made = Chat("a", False, lines)
    made.validate_from, made.test_from, made.test_to = dataset.boundaries(lines)
    return made


def read(made: Chat) -> tuple[set[float], set[float]]:
    parts = dataset.parts([made])
    learnt, held = (
        {b.at for d in part for t in d.turns for b in t.bubbles} for part in (parts.train, parts.validate + parts.test)
    )
    return learnt, held


def test_only_the_era_is_read_and_its_own_end_is_held_out() -> None:
    whole, early = chat(), chat()
    kept = era.within(early, (100.0, 200.0))
    learnt, held = read(early)
    assert learnt | held == {float(n) for n in range(100, 200)} == {float(n) for n in kept}
    assert 5 <= len(held) <= 25
    assert max(learnt - {x for x in learnt if x > min(held)}) < min(held)
    assert not learnt & read(whole)[1]


def test_an_era_with_the_frozen_end_keeps_it() -> None:
    late = chat()
    frozen = (late.validate_from, late.test_from, late.test_to)
    era.within(late, (300.0, float("inf")))
    assert (late.validate_from, late.test_from, late.test_to) == frozen


def test_what_an_earlier_version_of_an_era_held_out_is_never_learnt() -> None:
    def during(first: int, last: int, held: era.Held | None = None) -> Chat:
        lines = [Line(ME_SPEAKER if n % 2 else "Bea", float(n), Bubble(str(n))) for n in range(first, last)]
        made = Chat("a", False, lines, 9e9, 9.5e9, 9.9e9)  # what is frozen lies behind the era
        era.within(made, (0.0, 1_000.0), held)
        return made

    before = during(500, 700)
    after = during(100, 900, (before.validate_from, before.test_from, before.test_to))
    learnt, held = read(before)
    assert held == read(after)[1]
    assert not held & read(after)[0]
    assert len(read(after)[0]) > len(learnt)


def test_what_has_no_time_belongs_to_no_era() -> None:
    made = Chat("a", False, [Line(ME_SPEAKER, None, Bubble("x")), Line(ME_SPEAKER, 5.0, Bubble("y"))])
    assert era.within(made, (0.0, 10.0)) == [1]


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="begins before it ends"):
        TrainConfig(since=2.0, until=1.0)
    assert TrainConfig().era is None
    assert TrainConfig(since=1.0).era == (1.0, float("inf"))
    form = TrainForm({"preset": "quick", "since": "2019-01-01", "until": "2019-12-31"})
    assert form.is_valid()
    asked = form.cleaned()
    assert (asked["since"], asked["until"]) == (1_546_300_800.0, 1_577_836_800.0)  # both days are in
    assert era.words(asked) == "2019-01-01 to 2019-12-31"
    assert era.words({"since": None, "until": 1_577_836_800.0}) == "until 2019-12-31"
    assert era.words({}) == ""
    for nonsense in (1e30, -1e30, float("nan"), float("inf"), "x", []):
        assert era.words({"since": nonsense, "until": nonsense}) == ""


@pytest.mark.django_db(transaction=True)
def test_a_version_learns_an_era_and_nothing_else(
    owner: User, vault: Vault, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_DIR, settings.TORCH_THREADS = tmp_path, 1
    hub_model(tmp_path / "tiny")
    content = messenger(dialogue(200, other="Bea Quill"), ["Bea Quill", "Ann Roe"], "Bea Quill")
    archive = archives.receive_bytes(owner_id=owner.pk, name="a.json", content=content)
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    person = called(vault, "Ann Roe")
    archives.choose_me(owner_id=owner.pk, person=person)
    person.refresh_from_db()
    persona = services.make(owner_id=owner.pk, person=person, name="Ann", basis="self")

    [(_, whole, ids)] = selectors.chats(vault, person)
    times = [line.at for line in whole.lines if line.at is not None]
    middle = sorted(times)[len(times) // 2]
    version = services.start_training(persona=persona, preset="quick", base="tiny", until=middle)
    assert TrainConfig(**version.config).era == (float("-inf"), middle)

    [(_, early, first)] = selectors.chats(vault, person, era=TrainConfig(**version.config).era)
    assert first == ids[: len(first)]
    assert 0 < len(first) == len(early.lines) < len(ids)
    assert all(line.at is not None and line.at < middle for line in early.lines)
    assert list(selectors.chats(vault, person, era=(0.0, 1.0))) == []

    lease = claim(Job.objects.get(subject=version.pk).pk)
    assert lease is not None
    learning._lesson(lease, version)
    held = manifests.held_out(vault, Version(persona=persona, config=version.config))
    assert held == {early.id: (early.validate_from, early.test_from, early.test_to)}
    assert manifests.held_out(vault, Version(persona=persona, config={**version.config, "until": middle + 1})) == {}

    Job.objects.all().delete()
    late = services.start_training(persona=persona, preset="quick", base="tiny", since=whole.validate_from)
    lease = claim(Job.objects.get(subject=late.pk).pk)
    assert lease is not None
    monkeypatch.setattr(dataset, "LEAST", 5)  # of a short chat few are held out
    with pytest.raises(Expected, match="kept for measuring"):
        learning._lesson(lease, late)

    later = archives.receive_bytes(
        owner_id=owner.pk,
        name="b.json",
        content=messenger(dialogue(400, other="Bea Quill"), ["Bea Quill", "Ann Roe"], "Bea Quill"),
    )
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=later.pk).pk))
    learning._lesson(lease, version)
    assert manifests.held_out(vault, version) == held, "more was uploaded, and nothing moves"

    with pytest.raises(Expected, match="begins before it ends"):
        Job.objects.all().delete()
        services.start_training(persona=persona, preset="quick", base="tiny", since=5.0, until=4.0)
