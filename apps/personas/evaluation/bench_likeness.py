"""Likeness on real people of open conversations: base, persona, the same from scratch, and the character GRU of the origins."""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
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


class Kept:
    """What was measured so far, as JSON Lines: hours of work go on where they were stopped. People are numbers in it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path is not None and path.exists() else []
        self.known: dict[str, Any] = dict(json.loads(line) for line in lines)

    def once(self, key: str, made: Callable[[], Any]) -> Any:
        """What is known under this key, else what `made` finds out now."""
        if key not in self.known:
            self.known[key] = made()
            line = json.dumps([key, self.known[key]])
            sys.stderr.write(f"{line}\n")
            if self.path is not None:
                with self.path.open("a") as file:
                    file.write(f"{line}\n")
        return self.known[key]


def measured(
    data: str, judged: int = JUDGED, values: dict[str, Any] | None = None, kept: Path | None = None
) -> dict[str, Any]:
    """Bits per byte of five people fixed by seed under every contestant, and how often personas are taken for their person.

    `kept`: a file that is added to after each training, and gone on from. It is of one base and one set of people.
    """
    return _summed(list(_people(Path(data), judged, values or PERSONA, Kept(kept)))) | {
        "right_pace": statistics.mean(situations.right_pace(people.everyone(Path(data))))
    }


def _people(path: Path, judged: int, values: dict[str, Any], kept: Kept) -> Iterator[dict[str, Any]]:
    rows = people.everyone(path)
    chosen = random.Random(SEED).sample(sorted(rows), min(CLASSES, len(rows)))
    parts = {name: people.parted(rows[name]) for name in chosen}
    authors = Authors({name: [t for t in comparison.own_texts(parts[name].train) if t] for name in chosen}, SEED)
    for number, name in enumerate(chosen[:judged]):
        mine = parts[name]
        row = kept.once(f"{number} persona", partial(_persona, name, parts, authors, values, chosen[:judged]))
        row |= kept.once(f"{number} gru", partial(_rival, mine, GRU, "gru", TIMES * row["minutes"]))
        row |= kept.once(f"{number} scratch", partial(_rival, mine, FROM_SCRATCH, "scratch", TIMES * row["minutes"]))
        row["curve"] = {n: kept.once(f"{number} curve {n}", partial(_gain, newest(mine, n), values)) for n in CURVE}
        row["right_era"] = kept.once(
            f"{number} era", partial(situations.right_era, rows[name], partial(_voice, values=values))
        )
        yield row


def _voice(parts: Parts, *, values: dict[str, Any]) -> tuple[Family, Any]:
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


def _persona(
    name: str, parts: dict[str, Parts], authors: Authors, values: dict[str, Any], judged: list[str]
) -> dict[str, Any]:
    mine = parts[name]
    subject, minutes, step = _trained(mine, values)
    own = {other: comparison.bits_per_byte(subject.family, subject.model, parts[other].test) for other in judged}
    view = comparison.Subject(subject.family, subject.model, subject.before, mine.train, mine.test, SEED)
    said = [t for answer in comparison.replies(view) for t in answer.said]
    real = [t for t in comparison.own_texts(mine.test) if t]
    group = min(GROUP, len(real) // 2, len(said) // 2)
    return {
        "number": judged.index(name), "replies": dataset.amount(mine.train).replies, "minutes": minutes, "step": step,
        "bits_base": comparison.bits_per_byte(subject.family, subject.before, mine.test),
        "bits_persona": own[name], "own_bits": list(own.values()),
        "real": attributed(authors, name, real, group).share,
        "persona": attributed(authors, name, said, group).share,
        "right_person": situations.right_person(subject.family, subject.model, subject.before, mine, SEED),
    }  # fmt: skip


def _rival(mine: Parts, values: dict[str, Any], name: str, minutes: float) -> dict[str, Any]:
    """The same person learnt otherwise, in at most so many minutes of processor time."""
    subject, took, _ = _trained(mine, values, minutes)
    return {f"bits_{name}": comparison.bits_per_byte(subject.family, subject.model, mine.test), f"{name}_minutes": took}


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures by name; `own_person_preferred` is the share of pairs in which a person's own persona foresees them best."""
    pairs = [
        row["own_bits"][row["number"]] < other["own_bits"][row["number"]]
        for row in rows
        for other in rows
        if other is not row
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
