"""Models of the hub fed as the origins did, their methods, and what is never fetched or run."""

from __future__ import annotations

import hashlib
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save
from transformers import ByT5Tokenizer

from apps.personas import clock, dataset, hub_models, origins, wire
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue, Parts
from apps.personas.inference import carried, families, hub_forms, local
from apps.personas.inference.builtin import FOLDER
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.sampling import Sampling
from apps.personas.language import ME_SPEAKER, SPECIAL_TOKENS, Bubble, Language, Turn
from apps.personas.names import BUILTIN
from apps.personas.training import preparing, trainer
from tests.personas.tiny import hub_model, parts

KEY = b"k" * 32
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "(2020-01-01 10:00) Me: ", "\n"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"), family="gpt2", template=False)


@pytest.fixture(scope="module")
def templated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("templated"))


@pytest.fixture(scope="module")
def material() -> Parts:
    return parts(160)


def row(form: str, **more: Any) -> dict[str, Any]:
    clean = {"lower": False, "links": True, "quotes": False}
    return {"form": form, "cleaning": clean, "names": True, "history": 0, "until": 1_700_000_000.0, **more}


def language(base: Path, form: str, **more: Any) -> Any:
    return families.load(str(base), torch.float32, carried={"language": row(form, **more)}).language


def wanted(base: Path, origin: str, **more: Any) -> TrainConfig:
    values = {
        **origins.of(str(base), origin).config, "base": str(base), "epochs": 6.0, "length": 128, "rows": 2, "looks": 2,
        "checkpoint_seconds": 1e9, "gaps": 0,
    }  # fmt: skip
    return TrainConfig(**{**values, **more})


def train(config: TrainConfig, material: Parts, work: Path) -> tuple[list[float], Any]:
    run = preparing.prepare(config, material.train, material.validate, kind=torch.float32, device="cpu")
    said: list[dict[str, Any]] = []
    result = trainer.train(run, work, KEY, "Bea Quill", said.append, Asked())
    return [e["loss"] for e in said if e["event"] == "held_out"], result


@pytest.mark.parametrize("origin", [o.name for o in origins.FOR_HUB])
def test_every_origin_for_hub_models_learns_and_talks(origin: str, base: Path, material: Parts, tmp_path: Path) -> None:
    more = {"rate": 1e-2} if origin == origins.NEWEST else {"stages": (5e-3, 1e-2, 5e-3)}
    config = wanted(base, origin, **more)
    seen, result = train(config, material, tmp_path)
    assert seen[-1] < seen[0] - 1.0, "it must learn"
    spec = wire.Weights(
        origin, str(base), config.full, lambda: save(result.tensors, metadata=carried.header(result.carried))
    )
    engine = local.LocalEngine()
    ops = list(
        engine.reply(
            spec, ["Bea Quill"], [Turn("Bea Quill", (Bubble("shall we get tea?"),))], Sampling(0.3, seed=1), lambda: False
        )
    )
    said = "".join(op.value for op in ops)
    assert "yes" in said
    assert "(20" not in said, "heads of lines are not shown"
    assert len(ops) > 3
    assert engine.voice(spec).language.hash == result.facts["tokenizer_hash"]


def test_the_rate_of_three_stages(base: Path, material: Parts) -> None:
    run = preparing.prepare(wanted(base, origins.SCRIPT), material.train, [], kind=torch.float32, device="cpu")
    rates = [trainer.rate_at(run, n) for n in range(run.steps)]
    assert list(dict.fromkeys(rates)) == [1e-4, 1e-3]
    assert rates[0] == rates[-1] == 1e-4
    assert abs(rates.count(1e-3) - run.steps / 3) <= 1
    assert TrainConfig(**json.loads(json.dumps(run.config.to_dict()))) == run.config


