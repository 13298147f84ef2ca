"""A voice taken along loads in stock peft and says the same; brought back it is checked before a byte is believed."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load, save
from transformers import AutoModelForCausalLM

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.archives.receiving import SealedUpload
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import carrying, hub_layout, selectors, services
from apps.personas.config import TrainConfig
from apps.personas.hub_layout import NotOurs
from apps.personas.inference import carried, families, local
from apps.personas.models import Persona, Version
from tests.conftest import dialogue, messenger
from tests.personas.tiny import hub_model

pytestmark = [pytest.mark.django_db(transaction=True)]


NAMES = ("Ann", "Bea", "Quill", "Roe")
FORMS = ("persona-download", "persona-merged", "persona-gguf")


def adapter(rank: int = 4) -> bytes:
    torch.manual_seed(3)
    model = get_peft_model(
        families.load("builtin", torch.float32).model,
        LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False),
    )
    return save({k: v.contiguous() for k, v in get_peft_model_state_dict(model).items()})


@pytest.fixture
def persona(owner: User, vault: Vault) -> Persona:
    archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
    archive_tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    made = services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    base = families.load("builtin", torch.float32)
    version = Version(
        owner_id=owner.pk, persona=made, number=1, preset="quick", config=TrainConfig(rank=4).to_dict(), base_hash=base.hash,
        tokenizer_hash=base.language.hash, template_version=1, wrapped_key=vault.new_wrapped(), facts={"leaks": {"verdict": "green"}},
    )  # fmt: skip
    with vault.create("weights") as (item, writer):
        writer.write(adapter())
    version.weights = item
    version.save()
    return made


def exported(vault: Vault, persona: Persona) -> bytes:
    return b"".join(carrying.export(vault, persona))


def brought(vault: Vault, persona: Persona, data: bytes) -> Version:
    file = io.BytesIO()
    item = SealedObject(id=uuid4(), owner_id=vault.owner_id, kind="upload", wrapped_key=vault.new_wrapped())
    writer = vault.writer(item, file)
    writer.write(data)
    writer.close()
    file.seek(0)
    return carrying.bring(vault=vault, persona=persona, upload=SealedUpload(file, "voice.zip", len(data), item))


def test_stock_peft_loads_it_and_says_the_same(vault: Vault, persona: Persona, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(vault, persona))) as archive:
        archive.extractall(tmp_path)
    stock = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32), tmp_path)
    version = selectors.current(persona)
    assert version is not None
    ours = families.load("builtin", torch.float32).model
    local.merge_adapter(ours, load(selectors.weights(vault, version).load()))
    ids = torch.tensor([[1, 300, 400, 2, 5, 3, 500]])
    with torch.inference_mode():
        theirs, mine = stock(ids).logits, ours(ids).logits.float()
    assert torch.allclose(theirs, mine, atol=2e-3)
    before = AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32)(ids).logits
    assert not torch.allclose(theirs, before, atol=1e-1), "the adapter did nothing"
    card = (tmp_path / "README.md").read_text()
    assert "AI imitation" in card
    for name in NAMES:
        assert name not in card + (tmp_path / "voice.json").read_text()


def test_it_comes_back_and_stays_here(vault: Vault, persona: Persona) -> None:
    made = brought(vault, persona, exported(vault, persona))
    assert made.number == 2
    assert made.weights is not None
    assert vault.read(made.weights) == adapter()
    assert selectors.standing(persona).stays == selectors.UNCHECKED
    with pytest.raises(Expected, match="not checked for leaks"):
        carrying.export(vault, persona)


@pytest.mark.parametrize("verdict", ["red", "consent"])
def test_what_may_not_leave_does_not(verdict: str, vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    if verdict == "red":
        Version.objects.update(facts={"leaks": {"verdict": "red"}})
    else:
        from apps.privacy import services as privacy

        privacy.consent(vault=vault, subject=persona.pk, basis="none")
    client.force_login(owner)
    for route in FORMS:
        answer = client.get(reverse(route, args=[persona.pk]))
        assert answer.status_code == 302
        assert reverse(route, args=[persona.pk]) not in client.get(answer["Location"]).content.decode()


def test_the_page_offers_three_forms(persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert all(reverse(route, args=[persona.pk]) in page for route in FORMS)
    Version.objects.update(config=TrainConfig(base="char-gru", method="full").to_dict())
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert [reverse(route, args=[persona.pk]) in page for route in FORMS] == [True, False, False]
    assert "our own" in page


def test_merged_weights_load_in_stock_transformers(vault: Vault, persona: Persona, tmp_path: Path) -> None:
    data = b"".join(carrying.whole(vault, persona))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    stock = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    ours = families.load("builtin", torch.float32).model
    local.merge_adapter(ours, load(adapter()))
    for value in ours.parameters():
        value.data = value.data.to(torch.bfloat16).float()  # the number type of the base
    ids = torch.tensor([[1, 300, 400, 2, 5, 3, 500]])
    with torch.inference_mode():
        assert torch.allclose(stock(ids).logits, ours(ids).logits, atol=1e-4)
    told = (tmp_path / "README.md").read_text() + (tmp_path / "voice.json").read_text()
    assert "AI imitation" in told
    assert not any(name in told for name in NAMES)
    with pytest.raises(Expected, match="adapter"):
        brought(vault, persona, data)


def test_a_gguf_file_is_of_the_size_that_was_said(vault: Vault, persona: Persona) -> None:
    data = b"".join(carrying.gguf(vault, persona))
    version = selectors.current(persona)
    assert version is not None
    assert data[:4] == b"GGUF"
    said = carrying.forms(version)[-1].size
    assert 0.9 < len(data) / said < 1.1
    assert not any(name.encode() in data for name in ("Bea Quill", "Ann Roe", "Quill"))


def test_another_edition_of_the_base_is_not_merged(vault: Vault, persona: Persona) -> None:
    Version.objects.update(base_hash="0" * 64)
    for make in (carrying.whole, carrying.gguf):
        with pytest.raises(Expected, match="another edition"):
            make(vault, persona)


def changed(data: bytes, **members: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            short = name.split(".")[0].split("/")[-1]
            content = old.read(name)
            new.writestr(name, members[short](content) if short in members and not name.startswith("base/") else content)
    return out.getvalue()


def facts(**change: Any) -> Any:
    def apply(content: bytes) -> bytes:
        found = json.loads(content)
        for key, value in change.items():
            found["config" if key in found["config"] else key] = (
                {**found["config"], key: value} if key in found["config"] else value
            )
        return json.dumps(found).encode()

    return apply


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"adapter_model": lambda c: c[:-1]}, "damaged"),
        ({"adapter_model": lambda c: c[:200] + b"\0" + c[201:]}, "damaged"),
        ({"voice": lambda c: b"{}"}, "not a voice"),
        ({"voice": lambda c: b"[" * 5_000}, "not a voice"),
        ({"voice": facts(rank=8)}, "another base"),
        ({"voice": facts(rank=10**9)}, "make no sense"),
        ({"voice": facts(base="/etc")}, "not on this machine"),
        ({"voice": facts(base="../../secret")}, "not on this machine"),
        ({"voice": facts(base_hash="0" * 64)}, "another edition"),
        ({"voice": facts(template_version=9)}, "another version of the site"),
        ({"voice": facts(full=True)}, "not a voice"),
    ],
)
def test_what_was_changed_is_refused(change: dict[str, Any], sentence: str, vault: Vault, persona: Persona) -> None:
    data = changed(exported(vault, persona), **change)
    with pytest.raises(Expected, match=sentence):
        brought(vault, persona, data)
    assert Version.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": float("nan")}, {"temperature": "warm"}, {"epochs": float("inf")}, {"seed": 10**400}, {"rank": 4.5},
        {"learn_others": "no"}, {"private": 0}, {"context": ["relations"]},
    ],
)  # fmt: skip
def test_settings_of_another_kind_are_refused(change: dict[str, Any], vault: Vault, persona: Persona) -> None:
    with pytest.raises(Expected, match="make no sense"):
        brought(vault, persona, changed(exported(vault, persona), voice=facts(**change)))


def test_a_form_that_makes_no_sense_is_refused() -> None:
    good = carried.make(TrainConfig(base="tiny", method="full", form="script"), [])
    assert good["language"]["until"] is None
    for bad in ({"until": 1e30}, {"until": "x"}, {"form": "other"}, {"history": 1e9}, {"cleaning": {"a": 1}}, {"names": []}):
        row = {"language": {**good["language"], **bad}}
        assert not carried.sound(save({"a": torch.zeros(1)}, metadata=carried.header(row)), "tiny"), bad
    whole = save({"a": torch.zeros(1)}, metadata=carried.header(good))
    assert carried.sound(whole, "tiny")
    assert not carried.sound(whole, "builtin")
    assert carried.sound(save({"a": torch.zeros(1)}), "builtin")
    assert not carried.sound(save({"a": torch.zeros(1)}, metadata={"facts": "[1]"}), "tiny")


@pytest.mark.parametrize("since", [1e30, "x", float("nan"), None])
def test_only_what_talking_needs_is_taken_over(
    since: Any, vault: Vault, persona: Persona, client: Client, owner: User
) -> None:
    told = facts(since=since, until=since, continues="0" * 9, temperature=0.4, learn_others=True)
    made = brought(vault, persona, changed(exported(vault, persona), voice=told))
    usual = TrainConfig(rank=4, temperature=0.4, learn_others=True).to_dict()
    assert made.config == usual
    client.force_login(owner)
    assert client.get(reverse("persona", args=[persona.pk])).status_code == 200


@pytest.mark.parametrize(("family", "dora"), [("llama", False), ("llama", True), ("gpt2", False), ("gpt2", True)])
def test_an_adapter_of_a_hub_model_goes_and_comes_back(
    family: str, dora: bool, vault: Vault, persona: Persona, settings: Any, tmp_path: Path
) -> None:
    settings.MODELS_DIR = tmp_path
    base = families.load(str(hub_model(tmp_path / "tiny", family=family)), torch.float32)
    wanted = LoraConfig(
        r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False, use_dora=dora
    )
    model = get_peft_model(base.model, wanted)
    for name, value in model.named_parameters():
        if "magnitude" in name:
            value.data *= 1.7
    with vault.create("weights") as (item, writer):
        writer.write(save({k: v.contiguous() for k, v in get_peft_model_state_dict(model).items()}))
    config = TrainConfig(base="tiny", rank=4, method="dora" if dora else "lora").to_dict()
    Version.objects.update(weights=item, config=config, base_hash=base.hash, tokenizer_hash=base.language.hash)
    data = exported(vault, persona)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "out")
    fresh = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny", dtype=torch.float32)
    ids = torch.tensor([[5, 20, 30, 40, 50]])
    with torch.inference_mode():
        assert torch.allclose(PeftModel.from_pretrained(fresh, tmp_path / "out")(ids).logits, model(ids).logits, atol=1e-4)
    assert brought(vault, persona, data).number == 2
    with pytest.raises(Expected, match="another base"):
        brought(vault, persona, changed(data, voice=facts(method="lora" if dora else "dora")))


def test_a_family_of_our_own_says_what_is_in_its_file(vault: Vault, persona: Persona) -> None:
    config = TrainConfig(base="seq2seq-lstm", method="full", history=1).to_dict()
    Version.objects.update(config=config)
    version = selectors.current(persona)
    assert version is not None
    form = carrying.forms(version)[0]
    assert "frequent words" in form.sentence
    assert "cannot be brought back" in form.sentence
    data = exported(vault, persona)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        card = archive.read("README.md").decode()
    assert "frequent words" in card
    assert "no text of the training" not in card.lower()
    assert "AutoModel" not in card
    with pytest.raises(Expected, match="cannot be brought back"):
        brought(vault, persona, data)


def test_without_its_base_no_way_back_is_promised(persona: Persona) -> None:
    Version.objects.update(config=TrainConfig(base="far/away").to_dict())
    version = selectors.current(persona)
    assert version is not None
    assert "where its base model is in MODELS_DIR" in carrying.forms(version)[0].sentence


def test_no_zip_at_all(vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    for content in (b"", b"hello", exported(vault, persona)[:5_000]):
        page = client.post(
            reverse("persona-bring", args=[persona.pk]), {"voice": SimpleUploadedFile("v.zip", content)}, follow=True
        )
        assert page.status_code == 200
    assert Version.objects.count() == 1
    client.post(
        reverse("persona-bring", args=[persona.pk]), {"voice": SimpleUploadedFile("v.zip", exported(vault, persona))}
    )
    assert Version.objects.count() == 2


def header(rows: dict[str, Any], data: bytes) -> bytes:
    head = json.dumps(rows).encode()
    return struct.pack("<Q", len(head)) + head + data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff" * 8, struct.pack("<Q", 2**63) + b"{}", header({}, b""), header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"123"),
        header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}, b"1234"),
        header({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, b"12345678"),
        header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
        header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}}, b""), header({"a": 3}, b""),
    ],
)  # fmt: skip
def test_headers_that_lie_are_refused(data: bytes) -> None:
    with pytest.raises(NotOurs):
        hub_layout.tensors(data)
