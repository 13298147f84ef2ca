"""What a model says after many prompts at once: for audits and likeness, where thousands of short texts are wanted."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from apps.personas.inference.families import Family
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.language import BANNED_IDS, BUBBLE_ID, END_ID, ME_ID, TURN_ID

AMONG = 50  # the likeliest tokens that are drawn from


@torch.inference_mode()
def say(family: Family, model: Any, prompts: list[list[int]], most: int, temperature: float, seed: int) -> list[list[int]]:
    """Token ids after each prompt, up to the end of the turn or `most` of them, drawn among the 50 likeliest.

    A plain loop instead of `generate`, which takes two to five times as long for the same words (it walks every logit for every
    rule at every step).
    """
    longest, pad = max(map(len, prompts)), family.pad
    device = next(model.parameters()).device
    lengths = torch.tensor([len(p) for p in prompts], device=device)
    ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts], device=device)
    mask = (torch.arange(longest, device=device) >= longest - lengths[:, None]).long()
    places = (mask.cumsum(1) - 1).clamp(min=0)
    banned = [] if isinstance(family.language, HubLanguage) else list(BANNED_IDS)
    enders = ends(family)
    generator = torch.Generator().manual_seed(seed)
    said: list[Tensor] = []
    cache: Any = None
    over = torch.zeros(len(prompts), dtype=torch.bool, device=device)
    while len(said) < most and not over.all():
        out = model(
            input_ids=ids, attention_mask=mask, position_ids=places, past_key_values=cache, use_cache=True, logits_to_keep=1
        )  # fmt: skip
        logits, cache = out.logits[:, -1].float(), out.past_key_values
        logits[:, banned] = -torch.inf
        values, among = (logits / temperature).topk(AMONG)
        drawn = torch.multinomial(values.softmax(-1).cpu(), 1, generator=generator).to(device)
        ids = among.gather(1, drawn)
        said.append(torch.where(over, pad, ids[:, 0]))
        over |= torch.isin(ids[:, 0], torch.tensor(enders, device=device))
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], 1)
        places = lengths[:, None] + len(said) - 1
    rows = torch.stack(said, 1).tolist()
    return [[t for t in row if t != pad and t not in enders] for row in rows]


def ends(family: Family) -> list[int]:
    """Tokens that end a turn."""
    return sorted(family.language.ends) if isinstance(family.language, HubLanguage) else [END_ID, TURN_ID, ME_ID]


def bubbles(family: Family, ids: list[int]) -> list[str]:
    """The messages of a turn."""
    if isinstance(family.language, HubLanguage):
        return [line.strip() for line in family.language.decode(ids).split("\n") if line.strip()]
    pieces: list[list[int]] = [[]]
    for token in ids:
        pieces.append([]) if token == BUBBLE_ID else pieces[-1].append(token)
    return [text for piece in pieces if (text := family.language.decode(piece).strip())]
