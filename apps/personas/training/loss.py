"""Weighted cross-entropy that never holds the full matrix of logits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

#: Logits that exist at once.
CHUNK = 2**23


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Gradients are made in the forward pass, chunk by chunk (the idea of Liger Kernel's fused linear loss)."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        total = hidden.new_zeros((), dtype=torch.float32)
        grad_hidden = torch.empty_like(hidden)
        grad_head = torch.zeros_like(head, dtype=torch.float32) if head.requires_grad else None
        step = max(1, CHUNK // head.shape[0])
        for start in range(0, hidden.shape[0], step):
            rows = slice(start, start + step)
            part, target, weight = hidden[rows], targets[rows], weights[rows]
            logits = (part @ head.T).float()
            peak = logits.max(dim=-1, keepdim=True).values
            logits -= peak
            picked = logits.gather(1, target[:, None]).squeeze(1)
            probs = logits.exp_()
            norm = probs.sum(dim=-1, keepdim=True)
            total += ((norm.squeeze(1).log() - picked) * weight).sum()
            probs *= weight[:, None] / norm
            probs[torch.arange(len(target), device=target.device), target] -= weight
            grad = probs.to(part.dtype)
            grad_hidden[rows] = grad @ head
            if grad_head is not None:
                grad_head += (grad.T @ part).float()
        ctx.save_for_backward(grad_hidden, grad_head)
        ctx.head_type = head.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        grad_hidden, grad_head = ctx.saved_tensors
        scale = grads[0]
        return grad_hidden * scale, None if grad_head is None else (grad_head * scale).to(ctx.head_type), None, None


def weighted_cross_entropy(hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Sum over rows of `weight × −log softmax(hidden @ headᵀ)[target]`, in nats.

    Shapes: hidden [rows, width], head [vocabulary, width], targets [rows] (int64), weights [rows] (float32).
    Rows of weight 0 are left out before the product, so the head is paid only where there is something to learn.
    """
    rows = weights.nonzero().squeeze(1)
    if len(rows) < len(weights):
        hidden, targets, weights = hidden[rows], targets[rows], weights[rows]
    result: Tensor = _ChunkedCrossEntropy.apply(hidden, head, targets, weights)  # type: ignore[no-untyped-call]
    return result
