"""The examiner's own process: dialogues, secrets, names and the key come in by pipe, the trained weights sealed, numbers go out as lines,
and a few exchanges of the held-out part for the owner's blind game.

stdin:  one JSON line (config, folder, key, seed, references, partner, secrets, kept, names, seconds, threads, models), then msgpack of the dialogues (learnt, validation, test)
stdout: one JSON object per line: audit (share done), likeness (begins), result (what `leakage.Measured` and `comparison.Likeness` hold)
"""

from __future__ import annotations

import base64
import copy
import json
import os
import sys
from pathlib import Path
from typing import Any

from apps.personas import canaries, wire
from apps.personas.config import TrainConfig
from apps.personas.names import FRESH


def say(event: dict[str, Any]) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> int:
    head = json.loads(sys.stdin.buffer.readline())
    train, held_out, test = wire.unpacked(sys.stdin.buffer.read())
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    import torch
    from safetensors.torch import load

    from apps.accounts.sealing import FrameReader
    from apps.personas.evaluation import audit, comparison
    from apps.personas.inference import carried
    from apps.privacy.scrub.names import Names

    if head.get("threads"):
        torch.set_num_threads(head["threads"])
    with (Path(head["folder"]) / "result").open("rb") as file:
        data = FrameReader(file, base64.b64decode(head["key"]), "result").read()
    models = Path(head["models"]) if head.get("models") else None
    subject = prepare(TrainConfig(**head["config"]), load(data), models, carried.read(data))
    subject.train, subject.held_out = train, held_out
    subject.planted = canaries.make(head["seed"])
    subject.secrets = [audit.Secret(*row) for row in head["secrets"]]
    subject.partner, subject.seed, subject.references = head["partner"], head["seed"], head["references"]
    subject.names, subject.kept = Names.opened(head["names"]), frozenset(head["kept"])
    subject.confirmed, subject.denied = head["confirmed"], head["denied"]
    measured = audit.run(subject, head["seconds"], lambda share: say({"event": "audit", "share": share}))
    say({"event": "likeness"})
    likeness, game = comparison.run(
        comparison.Subject(subject.family, subject.model, subject.before, train, test, head["seed"])
    )
    say({"event": "result", "measured": measured.__dict__, "likeness": likeness.to_dict(), "game": game})
    return 0


def prepare(config: TrainConfig, tensors: dict[str, Any], models: Path | None, brought: dict[str, Any] | None = None) -> Any:
    """The trained model as it will talk (an adapter merged), and as it was before; dialogues and secrets are still to be given."""
    import torch

    from apps.personas.evaluation.audit import Subject
    from apps.personas.inference import families, local, precision

    device = "cuda" if torch.cuda.is_available() else "cpu"
    family = families.load(config.base, precision.best_type(device), config.seed, models, brought)
    before: Any = family.model
    before.to(device)
    model = copy.deepcopy(before)
    if config.full:
        model.load_state_dict({k: v.to(next(model.parameters()).dtype) for k, v in tensors.items()}, strict=False)
    else:
        local.merge_adapter(model, tensors)
    return Subject(family, model, None if config.base in FRESH else before, [], [], [], [], "Sam", 0)


if __name__ == "__main__":
    sys.exit(main())
