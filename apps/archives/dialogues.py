"""The unified corpus as one download, with names or without: dialogues, pairs of their message and my answer, and as the
programs wrote it that this one comes from: lines of text, a script with times, lists with the newest line first. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Literal

from apps.archives.statistics import SESSION, Said

Shape = Literal["dialogues", "pairs", "lines", "script", "newest"]
#: How the file of each is called.
SHAPES: dict[Shape, str] = {
    "dialogues": "dialogues.jsonl",
    "pairs": "pairs.jsonl",
    "lines": "lines.txt",
    "script": "script.txt",
    "newest": "newest-first.jsonl",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Turn:
    """What one person wrote without another in between, a line for each message."""

    who: str
    name: str
    lines: list[str]
    times: list[float | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def sessions(said: Iterable[Said]) -> Iterator[list[Turn]]:
    """Turns without a pause longer than an hour between them, and without somebody in between who is left out."""
    turns: list[Turn] = []
    last: float | None = None
    for one in said:
        pause = last is not None and one.at is not None and one.at - last > SESSION
        if turns and (pause or one.cut):
            yield turns
            turns = []
        if turns and turns[-1].who == one.who:
            turns[-1].lines.append(one.text)
            turns[-1].times.append(one.at)
        else:
            turns.append(Turn(one.who, one.name, [one.text], [one.at]))
        last = one.at if one.at is not None else last
    if turns:
        yield turns


def rows(said: Iterable[Said], me: str, shape: Shape, *, names: bool) -> Iterator[str]:
    """The lines of one conversation. Without names I am "me", the others "other 1", "other 2" in order of appearance.

    With names, the second of one name is "Alex (2)". In texts a message is a line, and an empty one ends a dialogue; a script
    always says who speaks, lines do with names only.
    """
    known: dict[str, str] = {me: ""} if names else {me: "me"}

    def called(one: Turn) -> str:
        if not known.get(one.who):
            known[one.who] = _alone(one.name, known.values()) if names else f"other {len(known)}"
        return known[one.who]

    for turns in sessions(said):
        if shape == "dialogues":
            yield _line({"dialogue": [{"from": called(t), "text": t.text} for t in turns]})
            continue
        if shape == "newest":
            lines = [{"sender": called(t), "text": t.text} if names else t.text for t in turns]
            yield _line({"dialogue": lines[::-1]})
            continue
        if shape in ("lines", "script"):
            yield from _spoken(
                turns, [called(t) for t in turns], said_by=names or shape == "script", timed=shape == "script"
            )
            continue
        for before, after in pairwise(turns):
            if after.who == me:
                who = {"from": called(before), "to": called(after)} if names else {}
                yield _line({**who, "message": before.text, "reply": after.text})


def _spoken(turns: list[Turn], names: list[str], *, said_by: bool, timed: bool) -> Iterator[str]:
    for turn, name in zip(turns, names, strict=True):
        for text, at in zip(turn.lines, turn.times, strict=True):
            when = f"({_moment(at)}) " if timed else ""
            yield f"{when}{f'{name}: ' if said_by else ''}{' '.join(text.split())}\n"
    yield "\n"


def _moment(at: float | None) -> str:
    """UTC, or the wall clock where an archive has no more; a time that no calendar has is not told."""
    try:
        return f"{_EPOCH + timedelta(seconds=at):%Y-%m-%d %H:%M:%S}" if at is not None else "?"
    except OverflowError:
        return "?"


def _alone(name: str, taken: Collection[str]) -> str:
    """A name that nobody else of the conversation has."""
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
