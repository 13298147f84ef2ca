"""What a version carries beside its weights, in the header of the same sealed file: its language, and the shape of its model.

Versions of the built-in base carry nothing. The recurrent families carry their vocabulary, models of the hub the form in
which they are fed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from apps.personas import own_language
from apps.personas.cleaning import Cleaning
from apps.personas.config import FORMS, RELATIONS, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.names import FROZEN, PAIRS, RECURRENT
from apps.personas.own_language import OwnLanguage

Carried = dict[str, Any]
LATEST = 1e11  # seconds: some thousand years, within all calendars


def make(config: TrainConfig, train: Sequence[Dialogue]) -> Carried:
    """Before the first training: the vocabulary of these dialogues, and what of the configuration talking depends on."""
    if config.base in FROZEN:
        return {}
    cleaning = Cleaning(config.lower, config.links, config.quotes)
    if config.base not in RECURRENT:
        return _formed(config, cleaning, train)
    found = own_language.pieces(_texts(train, cleaning, names=config.names), rare=config.rare, words=config.base == PAIRS)
    language = OwnLanguage(found, cleaning, names=config.names, history=config.history)
    shape = {"hidden_size": config.width, "num_hidden_layers": config.layers, "embedding": config.embedding}
    return {"language": language.to_dict(), "shape": shape}


def _formed(config: TrainConfig, cleaning: Cleaning, train: Sequence[Dialogue]) -> Carried:
    """The form of a model of the hub; nothing where its own template is all."""
    introduces = {"introduces": True} if config.context == RELATIONS and not config.form and config.names else {}
    if not (config.form or config.history or config.cleans or introduces):
        return {}
    times = [b.at for d in train for t in d.turns for b in t.bubbles if b.at is not None]
    return {
        "language": {
            "form": config.form, "cleaning": asdict(cleaning), "names": config.names, "history": config.history,
            "until": max(times, default=None), **introduces,
        }
    }  # fmt: skip


def _texts(train: Iterable[Dialogue], cleaning: Cleaning, *, names: bool) -> Iterable[str]:
    for dialogue in train:
        if names:
            yield cleaning.text(", ".join(dialogue.opening))
        for turn in dialogue.turns:
            yield from (cleaning.bubble(b).text for b in turn.bubbles)


def read(data: bytes) -> Carried:
    """From the header of a safetensors file, without its tensors."""
    size = int.from_bytes(data[:8], "little")
    facts = json.loads(data[8 : 8 + size]).get("__metadata__", {}).get("facts", "{}")
    found: Carried = json.loads(facts).get("carried") or {}
    return found


def sound(data: bytes, base: str) -> bool:
    """Whether a file from outside carries what `make` makes for its base: nothing, or the form of a model of the hub."""
    try:
        found = read(data)
        row: Any = found.get("language")
        if not found or base in FROZEN or set(found) != {"language"}:
            return not found
        times = row["until"] is None or 0 <= row["until"] <= LATEST
        switches = [*Cleaning(**row["cleaning"]).__dict__.values(), row["names"], row.get("introduces", False)]
        return times and row["form"] in FORMS and row["history"] in range(65) and all(s in (True, False) for s in switches)
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError):
        return False


def header(carried: Carried) -> dict[str, str]:
    """Metadata of a safetensors file."""
    return {"facts": json.dumps({"carried": carried})}
