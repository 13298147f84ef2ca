"""The built-in base: pretraining stops and goes on as if it never had, and its experiments differ where they say."""

import json
import lzma
import shutil
from pathlib import Path

import pytest
import torch

from apps.personas.evaluation import bench_base
from apps.personas.inference import builtin
from apps.personas.inference.builtin import Shape
from apps.personas.language import Language
from apps.personas.training import corpus
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
