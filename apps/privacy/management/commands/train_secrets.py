"""`manage.py train_secrets`: make the small model of secrets told in anybody's own words, and say how good it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.privacy import secrets_training
from apps.privacy.scrub import circumstances

FOLDER = Path(circumstances.__file__).parent / "secrets_model"


class Command(BaseCommand):
    help = (
        "Train the finder of secrets by the words around them on the invented sentences of this project and, as what is no secret, "
        "on openly licensed dialogues; write the model and figures.json, print the figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dialogues", required=True, help="folder with dialogues-*.jsonl.xz")
        parser.add_argument("--out", help="where model and figures go (default: the place the scrubber reads)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--rounds", type=int, default=secrets_training.Config.rounds)

    def handle(self, *args: Any, **options: Any) -> None:
        dialogues = Path(options["dialogues"])
        if not any(dialogues.glob("dialogues-*.jsonl.xz")):
            raise CommandError(f"There is no dialogues-*.jsonl.xz in {dialogues}.", returncode=2)
        out = Path(options["out"]) if options["out"] else FOLDER
        config = secrets_training.Config(seed=options["seed"], rounds=options["rounds"])
        packed, report = secrets_training.train(dialogues, config)
        out.mkdir(parents=True, exist_ok=True)
        (out / "secrets.crfsuite.xz").write_bytes(packed)
        (out / "figures.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        self.stdout.write(json.dumps(report))
