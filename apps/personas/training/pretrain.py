"""Pretraining of the built-in base: one command, seeded, resumable, its loss log kept.

Schedule: warm-up, constant, linear decay over the last third ("trapezoid", Hägele et al. 2024), so that a run can be
ended at any time by asking for its decay. Blocks learn by Muon, the rest by AdamW, both over float32 masters.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import LlamaForCausalLM

from apps.personas.inference import builtin, precision
from apps.personas.language import Encoded, Language, train_tokenizer
from apps.personas.training import checkpoint, corpus
from apps.personas.training.loss import weighted_cross_entropy
from apps.personas.training.optimizer import Masters


@dataclass(frozen=True)
class PretrainConfig:
    """All that decides a run. `tokens` is the budget; a step reads `rows × length` of them.

    `start` is the folder of a base whose weights are read further instead of fresh ones: warmed up again and cooled down
    again on the new mix (Ibrahim et al. 2024, "Simple and Scalable Strategies to Continually Pre-train").
    """

    tokens: int = 40_000_000
    rows: int = 16
    length: int = 512
    rate: float = 4e-3
    decay: float = 0.05
    warmup: int = 60
    cooldown: float = 0.35
    seed: int = 1
    compile: bool = False
    muon: bool = True
    shape: builtin.Shape = builtin.SHAPE
    mix: Mapping[str, float] = field(default_factory=lambda: corpus.MIX)
    repeats: corpus.Repeats = "exact"
    start: str = ""

    @property
    def steps(self) -> int:
        return self.tokens // (self.rows * self.length)

    def rate_at(self, step: int) -> float:
        """Learning rate of a step: up over `warmup`, flat, then linearly down to 5 %."""
        fall = max(1, int(self.steps * self.cooldown))
        return self.rate * min(1.0, (step + 1) / self.warmup, max(0.05, (self.steps - step) / fall))


def make_tokenizer(data: Path, out: Path) -> Language:
    """Train and freeze the tokenizer (once in the life of the project)."""
    tokenizer = train_tokenizer(corpus.texts(data))
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    return Language.load(out / "tokenizer.json")


class Batches:
    """Rows of packed dialogues; what step N reads depends on the seed and N alone."""

    def __init__(self, source: corpus.Corpus, config: PretrainConfig) -> None:
        self.source, self.config = source, config
        self.number, self.first = -1, 0
        self.ids, self.weights = np.zeros(0, np.uint16), np.zeros(0, np.uint8)
        self.per_step = config.rows * config.length

    def at(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs, targets and weights of a step, each [rows, length]."""
        while self.number < 0 or step >= self.first + self._steps_here():
            self.first += self._steps_here() if self.number >= 0 else 0
            self.number += 1
            self.ids, self.weights = self.source.stream(self.config.seed, self.number)
        start = (step - self.first) * self.per_step
        ids = torch.from_numpy(self.ids[start : start + self.per_step + 1].astype(np.int64))
        weights = torch.from_numpy(self.weights[start + 1 : start + self.per_step + 1].astype(np.float32))
        shape = (self.config.rows, self.config.length)
        return ids[:-1].view(shape), ids[1:].view(shape), weights.view(shape)

    def _steps_here(self) -> int:
        return (len(self.ids) - 1) // self.per_step


def _rows(coded: list[tuple[Encoded, int]], length: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    for one, _ in coded:
        for at in range(0, len(one.ids) - 1, length):
            ids = torch.tensor(one.ids[at : at + length + 1])
            yield ids[:-1][None], ids[1:], torch.tensor(one.weights[at + 1 : at + length + 1])


@torch.no_grad()
def bits_per_byte(model: LlamaForCausalLM, coded: list[tuple[Encoded, int]], length: int = 1024) -> float:
    """Held-out cost of text, names and ends of bubbles included, in bits per UTF-8 byte of the messages."""
    nats = 0.0
    for inputs, targets, weights in _rows(coded, length):
        hidden = model.model(input_ids=inputs, use_cache=False).last_hidden_state[0]
        nats += float(weighted_cross_entropy(hidden, model.lm_head.weight.detach(), targets, weights))
    return nats / math.log(2) / sum(size for _, size in coded)


def save_base(model: LlamaForCausalLM, out: Path, length: int) -> None:
    """Weights in bfloat16 (tied head left out) and `config.json`, which says how long the rows were that it has read."""
    tensors = {k: v.detach().to(torch.bfloat16).contiguous().clone() for k, v in model.state_dict().items()}
    tensors.pop("lm_head.weight")
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    config = model.config
    config.dtype = "bfloat16"
    config.architectures = ["LlamaForCausalLM"]
    config.useful_length = length
    config.save_pretrained(out)


def pretrain(
    data: Path, out: Path, work: Path, config: PretrainConfig, say: Callable[[str], None], limit: int | None = None
) -> LlamaForCausalLM:
    """Read `config.tokens` of the open dialogues, or go on where `work` stopped; `limit` ends early (tests).

    Returns the model, which is in `out` too.
    """
    torch.manual_seed(config.seed)
    path = out / "tokenizer.json"
    language = Language.load(path) if path.exists() else make_tokenizer(data, out)
    source = corpus.Corpus(data, language, config.mix, config.repeats)
    batches, tests = Batches(source, config), source.held_out()
    kind = precision.best_type("cpu")
    model: Any = builtin.fresh(config.shape)
    if config.start:
        model = LlamaForCausalLM.from_pretrained(config.start, config=builtin.config(config.shape))
    model.to(kind)
    masters = Masters(list(model.named_parameters()), muon=config.muon, decay=config.decay)
    first = 0
    if (saved := checkpoint.newest(work, checkpoint.OPEN_KEY)) is not None:
        masters.restore(saved[0])
        first = saved[1]["step"]
    say(f"{sum(p.numel() for p in model.parameters()):,} parameters, {kind}, {config.steps:,} steps, from {first}")
    body = torch.compile(model.model) if config.compile else model.model
    log = work / "loss.jsonl"
    work.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    last = min(config.steps, limit or config.steps)
    for step in range(first, last):
        inputs, targets, weights = batches.at(step)
        hidden = body(input_ids=inputs, use_cache=False).last_hidden_state.flatten(0, 1)
        count = weights.sum()
        loss = weighted_cross_entropy(hidden, model.lm_head.weight, targets.flatten(), weights.flatten()) / count
        loss.backward()  # type: ignore[no-untyped-call]
        norm = masters.step(config.rate_at(step))
        done = step + 1
        if done % 20 == 0 or done == last:
            speed = (done - first) * batches.per_step / (time.monotonic() - began)
            row = {"step": done, "loss": round(loss.item(), 4), "norm": round(norm, 3), "tokens_s": round(speed)}
            if done % 200 == 0 or done == last:
                row["bits_per_byte"] = round(bits_per_byte(model, tests), 4)
            with log.open("a") as file:
                file.write(json.dumps(row) + "\n")
            say(json.dumps(row))
        if done % 200 == 0 or done == last:
            checkpoint.write(work, done, checkpoint.OPEN_KEY, masters.state(), {"config": asdict(config)})
    save_base(model, out, config.length)
    (out / "training.jsonl").write_text(log.read_text() if log.exists() else "")
    return cast(LlamaForCausalLM, model)
