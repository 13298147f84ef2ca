"""What a batch of conversations keeps: keys and values, and each row's low-rank adapter, in rows that lie side by side.

The rows of one step are always neighbours, so that every product is one batched one over a view and nothing is gathered
while decoding. A row that comes or goes moves at most one other.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Cache
from transformers.pytorch_utils import Conv1D

BLOCK = 256  # tokens by which the room of the rows grows

Pair = tuple[Tensor, Tensor]
#: Module name: A [inputs, rank] and B [rank, outputs], scaled.
Adapter = dict[str, Pair]


def targets(model: nn.Module) -> dict[str, Any]:
    """Layers that an adapter may change: all linear ones but the head."""
    return {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear | Conv1D) and "lm_head" not in n}


def low_rank_type(like: Tensor) -> torch.dtype:
    """Thin products of half numbers are slow on CPUs (1.8 times float32's time, measured), whatever the base is kept in."""
    return torch.float32 if like.device.type == "cpu" else like.dtype


def adapter(tensors: dict[str, Tensor], like: Tensor, scale: float = 2.0) -> Adapter:
    """A LoRA adapter (peft's names) as pairs ready to be put into a row of a model with weights `like`."""
    pairs: Adapter = {}
    device, kind = like.device, low_rank_type(like)
    for name, down in tensors.items():
        if name.endswith("lora_A.weight"):
            place = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            up = tensors[name.replace("lora_A", "lora_B")].float() * scale
            pairs[place] = (down.to(device, kind).T.contiguous(), up.to(device, kind).T.contiguous())
    return pairs


class Stacked:
    """The adapters of all rows at one layer, added to its output by two batched products (S-LoRA, Sheng et al. 2023)."""

    def __init__(self, layer: Any, rows: Rows) -> None:
        self.rows = rows
        plain = isinstance(layer, nn.Linear)
        self.inputs: int = layer.in_features if plain else layer.nx
        self.outputs: int = layer.out_features if plain else layer.nf
        self.down = self.up = torch.empty(0)
        layer.register_forward_hook(self._add)

    def size(self, rows: int, rank: int, like: Tensor) -> None:
        """Room for `rows` adapters of `rank`; what is there is kept."""
        kind = low_rank_type(like)
        down = like.new_zeros(rows, self.inputs, rank, dtype=kind)
        up = like.new_zeros(rows, rank, self.outputs, dtype=kind)
        if self.down.numel():
            n, r = self.down.shape[0], self.down.shape[2]
            down[:n, :, :r], up[:n, :r] = self.down, self.up
        self.down, self.up = down, up

    def put(self, row: int, pair: Pair | None) -> None:
        self.up[row] = 0
        if pair is not None:
            rank = pair[0].shape[1]
            self.down[row, :, :rank], self.up[row, :rank] = pair

    def _add(self, layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        if not self.rows.adapted:
            return None
        here = self.rows.here
        count = here.stop - here.start
        low = torch.bmm(inputs[0].reshape(count, -1, self.inputs).to(self.down.dtype), self.down[here])
        return output + torch.bmm(low, self.up[here]).view(output.shape).to(output.dtype)


class Rows(Cache):
    """Keys and values [rows, heads, room, size] of every layer. `here` are the rows of this step, `starts` where each goes on."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(layers=[])
        parameter = next(model.parameters())
        self.like = torch.empty(0, dtype=parameter.dtype, device=parameter.device)
        self.stacked = {name: Stacked(layer, self) for name, layer in targets(model).items()}
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        self.count, self.room, self.rank = 1, BLOCK, 0
        self.here, self.adapted, self.width = slice(0, 0), False, 0
        self.starts = torch.zeros(0, dtype=torch.int64)

    # one step

    def step(self, first: int, starts: list[int], length: int) -> tuple[Tensor, Tensor]:
        """Say which rows come next and where they go on: positions [rows, length] and a mask [rows, 1, length, width]."""
        self.here = slice(first, first + len(starts))
        self.width = max(starts) + length
        self.starts = torch.tensor(starts, device=self.like.device)
        self.adapted = self.rank > 0
        positions = self.starts[:, None] + torch.arange(length, device=self.like.device)
        seen = torch.arange(self.width, device=self.like.device)
        return positions, (seen <= positions[:, :, None])[:, None]

    def update(self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any) -> Pair:
        """Write this step's keys and values; what may be looked at of its rows comes back."""
        for store, fresh in ((self.keys, key_states), (self.values, value_states)):
            if len(store) <= layer_idx:
                store.append(fresh.new_zeros(self.count, fresh.shape[1], self.room, fresh.shape[3]))
            rows = store[layer_idx][self.here]
            if fresh.shape[2] == 1:
                rows[torch.arange(len(rows), device=fresh.device), :, self.starts] = fresh[:, :, 0]
            else:
                start = self.width - fresh.shape[2]  # several tokens at once: one row
                rows[:, :, start : self.width] = fresh
        return self.keys[layer_idx][self.here, :, : self.width], self.values[layer_idx][self.here, :, : self.width]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Tokens before this step, of the longest row."""
        return self.width - 1

    # rows that come and go

    def grow(self, rows: int, room: int, rank: int) -> None:
        """Make room for so many rows, tokens and ranks."""
        if rank > self.rank or (rows > self.count and self.rank):
            self.rank = max(self.rank, rank)
            for stacked in self.stacked.values():
                stacked.size(max(rows, self.count), self.rank, self.like)
        if rows > self.count or room > self.room:
            self.count, self.room = max(rows, self.count), max(self.room, -(-room // BLOCK) * BLOCK)
            for store in (self.keys, self.values):
                for number, old in enumerate(store):
                    new = old.new_zeros(self.count, old.shape[1], self.room, old.shape[3])
                    new[: old.shape[0], :, : old.shape[2]] = old
                    store[number] = new

    def put(self, row: int, pairs: Adapter) -> None:
        """Give a row its adapter; an empty one means the base."""
        if self.rank:
            for name, stacked in self.stacked.items():
                stacked.put(row, pairs.get(name))

    def swap(self, one: int, other: int) -> None:
        """Two rows change places."""
        stores = [*self.keys, *self.values]
        if self.rank:
            stores += [t for s in self.stacked.values() for t in (s.down, s.up)]
        for store in stores:
            kept = store[one].clone()
            store[one] = store[other]
            store[other] = kept

    def move(self, source: int, target: int) -> None:
        """A row takes the place of one that is gone."""
        stores = [*self.keys, *self.values]
        if self.rank:
            stores += [t for s in self.stacked.values() for t in (s.down, s.up)]
        for store in stores:
            store[target] = store[source]

    def taken(self, row: int, length: int) -> list[Pair]:
        """A copy of a row's keys and values, to go on from later."""
        return [
            (k[row, :, :length].clone(), v[row, :, :length].clone()) for k, v in zip(self.keys, self.values, strict=True)
        ]

    def given(self, row: int, kept: list[Pair], length: int) -> None:
        """Put back what `taken` took."""
        for (k, v), keys, values in zip(kept, self.keys, self.values, strict=True):
            keys[row, :, :length], values[row, :, :length] = k[:, :length], v[:, :length]
