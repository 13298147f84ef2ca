"""Training and generation against their named peers, in one run, on the same weights and words."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from apps.archives import sample
from apps.archives.formats import container, registry
from apps.archives.formats.types import Message
from apps.personas import dataset
from apps.personas.config import TrainConfig
from apps.personas.dataset import Chat, Dialogue, Line
from apps.personas.inference import families
from apps.personas.language import ME_SPEAKER, Bubble
from apps.personas.training import trainer

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


def _ours(steps: int, data: str | None) -> dict[str, float]:
    run = trainer.prepare(TrainConfig(epochs=50.0), material(data), [], device="cpu")
    words = sum(len(s.ids) - 1 for s in run.train) / len({n for step in run.plan for row in step for n in row})
    trainer.step(run, 0)
    began, tokens, number = time.perf_counter(), 0.0, 1
    while number <= steps:
        tokens += sum(len(run.train[n].ids) - 1 for row in run.plan[number] for n in row)
        trainer.step(run, number)
        number += 1
    return {"tokens_s": tokens / (time.perf_counter() - began), "words": words}


def _stock(steps: int, data: str | None) -> dict[str, float]:
    """`transformers.Trainer` with its defaults and peft's default LoRA of the same rank, padded batches of 8."""
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerFast, Trainer, TrainingArguments

    family = families.load("builtin", torch.float32)
    samples = dataset.samples(material(data), family.language, 512)
    rows = [
        {"input_ids": s.ids, "labels": [t if w else -100 for t, w in zip(s.ids, s.weights, strict=True)]} for s in samples
    ]
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=family.language.tokenizer, pad_token="<|pad|>")  # noqa: S106
    wanted = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(family.model, wanted)
    with TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=steps,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            logging_steps=10**6,
            use_cpu=True,
        )
        collator = DataCollatorForSeq2Seq(tokenizer)
        seen = {"tokens": 0}

        def counted(batch: list[dict[str, Any]]) -> Any:
            seen["tokens"] += sum(len(r["input_ids"]) - 1 for r in batch)
            return collator([{k: v for k, v in r.items() if k in ("input_ids", "labels")} for r in batch])

        make: Any = Trainer
        peer = make(model=model, args=arguments, train_dataset=rows, data_collator=counted)
        began = time.perf_counter()
        peer.train()
        return {"tokens_s": seen["tokens"] / (time.perf_counter() - began)}


def _apart(work: Work, steps: int, data: str | None, threads: int, out: Any) -> None:
    torch.set_num_threads(threads)
    result = work(steps, data)
    out.put({**result, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def _in_process(work: Work, steps: int, data: str | None) -> dict[str, float]:
    """Each contestant in a process of its own, so that peaks of memory are its own."""
    context = get_context("spawn")
    queue: Any = context.Queue()
    process = context.Process(target=_apart, args=(work, steps, data, os.cpu_count() or 1, queue))
    process.start()
    found: dict[str, float] = queue.get(timeout=900)
    process.join()
    return found


def training(data: str | None = None, rounds: int = 2) -> dict[str, Any]:
    """Tokens of dialogue per second (padding not counted): LoRA rank 16 on the built-in base."""
    ours, stock = [], []
    for _ in range(rounds):
        ours.append(_in_process(_ours, 25, data))
        stock.append(_in_process(_stock, 50, data))
    mine = statistics.median(r["tokens_s"] for r in ours)
    peer = statistics.median(r["tokens_s"] for r in stock)
    return {
        "vs_trainer": mine / peer, "tokens_s": mine, "trainer_tokens_s": peer,
        "peak_mb": max(r["peak_mb"] for r in ours), "trainer_peak_mb": max(r["peak_mb"] for r in stock),
        "memory_vs_trainer": max(r["peak_mb"] for r in ours) / max(r["peak_mb"] for r in stock),
    }  # fmt: skip
