"""A small sentence encoder from a folder of this machine: texts to vectors of length 1 by the mean of its last layer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

BATCH = 64
LONGEST = 256  # tokens of one text


class Encoder:
    """Any encoder of the hub's layout with safetensors weights. Nothing is fetched and no code of the folder is run."""

    def __init__(self, folder: str) -> None:
        """Raises OSError or ValueError where the folder holds no such model."""
        path = Path(folder)
        if not list(path.glob("*.safetensors")):
            raise OSError("The folder of the encoder has no safetensors weights.")
        known: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **known)
        self._model: Any = AutoModel.from_pretrained(folder, use_safetensors=True, dtype=torch.float32, **known)
        self._model.train(False)
        self._most = min(LONGEST, int(getattr(self._model.config, "max_position_embeddings", LONGEST)) - 2)
        self._lock = threading.Lock()
        self.name = _name(path)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """A row of length 1 for each text; texts of like length are read together."""
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        rows = np.zeros((len(texts), int(self._model.config.hidden_size)), np.float32)
        with self._lock:  # the tokenizer keeps its padding for one caller
            for at in range(0, len(order), BATCH):
                places = order[at : at + BATCH]
                rows[places] = self._batch([texts[n] for n in places])
        return rows

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> npt.NDArray[np.float32]:
        fed = self._tokenizer(texts, padding=True, truncation=True, max_length=self._most, return_tensors="pt")
        mask = fed["attention_mask"].unsqueeze(-1).float()
        states = self._model(**fed).last_hidden_state
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        found: npt.NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return found


def _name(path: Path) -> str:
    """SHA-256 of everything in the folder that vectors depend on."""
    found = hashlib.sha256()
    for file in sorted(p for p in path.iterdir() if p.suffix in (".json", ".safetensors", ".txt", ".model")):
        found.update(file.name.encode() + b"\0")
        with file.open("rb") as content:
            found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()
