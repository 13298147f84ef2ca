"""A site whose words come from a vLLM server: when the server is away the turn says so, and the setting must name one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.chat import services, tasks
from apps.chat.models import Turn
from apps.jobs.models import Job
from apps.personas import engines
from apps.personas.inference import vllm_shelf
from tests.chat.test_line import say, talks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    if not vllm_shelf.in_memory(Path("/dev/shm")):
        pytest.skip("no folder in memory here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as path:
        yield Path(path)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_away_is_told_in_a_sentence(settings: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    settings.REPLY_RUNTIME, settings.VLLM_URL, settings.VLLM_FOLDER = "vllm", ["http://127.0.0.1:9"], folder
    monkeypatch.setattr(engines, "_open", {})
    (talk,) = talks("one", 1)
    turn = say(talk)
    job = Job.objects.get(kind=services.REPLY)
    tasks.reply(job_id=str(job.pk))
    job.refresh_from_db()
    turn.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "does not answer" in job.cause
    assert "try again" in job.cause
    assert turn.state not in Turn.LIVE


def test_a_runtime_without_an_address_does_not_start() -> None:
    env = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "REPLY_RUNTIME": "vllm",
        "SECRET_KEY": "x",
        "MASTER_KEYS": "ab" * 32,
    }
    ran = subprocess.run(
        [sys.executable, "-c", "import chatclone_site.settings"], cwd=ROOT, capture_output=True, text=True, env=env
    )
    assert "needs the address of a server in VLLM_URL" in ran.stderr
