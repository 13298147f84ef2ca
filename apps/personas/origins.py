"""Presets that train a persona the way of the programs this one comes from, one per family. Pure data.

Each says in one sentence what it is, on which base it stands ("" = a model of the hub or of MODELS_DIR), what it sets in a
`TrainConfig`, and how many times as many epochs it wants as an adapter on the built-in base.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apps.personas.names import BUILTIN, CHAR_GRU, CHAR_LSTM, FRESH, PAIRS


@dataclass(frozen=True)
class Origin:
    """One preset."""

    name: str
    sentence: str
    base: str = ""
    times: float = 1.0
    config: dict[str, Any] = field(default_factory=dict)


SCRIPT, NEWEST = "gpt2-script", "newest-first"
_LETTERS = {"length": 256, "rows": 48, "warmup": 0.15, "links": False, "quotes": True, "patience": 3}

ORIGINS = {
    origin.name: origin
    for origin in (
        Origin(
            CHAR_GRU,
            "Letter by letter, GRU: reads only you, in small letters, with the names; funny rather than right",
            CHAR_GRU,
            10.0,
            {**_LETTERS, "lower": True, "rare": 5, "names": True, "gap": 7_200.0, "temperature": 0.6},
        ),
        Origin(
            CHAR_LSTM,
            "Letter by letter, LSTM: reads only you, capitals kept, without names; spells your way of writing",
            CHAR_LSTM,
            10.0,
            {**_LETTERS, "rare": 3, "names": False, "gap": 7_200.0, "temperature": 0.7},
        ),
        Origin(
            PAIRS,
            "Question and answer, LSTM with attention: learns which of your replies follows which message",
            PAIRS,
            10.0,
            {
                "length": 128, "rows": 48, "warmup": 0.15, "history": 1, "lower": True, "rare": 2, "links": False, "quotes": True,
                "names": False, "gap": 3_600.0, "temperature": 0.7, "patience": 3,
            },
        ),
        Origin(
            SCRIPT,
            "A script with times, for GPT-2: every weight learns, slowly, fast, slowly again; wants memory and patience",
            config={"method": "full", "form": "script", "stages": (1e-4, 1e-3, 1e-4), "gap": 21_600.0, "temperature": 0.9},
        ),
        Origin(
            NEWEST,
            "The newest message first, for dialogue models: each reply is learnt with the seven turns before it",
            config={
                "method": "full", "form": "newest", "history": 7, "rate": 5e-5, "links": False, "gap": 21_600.0,
                "temperature": 0.8,
            },
        ),
    )
}  # fmt: skip
#: What may be fed to a model of the hub.
FOR_HUB = tuple(o for o in ORIGINS.values() if not o.base)
NONE = Origin("", "")


def of(base: str, name: str = "") -> Origin:
    """The preset of a choice; a recurrent family has only its own. Raises ValueError where both do not fit together."""
    if base in ORIGINS:
        return ORIGINS[base]
    if not name:
        return NONE
    if name not in ORIGINS or ORIGINS[name].base or base in (BUILTIN, *FRESH):
        raise ValueError("That way of feeding is for models of this machine or of the hub.")
    return ORIGINS[name]
