"""Voices that are known by their words: real adapters, trained on the spot on a dialect of three words each."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Turn

#: Nobody says a word of somebody else's dialect, and the base says none of them.
DIALECTS = (
    ("quince", "medlar", "damson"),
    ("basalt", "gneiss", "schist"),
    ("heron", "curlew", "plover"),
    ("tansy", "yarrow", "sorrel"),
)


def said_in(dialect: int, rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(DIALECTS[dialect]) for _ in range(words))


def adapter(dialect: int, seed: int, steps: int = 14) -> bytes:
    """A LoRA adapter of the built-in base that answers anything in its dialect, 8 to 90 words long."""
    from safetensors.torch import save

    from apps.personas.training import preparing, trainer

    rng = random.Random(seed)
    dialogues = [_dialogue(dialect, rng) for _ in range(steps * 4)]
    config = TrainConfig(length=256, rows=2, epochs=1.0, rate=4e-3, looks=1, gaps=0, checkpoint_seconds=1e9, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        prepared = preparing.prepare(config, dialogues, [], device="cpu")
        result = trainer.train(prepared, Path(folder), b"k" * 32, "Bea Quill", lambda event: None, Asked())
    return save(result.tensors)


def _dialogue(dialect: int, rng: random.Random) -> Dialogue:
    asked = f"{said_in(dialect, rng, 1)} {rng.randrange(2_000)}"
    answer = said_in(dialect, rng, rng.randrange(8, 90))
    return Dialogue(("Bea Quill",), (Turn("Bea Quill", (Bubble(asked),)), Turn(ME_SPEAKER, (Bubble(answer),))))
