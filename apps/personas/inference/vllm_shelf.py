"""Adapters where a vLLM server can read them: in plain, in memory, for as long as they are used and not longer.

vLLM reads adapters from files by their path, and again whenever it has pushed one out of its own memory, so a file must stay
while its name is known there. The folder must lie on a file system without a disk; what a killed worker left in it goes when
the next one starts. docs/decisions/0037 says what that is worth.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
import shutil
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from apps.personas.inference.vllm_server import Away, Server
from apps.personas.merging import tensors
from apps.personas.wire import Unanswered, Weights

IDLE_SECONDS = 600.0
LOOK_SECONDS = 60.0
MOST_BYTES = 2 * 2**30
ON_DISK = (
    "The folder VLLM_FOLDER must lie in memory (tmpfs), since adapters stand there in plain. "
    "The site's keeper must name another folder, for example /dev/shm/chatclone."
)
NOT_OURS = (
    "The folder VLLM_FOLDER must belong to the worker's user and be closed to all others (mode 0700). "
    "The site's keeper must name another one, or mend it."
)


@dataclass(eq=False)
class Kept:
    """One adapter. `name` is empty while it is in no file; `gone`: to be dropped by its last holder."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    name: str = ""
    size: int = 0
    holders: int = 0
    used: float = 0.0
    gone: bool = False


class Folder:
    """This process's own corner of `root`, which no other process clears while we live."""

    def __init__(self, root: Path) -> None:
        """Raises `Unanswered` where `root` would lie on a disk, or somebody else could put things into it."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not in_memory(root):
            raise Unanswered(ON_DISK)
        found = root.lstat()
        if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise Unanswered(NOT_OURS)
        self.root, self.token = root, secrets.token_hex(6)
        self.path = root / self.token
        self._lock = _locked(root / f"{self.token}.lock")
        self.path.mkdir(mode=0o700)
        self._made = 0
        atexit.register(self.close)

    def left(self) -> list[str]:
        """Corners of processes that are no more; their files are removed here."""
        dead = []
        for path in self.root.glob("*.lock"):
            if path.stem != self.token and (lock := _locked(path)) is not None:
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
                os.close(lock)
                dead.append(path.stem)
        return dead

    def write(self, data: bytes) -> str:
        """A LoRA adapter (the bytes of its safetensors file) as a folder in peft's layout; its name. Nobody else may read it."""
        self._made += 1
        name = f"{self.token}-{self._made}"
        folder = self.path / name
        folder.mkdir(mode=0o700)
        for file, content in (("adapter_model.safetensors", data), ("adapter_config.json", _config(data))):
            with open(os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)
        return name

    def remove(self, name: str) -> None:
        shutil.rmtree(self.path / name, ignore_errors=True)

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        (self.root / f"{self.token}.lock").unlink(missing_ok=True)


class Shelf:
    """The adapters that one server has from us, the least recently used ones taken back."""

    def __init__(self, server: Server, folder: Folder, most: int) -> None:
        """`most` must not be more than the server's --max-cpu-loras."""
        self.server, self.folder, self.most = server, folder, most
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()
        atexit.register(self.clear)
        threading.Thread(target=self._look, name="vllm-shelf", daemon=True).start()

    @contextmanager
    def held(self, spec: Weights) -> Iterator[Kept]:
        """An adapter that the server has, and keeps meanwhile. Raises `Unanswered`."""
        with self._lock:
            kept = self._kept.setdefault(spec.key, Kept())
            self._kept.move_to_end(spec.key)
            kept.holders += 1
        try:
            self._bring(kept, spec, "")
            self.trim()
            yield kept
        finally:
            with self._lock:
                kept.holders, kept.used = kept.holders - 1, time.monotonic()
                over = kept.gone and not kept.holders
            if over:
                self._drop(kept)

    def again(self, kept: Kept, spec: Weights, stale: str) -> None:
        """The server has forgotten the name `stale`: bring the adapter there once more (once, however many have noticed)."""
        self._bring(kept, spec, stale)

    def _bring(self, kept: Kept, spec: Weights, stale: str) -> None:
        with kept.lock:
            if kept.name != stale:
                return
            if stale:
                self.folder.remove(stale)
            data = spec.load()
            kept.name, kept.size = "", len(data)
            name = self.folder.write(data)
            try:
                self.server.load(name, str(self.folder.path / name))
            except BaseException:
                self.folder.remove(name)
                raise
            kept.name = name

    def trim(self, idle: float | None = None) -> None:
        """Take back what is too much, and what nobody used for `idle` seconds."""
        while (kept := self._surplus(idle)) is not None:
            self._drop(kept)

    def _surplus(self, idle: float | None) -> Kept | None:
        with self._lock:
            count, size = len(self._kept), sum(k.size for k in self._kept.values())
            for key, kept in self._kept.items():
                old = idle is not None and time.monotonic() - kept.used >= idle
                if not kept.holders and (old or count > self.most or size > MOST_BYTES):
                    return self._kept.pop(key)
        return None

    def forget(self, key: str) -> None:
        """A persona was deleted: its adapter goes with the last reply that speaks from it."""
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is not None and kept.holders:
                kept.gone, kept = True, None
        if kept is not None:
            self._drop(kept)

    def _drop(self, kept: Kept) -> None:
        """The server first: it must know no name without a file."""
        with kept.lock:
            name, kept.name = kept.name, ""
            if name:
                with suppress(Unanswered):
                    self.server.unload(name)
                self.folder.remove(name)

    def tidy(self, dead: list[str]) -> None:
        """Take back what processes that are no more had the server load."""
        with suppress(Away):
            for name in self.server.adapters() if dead else ():
                if name.partition("-")[0] in dead:
                    self.server.unload(name)

    def clear(self) -> None:
        """Everything goes."""
        for key in list(self._kept):
            self.forget(key)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.trim(IDLE_SECONDS)


def in_memory(path: Path) -> bool:
    """Whether a folder lies on a file system that has no disk; no where this cannot be told."""
    try:
        rows = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return False
    mounts = {row[4].replace("\\040", " "): row[row.index("-") + 1] for row in rows}
    whole = path.resolve()
    return next((mounts[str(p)] for p in (whole, *whole.parents) if str(p) in mounts), "") in ("tmpfs", "ramfs")


def _locked(path: Path) -> int | None:
    """A lock that ends with the process that has it; None where another has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _config(data: bytes) -> bytes:
    """What peft and vLLM want to know of an adapter beside its numbers."""
    found = tensors(data)
    places = {name.removesuffix(".lora_A.weight").rpartition(".")[2] for name in found if name.endswith("lora_A.weight")}
    rank = max(one.shape[0] for name, one in found.items() if name.endswith("lora_A.weight"))
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "lora_dropout": 0.0, "bias": "none",
        "target_modules": sorted(places), "inference_mode": True,
    }  # fmt: skip
    return json.dumps(config).encode()
