"""Checkpoints that are either whole or absent: one file of authenticated frames, one rename."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from apps.accounts.sealing import FrameReader, FrameWriter, Unreadable

KEEP = 2
#: Where nothing is private (pretraining on open data) the frames' tags still tell damage.
OPEN_KEY = bytes(32)


def flatten_optimizer(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """The optimizer's state as named tensors: `prefix.parameter.key`."""
    flat: dict[str, Tensor] = {}
    for index, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            flat[f"{prefix}.{index}.{key}"] = torch.as_tensor(value).detach().clone()
    return flat


def restore_optimizer(optimizer: torch.optim.Optimizer, prefix: str, tensors: dict[str, Tensor]) -> None:
    """Put back what `flatten_optimizer` made."""
    whole = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        head, _, rest = name.partition(".")
        if head == prefix:
            index, _, key = rest.partition(".")
            state.setdefault(int(index), {})[key] = value
    whole["state"] = state
    optimizer.load_state_dict(whole)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, key: bytes, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Tensors and facts into one sealed safetensors file; a kill at any moment leaves the old one or the new one."""
    draft = path.with_name(f".{path.name}.draft")
    whole = {name: t.detach().contiguous().clone() for name, t in tensors.items()}
    with draft.open("wb") as file:
        with FrameWriter(file, key, path.name) as writer:
            writer.write(save(whole, metadata={"facts": json.dumps(facts)}))
        os.fsync(file.fileno())
    draft.rename(path)
    _sync(path.parent)


def read_file(path: Path, key: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `write_file` wrote. Raises `Unreadable` when a byte differs, also when the file is cut."""
    try:
        with path.open("rb") as file:
            data = FrameReader(file, key, path.name).read()
    except (OSError, ValueError) as error:
        raise Unreadable(path.name) from error
    size = int.from_bytes(data[:8], "little")
    return load(data), json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["facts"])


def write(folder: Path, step: int, key: bytes, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """`folder/step-N`; the newest two are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / f"step-{step:08d}", key, tensors, {**facts, "step": step})
    for old in steps(folder)[:-KEEP]:
        old.unlink()


def steps(folder: Path) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(folder.glob("step-*")) if folder.exists() else []


def newest(folder: Path, key: bytes, lesson: str = "") -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The newest checkpoint that verifies, or the one before it, or None; what another `lesson` has made is removed."""
    for path in reversed(steps(folder)):
        try:
            found = read_file(path, key)
        except Unreadable:
            continue
        if found[1].get("lesson", "") == lesson:
            return found
        path.unlink(missing_ok=True)  # it may have read what is to be learnt no longer
    return None
