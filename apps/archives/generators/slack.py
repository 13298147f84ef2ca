"""Slack's export: a folder per channel, a file per day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import Archive
from apps.archives.generators.people import Person, slug
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "deleted")
TEAM = "T0INVENTED"


def user_id(person: Person) -> str:
    return f"U{person.uid:010}"


def folder(chat: Chat) -> str:
    return f"{slug(chat.title, 'channel')}-{chat.number}" if chat.is_group else f"D{chat.number:010}"


def title(chat: Chat) -> str:
    return folder(chat) if chat.is_group else chat.title


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ts(line: Line, more: int = 0) -> str:
    return f"{line.at_ms // 1000}.{line.at_ms % 1000:03}{more:03}"


def _profile(person: Person) -> dict[str, Any]:
    return {"real_name": person.name, "display_name": "", "first_name": person.first, "name": person.handle, "team": TEAM}


def _said(line: Line, noise: bool) -> dict[str, Any]:
    text, link = _escaped(line.text), line.text.find("https://")
    if link >= 0:
        url = _escaped(line.text[link:].split()[0])
        label = f"|{url}" if line.dice & 1 else ""
        text = text.replace(url, f"<{url}{label}>")
    found: dict[str, Any] = {
        "client_msg_id": f"{line.dice:032x}",
        "type": "message",
        "text": text,
        "user": user_id(line.sender),
        "ts": _ts(line),
        "team": TEAM,
        "user_profile": _profile(line.sender),
    }
    if noise and not (line.dice >> 50) & 15:
        found["reactions"] = [{"name": "+1", "users": [user_id(line.sender)], "count": 1}]
    if noise and not (line.dice >> 54) & 15:
        found["thread_ts"] = found["ts"]
        found["edited"] = {"user": user_id(line.sender), "ts": _ts(line, 9)}
    return found


def _other(line: Line) -> dict[str, Any]:
    who, found = user_id(line.sender), {"type": "message", "ts": _ts(line, 1)}
    if line.kind == "media":
        return {**found, "user": who, "text": "", "files": [{"id": "F1", "name": "a.png", "mimetype": "image/png"}]}
    if line.kind == "deleted":
        return {**found, "subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "hidden": True}
    if line.kind == "call":
        return {**found, "subtype": "huddle_thread", "user": "USLACKBOT", "text": "A huddle started", "room": {"id": "R1"}}
    if line.dice & 1:
        return {**found, "subtype": "bot_message", "bot_id": "B1", "username": "robot", "text": "beep"}
    return {**found, "subtype": "channel_join", "user": who, "text": f"<@{who}> has joined the channel"}


def _day(lines: Iterator[Line], noise: bool) -> Iterator[bytes]:
    joint = b"[\n"
    for line in lines:
        yield joint + orjson.dumps(_said(line, noise) if line.kind == "text" else _other(line))
        joint = b",\n"
    yield b"\n]"


def _users(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": user_id(p),
            "team_id": TEAM,
            "name": p.handle,
            "deleted": False,
            "real_name": p.name,
            "tz": "Europe/Oslo",
            "profile": {**_profile(p), "email": p.email},
            "is_bot": False,
        }
        for p in world.people
    ]


def _channel(chat: Chat) -> dict[str, Any]:
    members = [user_id(p) for p in chat.people]
    about = {"id": f"C{chat.number:010}", "name": folder(chat), "created": chat.start // 1000, "creator": members[-1]}
    return {**about, "is_archived": False, "is_general": False, "members": members, "topic": {"value": chat.title}}


def _direct(chat: Chat) -> dict[str, Any]:
    return {"id": folder(chat), "created": chat.start // 1000, "members": [user_id(p) for p in chat.people]}


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    with Archive(out) as archive:
        archive.put("users.json", orjson.dumps(_users(world), option=orjson.OPT_INDENT_2))
        archive.put("channels.json", orjson.dumps([_channel(c) for c in world.dialogues if c.is_group]))
        archive.put("dms.json", orjson.dumps([_direct(c) for c in world.dialogues if not c.is_group]))
        if noise:
            archive.put("integration_logs.json", "[]")
        for chat in world.dialogues:
            for day, lines in groupby(chat.walk(KINDS if noise else ()), lambda line: clock.iso(line.at_ms)[:10]):
                archive.stream(f"{folder(chat)}/{day}.json", _day(lines, noise), big=False)


GENERATORS = {
    "slack": Generator(write, ".zip", owner_known=False, title=title, sender_id=user_id),
}
