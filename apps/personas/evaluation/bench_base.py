"""Which base to make: small pretrainings that differ from what ships in one thing each, judged on the same held-out text."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from apps.personas.evaluation import comparison, people
from apps.personas.inference import builtin
from apps.personas.inference.builtin import Shape
from apps.personas.inference.families import Family
from apps.personas.language import PAD_ID, Language
from apps.personas.training import corpus
from apps.personas.training.pretrain import PretrainConfig, pretrain

TOKENS = 1_000_000
#: The people of the evaluation set with most to say that are judged on beside the held-out dialogues.
JUDGED = 5
#: What each experiment changes, by name; the first changes nothing, the last shows how much is chance.
CHANGES: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "first mix": {"mix": corpus.FIRST_MIX},
    "rate 2e-3": {"rate": 2e-3},
    "rate 8e-3": {"rate": 8e-3},
    "4 x 512": {"shape": Shape(layers=4, width=512, inner=1_408, heads=8, pairs=2)},
    "8 x 320": {"shape": Shape(layers=8, width=320, inner=832, heads=5, pairs=1)},
    "even mix": {"mix": dict.fromkeys(corpus.MIX, 1.0)},
    "mostly live chat": {"mix": {**corpus.MIX, "gitter": 8.0, "irc_ubuntu": 2.0, "self_dialogue": 0.5}},
    "near repeats out": {"repeats": "near"},
    "repeats kept": {"repeats": "kept"},
    "AdamW 2e-3": {"muon": False, "rate": 2e-3},
    "another seed": {"seed": 2},
}


def measured(data: str, tokens: int = TOKENS, changes: Mapping[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """Bits per byte by experiment, of held-out dialogues and of people who are in no set, and what it cost.

    `data` is the folder of the open dialogues, with `people-gitter.jsonl.xz` in it.
    """
    judged = _people(Path(data) / "people-gitter.jsonl.xz")
    plain = PretrainConfig(tokens=tokens, warmup=max(1, min(60, tokens // 8_192 // 6)))
    figures: dict[str, Any] = {}
    for name, change in (CHANGES if changes is None else changes).items():
        figures[name] = _experiment(Path(data), replace(plain, **change), judged)
        sys.stderr.write(json.dumps({name: figures[name]}) + "\n")  # half an hour of work
    return figures


def _people(path: Path) -> list[Any]:
    rows = people.everyone(path)
    chosen = sorted(rows, key=lambda name: -people.own(rows[name]))[:JUDGED]
    return [people.parted(rows[name]).test for name in chosen]


def _experiment(data: Path, config: PretrainConfig, judged: list[Any]) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        out = Path(folder)
        shutil.copy(builtin.FOLDER / "tokenizer.json", out)
        rows: list[str] = []
        began = time.process_time()
        model = pretrain(data, out, out / "work", config, rows.append)
        took = time.process_time() - began
        last = json.loads((out / "training.jsonl").read_text().splitlines()[-1])
        family = Family(model, Language.load(out / "tokenizer.json"), PAD_ID, "experiment")
    with torch.inference_mode():
        bits = [comparison.bits_per_byte(family, model, talks) for talks in judged]
    return {
        "bits_held_out": last["bits_per_byte"], "bits_people": statistics.mean(b for b in bits if b is not None),
        "parameters_m": sum(p.numel() for p in model.parameters()) / 1e6, "tokens_cpu_s": config.tokens / took,
    }  # fmt: skip
