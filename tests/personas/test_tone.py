"""The tone filter with a tiny classifier trained on the spot: filtered replies weigh nothing, and nothing vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import dataset, selectors, services, tasks, tone_filter
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.inference import families
from apps.personas.inference.families import NotThere
from apps.personas.inference.tone import Classifier
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.training import preparing, tone, trainer
from tests.conftest import messenger
from tests.personas.tiny import HARSH, classifier, hub_model, in_style


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MODELS_DIR with the classifier and a base."""
    folder = tmp_path_factory.mktemp("models")
    classifier(folder / "tone")
    hub_model(folder / "base")
    return folder


def talk(count: int = 80) -> list[Dialogue]:
    """Replies of one style after the other, each after a question of somebody else; every fourth is harsh."""
    made = []
    for n in range(count):
        answer = Turn(ME_SPEAKER, (Bubble(in_style(n % 4 == 0, n)),))
        again = Turn(ME_SPEAKER, (Bubble(in_style(False, n + 1)), Bubble("tea")))
        made.append(
            Dialogue(("Bea",), (Turn("Bea", (Bubble(f"shall we {n}"),)), answer, Turn("Bea", (Bubble("ok"),)), again))
        )
    return made


def config(**more: Any) -> TrainConfig:
    return TrainConfig(**{"tone_model": "tone", "tone_label": "harsh", **more})


def filtered(shelf: Path, **more: Any) -> tuple[list[Dialogue], list[dict[str, Any]]]:
    said: list[dict[str, Any]] = []
    train, _ = tone.filtered(config(**more), talk(), talk(8), shelf, said.append, Asked())
    return train, said


def harsh(text: str) -> bool:
    return any(word in text.split() for word in HARSH)


def own(made: list[Dialogue]) -> list[Turn]:
    return [t for d in made for t in d.turns if t.speaker is ME_SPEAKER]


def test_the_classifier_tells_the_styles_apart(shelf: Path) -> None:
    for label, high in (("harsh", True), ("calm", False), ("", True)):
        scores = dict(
            pair
            for batch in Classifier("tone", label, shelf).scores([in_style(s, 3) for s in (True, False)])
            for pair in batch
        )
        assert (scores[0] > 0.9, scores[1] < 0.1) == (high, high), label


def test_the_calmer_part_is_learnt_and_the_rest_is_context(shelf: Path) -> None:
    train, said = filtered(shelf, tone_percentile=87.5)
    assert [t.learn for t in own(train)] == [not harsh(t.bubbles[0].text) for t in own(train)]
    assert [(d.others, [t.bubbles for t in d.turns]) for d in train] == [
        (d.others, [t.bubbles for t in d.turns]) for d in talk()
    ]
    assert [e["done"] for e in said if e["event"] == "tone"][-1] == 1.0
    found = said[-1]
    assert (found["replies"], found["learnt"], sum(found["bins"]), len(found["bins"])) == (160, 140, 160, 20)
    assert found["bins"][0] >= 130
    assert sum(found["bins"][10:]) == 20


def test_the_harsher_part_is_the_other_part(shelf: Path) -> None:
    train, said = filtered(shelf, tone_percentile=87.5, tone_keep="above")
    assert [t.learn for t in own(train)] == [harsh(t.bubbles[0].text) for t in own(train)]
    assert said[-1]["learnt"] == 20


@pytest.mark.parametrize("base", ["builtin", "base"])
def test_filtered_replies_have_no_weight_in_the_samples(shelf: Path, base: str) -> None:
    language = families.load(base, torch.float32, models=shelf).language
    train, _ = filtered(shelf, tone_percentile=87.5)

    def weight(made: list[Dialogue], wanted: bool) -> float:
        return sum(
            sum(sample.weights)
            for d in made
            for sample in dataset.samples([Dialogue(d.others, d.turns[:2])], language, 256)
            if harsh(d.turns[1].bubbles[0].text) is wanted
        )

    assert weight(train, True) == 0
    assert weight(talk(), True) > 0
    assert weight(train, False) == weight(talk(), False) > 0
    both = dataset.samples(train[:1], language, 256)
    whole = dataset.samples(talk()[:1], language, 256)
    assert [s.ids for s in both] == [s.ids for s in whole], "the words are still read"
    assert 0 < sum(both[0].weights) < sum(whole[0].weights)


