"""The trainer: one lean loop for the CPU and the GPU, for adapters and for whole models. It reads top to bottom.

    encode → pack → (forward, weighted loss where there is something to learn, backward, step of the masters) … → weights

Resuming is exact: the order of samples depends on the seed alone, masters and optimizer come back from the checkpoint. Only a
checkpoint of the same lesson counts: where what is learnt or the settings changed meanwhile, the training begins anew.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict
from torch import Tensor

from apps.personas.config import Asked
from apps.personas.inference import families
from apps.personas.inference.carried import Carried
from apps.personas.inference.generate import Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.language import Bubble, Turn
from apps.personas.training import checkpoint, packing
from apps.personas.training.loss import weighted_cross_entropy
from apps.personas.training.preparing import Run, Unlearnable

Say = Callable[[dict[str, Any]], None]
QUESTIONS = ("hey, how are you?", "what are you doing this weekend?", "tell me something good")


class Interrupted(Exception):
    """The process was told to leave: a checkpoint is written, another worker goes on."""


@dataclass
class Result:
    """Weights as they are exported: adapter tensors, or all of them."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any] = field(default_factory=dict)
    carried: Carried = field(default_factory=dict)


def rate_at(run: Run, step: int) -> float:
    """Linear warm-up, then a cosine down to a tenth; or the stages one after another."""
    if stages := run.config.stages:
        return stages[min(len(stages) - 1, step * len(stages) // max(1, run.steps))]
    climb = max(1, round(run.steps * run.config.warmup))
    if step < climb:
        return run.config.peak_rate * (step + 1) / climb
    share = (step - climb) / max(1, run.steps - climb)
    return run.config.peak_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * share)))


def _total(run: Run, batch: packing.Batch) -> Tensor:
    """Weighted sum of −log p over what is learnt, in nats."""
    hidden = run.body(
        input_ids=batch.inputs.to(run.device), position_ids=batch.positions.to(run.device), use_cache=False
    ).last_hidden_state.flatten(0, 1)  # fmt: skip
    weights = batch.weights.flatten().to(run.device)
    return weighted_cross_entropy(hidden, run.head, batch.targets.flatten().to(run.device), weights)


def _backward(run: Run, number: int) -> float:
    """The gradient of the mean loss of a step's packed rows, in as many passes as memory asks for; that loss in nats per token."""
    weight = sum(sum(run.train[n].weights[1:]) for row in run.plan[number] for n in row)
    rows, value = run.together.share(run.plan[number]), 0.0
    for at in range(0, len(rows), run.passes.rows):
        batch = packing.batch(run.train, rows[at : at + run.passes.rows], run.config.length, run.family.pad)
        loss = _total(run, batch) / weight
        loss.backward()  # type: ignore[no-untyped-call]
        value += loss.item()
    return run.together.summed(run.model.parameters(), value)


def step(run: Run, number: int) -> float:
    """One optimizer step; returns the loss before it."""
    run.model.train()
    if run.private:
        value = run.private.backward(number, run.train, run.family.pad, partial(_total, run))
    else:
        value = _backward(run, number)
    if not math.isfinite(value):
        raise Unlearnable("The training ran away: the loss is no longer a number. Please try a gentler preset.")
    run.masters.step(rate_at(run, number))
    return value


def looked_at(count: int, most: int, seed: int) -> list[int]:
    """Which of so many windows are looked at: the same ones each time, drawn from all of them."""
    return sorted(random.Random(seed).sample(range(count), min(most, count)))


@torch.no_grad()
def held_out_loss(run: Run, most: int = 64) -> float | None:
    """Mean loss of own words in the held-out part, in nats per token; None when nothing is held out."""
    if not run.held_out:
        return None
    run.model.eval()
    rows = packing.rows(run.held_out, looked_at(len(run.held_out), most, run.config.seed), run.config.length)
    total = weight = 0.0
    for at in range(0, len(rows), run.config.rows):
        batch = packing.batch(run.held_out, rows[at : at + run.config.rows], run.config.length, run.family.pad)
        total += float(_total(run, batch))
        weight += float(batch.weights.sum())
    return total / weight


def sample_replies(run: Run, asked_by: str) -> list[dict[str, Any]]:
    """Replies to the same few questions, seeded, so that only the weights make the difference."""
    voice = Voice(families.Family(run.family.model, run.family.language, run.family.pad, run.family.hash))
    said: list[dict[str, Any]] = []
    for number, question in enumerate(QUESTIONS):
        sampling = Sampling(run.config.temperature, seed=number, max_tokens=48, max_bubbles=3)
        ops = voice.reply([asked_by], [Turn(asked_by, (Bubble(question),))], sampling)
        bubbles: list[str] = []
        for op in ops:
            if op.kind == "bubble":
                bubbles.append("")
            else:
                bubbles[-1] += op.value
        said.append({"question": question, "reply": [b for b in bubbles if b.strip()]})
    return said


def _looks(run: Run) -> set[int]:
    """Steps after which held-out loss and samples are made: the first, then evenly, and the last."""
    even = {round(run.steps * (i + 1) / run.config.looks) for i in range(run.config.looks)}
    return {1, *(s for s in even if s >= 1), run.steps}


