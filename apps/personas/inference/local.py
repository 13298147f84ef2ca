"""The engine on this machine: one base in memory, personas merged into copies of it, the most used ones kept.

Requests of several conversations take turns at every token: a lock around each step of a model, released in between.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging as transformers_logging

from apps.personas.inference import carried, families
from apps.personas.inference.generate import Op, Stop, Veto, Voice, nothing
from apps.personas.inference.sampling import Sampling
from apps.personas.language import Speaker, Turn
from apps.personas.names import RECURRENT
from apps.personas.wire import Weights

KEPT_BYTES = 2 * 2**30
SMALL = 60_000_000
transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def merge_adapter(model: nn.Module, tensors: dict[str, Tensor], scale: float = 2.0) -> None:
    """Add `scale · B A` of an adapter (peft's names) to the weights of `model`, in float32.

    With DoRA each row of the sum (of weights that lie [out, in]) is then brought to its learnt length.
    """
    modules = dict(model.named_modules())
    for name, down in tensors.items():
        if not name.endswith("lora_A.weight"):
            continue
        place = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        up = tensors[name.replace("lora_A", "lora_B")]
        target: Any = modules[place]
        turned = isinstance(target, Conv1D)
        weight = target.weight.T if turned else target.weight
        whole = weight.float() + ((up.float() @ down.float()) * scale).to(weight.device)
        length = tensors.get(name.replace("lora_A.weight", "lora_magnitude_vector"))
        if length is not None:
            whole *= (length.float().to(whole.device) / whole.norm(dim=1))[:, None]
        with torch.no_grad():
            target.weight.copy_((whole.T if turned else whole).to(target.weight.dtype))


class LocalEngine:
    """Voices by key, the least recently used ones dropped beyond `KEPT_BYTES`."""

    def __init__(self, models: Path | None = None, threads: int = 0) -> None:
        self.models = models
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bases: dict[str, families.Family] = {}
        self._voices: OrderedDict[str, tuple[Voice, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._step = threading.Lock()
        if threads:
            torch.set_num_threads(threads)

    def reply(
        self,
        spec: Weights,
        others: Sequence[str],
        turns: Sequence[Turn],
        sampling: Sampling,
        stop: Stop,
        veto: Veto = nothing,
    ) -> Iterator[Op]:
        """The persona's next turn, word by word."""
        yield from self._fairly(self.voice(spec).reply(others, turns, sampling, stop, veto))

    def converse(
        self,
        spec: Weights,
        seats: Sequence[Speaker],
        turns: Sequence[Turn],
        count: int,
        sampling: Sampling,
        stop: Stop,
        veto: Veto = nothing,
    ) -> Iterator[Op]:
        """An invented conversation, word by word."""
        yield from self._fairly(self.voice(spec).converse(seats, turns, count, sampling, stop, veto))

    def complete(
        self, spec: Weights, others: Sequence[str], turns: Sequence[Turn], begun: str, sampling: Sampling, stop: Stop
    ) -> str:
        """The rest of a sentence."""
        with self._step:
            return self.voice(spec).complete(others, turns, begun, sampling, stop)

    def _fairly(self, ops: Iterator[Op]) -> Iterator[Op]:
        while True:
            with self._step:
                op = next(ops, None)
            if op is None:
                return
            yield op

    def voice(self, spec: Weights) -> Voice:
        """The voice of `spec`, loaded when it is not in memory."""
        with self._lock:
            if spec.key not in self._voices:
                voice = self._load(spec)
                size = sum(p.numel() * p.element_size() for p in voice.model.parameters())
                self._voices[spec.key] = (voice, size)
                while sum(s for _, s in self._voices.values()) > KEPT_BYTES and len(self._voices) > 1:
                    self._voices.popitem(last=False)
            self._voices.move_to_end(spec.key)
            return self._voices[spec.key][0]

    def forget(self, key: str) -> None:
        """Drop a voice whose persona was deleted."""
        with self._lock:
            self._voices.pop(key, None)

    def _load(self, spec: Weights) -> Voice:
        data = spec.load()
        brought, tensors = carried.read(data), load(data)
        base = self._own(spec.base, brought) if spec.base in RECURRENT else families.spoken(self._base(spec.base), brought)
        model = base.model if spec.base in RECURRENT else copy.deepcopy(base.model)
        if spec.full:
            try:
                missing, unexpected = model.load_state_dict(tensors, strict=False)
            except RuntimeError as error:  # another size
                raise families.NotThere(families.UNFIT) from error
            if unexpected or any("lm_head" not in name or spec.base in RECURRENT for name in missing):
                raise families.NotThere(families.UNFIT)
        else:
            merge_adapter(model, tensors)
        return Voice(families.Family(model, base.language, base.pad, base.hash))

    def _own(self, base: str, brought: dict[str, Any]) -> families.Family:
        """A family of which every version has a model and a vocabulary of its own."""
        family = families.load(base, self._kind, carried=brought)
        model: Any = family.model
        model.to(self.device)
        return family

    @property
    def _kind(self) -> torch.dtype:
        return torch.bfloat16 if self.device == "cuda" else torch.float32

    def _base(self, name: str) -> families.Family:
        if name not in self._bases:
            family = families.load(name, self._kind, models=self.models)
            size = sum(p.numel() for p in family.model.parameters())
            model: Any = family.model
            if self.device == "cpu" and size > SMALL:
                model.to(torch.bfloat16)
            model.to(self.device)
            self._bases[name] = family
        return self._bases[name]


def open_engine(models: Path | None, threads: int) -> LocalEngine:
    """What `engines.door` calls; another module named by the setting offers the same."""
    return LocalEngine(models, threads)
