"""A version as other programs load it: the layout of the Hugging Face hub, with a card; and such a folder read back. Pure.

An adapter comes with its base, so that stock peft loads both without a network; a whole model comes as one folder. Formats: peft's
`adapter_config.json`, safetensors (an 8-byte little-endian length, a JSON header, the tensors).
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from apps.personas import merging
from apps.personas.names import PAIRS, RECURRENT

HEADER_MOST = 4 * 2**20  # of a safetensors file; an adapter's has a few kilobytes
ADAPTER = "adapter_model.safetensors"
MODEL = "model.safetensors"
MERGED = "These are merged weights, which cannot be taken apart again. Bring the adapter back instead."
_SIZES = {"BF16": 2, "F16": 2, "F32": 4}


#: A file of an export: its name and its bytes, whole or in pieces.
Entry = tuple[str, bytes | Iterable[bytes]]


class NotOurs(Exception):
    """A file that cannot be taken in, with a sentence for the user."""


@dataclass(frozen=True)
class Voice:
    """What is exported: facts about the version, never texts or names."""

    config: dict[str, Any]
    base_hash: str
    tokenizer_hash: str
    template_version: int
    full: bool


CARD = """---
library_name: {library}
base_model: {base}
pipeline_tag: text-generation
tags: [dialogue, imitation]
---
# An AI imitation of one person's way of writing

Made by chatclone from one person's messages, after private data was taken out and names were exchanged for invented ones. What
it writes was never said by that person. Wherever you use it: say so before the first message, mark what it writes as made by
an AI, answer truthfully when somebody asks, and stop when the person asks you to. `"ai_generated": true` in `voice.json` says the
same to programs.

Method: {method}, {epochs} epochs, rank {rank}, seed {seed}. The template of dialogues and the special tokens are described in
`voice.json`. {holds}
{how}"""
HOLDS_NOTHING = "No text of the training and no names are in this folder."
METHODS = {"lora": "LoRA", "dora": "DoRA", "qlora": "QLoRA", "full": "full training"}
HOW_ADAPTER = """
```python
from peft import PeftModel
from transformers import AutoModelForCausalLM
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{where}"), ".")
```
"""
HOW_MODEL = """
```python
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained(".")
```
"""
HOW_NOT = """
This shape of model is chatclone's own, and other programs do not know it.
"""


def adapter_config(config: dict[str, Any], base: str) -> dict[str, Any]:
    """peft's description of a LoRA adapter."""
    return {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base, "r": config["rank"],
        "lora_alpha": 2 * config["rank"], "lora_dropout": 0.0, "target_modules": "all-linear", "bias": "none",
        "inference_mode": True, "use_dora": config.get("method") == "dora",
    }  # fmt: skip


