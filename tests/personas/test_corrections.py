""" "I wouldn't say that: I'd say …" is kept sealed and scrubbed, listed, removed, and learnt by the next version."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.chat import services as chat
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import corrections, duplicates, manifests, services, wire
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.inference import families, local
from apps.personas.language import ME_SPEAKER, Bubble, Me
from apps.personas.language import Turn as Line
from apps.personas.models import Correction, Persona
from apps.personas.training import preparing, trainer
from apps.personas.training_run import TrainerRun
from tests.chat.test_talk import ops, writer
from tests.conftest import dialogue, messenger
from tests.personas.tiny import parts

pytestmark = [pytest.mark.django_db(transaction=True)]
SAID = [Line("Bea", (Bubble("shall we get tea?"),))]
WRONG, RIGHT = ["yes tea please"], "never, I am a coffee person"


@pytest.fixture
def persona(owner: User, vault: Vault) -> Persona:
    archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(120), ["Bea Quill", "Ann Roe"]))
    archive_tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    return services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")


def kept(persona: Persona, text: str = RIGHT) -> Correction:
    return corrections.keep(persona=persona, others=["Bea"], before=SAID, said=WRONG, text=text)


def answered(persona: Persona, words: str = "yes tea please") -> tuple[Conversation, Turn]:
    talk = chat.begin(persona=persona, speaker=chat.Seat("Bea", "Bea"), title="t")
    chat.say(conversation=talk, client_id=uuid4(), text="shall we get tea?", sampling={})
    turn = Turn.objects.get(conversation=talk, by_persona=True)
    _, pen = writer(turn)
    pen.follow(ops(words))
    Turn.objects.update(state="done")
    return talk, turn


def test_from_the_talk_to_the_page_of_the_persona(vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    _, turn = answered(persona)
    address = reverse("talk-correct", args=[turn.pk])
    form = client.get(address).content.decode()
    assert "shall we get tea?" in form and "yes tea please" in form and "I’d say" in form
    assert client.post(address, {"instead": "  \n\n "}).status_code == 200
    assert not Correction.objects.exists()
    answer = client.post(address, {"instead": "never\n\nI am a coffee person, says Bea Quill"}, follow=True)
    assert "The next version learns it" in answer.content.decode()
    row = Correction.objects.get()
    body = vault.unseal(row, "body", row.body)
    assert b"coffee" not in bytes(row.body)
    assert "Quill" not in str(body), "names are surrogates, as in everything the owner types"
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert "learns from 1 correction of yours" in page
    assert "coffee person, says Bea Quill" in page, "for its owner names are back"
    client.post(reverse("correction-remove", args=[row.pk]))
    assert not Correction.objects.exists()


def test_a_studio_line_is_not_corrected(persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    _, turn = answered(persona)
    Conversation.objects.update(kind="studio")
    assert client.get(reverse("talk-correct", args=[turn.pk])).status_code == 404


def test_what_is_private_is_taken_out(vault: Vault, persona: Persona) -> None:
    kept(persona, "call me on +44 7911 123456, the card is 4539 5787 6362 1486")
    made, _ = corrections.dialogues(vault, persona)
    text, marks = made[0].turns[-1].bubbles[0].text, made[0].turns[-1].bubbles[0].marks
    assert "7911" not in text and "4539" not in text
    assert {m.kind for m in marks} == {"phone", "card"}
    with pytest.raises(Expected, match="2,000"):
        kept(persona, "a" * 2_001)


def test_only_the_words_of_the_owner_are_learnt(vault: Vault, persona: Persona) -> None:
    before = [*SAID, Line(ME_SPEAKER, (Bubble("hm"),)), *SAID]
    corrections.keep(persona=persona, others=["Bea"], before=before, said=WRONG, text="a\n\nb")
    made, ids = corrections.dialogues(vault, persona)
    assert len(made) == corrections.TIMES and len(ids) == 1
    assert len(corrections.dialogues(vault, persona, private=True)[0]) == 1
    (back,) = wire.unpacked(wire.packed(made[:1]))
    assert back == made[:1], "the pipe to the trainer carries what is learnt"
    assert [t.learn for t in made[0].turns] == [False, False, False, True]
    assert [b.text for b in made[0].turns[-1].bubbles] == ["a", "b"]


def test_repetitions_stay_context_in_the_trainer() -> None:
    """What `duplicates` takes out of learning must not come back by the pipe."""
    said = Line(ME_SPEAKER, (Bubble("the heron on our roof wears a crooked paper crown again"),))
    train, count = duplicates.once([Dialogue(("Bea",), (*SAID, said))] * 3)
    assert count == 2
    (back,) = wire.unpacked(wire.packed(train))
    assert [d.turns[-1].learn for d in back] == [True, False, False]


def test_a_training_says_that_it_has_them(vault: Vault, persona: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("one of these", "two of these", "three of these"):
        kept(persona, text)
    told: list[str] = []
    sent: list[Any] = []

    def stop_here(self: TrainerRun, head: dict[str, Any], body: bytes, relay: Any) -> dict[str, Any]:
        job = Job.objects.get(kind="personas.train")
        told.append(job.stage)
        sent.extend(wire.unpacked(body)[0])
        raise Expected("far enough")

    monkeypatch.setattr(TrainerRun, "run", stop_here)
    version = services.start_training(persona=persona, preset="quick")
    from apps.personas import tasks

    tasks.train(job_id=str(Job.objects.get(subject=version.pk).pk))
    assert told == ["starting the trainer, with 3 corrections"]
    texts = [d.turns[-1].text for d in sent if isinstance(d.turns[-1].speaker, Me)]
    assert texts.count("two of these") == corrections.TIMES
    version.refresh_from_db()
    assert manifests.why(vault, version) == ""
    Correction.objects.first().delete()  # type: ignore[union-attr]
    assert manifests.why(vault, version) == manifests.CORRECTED


def bits(tensors: dict[str, torch.Tensor], said: Dialogue) -> float:
    """How surprised a version is by the owner's words, in bits a token."""
    family = families.load("builtin", torch.float32)
    local.merge_adapter(family.model, tensors)
    coded = family.language.encode(said.others, said.turns, own=1.0, theirs=0.0, heads=0.0)
    ids, weights = torch.tensor([coded.ids]), torch.tensor(coded.weights[1:])
    with torch.inference_mode():
        model: Any = family.model
        logs = model(ids).logits[0, :-1].float().log_softmax(-1)
    lost = -logs.gather(1, ids[0, 1:, None])[:, 0] / math.log(2)
    return float((lost * weights).sum() / weights.sum())


def trained(train: list[Dialogue], folder: Path) -> dict[str, torch.Tensor]:
    """What the built-in base learns from these in three epochs."""
    config = TrainConfig(epochs=3.0, rank=8, length=64, rows=2, looks=1, checkpoint_seconds=1e9)
    prepared = preparing.prepare(config, train, [])
    return trainer.train(prepared, folder, b"k" * 32, "Bea", lambda _: None, Asked()).tensors


@pytest.fixture
def one_thread() -> Iterator[None]:
    """So small a model gains nothing from two, and loses much where the cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_the_next_version_has_learnt_it(vault: Vault, persona: Persona, tmp_path: Path) -> None:
    material = parts(80).train
    kept(persona)
    corrected, _ = corrections.dialogues(vault, persona)
    before = bits(trained(material, tmp_path / "without"), corrected[0])
    after = bits(trained([*material, *corrected], tmp_path / "with"), corrected[0])
    assert after < before - 0.5, (before, after)
