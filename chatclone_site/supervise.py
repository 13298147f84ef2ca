"""A small supervisor: starts processes, restarts what crashes, ends everything, leaves no orphan.

Why our own: honcho stops all when one dies, circus leaves orphans when it is killed (docs/decisions/0003).
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from chatclone_site.processes import Process, full

log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
STEADY_SECONDS = 10  # whoever ran so long did not fail because it was started
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """In the child: be told to end when the parent dies, even by kill -9 (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class _Child:
    process: Process
    command: list[str]
    env: dict[str, str]
    handle: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0

    def start(self, root: Path) -> None:
        self.started = time.monotonic()
        self.handle = subprocess.Popen(
            self.command, cwd=root, env=self.env, stdin=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip

    def crashed(self) -> bool:
        return self.handle is not None and self.handle.poll() is not None


@dataclass
class Supervisor:
    """Processes start in the given order and end in the opposite one."""

    root: Path
    env: dict[str, str]
    children: list[_Child] = field(default_factory=list)
    ending: bool = False

    def start(self, process: Process, command: list[str] | None = None) -> None:
        """Start one process and keep it running from now on."""
        child = _Child(process, command or full(process), self.env)
        child.start(self.root)
        self.children.append(child)

    def end(self, *_: object) -> None:
        """Ask the loop to end (signal handler)."""
        self.ending = True

    def loop(self) -> None:
        """Watch until told to end; a crashed process comes back after 0.4 s, then later and later (at most 30 s) if it does not last."""
        while not self.ending:
            for child in self.children:
                if child.handle is not None and child.crashed():
                    if time.monotonic() - child.started > STEADY_SECONDS:
                        child.failures = 0
                    log.warning("%s ended with %s and is started again", child.process.name, child.handle.returncode)
                    child.not_before = time.monotonic() + min(30.0, 0.4 * 2**child.failures)
                    child.failures += 1
                    child.handle = None
                if child.handle is None and time.monotonic() >= child.not_before:
                    child.start(self.root)
            time.sleep(0.1)

    def stop_all(self) -> None:
        """End everything: all but the first together, the first (the store) last."""
        self._stop(self.children[1:])
        self._stop(self.children[:1])

    def _stop(self, children: list[_Child]) -> None:
        live = [c for c in children if c.handle is not None and c.handle.poll() is None]
        for child in live:
            if child.handle is not None:
                child.handle.terminate()
        for child in live:
            if child.handle is not None:
                try:
                    child.handle.wait(child.process.patience)
                except subprocess.TimeoutExpired:
                    os.killpg(child.handle.pid, signal.SIGKILL)
                    child.handle.wait()
