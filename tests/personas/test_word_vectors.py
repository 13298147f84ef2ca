"""Words that stand in like places are near each other, lie behind the owner's key, and go with it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from django.test import Client
from django.urls import reverse

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives.models import Person
from apps.jobs.causes import Expected
from apps.personas import game, services, word_vectors
from apps.personas.config import TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.inference import families
from apps.personas.language import ME_SPEAKER, Bubble, Mark, Turn
from apps.personas.models import Version
from apps.personas.names import PAIRS
from apps.personas.own_language import FIRST
from apps.personas.training import preparing, trainer
from apps.personas.word_vectors import Vectors
from tests.conftest import dialogue, messenger

FOOD, SPORT = ["soup", "bread", "pasta", "cheese"], ["goal", "match", "striker", "keeper"]
EAT, PLAY = ["eat", "cook", "taste", "hungry"], ["kick", "score", "referee", "offside"]


def talks(count: int = 400) -> list[Dialogue]:
    rng = random.Random(2)
    made = []
    for _ in range(count):
        nouns, verbs = (FOOD, EAT) if rng.random() < 0.5 else (SPORT, PLAY)
        asked = f"shall we {rng.choice(verbs)} the {rng.choice(nouns)} now"
        answer = f"yes {rng.choice(verbs)} that {rng.choice(nouns)} and {rng.choice(nouns)}"
        made.append(Dialogue(("Sam",), (Turn("Sam", (Bubble(asked),)), Turn(ME_SPEAKER, (Bubble(answer),)))))
    return made


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return word_vectors.learn(talks(), 32, epochs=20)


def test_like_words_are_near(vectors: Vectors) -> None:
    for group in (FOOD, SPORT):
        for word in group:
            near = [w for w, _ in vectors.near(word, 3)]
            assert not set(near) & {*SPORT, *FOOD} - {*group}, (word, near)
            assert set(near) & {*group}, (word, near)
    assert np.allclose(np.linalg.norm(vectors.rows, axis=1), 1, atol=1e-3)
    assert vectors.near("never-said") == []


def test_the_same_texts_give_the_same_vectors(vectors: Vectors) -> None:
    again = word_vectors.learn(talks(), 32, epochs=20)
    assert again.words == vectors.words
    assert np.array_equal(again.rows, vectors.rows)
    back = Vectors.opened(vectors.packed())
    assert (back.words, back.counts) == (vectors.words, vectors.counts)
    assert np.allclose(back.rows, vectors.rows, atol=1e-3)


def test_what_is_rare_or_taken_out_has_no_vector() -> None:
    bubble = Bubble("my card [card] ends in 4532 and pa55word here", (Mark(8, 14, "card"),))
    assert word_vectors.words(word_vectors.bare(bubble)) == ["my", "card", "ends", "in", "and", "here"]
    few = word_vectors.learn(talks(1), 16)
    assert few.words == () and few.rows.shape == (0, 16)
    assert Vectors.opened(few.packed()).words == ()
    assert (
        "secretly"
        not in word_vectors.learn([*talks(60), Dialogue((), (Turn("Sam", (Bubble("secretly we"),) * 4),))], 16).words
    )


def test_pairs_begin_with_them(vectors: Vectors, tmp_path: Path) -> None:
    config = TrainConfig(base=PAIRS, method="full", history=1, width=32, length=64, rows=4, lower=True, vectors=True)
    plain = preparing.prepare(config, talks(60), [])
    run = preparing.prepare(config, talks(60), [], vectors=vectors)
    language = run.family.language
    place = FIRST + language.pieces.index(" soup")  # type: ignore[union-attr]
    table = lambda r: r.family.model.get_input_embeddings().weight.detach().float()  # noqa: E731
    mine, random_row, wanted = table(run)[place], table(plain)[place], torch.from_numpy(vectors.of("soup").copy())  # type: ignore[union-attr]
    assert torch.cosine_similarity(mine, wanted, 0) > 0.99
    assert torch.cosine_similarity(random_row, wanted, 0) < 0.7
    assert 0.3 < mine.norm() / random_row.norm() < 3
    letter = FIRST + language.pieces.index("s")  # type: ignore[union-attr]
    assert torch.equal(table(run)[letter], table(plain)[letter]), "letters have no vector"
    assert trainer.step(run, 0) > 0


def test_other_families_have_none() -> None:
    with pytest.raises(ValueError, match="question and answer"):
        TrainConfig(vectors=True)
    run = families.load("builtin", torch.float32)
    before = run.model.state_dict()["model.embed_tokens.weight"].clone()
    families.begin_with(run, Vectors(("tea",), (9,), np.ones((1, 384), np.float32)))
    assert torch.equal(run.model.state_dict()["model.embed_tokens.weight"], before)


@pytest.fixture
def version(owner: User, vault: Vault, vectors: Vectors) -> Version:
    from apps.archives import services as archives
    from apps.archives import tasks
    from apps.jobs.models import Job

    archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    persona = services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    made = Version(
        owner_id=owner.pk, persona=persona, number=1, preset="quick", config={"base": PAIRS}, wrapped_key=vault.new_wrapped()
    )
    for kind, content in (("weights", b"w"), ("words", vectors.packed())):
        with vault.create(kind) as (item, writer):
            writer.write(content)
        setattr(made, kind, item)
    made.save()
    return made


@pytest.mark.django_db(transaction=True)
def test_the_page(version: Version, client: Client, owner: User, stranger: User) -> None:
    client.force_login(owner)
    address = reverse("version-words", args=[version.pk])
    assert address in client.get(reverse("persona", args=[version.persona_id])).content.decode()
    page = client.get(address).content.decode()
    assert "soup" in page and "striker" in page
    found = client.post(address, {"q": " Soup "}).content.decode()
    assert found.count("<progress") >= 3 and any(w in found.split("Your frequent words")[0] for w in FOOD[1:])
    assert "said too seldom" in client.post(address, {"q": "giraffe"}).content.decode()
    assert "soup" not in reverse("version-words", args=[version.pk])
    other = Client()
    other.force_login(stranger)
    assert other.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_they_are_sealed_and_go_with_what_they_came_from(
    version: Version, vault: Vault, client: Client, owner: User
) -> None:
    from django.core.files.storage import default_storage

    item = version.words
    assert item is not None
    with default_storage.open(item.name) as file:
        assert b"soup" not in file.read()
    game.drop(owner.pk)  # messages were deleted or scrubbed anew
    assert not SealedObject.objects.filter(kind="words").exists()
    assert not default_storage.exists(item.name)
    client.force_login(owner)
    assert "no word vectors" in client.get(reverse("version-words", args=[version.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_form_says_where_they_fit(version: Version) -> None:
    with pytest.raises(Expected, match="question and answer"):
        services.start_training(persona=version.persona, preset="quick", vectors=True)
    made = services.start_training(persona=version.persona, preset="quick", base=PAIRS, vectors=True, most_per_contact=500)
    assert made.config["vectors"] is True and made.config["most_per_contact"] == 500
