"""`manage.py clone`: the whole road without the site, through the same cores."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.archives.formats import container, registry
from apps.archives.formats.types import Message, Refused
from apps.personas import dataset, origins
from apps.personas.config import METHODS, Asked, TrainConfig
from apps.personas.dataset import Chat, Line
from apps.personas.language import ME_SPEAKER, Bubble, Mark
from apps.personas.origins import ORIGINS
from apps.privacy.scrub import engine


class Command(BaseCommand):
    help = "Read an export, scrub it, and train a persona of one speaker into a folder. Ctrl-C keeps a checkpoint; --resume goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH")
        parser.add_argument("--speaker", required=True)
        parser.add_argument("--out", required=True, metavar="DIR")
        parser.add_argument(
            "--model",
            default="builtin",
            help="builtin, scratch, a family of the origins, or a folder / hub name of a causal LM",
        )
        parser.add_argument("--method", default="", choices=["", *METHODS])
        parser.add_argument("--origin", default="", choices=["", *ORIGINS], help="train the way of one of the origins")
        parser.add_argument("--width", type=int, default=1_024, help="units of a recurrent family")
        parser.add_argument("--epochs", type=float, default=3.0)
        parser.add_argument("--rank", type=int, default=16)
        parser.add_argument("--learn-others", action="store_true")
        parser.add_argument("--gap-minutes", type=float, default=0.0, help="0: 60, or what the origin says")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--threads", type=int, default=0)
        parser.add_argument("--resume", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        chats = self._chats(Path(options["path"]), options["speaker"])
        try:
            config = self._config(options)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        self._train(config, dataset.parts(chats, config.gap), Path(options["out"]), options)

    def _config(self, options: dict[str, Any]) -> TrainConfig:
        way = origins.of(options["model"], options["origin"])
        values = {
            "rank": options["rank"], "learn_others": options["learn_others"], **way.config, "origin": way.name,
            "base": options["model"], "epochs": options["epochs"] * way.times, "seed": options["seed"], "width": options["width"],
        }  # fmt: skip
        values |= {"gap": options["gap_minutes"] * 60} if options["gap_minutes"] else {}
        values |= {"method": options["method"]} if options["method"] else {}
        return TrainConfig(**values)

    def _chats(self, path: Path, speaker: str) -> list[Chat]:
        """The scrubbed conversations in which `speaker` writes."""
        by_chat: dict[str, list[Message]] = {}
        senders: Counter[str] = Counter()
        try:
            if not path.exists():
                raise Refused(f"{path.name} does not exist.")
            for record in registry.read(container.open_all([(path.name, path)])):
                if isinstance(record, Message) and record.kind == "text":
                    by_chat.setdefault(record.conversation, []).append(record)
                    senders[record.sender] += 1
        except Refused as error:
            raise CommandError(str(error), returncode=2) from None
        if speaker not in senders:
            known = ", ".join(name for name, _ in senders.most_common(8))
            raise CommandError(f"{speaker} writes nothing in it. Those who write most: {known}.", returncode=2)
        chats = [self._chat(key, messages, speaker) for key, messages in by_chat.items()]
        return [c for c in chats if any(line.speaker is ME_SPEAKER for line in c.lines)]

    def _chat(self, key: str, messages: list[Message], speaker: str) -> Chat:
        lines = []
        for m in sorted(messages, key=lambda m: m.sent_at or 0.0):
            clean = engine.scrub(m.text)
            marks = tuple(Mark(k.start, k.end, k.kind) for k in clean.marks)
            lines.append(Line(ME_SPEAKER if m.sender == speaker else m.sender, m.sent_at, Bubble(clean.text, marks)))
        chat = Chat(key, messages[0].is_group, lines)
        chat.validate_from, chat.test_from, chat.test_to = dataset.boundaries(lines)
        return chat

    def _train(self, config: TrainConfig, parts: dataset.Parts, out: Path, options: dict[str, Any]) -> None:
        import torch
        from safetensors.torch import save

        from apps.personas.inference import carried, folder
        from apps.personas.inference.families import NotThere
        from apps.personas.training import checkpoint, preparing, trainer

        self.stderr.write(dataset.amount(parts.train).verdict, style_func=str)
        if options["threads"]:
            torch.set_num_threads(options["threads"])
        work = out / "checkpoints"
        if checkpoint.steps(work) and not options["resume"]:
            raise CommandError(
                f"{out} holds an unfinished training. Add --resume to go on, or choose another folder.", returncode=2
            )
        asked = Asked()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(asked, "leave", True))
        partner = next((d.others[0] for d in reversed(parts.train) if d.others), "Sam")
        try:
            kind, brought = trainer.kept(work, checkpoint.OPEN_KEY)
            run = preparing.prepare(config, parts.train, parts.validate, kind=kind, brought=brought)
            result = trainer.train(run, work, checkpoint.OPEN_KEY, partner, self._say, asked)
        except (preparing.Unlearnable, NotThere) as error:
            raise CommandError(str(error), returncode=2) from None
        except trainer.Interrupted:
            self.stderr.write("A checkpoint is kept; the same command with --resume goes on.", style_func=str)
            sys.exit(75)
        folder.write(
            out, save(result.tensors, metadata=carried.header(result.carried)), config.to_dict(), result.facts, partner
        )
        for path in checkpoint.steps(work):
            path.unlink()
        work.rmdir()
        self.stdout.write(json.dumps({"event": "done", "out": str(out), **result.facts}))

    def _say(self, event: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(event, ensure_ascii=False))
        self.stdout.flush()
