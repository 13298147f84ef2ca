"""The built-in base: pretraining stops and goes on as if it never had, and its experiments differ where they say."""

import json
import lzma
import shutil
from pathlib import Path

import pytest
import torch
from django.core.management import CommandError, call_command

from apps.personas.evaluation import bench_base
from apps.personas.inference import builtin, families
from apps.personas.inference.builtin import Shape
from apps.personas.inference.generate import Voice
from apps.personas.language import Bubble, Language, Turn
from apps.personas.training import corpus
from apps.personas.training.optimizer import Float32Muon
from apps.personas.training.pretrain import PretrainConfig, pretrain

SMALL = Shape(layers=1, width=64, inner=128, heads=1, pairs=1)
WORDS = "the tea is cold again so we wait for a bus that never comes and talk of rivers maps and bread".split()
AGAIN = "we both walk to the station every morning and we never once met there until last week"


def talk(source: str, number: int, first: str = "") -> dict:
    said = first or " ".join(WORDS[(number * 7 + n * (number % 5 + 1)) % len(WORDS)] for n in range(12))
    return {"source": source, "id": str(number), "turns": [["A", said], ["B", f"{number} {said[::-1]}"], ["A", "ok"]]}


@pytest.fixture
def data(tmp_path):
    for name in corpus.MIX:
        with lzma.open(tmp_path / f"dialogues-{name}.jsonl.xz", "wt") as file:
            for number in range(150 if name == "gitter" else 8):
                file.write(json.dumps(talk(name, number)) + "\n")
    return tmp_path


def out(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(builtin.FOLDER / "tokenizer.json", folder)
    return folder


def config(**changes) -> PretrainConfig:
    return PretrainConfig(**{"tokens": 6 * 2 * 64, "rows": 2, "length": 64, "warmup": 2, "shape": SMALL, **changes})


def test_a_pretraining_that_was_stopped_ends_as_one_that_was_not(data, tmp_path):
    whole = pretrain(data, out(tmp_path, "whole"), tmp_path / "w1", config(), lambda _: None)
    folder = out(tmp_path, "cut")
    pretrain(data, folder, tmp_path / "w2", config(), lambda _: None, 3)
    said: list[str] = []
    cut = pretrain(data, folder, tmp_path / "w2", config(), said.append)
    assert said[0].endswith("6 steps, from 3")
    for name, one in whole.state_dict().items():
        assert torch.equal(one, cut.state_dict()[name]), name
    last = json.loads((folder / "training.jsonl").read_text().splitlines()[-1])
    assert last["step"] == 6 and 0 < last["bits_per_byte"] < 60
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 64


def test_a_base_may_be_read_further(data, tmp_path):
    first = pretrain(data, out(tmp_path, "first"), tmp_path / "w1", config(), lambda _: None)
    further = config(start=str(tmp_path / "first"), rate=1e-9, decay=0.0)
    again = pretrain(data, out(tmp_path, "again"), tmp_path / "w2", further, lambda _: None, 1)
    for name, one in first.state_dict().items():
        assert torch.allclose(one.float(), again.state_dict()[name].float(), atol=1e-2), name
    assert json.loads((tmp_path / "again" / "config.json").read_text())["useful_length"] == 64
    with pytest.raises(CommandError, match=r"no model\.safetensors"):
        call_command("pretrain_base", data=str(data), work=str(tmp_path / "w3"), start=str(data))


def test_the_optimizer_in_float32_steps_as_the_librarys_does():
    torch.manual_seed(1)
    begin = [torch.randn(48, 96), torch.randn(96, 48)]
    ours, theirs = ([one.clone().requires_grad_() for one in begin] for _ in range(2))
    options = {"lr": 0.01, "weight_decay": 0.05, "adjust_lr_fn": "match_rms_adamw"}
    steppers = Float32Muon(ours, **options), torch.optim.Muon(theirs, **options)
    for _ in range(5):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn_like(one)
            other.grad = one.grad.clone()
        for stepper in steppers:
            stepper.step()
    for one, other, old in zip(ours, theirs, begin, strict=True):
        assert (one - other).norm() < 0.03 * (one - old).norm(), "they differ by bfloat16's rounding alone"
    assert torch.equal(steppers[0].state[ours[0]]["momentum_buffer"], steppers[1].state[theirs[0]]["momentum_buffer"])


def test_talks_are_cut_where_the_base_stops_understanding():
    family = families.load("builtin", torch.float32)
    voice = Voice(family)
    assert voice.context == builtin.USEFUL < family.model.config.max_position_embeddings
    turns = [Turn("Sam", (Bubble(f"{number} and then we talk of something else again"),)) for number in range(200)]
    prompt = voice._fitting(["Sam"], turns, None)
    assert 300 < len(prompt) < builtin.USEFUL - 100
    assert "199 and then" in family.language.decode(prompt) and " 20 and then" not in family.language.decode(prompt)
    family.model.config.useful_length = 5_000
    assert Voice(family).context == family.model.config.max_position_embeddings


def test_a_mix_decides_what_is_read_and_never_what_is_judged_on(data):
    language = Language.load(builtin.FOLDER / "tokenizer.json")
    plain, only = (corpus.Corpus(data, language, mix) for mix in (corpus.MIX, {"gitter": 1.0}))
    assert [row["id"] for row in plain.test] == [row["id"] for row in only.test] != []
    assert len(only.stream(1, 0)[0]) < len(plain.stream(1, 0)[0])
    assert sum(weight for weight, _ in only.train) == sum(row["source"] == "gitter" for _, row in only.train)


@pytest.mark.parametrize(("repeats", "kept"), [("kept", 3), ("exact", 2), ("near", 1)])
def test_repeats_are_kept_or_read_once_or_told_by_what_they_share(data, repeats, kept):
    language = Language.load(builtin.FOLDER / "tokenizer.json")
    numbers = [n for n in range(9_000, 9_100) if not corpus.held_out({"source": "casino", "id": str(n)})]
    twice = [talk("casino", n, AGAIN) | {"turns": [["A", AGAIN], ["B", "oh"]]} for n in numbers[:2]]
    near = talk("casino", numbers[2]) | {"turns": [["A", AGAIN], ["B", "oh really"]]}
    with lzma.open(data / "dialogues-casino.jsonl.xz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in (*twice, near))
    read = corpus.Corpus(data, language, repeats=repeats).train
    assert sum(row["turns"][0][1] == AGAIN for _, row in read) == kept


def test_each_experiment_is_a_pretraining_of_its_own(data):
    with lzma.open(data / "people-gitter.jsonl.xz", "wt") as file:
        for number in range(60):
            row = {"person": "Ada", "conversation": "c", "t": number * 60.0, "speaker": ("Ada", "Ben")[number % 2]}
            file.write(json.dumps(row | {"text": f"{WORDS[number % 9]} {WORDS[number % 7]} and {number}"}) + "\n")
    small = {"rows": 2, "length": 64, "warmup": 2, "shape": SMALL}
    wide = Shape(layers=1, width=128, inner=128, heads=2, pairs=1)
    found = bench_base.measured(str(data), 512, {"small": small, "wide": {**small, "shape": wide}})
    assert found["wide"]["parameters_m"] > found["small"]["parameters_m"]
    assert all(one["bits_people"] > 0 and one["tokens_cpu_s"] > 0 for one in found.values())
    assert found["wide"]["bits_held_out"] != found["small"]["bits_held_out"]
