"""Real trainings of small models: exact resuming, honest packing, every way in and out."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save

from apps.accounts.sealing import Unreadable
from apps.personas import wire
from apps.personas.config import PRESETS, SMALL, TINY, Asked, TrainConfig, fitted
from apps.personas.dataset import Parts
from apps.personas.inference import families, folder, local
from apps.personas.inference.sampling import Sampling
from apps.personas.language import Bubble, Encoded, Turn
from apps.personas.training import checkpoint, packing, preparing, process, trainer
from apps.personas.training.loss import weighted_cross_entropy
from apps.personas.training.process import NOTHING_KEPT
from tests.personas.tiny import hub_model, parts

ROOT = Path(__file__).resolve().parents[2]
KEY = b"k" * 32


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def material() -> Parts:
    return parts()


def config(base: Path, **more: Any) -> TrainConfig:
    values = {
        "base": str(base),
        "length": 64,
        "rows": 2,
        "epochs": 2.0,
        "looks": 3,
        "rate": 1e-2,
        "checkpoint_seconds": 1e9,
        "gaps": 0,
    }
    return TrainConfig(**{**values, **more})


def run(
    config: TrainConfig, material: Parts, work: Path, leave_at: int = 0
) -> tuple[list[dict[str, Any]], trainer.Result | None]:
    said: list[dict[str, Any]] = []
    asked = Asked()

    def say(event: dict[str, Any]) -> None:
        said.append(event)

    prepared = preparing.prepare(config, material.train, material.validate)
    real = trainer.step

    def step(r: Any, n: int) -> float:
        loss = real(r, n)
        said.append({"event": "loss", "step": n, "loss": loss})
        asked.leave = leave_at > 0 and n + 1 >= leave_at
        return loss

    trainer.step = step
    try:
        return said, trainer.train(prepared, work, KEY, "Bea", say, asked)
    except trainer.Interrupted:
        return said, None
    finally:
        trainer.step = real


def losses(said: list[dict[str, Any]]) -> dict[int, float]:
    return {e["step"]: e["loss"] for e in said if e["event"] == "loss"}


def test_it_learns_and_resumes_exactly_from_ten_random_places(base: Path, material: Parts, tmp_path: Path) -> None:
    whole, result = run(config(base), material, tmp_path / "whole")
    assert result is not None
    undisturbed = losses(whole)
    assert len(undisturbed) > 20
    assert undisturbed[max(undisturbed)] < undisturbed[0] - 0.3, "it must learn something"
    places = sorted(random.Random(4).sample(range(1, len(undisturbed)), 10))
    seen: dict[int, float] = {}
    for place in [*places, 0]:
        said, result = run(config(base), material, tmp_path / "parts", leave_at=place)
        seen |= losses(said)
    assert seen == undisturbed
    assert result is not None


def test_a_damaged_checkpoint_is_noticed_and_the_one_before_used(tmp_path: Path) -> None:
    for n in (5, 10):
        checkpoint.write(tmp_path, n, KEY, {"x": torch.full((3,), float(n))}, {})
    newest = checkpoint.steps(tmp_path)[-1]
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(bytes(data))
    found = checkpoint.newest(tmp_path, KEY)
    assert found is not None
    assert found[1]["step"] == 5
    with pytest.raises(Unreadable):
        checkpoint.read_file(newest, KEY)
    assert checkpoint.newest(tmp_path, b"x" * 32) is None, "another key opens nothing"


def test_all_chats_are_looked_at_for_stopping_early() -> None:
    seen = trainer.looked_at(640, 64, 1)
    assert seen == trainer.looked_at(640, 64, 1)
    assert len(set(seen)) == 64
    assert all(any(at <= n < at + 160 for n in seen) for at in range(0, 640, 160))
    assert trainer.looked_at(3, 64, 1) == [0, 1, 2]


def test_samples_in_one_row_do_not_see_each_other(base: Path) -> None:
    family = families.load(str(base), torch.float32)
    rng = random.Random(1)
    samples = [Encoded([rng.randrange(3, 300) for _ in range(n)], [1.0] * n) for n in (9, 14, 20)]
    together = packing.batch(samples, [[0, 1, 2]], 64, 0)

    def loss(batch: packing.Batch) -> float:
        hidden = family.model.model(
            input_ids=batch.inputs, position_ids=batch.positions, use_cache=False
        ).last_hidden_state.flatten(0, 1)
        return float(
            weighted_cross_entropy(hidden, family.model.lm_head.weight, batch.targets.flatten(), batch.weights.flatten())
        )

    apart = sum(loss(packing.batch(samples, [[n]], 64, 0)) for n in range(3))
    assert loss(together) == pytest.approx(apart, rel=1e-5)


def test_the_loss_is_pytorchs_with_weights() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(700, 16, requires_grad=True)
    head = torch.randn(50, 16, requires_grad=True)
    targets, weights = torch.randint(0, 50, (700,)), torch.rand(700) * (torch.rand(700) > 0.5)
    ours = weighted_cross_entropy(hidden, head, targets, weights)
    ours.backward()
    grads = hidden.grad.clone(), head.grad.clone()
    hidden.grad = head.grad = None
    theirs = (torch.nn.functional.cross_entropy(hidden @ head.T, targets, reduction="none") * weights).sum()
    theirs.backward()
    assert torch.allclose(ours, theirs, rtol=1e-5)
    assert torch.allclose(grads[0], hidden.grad, atol=1e-5)
    assert torch.allclose(grads[1], head.grad, atol=1e-4)


@pytest.mark.parametrize(("kind", "template"), [("llama", True), ("gpt2", False)])
def test_any_causal_model_learns_and_talks(kind: str, template: bool, material: Parts, tmp_path: Path) -> None:
    base = hub_model(tmp_path / "base", family=kind, template=template)
    said, result = run(config(base, epochs=1.0, method="lora"), material, tmp_path / "w")
    assert result is not None
    samples = [e for e in said if e["event"] == "sample"]
    assert samples[0]["step"] >= 1
    folder.write(tmp_path / "out", save(result.tensors), config(base).to_dict(), result.facts, "Bea")
    voice, _ = folder.read(tmp_path / "out")
    ops = list(voice.reply(["Bea"], [Turn("Bea", (Bubble("hi"),))], Sampling(seed=1, max_tokens=12)))
    assert ops[0].kind == "bubble"


def test_merging_is_what_peft_does(base: Path) -> None:
    model = families.load(str(base), torch.float32).model
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    tensors = get_peft_model_state_dict(adapted)
    ours = families.load(str(base), torch.float32).model
    local.merge_adapter(ours, tensors)
    theirs = adapted.merge_and_unload()
    ids = torch.tensor([[5, 6, 7, 8]])
    assert torch.allclose(ours(ids).logits, theirs(ids).logits, atol=1e-4)


def test_words_of_a_seed_are_always_the_same_and_never_special(base: Path) -> None:
    voice = local.LocalEngine().voice(wire.Weights("x", "builtin", True, lambda: save(_builtin_weights())))
    turns = [Turn("Bea", (Bubble("hello there"),))]
    once = list(voice.reply(["Bea"], turns, Sampling(seed=5, max_tokens=30)))
    assert list(voice.reply(["Bea"], turns, Sampling(seed=5, max_tokens=30))) == once
    assert list(voice.reply(["Bea"], turns, Sampling(seed=6, max_tokens=30))) != once
    assert not any("<|" in op.value for op in once)
    talk = list(voice.converse(["Bea", "Cy"], turns, 3, Sampling(seed=2, max_tokens=10)))
    assert [op.value for op in talk if op.kind == "turn"].count("Bea") <= 2


def _builtin_weights() -> dict[str, torch.Tensor]:
    state = families.load("builtin", torch.float32).model.state_dict()
    return {k: v for k, v in state.items() if k != "lm_head.weight"}


def test_a_stop_keeps_what_is_there(base: Path, material: Parts, tmp_path: Path) -> None:
    asked = Asked()
    said: list[dict[str, Any]] = []

    def say(event: dict[str, Any]) -> None:
        said.append(event)
        asked.stop = event["event"] == "step" and event["step"] >= 3

    prepared = preparing.prepare(config(base), material.train, material.validate)
    result = trainer.train(prepared, tmp_path, KEY, "Bea", say, asked)
    assert result.facts["stopped"]
    assert result.tensors
    assert result.facts["step"] < result.facts["steps"]


def test_nothing_to_learn_and_running_away_are_said(base: Path, material: Parts, tmp_path: Path) -> None:
    with pytest.raises(preparing.Unlearnable):
        preparing.prepare(config(base), [], [])
    with pytest.raises(families.NotThere):
        families.load(str(tmp_path / "nothing"), torch.float32)
    for wrong in ({"epochs": 0}, {"method": "magic"}, {"rank": 0}, {"gap": 0}):
        with pytest.raises(ValueError, match="cannot be"):
            TrainConfig(**wrong)
    prepared = preparing.prepare(config(base), material.train, material.validate)
    with torch.no_grad():
        prepared.head.fill_(float("nan"))
    with pytest.raises(preparing.Unlearnable, match="ran away"):
        trainer.step(prepared, 0)


def _start(base: Path, material: Parts, folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    head: dict[str, Any] = {
        "config": config(base, epochs=60.0, looks=1, checkpoint_seconds=0.2).to_dict(),
        "folder": str(folder),
        "key": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        **more,
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.personas.training.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    process.stdin.write(json.dumps(head).encode() + b"\n" + wire.packed(material.train, material.validate))
    process.stdin.close()
    return process


def test_the_process_survives_kill_9_and_leaves_on_sigterm(base: Path, material: Parts, tmp_path: Path) -> None:
    process = _start(base, material, tmp_path)
    while not checkpoint.steps(tmp_path):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    kept = int(checkpoint.steps(tmp_path)[-1].name.split("-")[1])
    process = _start(base, material, tmp_path)
    events = (json.loads(line) for line in process.stdout)
    plan = next(e for e in events if e["event"] == "plan")
    assert plan["from"] == kept > 0
    next(e for e in events if e["event"] == "step" and e["step"] > kept + 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 75
    process = _start(base, material, tmp_path)
    next(json.loads(line) for line in process.stdout if b'"step"' in line)
    process.send_signal(signal.SIGUSR1)
    last = json.loads(process.stdout.read().splitlines()[-1])
    assert process.wait(timeout=30) == 0
    assert last["event"] == "result"
    tensors, facts = checkpoint.read_file(tmp_path / "result", b"k" * 32)
    assert facts["stopped"]
    assert tensors
    with pytest.raises(Exception):  # noqa: B017, PT011 - sealed: no safetensors reader opens it
        load_file(tmp_path / "result")


def test_a_stop_with_nothing_to_keep_keeps_nothing(base: Path, material: Parts, tmp_path: Path) -> None:
    """It was paused, and what it learns from has changed since: a model of one step must not become the current one."""
    checkpoint.write(tmp_path, 400, KEY, {"x": torch.zeros(3)}, {"lesson": "as it was"})
    process = _start(base, material, tmp_path, stop=True, lesson="as it is")
    assert json.loads(process.stdout.read().splitlines()[-1]) == {"event": "refused", "cause": NOTHING_KEPT}
    assert process.wait(timeout=30) == 1
    assert not (tmp_path / "result").exists()


def test_a_training_imports_nothing_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports are most of what one waits for after pressing Train."""
    code = (
        "import sys; from apps.personas.training import process; process._lean([{'method': 'lora'}, {}]);"
        "from apps.personas.training import trainer;"
        "print(*(name for name in ('bitsandbytes', 'opacus', 'sklearn') if sys.modules.get(name)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
    monkeypatch.setattr(process.sys, "modules", {})
    process._lean([{"method": "lora"}, {"method": "qlora"}])
    assert process.sys.modules == {}


def test_pretraining_is_seeded_and_resumes(tmp_path: Path) -> None:
    import lzma
    import shutil

    from apps.personas.inference import builtin
    from apps.personas.training import corpus, pretrain

    data = tmp_path / "data"
    data.mkdir()
    for name in corpus.MIX:
        rows = [
            {
                "source": name,
                "id": str(n),
                "turns": [["A", f"hello {n} {name}"], ["B", "yes <url> fine"], ["A", "good " * 9]],
            }
            for n in range(60)
        ]
        with lzma.open(data / f"dialogues-{name}.jsonl.xz", "wt") as file:
            file.write("\n".join(map(json.dumps, rows)))
    settings = pretrain.PretrainConfig(tokens=2 * 64 * 4, rows=2, length=64)
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(builtin.FOLDER / "tokenizer.json", out)
    said: list[str] = []
    pretrain.pretrain(data, out, tmp_path / "work", settings, said.append)
    assert (out / "model.safetensors").stat().st_size < 25 * 2**20
    assert "10,6" in said[0]
    pretrain.pretrain(data, out, tmp_path / "work", settings, said.append)
    assert "from 4" in said[-1]


def test_small_archives_are_read_in_smaller_steps_and_nothing_else_is() -> None:
    quick, balanced = (TrainConfig(**PRESETS[preset]) for preset in ("quick", "balanced"))
    small, tiny = fitted(quick, SMALL - 1), fitted(quick, TINY - 1)
    assert [(c.rows, c.peak_rate, c.epochs) for c in (small, tiny)] == [(1, 4e-4, 2.0), (1, 4e-4, 3.0)]
    assert fitted(quick, SMALL) == quick
    assert fitted(balanced, TINY) == balanced
    assert fitted(balanced, TINY - 1).patience == balanced.patience
    assert fitted(tiny, 10) == tiny, "a training that is taken up again"
    for values in (
        {"rate": 1e-3}, {"rows": 2}, {"epochs": 6.0}, {"base": "tiny"}, {"private": True}, {"method": "dora"}, {"continues": "x"},
    ):  # fmt: skip
        chosen = TrainConfig(**{"epochs": 2.0, **values})
        assert fitted(chosen, 10) == chosen, values
