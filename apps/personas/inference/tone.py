"""Any text classifier of a folder or the hub, as a score between 0 and 1 for each text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from apps.personas.inference.families import NotThere

BATCH, LONGEST = 32, 256  # texts, tokens of one text


class Classifier:
    """One label of a sequence classification model. Remote code is never run; weights are read from safetensors only."""

    def __init__(self, name: str, label: str = "", models: Path | None = None, device: str = "") -> None:
        """Raises `NotThere` with a sentence."""
        path = models / name if models and (models / name).is_dir() else Path(name)
        source = str(path) if path.is_dir() else name
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(source)
            self.model: Any = AutoModelForSequenceClassification.from_pretrained(source, use_safetensors=True)
        except (OSError, ValueError, ImportError) as error:
            raise NotThere(
                f"The tone model {name} is not on this machine and could not be fetched. "
                "Put its folder into MODELS_DIR, or train without it."
            ) from error
        labels = [str(self.model.config.id2label[n]) for n in sorted(self.model.config.id2label)]
        if label and label not in labels:
            raise NotThere(f"The tone model {name} has no label {label}. Please choose one of {', '.join(labels)}.")
        self.label = label or labels[-1]
        self.column = labels.index(self.label)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device).eval()
        if self.tokenizer.pad_token_id is None and self.tokenizer.eos_token_id is not None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model.config.pad_token_id = self.tokenizer.pad_token_id
        self.longest = min(LONGEST, getattr(self.model.config, "max_position_embeddings", LONGEST))

    def scores(self, texts: Sequence[str]) -> Iterator[list[tuple[int, float]]]:
        """(number of the text, score) batch by batch, texts of like length together."""
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        size = BATCH if self.tokenizer.pad_token_id is not None else 1
        for at in range(0, len(order), size):
            numbers = order[at : at + size]
            yield list(zip(numbers, self._batch([texts[n] for n in numbers]), strict=True))

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> list[float]:
        coded = self.tokenizer(
            texts, padding=self.tokenizer.pad_token_id is not None, truncation=True, max_length=self.longest,
            return_tensors="pt", split_special_tokens=True,
        ).to(self.device)  # fmt: skip
        logits = self.model(**coded).logits.float()
        several = logits.shape[1] == 1 or self.model.config.problem_type == "multi_label_classification"
        shares = logits.sigmoid() if several else logits.softmax(-1)
        return [float(s) for s in shares[:, self.column]]
