"""The body of a turn and the operations that build it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from apps.personas.clock import Clock
from apps.personas.language import ME_SPEAKER, Bubble, Speaker, Turn

Body = dict[str, Any]


def empty() -> Body:
    """A body with nothing said yet."""
    return {"lines": []}


def said(speaker: str, text: str, typed: str = "") -> Body:
    """A body with one message; blank lines part bubbles.

    `typed` is the message as its writer wrote it, where names were exchanged: for their eyes, no model reads it.
    """
    line: dict[str, Any] = {"speaker": speaker, "bubbles": _bubbles(text)}
    own = _bubbles(typed)
    if own != line["bubbles"] and len(own) == len(line["bubbles"]):
        line["typed"] = own
    return {"lines": [line]}


def _bubbles(text: str) -> list[str]:
    return [b.strip() for b in text.split("\n\n") if b.strip()]


def apply(body: Body, ops: Iterable[Sequence[str]]) -> Body:
    """Build on a body: `turn` begins a line of a speaker ("" = the persona), `bubble` a bubble (perhaps with its time), `text` adds to it."""
    lines = body["lines"]
    for kind, value in ops:
        if kind == "turn":
            lines.append({"speaker": value, "bubbles": []})
            continue
        if not lines:
            lines.append({"speaker": "", "bubbles": []})
        bubbles = lines[-1]["bubbles"]
        if kind == "bubble":
            bubbles.append("")
            if value:
                lines[-1].setdefault("at", []).append(float(value))
        elif bubbles:
            bubbles[-1] += value
        else:
            bubbles.append(value)
    return body


def ops(line: dict[str, Any]) -> list[list[str]]:
    """The operations that build a line; what was typed is not among them."""
    made = [["turn", line["speaker"]]]
    for text, at in zip(line["bubbles"], times(line), strict=True):
        made += [["bubble", "" if at is None else str(at)], ["text", text]]
    return made


def tidy(body: Body) -> Body:
    """Without empty bubbles and lines: how a finished turn is kept."""
    lines = [_without_empty(line) for line in body["lines"]]
    return {"lines": [line for line in lines if line["bubbles"]]}


def _without_empty(line: dict[str, Any]) -> dict[str, Any]:
    kept = [(b.strip(), at) for b, at in zip(line["bubbles"], times(line), strict=True) if b.strip()]
    timed = {"at": [at for _, at in kept]} if "at" in line else {}
    return {**line, "bubbles": [b for b, _ in kept], **timed}


# times, in seconds since 1970 of a clock without a zone: a line has one for each bubble, or none


def times(line: dict[str, Any]) -> list[float | None]:
    """When each bubble of a line was written."""
    known = line.get("at") or []
    return known if len(known) == len(line["bubbles"]) else [None] * len(line["bubbles"])


def last_time(bodies: Iterable[Body]) -> float | None:
    """When the last line that has a time was written."""
    found = [at for body in bodies for line in body["lines"] for at in times(line) if at is not None]
    return found[-1] if found else None


def timed(body: Body, clock: Clock) -> Body:
    """A body whose lines are written now, one after the other."""
    lines = [
        {**line, "at": [clock.bubble() if n else clock.turn() for n in range(len(line["bubbles"]))]}
        for line in body["lines"]
    ]
    return {"lines": lines}


def turns(bodies: Iterable[Body], me: str = "") -> list[Turn]:
    """What a model reads: lines of `me` (or of nobody named) are the persona's."""
    made: list[Turn] = []
    for body in bodies:
        for line in body["lines"]:
            speaker: Speaker = ME_SPEAKER if line["speaker"] in ("", me) else line["speaker"]
            bubbles = tuple(Bubble(b, at=at) for b, at in zip(line["bubbles"], times(line), strict=True))
            if not bubbles:
                continue
            if made and made[-1].speaker == speaker:
                made[-1] = Turn(speaker, (*made[-1].bubbles, *bubbles))
            else:
                made.append(Turn(speaker, bubbles))
    return made


def mapped(body: Body, text: Callable[[str], str], speakers: dict[str, str], *, own: bool = False) -> Body:
    """A body with other words: `text` for what is said, `speakers` for who says it (`text` for those it does not know).

    With `own`, what was typed stands as it was typed; without, it is left out.
    """
    return {
        "lines": [
            {
                "speaker": speakers.get(line["speaker"]) or text(line["speaker"]),
                "bubbles": line["typed"] if own and "typed" in line else [text(b) for b in line["bubbles"]],
                **({"at": line["at"]} if "at" in line else {}),
            }
            for line in body["lines"]
        ]
    }


def retyped(body: Body, change: Callable[[list[str]], list[str]]) -> Body:
    """A body in which what was typed is changed as well."""
    return {"lines": [{**line, "typed": change(line["typed"])} if "typed" in line else line for line in body["lines"]]}
