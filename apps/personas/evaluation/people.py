"""People of open conversations, as benchmarks judge on them: JSON Lines `person, conversation, t, speaker, text`, perhaps .xz."""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from pathlib import Path

from apps.personas import dataset
from apps.personas.dataset import Chat, Line, Parts
from apps.personas.language import ME_SPEAKER, Bubble, Me

Lines = list[tuple[str, Line]]


def everyone(path: Path) -> dict[str, Lines]:
    """(conversation, line) by person, in order; `t` is in seconds since 1970."""
    rows: dict[str, Lines] = defaultdict(list)
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            speaker = ME_SPEAKER if row["speaker"] == row["person"] else row["speaker"]
            rows[row["person"]].append((row["conversation"], Line(speaker, row["t"], Bubble(row["text"]))))
    return rows


def own(lines: Lines) -> int:
    """How many messages the person wrote."""
    return sum(isinstance(line.speaker, Me) for _, line in lines)


def first(lines: Lines, most: int) -> Lines:
    """The beginning, up to the person's message number `most` and what follows it before the next one."""
    kept: Lines = []
    count = 0
    for key, line in lines:
        count += isinstance(line.speaker, Me)
        if count > most:
            break
        kept.append((key, line))
    return kept


def parted(lines: Lines) -> Parts:
    """What a persona learns from and what is held out: the last tenth of each conversation."""
    return dataset.parts(talks(lines))


def talks(lines: Lines) -> list[Chat]:
    """The conversations of a person with their boundaries."""
    chats: dict[str, list[Line]] = defaultdict(list)
    for key, line in lines:
        chats[key].append(line)
    made = [Chat(key, True, found) for key, found in chats.items()]
    for chat in made:
        chat.validate_from, chat.test_from, chat.test_to = dataset.boundaries(chat.lines)
    return made
