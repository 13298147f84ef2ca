"""The number type is asked of the machine, and a machine without bfloat16 answers in a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import torch

from apps.personas.inference import precision


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    precision._best_of_cpu.cache_clear()
    yield
    precision._best_of_cpu.cache_clear()


@pytest.mark.parametrize(
    ("small", "large", "best", "asked_for_large"),
    [(0.2, 9.0, torch.float32, False), (0.8, 3.0, torch.bfloat16, True), (2.0, 1.2, torch.float32, True)],
)
def test_a_large_product_is_asked_for_only_where_a_small_one_leaves_it_open(
    monkeypatch: pytest.MonkeyPatch, small: float, large: float, best: torch.dtype, asked_for_large: bool
) -> None:
    asked: list[int] = []

    def speed(kind: torch.dtype, seconds: float, rows: int = 2_048, warm: int = 2) -> float:
        asked.append(rows)
        return 1.0 if kind is torch.float32 else small if rows < 2_048 else large

    monkeypatch.setattr(precision, "_speed", speed)
    assert precision.best_type("cpu") is best
    assert (2_048 in asked) is asked_for_large
    many = len(asked)
    assert precision.best_type("cpu") is best
    assert len(asked) == many, "once in a process"


def test_the_machine_itself_answers() -> None:
    began = time.perf_counter()
    assert precision.best_type("cpu") in (torch.float32, torch.bfloat16)
    assert precision._speed(torch.float32, 0.0) > 0
    assert time.perf_counter() - began < 60


def test_asking_draws_nothing_from_the_seed_of_a_training() -> None:
    torch.manual_seed(3)
    precision.best_type("cpu")
    drawn = torch.rand(4)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(4))
