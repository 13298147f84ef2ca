"""Training and generation against their named peers, in one run, on the same weights and words."""

from __future__ import annotations

import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from apps.archives import sample
from apps.archives.formats import container, registry
from apps.archives.formats.types import Message
from apps.personas import dataset
from apps.personas.dataset import Chat, Dialogue, Line
from apps.personas.inference import families
from apps.personas.inference.generate import Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.language import BANNED_IDS, BUBBLE_ID, ME_SPEAKER, Bubble, Turn

Work = Callable[[int, str | None], dict[str, float]]


def material(path: str | None = None) -> list[Dialogue]:
    """The dialogues of the sample archive, seen by its owner; or of an export, seen by whoever writes most."""
    if path is not None:
        return _export(Path(path))
    chats: list[Chat] = []
    for name in [*sample.FRIENDS, sample.GROUP]:
        lines = [
            Line(ME_SPEAKER if m.sender == sample.OWNER else m.sender, float(m.at), Bubble(m.text))
            for m in sample.lines() if m.chat == name
        ]  # fmt: skip
        chats.append(Chat(name, name == sample.GROUP, lines))
    return dataset.parts(chats).train


def _export(path: Path) -> list[Dialogue]:
    by_chat: dict[str, list[Message]] = {}
    for record in registry.read(container.open_all([(path.name, path)])):
        if isinstance(record, Message) and record.kind == "text":
            by_chat.setdefault(record.conversation, []).append(record)
    busiest, _ = Counter(m.sender for ms in by_chat.values() for m in ms).most_common(1)[0]
    chats = [
        Chat(
            key,
            ms[0].is_group,
            [Line(ME_SPEAKER if m.sender == busiest else m.sender, m.sent_at, Bubble(m.text)) for m in ms],
        )
        for key, ms in by_chat.items()
    ]
    return dataset.parts(chats).train


def generation(rounds: int = 5, tokens: int = 96) -> dict[str, Any]:
    """One stream of the built-in model on the CPU against a bare `generate()` with the same sampling; fp32, same threads."""
    family = families.load("builtin", torch.float32)
    voice = Voice(family)
    turns = [Turn("Sam", (Bubble("tell me everything about the allotment and the fox, please, I have all evening"),))] * 5
    prompt = [*family.language.prompt(["Sam"], turns, ME_SPEAKER), BUBBLE_ID]
    ids = torch.tensor([prompt])
    ours, bare, first = [], [], []
    sampling = Sampling(seed=1, max_tokens=tokens, repetition=1.05)
    for _ in range(rounds):
        began = time.perf_counter()
        stream = voice._tokens(prompt, sampling, lambda: False)
        next(stream)
        first.append(time.perf_counter() - began)
        count = 1 + sum(1 for _ in stream)
        ours.append(count / (time.perf_counter() - began))
        began = time.perf_counter()
        with torch.inference_mode():
            made = voice.model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=True, top_k=50,
                top_p=0.95, temperature=0.8, repetition_penalty=1.05, suppress_tokens=list(BANNED_IDS), pad_token_id=0,
            )  # fmt: skip
        bare.append((made.shape[1] - ids.shape[1]) / (time.perf_counter() - began))
    return {
        "single_vs_generate": statistics.median(ours) / statistics.median(bare), "tokens_s": statistics.median(ours),
        "generate_tokens_s": statistics.median(bare), "first_token_ms": statistics.median(first) * 1_000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
