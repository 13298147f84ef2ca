"""Training against the stock trainers, each contestant in a process of its own, on the same weights and words."""

from __future__ import annotations

import importlib.util
import os
import resource
import statistics
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from apps.personas import dataset
from apps.personas.config import TrainConfig
from apps.personas.evaluation.bench import material
from apps.personas.inference import builtin, families, precision
from apps.personas.names import BUILTIN
from apps.personas.training import preparing, trainer
from apps.personas.training.loss import weighted_cross_entropy
from apps.personas.training.optimizer import Masters

LENGTH, ROWS = 512, 4
Work = Callable[[str, int, str | None], dict[str, float]]


def shape_135m() -> LlamaConfig:
    """The shape of a 135 M Llama (hidden 576, 30 layers, three key/value heads, tied embeddings, 49,152 tokens)."""
    return LlamaConfig(
        vocab_size=49_152, hidden_size=576, intermediate_size=1_536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=2_048, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=4,
    )  # fmt: skip


def folder_of(config: LlamaConfig, place: Path) -> Path:
    """Random weights and the built-in tokenizer (its ids fit into any larger vocabulary) in the hub's layout."""
    torch.manual_seed(1)
    made: Any = LlamaForCausalLM(config)
    made.to(torch.bfloat16).save_pretrained(place)
    fast: Any = PreTrainedTokenizerFast
    fast(
        tokenizer_object=Tokenizer.from_file(str(builtin.FOLDER / "tokenizer.json")),
        pad_token="<|pad|>",  # noqa: S106
        bos_token="<|begin|>",  # noqa: S106
        eos_token="<|end|>",  # noqa: S106
    ).save_pretrained(place)
    return place


def _rows(base: str, data: str | None) -> tuple[Any, list[dict[str, Any]]]:
    """The family in float32 and its samples with labels on own words only, as the stock trainers want them."""
    family = families.load(base, torch.float32)
    samples = dataset.samples(material(data), family.language, LENGTH)
    rows = [
        {"input_ids": s.ids[:LENGTH], "labels": [t if w else -100 for t, w in zip(s.ids, s.weights, strict=True)][:LENGTH]}
        for s in samples
    ]
    return family, rows


def _adapted(model: Any) -> Any:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))


def _arguments(folder: str, steps: int) -> dict[str, Any]:
    return {
        "output_dir": folder, "max_steps": steps, "report_to": [], "save_strategy": "no", "disable_tqdm": True,
        "logging_steps": 10**6, "use_cpu": True,
    }  # fmt: skip


def _ours(base: str, steps: int, data: str | None) -> dict[str, float]:
    run = preparing.prepare(TrainConfig(base=base, epochs=200.0, length=LENGTH, rows=ROWS), material(data), [], device="cpu")
    trainer.step(run, 0)
    began, tokens = time.perf_counter(), 0
    for number in range(1, steps + 1):
        tokens += sum(len(run.train[n].ids) - 1 for row in run.plan[number] for n in row)
        trainer.step(run, number)
    return {"tokens_s": tokens / (time.perf_counter() - began), "bf16": float(run.kind == torch.bfloat16)}


def _stock(base: str, steps: int, data: str | None) -> dict[str, float]:
    """`transformers.Trainer` with its defaults (padded batches of 8, float32) and peft's LoRA of the same rank."""
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    family, rows = _rows(base, data)
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=_tokenizer(family), pad_token="<|pad|>")  # noqa: S106
    collator, seen = DataCollatorForSeq2Seq(tokenizer), {"tokens": 0}

    def counted(batch: list[dict[str, Any]]) -> Any:
        seen["tokens"] += sum(len(r["input_ids"]) - 1 for r in batch)
        return collator([{k: v for k, v in r.items() if k in ("input_ids", "labels")} for r in batch])

    make: Any = Trainer
    with TemporaryDirectory() as folder:
        arguments = TrainingArguments(**_arguments(folder, steps))
        peer = make(model=_adapted(family.model), args=arguments, train_dataset=rows, data_collator=counted)
        began = time.perf_counter()
        peer.train()
    return {"tokens_s": seen["tokens"] / (time.perf_counter() - began)}


def _trl(base: str, steps: int, data: str | None) -> dict[str, float]:
    """TRL's `SFTTrainer` with packing and bfloat16."""
    from datasets import Dataset  # type: ignore[import-not-found]
    from trl import SFTConfig, SFTTrainer  # type: ignore[import-not-found]

    family, rows = _rows(base, data)
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=_tokenizer(family), pad_token="<|pad|>", eos_token="<|end|>")  # noqa: S106
    with TemporaryDirectory() as folder:
        arguments = SFTConfig(
            **_arguments(folder, steps), packing=True, packing_strategy="wrapped", bf16=True, max_length=LENGTH,
            per_device_train_batch_size=ROWS, gradient_checkpointing=False,
        )  # fmt: skip
        peer = SFTTrainer(
            model=_adapted(family.model), args=arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
        )  # fmt: skip
        began = time.perf_counter()
        peer.train()
    return {"tokens_s": steps * LENGTH * ROWS / (time.perf_counter() - began)}