def _weights(run: Run) -> dict[str, Tensor]:
    """What is exported: the adapter in peft's names, or every weight (tied ones once)."""
    if not run.config.full:
        return {k: v.detach().to(run.kind).cpu() for k, v in get_peft_model_state_dict(run.model).items()}
    state = {k: v.detach().to(run.kind).cpu() for k, v in run.family.model.state_dict().items()}
    if getattr(run.family.model.config, "tie_word_embeddings", False):
        state = {k: v for k, v in state.items() if not k.endswith("lm_head.weight")}
    return state


@dataclass
class _Best:
    """The weights with the lowest held-out loss so far, and how long ago that was."""

    loss: float = math.inf
    step: int = 0
    tensors: dict[str, Tensor] = field(default_factory=dict)
    waited: int = 0

    def look(self, loss: float | None, step: int, weights: Callable[[], dict[str, Tensor]]) -> None:
        if loss is None or loss < self.loss:
            self.loss, self.step, self.tensors, self.waited = loss if loss is not None else math.inf, step, weights(), 0
        else:
            self.waited += 1


def train(run: Run, folder: Path, key: bytes, asked_by: str, say: Say, asked: Asked) -> Result:
    """Run to the end, to a stop, or to the point where it no longer gains. Raises `Interrupted`, `Unlearnable`."""
    first, best = _resume(run, folder, key)
    looks, began, last_saved, last_said = _looks(run), time.monotonic(), time.monotonic(), 0.0
    tokens, number = 0, first
    say({
        "event": "plan", "steps": run.steps, "from": first, "samples": len(run.train),
        "type": str(run.kind).split(".")[-1], "device": run.device,
    })  # fmt: skip
    if first == 0:
        if run.private:
            _save(run, folder, key, 0, best)  # the draws are fixed from here on, so that a second start tells nothing new
        say({"event": "held_out", "step": 0, "loss": held_out_loss(run)})
    while number < run.steps:
        loss = step(run, number)
        number += 1
        tokens += run.tokens(number - 1)
        now = time.monotonic()
        speed = tokens / (now - began)
        if now - last_said > 0.5 or number in looks or number - first <= 3:
            last_said = now
            left = (run.steps - number) * (now - began) / (number - first)
            say({"event": "step", "step": number, "loss": loss, "tokens_s": speed, "seconds_left": left})
        if number in looks:
            watched = held_out_loss(run)
            best.look(watched, number, lambda: _weights(run))
            say({"event": "held_out", "step": number, "loss": watched})
            say({"event": "sample", "step": number, "replies": sample_replies(run, asked_by)})
        enough = bool(run.config.patience and best.waited >= run.config.patience)
        leave, stop, enough = run.together.agreed(asked.leave, asked.stop, enough)
        if leave or now - last_saved > run.config.checkpoint_seconds or number == run.steps:
            _save(run, folder, key, number, best)
            last_saved = time.monotonic()
        if leave:
            raise Interrupted
        if stop or enough:
            break
    if not best.tensors or (asked.stop and best.step < number and not run.held_out):
        best.look(None, number, lambda: _weights(run))
    facts: dict[str, Any] = {
        "step": best.step or number, "steps": run.steps, "held_out_loss": best.loss if math.isfinite(best.loss) else None,
        "stopped": asked.stop, "base_hash": run.family.hash, "tokenizer_hash": run.family.language.hash,
        "tokens_s": tokens / max(1e-6, time.monotonic() - began),
    }  # fmt: skip
    if run.private:
        facts["private"] = run.private.facts()
    return Result(best.tensors, facts, run.carried)


def _save(run: Run, folder: Path, key: bytes, number: int, best: _Best) -> None:
    if not run.together.first:
        return
    tensors = {**run.masters.state(), **{f"best.{k}": v for k, v in best.tensors.items()}}
    loss = best.loss if math.isfinite(best.loss) else None
    facts = {
        "best_loss": loss, "best_step": best.step, "waited": best.waited, "type": str(run.kind),
        "private": run.private.state() if run.private else None, "carried": run.carried, "lesson": run.lesson,
    }  # fmt: skip
    checkpoint.write(folder, number, key, tensors, facts)


def kept(folder: Path, key: bytes, lesson: str = "") -> tuple[torch.dtype | None, Carried | None]:
    """The number type of the checkpoint that this lesson left in a folder, and what that run carries."""
    saved = checkpoint.newest(folder, key, lesson)
    if saved is None:
        return None, None
    facts = saved[1]
    kind = {"torch.bfloat16": torch.bfloat16}.get(facts.get("type", ""), torch.float32)
    return kind, facts.get("carried")


def _resume(run: Run, folder: Path, key: bytes) -> tuple[int, _Best]:
    saved = checkpoint.newest(folder, key, run.lesson)
    if saved is None:
        return 0, _Best()
    tensors, facts = saved
    run.masters.restore({k: v for k, v in tensors.items() if not k.startswith("best.")})
    if run.private:
        run.private.restore(facts["private"])
    loss = facts["best_loss"] if facts["best_loss"] is not None else math.inf
    kept = {k.removeprefix("best."): v for k, v in tensors.items() if k.startswith("best.")}
    return facts["step"], _Best(loss, facts["best_step"], kept, facts["waited"])
