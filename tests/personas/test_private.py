"""Private mode on small real models: no noise is the plain step, noise hides what was planted, a resumed run keeps count."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue, Parts, units
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.training import checkpoint, packing, trainer
from tests.personas.tiny import hub_model, parts

KEY = b"k" * 32


def config(base: Path, **more: Any) -> TrainConfig:
    values = {"base": str(base), "length": 64, "rows": 2, "looks": 2, "rate": 1e-2, "rank": 4, "checkpoint_seconds": 1e9}
    return TrainConfig(**{**values, **more})


def prepared(base: Path, material: Parts, **more: Any) -> Any:
    run = trainer.prepare(config(base, **more), material.train, material.validate, kind=torch.float32)
    torch.manual_seed(5)
    for name, p in run.model.named_parameters():
        if "lora_B" in name:  # at zero the other half would have no gradient to compare
            nn.init.normal_(p, std=0.05)
    for module in run.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    run.masters = trainer.Masters([(n, p) for n, p in run.model.named_parameters() if p.requires_grad], muon=False)
    return run


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("unit", ["dialogue", "exchange"])
def test_without_noise_and_clip_it_is_the_plain_step(family: str, unit: str, tmp_path: Path) -> None:
    base, material = hub_model(tmp_path, family=family), parts(600)
    private = prepared(base, material, private=True, unit=unit, epsilon=50.0)
    plain = prepared(base, material)
    plain.train = private.train
    drawn = private.private.drawn(0)
    assert 10 < len(drawn) < len(private.private.members)
    numbers = [n for u in drawn for n in private.private.members[u]]
    plain.plan = [packing.rows(plain.train, numbers, 64)]
    weight = sum(sum(plain.train[n].weights[1:]) for n in numbers)
    private.private.budget = replace(private.private.budget, sigma=0.0, clip=1e6, batch=weight)
    private.private.drawn = lambda number: drawn

    gradients = {}
    for run in (plain, private):
        real = run.masters.step
        run.masters.step = lambda rate, run=run, real=real: (
            gradients.update({id(run): [p.grad.clone() for p in run.model.parameters() if p.requires_grad]}),
            real(rate),
        )
        run.loss = trainer.step(run, 0)
    apart = [float((a - b).abs().max()) for a, b in zip(gradients[id(plain)], gradients[id(private)], strict=True)]
    assert max(float(g.abs().max()) for g in gradients[id(plain)]) > 1e-3
    print(max(apart))
    assert max(apart) <= 1e-6
    assert plain.loss == pytest.approx(private.loss, rel=1e-5)
    apart = [float((a - b).abs().max()) for a, b in zip(plain.masters.masters, private.masters.masters, strict=True)]
    print(max(apart))
    assert max(apart) <= 1e-6