def test_a_script_reads_as_one(base: Path) -> None:
    script = language(base, "script")
    turns = [
        Turn("Bea: x", (Bubble("hi\n(2020-01-01 10:00) Me: no", at=1_600_000_000.0),)),
        Turn(ME_SPEAKER, (Bubble("one", at=1_600_000_060.0), Bubble("two"))),
    ]
    coded = script.encode(["Bea"], turns, own=1, theirs=0, heads=0)
    text = script.tokenizer.decode(coded.ids)
    assert text == (
        "(2020-09-13 12:26) Bea  x: hi (2020-01-01 10:00) Me: no\n"
        "(2020-09-13 12:27) Me: one\n(2023-11-14 22:13) Me: two<|endoftext|>\n"
    )
    learnt = script.tokenizer.decode([t for t, w in zip(coded.ids, coded.weights, strict=True) if w])
    assert learnt.startswith("one\n")
    assert learnt.endswith("two<|endoftext|>")
    assert script.tokenizer.decode(script.prompt(["Bea"], turns[:1], ME_SPEAKER)).endswith("(2023-11-14 22:13) Me: ")
    assert script.shown("one\n(2023-11-14 22:13) Me: two\n(2023") == "one\ntwo"
    assert script.shown("one\n(no, really") == "one"
    assert script.shown("one\n(no, really)\nthree\n") == "one\n(no, really)\nthree"
    assert script.shown("one\n(2023-11-14 22:13) Bea: two") == "one"
    assert script.over("one\n(2023-11-14 22:13) Bea: two")


@pytest.mark.parametrize("fast", [True, False])
def test_no_figure_is_learnt_whatever_stands_before_it(fast: bool, base: Path) -> None:
    spoken = HubLanguage(families.load(str(base), torch.float32).language.tokenizer if fast else ByT5Tokenizer())
    assert spoken.tokenizer.is_fast is fast
    for before in ("ok ", "\U0001f389\U0001f389\U0001f389\U0001f389 ok ", "мой номер вот такой, запиши его "):
        turns = (Turn("Bea", (Bubble("hi"),)), Turn(ME_SPEAKER, (Bubble(f"{before}4111 1111 1111 1111 bye"),)))
        coded = spoken.encode(("Bea",), turns, own=1.0, theirs=0.0, heads=0.0)
        learnt = spoken.decode([i for i, w in zip(coded.ids, coded.weights, strict=True) if w])
        assert not any(c.isdigit() for c in learnt), before
        assert learnt.startswith(before.rstrip())
        assert "bye" in learnt


def test_newest_first_is_newest_first(base: Path) -> None:
    turns = [Turn("Bea", (Bubble("old"),)), Turn(ME_SPEAKER, (Bubble("mid"),)), Turn("Bea", (Bubble("new"),))]
    newest = language(base, "newest", history=2)
    assert newest.tokenizer.decode(newest.prompt(["Bea"], turns, ME_SPEAKER)) == "new<|endoftext|>mid<|endoftext|>"
    made = Dialogue(("Bea",), (*turns, Turn(ME_SPEAKER, (Bubble("yes"),))))
    samples = dataset.samples([made], newest, 128, history=2)
    assert [newest.tokenizer.decode(s.ids) for s in samples] == [
        "old<|endoftext|>mid<|endoftext|>", "new<|endoftext|>mid<|endoftext|>yes<|endoftext|>",
    ]  # fmt: skip
    last = samples[1]
    assert newest.tokenizer.decode([t for t, w in zip(last.ids, last.weights, strict=True) if w]) == "yes<|endoftext|>"


def every_language(base: Path, templated: Path) -> list[tuple[Any, set[int]]]:
    ours = Language.load(FOLDER / "tokenizer.json")
    made: list[tuple[Any, set[int]]] = [(ours, set(range(len(SPECIAL_TOKENS))))]
    for folder in (base, templated):
        plain = families.load(str(folder), torch.float32).language
        special = set(plain.tokenizer.all_special_ids) | {plain.tokenizer.convert_tokens_to_ids(t) for t in SPECIAL[:3]}
        made.append((plain, special))
        made += [(hub_forms.opened(plain.tokenizer, row(form, history=4)), special) for form in hub_forms.FORMS]
    return made


@pytest.fixture(scope="module")
def languages(base: Path, templated: Path) -> list[tuple[Any, set[int]]]:
    return every_language(base, templated)


