"""Which runtime makes the words, and what people may set there: the page shows only that. Pure, so that the web process may ask."""

from __future__ import annotations

from dataclasses import dataclass

from apps.personas.names import BUILTIN, SCRATCH

AUTO, INT8, TORCH, VLLM = "auto", "int8", "torch", "vllm"
CHOICES = (AUTO, INT8, TORCH, VLLM)


@dataclass(frozen=True)
class Controls:
    """What a runtime offers. `sampling`: fields of `inference.sampling.Sampling` that it obeys besides limits and seed;
    `batched`: whether conversations with different personas are computed together."""

    runtime: str
    sampling: tuple[str, ...]
    batched: bool


_OF = {
    INT8: Controls(INT8, ("temperature", "top_k", "top_p", "repetition"), batched=False),
    TORCH: Controls(TORCH, ("temperature", "top_k", "top_p", "min_p", "repetition"), batched=True),
    # what its server cannot take (other families, whole weights) is made by torch, which obeys the same
    VLLM: Controls(VLLM, ("temperature", "top_k", "top_p", "min_p", "repetition"), batched=True),
}


def of(setting: str, base: str, device: str = "cpu") -> Controls:
    """The runtime for a base: on a CPU the built-in shape is made at 8 bits, everything else by torch, unless `setting` says.

    The page does not know the worker's device and shows what the CPU's offers; a GPU obeys no less.
    """
    if setting != AUTO:
        return _OF[setting]
    return _OF[INT8 if device == "cpu" and base in (BUILTIN, SCRATCH) else TORCH]
