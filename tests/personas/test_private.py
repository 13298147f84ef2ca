"""Private mode on small real models: no noise is the plain step, noise hides what was planted, a resumed run keeps count."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import LlamaForCausalLM

from apps.personas import dataset
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue, Parts
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.training import checkpoint, packing, preparing, private, trainer
from apps.personas.training.optimizer import Masters
from tests.personas.tiny import hub_model, parts

KEY = b"k" * 32


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


def config(base: Path, **more: Any) -> TrainConfig:
    values = {
        "base": str(base),
        "length": 64,
        "rows": 16,
        "looks": 2,
        "rate": 1e-3,
        "rank": 4,
        "checkpoint_seconds": 1e9,
        "gaps": 0,
    }
    return TrainConfig(**{**values, **more})


def prepared(base: Path, material: Parts, **more: Any) -> Any:
    run = preparing.prepare(config(base, **more), material.train, material.validate, kind=torch.float32)
    torch.manual_seed(5)
    for name, p in run.model.named_parameters():
        if "lora_B" in name:  # at zero the other half would have no gradient to compare
            nn.init.normal_(p, std=0.05)
    for module in run.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    run.masters = Masters([(n, p) for n, p in run.model.named_parameters() if p.requires_grad], muon=False)
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
    return Dialogue(
        ("Bea Quill",), (Turn("Bea Quill", (Bubble("the code?"),)), Turn(ME_SPEAKER, (Bubble(f"it is {secret}"),)))
    )


@pytest.fixture(scope="module")
def able(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base whose random features are rich enough to learn codes by heart."""
    folder = hub_model(tmp_path_factory.mktemp("able"))
    model = LlamaForCausalLM.from_pretrained(folder)
    torch.manual_seed(1)
    for name, p in model.named_parameters():
        if p.ndim == 2:
            nn.init.normal_(p, std=1.0 if "embed" in name else 0.5 if "lm_head" in name else 0.18)
    model.save_pretrained(folder)
    return folder


def exposure(base: Path, codes: list[str], copies: int, **more: Any) -> float:
    """Mean of log2 R − log2 rank (Carlini et al. 2019) of the first eight codes among the rest; by chance 1.44 ± 0.5."""
    material = parts(2_400).train + [planted(c) for c in codes[:8] for _ in range(copies)]
    values = {"epochs": 3.0, "rate": 2e-2, "rank": 8, "unit": "exchange", "clip": 0.01, **more}
    run = preparing.prepare(config(base, **values), material, [], kind=torch.float32)
    if run.private:
        run.private.secret = bytes(32)
    for number in range(run.steps):
        trainer.step(run, number)
    run.model.eval()
    samples = dataset.samples([planted(c) for c in codes], run.family.language, 64)
    with torch.no_grad():
        loss = [float(trainer._total(run, packing.batch([s], [[0]], 48, run.family.pad))) for s in samples]
    ranks = [1 + sum(other < mine for other in loss[8:]) for mine in loss[:8]]
    return sum(math.log2((len(codes) - 7) / rank) for rank in ranks) / 8


@pytest.mark.long
def test_noise_hides_what_was_planted(able: Path) -> None:
    """One unit is hidden at epsilon 8; sixteen copies of one are sixteen units, and take a smaller epsilon."""
    rng = random.Random(3)
    codes = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(263)]  # figures are never learnt at all
    assert exposure(able, codes, 16) > 6
    assert exposure(able, codes, 16, private=True) < 4.5
    assert exposure(able, codes, 16, private=True, epsilon=1.0) < 2.9
    assert exposure(able, codes, 1, private=True) < 2.9


def test_a_resumed_run_goes_on_counting_and_draws_the_same(base: Path, tmp_path: Path) -> None:
    material = parts(600)

    def run(folder: Path, leave_at: int = 0, secret: bytes = b"") -> trainer.Result | None:
        asked = Asked()

        def say(event: dict[str, Any]) -> None:
            asked.leave = event["event"] == "step" and event["step"] == leave_at

        made = preparing.prepare(config(base, private=True, epochs=3.0), material.train, material.validate)
        made.private.secret = secret or made.private.secret
        try:
            return trainer.train(made, folder, KEY, "Bea", say, asked)
        except trainer.Interrupted:
            return None

    whole = run(tmp_path / "whole", secret=b"s" * 32)
    assert run(tmp_path / "parts", leave_at=2, secret=b"s" * 32) is None
    _, kept = checkpoint.newest(tmp_path / "parts", KEY)
    assert kept["private"]["history"][0][2] == 2
    resumed = run(tmp_path / "parts")
    assert all(torch.equal(whole.tensors[name], resumed.tensors[name]) for name in whole.tensors)
    facts = resumed.facts["private"]
    assert facts == whole.facts["private"]
    assert 7.5 < facts["epsilon"] <= 8.0
    assert facts["unit"] == "dialogue"
    assert facts["units"] == 135
    assert facts["delta"] == pytest.approx(1 / 1350)
    assert "secret" not in str(resumed.facts)


def test_an_early_stop_has_cost_less(base: Path, tmp_path: Path) -> None:
    material, asked = parts(600), Asked()

    def say(event: dict[str, Any]) -> None:
        asked.stop = event["event"] == "step"

    run = preparing.prepare(config(base, private=True, epochs=3.0), material.train, material.validate)
    result = trainer.train(run, tmp_path, KEY, "Bea", say, asked)
    assert 0 < result.facts["private"]["epsilon"] < 7.0
    assert len(checkpoint.steps(tmp_path)) == 1, "the draws were fixed before the first step"


def test_every_message_stands_in_exactly_one_unit(base: Path) -> None:
    language = trainer.families.load(str(base), torch.float32).language
    texts = [f"w{n}" for n in range(7)]
    turns = tuple(
        Turn(s, (Bubble(t),)) for s, t in zip(["Bea", "Cy", ME_SPEAKER, "Bea", ME_SPEAKER, "Cy", "Bea"], texts, strict=True)
    )
    whole = dataset.units([Dialogue(("Bea", "Cy"), turns)], language, 64, exchanges=False)
    cut = dataset.units([Dialogue(("Bea", "Cy"), turns)], language, 64, exchanges=True)
    assert (len(whole), len(cut)) == (1, 2)
    said = [" ".join(language.decode(s.ids) for s in unit) for unit in cut]
    assert [sum(t in words for words in said) for t in texts] == [1, 1, 1, 1, 1, 0, 0]


def test_what_cannot_be_private_is_refused(base: Path) -> None:
    with pytest.raises(preparing.Unlearnable, match="hides each conversation among 100"):
        preparing.prepare(config(base, private=True), parts(200).train, [])
    for wrong in ({"method": "full"}, {"base": "scratch"}, {"epsilon": 0.0}, {"clip": 0.0}, {"unit": "person"}):
        with pytest.raises(ValueError, match="cannot be"):
            config(base, **{"private": True, **wrong}) if "base" not in wrong else TrainConfig(private=True, **wrong)
