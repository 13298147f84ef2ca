"""Likeness on real people of open conversations: base, persona, the same from scratch, and the character GRU of the origins."""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from apps.personas import dataset, duplicates
from apps.personas.config import PRESETS, Asked, TrainConfig
from apps.personas.dataset import Dialogue, Parts
from apps.personas.evaluation import comparison, people, situations
from apps.personas.evaluation.attribution import GROUP, Authors, attributed
from apps.personas.evaluation.process import prepare
from apps.personas.inference.families import Family
from apps.personas.names import CHAR_GRU, SCRATCH
from apps.personas.origins import ORIGINS
from apps.personas.training import preparing, trainer

CLASSES, JUDGED, SEED = 10, 5, 1
#: Replies that are learnt from, for the learning curve.
CURVE = (100, 300, 1_000)
PERSONA = {**PRESETS["balanced"], "epochs": 4.0, "looks": 12}
#: The character GRU of the origins, every letter kept; it begins from nothing, so it may take ten times the persona's minutes.
GRU = {
    **ORIGINS[CHAR_GRU].config, "base": CHAR_GRU, "method": "full", "epochs": 60.0, "patience": 3, "looks": 60, "gaps": 0, "lower": False,
    "rare": 1, "links": True,
}  # fmt: skip
TIMES = 10.0
FROM_SCRATCH = {"base": SCRATCH, "method": "full", "epochs": 12.0, "patience": 3, "looks": 24, "gaps": 0}


def _trained(parts: Parts, values: dict[str, Any], minutes: float = math.inf) -> tuple[Any, float, int]:
    """The trained subject, the minutes of processor time it took (at most `minutes`), and the step that was best."""
    config, asked = TrainConfig(**values), Asked()
    learnt, _ = duplicates.once(parts.train, (*parts.validate, *parts.test))
    began = time.process_time()

    def watch(_: dict[str, Any]) -> None:
        asked.stop = asked.stop or time.process_time() - began > minutes * 60

    torch.set_num_threads(os.cpu_count() or 1)  # recurrent families leave it at one
    with TemporaryDirectory() as folder:
        run = preparing.prepare(config, learnt, parts.validate)
        result = trainer.train(run, Path(folder), bytes(32), "Sam", watch, asked)
    took = (time.process_time() - began) / 60
    return prepare(config, result.tensors, None, result.carried), took, int(result.facts["step"])


def measured(data: str, judged: int = JUDGED, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Bits per byte of five people fixed by seed under every contestant, and how often personas are taken for their person."""
    return _summed(list(_people(Path(data), judged, values or PERSONA))) | {
        "right_pace": statistics.mean(situations.right_pace(people.everyone(Path(data))))
    }


def _people(path: Path, judged: int, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rows = people.everyone(path)
    chosen = random.Random(SEED).sample(sorted(rows), min(CLASSES, len(rows)))
    parts = {name: people.parted(rows[name]) for name in chosen}
    authors = Authors({name: [t for t in comparison.own_texts(parts[name].train) if t] for name in chosen}, SEED)
    for name in chosen[:judged]:
        row = _person(name, parts, authors, values, chosen[:judged])
        row["right_era"] = situations.right_era(rows[name], lambda p: _voice(p, values))
        row["curve"] = {n: _gain(newest(parts[name], n), values) for n in CURVE}
        sys.stderr.write(json.dumps({k: v for k, v in row.items() if k not in ("name", "own_bits")}) + "\n")  # hours of work
        yield row


def _voice(parts: Parts, values: dict[str, Any]) -> tuple[Family, Any]:
    subject, _, _ = _trained(parts, values)
    return subject.family, subject.model


def newest(parts: Parts, replies: int) -> Parts | None:
    """The newest dialogues of the part that is learnt from, up to so many own replies; None where there are fewer."""
    kept: list[Dialogue] = []
    for dialogue in reversed(parts.train):
        kept.insert(0, dialogue)
        if dataset.amount(kept).replies >= replies:
            return Parts(kept, parts.validate, parts.test)
    return None


def _gain(parts: Parts | None, values: dict[str, Any]) -> float | None:
    """Bits a byte that a training on so much wins over the base."""
    if parts is None:
        return None
    subject, _, _ = _trained(parts, values)
    before, after = (comparison.bits_per_byte(subject.family, m, parts.test) for m in (subject.before, subject.model))
    return None if before is None or after is None else before - after


def _person(
    name: str, parts: dict[str, Parts], authors: Authors, values: dict[str, Any], judged: list[str]
) -> dict[str, Any]:
    mine = parts[name]
    subject, minutes, step = _trained(mine, values)
    scratch, scratch_minutes, _ = _trained(mine, FROM_SCRATCH, TIMES * minutes)
    gru, gru_minutes, _ = _trained(mine, GRU, TIMES * minutes)
    row: dict[str, Any] = {
        "replies": dataset.amount(mine.train).replies, "minutes": minutes, "scratch_minutes": scratch_minutes, "gru_minutes": gru_minutes, "step": step,
        "bits_base": comparison.bits_per_byte(subject.family, subject.before, mine.test),
        "bits_persona": comparison.bits_per_byte(subject.family, subject.model, mine.test),
        "bits_scratch": comparison.bits_per_byte(scratch.family, scratch.model, mine.test),
        "bits_gru": comparison.bits_per_byte(gru.family, gru.model, mine.test),
    }  # fmt: skip
    row["own_bits"] = {other: comparison.bits_per_byte(subject.family, subject.model, parts[other].test) for other in judged}
    view = comparison.Subject(subject.family, subject.model, subject.before, mine.train, mine.test, SEED)
    said = [t for answer in comparison.replies(view) for t in answer.said]
    real = [t for t in comparison.own_texts(mine.test) if t]
    group = min(GROUP, len(real) // 2, len(said) // 2)
    row["real"] = attributed(authors, name, real, group).share
    row["persona"] = attributed(authors, name, said, group).share
    row["right_person"] = situations.right_person(subject.family, subject.model, subject.before, mine, SEED)
    row["name"] = name
    return row


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures by name; `own_person_preferred` is the share of pairs in which a person's own persona foresees them best."""
    pairs = [
        row["own_bits"][row["name"]] < other["own_bits"][row["name"]] for row in rows for other in rows if other is not row
    ]
    mean = {
        key: statistics.mean(row[key] for row in rows)
        for key in ("bits_base", "bits_persona", "bits_scratch", "bits_gru", "minutes", "gru_minutes")
    }
    return {
        **mean, "people": len(rows),
        "worst_vs_gru": max(row["bits_persona"] / row["bits_gru"] for row in rows),
        "worst_vs_scratch": max(row["bits_persona"] / row["bits_scratch"] for row in rows),
        "worst_vs_base": max(row["bits_persona"] / row["bits_base"] for row in rows),
        "own_person_preferred": sum(pairs) / max(1, len(pairs)),
        "right_person": _share(rows, "right_person"), "right_era": _share(rows, "right_era"),
        **{f"gain_at_{n}": statistics.mean([g for row in rows if (g := row["curve"][n]) is not None] or [0.0]) for n in CURVE},
        "attribution_real": statistics.mean(row["real"] for row in rows),
        "attribution_ratio": statistics.mean(row["persona"] for row in rows) / statistics.mean(row["real"] for row in rows),
    }  # fmt: skip


def _share(rows: list[dict[str, Any]], key: str) -> float:
    found = [hit for row in rows for hit in row[key]]
    return float(sum(found) / max(1, len(found)))
