"""Which number type this machine trains fastest in: asked of the machine, never assumed."""

from __future__ import annotations

import time

import torch


def _speed(kind: torch.dtype, seconds: float) -> float:
    left, right = torch.randn(2_048, 384, dtype=kind), torch.randn(384, 1_024, dtype=kind)
    for _ in range(2):
        left @ right
    start, rounds = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        left @ right
        rounds += 1
    return rounds / (time.perf_counter() - start)


def best_type(device: str, seconds: float = 0.1) -> torch.dtype:
    """bfloat16 where its products are at least 1.5 times as fast as float32's, measured for `seconds` each."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device != "cpu":
        return torch.float32
    return torch.bfloat16 if _speed(torch.bfloat16, seconds) > 1.5 * _speed(torch.float32, seconds) else torch.float32
