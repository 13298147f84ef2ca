"""The unified corpus as one download: dialogues, or pairs of their message and my answer; with names or without. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Literal

from apps.archives.statistics import SESSION, Said

Shape = Literal["dialogues", "pairs"]
SHAPES: tuple[Shape, ...] = ("dialogues", "pairs")


@dataclass
class Turn:
    """What one person wrote without another in between, a line for each message."""

    who: str
    name: str
    lines: list[str]

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
        else:
            turns.append(Turn(one.who, one.name, [one.text]))
        last = one.at if one.at is not None else last
    if turns:
        yield turns


def rows(said: Iterable[Said], me: str, shape: Shape, *, names: bool) -> Iterator[str]:
    """JSON Lines of one conversation. Without names I am "me", the others "other 1", "other 2" in order of appearance.

    With names, the second of one name is "Alex (2)".
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
        for before, after in pairwise(turns):
            if after.who == me:
                who = {"from": called(before), "to": called(after)} if names else {}
                yield _line({**who, "message": before.text, "reply": after.text})


def _alone(name: str, taken: Collection[str]) -> str:
    """A name that nobody else of the conversation has."""
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
