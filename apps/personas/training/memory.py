"""How much of a step is held at once: rows in one pass of the model, and layers that are computed again instead of kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from transformers.modeling_layers import GradientCheckpointingLayer

#: Bytes of activations that a training may keep on a CPU: larger passes are no faster there, and the site lives beside it.
ON_CPU = 192 * 2**20
#: Share of what is free on a GPU that they may take.
ON_GPU = 0.6


@dataclass(frozen=True)
class Passes:
    """`rows` that go through the model together, and the share of its layers that are computed again in the backward pass."""

    rows: int
    again: float = 0.0


def row_bytes(config: Any, length: int, size: int) -> int | None:
    """Bytes that the backward pass of one row of `length` tokens needs, counted on the Llama shape: of every layer six vectors
    of its width and four of its middle in `size` bytes, and two of its width in float32. None for what has no such layers."""
    width, layers = getattr(config, "hidden_size", None), getattr(config, "num_hidden_layers", None)
    if not width or not layers:
        return None
    middle = getattr(config, "intermediate_size", None) or getattr(config, "n_inner", None) or 4 * width
    return int(length * layers * ((6 * size + 8) * width + 4 * size * middle))


def passes(row: int | None, rows: int, budget: int) -> Passes:
    """Even parts of a step's rows that stay within `budget` bytes; where one row alone is above it, layers are computed again."""
    if row is None or row * rows <= budget:
        return Passes(rows)
    if row <= budget:
        return Passes(math.ceil(rows / math.ceil(rows / (budget // row))))
    return Passes(1, 1 - budget / row)


def budget(device: str) -> int:
    """Bytes for activations on a device, as it is now."""
    if not device.startswith("cuda"):
        return ON_CPU
    free, _ = torch.cuda.mem_get_info(device)
    return int(free * ON_GPU)


def compute_again(model: Any, share: float) -> None:
    """Turn activation checkpointing on for the last `share` of the layers (Chen et al. 2016), where the model can."""
    if not share or not getattr(model, "supports_gradient_checkpointing", False):
        return
    model.activation_checkpointing_enable({"use_reentrant": False})
    layers: list[Any] = [m for m in model.modules() if isinstance(m, GradientCheckpointingLayer)]
    for layer in layers[: len(layers) - math.ceil(len(layers) * share)]:
        layer.gradient_checkpointing = False
