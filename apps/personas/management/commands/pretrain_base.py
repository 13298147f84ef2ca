"""`manage.py pretrain_base`: make the built-in base from the open dialogues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Pretrain the built-in base on open dialogues; resumable, seeded; the loss log is kept beside the weights."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, help="folder with dialogues-*.jsonl.xz")
        parser.add_argument("--out", help="where tokenizer, weights and log go (default: apps/personas/base)")
        parser.add_argument("--work", required=True, help="folder for checkpoints; the same folder resumes")
        parser.add_argument("--tokens", type=int, default=18_000_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--start", default="", help="folder of a base to read further (default: fresh weights)")
        parser.add_argument("--rate", type=float, help="learning rate at its highest")
        parser.add_argument("--cooldown", type=float, help="share of the steps that fall")
        parser.add_argument("--rows", type=int, help="rows in a step")
        parser.add_argument("--length", type=int, help="tokens in a row")
        parser.add_argument("--mix", choices=["first", "live"], default="live", help="version 1's, or more live chat")
        parser.add_argument("--compile", action="store_true")
        parser.add_argument("--threads", type=int, default=0)
        parser.add_argument("--steps", type=int, help="stop after this many (to look at it, or to test)")

    def handle(self, *args: Any, **options: Any) -> None:
        import torch

        from apps.personas.inference import builtin
        from apps.personas.training import corpus
        from apps.personas.training.pretrain import PretrainConfig, pretrain

        data = Path(options["data"])
        if not list(data.glob("dialogues-*.jsonl.xz")):
            raise CommandError(f"There are no dialogues-*.jsonl.xz in {data}.", returncode=2)
        if options["threads"]:
            torch.set_num_threads(options["threads"])
        given = {name: options[name] for name in ("rate", "cooldown", "rows", "length") if options[name] is not None}
        start = options["start"]
        if start and not (Path(start) / "model.safetensors").is_file():
            raise CommandError(f"There is no model.safetensors in {start}.", returncode=2)
        mix = corpus.FIRST_MIX if options["mix"] == "first" else corpus.MIX
        config = PretrainConfig(
            options["tokens"], seed=options["seed"], compile=options["compile"], start=start, mix=mix, **given
        )
        out = Path(options["out"]) if options["out"] else builtin.FOLDER
        pretrain(data, out, Path(options["work"]), config, self.stdout.write, options["steps"])
