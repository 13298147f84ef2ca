"""The leak audit against trainings that should pass it and one that must not."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.personas import canaries, duplicates, leakage
from apps.personas.config import PRESETS, Asked, TrainConfig
from apps.personas.dataset import Parts
from apps.personas.evaluation import audit, people
from apps.personas.evaluation.bench import material
from apps.personas.evaluation.process import prepare
from apps.personas.training import preparing, trainer

MESSAGES = 1_500
BAD = {"rank": 64, "epochs": 10.0, "rate": 4e-3, "gaps": 0}
BAD_TIMES = 16
SHORT = 60


def busiest(path: Path, count: int) -> list[Parts]:
    """The people with most words of their own, `MESSAGES` of them each at most."""
    rows = people.everyone(path)
    chosen = sorted(rows, key=lambda name: -people.own(rows[name]))[:count]  # the first of equals, as they stand in the file
    return [people.parted(people.first(rows[name], MESSAGES)) for name in chosen]


def measured(data: str | None = None, preset: str = "balanced") -> dict[str, Any]:
    """Mean exposure of canaries after the default training, and the verdict on a deliberately bad one."""
    some = busiest(Path(data), 1) if data else [Parts(train=material())]
    good = [audited(parts, dict(PRESETS[preset]), 1) for parts in some]
    few = Parts(train=some[0].train[:SHORT], validate=some[0].validate)  # ten epochs take their time
    bad = audited(few, BAD, BAD_TIMES)
    mean = statistics.mean(card.measured["canary_mean"] for card, _ in good)
    return {
        "mean_exposure_bits": mean, "bad_exposure_bits": bad[0].measured["canary_mean"],
        "bad_run_is_red": float(bad[0].verdict == leakage.RED), "good_run_is_red": float(good[0][0].verdict == leakage.RED),
        "mia_auc": good[0][0].measured["mia_auc"], "bad_mia_auc": bad[0].measured["mia_auc"],
        "audit_share": good[0][0].measured["seconds"] / good[0][1],
    }  # fmt: skip


def audited(parts: Parts, values: dict[str, Any], times: int, seconds: float = 30.0) -> tuple[leakage.Card, float]:
    """Train with canaries planted `times` times (duplicates stay in when it is more than once); the card, and the training's seconds."""
    made = canaries.make(1)
    planted = canaries.planted(made, "Sam")
    mixed = [*(planted * times), *parts.train]
    train = mixed if times > 1 else duplicates.once(mixed, parts.validate)[0]
    config = TrainConfig(**{**values, "patience": 0 if times > 1 else values.get("patience", 0)})
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        run = preparing.prepare(config, train, [] if times > 1 else parts.validate)
        result = trainer.train(run, Path(folder), bytes(32), "Sam", lambda _: None, Asked())
    took = time.monotonic() - began
    subject = prepare(config, result.tensors, None)
    subject.train, subject.held_out, subject.planted = parts.train, [*parts.validate, *parts.test], made
    return leakage.judge(audit.run(subject, seconds)), took
