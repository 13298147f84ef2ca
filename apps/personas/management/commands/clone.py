"""`manage.py clone`: the whole road without the site, through the same cores."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.archives.formats import container, registry
from apps.archives.formats.types import Refused
from apps.archives.naming import Naming
from apps.archives.unkept import Export, Talk
from apps.personas import dataset, duplicates, origins, verbatim
from apps.personas.config import METHODS, Asked, TrainConfig
from apps.personas.dataset import Chat, Line
from apps.personas.language import ME_SPEAKER, PLACEHOLDERS, Bubble, Mark
from apps.personas.origins import ORIGINS

_SLOTS = frozenset(PLACEHOLDERS)


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
        """The scrubbed conversations in which `speaker` writes, names of people replaced."""
        try:
            if not path.exists():
                raise Refused(f"{path.name} does not exist.")
            export = Export(registry.read(container.open_all([(path.name, path)])))
        except Refused as error:
            raise CommandError(str(error), returncode=2) from None
        if not export.senders[speaker]:
            known = ", ".join(name for name, _ in export.senders.most_common(8))
            raise CommandError(f"{speaker} writes nothing in it. Those who write most: {known}.", returncode=2)
        me, named = export.people(speaker), export.scrub()
        chats = [_chat(talk, me, named) for talk in export.talks]
        return [c for c in chats if any(line.speaker is ME_SPEAKER for line in c.lines)]

    def _train(self, config: TrainConfig, parts: dataset.Parts, out: Path, options: dict[str, Any]) -> None:
        import torch
        from safetensors.torch import save

        from apps.personas.inference import carried, folder
        from apps.personas.inference.families import NotThere
        from apps.personas.training import checkpoint, preparing, trainer

        self.stderr.write(dataset.amount(parts.train).verdict, style_func=str)
        grams = verbatim.build(dataset.by_whom(parts.train), folder.COPIES_KEY)
        learnt, repeated = duplicates.once(parts.train, (*parts.validate, *parts.test))
        parts = replace(parts, train=learnt)
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
        facts = {**result.facts, "repeated": repeated}
        data = save(result.tensors, metadata=carried.header(result.carried))
        folder.write(out, data, config.to_dict(), facts, partner, grams)
        for path in checkpoint.steps(work):
            path.unlink()
        work.rmdir()
        self.stdout.write(json.dumps({"event": "done", "out": str(out), **facts}))

    def _say(self, event: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(event, ensure_ascii=False))
        self.stdout.flush()


def _chat(talk: Talk, me: frozenset[str], named: Naming) -> Chat:
    lines = []
    for record in talk.records:
        if record.kind == "text":
            speaker = ME_SPEAKER if record.handle in me else named.called(UUID(record.handle))
            marks = tuple(Mark(*m) for m in record.marks if m[2] in _SLOTS)  # surrogates are words like others
            lines.append(Line(speaker, record.at, Bubble(record.text, marks)))
    chat = Chat(talk.id, talk.is_group, lines)
    chat.validate_from, chat.test_from, chat.test_to = dataset.boundaries(lines)
    return chat
