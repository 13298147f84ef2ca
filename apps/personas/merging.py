"""A base and what a persona learnt as one model, tensor by tensor, without torch. Pure.

Each tensor is read from its safetensors file when it is asked for, added to in float32 and handed on, so a model of any size
takes the memory of its largest tensor. LoRA: Hu et al. 2021; DoRA: Liu et al. 2024; names are peft's.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HEADER_MOST = 64 * 2**20
#: transformers' families whose matrices lie [in, out] (its `Conv1D`), where others lie [out, in].
TURNED = ("gpt2", "openai-gpt")
_SIZES = {"BF16": 2, "F16": 2, "F32": 4}
_PEFT = "base_model.model."
Array = np.ndarray[Any, Any]


class NotMergeable(Exception):
    """Weights that cannot become one model, with a sentence for the user."""


@dataclass(frozen=True)
class Stored:
    """Where one tensor lies: `source` is a file or the bytes of one, `start` the place of its first byte in it."""

    source: Path | bytes
    start: int
    kind: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * _SIZES[self.kind]

    def raw(self) -> bytes:
        """As it lies there."""
        if isinstance(self.source, bytes):
            return self.source[self.start : self.start + self.size]
        with self.source.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)

    def read(self) -> Array:
        """In float32."""
        return floats(self.raw(), self.kind).reshape(self.shape)


def floats(data: bytes, kind: str) -> Array:
    """float32 of BF16, F16 or F32."""
    if kind == "BF16":
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, "<f2" if kind == "F16" else "<f4").astype(np.float32)


def packed(values: Array, kind: str) -> bytes:
    """What `floats` reads; BF16 is rounded to the nearest, ties to even."""
    if kind != "BF16":
        return values.astype("<f2" if kind == "F16" else "<f4").tobytes()
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def tensors(source: Path | bytes) -> dict[str, Stored]:
    """The tensors of one safetensors file by name. Raises `NotMergeable`."""
    try:
        length, header = _header(source)
        rows = {str(k): v for k, v in header.items() if k != "__metadata__"}
        found = {
            name: Stored(source, 8 + length + int(row["data_offsets"][0]), row["dtype"], tuple(map(int, row["shape"])))
            for name, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        raise NotMergeable("The base model's files are not in order. Put its folder into MODELS_DIR again.") from None
    if any(one.kind not in _SIZES for one in found.values()):
        raise NotMergeable("This base model is kept in a number type that cannot be merged. Take the adapter along instead.")
    return found


def _header(source: Path | bytes) -> tuple[int, dict[str, Any]]:
    if isinstance(source, bytes):
        (length,) = struct.unpack("<Q", source[:8])
        return length, json.loads(source[8 : 8 + length])
    with source.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > HEADER_MOST:
            raise ValueError("header")
        return length, json.loads(file.read(length))


@dataclass
class Merged:
    """One model: `base` by name, `pairs` the adapter's parts by the names of the base's tensors, `turned` as in `TURNED`."""

    base: dict[str, Stored]
    turned: bool = False
    scale: float = 2.0
    pairs: dict[str, dict[str, Stored]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Of all weights, in bytes."""
        return sum(one.size for one in self.base.values())

    def tensor(self, name: str) -> Array:
        """A weight with what was learnt in it, float32."""
        plain, pair = self.base[name].read(), self.pairs.get(name)
        if pair is None:
            return plain
        whole = (plain.T if self.turned else plain) + self.scale * (pair["up"].read() @ pair["down"].read())
        if "length" in pair:
            whole *= (pair["length"].read().reshape(-1) / np.linalg.norm(whole, axis=1))[:, None]
        return whole.T if self.turned else whole

    def pieces(self) -> Iterator[bytes]:
        """The bytes of a safetensors file, each tensor in the number type of the base."""
        header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
        at = 0
        for name, one in self.base.items():
            header[name] = {"dtype": one.kind, "shape": list(one.shape), "data_offsets": [at, at + one.size]}
            at += one.size
        head = json.dumps(header).encode()
        head += b" " * (-len(head) % 8)
        yield struct.pack("<Q", len(head)) + head
        for name, one in self.base.items():
            yield packed(self.tensor(name), one.kind) if name in self.pairs else one.raw()


def based(folder: Path) -> Merged:
    """The base in `folder` as it is. Raises `NotMergeable`."""
    found = {name: one for path in sorted(folder.glob("*.safetensors")) for name, one in tensors(path).items()}
    return Merged(found, turned(folder))


def turned(folder: Path) -> bool:
    """Whether the matrices of the base in `folder` lie [in, out]."""
    return json.loads((folder / "config.json").read_text()).get("model_type", "") in TURNED


def merged(folder: Path, weights: bytes, *, full: bool) -> Merged:
    """The base in `folder` with a version's weights: an adapter, or (`full`) all of them. Raises `NotMergeable`."""
    made, own = based(folder), tensors(weights)
    if full:
        return Merged(own, made.turned)
    for name, one in own.items():
        place, part = placed(name, made.base)
        made.pairs.setdefault(place, {})[part] = one
    if not made.base or not all({"up", "down"} <= pair.keys() and _fits(made, name) for name, pair in made.pairs.items()):
        raise NotMergeable("These weights do not fit their base model. Train this persona again.")
    return made


_PARTS = {".lora_A.weight": "down", ".lora_B.weight": "up", ".lora_magnitude_vector": "length"}


def placed(name: str, base: Container[str]) -> tuple[str, str]:
    """Which tensor of the base a part of the adapter belongs to, and which part it is; some hub files lack the first word."""
    for ending, part in _PARTS.items():
        if name.startswith(_PEFT) and name.endswith(ending):
            place = name.removeprefix(_PEFT).removesuffix(ending) + ".weight"
            place = place if place in base else place.partition(".")[2]
            if place in base:
                return place, part
    raise NotMergeable("This adapter changes what its base model does not have. Train this persona again.")


def _fits(made: Merged, name: str) -> bool:
    shape, pair = made.base[name].shape, made.pairs[name]
    out, wide = (shape[::-1] if made.turned else shape) if len(shape) == 2 else (0, 0)
    return (
        pair["up"].shape[:1] == (out,)
        and pair["down"].shape[1:] == (wide,)
        and pair["up"].shape[1:] == pair["down"].shape[:1]
    )
