"""`manage.py talk DIR`: talk with a persona in the terminal.

There is no account and so no ledger: the guard knows no stored values here, but the forms that are never said; and what
stands in the messages that were learnt, as on the site.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.chat import disclosure
from apps.personas.guard import Guard, Said
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.verbatim import Verbatim
from apps.privacy.scrub.known import Known

WRITTEN = "An AI imitation writes this; nobody said it."
RECITED = "It could only repeat a message word by word. Please try another beginning."
#: So often a sentence that goes on with a copy is tried again with other dice.
TRIES = 3


class Command(BaseCommand):
    help = "Talk with a persona that `clone` made; --complete goes on with a text, --converse invents a conversation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", metavar="DIR")
        parser.add_argument("--as", dest="speaker", help="as whom you speak")
        parser.add_argument("--complete", metavar="TEXT", help="finish this sentence and leave")
        parser.add_argument(
            "--converse", metavar="NAME", nargs="?", const="", help="invent a conversation with NAME and leave"
        )
        parser.add_argument("--opening", default="", help="the first line of an invented conversation")
        parser.add_argument("--turns", type=int, default=8)
        parser.add_argument("--temperature", type=float, default=0.8)
        parser.add_argument("--top-k", type=int, default=50)
        parser.add_argument("--top-p", type=float, default=0.95)
        parser.add_argument("--seed", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.personas.inference import folder
        from apps.personas.inference.families import NotThere
        from apps.personas.inference.sampling import Sampling

        try:
            voice, facts = folder.read(Path(options["dir"]))
        except (OSError, ValueError, KeyError, NotThere):
            raise CommandError(f"{options['dir']} holds no persona. Make one with: manage.py clone", returncode=2) from None
        copies = folder.copies(Path(options["dir"]))
        sampling = Sampling(options["temperature"], options["top_k"], options["top_p"], seed=options["seed"]).clamped()
        partner = options["speaker"] or options["converse"] or facts["partner"] or "Sam"
        if options["complete"] is not None or options["converse"] is not None:
            self.stderr.write(WRITTEN, style_func=str)  # what is piped on stays as it was written
        if options["complete"] is not None:
            self._complete(voice, copies, partner, options["complete"], sampling)
        elif options["converse"] is not None:
            opening = [Turn(ME_SPEAKER, (Bubble(options["opening"]),))] if options["opening"] else []
            if options["opening"]:
                self.stdout.write(f"\n[persona]\n{options['opening']}")
            guard = Guard(Known())
            said = voice.converse([partner, ME_SPEAKER], opening, options["turns"], sampling, **guard.told(copies))
            self._print(guard.watch(said))
        else:
            self._chat(voice, copies, Path(options["dir"]).resolve().name, partner, sampling)

    def _complete(self, voice: Any, copies: Verbatim | None, partner: str, begun: str, sampling: Any) -> None:
        """One sentence to its end; what must not be said is replaced in it, a copy is tried again."""
        for number in range(TRIES):
            guard = Guard(Known())
            dice = sampling if sampling.seed is None else replace(sampling, seed=sampling.seed + number)
            rest = voice.complete([partner], [], begun, dice)
            guard.refuses(begun, rest, copies)
            if not guard.copies:
                self.stdout.write(guard.clean(begun + rest))
                return
        self.stdout.write(Guard(Known()).clean(begun))
        self.stderr.write(RECITED, style_func=str)

    def _chat(self, voice: Any, copies: Verbatim | None, name: str, partner: str, sampling: Any) -> None:
        self.stderr.write(f"An AI imitation answers. You speak as {partner}; an empty line ends it.", style_func=str)
        turns: list[Turn] = []
        for line in sys.stdin:
            if not line.strip():
                return
            turns.append(Turn(partner, (Bubble(line.strip()),)))
            truth = _truth(line, name)  # no model may answer it
            guard = Guard(Known())
            said = self._print(truth or guard.watch(voice.reply([partner], turns, sampling, **guard.told(copies))))
            turns.append(Turn(ME_SPEAKER, tuple(Bubble(b) for b in said) or (Bubble("…"),)))

    def _print(self, ops: Iterable[Any]) -> list[str]:
        """Write words as they come; returns the bubbles of the last turn."""
        bubbles: list[str] = []
        for op in ops:
            if op.kind == "turn":
                bubbles = []
                self.stdout.write(f"\n[{op.value or 'persona'}]")
            elif op.kind == "bubble":
                if bubbles:
                    self.stdout.write("")
                bubbles.append("")
            else:
                bubbles[-1:] = [(bubbles[-1] if bubbles else "") + op.value]
                self.stdout.write(op.value, ending="")
                self.stdout.flush()
        self.stdout.write("")
        return [b for b in bubbles if b.strip()]


def _truth(line: str, name: str) -> Iterator[Said] | None:
    """The truthful answer, when a line asks for it. A folder does not say whom it imitates: it is called as the folder is."""
    language = disclosure.asks(line)
    return iter((Said("bubble"), Said("text", disclosure.answer(language, name)))) if language else None
