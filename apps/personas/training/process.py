"""The trainer's own process: data and key come in by pipe, events go out as lines, weights leave sealed.

stdin:  one JSON line (config, folder, key, lesson, names, threads), then msgpack of the dialogues until the end
stdout: one JSON object per line: tone, tone_found, plan, step, held_out, sample, result, refused
SIGTERM: write a checkpoint and exit 75.  SIGUSR1: stop now and keep what is there.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from apps.personas import wire, word_vectors
from apps.personas.config import Asked, TrainConfig
from apps.personas.training import together

STARTED = time.monotonic()
LEFT = 75
NOTHING_KEPT = "There was nothing to keep: it had hardly begun, or what it learns from has changed since. Press Train again."


def say(event: dict[str, Any]) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def leave_with_parent(how: int = signal.SIGTERM) -> None:
    """Be told to leave when the worker dies, even by kill -9 (Linux); a trainer nobody listens to must not go on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, how)  # PR_SET_PDEATHSIG


def main() -> int:
    asked = Asked()  # before torch is imported: who presses Stop at once must be heard
    signal.signal(signal.SIGTERM, lambda *_: setattr(asked, "leave", True))
    signal.signal(signal.SIGUSR1, lambda *_: setattr(asked, "stop", True))
    first = together.number() == 0
    leave_with_parent(signal.SIGTERM if first else signal.SIGKILL)
    line, body = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
    head = json.loads(line)
    asked.stop = asked.stop or bool(head.get("stop"))
    train, held_out = wire.unpacked(body)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    _lean([*head.get("probe", ()), head.get("config", {})])

    import torch

    from apps.personas.inference.families import NotThere
    from apps.personas.training import preparing, trainer

    if head.get("threads"):
        torch.set_num_threads(head["threads"])
    if head.get("probe"):
        _probes(head, train, line + body)
        return 0
    try:
        _train(head, train, held_out, line + body, asked)
    except (trainer.Interrupted, BrokenPipeError):
        return LEFT
    except (preparing.Unlearnable, NotThere) as error:
        say({"event": "refused", "cause": str(error)})
        return 1 if first else LEFT
    return 0


def _train(head: dict[str, Any], train: list[Any], held_out: list[Any], given: bytes, asked: Asked) -> None:
    """Sort out by tone, prepare, train, and leave the result in its folder. `given`: what came in by the pipe, for other processes."""
    from apps.personas.training import checkpoint, preparing, tone, trainer

    folder, key = Path(head["folder"]), base64.b64decode(head["key"])
    models = Path(head["models"]) if head.get("models") else None
    config = TrainConfig(**head["config"])
    train, held_out = tone.filtered(config, train, held_out, models, say, asked, measure=head.get("measure", False))
    if head.get("measure"):
        say({"event": "result"})
        return
    first = together.number() == 0
    if first and not config.private:
        together.call(together.wanted(head.get("processes", 0)), given)
    kind, brought = trainer.kept(folder, key, head.get("lesson", "")) if head["folder"] else (None, None)
    if head.get("stop") and kind is None:
        raise preparing.Unlearnable(NOTHING_KEPT)
    words = word_vectors.Vectors.opened(base64.b64decode(head["vectors"])) if head.get("vectors") else None
    start = checkpoint.read_file(folder / "start", key)[0] if config.continues and head["folder"] else None
    run = preparing.prepare(
        config, train, held_out, models=models, kind=kind, brought=brought, vectors=words, start=start,
        together=together.here(),
    )  # fmt: skip
    run.lesson = head.get("lesson", "")
    if start is not None and run.family.hash != head["base_hash"]:
        raise preparing.Unlearnable(preparing.NO_WAY_ON)
    say({"event": "ready", "seconds": time.monotonic() - STARTED})
    result = trainer.train(run, folder, key, head.get("asked_by") or "Sam", say, asked)
    if first:
        checkpoint.write_file(folder / "result", key, result.tensors, {**result.facts, "carried": result.carried})
        say({"event": "result", **result.facts})


def _lean(configs: list[dict[str, Any]]) -> None:
    """Without what none of these needs: peft imports bitsandbytes wherever it is installed, a quarter of all imports."""
    if all(config.get("method") != "qlora" for config in configs):
        sys.modules.setdefault("bitsandbytes", None)  # type: ignore[arg-type]


def _probes(head: dict[str, Any], train: list[Any], given: bytes) -> None:
    """Say of each configuration how fast it is here."""
    imported = time.monotonic() - STARTED
    if together.number() == 0:
        together.call(together.wanted(head.get("processes", 0)), given)
    for config in head["probe"]:
        _probe(TrainConfig(**config), train, imported)


def _probe(config: TrainConfig, train: list[Any], imported: float) -> None:
    """Say how many tokens a second a few real steps read (the first is left out), and what starting with this base costs."""
    from apps.personas.training import preparing, trainer

    prepares = time.monotonic()
    run = preparing.prepare(config, train, [], together=together.here())
    trainer.step(run, 0)
    ready = time.monotonic() - prepares + imported
    began, done = time.monotonic(), 0
    while run.together.agreed(done < 2 or time.monotonic() - began < 2.0)[0]:
        trainer.step(run, done % run.steps)
        done += 1
    tokens = done * run.config.length * run.config.rows
    say({"event": "probe", "base": config.base, "tokens_s": tokens / (time.monotonic() - began), "start_s": ready})


if __name__ == "__main__":
    sys.exit(main())
