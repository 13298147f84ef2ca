"""A family of the origins through the pages: chosen, trained by the worker, sealed with its vocabulary, and it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.jobs.models import Job
from apps.personas import corrections, engines, hub_models, origins, resident, selectors, services, tasks
from apps.personas.inference import carried
from apps.personas.language import Bubble, Turn
from apps.personas.models import Version
from apps.personas.names import CHAR_GRU, PAIRS
from tests.conftest import dialogue, messenger
from tests.personas.tiny import hub_model

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def client(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def persona(owner: User) -> Any:
    archive = archives.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(dialogue(240), ["Bea Quill", "Ann Roe"])
    )
    archive_tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    return services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")


def test_a_char_gru_is_trained_and_answers(owner: User, client: Client, persona: Any, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR, settings.TORCH_THREADS = tmp_path, 1
    settings.AUDIT_SECONDS, settings.AUDIT_REFERENCES = 1, 63
    page = client.get("/personas/new").content.decode()
    assert origins.ORIGINS[CHAR_GRU].sentence in page
    client.post(f"/personas/{persona.pk}/train", {"preset": "quick", "base": CHAR_GRU})
    version = Version.objects.get()
    assert version.config["lower"] and version.config["gap"] == 7_200.0 and version.config["method"] == "full"
    assert version.config["epochs"] == 20.0
    version.config |= {"width": 48, "length": 128, "rows": 4, "rate": 1e-2, "epochs": 8.0}  # so that the test is short
    version.save()
    tasks.train(job_id=str(Job.objects.get(subject=version.pk).pk))
    version.refresh_from_db()
    assert version.ready
    assert version.facts["leaks"]["verdict"]
    assert "carried" not in version.facts, "words of the archive stay sealed"
    vault = open_vault(owner.pk)
    spec = selectors.weights(vault, version)
    assert set("please") <= set(carried.read(spec.load())["language"]["pieces"])
    turns = [Turn("Bea", (Bubble("Shall we get TEA?"),))]
    ops = list(engines.door().reply(spec, ["Bea"], turns, engines.sampling({"seed": 1, "temperature": 0.3}), lambda: False))
    assert [op.kind for op in ops].count("text") > 3
    again = services.train_again(version=version)
    assert {k: again.config[k] for k in ("base", "gap", "origin")} == {
        k: version.config[k] for k in ("base", "gap", "origin")
    }


def test_pairs_begin_with_word_vectors_and_learn_a_correction(
    owner: User, client: Client, persona: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MODELS_DIR, settings.TORCH_THREADS = tmp_path, 1
    settings.AUDIT_SECONDS, settings.AUDIT_REFERENCES = 1, 63
    asked = [Turn("Bea", (Bubble("shall we get tea?"),))]
    corrections.keep(persona=persona, others=["Bea"], before=asked, said=["yes"], text="never tea please")
    form = {"preset": "quick", "base": PAIRS, "vectors": "on", "most_per_contact": "40"}
    client.post(f"/personas/{persona.pk}/train", form)
    version = Version.objects.get()
    assert version.config["vectors"] and version.config["most_per_contact"] == 40
    version.config |= {"width": 48, "length": 64, "rows": 4, "epochs": 2.0}  # so that the test is short
    version.save()
    tasks.train(job_id=str(Job.objects.get(subject=version.pk).pk))
    version.refresh_from_db()
    assert version.ready and version.facts["corrections"] == 1
    words = resident.words(open_vault(owner.pk), version)
    assert words is not None and {"please", "shall"} <= set(words.words) and words.rows.shape[1] == 48
    page = client.post(f"/personas/versions/{version.pk}/words", {"q": "Tea"}).content.decode()
    assert "Your frequent words" in page and "shall" in page
    listed = client.get(f"/personas/{persona.pk}").content.decode()
    assert "with 1 correction" in listed and "Words that live together" in listed


def test_ways_and_methods_are_chosen_where_they_fit(client: Client, persona: Any, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR, settings.HUB_MODELS = tmp_path, [hub_models.ALL]
    hub_model(tmp_path / "tiny", family="gpt2", template=False)
    train = f"/personas/{persona.pk}/train"
    for wrong in (
        {"base": "builtin", "origin": origins.SCRIPT}, {"base": "builtin", "method": "qlora"},
        {"base": PAIRS, "private": "on"}, {"base": "tiny", "method": "full", "private": "on"},
    ):  # fmt: skip
        page = client.post(train, {"preset": "quick", **wrong}, follow=True).content.decode()
        assert "Please choose another" in page, wrong
    assert not Version.objects.exists()
    client.post(train, {"preset": "quick", "base": "tiny", "origin": origins.SCRIPT, "gap_minutes": "30"})
    config = Version.objects.get().config
    assert config["form"] == "script" and config["method"] == "full" and config["stages"] == [1e-4, 1e-3, 1e-4]
    assert config["gap"] == 1_800.0, "what a person sets is before the preset"
    page = client.get("/personas/new").content.decode()
    assert hub_models.KNOWN_GOOD[0].label in page
    assert all(o.sentence in page for o in origins.ORIGINS.values())
