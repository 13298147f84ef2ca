"""Does a persona speak to each contact as its person does? Names told right and wrong, and a second pass for the right one and for others."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch import Tensor

from apps.personas import canaries, contacts, dataset, duplicates
from apps.personas.config import PRESETS, Asked, TrainConfig, sharper
from apps.personas.dataset import Dialogue, Parts
from apps.personas.evaluation import audit, comparison, people, situations
from apps.personas.evaluation.bench_likeness import newest
from apps.personas.evaluation.process import prepare
from apps.personas.training import preparing, trainer
from apps.privacy.evaluation import wilson

#: People with most contacts to judge by, the newest replies that their personas learn, contacts of each at most.
JUDGED, REPLIES, EACH = 5, 600, 3
#: Invented secrets that each planted one is ranked among: a quarter of what the audit takes, for the time it costs.
REFERENCES = 511
#: What is told of a contact where the figure wants a word: who is written to most, and everybody else. A stand-in for what owners say.
NEAR, FAR, NEAREST = "close friend", "acquaintance", 3
MAIN = {**PRESETS["quick"], "looks": 1}
SECOND = {**sharper(TrainConfig(**MAIN)).to_dict(), "looks": 1}


@dataclass(frozen=True)
class Found:
    """One contact, in bits a byte of what was said to them and held out: lower is better."""

    contact: str
    learnt: int
    held_out: int
    name: bool  # the own name gains more than others'
    relation: bool  # so does the own word
    plain: float  # the version before the second pass
    sharpened: float
    others: float  # mean of the second passes for other contacts

    @property
    def right(self) -> bool:
        return self.sharpened < self.others


def measured(data: str, judged: int = JUDGED, second: dict[str, Any] | None = None) -> dict[str, Any]:
    """The shares of contacts for which right beats wrong, each with its 95 % range, and mean bits."""
    rows = people.everyone(Path(data))
    parts = {name: _recent(people.parted(lines)) for name, lines in rows.items()}
    chosen = sorted(parts, key=lambda name: -len(_judgeable(parts[name])))[:judged]
    found: list[Found] = []
    exposed: list[float] = []
    for name in chosen:
        for one, bits in _person(parts[name], second or SECOND):
            found.append(one)
            exposed.append(bits)
            sys.stderr.write(json.dumps({**one.__dict__, "contact": "", "exposure": bits}) + "\n")
    return summed(found) | {"people": len(chosen), "exposure_sharpened": statistics.mean(exposed)}


def summed(found: Sequence[Found]) -> dict[str, Any]:
    """Figures by name; `…_low` and `…_high` are the ends of Wilson's range."""
    made: dict[str, Any] = {"contacts": len(found)}
    for key, hits in (
        ("right_name", [f.name for f in found]), ("right_relation", [f.relation for f in found]),
        ("right_second_pass", [f.right for f in found]), ("second_pass_gains", [f.sharpened < f.plain for f in found]),
    ):  # fmt: skip
        low, high = wilson(sum(hits), len(hits))
        made |= {key: sum(hits) / max(1, len(hits)), f"{key}_low": low, f"{key}_high": high}
    for key in ("plain", "sharpened", "others"):
        made[f"bits_{key}"] = statistics.mean(getattr(f, key) for f in found)
    return made


def _recent(parts: Parts) -> Parts:
    """The newest replies; both held-out halves are measured on, since nothing is chosen by them."""
    kept = newest(parts, REPLIES) or parts
    return Parts(kept.train, [], [*parts.validate, *parts.test])


def _judgeable(parts: Parts) -> list[str]:
    """Contacts with enough words to learn from and to be measured on, those with most of the latter first."""
    learnt, held = situations.contacts(parts.train), situations.contacts(parts.test)
    fit = [c for c, n in held.items() if n >= situations.LEAST and learnt[c] >= 2 * dataset.LEAST]
    return sorted(fit, key=lambda c: (-held[c], c))[:EACH]


def _person(parts: Parts, second: dict[str, Any]) -> Iterator[tuple[Found, float]]:
    """Each contact of a person, and the exposure of what was planted in their second pass."""
    learnt, chosen = situations.contacts(parts.train), _judgeable(parts)
    near = {name for name, _ in learnt.most_common(NEAREST)}
    words = {name: NEAR if name in near else FAR for name in learnt}
    told = Parts([dataset.introducing(d, words) for d in parts.train], [], parts.test)
    main, tensors = _trained(parts, MAIN)
    heard, _ = _trained(told, MAIN)
    passes = {c: _sharpened(contacts.narrowed(parts, c), second, tensors) for c in chosen}
    for contact in chosen:
        test = contacts.only(parts.test, contact)
        bits = {c: _bits(subject, test) for c, (subject, _) in passes.items()}
        wrong = [b for c, b in bits.items() if c != contact]
        if not wrong:
            continue
        yield Found(
            contact, learnt[contact], situations.contacts(test)[contact], situations.right_name(main, contact, parts),
            situations.right_word(heard, test, words, {NEAR, FAR}), _bits(main, test), bits[contact], statistics.mean(wrong),
        ), passes[contact][1]  # fmt: skip


def _bits(subject: Any, test: Sequence[Dialogue]) -> float:
    return comparison.bits_per_byte(subject.family, subject.model, test) or 0.0


def _trained(parts: Parts, values: dict[str, Any], start: dict[str, Tensor] | None = None) -> tuple[Any, Any]:
    """The trained subject and its adapter; nothing is chosen by what is held out."""
    config = TrainConfig(**{**values, "continues": "x" if start else ""})
    with TemporaryDirectory() as folder:
        run = preparing.prepare(config, duplicates.once(parts.train, parts.test)[0], [], start=start)
        result = trainer.train(run, Path(folder), bytes(32), "Sam", lambda _: None, Asked())
    return prepare(config, result.tensors, None), result.tensors


def _sharpened(parts: Parts, values: dict[str, Any], start: dict[str, Tensor]) -> tuple[Any, float]:
    """A second pass as the site makes it, canaries planted; and their mean exposure in bits."""
    made = canaries.make(1)
    planted = Parts([*canaries.planted(made, "Sam"), *parts.train], [], parts.test)
    subject, _ = _trained(planted, values, start)
    subject.planted, subject.references = made, REFERENCES
    return subject, float(audit.exposed(subject)["canary_mean"])
