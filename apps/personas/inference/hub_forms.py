"""Other forms in which models of the hub are fed, as the origins did: a script with times, or the newest turn first.

Both add cleaning, and know nobody's words as special tokens, like `HubLanguage` itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.personas import clock
from apps.personas.cleaning import Cleaning
from apps.personas.inference.hub_language import HubLanguage, plain
from apps.personas.language import Bubble, Encoded, Me, Speaker, Turn

ME, THEM = "Me", "Them"
_HEAD = re.compile(r"\(([^()\n]{0,40})\) ([^:\n]{1,80}): ")
_LONGEST_HEAD = 128
_NOT_IN_NAMES = re.compile(r"[:()\n]")


class FormedLanguage(HubLanguage):
    """The model's own template, with cleaning. `row` is what the version carries (`carried.make`)."""

    def __init__(self, tokenizer: Any, row: dict[str, Any]) -> None:
        super().__init__(tokenizer)
        self.row = row
        self.cleaning, self.history, self.names = Cleaning(**row["cleaning"]), int(row["history"]), bool(row["names"])
        self.introduces = bool(row.get("introduces"))
        end = tokenizer.eos_token_id
        self.end: list[int] = self.encode_text("\n") if end is None else [end]

    @property
    def hash(self) -> str:
        """Vocabulary, template and form."""
        return hashlib.sha256(f"{super().hash}\n{json.dumps(self.row, sort_keys=True)}".encode()).hexdigest()

    def _bubble(self, bubble: Bubble, weight: float, out: Encoded) -> None:
        super()._bubble(self.cleaning.bubble(bubble), weight, out)

    def prompt(self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None) -> list[int]:
        return super().prompt(others, turns[-self.history :] if self.history else turns, speaker)

    def _named(self, others: Sequence[str]) -> bool:
        return self.names and len(others) > 1


class ScriptLanguage(FormedLanguage):
    """`(time) Name: text`, a message a line; the end token closes an own turn. Times are UTC, to the minute.

    While it talks it is the last minute that it has read of, so that the same seed says the same words; an invented conversation
    brings its own time.
    """

    def prompt_at(self, others: Sequence[str], turns: Sequence[Turn], at: float) -> list[int]:
        kept = turns[-self.history :] if self.history else turns
        return self._encode(others, kept, 0.0, 0.0, prompt=True, at=at).ids

    def written(self, text: str) -> str:
        head = _HEAD.match(text.rsplit("\n", 1)[-1])
        at = clock.read(head[1]) if head and head[2] == ME else None
        return "" if at is None else str(at)

    def _encode(
        self,
        others: Sequence[str],
        turns: Sequence[Turn],
        own: float,
        theirs: float,
        *,
        prompt: bool,
        figures: bool = False,
        at: float | None = None,
    ) -> Encoded:
        out = Encoded(figures=figures)
        for turn in turns:
            mine = isinstance(turn.speaker, Me)
            weight = (own if mine else theirs) if turn.learn else 0.0
            for number, bubble in enumerate(turn.bubbles):
                if mine and number:
                    plain(out, self.encode_text("\n"), weight)
                self._words(self._head(turn.speaker, bubble.at), weight if mine and number else 0.0, out)
                self._bubble(_one_line(bubble), weight, out)
                if not mine:
                    plain(out, self.encode_text("\n"), weight)
            if mine:
                plain(out, self.end, weight)
                plain(out, self.encode_text("\n"), 0.0)
        if prompt:
            plain(out, self.encode_text(self._head(None, at)), 0.0)
        return out

    def _head(self, speaker: Speaker | None, at: float | None) -> str:
        at = self.row["until"] if at is None else at
        time = "?" if at is None else clock.told(at)
        return f"({time}) {self._name(speaker)}: "

    def _name(self, speaker: Speaker | None) -> str:
        if not isinstance(speaker, str):
            return ME
        name = _NOT_IN_NAMES.sub(" ", speaker).strip()[:60] if self.names else ""
        return THEM if not name or name.lower() == ME.lower() else name

    def shown(self, text: str) -> str:
        """Without the heads of the lines behind the first; what may become a head waits."""
        lines = text.split("\n")
        out = lines[:1]
        for number, line in enumerate(lines[1:], 1):
            head = _HEAD.match(line)
            if head and head[2] != ME:
                break
            if not head and number == len(lines) - 1 and (not line or (line[0] == "(" and len(line) < _LONGEST_HEAD)):
                break
            out.append(line[head.end() :] if head else line)
        return "\n".join(out)

    def over(self, text: str) -> bool:
        """Somebody else has begun to write."""
        return any((head := _HEAD.match(line)) and head[2] != ME for line in text.split("\n")[1:])


def _one_line(bubble: Bubble) -> Bubble:
    """So that nobody writes a head into their text; offsets stay."""
    return replace(bubble, text=bubble.text.replace("\n", " ").replace("\r", " "))


class NewestFirst(FormedLanguage):
    """The turns before a reply from the newest to the oldest, each closed by the end token, then the reply."""

    def _encode(
        self, others: Sequence[str], turns: Sequence[Turn], own: float, theirs: float, *, prompt: bool, figures: bool = False
    ) -> Encoded:
        out = Encoded(figures=figures)
        before, last = (turns, ()) if prompt else (turns[:-1], turns[-1:])
        for turn in (*reversed(before), *last):
            mine = isinstance(turn.speaker, Me)
            weight = own if mine else theirs
            self._say([turn], weight, out, named=self._named(others) and not mine)
            plain(out, self.end, weight if turn.learn else 0.0)
        return out


FORMS: dict[str, type[FormedLanguage]] = {"": FormedLanguage, "script": ScriptLanguage, "newest": NewestFirst}


def opened(tokenizer: Any, row: dict[str, Any]) -> FormedLanguage:
    """The language of a version."""
    return FORMS[row["form"]](tokenizer, row)
