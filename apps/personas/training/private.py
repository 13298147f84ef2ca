"""Private mode: DP-SGD (Abadi et al. 2016) on the adapter. Each unit's gradient is clipped, then noise is added to the sum.

A unit is a dialogue or an exchange with all its windows; every message stands in exactly one. Each step draws every unit with
the same small probability (Poisson sampling). Gradients of samples come from the hooks of opacus, the price of a step from its
accountant (Rényi, Mironov 2017). What draws and noise are made of never leaves the sealed checkpoint.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from apps.personas.config import TrainConfig
from apps.personas.language import Encoded
from apps.personas.training import packing

#: Fewer units than this and the noise that hides one of them hides everything.
LEAST = 100
#: Windows in one pass: each needs a gradient of its own in memory.
ROWS = 32

Total = Callable[[packing.Batch], Tensor]


@dataclass(frozen=True)
class Budget:
    """What a training may cost: `sigma` × `clip` is the noise's deviation, `batch` the expected number of units in a step."""

    unit: str
    units: int
    batch: int
    steps: int
    sigma: float
    clip: float
    delta: float

    @property
    def share(self) -> float:
        """The probability with which a step draws a unit."""
        return self.batch / self.units


def budget(config: TrainConfig, count: int) -> Budget:
    """The least noise that keeps (epsilon, 1 / 10 N) over all steps; steps are few and large, which costs least."""
    from opacus.accountants.utils import get_noise_multiplier  # brings a second of imports: only private trainings pay it

    batch = min(count // 4, round(6 * math.sqrt(count)))
    steps = max(1, round(config.epochs * count / batch))
    delta = 1 / (10 * count)
    sigma = get_noise_multiplier(
        target_epsilon=config.epsilon, target_delta=delta, sample_rate=batch / count, steps=steps, accountant="rdp"
    )
    return Budget(config.unit, count, batch, steps, sigma, config.clip, delta)


class Private:
    """Draws, clips, adds noise, and counts what it cost. `grouped` are the windows of each unit, in the order of the samples."""

    def __init__(self, budget: Budget, grouped: Sequence[Sequence[Encoded]], model: nn.Module, tokens: int) -> None:
        from opacus.accountants import RDPAccountant
        from opacus.grad_sample import GradSampleHooks

        self.budget, self.most = budget, tokens
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.members: list[list[int]] = []
        for unit in grouped:
            first = self.members[-1][-1] + 1 if self.members else 0
            self.members.append(list(range(first, first + len(unit))))
        self.secret = os.urandom(32)
        self.accountant = RDPAccountant()
        GradSampleHooks(model, loss_reduction="sum")

    def tokens(self, samples: Sequence[Encoded]) -> int:
        """Expected tokens of a step."""
        return round(self.budget.share * sum(len(s.ids) - 1 for s in samples))

    def drawn(self, number: int) -> list[int]:
        """The units of a step."""
        chances = torch.rand(len(self.members), generator=self._random("draw", number))
        found: list[int] = (chances < self.budget.share).nonzero().flatten().tolist()
        return found

    def backward(self, number: int, samples: Sequence[Encoded], pad: int, total: Total) -> float:
        """The noisy gradient of a step into `.grad`; returns the loss of what was drawn, in nats per token."""
        summed = [torch.zeros_like(p, dtype=torch.float32) for p in self.parameters]
        loss = weight = 0.0
        for group in self._groups(self.drawn(number), samples):
            each = [torch.zeros(len(group), *p.shape, device=p.device) for p in self.parameters]
            for rows, owners in self._passes(group, samples):
                length = max(len(samples[n].ids) for n in rows) - 1
                batch = packing.batch(samples, [[n] for n in rows], length, pad)
                loss += self._gradients(total(batch), owners, each)
                weight += float(batch.weights.sum())
            norms = torch.stack([g.flatten(1).norm(dim=1) for g in each]).norm(dim=0)
            kept = self.budget.clip / norms.clamp(min=self.budget.clip)
            for whole, g in zip(summed, each, strict=True):
                whole += torch.tensordot(kept, g, 1)
        self._publish(summed, self._random("noise", number))
        self.accountant.step(noise_multiplier=self.budget.sigma, sample_rate=self.budget.share)
        return loss / weight if weight else 0.0  # a step that drew nobody is noise alone, and still a step

    def _gradients(self, loss: Tensor, owners: list[int], each: list[Tensor]) -> float:
        """Adds the gradient of every window to the unit that owns it."""
        loss.backward()  # type: ignore[no-untyped-call]
        for whole, p in zip(each, self.parameters, strict=True):
            held: Any = p
            whole.index_add_(0, torch.tensor(owners, device=p.device), held.grad_sample.float())
            held.grad_sample = held.grad = None
        return loss.item()

    def _publish(self, summed: list[Tensor], random: torch.Generator) -> None:
        """Divided by the expected number of units: the real one would tell who was drawn."""
        deviation = self.budget.sigma * self.budget.clip
        for p, whole in zip(self.parameters, summed, strict=True):
            noise = torch.randn(p.shape, generator=random).to(p.device) * deviation
            p.grad = ((whole + noise) / self.budget.batch).to(p.dtype)

    def _groups(self, drawn: list[int], samples: Sequence[Encoded]) -> Iterator[list[int]]:
        """Units of like length that fit into one pass; a unit too long for that comes alone."""
        size = {u: max(len(samples[n].ids) for n in self.members[u]) for u in drawn}
        group: list[int] = []
        rows = 0
        for unit in sorted(drawn, key=lambda u: size[u]):
            more = rows + len(self.members[unit])
            if group and (more > ROWS or more * size[unit] > self.most):
                yield group
                group, more = [], len(self.members[unit])
            group.append(unit)
            rows = more
        if group:
            yield group

    def _passes(self, group: list[int], samples: Sequence[Encoded]) -> Iterator[tuple[list[int], list[int]]]:
        """Windows that go through the model together, each with the place of its unit in the group."""
        owned = [(n, place) for place, unit in enumerate(group) for n in self.members[unit]]
        at_once = max(1, min(ROWS, self.most // max(len(samples[n].ids) for n, _ in owned)))
        for at in range(0, len(owned), at_once):
            part = owned[at : at + at_once]
            yield [n for n, _ in part], [place for _, place in part]

    def _random(self, purpose: str, number: int) -> torch.Generator:
        """The same for a step done twice after a kill, so that its noise is paid for once; unknown to whoever lacks the secret."""
        digest = hashlib.sha256(self.secret + f"{purpose}/{number}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little", signed=True))

    def state(self) -> dict[str, Any]:
        """For the sealed checkpoint only."""
        return {"secret": self.secret.hex(), "history": self.accountant.history}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the same secret, and with what was spent."""
        self.secret = bytes.fromhex(state["secret"])
        self.accountant.history = [tuple(row) for row in state["history"]]

    def facts(self) -> dict[str, Any]:
        """What a version says about itself; epsilon is what the steps that were made have cost."""
        spent = self.accountant.get_epsilon(delta=self.budget.delta)
        b = self.budget
        return {
            "epsilon": math.ceil(spent * 100) / 100, "delta": b.delta, "unit": b.unit, "units": b.units,
            "sigma": b.sigma, "clip": b.clip, "batch": b.batch,
        }  # fmt: skip
