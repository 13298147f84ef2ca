"""Two people, three trainings, one worker: turns, places, a pause that is gone on with, a cancel that frees the device.

Real Celery workers over a real Redis, the real trainer on the real base.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from apps.archives import sample
from tests.flows.stack import Person, eventually, running

pytestmark = pytest.mark.long
TRAINER = "personas.training.process"


def state(person: Person, job: str) -> str:
    return str(person.job(job)["job"]["state"])


def within(check: Callable[[], Any], seconds: float, what: str) -> float:
    began = time.monotonic()
    eventually(check, seconds, what)
    return time.monotonic() - began


def test_turns_pause_and_cancel() -> None:
    with running() as site:
        ann, bob = Person(site), Person(site)
        for person in (ann, bob):
            person.upload("sample.zip", sample.facebook(sample.lines()))

        def gone() -> bool:
            return not [p for p in site.children(TRAINER) if p.status() != "zombie"]

        _, first = ann.train(preset="best")
        _, second = ann.train(preset="best")
        _, other = bob.train(preset="best")
        eventually(lambda: ann.job(first)["job"]["done"] > 0.1, 180, "the first steps")
        waiting = {job: person.job(job)["job"] for person, job in ((ann, second), (bob, other))}
        assert (waiting[other]["place"], waiting[second]["place"]) == (1, 2), "bob's first comes before ann's second"
        assert waiting[other]["wait"] is None or waiting[other]["wait"] > 0

        assert ann.post(f"/jobs/{first}/pause").status_code == 200
        paused = within(lambda: state(ann, first) == "paused", 30, "the pause")
        eventually(lambda: state(bob, other) == "running", 30, "bob's turn")
        assert state(ann, second) == "queued"

        eventually(lambda: bob.job(other)["job"]["done"] > 0.05, 180, "bob's first steps")
        began = time.monotonic()
        assert bob.post(f"/jobs/{other}/cancel").status_code == 200
        assert state(bob, other) == "stopped"
        trainer = [p.pid for p in site.children(TRAINER)]
        freed = within(
            lambda: not [p for p in site.children(TRAINER) if p.pid in trainer and p.status() != "zombie"], 20, "x"
        )
        freed = max(freed, time.monotonic() - began)
        sys.stderr.write(
            f"\npause to checkpoint written and process gone {paused:.1f} s, cancel to process gone {freed:.1f} s\n"
        )
        assert freed < 5.0

        assert ann.post(f"/jobs/{first}/resume").status_code == 200
        eventually(lambda: state(ann, second) == "running", 30, "ann's second")
        assert ann.post(f"/jobs/{second}/cancel").status_code == 200
        eventually(lambda: state(ann, first) == "running", 30, "the first again")
        eventually(lambda: ann.job(first)["job"]["done"] > 0.1, 180, "it to go on")
        assert ann.post(f"/jobs/{first}/stop").status_code == 200
        eventually(lambda: state(ann, first) == "done", 180, "what is there to be kept")
        plans = [e for e in ann.job(first)["events"] if e["event"] == "plan"]
        assert plans[0]["from"] == 0
        assert plans[-1]["from"] > 0, "it went on where it was"
        eventually(gone, 10, "every trainer to be gone")
        assert not list((site.folder / "training").glob("*/step-*")) or eventually(
            lambda: not list((site.folder / "training").glob("*/step-*")), 90, "the sweep of checkpoints"
        )