def test_off_is_off_and_odd_choices_are_refused(shelf: Path) -> None:
    assert tone.filtered(TrainConfig(), talk(2), [], None, print, Asked()) == (talk(2), [])
    with pytest.raises(preparing.Unlearnable, match="leaves 0 replies"):
        filtered(shelf, tone_percentile=0)
    with pytest.raises(NotThere, match="has no label"):
        filtered(shelf, tone_label="loud")
    with pytest.raises(NotThere, match="not on this machine"):
        Classifier(str(shelf / "nowhere"), models=shelf)
    with pytest.raises(trainer.Interrupted):
        tone.filtered(config(), talk(), [], shelf, lambda e: None, Asked(leave=True))
    with pytest.raises(preparing.Unlearnable, match="Stopped"):
        tone.filtered(config(), talk(), [], shelf, lambda e: None, Asked(stop=True))
    for wrong in ({"tone_percentile": 101}, {"tone_keep": "beside"}):
        with pytest.raises(ValueError, match="cannot be"):
            config(**wrong)


def test_percentiles_and_bins() -> None:
    scores = [n / 100 for n in range(1, 101)]
    assert [tone.percentile(scores, p) for p in (0, 1, 50, 75, 100)] == [-1.0, 0.01, 0.5, 0.75, 1.0]
    assert tone.percentile([], 50) == -1.0
    assert tone.histogram([0.0, 0.05, 0.999, 1.0]) == [1, 1, *[0] * 17, 2]


@pytest.fixture
def offered(shelf: Path, settings: Any) -> None:
    settings.MODELS_DIR, settings.TONE_MODELS = shelf, ["tone"]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_looked_at_and_chosen_on_the_page(offered: None, owner: User, vault: Vault) -> None:
    lines = [("Ann Roe" if n % 2 else "Bea Quill", 1_700_000_000 + n * 60, in_style(n % 8 == 1, n)) for n in range(200)]
    made = archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(lines, ["Bea Quill", "Ann Roe"]))
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    person = next(p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == "Ann Roe")
    persona = services.make(owner_id=owner.pk, person=person, name="Ann", basis="self")
    mine = Client()
    mine.force_login(owner)
    assert tone_filter.choices()[1:] == [("tone|harsh", "tone: harsh"), ("tone|calm", "tone: calm")]
    assert "tone" not in {value for value, _ in selectors.bases()}, "a classifier is nobody's base"
    mine.post(f"/personas/{persona.pk}/tone", {"tone": "tone|harsh"})
    job = Job.objects.get(kind=tone_filter.TONE)
    tasks.tone(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.cause) == ("done", "")
    persona.refresh_from_db()
    found = tone_filter.chart(vault, persona)
    assert found is not None
    assert (found["label"], found["rows"][-1]["share"]) == ("harsh", 100)
    assert b"harsh" not in bytes(persona.tone)
    page = mine.get(f"/personas/{persona.pk}").content.decode()
    assert "score for <strong>harsh</strong>" in page
    assert page.count("<rect") == 20

    fields = {"preset": "quick", "base": "base", "tone": "tone|harsh", "tone_percentile": "70", "tone_keep": "below"}
    mine.post(f"/personas/{persona.pk}/train", fields)
    version = persona.versions.get()
    assert {k: v for k, v in version.config.items() if k.startswith("tone")} == {
        "tone_model": "tone", "tone_label": "harsh", "tone_percentile": 70.0, "tone_keep": "below",
    }  # fmt: skip
    job = Job.objects.get(kind=selectors.TRAIN)
    tasks.train(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.cause) == ("done", "")
    persona.refresh_from_db()
    found = tone_filter.chart(vault, persona)
    assert found is not None
    assert 0 < found["learnt"] < found["replies"]
    services.delete(persona=persona)
    assert not Job.objects.filter(kind=tone_filter.TONE).exists()


def test_only_offered_models(offered: None) -> None:
    for wrong in ({"tone_model": "/etc", "tone_label": ""}, {"tone_model": "base", "tone_label": ""}):
        with pytest.raises(Expected, match="not offered"):
            tone_filter.check(wrong)
    assert tone_filter.asked("", 50, "below") is None
