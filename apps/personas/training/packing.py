"""Samples into rows of one length, without letting one sample see another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from apps.personas.language import Encoded


@dataclass(frozen=True)
class Batch:
    """Shapes: inputs, targets, positions [rows, length] (int64), weights [rows, length] (float32).

    Positions begin again at 0 with every sample, which is how transformers builds the block-diagonal mask.
    """

    inputs: Tensor
    targets: Tensor
    positions: Tensor
    weights: Tensor


def order(count: int, seed: int, epoch: int) -> list[int]:
    """The order of samples in an epoch: a pure function of its arguments."""
    numbers = list(range(count))
    random.Random(f"{seed}/{epoch}").shuffle(numbers)
    return numbers


def rows(samples: Sequence[Encoded], numbers: Sequence[int], length: int) -> list[list[int]]:
    """First fit, in the given order, looking back over the last 32 open rows: numbers of samples for each row."""
    made: list[list[int]] = []
    free: list[int] = []
    for number in numbers:
        size = len(samples[number].ids) - 1
        place = next((i for i in range(max(0, len(made) - 32), len(made)) if free[i] >= size), None)
        if place is None:
            made.append([number])
            free.append(length - size)
        else:
            made[place].append(number)
            free[place] -= size
    return made


def batch(samples: Sequence[Encoded], chosen: Sequence[Sequence[int]], length: int, pad: int) -> Batch:
    """Fill tensors from rows of sample numbers; what is left over is padding of weight 0, each a sample of its own."""
    shape = (len(chosen), length)
    inputs = torch.full(shape, pad, dtype=torch.int64)
    targets = torch.full(shape, pad, dtype=torch.int64)
    positions = torch.zeros(shape, dtype=torch.int64)
    weights = torch.zeros(shape, dtype=torch.float32)
    for row, numbers in enumerate(chosen):
        at = 0
        for number in numbers:
            ids = torch.tensor(samples[number].ids)
            size = len(ids) - 1
            inputs[row, at : at + size] = ids[:-1]
            targets[row, at : at + size] = ids[1:]
            positions[row, at : at + size] = torch.arange(size)
            weights[row, at : at + size] = torch.tensor(samples[number].weights[1:])
            at += size
        positions[row, at:] = torch.arange(length - at)
    return Batch(inputs, targets, positions, weights)