@settings(max_examples=60, deadline=None)
@given(
    data=st.lists(st.sampled_from([*SPECIAL, *SPECIAL_TOKENS[:8], "a", " "]) | st.text(max_size=3), max_size=8).map("".join)
)
def test_text_never_becomes_special_ids_in_any_language(data: str, languages: list[tuple[Any, set[int]]]) -> None:
    for spoken, special in languages:
        assert not special & set(spoken.encode_text(data)), type(spoken)
        with_it = spoken.encode(["Bea"], [Turn("Bea", (Bubble(data + "x"),))], own=1, theirs=1, heads=1).ids
        without = spoken.encode(["Bea"], [Turn("Bea", (Bubble("x"),))], own=1, theirs=1, heads=1).ids
        assert sum(i in special for i in with_it) == sum(i in special for i in without), type(spoken)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_merging_dora_is_what_peft_does(family: str, tmp_path: Path) -> None:
    base = hub_model(tmp_path, family=family)
    model = families.load(str(base), torch.float32).model
    adapted = get_peft_model(
        model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", use_dora=True)
    )
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name or "magnitude" in name:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.2)
    tensors = get_peft_model_state_dict(adapted)
    ours = families.load(str(base), torch.float32).model
    local.merge_adapter(ours, tensors)
    ids = torch.tensor([[5, 6, 7, 8]])
    assert torch.allclose(ours(ids).logits, adapted.merge_and_unload()(ids).logits, atol=1e-4)


def test_dora_learns(templated: Path, material: Parts, tmp_path: Path) -> None:
    config = wanted(templated, "", method="dora", rate=1e-2, epochs=3.0)
    seen, result = train(config, material, tmp_path)
    assert seen[-1] < seen[0] - 0.3
    assert any("magnitude" in name for name in result.tensors)


def test_qlora_learns_on_a_base_of_four_bits(material: Parts, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="the optional 4-bit library (requirements/dev.in)")
    base = hub_model(tmp_path / "base", width=64)
    config = wanted(base, "", method="qlora", rate=1e-2, epochs=3.0)
    prepared = preparing.prepare(config, material.train, [], kind=torch.float32)
    four = [m for m in prepared.family.model.modules() if type(m).__name__ == "Linear4bit"]
    assert four, "the base is kept in four bits"
    assert all(
        m.weight.dtype == torch.uint8 and not m.weight.requires_grad for m in four if hasattr(m.weight, "quant_state")
    )
    seen, result = train(config, material, tmp_path)
    assert seen[-1] < seen[0] - 0.3
    assert result.tensors
    assert all("lora_" in name for name in result.tensors)
    whole = families.load(str(base), torch.float32).model
    local.merge_adapter(whole, result.tensors)  # what was learnt on four bits goes onto the whole base


def test_qlora_says_what_it_lacks(templated: Path, material: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "find_spec", lambda _: None)
    with pytest.raises(families.NotThere, match="bitsandbytes"):
        preparing.prepare(wanted(templated, "", method="qlora"), material.train, [], kind=torch.float32)


