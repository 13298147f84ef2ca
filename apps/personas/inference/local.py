"""The engine on this machine: one base in memory, thousands of personas on disk, the most used ones kept.

On a CPU the built-in model talks at 8 bits, each persona merged, each reply in a thread; everything else is computed in one
batch a base, adapters beside it. What fits neither (recurrent families) is merged into a copy, and requests take turns at
every token: a lock around each step, released in between.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging as transformers_logging

from apps.personas import controls
from apps.personas.clock import Clock
from apps.personas.inference import batched, carried, families, int8, rows
from apps.personas.inference.batched import BatchedVoice
from apps.personas.inference.decoding import Stop, Veto, nothing
from apps.personas.inference.generate import Op, Voice
from apps.personas.inference.int8_voice import Int8Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.scheduler import Scheduler
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

    def __init__(self, models: Path | None = None, threads: int = 0, runtime: str = controls.AUTO) -> None:
        """`runtime` is one of `controls.CHOICES`."""
        self.models, self.runtime = models, runtime
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bases: dict[str, families.Family] = {}
        self._schedulers: dict[str, Scheduler] = {}
        self._converters: dict[str, int8.Converter] = {}
        self._voices: OrderedDict[str, Voice] = OrderedDict()
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
        talk: str = "",
    ) -> Iterator[Op]:
        """The persona's next turn, word by word. Within one `talk` what was read is not read again."""
        voice = self.voice(spec, talk)
        yield from self._fairly(voice, voice.reply(others, turns, sampling, stop, veto))

    def converse(
        self,
        spec: Weights,
        seats: Sequence[Speaker],
        turns: Sequence[Turn],
        count: int,
        sampling: Sampling,
        stop: Stop,
        veto: Veto = nothing,
        present: Sequence[str] = (),
        heads: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> Iterator[Op]:
        """An invented conversation, word by word; as `Voice.converse` says."""
        with self.voice(spec).drawing(sampling.seed) as voice:
            yield from self._fairly(voice, voice.converse(seats, turns, count, sampling, stop, veto, present, heads, clock))

    def complete(
        self, spec: Weights, others: Sequence[str], turns: Sequence[Turn], begun: str, sampling: Sampling, stop: Stop
    ) -> str:
        """The rest of a sentence."""
        voice = self.voice(spec)
        with nullcontext() if voice.together else self._step:
            return voice.complete(others, turns, begun, sampling, stop)

    def completions(
        self,
        spec: Weights,
        others: Sequence[str],
        turns: Sequence[Turn],
        begun: str,
        sampling: Sampling,
        count: int,
        stop: Stop,
        talk: str = "",
    ) -> list[str]:
        """Several ways to end a sentence. Within one `talk` what was read is not read again with every key."""
        voice = self.voice(spec, f"{talk}:typing" if talk else "")
        with nullcontext() if voice.together else self._step:
            return voice.completions(others, turns, begun, sampling, count, stop, talk)

    def _fairly(self, voice: Voice, ops: Iterator[Op]) -> Iterator[Op]:
        if voice.together:
            yield from ops
            return
        while True:
            with self._step:
                op = next(ops, None)
            if op is None:
                return
            yield op

    def voice(self, spec: Weights, talk: str = "") -> Voice:
        """The voice of `spec`, loaded when it is not in memory, in one conversation."""
        with self._lock:
            if spec.key not in self._voices:
                self._voices[spec.key] = self._load(spec)
                while sum(v.size for v in self._voices.values()) > KEPT_BYTES and len(self._voices) > 1:
                    self._voices.popitem(last=False)
            self._voices.move_to_end(spec.key)
            voice = self._voices[spec.key]
        return voice.within(talk) if talk and isinstance(voice, BatchedVoice) else voice

    def forget(self, key: str) -> None:
        """Drop a voice whose persona was deleted."""
        with self._lock:
            self._voices.pop(key, None)
            for scheduler in self._schedulers.values():
                scheduler.forget(key)

    def _load(self, spec: Weights) -> Voice:
        data = spec.load()
        brought, tensors = carried.read(data), load(data)
        if spec.base in RECURRENT:
            return self._own(spec.base, brought, tensors)
        base = families.spoken(self._base(spec.base), brought)
        if spec.full and not _whole(tensors, base.model.state_dict()):
            raise families.NotThere(families.UNFIT)
        if controls.of(self.runtime, spec.base, self.device).runtime == controls.INT8 and int8.fits(base.model.config):
            return self._at_8_bits(spec, base, tensors)
        if batched.fits(base.model):
            return self._batched(spec, base, tensors)
        model = copy.deepcopy(base.model)
        if spec.full:
            model.load_state_dict(tensors, strict=False)
        else:
            merge_adapter(model, tensors)
        return Voice(families.Family(model, base.language, base.pad, base.hash))

    def _batched(self, spec: Weights, base: families.Family, tensors: dict[str, Tensor]) -> BatchedVoice:
        """Adapters share their base's batch; whole weights are a base of their own."""
        weight = next(base.model.parameters())
        if not spec.full:
            if spec.base not in self._schedulers:
                self._schedulers[spec.base] = Scheduler(base.model)
            pairs = rows.adapter(tensors, weight)
            return BatchedVoice(base, self._schedulers[spec.base], spec.key, pairs)
        model: Any = type(base.model)(base.model.config)
        model.load_state_dict(tensors, strict=False)
        model.to(weight.device, weight.dtype).train(False)
        return BatchedVoice(families.Family(model, base.language, base.pad, base.hash), Scheduler(model), spec.key, {})

    def _at_8_bits(self, spec: Weights, base: families.Family, tensors: dict[str, Tensor]) -> Int8Voice:
        if spec.base not in self._converters:
            self._converters[spec.base] = int8.Converter(base.model.config, base.model.state_dict())
        converter = self._converters[spec.base]
        return Int8Voice(base, converter.whole(tensors) if spec.full else converter.persona(tensors))

    def _own(self, base: str, brought: dict[str, Any], tensors: dict[str, Tensor]) -> Voice:
        """A family of which every version has a model and a vocabulary of its own."""
        family = families.load(base, self._kind, carried=brought)
        model: Any = family.model
        try:
            missing, unexpected = model.load_state_dict(tensors, strict=False)
        except RuntimeError as error:  # another size
            raise families.NotThere(families.UNFIT) from error
        if missing or unexpected:
            raise families.NotThere(families.UNFIT)
        model.to(self.device)
        return Voice(family)

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


def _whole(tensors: dict[str, Tensor], wanted: dict[str, Tensor]) -> bool:
    """Whether nothing is missing (but a tied head), too much, or of another shape."""
    missing = wanted.keys() - tensors.keys()
    return all("lm_head" in name for name in missing) and all(
        name in wanted and wanted[name].shape == tensor.shape for name, tensor in tensors.items()
    )


def open_engine(models: Path | None, threads: int, runtime: str = controls.AUTO) -> LocalEngine:
    """What `engines.door` calls; another module named by the setting offers the same."""
    return LocalEngine(models, threads, runtime)
