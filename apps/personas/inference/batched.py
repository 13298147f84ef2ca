"""A voice that is computed together with all others on its base: its adapter goes with its row of the batch."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from apps.personas.inference.decoding import Stop, Veto, never, nothing
from apps.personas.inference.drafts import Draft
from apps.personas.inference.families import Family
from apps.personas.inference.generate import Voice
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.rows import Adapter
from apps.personas.inference.sampling import Sampler, Sampling
from apps.personas.inference.scheduler import Ask, Scheduler
from apps.personas.language import BANNED_IDS


def fits(model: Any) -> bool:
    """Whether a model keeps nothing but keys and values, and looks at all of them: what the rows of a batch can hold."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    known = {"llama", "gpt2", "qwen2", "qwen3", "mistral", "smollm3", "gemma", "phi3", "olmo2"}
    return config.model_type in known and kinds == {"full_attention"} and not getattr(config, "sliding_window", None)


class BatchedVoice(Voice):
    """Talks through the scheduler of its base; safe for any number of threads at once."""

    together = True
    talk = ""

    def __init__(self, family: Family, scheduler: Scheduler, key: str, pairs: Adapter) -> None:
        super().__init__(family)
        self.scheduler, self.key, self.pairs = scheduler, key, pairs

    @property
    def size(self) -> int:
        """The adapter; the base is everybody's."""
        own = sum(t.numel() * t.element_size() for pair in self.pairs.values() for t in pair)
        return own or super().size

    def within(self, talk: str) -> BatchedVoice:
        """This voice in one conversation: what was read there is not read again."""
        here = copy.copy(self)
        here.talk = talk
        return here

    def _tokens(self, prompt: list[int], sampling: Sampling, stop: Stop, veto: Veto = nothing) -> Iterator[int]:
        """As `Voice._tokens` says."""
        limit = min(sampling.clamped().max_tokens, self.context - len(prompt) - 1)
        ask = self._ask(prompt, sampling, Draft(self, limit, veto, self.finals()))
        if not ask.open or stop():
            return
        self.scheduler.submit(ask)
        try:
            yield from ask.draft.words(stop)
        finally:
            ask.draft.open = False

    def _ask(self, prompt: list[int], sampling: Sampling, draft: Draft, *, look: bool = False) -> Ask:
        hub = isinstance(self.language, HubLanguage)
        sampler = Sampler(sampling, () if hub else BANNED_IDS)
        sequences = self.language.banned() if isinstance(self.language, HubLanguage) else []
        return Ask(self.key, self.talk, self.pairs, prompt, sampler, draft, sequences, look)

    def _forward(self, ids: list[int], cache: Any) -> tuple[Tensor, Any]:
        draft = Draft(self, 1, nothing, ())
        ask = self._ask(ids, Sampling(), draft, look=True)
        self.scheduler.submit(ask)
        list(draft.words(never))
        assert ask.logits is not None
        return ask.logits, None
