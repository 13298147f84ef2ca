"""Choosing the next token: temperature, top-k, top-p, min-p, repetition, bans. Never argmax for a persona."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """What a person may set. `temperature` 0.05 to 2; `top_k` 0 = off; `top_p` 1 = off; `min_p` 0 = off;
    limits in tokens and bubbles."""

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 0.95
    repetition: float = 1.05
    max_tokens: int = 160
    max_bubbles: int = 6
    seed: int | None = None
    min_p: float = 0.0

    def clamped(self) -> Sampling:
        """The nearest values that make sense."""
        return Sampling(
            min(2.0, max(0.05, self.temperature)), min(1_000, max(0, self.top_k)), min(1.0, max(0.05, self.top_p)),
            min(2.0, max(1.0, self.repetition)), min(1_024, max(1, self.max_tokens)), min(20, max(1, self.max_bubbles)), self.seed,
            min(0.9, max(0.0, self.min_p)),
        )  # fmt: skip


class Sampler:
    """Draws tokens from logits [vocabulary] with a generator of its own: the same seed gives the same words."""

    def __init__(self, sampling: Sampling, banned: Sequence[int]) -> None:
        self.sampling = sampling.clamped()
        self.banned = torch.tensor(sorted(banned), dtype=torch.int64)
        self.generator = torch.Generator()
        if sampling.seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(sampling.seed)

    def __call__(self, logits: Tensor, recent: Sequence[int], also_banned: Sequence[int] = ()) -> int:
        """The next token; `recent` are the tokens said so far (repetition, Keskar et al. 2019)."""
        s = self.sampling
        logits = logits.float().clone()
        if recent and s.repetition > 1:
            said = torch.tensor(sorted(set(recent)))
            values = logits[said]
            logits[said] = torch.where(values > 0, values / s.repetition, values * s.repetition)
        logits[self.banned] = -torch.inf
        if also_banned:
            logits[torch.tensor(list(also_banned))] = -torch.inf
        logits /= s.temperature
        places = None
        if 0 < s.top_k < len(logits):
            logits, places = torch.topk(logits, s.top_k)  # in order, so that the nucleus needs no sort of the vocabulary
        probabilities = torch.softmax(logits, -1)
        if s.min_p > 0:  # Nguyen et al. 2024
            probabilities[probabilities < s.min_p * probabilities.max()] = 0
        if s.top_p < 1:  # nucleus, Holtzman et al. 2019
            if places is None:
                probabilities, places = probabilities.sort(descending=True)
            probabilities[probabilities.cumsum(0) - probabilities > s.top_p] = 0
        drawn = int(torch.multinomial(probabilities, 1, generator=self.generator))
        return drawn if places is None else int(places[drawn])
