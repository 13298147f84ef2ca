"""Finishing a sentence: what is typed, in bursts of keys, and the named peer, `generate()` of transformers for three continuations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from safetensors.torch import save

from apps.personas.evaluation.bench_generation import adapter
from apps.personas.inference import families
from apps.personas.inference.generate import Voice
from apps.personas.language import BANNED_IDS, Turn

SENTENCES = (
    "honestly i think we should go there before it starts to rain again",
    "sorry i can't make it on friday but what about the weekend?",
    "I was going to tell you about the garden when the bus came",
)
#: Keys between two stops of the fingers, as the page's pause parts them.
BURSTS = (4, 3, 5, 4, 5, 3)
WAYS, TOKENS = 3, 12


def bursts() -> list[str]:
    """What stands in the field whenever the fingers pause: three letters at least."""
    found = []
    for sentence in SENTENCES:
        at = turn = 0
        while at < len(sentence):
            at, turn = min(len(sentence), at + BURSTS[turn % len(BURSTS)]), turn + 1
            found.append(sentence[:at])
    return found


def weights() -> bytes:
    """A small random adapter of the built-in base: a persona that was not trained, and costs what one costs."""
    return save(adapter(families.load("builtin", torch.float32).model, 1, 0.005))


def counter() -> Callable[[str], int]:
    """How many tokens of the built-in base a text has."""
    language = families.load("builtin", torch.float32).language
    return lambda text: len(language.encode_text(text))


class Bare:
    """The built-in model in float32, which reads the whole prompt with every burst."""

    def __init__(self) -> None:
        self.family = families.load("builtin", torch.float32)
        self.voice = Voice(self.family)

    def length(self, others: Sequence[str], turns: Sequence[Turn]) -> int:
        """Tokens of the context before what is typed."""
        return len(self.voice._begun(others, turns, ""))

    def ms(self, others: Sequence[str], turns: Sequence[Turn], typed: str) -> float:
        """Three continuations drawn in one batch."""
        ids = torch.tensor([self.voice._begun(others, turns, typed.rstrip())])
        began = time.perf_counter()
        with torch.inference_mode():
            self.family.model.generate(  # type: ignore[operator]
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=TOKENS, do_sample=True, top_k=30,
                temperature=0.8, suppress_tokens=list(BANNED_IDS), pad_token_id=0, num_return_sequences=WAYS,
            )  # fmt: skip
        return (time.perf_counter() - began) * 1_000
