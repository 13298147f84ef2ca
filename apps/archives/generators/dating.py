"""Tinder and Hinge: only the owner's own words."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import write_one
from apps.archives.generators.story import Chat, Line, World


def title(chat: Chat) -> str:
    return f"Match {chat.number + 1}"


def _date(at_ms: int) -> str:
    t = clock.utc(at_ms)
    clocked = f"{t[3]:02}:{t[4]:02}:{t[5]:02}"
    return f"{clock.DAYS[t[6]][:3]}, {t[2]:02} {clock.SHORT[t[1] - 1]} {t[0]} {clocked} GMT"


def _tinder_message(line: Line) -> bytes:
    found = {"to": 0, "from": "You", "message": escape(line.text).replace("\n", "<br>"), "sent_date": _date(line.at_ms)}
    if line.kind == "media":
        found |= {"message": "https://media.example.org/a.gif", "type": "gif"}
    return orjson.dumps(found)


def _listed(rows: Iterator[bytes]) -> Iterator[bytes]:
    joint = b"["
    for row in rows:
        yield joint + row
        joint = b",\n"
    yield b"]"


def _tinder(world: World, noise: bool) -> Iterator[bytes]:
    yield b'{"Messages":['
    joint = b"\n"
    for chat in reversed(world.dialogues):
        yield joint + b'{"match_id":' + orjson.dumps(title(chat)) + b',"messages":'
        yield from _listed(_tinder_message(line) for line in chat.walk(("media",) if noise else ()))
        yield b"}"
        joint = b",\n"
    yield b'],"Usage":{"app_opens":{"2019-01-20":3}},"User":' + orjson.dumps({"name": world.owner.first}) + b"}"


def _hinge(world: World, noise: bool) -> Iterator[bytes]:
    joint = b"["
    for chat in world.dialogues:
        met = clock.iso(chat.start, joint=" ")
        yield joint + b'{"chats":'
        said = ({"body": line.text, "timestamp": clock.iso(line.at_ms, joint=" ")} for line in chat.walk())
        yield from _listed(orjson.dumps(row) for row in said)
        yield b',"match":' + orjson.dumps([{"timestamp": met}]) + b"}"
        joint = b",\n"
    if noise:
        yield b',{"like":[{"timestamp":"2019-01-20 10:00:00"}]}'
    yield b"]"


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "data.json", _tinder(world, noise))


def write_hinge(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "matches.json", _hinge(world, noise))


GENERATORS = {
    "tinder": Generator(write, ".json", 1, groups=False, own_only=True, owner_written="You", title=title),
    "hinge": Generator(write_hinge, ".json", 1, tz_known=False, groups=False, own_only=True, titles=False, owner_written=""),
}
