"""Whether the time that the page promises before a training holds, and how long starting takes: the real trainer process."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from tempfile import TemporaryDirectory
from typing import Any

from apps.personas import engines, selectors, wire
from apps.personas.dataset import Dialogue
from apps.personas.names import BUILTIN


def estimated(dialogues: list[Dialogue], epochs: float = 1.0) -> dict[str, float]:
    """The relative error of the time that the page promises, and the real seconds up to the first step."""
    probe = _process({"probe": [{"base": BUILTIN}]}, dialogues[:64])[-1]
    characters = sum(
        len(b.text) * selectors.PER_CHARACTER + selectors.PER_MESSAGE for d in dialogues for t in d.turns for b in t.bubbles
    )
    promised = selectors.seconds(round(characters), epochs, probe["tokens_s"], probe["start_s"])
    began = time.monotonic()
    events = _process({"config": {"base": BUILTIN, "epochs": epochs, "looks": 8}}, dialogues)
    took = time.monotonic() - began
    first = next(e["at"] for e in events if e["event"] == "step")
    return {"estimate_error": abs(promised - took) / took, "promised_s": promised, "took_s": took, "first_step_s": first}


def _process(head: dict[str, Any], dialogues: list[Dialogue]) -> list[dict[str, Any]]:
    with TemporaryDirectory() as folder:
        full = {
            "threads": os.cpu_count(),
            "folder": folder,
            "key": base64.b64encode(bytes(32)).decode(),
            "asked_by": "Sam",
            **head,
        }
        cut = len(dialogues) // 20
        body = json.dumps(full).encode() + b"\n" + wire.packed(dialogues[cut:], dialogues[:cut])
        began = time.monotonic()
        process = subprocess.Popen(
            engines.trainer_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(body)
        process.stdin.close()
        events = [{**json.loads(line), "at": time.monotonic() - began} for line in process.stdout]
        process.wait()
    return events