def _tokenizer(family: Any) -> Any:
    return getattr(family.language.tokenizer, "backend_tokenizer", family.language.tokenizer)


def _apart(work: Work, base: str, steps: int, data: str | None, threads: int, out: Any) -> None:
    torch.set_num_threads(threads)
    result = work(base, steps, data)
    out.put({**result, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def _in_process(work: Work, base: str, steps: int, data: str | None) -> dict[str, float]:
    """Each contestant in a process of its own, so that peaks of memory are its own."""
    context = get_context("spawn")
    queue: Any = context.Queue()
    process = context.Process(target=_apart, args=(work, base, steps, data, os.cpu_count() or 1, queue))
    process.start()
    found: dict[str, float] = queue.get(timeout=1_800)
    process.join()
    return found


def _contest(base: str, steps: tuple[int, int, int], data: str | None, rounds: int) -> dict[str, dict[str, float]]:
    """Median tokens a second and highest memory of ours, the stock trainer and TRL (where it is installed), interleaved."""
    works: dict[str, tuple[Work, int]] = {"ours": (_ours, steps[0]), "trainer": (_stock, steps[1])}
    if importlib.util.find_spec("trl"):
        works["trl"] = (_trl, steps[2])
    found: dict[str, list[dict[str, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, count) in works.items():
            found[name].append(_in_process(work, base, count, data))
    return {
        name: {"tokens_s": statistics.median(r["tokens_s"] for r in rows), "peak_mb": max(r["peak_mb"] for r in rows)}
        for name, rows in found.items()
    }


def measured(data: str | None = None, rounds: int = 2) -> dict[str, Any]:
    """Tokens of dialogue a second (padding not counted): LoRA of rank 16 on the built-in base and on a 135 M shape."""
    small = _contest(BUILTIN, (25, 50, 25), data, rounds)
    with TemporaryDirectory() as place:
        large = _contest(str(folder_of(shape_135m(), Path(place))), (4, 4, 4), data, 1)
    return {
        "vs_trainer": _ratio(small, "trainer"), "vs_trl": _ratio(small, "trl"), "tokens_s": small["ours"]["tokens_s"],
        "lora_vs_trainer": _ratio(large, "trainer"), "lora_vs_trl": _ratio(large, "trl"),
        "memory_vs_trainer": _ratio(large, "trainer", "peak_mb"), "memory_vs_trl": _ratio(large, "trl", "peak_mb"),
        "lora_tokens_s": large["ours"]["tokens_s"], "lora_peak_mb": large["ours"]["peak_mb"],
        "roofline_share": roofline_share(),
    }  # fmt: skip


def _ratio(found: dict[str, dict[str, float]], peer: str, of: str = "tokens_s") -> float:
    """Ours over a peer's; 0 where the peer is not installed."""
    return found["ours"][of] / found[peer][of] if peer in found else 0.0


# how near the loop comes to its own matrix products


def shape_30m() -> LlamaConfig:
    """About 30 M parameters in the built-in model's way."""
    return builtin.config(builtin.Shape(layers=9, width=512, inner=1_408, heads=8, pairs=2))


def roofline_share(steps: int = 4, rows: int = 16, length: int = 256) -> float:
    """FLOP/s of whole training steps (6 a weight and token, attention beside) over the FLOP-weighted speed of the same products."""
    kind = precision.best_type("cpu")
    torch.manual_seed(1)
    model: Any = LlamaForCausalLM(shape_30m())
    model.to(kind)
    masters = Masters(list(model.named_parameters()), muon=False)
    ids = torch.randint(200, 8_000, (rows, length + 1))
    weights = torch.ones(rows * length)

    def once() -> None:
        hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state.flatten(0, 1)
        loss = weighted_cross_entropy(hidden, model.lm_head.weight, ids[:, 1:].flatten(), weights) / len(weights)
        loss.backward()  # type: ignore[no-untyped-call]
        masters.step(1e-4)

    once()
    began = time.perf_counter()
    for _ in range(steps):
        once()
    seconds = (time.perf_counter() - began) / steps
    flops, ideal = _products(model, rows * length, kind)
    return (flops / seconds) / (flops / ideal)


def _products(model: Any, tokens: int, kind: torch.dtype) -> tuple[float, float]:
    """FLOP of all products of a step (forward, and both gradients), and the seconds that they take alone."""
    flops = ideal = 0.0
    sizes: dict[tuple[int, ...], float] = {}
    linear = [m.weight for m in model.modules() if isinstance(m, torch.nn.Linear)]
    for weight in linear:
        out, inside = weight.shape
        for shape in ((tokens, inside, out), (tokens, out, inside), (out, tokens, inside)):
            if shape not in sizes:
                sizes[shape] = _seconds(
                    torch.randn(shape[0], shape[1], dtype=kind), torch.randn(shape[1], shape[2], dtype=kind)
                )
            flops += 2.0 * tokens * inside * out
            ideal += sizes[shape]
    return flops, ideal


def _seconds(left: Tensor, right: Tensor, rounds: int = 3) -> float:
    left @ right
    began = time.perf_counter()
    for _ in range(rounds):
        left @ right
    return (time.perf_counter() - began) / rounds
