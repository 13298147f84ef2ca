"""`manage.py make_export`: an invented export of any platform and of any size, the same for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World


class Command(BaseCommand):
    help = "Write an invented export at OUT. `--platform list` prints the platforms."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", nargs="?", type=Path, metavar="OUT")
        parser.add_argument("--platform", required=True, metavar="NAME")
        parser.add_argument("--messages", type=int, default=1000, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--chats", type=int, default=5, metavar="C")
        parser.add_argument("--groups", type=int, default=2, metavar="G")
        parser.add_argument("--parts", type=int, default=1, metavar="P")
        parser.add_argument("--noise", dest="noise", action="store_true", default=True)
        parser.add_argument("--no-noise", dest="noise", action="store_false")
        parser.add_argument("--plain", action="store_true", help="only simple texts")
        parser.add_argument("--answers", type=Path, metavar="FILE", help="also what a reader should find, as JSON Lines")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["platform"]
        if name == "list":
            self.stdout.write("\n".join(f"{n} ({g.suffix})" for n, g in GENERATORS.items()))
            return
        if name not in GENERATORS:
            raise CommandError(f"No platform is called {name}; `--platform list` prints them.")
        if options["out"] is None:
            raise CommandError("Say where to write.")
        world = World(options["messages"], options["seed"], options["chats"], options["groups"], plain=options["plain"])
        GENERATORS[name].write(world, options["out"], parts=options["parts"], noise=options["noise"])
        if options["answers"]:
            with options["answers"].open("wb") as file:
                for answer in GENERATORS[name].answers(world):
                    file.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
