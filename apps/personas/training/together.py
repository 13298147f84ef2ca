"""Several devices at one training, by accelerate: each takes its share of a step's rows, the gradients are added up.

Weights, masters and order are the same in every process, so after the sum every step is the same, and it is the step one device would make. The
first process is the one that was started; it has the ear of the worker, and writes what is kept.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Alone:
    """One device: nothing is shared."""

    first = True

    def share(self, rows: Sequence[T]) -> Sequence[T]:
        """The rows of a step that this process reads."""
        return rows

    def summed(self, parameters: Iterable[Any], value: float) -> float:
        """Add up the gradients and the loss of all processes."""
        return value

    def agreed(self, *flags: bool) -> tuple[bool, ...]:
        """What the first process says: all must stop after the same step."""
        return flags


class Together(Alone):
    """One of several processes that were told of each other as torchrun does (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT)."""

    def __init__(self) -> None:
        import torch
        from accelerate import Accelerator

        self._all = Accelerator(cpu=not torch.cuda.is_available())
        self.first = self._all.is_main_process

    def share(self, rows: Sequence[T]) -> Sequence[T]:
        return rows[self._all.process_index :: self._all.num_processes]

    def summed(self, parameters: Iterable[Any], value: float) -> float:
        import torch

        with_gradient = [p for p in parameters if p.requires_grad]
        for p in with_gradient:  # whoever had no rows has no gradient
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        flat = torch.cat(
            [p.grad.flatten().float() for p in with_gradient] + [torch.tensor([value], device=self._all.device)]
        )
        total: Any = self._all.reduce(flat, "sum")
        at = 0
        for p in with_gradient:
            p.grad.copy_(total[at : at + p.grad.numel()].view_as(p.grad))
            at += p.grad.numel()
        return float(total[-1])

    def agreed(self, *flags: bool) -> tuple[bool, ...]:
        import torch

        mine = torch.tensor([float(flag and self.first) for flag in flags], device=self._all.device)
        heard: Any = self._all.reduce(mine, "sum")
        return tuple(bool(flag) for flag in heard.tolist())


def here() -> Alone:
    """Whether others are at it, as the environment says."""
    return Together() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Alone()


def number() -> int:
    """Which of the processes this is; 0 is the first."""
    return int(os.environ.get("RANK", "0"))


def wanted(asked: int) -> int:
    """How many processes: what a setting asks for; 0: one for each GPU."""
    import torch

    return asked or max(1, torch.cuda.device_count())


def call(processes: int, given: bytes) -> list[subprocess.Popen[bytes]]:
    """Start the other processes with the same input, and tell this one of them. They end with this one."""
    if processes < 2:
        return []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    if not _gpu():
        world["GLOO_SOCKET_IFNAME"] = "lo"
    others: list[subprocess.Popen[bytes]] = []
    for rank in range(1, processes):
        environment = {**os.environ, **world, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        other = subprocess.Popen(
            [sys.executable, "-m", "apps.personas.training.process"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        assert other.stdin is not None
        other.stdin.write(given)
        other.stdin.close()
        threading.Thread(target=_watch, args=(other,), daemon=True).start()
        others.append(other)
    os.environ.update(world, RANK="0", LOCAL_RANK="0")
    return others


def _gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _watch(other: subprocess.Popen[bytes]) -> None:
    """One that dies would leave the rest waiting for its gradients for ever."""
    code = other.wait()
    if code not in (0, 75):
        os._exit(1)
