"""Private mode on small real models: no noise is the plain step, noise hides what was planted, a resumed run keeps count."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from apps.personas import dataset
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue, Parts
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.training import checkpoint, packing, private, trainer
from tests.personas.tiny import hub_model, parts

KEY = b"k" * 32


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


def config(base: Path, **more: Any) -> TrainConfig:
    values = {"base": str(base), "length": 64, "rows": 16, "looks": 2, "rate": 1e-3, "rank": 4, "checkpoint_seconds": 1e9}
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
    if run.private:
        run.private.secret = bytes(32)
    return run


def gradients(run: Any) -> list[torch.Tensor]:
    return [p.grad.clone() for p in run.model.parameters() if p.requires_grad]


def apart(one: list[torch.Tensor], other: list[torch.Tensor]) -> float:
    return max(float((a - b).detach().abs().max()) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("unit", ["dialogue", "exchange"])
def test_without_noise_and_clip_it_is_the_plain_step(family: str, unit: str, tmp_path: Path) -> None:
    """Old pairs of opacus and peft have trained garbage in silence: this is what would notice."""
    base, material = hub_model(tmp_path, family=family), parts(600)
    hidden = prepared(base, material, private=True, unit=unit)
    plain = prepared(base, material)
    drawn = hidden.private.drawn(0)
    assert 10 < len(drawn) < len(hidden.private.members)
    numbers = [n for u in drawn for n in hidden.private.members[u]]
    plain.train = hidden.train
    plain.plan = [packing.rows(plain.train, numbers, 64)]
    weight = sum(sum(plain.train[n].weights[1:]) for n in numbers)
    hidden.private.budget = replace(hidden.private.budget, sigma=0.0, clip=1e6, batch=weight)
    hidden.private.drawn = lambda number: drawn
    found = []
    for run in (plain, hidden):
        real = run.masters.step
        run.masters.step = lambda rate, run=run, real=real: (found.append(gradients(run)), real(rate))
        run.loss = trainer.step(run, 0)
    assert max(float(g.abs().max()) for g in found[0]) > 1e-3
    assert apart(*found) <= 1e-6
    assert plain.loss == pytest.approx(hidden.loss, rel=1e-5)
    assert apart(plain.masters.masters, hidden.masters.masters) <= 1e-6


def test_no_unit_adds_more_than_the_clip_however_long_it_is(base: Path) -> None:
    """A dialogue of many windows, more than go through the model at once, counts as one."""
    material = parts(600)
    long = Dialogue(("Bea",), tuple(t for d in material.train[:90] for t in d.turns))
    run = prepared(base, Parts([long, *material.train], []), private=True, clip=1e-3)
    assert len(run.private.members[0]) > private.ROWS
    run.private.budget = replace(run.private.budget, sigma=0.0, batch=1)
    for unit in (0, 5):
        run.private.drawn = lambda number, unit=unit: [unit]
        run.private.backward(0, run.train, run.family.pad, lambda batch: trainer._total(run, batch))
        norm = torch.stack([g.norm() for g in gradients(run)]).norm()
        assert float(norm) == pytest.approx(1e-3, rel=1e-4)


def test_the_noise_is_as_large_as_it_says_and_unknown_without_the_secret(base: Path) -> None:
    run = prepared(base, parts(600), private=True)
    run.private.drawn = lambda number: []
    seen = []
    for secret in (b"a" * 32, b"a" * 32, b"b" * 32):
        run.private.secret = secret
        run.private.backward(3, run.train, run.family.pad, lambda batch: trainer._total(run, batch))
        seen.append(torch.cat([g.flatten() for g in gradients(run)]))
    assert torch.equal(seen[0], seen[1])
    assert not torch.allclose(seen[0], seen[2])
    budget = run.private.budget
    assert float(seen[0].std()) == pytest.approx(budget.sigma * budget.clip / budget.batch, rel=0.05)


def planted(secret: str) -> Dialogue:
    return Dialogue(("Bea Quill",), (Turn("Bea Quill", (Bubble("the code?"),)), Turn(ME_SPEAKER, (Bubble(f"it is {secret}"),))))


def exposure(run: Any, secret: str, others: list[str]) -> float:
    """log2 R − log2 of the secret's rank among R of its kind (Carlini et al. 2019); 1.44 on average by chance."""
    run.model.eval()

    @torch.no_grad()
    def loss(text: str) -> float:
        (sample,) = dataset.samples([planted(text)], run.family.language, 64)
        return float(trainer._total(run, packing.batch([sample], [[0]], 64, run.family.pad)))

    mine = loss(secret)
    rank = 1 + sum(loss(o) < mine for o in others)
    return float(torch.log2(torch.tensor((len(others) + 1) / rank)))


def test_what_was_planted_sixteen_times_stays_hidden(base: Path, tmp_path: Path) -> None:
    material, rng = parts(2_400), random.Random(3)
    codes = [f"{rng.randrange(10**6):06}" for _ in range(516)]
    spiked = Parts(material.train + [planted(c) for c in codes[:4] for _ in range(16)], [])
    found = {}
    for hidden in (False, True):
        values = {"private": hidden, "epochs": 12.0, "rate": 2e-2, "clip": 0.01, "rank": 8}
        run = trainer.prepare(config(base, **values), spiked.train, [], kind=torch.float32)
        for number in range(run.steps):
            trainer.step(run, number)
        found[hidden] = sum(exposure(run, c, codes[4:]) for c in codes[:4]) / 4
    assert found[False] > 6, found
    assert found[True] < 3.5, found


