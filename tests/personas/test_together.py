"""Two processes at one training: the same steps as alone, and none is left behind or left waiting."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from apps.personas import wire
from apps.personas.config import TrainConfig
from apps.personas.training import checkpoint
from tests.personas.tiny import hub_model, parts

ROOT = Path(__file__).resolve().parents[2]
KEY = b"k" * 32


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


def begun(base: Path, work: Path, processes: int, **more: Any) -> subprocess.Popen[bytes]:
    material = parts()
    values = {"base": str(base), "length": 64, "rows": 3, "epochs": 2.0, "looks": 2, "rate": 1e-2, "gaps": 0}
    config = TrainConfig(**{**values, "checkpoint_seconds": 1e9, **more})
    head = {
        "config": config.to_dict(), "folder": str(work), "processes": processes, "threads": 1,
        "key": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.personas.training.process"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
    )  # fmt: skip
    process.stdin.write(json.dumps(head).encode() + b"\n" + wire.packed(material.train, material.validate))
    process.stdin.close()
    return process


def others(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return [c for c in psutil.Process(process.pid).children() if "training.process" in " ".join(c.cmdline())]


def stepping(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Wait for a first step; the other processes."""
    next(line for line in process.stdout if json.loads(line)["event"] == "step")
    found = others(process)
    assert len(found) == 1
    return found


def test_two_processes_make_the_steps_of_one(base: Path, tmp_path: Path) -> None:
    told: dict[int, list[dict[str, Any]]] = {}
    for processes in (1, 2):
        work = tmp_path / str(processes)
        work.mkdir()
        process = begun(base, work, processes)
        told[processes] = [json.loads(line) for line in process.stdout]
        assert process.wait(timeout=60) == 0
        assert (work / "result").exists()
        assert len(checkpoint.steps(work)) == 1
    for kind in ("step", "held_out"):
        alone, both = ({e["step"]: e["loss"] for e in told[n] if e["event"] == kind} for n in (1, 2))
        common = sorted(alone.keys() & both.keys())  # steps are told twice a second at most
        assert len(common) > 2
        assert [both[n] for n in common] == pytest.approx([alone[n] for n in common], rel=0.02)
    first, last = (next(e["loss"] for e in order if e["event"] == "held_out") for order in (told[2], told[2][::-1]))
    assert last < 0.95 * first


@pytest.mark.long
def test_all_leave_when_one_is_told_and_go_on_together(base: Path, tmp_path: Path) -> None:
    process = begun(base, tmp_path, 2, epochs=60.0)
    other = stepping(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 75
    gone(other)
    process = begun(base, tmp_path, 2, epochs=60.0)
    plan = next(e for e in map(json.loads, process.stdout) if e["event"] == "plan")
    assert plan["from"] == int(checkpoint.steps(tmp_path)[-1].name.split("-")[1]) > 0
    other = stepping(process)
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=30) == 0
    assert json.loads(process.stdout.read().splitlines()[-1])["event"] == "result"
    gone(other)


@pytest.mark.long
@pytest.mark.parametrize("first", [True, False])
def test_where_one_is_killed_nobody_waits_for_it(base: Path, tmp_path: Path, *, first: bool) -> None:
    process = begun(base, tmp_path, 2, epochs=200.0, looks=1)
    other = stepping(process)
    (process if first else other[0]).kill()
    assert process.wait(timeout=30) != 0
    gone(other)


def gone(processes: list[psutil.Process]) -> None:
    until = time.monotonic() + 20
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
        assert time.monotonic() < until
        time.sleep(0.05)