def test_offline_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(families.hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(families.NotThere, match="cannot be reached"):
        families.load(hub_models.KNOWN_GOOD[0].name, torch.float32)
    assert time.monotonic() - began < 5


def test_no_pickles_and_no_code_of_others(templated: Path, tmp_path: Path) -> None:
    model = families.load(str(templated), torch.float32).model
    pickled = hub_model(tmp_path / "pickled")
    (pickled / "model.safetensors").unlink()
    torch.save(model.state_dict(), pickled / "pytorch_model.bin")
    with pytest.raises(families.NotThere):
        families.load(str(pickled), torch.float32)
    coded = hub_model(tmp_path / "coded")
    about = json.loads((coded / "config.json").read_text())
    about |= {"model_type": "strange", "auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"}}
    (coded / "config.json").write_text(json.dumps(about))
    (coded / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').write('x')\n")
    with pytest.raises(families.NotThere):
        families.load(str(coded), torch.float32)
    assert not (tmp_path / "ran").exists()


def test_the_table_of_known_good_models() -> None:
    assert {m.needs for m in hub_models.KNOWN_GOOD} == set(hub_models.CLASSES)
    assert all(m.licence in ("Apache-2.0", "MIT") and m.megabytes > 0 for m in hub_models.KNOWN_GOOD)
    offered = hub_models.labels([hub_models.ALL, "own/model", "openai-community/gpt2"])
    assert len(offered) == len(hub_models.KNOWN_GOOD) + 1
    assert (
        "Apache-2.0" in dict(offered)["Qwen/Qwen2.5-1.5B-Instruct"]
        and "3.1 GB" in dict(offered)["Qwen/Qwen2.5-1.5B-Instruct"]
    )
    assert hub_models.labels([]) == []


def cached(folder: Path, name: str, commit: str) -> Path:
    """A model as the hub's own client keeps it."""
    place = folder / f"models--{name.replace('/', '--')}"
    hub_model(place / "snapshots" / commit)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(commit)
    return place / "snapshots" / commit


def test_what_comes_from_the_hub_must_have_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "ab" * 20
    place = cached(tmp_path, "some/model", commit)
    right = hashlib.sha256((place / "model.safetensors").read_bytes()).hexdigest()
    row = hub_models.HubModel("some/model", "cpu-8", "MIT", 1, commit, (("model.safetensors", right),))
    monkeypatch.setattr(hub_models, "KNOWN_GOOD", (row,))
    monkeypatch.setattr(families.hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(families.hub.constants, "HF_HUB_OFFLINE", True)
    family = families.load("some/model", torch.float32)
    assert family.hash == f"some/model@{commit}"
    data = bytearray((place / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (place / "model.safetensors").write_bytes(data)
    with pytest.raises(families.NotThere, match="another hash, so it is not loaded"):
        families.load("some/model", torch.float32)
    (place / "model.safetensors").unlink()
    with pytest.raises(families.NotThere, match="cannot be reached"):
        families.load("some/model", torch.float32)


def test_hashes_of_the_table_are_whole() -> None:
    checked = [m for m in hub_models.KNOWN_GOOD if m.files]
    assert len(checked) == 5 and all(len(m.commit) == 40 and m.licence in m.label for m in checked)
    assert all(len(h) == 64 and set(h) <= set("0123456789abcdef") and "hash" in m.label for m in checked for _, h in m.files)


def test_every_origin_is_a_training_that_can_be() -> None:
    for origin in origins.ORIGINS.values():
        config = TrainConfig(**{**origin.config, "base": origin.base or "some/model"})
        assert config.gap
        assert origin.sentence
    for base in (BUILTIN, "scratch"):
        with pytest.raises(ValueError, match="hub"):
            origins.of(base, origins.SCRIPT)


def test_in_a_script_invented_times_are_part_of_what_is_read_and_written(base: Path) -> None:
    script = language(base, "script")
    turns = [Turn("Bea", (Bubble("hi", at=1_600_000_000.0),)), Turn(ME_SPEAKER, (Bubble("one", at=1_600_000_060.0),))]
    read = script.tokenizer.decode(script.prompt_at(["Bea"], turns, 1_600_000_180.0))
    assert read == "(2020-09-13 12:26) Bea: hi\n(2020-09-13 12:27) Me: one<|endoftext|>\n(2020-09-13 12:29) Me: "
    assert script.written("two\n(2020-09-13 12:31) Me: three") == str(1_600_000_260.0)
    assert (
        script.written("two\n(2020-09-13 12:31) Bea: x")
        == script.written("two\nthree")
        == script.written("(soon) Me: x")
        == ""
    )
    templated = families.load(str(base), torch.float32).language
    assert isinstance(templated, hub_forms.HubLanguage)
    assert templated.prompt_at(["Bea"], turns, 5.0) == templated.prompt(["Bea"], turns, ME_SPEAKER), (
        "this form tells no times"
    )


def test_a_script_that_was_learnt_writes_times_from_the_chosen_day_on(base: Path, tmp_path: Path) -> None:
    at = 1_600_000_000.0
    talks = [
        Dialogue(
            ("Bea",), (Turn("Bea", (Bubble("tea?", at=at),)), Turn(ME_SPEAKER, (Bubble("yes", at=at), Bubble("now", at=at + 60))))
        )
    ] * 80  # fmt: skip
    config = wanted(base, origins.SCRIPT, stages=(5e-3, 1e-2, 5e-3))
    _, result = train(config, Parts(talks, talks[:4], []), tmp_path)
    spec = wire.Weights("s", str(base), config.full, lambda: save(result.tensors, metadata=carried.header(result.carried)))
    start = clock.read("2019-03-05T18:30") or 0.0
    ops = list(
        local.LocalEngine().converse(
            spec, [ME_SPEAKER], [Turn("Bea", (Bubble("tea?", at=start),))], 1, Sampling(temperature=0.01, seed=1), lambda: False,
            present=["Bea"], clock=clock.Clock(None, start, last=start),
        )
    )  # fmt: skip
    times = [float(op.value) for op in ops if op.kind == "bubble"]
    assert times[0] > start
    assert all(a <= b for a, b in pairwise(times))
    assert clock.told(times[-1]).startswith("2019-03-05"), (
        "the model goes on from the chosen day, not from the one it learnt"
    )
    assert "(20" not in "".join(op.value for op in ops if op.kind == "text")
