"""Losses of many samples that begin alike: what they share is read once, and the figures are the same."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from apps.personas.evaluation import audit, scoring
from apps.personas.evaluation.audit import Secret, Subject
from apps.personas.inference import builtin, families
from apps.personas.language import PAD_ID, Encoded, Language


def models() -> list[Any]:
    torch.manual_seed(1)
    llama = LlamaConfig(
        vocab_size=90,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return [
        LlamaForCausalLM(llama),
        GPT2LMHeadModel(GPT2Config(vocab_size=90, n_positions=64, n_embd=32, n_layer=2, n_head=2)),
    ]


def samples(shared: int) -> list[Encoded]:
    rng = random.Random(shared)
    begin = [rng.randrange(90) for _ in range(shared)]
    made = [[*begin, *(rng.randrange(90) for _ in range(rng.randint(1, 9)))] for _ in range(40)]
    return [Encoded(ids, [float(rng.random() < 0.7) for _ in ids]) for ids in made]


@pytest.mark.parametrize("model", models(), ids=["llama", "gpt2"])
@pytest.mark.parametrize("shared", [0, 3, 4, 11])
def test_what_is_shared_is_read_once_and_changes_nothing(model: Any, shared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given, read = samples(shared), []
    body = getattr(model, model.base_model_prefix)
    body.register_forward_pre_hook(lambda module, args, kwargs: read.append(kwargs["input_ids"].numel()), with_kwargs=True)
    quick, few = scoring.losses(model, 0, given), sum(read)
    read.clear()
    monkeypatch.setattr(scoring, "SHARED", 1_000)
    plain, all_of_it = scoring.losses(model, 0, given), sum(read)
    assert torch.allclose(quick, plain, atol=1e-4)
    assert plain[:, 1].sum() > 40
    assert (few < all_of_it) == (shared >= 4)


def test_probes_end_when_the_time_is_over_but_for_the_first() -> None:
    small = builtin.fresh(builtin.Shape(layers=1, width=32, inner=64, heads=2, pairs=1))
    family = families.Family(small, Language.load(builtin.FOLDER / "tokenizer.json"), PAD_ID, "")
    secrets = [Secret("pin", f"48{n:02d}", "my pin is ") for n in range(20)]
    subject = Subject(family, family.model, None, [], [], [], secrets, "Sam", 1, references=7)
    told: list[float] = []
    assert audit._probes(subject, time.monotonic() - 1, told.append)["secrets"] == audit.PROBES_AT_LEAST
    assert told == sorted(told)
    assert audit._probes(subject, time.monotonic() + 600, told.append)["secrets"] == 20
