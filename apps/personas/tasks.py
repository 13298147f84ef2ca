"""The train worker's tasks."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutting_down
from celery.worker.control import control_command
from django.conf import settings

from apps.jobs import claims
from apps.jobs import selectors as jobs
from apps.jobs.causes import LeaseLost
from apps.jobs.lease import Lease
from apps.personas import dataset, engines, learning, origins, services, tone_filter, training_run, wire
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.names import FRESH
from apps.personas.selectors import TRAIN

MEASURING_SECONDS = 180
SORRY = "The training broke off for a reason nobody foresaw. Nothing of yours was lost; please press Train again."


@control_command(args=[("key", str)])
def forget_voice(state: Any, key: str) -> None:
    """A version was deleted: its weights leave the memory of every reply worker, its checkpoints every train worker's disk."""
    engines.forget(key)
    training_run.clear_folder(UUID(key))


@worker_shutting_down.connect
def _leave(**_: Any) -> None:
    """Trainers write a checkpoint and go; the next worker resumes."""
    training_run.leaving.set()


@shared_task(name=TRAIN)
def train(*, job_id: str) -> None:
    """Train one version. Safe to run twice: only the holder of the lease writes."""
    _with_trainer(job_id, learning.train)


@shared_task(name=tone_filter.TONE)
def tone(*, job_id: str) -> None:
    """Look at the tone of a persona's replies."""
    _with_trainer(job_id, tone_filter.read)


def _with_trainer(job_id: str, work: Callable[[Lease], None]) -> None:
    """Work that runs a trainer process; when the worker shuts down it goes back to the queue, for a pause it is put aside."""
    services.sweep()  # what was cancelled or deleted while it lay on this machine
    with claims.working(job_id, unexpected=SORRY) as lease:
        if lease is None:
            return
        try:
            work(lease)
        except training_run.Left:
            lease.give_back()
            raise LeaseLost from None


@shared_task(name=services.MEASURE)
def measure(*, bases: list[str]) -> None:
    """Time a few real steps on this machine, for honest estimates; gives way to whoever wants to train."""
    words = tuple(Bubble("one two three four five six seven eight nine ten " * 3) for _ in range(8))
    dialogue = dataset.Dialogue(("Sam",), (Turn("Sam", words[:1]), Turn(ME_SPEAKER, words)))
    configs = [
        {**origins.of(base).config, "base": base, "method": "full" if base in FRESH else "lora", "epochs": 1.0, "rare": 1}
        for base in bases
    ]
    head = {"probe": configs, "threads": settings.TORCH_THREADS, "folder": "", "key": ""}
    data = json.dumps(head).encode() + b"\n" + wire.packed([dialogue] * 64, [])
    for line in _unless_wanted(data).splitlines():
        said = json.loads(line)
        if said["event"] == "probe":
            base = said["base"]
            services.keep_speed(base, full=base in FRESH, tokens_s=said["tokens_s"], start_s=said["start_s"])


def _unless_wanted(given: bytes | None) -> bytes:
    """What a trainer process answers, or as much of it as it said before somebody waited for this worker."""
    process = subprocess.Popen(
        engines.trainer_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=settings.BASE_DIR
    )  # fmt: skip
    end = time.monotonic() + MEASURING_SECONDS
    while True:
        try:
            return process.communicate(given, timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            given = None  # it goes on with what it has
            if time.monotonic() > end or jobs.anybody_waits("train") or training_run.leaving.is_set():
                process.kill()
                return process.communicate()[0].rpartition(b"\n")[0]
