"""Which number type this machine trains fastest in: asked of the machine, never assumed."""

from __future__ import annotations

import time
from functools import cache

import torch


def _speed(kind: torch.dtype, seconds: float, rows: int = 2_048, warm: int = 2) -> float:
    """Products a second, of so many rows."""
    own = torch.Generator().manual_seed(0)  # what a training draws must not depend on whether the machine was asked
    left, right = (torch.randn(a, b, generator=own).to(kind) for a, b in ((rows, 384), (384, 1_024)))
    for _ in range(warm):
        left @ right
    start, rounds = time.perf_counter(), 0
    while not rounds or time.perf_counter() - start < seconds:
        left @ right
        rounds += 1
    return rounds / (time.perf_counter() - start)


def best_type(device: str, seconds: float = 0.1) -> torch.dtype:
    """bfloat16 where its products are at least 1.5 times as fast as float32's, measured for `seconds` each, once in a process."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device != "cpu":
        return torch.float32
    return _best_of_cpu(seconds)


@cache
def _best_of_cpu(seconds: float) -> torch.dtype:
    # without instructions for it a product in bfloat16 takes a second: a small one tells that, and most machines, in a moment
    if _speed(torch.bfloat16, 0.01, 64, 1) < 0.5 * _speed(torch.float32, 0.01, 64, 1):
        return torch.float32
    return torch.bfloat16 if _speed(torch.bfloat16, seconds) > 1.5 * _speed(torch.float32, seconds) else torch.float32
