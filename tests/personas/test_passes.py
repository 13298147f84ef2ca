"""Memory of a step: what is parted or computed again gives the same gradient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_layers import GradientCheckpointingLayer

from apps.personas.config import TrainConfig
from apps.personas.training import memory, preparing, trainer
from tests.personas.tiny import hub_model, parts


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


def gradient(base: Path) -> tuple[float, list[torch.Tensor], Any]:
    made = parts()
    config = TrainConfig(base=str(base), length=64, rows=4, epochs=2.0, rate=1e-2, gaps=0)
    run = preparing.prepare(config, made.train, made.validate, kind=torch.float32, device="cpu")
    run.model.train()
    loss = trainer._backward(run, 0)
    return loss, [p.grad.clone() for p in run.model.parameters() if p.grad is not None], run


def test_parts_and_layers_computed_again_give_the_same_gradient(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loss, gradients, run = gradient(base)
    assert run.passes == memory.Passes(4) and len(run.plan[0]) == 4

    row = memory.row_bytes(run.family.model.config, 64, 4)
    monkeypatch.setattr(memory, "ON_CPU", row // 2)
    again, others, parted = gradient(base)

    assert parted.passes.rows == 1 and 0.4 < parted.passes.again < 0.6
    layers = [m.gradient_checkpointing for m in parted.model.modules() if isinstance(m, GradientCheckpointingLayer)]
    assert True in layers and False in layers
    assert again == pytest.approx(loss, rel=1e-5)
    assert len(gradients) == len(others) > 4
    for one, two in zip(gradients, others, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def test_passes_are_even_and_within_the_budget() -> None:
    assert memory.passes(100, 4, 400) == memory.Passes(4)
    assert memory.passes(100, 4, 399) == memory.Passes(2)  # three and one would be slower
    assert memory.passes(100, 4, 150) == memory.Passes(1)
    assert memory.passes(100, 4, 25) == memory.Passes(1, 0.75)
    assert memory.passes(None, 64, 1) == memory.Passes(64)


def test_the_estimate_is_what_a_backward_pass_keeps() -> None:
    """Counted by autograd's own hooks: storages that are saved for the backward pass, weights left out."""
    from transformers import LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    model: Any = LlamaForCausalLM(config)
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        model.model(input_ids=torch.randint(0, 64, (1, 128)), use_cache=False)
    promised = memory.row_bytes(config, 128, 4)
    assert promised is not None and 0.6 < sum(kept.values()) / promised < 1.6
