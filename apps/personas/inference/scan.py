"""GRU and LSTM over packed rows: the state begins anew wherever a sample does, every step has the same shape.

torch's own cells know no samples inside a row. Equations as in torch.nn.GRU and LSTM; state and gates are float32, products
in the type of the weights, and the gradient of the weights is one large product at the end instead of one for every step.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

State = tuple[Tensor, ...]  # each [rows, width] in float32: h of a GRU, (h, c) of an LSTM


class _GRU(torch.autograd.Function):
    """inputs [steps, rows, 3 width] → h [steps, rows, width]; gates in torch's order: reset, update, new."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor, given: Tensor, begun: Tensor, span: int
    ) -> tuple[Tensor, Tensor]:
        steps, rows, width = len(inputs), inputs.shape[1], weight.shape[1]
        out, before, hidden_new = (inputs.new_empty(steps, rows, width) for _ in range(3))
        gates = inputs.new_empty(steps, rows, 3 * width)
        h, turned = begun, weight.T
        for t in range(steps):
            h = h * keep[t]
            h = h + given[t] if given.numel() else h
            before[t] = h
            a = (before[t] @ turned).float() + bias
            rz = torch.sigmoid(inputs[t, :, : 2 * width].float() + a[:, : 2 * width])
            r, z = rz.chunk(2, -1)
            n = torch.tanh(inputs[t, :, 2 * width :].float() + r * a[:, 2 * width :])
            h = n + z * (h - n)
            gates[t, :, : 2 * width], gates[t, :, 2 * width :] = rz, n
            hidden_new[t], out[t] = a[:, 2 * width :], h
        ctx.save_for_backward(weight, keep, before, gates, hidden_new)
        ctx.span, ctx.inject = span, bool(given.numel())
        ctx.mark_non_differentiable(h)
        return out, h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weight, keep, before, gates, hidden_new = ctx.saved_tensors
        steps, rows, width = before.shape
        of_inputs, of_hidden = torch.empty_like(gates), torch.empty_like(gates)
        of_given = before.new_empty(steps if ctx.inject else 0, rows, width)
        carry = torch.zeros(rows, width, device=before.device)
        for t in range(steps - 1, -1, -1):
            g, h = grads[0][t].float() + carry, before[t].float()
            r, z, n = gates[t].float().chunk(3, -1)
            of_new = g * (1 - z) * (1 - n * n)
            of_update = g * (h - n) * z * (1 - z)
            of_reset = of_new * hidden_new[t].float() * r * (1 - r)
            of_inputs[t] = torch.cat([of_reset, of_update, of_new], -1)
            of_hidden[t] = torch.cat([of_reset, of_update, of_new * r], -1)
            carry = g * z + (of_hidden[t] @ weight).float()
            if ctx.inject:
                of_given[t] = carry
            carry = carry * keep[t] if not ctx.span or t % ctx.span else torch.zeros_like(carry)
        flat = of_hidden.flatten(0, 1)
        return of_inputs, flat.T @ before.flatten(0, 1), flat.float().sum(0), None, of_given, None, None


class _LSTM(torch.autograd.Function):
    """inputs [steps, rows, 4 width] → h [steps, rows, width]; gates in torch's order: input, forget, cell, output."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor, given: Tensor, given_c: Tensor,
        begun: Tensor, begun_c: Tensor, span: int,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        steps, rows, width = len(inputs), inputs.shape[1], weight.shape[1]
        out, before, before_c, curve = (inputs.new_empty(steps, rows, width) for _ in range(4))
        gates = inputs.new_empty(steps, rows, 4 * width)
        h, c, turned = begun, begun_c, weight.T
        for t in range(steps):
            h, c = h * keep[t], c * keep[t]
            if given.numel():
                h, c = h + given[t], c + given_c[t]
            before[t], before_c[t] = h, c
            a = inputs[t].float() + (before[t] @ turned).float() + bias
            i, f, g, o = a.chunk(4, -1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            bent = c.tanh()
            h = o * bent
            gates[t], curve[t], out[t] = torch.cat([i, f, g, o], -1), bent, h
        ctx.save_for_backward(weight, keep, before, before_c, gates, curve)
        ctx.span, ctx.inject = span, bool(given.numel())
        ctx.mark_non_differentiable(h, c)
        return out, h, c

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weight, keep, before, before_c, gates, curve = ctx.saved_tensors
        steps, rows, width = before.shape
        of_gates = torch.empty_like(gates)
        of_given, of_given_c = (before.new_empty(steps if ctx.inject else 0, rows, width) for _ in range(2))
        carry, carry_c = (torch.zeros(rows, width, device=before.device) for _ in range(2))
        for t in range(steps - 1, -1, -1):
            grad, bent = grads[0][t].float() + carry, curve[t].float()
            i, f, g, o = gates[t].float().chunk(4, -1)
            of_c = grad * o * (1 - bent * bent) + carry_c
            of_gates[t] = torch.cat(
                [
                    of_c * g * i * (1 - i),
                    of_c * before_c[t].float() * f * (1 - f),
                    of_c * i * (1 - g * g),
                    grad * bent * o * (1 - o),
                ],
                -1,
            )
            carry, carry_c = (of_gates[t] @ weight).float(), of_c * f
            if ctx.inject:
                of_given[t], of_given_c[t] = carry, carry_c
            held = keep[t] if not ctx.span or t % ctx.span else 0.0
            carry, carry_c = carry * held, carry_c * held
        flat = of_gates.flatten(0, 1)
        of_weight = flat.T @ before.flatten(0, 1)
        return of_gates, of_weight, flat.float().sum(0), None, of_given, of_given_c, None, None, None


class Cell(nn.Module):
    """One layer with torch's parameters (and names); `gates` is 3 for a GRU, 4 for an LSTM."""

    def __init__(self, inputs: int, width: int, gates: int) -> None:
        super().__init__()
        self.width, self.gates = width, gates
        self.weight_ih = nn.Parameter(torch.empty(gates * width, inputs))
        self.weight_hh = nn.Parameter(torch.empty(gates * width, width))
        self.bias_ih = nn.Parameter(torch.empty(gates * width))
        self.bias_hh = nn.Parameter(torch.empty(gates * width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As torch's cells begin."""
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(self.width**-0.5), self.width**-0.5)

    def forward(
        self, inputs: Tensor, begins: Tensor, state: State | None = None, given: State = (), span: int = 0
    ) -> tuple[Tensor, State]:
        """inputs [rows, steps, …] → outputs [rows, steps, width] and the state after the last step.

        Where `begins` [rows, steps] the state is blank, or what is `given` there (each [rows, steps, width], 0 elsewhere).
        A `state` is what came before the first step. After `span` steps the gradient is cut (truncated backpropagation
        through time, Werbos 1990); 0 = never.
        """
        projected = nn.functional.linear(inputs, self.weight_ih, self.bias_ih).transpose(0, 1).contiguous()
        rows = len(inputs)
        count = 1 if self.gates == 3 else 2
        begun = state or tuple(torch.zeros(rows, self.width, device=inputs.device) for _ in range(count))
        keep = (~begins).T[..., None].float()
        wished = [g.transpose(0, 1).contiguous() for g in given] or [projected.new_empty(0)] * count
        made = (_GRU if self.gates == 3 else _LSTM).apply(
            projected, self.weight_hh, self.bias_hh, keep, *wished, *begun, span
        )  # type: ignore[no-untyped-call]
        return made[0].transpose(0, 1), made[1:]
