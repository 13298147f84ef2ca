"""Optimizers over float32 masters, so that bfloat16 weights still learn from small steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from apps.personas.inference import precision
from apps.personas.training import checkpoint


class Float32Muon(torch.optim.Muon):
    """`torch.optim.Muon` with its Newton-Schulz iteration in float32.

    The library's own is always in bfloat16, which a CPU without instructions for it multiplies some eighty times slower:
    there the optimizer would take minutes for a step whose other products take seconds. Same options, same state.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One update from the gradients (Jordan 2024: momentum, Nesterov, orthogonalised)."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(weight.grad)
                slow = state["momentum_buffer"].lerp_(weight.grad, 1 - group["momentum"])
                update = weight.grad.lerp(slow, group["momentum"]) if group["nesterov"] else slow
                # "match_rms_adamw" (Liu et al. 2025): updates as large as AdamW's, so that one rate serves both.
                scale = 0.2 * max(weight.shape) ** 0.5
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(orthogonal(update, group["ns_coefficients"], group["ns_steps"]), alpha=-group["lr"] * scale)
        return loss


def orthogonal(matrix: Tensor, weights: tuple[float, float, float], steps: int) -> Tensor:
    """A matrix [m, n] with its singular values brought near one, by the quintic Newton-Schulz iteration (Jordan 2024)."""
    a, b, c = weights
    out = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    out = out / out.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = out @ out.T
        out = torch.addmm(out, torch.addmm(gram, gram, gram, beta=b, alpha=c), out, beta=a)
    return out.T if matrix.shape[0] > matrix.shape[1] else out


class Masters:
    """float32 copies of the trainable weights, stepped by AdamW, or by Muon (Jordan 2024) for matrices inside blocks.

    `named` lists (name, parameter); learning rates are set for each step through `step(rates)`.
    """

    def __init__(self, named: list[tuple[str, nn.Parameter]], *, muon: bool, decay: float = 0.0, clip: float = 1.0) -> None:
        self.named, self.clip = named, clip
        self.masters = [p.detach().float().clone().requires_grad_() for _, p in named]
        inner = [muon and p.ndim == 2 and ".layers." in name for name, p in named]
        plain = [m for m, i in zip(self.masters, inner, strict=True) if not i]
        matrices = [m for m, i in zip(self.masters, inner, strict=True) if i]
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        if plain:
            self.optimizers["adam"] = torch.optim.AdamW(plain, lr=1.0, betas=(0.9, 0.95), weight_decay=decay)
        if matrices:
            fast = precision.best_type(matrices[0].device.type) is torch.bfloat16
            muon_here = torch.optim.Muon if fast else Float32Muon
            self.optimizers["muon"] = muon_here(matrices, lr=1.0, weight_decay=decay, adjust_lr_fn="match_rms_adamw")

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """One update at learning rate `rate`; gradients are read from the live weights and freed. Returns their norm."""
        for master, (_, live) in zip(self.masters, self.named, strict=True):
            master.grad = torch.zeros_like(master) if live.grad is None else live.grad.float()
            live.grad = None
        norm = float(nn.utils.clip_grad_norm_(self.masters, self.clip))
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._publish()
        return norm

    @torch.no_grad()
    def _publish(self) -> None:
        for master, (_, live) in zip(self.masters, self.named, strict=True):
            live.copy_(master)

    def state(self) -> dict[str, Tensor]:
        """Masters and optimizer state as named tensors, for a checkpoint."""
        tensors = {f"master.{name}": m for m, (name, _) in zip(self.masters, self.named, strict=True)}
        for key, optimizer in self.optimizers.items():
            tensors |= checkpoint.flatten_optimizer(optimizer, key)
        return tensors

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put back what `state` gave, live weights included."""
        for master, (name, _) in zip(self.masters, self.named, strict=True):
            master.copy_(tensors[f"master.{name}"])
        for key, optimizer in self.optimizers.items():
            checkpoint.restore_optimizer(optimizer, key, tensors)
        self._publish()
