"""A persona as a folder: the adapter in Hugging Face's layout (or whole weights), `voice.json`, and what it must not recite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from apps.personas.config import is_full
from apps.personas.inference.generate import Voice
from apps.personas.inference.local import LocalEngine
from apps.personas.verbatim import Verbatim
from apps.personas.wire import Weights

ADAPTER, WHOLE, VOICE = "adapter_model.safetensors", "model.safetensors", "voice.json"
COPIES = "verbatim.bloom"
#: Who has the folder has the weights too, which tell more than the filter: it is kept under no secret.
COPIES_KEY = bytes(32)


def write(
    folder: Path, data: bytes, config: dict[str, Any], facts: dict[str, Any], partner: str, grams: bytes = b""
) -> None:
    """Write weights and what is needed to talk with them; `grams`: what `verbatim.build` made under `COPIES_KEY`."""
    folder.mkdir(parents=True, exist_ok=True)
    full = is_full(config)
    (folder / (WHOLE if full else ADAPTER)).write_bytes(data)
    if not full:
        adapter = {
            "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": config["rank"], "lora_alpha": 2 * config["rank"],
            "lora_dropout": 0.0, "bias": "none", "target_modules": "all-linear", "base_model_name_or_path": config["base"],
            "inference_mode": True, "use_dora": config["method"] == "dora",
        }  # fmt: skip
        (folder / "adapter_config.json").write_text(json.dumps(adapter, indent=1))
    voice = {
        "ai_generated": True, "base": config["base"], "full": full, "partner": partner, "facts": facts, "note": "an AI imitation",
    }  # fmt: skip
    (folder / VOICE).write_text(json.dumps(voice, indent=1))
    if grams:
        (folder / COPIES).write_bytes(grams)


def read(folder: Path, models: Path | None = None) -> tuple[Voice, dict[str, Any]]:
    """The voice of a folder and its `voice.json`. Raises OSError where it is none."""
    facts = json.loads((folder / VOICE).read_text())
    path = folder / (WHOLE if facts["full"] else ADAPTER)
    return LocalEngine(models).voice(Weights(str(folder), facts["base"], facts["full"], path.read_bytes)), facts


def copies(folder: Path) -> Verbatim | None:
    """What the voice of a folder must not recite. None for folders that kept nothing."""
    path = folder / COPIES
    return Verbatim(path.read_bytes(), COPIES_KEY) if path.exists() else None