def members(voice: Voice, weights: bytes, base_folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """The files of an export. `base_folder` holds config, weights and tokenizer of the base where it is on this machine."""
    base, config = voice.config["base"], voice.config
    where = "base" if base_folder is not None else base
    facts = {
        "ai_generated": True, "config": config, "base_hash": voice.base_hash, "tokenizer_hash": voice.tokenizer_hash,
        "template_version": voice.template_version, "full": voice.full, "sha256": sha256(weights).hexdigest(),
    }  # fmt: skip
    yield "README.md", _card(voice, where).encode()
    yield "voice.json", json.dumps(facts, indent=1).encode()
    yield (MODEL if voice.full else ADAPTER), weights
    if not voice.full:
        yield "adapter_config.json", json.dumps(adapter_config(config, where), indent=1).encode()
    for path in sorted(base_folder.iterdir()) if base_folder is not None else ():
        if path.suffix == ".json" or (path.suffix == ".safetensors" and not voice.full):
            yield ("" if voice.full else "base/") + path.name, path.read_bytes()


def opened(data: bytes) -> tuple[Voice, bytes]:
    """What `members` wrote, checked: sizes before bytes, the hash, and the header of the weights. Raises `NotOurs`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            facts = json.loads(_member(archive, "voice.json", 2**20))
            if facts.get("merged"):
                raise NotOurs(MERGED)
            weights = _member(archive, MODEL if facts.get("full") else ADAPTER, 4 * len(data) + 2**20)
            voice = Voice(
                dict(facts["config"]), str(facts["base_hash"]), str(facts["tokenizer_hash"]), int(facts["template_version"]),
                bool(facts["full"]),
            )  # fmt: skip
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError):
        raise NotOurs("This is not a voice that was exported here. Choose the zip as it was downloaded.") from None
    if sha256(weights).hexdigest() != facts.get("sha256"):
        raise NotOurs("The weights in this file are damaged or were changed. Download the export again.")
    tensors(weights)
    return voice, weights


def _card(voice: Voice, where: str, merged: str = "") -> str:
    config, own = voice.config, voice.config["base"] in RECURRENT
    library = "chatclone" if own else "transformers" if voice.full else "peft"
    how = HOW_NOT if own else HOW_MODEL if voice.full else HOW_ADAPTER.format(where=where)
    method = METHODS[config.get("method", "lora")] if not voice.full or merged else METHODS["full"]
    return CARD.format(
        library=library, base=config["base"], method=method + merged, epochs=config.get("epochs"), rank=config.get("rank"),
        seed=config.get("seed"), holds=vocabulary(config["base"]).capitalize() if own else HOLDS_NOTHING, how=how,
    )  # fmt: skip


def vocabulary(base: str) -> str:
    """What the weights of a recurrent family carry of the texts they were trained on."""
    words = " and frequent words" if base == PAIRS else ""
    return f"its vocabulary is in the file: the characters{words} of the messages that it has read, and no message."


#: What belongs to a model besides its weights; an index would speak of files that are one now.
_BESIDE = (".json", ".txt", ".model", ".jinja")


def whole(voice: Voice, pieces: Iterable[bytes], base_folder: Path) -> Iterator[Entry]:
    """One model without an adapter, as stock `transformers` loads it: `pieces` are the bytes of its safetensors file."""
    facts = {
        "ai_generated": True, "merged": True, "config": voice.config, "base_hash": voice.base_hash,
        "tokenizer_hash": voice.tokenizer_hash, "template_version": voice.template_version,
    }  # fmt: skip
    yield "README.md", _card(replace(voice, full=True), "", "" if voice.full else ", merged").encode()
    yield "voice.json", json.dumps(facts, indent=1).encode()
    for path in sorted(base_folder.iterdir()):
        beside = path.suffix in _BESIDE and not path.name.endswith(".index.json") and path.name != "voice.json"
        if path.is_file() and (beside or path.name.upper().startswith(("LICENSE", "NOTICE"))):
            yield path.name, path.read_bytes()
    yield MODEL, pieces


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if archive.getinfo(name).file_size > most:
        raise ValueError(name)
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise ValueError(name)
    return data


def tensors(data: bytes) -> dict[str, list[int]]:
    """Shapes by name of a safetensors file, every byte accounted for. Raises `NotOurs`."""
    damaged = NotOurs("The weights in this file are not in order, so they are not loaded. Download the export again.")
    if len(data) < 8:
        raise damaged
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(HEADER_MOST, len(data) - 8):
        raise damaged
    try:
        header = json.loads(data[8 : 8 + length])
        rows = {str(k): v for k, v in header.items() if k != "__metadata__"}
        shapes = {k: [int(n) for n in v["shape"]] for k, v in rows.items()}
        spans = sorted((int(v["data_offsets"][0]), int(v["data_offsets"][1]), k) for k, v in rows.items())
        kinds = {k: _SIZES[v["dtype"]] for k, v in rows.items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise damaged from None
    at = 0
    for start, end, name in spans:
        count = 1
        for n in shapes[name]:
            count *= n
        if start != at or end - start != count * kinds[name] or min(shapes[name], default=1) < 1:
            raise damaged
        at = end
    if at != len(data) - 8 - length or not shapes:
        raise damaged
    return shapes


def fits(shapes: dict[str, list[int]], base: dict[str, list[int]], voice: Voice, *, turned: bool = False) -> bool:
    """Whether an adapter (peft's names) or whole weights belong to a base of these shapes; `turned` as in `merging.TURNED`."""
    if voice.full:
        return all(base.get(name) == shape for name, shape in shapes.items())
    found: dict[str, dict[str, list[int]]] = {}
    try:
        for name, shape in shapes.items():
            place, part = merging.placed(name, base)
            found.setdefault(place, {})[part] = shape
    except merging.NotMergeable:
        return False
    return bool(found) and all(parts == _parts(base[place], voice.config, turned) for place, parts in found.items())


def _parts(shape: list[int], config: dict[str, Any], turned: bool) -> dict[str, list[int]]:
    """The shapes of all parts that an adapter has for one matrix; none for what is no matrix."""
    if len(shape) != 2:
        return {}
    out, wide = shape[::-1] if turned else shape
    parts = {"down": [config["rank"], wide], "up": [out, config["rank"]]}
    return {**parts, "length": [out]} if config.get("method") == "dora" else parts
