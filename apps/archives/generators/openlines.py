"""Formats of nobody: one message per line of JSON, and one dialogue per line, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import write_one
from apps.archives.generators.story import SITTING, Chat, Line, World

KINDS = ("media", "call", "system", "deleted", "forwarded")
OFFSETS = (0, 2, -5)


def _sent_at(line: Line, noise: bool) -> str | float:
    """The same moment in one of several ways."""
    way = (line.dice >> 50) % 4 if noise else 0
    if way == 3:
        return line.at_ms / 1000
    hours = OFFSETS[way]
    return f"{clock.iso_ms(line.at_ms, hours * clock.HOUR)}{'+' if hours >= 0 else '-'}{abs(hours):02}:00"


def _object(chat: Chat, line: Line, noise: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "conversation": f"conversation-{chat.number}",
        "title": chat.title,
        "is_group": chat.is_group,
        "sender": line.sender.name,
        "sent_at": _sent_at(line, noise),
        "text": line.text if line.kind in ("text", "forwarded") else "",
        "is_owner": line.sender is chat.owner,
    }
    if line.kind != "text":
        found["kind"] = line.kind
    return found


def _objects(world: World, noise: bool) -> Iterator[bytes]:
    for chat in world.dialogues:
        for line in chat.walk(KINDS if noise else ()):
            yield orjson.dumps(_object(chat, line, noise), option=orjson.OPT_APPEND_NEWLINE)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "messages.jsonl", _objects(world, noise))


def _sittings(chat: Chat) -> Iterator[list[str]]:
    for first in range(0, chat.count, SITTING):
        last = min(first + SITTING, chat.count)
        yield [line.text for line in chat.walk(backwards=True, first=first, last=last)]


def _dialogues(world: World) -> Iterator[bytes]:
    for chat in world.dialogues:
        for texts in _sittings(chat):
            yield orjson.dumps({"dialogue": texts}, option=orjson.OPT_APPEND_NEWLINE)


def write_dialogues(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "dialogues.jsonl", _dialogues(world))


class Dialogues(Generator):
    """Every sitting is a dialogue of its own; who spoke is not written."""

    def _answers(self, chat: Chat) -> Iterator[dict[str, Any]]:
        for number, answer in enumerate(super()._answers(chat)):
            name = f"{chat.number}.{number // SITTING}"
            yield {**answer, "chat": name, "is_group": False, "sender": "", "is_owner": None}


GENERATORS = {
    "jsonl": Generator(write, ".jsonl"),
    "dialogues": Dialogues(
        write_dialogues, ".jsonl", 1, tz_known=False, groups=False, names=False, titles=False, owner_known=False, times=False
    ),
}
