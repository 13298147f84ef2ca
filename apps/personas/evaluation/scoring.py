"""How likely a model finds given words: sums of −log p over the learnt tokens of encoded samples, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from apps.personas.language import Encoded

TOKENS = 8_192  # of a batch, padding included
ROWS = 2_048  # of logits at a time
SHARED = 4  # tokens that samples begin with, from which on these are read once


@torch.inference_mode()
def losses(model: Any, pad: int, samples: Sequence[Encoded]) -> Tensor:
    """[samples, 2] float64: nats over tokens of weight above 0, and their number; samples of like length go together."""
    out = torch.zeros(len(samples), 2, dtype=torch.float64)
    model.train(False)
    order = sorted(range(len(samples)), key=lambda n: len(samples[n].ids))
    at = 0
    while at < len(order):
        size = max(1, TOKENS // len(samples[order[min(len(order) - 1, at + 256)]].ids))
        numbers = order[at : at + size]
        out[numbers] = _batch(model, pad, [samples[n] for n in numbers])
        at += size
    return out


def _batch(model: Any, pad: int, samples: list[Encoded]) -> Tensor:
    longest = max(len(s.ids) for s in samples)
    ids = torch.full((len(samples), longest), pad)
    weights = torch.zeros(len(samples), longest)
    for row, sample in enumerate(samples):
        ids[row, : len(sample.ids)] = torch.tensor(sample.ids)
        weights[row, : len(sample.ids)] = torch.tensor(sample.weights)
    mask = torch.arange(longest)[None] < torch.tensor([len(s.ids) for s in samples])[:, None]
    hidden = _hidden(model, ids, mask, _shared(samples))
    device = hidden.device
    rows, places = (weights[:, 1:] > 0).nonzero(as_tuple=True)
    head = model.get_output_embeddings()
    total = torch.zeros(len(samples), 2, dtype=torch.float64)
    for start in range(0, len(rows), ROWS):
        which, place = rows[start : start + ROWS], places[start : start + ROWS]
        logits = head(hidden[which.to(device), place.to(device)]).float()
        wanted = ids[which, place + 1].to(device)
        nats = torch.nn.functional.cross_entropy(logits, wanted, reduction="none").cpu().double()
        total.index_add_(0, which, torch.stack([nats, torch.ones_like(nats)], dim=1))
    return total


def _shared(samples: list[Encoded]) -> int:
    """How many tokens all samples begin with, short of the last of any."""
    first, last = min(s.ids for s in samples), max(s.ids for s in samples)  # what these two share, all between them do
    most = min(len(s.ids) for s in samples) - 1
    return next((n for n in range(most) if first[n] != last[n]), most)


def _hidden(model: Any, ids: Tensor, mask: Tensor, shared: int) -> Tensor:
    """States [samples, tokens, width]; what all samples begin with is read once, where the model keeps what it read in a cache."""
    device = next(model.parameters()).device
    body, ids, mask = getattr(model, model.base_model_prefix), ids.to(device), mask.to(device)
    if len(ids) > 1 and shared >= SHARED:
        read = body(input_ids=ids[:1, :shared], use_cache=True)
        if hasattr(cache := read.past_key_values, "batch_repeat_interleave"):
            cache.batch_repeat_interleave(len(ids))
            places = torch.arange(shared, ids.shape[1], device=device)[None].expand(len(ids), -1)
            rest = body(
                input_ids=ids[:, shared:], attention_mask=mask, position_ids=places, past_key_values=cache, use_cache=True
            )
            return torch.cat([read.last_hidden_state.expand(len(ids), -1, -1), rest.last_hidden_state], dim=1)
    hidden: Tensor = body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    return hidden


def exposure(value: float, references: Tensor) -> float:
    """log2 of references + 1 over the rank of a value among them, in bits (Carlini et al. 2019); smaller is likelier."""
    rank = 1 + float((references < value).sum()) + 0.5 * float((references == value).sum())
    return float(torch.log2(torch.tensor((len(references) + 1) / rank)))


def auc(members: Tensor, others: Tensor) -> float:
    """The chance that a member scores higher than another (Mann and Whitney 1947)."""
    both = torch.cat([members, others])
    order = both.argsort()
    ranks = torch.empty(len(both), dtype=torch.float64)
    ranks[order] = torch.arange(1, len(both) + 1, dtype=torch.float64)
    low = len(members) * (len(members) + 1) / 2
    return float((ranks[: len(members)].sum() - low) / (len(members) * len(others)))


def tpr_at(members: Tensor, others: Tensor, share: float = 0.01) -> float:
    """The share of members above the score that only `share` of the others reach."""
    limit = others.quantile(1 - share)
    return float((members > limit).double().mean())
