"""Running one trainer process from a worker: feed it, relay what it says, stop it, take its weights."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings

from apps.accounts.sealing import FrameReader, FrameWriter, derive
from apps.jobs import lease as jobs
from apps.jobs.causes import Expected, PauseAsked, StopAsked
from apps.jobs.lease import Lease
from apps.personas import engines

log = logging.getLogger(__name__)
LEFT = 75
leaving = threading.Event()


class Left(Exception):
    """The worker is shutting down, or the owner wants a pause: the trainer wrote a checkpoint, the job is given back."""


class TrainerRun:
    """One process. `folder` holds its sealed checkpoints; the key never touches the disk.

    A checkpoint counts only for the `lesson` (a hash of what is learnt and how) that it was made from.
    """

    def __init__(self, lease: Lease, lesson: str = "") -> None:
        self.lease, self.lesson, self.leaving, self.stopping = lease, lesson, False, lease.job.stop_asked
        self.folder: Path = run_folder(lease.job.subject)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = derive(lease.vault.row_key(lease.job), "training")
        if lease.job.kept is not None and not _unpack(lease.vault.read(lease.job.kept), self.folder, lesson):
            jobs.drop_kept(lease.job)

    def run(
        self, head: dict[str, Any], body: bytes, relay: Callable[[dict[str, Any]], None], command: list[str] | None = None
    ) -> dict[str, Any]:
        """Start, feed and relay until the result; returns its facts. Raises `Expected`, `Left`, `LeaseLost`.

        `command` starts another process than the trainer that speaks the same way.
        """
        key = base64.b64encode(self.key).decode()
        head = {**head, "folder": str(self.folder), "key": key, "lesson": self.lesson, "stop": self.stopping}
        process = _start(command or engines.trainer_command(), json.dumps(head).encode() + b"\n", body)
        try:
            return self._follow(process, relay, heeds=command is None)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def begin_with(self, weights: bytes) -> None:
        """What an earlier version learnt, sealed where the trainer finds it."""
        with (self.folder / "start").open("wb") as file, FrameWriter(file, self.key, "start") as writer:
            writer.write(weights)

    def _follow(
        self, process: subprocess.Popen[bytes], relay: Callable[[dict[str, Any]], None], *, heeds: bool
    ) -> dict[str, Any]:
        result: dict[str, Any] | None = None
        for event in _events(process):
            if event is None:
                self._look(process, heeds)
                continue
            if event["event"] == "refused":
                raise Expected(event["cause"])
            if event["event"] == "result":
                result = event
            else:
                relay(event)
        code = process.wait()
        early = code in (-signal.SIGTERM, -signal.SIGUSR1)  # it was told before it could listen
        if code == LEFT or (early and (self.leaving or self.stopping)):
            self._share()
            raise Left
        if result is None:
            raise Expected(_death(code))
        return result

    def _look(self, process: subprocess.Popen[bytes], heeds: bool) -> None:
        """About once a second: is this still ours, and does the user want it to go on?

        Only a trainer `heeds` a stop, and keeps what is there; whatever runs leaves for a pause, or when the worker does.
        """
        leave = leaving.is_set()
        try:
            self.lease.check()
        except PauseAsked:
            leave = True
        except StopAsked:
            if heeds and not self.stopping:
                self.stopping = True
                process.send_signal(signal.SIGUSR1)
        if leave:
            self.leaving = True
            process.send_signal(signal.SIGTERM)

    def _share(self) -> None:
        """The newest checkpoint into the storage that all workers share: whoever goes on may be another machine."""
        newest = max(self.folder.glob("step-*"), default=None)
        if newest is None:
            return
        try:
            with self.lease.vault.create("checkpoint") as (item, writer), newest.open("rb") as file:
                writer.write(f"{newest.name} {self.lesson}\n".encode())
                while piece := file.read(2**20):
                    writer.write(piece)
            self.lease.keep(item)
        except Exception as error:  # a store that is away ends no training: the checkpoint is still on this disk
            log.warning("a checkpoint was not shared: %s", type(error).__name__)

    def result(self) -> Iterator[bytes]:
        """The safetensors bytes that the trainer left."""
        with (self.folder / "result").open("rb") as file:
            yield from FrameReader(file, self.key, "result").frames()

    def clear(self) -> None:
        """Remove checkpoints and result."""
        clear_folder(self.lease.job.subject)
        jobs.drop_kept(self.lease.job)


def run_folder(version_id: UUID) -> Path:
    """Where the trainer of a version keeps its checkpoints."""
    return Path(settings.DATA_DIR) / "training" / str(version_id)


def clear_folder(version_id: UUID) -> None:
    """Remove the checkpoints of a version from this machine."""
    shutil.rmtree(run_folder(version_id), ignore_errors=True)


def lesson(config: dict[str, Any], body: bytes) -> str:
    """A hash of one training: its settings, and the dialogues that are learnt and watched (as they go through the pipe)."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode() + b"\n" + body).hexdigest()


def _unpack(shared: bytes, folder: Path, lesson: str) -> bool:
    """A shared checkpoint into the folder, where it is not there already; whether it is one of this lesson."""
    head, _, content = shared.partition(b"\n")
    name, _, made_from = head.decode().partition(" ")
    if made_from != lesson:
        return False
    place = folder / name
    if not place.exists():
        draft = folder / ".shared.draft"
        draft.write_bytes(content)
        draft.rename(place)
    return True


def _death(code: int) -> str:
    if code == -signal.SIGKILL:
        return "The machine ran out of memory while training. Please try a smaller preset or a shorter period."
    return "The training broke off. Your conversations are untouched; please press Train again."


def _start(command: list[str], head: bytes, body: bytes) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(settings.BASE_DIR),
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, cwd=settings.BASE_DIR, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        process.stdin.write(head)
        process.stdin.write(body)
        process.stdin.close()
    except BrokenPipeError:
        pass
    return process


def _events(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any] | None]:
    """Events as they come; None when a second has passed (also between events)."""
    lines: queue.Queue[bytes | None] = queue.Queue()

    def pump(pipe: IO[bytes]) -> None:
        for line in pipe:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, args=(process.stdout,), daemon=True).start()
    looked = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            line = b""
        if line is None:
            return
        if line:
            yield json.loads(line)
        if time.monotonic() - looked > 0.5:
            looked = time.monotonic()
            yield None
