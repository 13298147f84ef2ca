"""Token by token: one model, one cache of keys and values, and what must not be said is taken back word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from apps.personas.inference.families import Family
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.sampling import Sampler, Sampling
from apps.personas.language import BANNED_IDS, BUBBLE_ID, END_ID, ME_ID, TURN_ID

Stop = Callable[[], bool]
#: Says no to a text whose last word must not be said after the others.
Veto = Callable[[str], bool]
TRIES = 3


def never() -> bool:
    """Nobody asks to stop."""
    return False


def nothing(text: str) -> bool:
    """Nothing is forbidden."""
    return False


class Decoder:
    """A model that makes tokens. Not safe for several threads at once (a lock around each step is the caller's) unless `together`."""

    together = False

    def __init__(self, family: Family) -> None:
        self.family = family
        self.model: Any = family.model
        self.model.train(False)
        self.language = family.language
        config = family.model.config
        positions = int(getattr(config, "max_position_embeddings", 1_024) or 1_024)
        self.context = min(positions, int(getattr(config, "useful_length", positions)))
        self._first: dict[int, bool] = {}

    @property
    def size(self) -> int:
        """Bytes that this voice keeps in memory."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def ends(self, token: int) -> bool:
        """Whether a token ends a bubble."""
        if isinstance(self.language, HubLanguage):
            return token in self.language.ends
        return token in (BUBBLE_ID, END_ID, TURN_ID, ME_ID)

    def _drawn_of(self, prompt: list[int], among: list[int], temperature: float, seed: int | None) -> int:
        """Which of some tokens comes next, as its place in `among`."""
        logits = self._forward(prompt, None)[0].float()
        weights = torch.softmax(logits[torch.tensor(among)] / temperature, -1)
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return int(torch.multinomial(weights, 1, generator=generator))

    @torch.inference_mode()
    def _tokens(self, prompt: list[int], sampling: Sampling, stop: Stop, veto: Veto = nothing) -> Iterator[int]:
        """Tokens one by one, with a cache of keys and values; ends at the limit, the stop, or the end of the context.

        With a `veto` tokens come word by word: a word that it forbids is taken back and chosen anew without its first token,
        `TRIES` times (the way of MemFree decoding, Ippolito et al. 2022); then nothing more is said.
        """
        banned = () if isinstance(self.language, HubLanguage) else BANNED_IDS
        sequences = self.language.banned() if isinstance(self.language, HubLanguage) else []
        sampler = Sampler(sampling, banned)
        said: list[int] = []
        logits, cache = self._forward(prompt, None)
        limit = min(sampler.sampling.max_tokens * self.language.scale, self.context - len(prompt) - 1)
        back = self.language.looks_back
        forbidden: list[int] = []
        given = tries = 0
        while len(said) < limit and not stop():
            also = forbidden if len(said) == given else []
            token = sampler(logits, said[-back:] if back else (), [*completing(sequences, said), *also])
            if veto is not nothing and self.begins(token) and len(said) > given:
                if veto(self.said(said)):
                    while given < len(said) - 1 and self._blank(
                        said[given]
                    ):  # what is taken back is the word, not the blank
                        yield said[given]
                        given, forbidden, tries = given + 1, [], 0
                    tries += 1
                    if tries > TRIES:
                        return
                    forbidden = [*forbidden, said[given]]
                    del said[given:]
                    logits, cache = self._forward([*prompt, *said], None)
                    continue
                yield from said[given:]
                given, forbidden, tries = len(said), [], 0
            said.append(token)
            if veto is nothing or self.ends(token):
                yield from said[given:]
                given = len(said)
            logits, cache = self._forward([token], cache)
        if not (given < len(said) and veto(self.said(said))):
            yield from said[given:]

    def finals(self) -> list[int]:
        """Tokens after which nothing of the turn follows."""
        return sorted(self.language.ends) if isinstance(self.language, HubLanguage) else [END_ID, TURN_ID, ME_ID]

    def said(self, ids: list[int]) -> str:
        """The words of a turn so far, bubbles parted by a blank."""
        if isinstance(self.language, HubLanguage):
            return self.language.shown(self.language.decode(ids))
        pieces: list[list[int]] = [[]]
        for token in ids:
            pieces.append([]) if token == BUBBLE_ID else pieces[-1].append(token)
        return " ".join(self.language.decode(piece) for piece in pieces)

    def _blank(self, token: int) -> bool:
        return self.language.decode([token]) == " "

    def begins(self, token: int) -> bool:
        """Whether a token begins a new word (or ends the last one)."""
        if token not in self._first:
            piece = self.language.decode([token])
            raw = self.language.token(token)
            self._first[token] = not piece or not (piece[0].isalnum() or piece[0] in "'’_") or raw[:1] in "ĠĊ▁"
        return self._first[token]

    @torch.inference_mode()
    def _forward(self, ids: list[int], cache: Any) -> tuple[Tensor, Any]:
        device = self.model.device
        out = self.model(
            input_ids=torch.tensor([ids], device=device), past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        return out.logits[0, -1].cpu(), out.past_key_values


def completing(sequences: list[list[int]], said: list[int]) -> list[int]:
    """Tokens that would finish a banned sequence."""
    return [s[-1] for s in sequences if s and said[len(said) - len(s) + 1 :] == s[:-1] and len(said) >= len(s) - 1]
