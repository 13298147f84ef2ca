"""Optimizers over float32 masters, so that bfloat16 weights still learn from small steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from apps.personas.training import checkpoint


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
            self.optimizers["muon"] = torch.optim.Muon(matrices, lr=1.0, weight_decay=decay, adjust_lr_fn="match_rms_adamw")

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
