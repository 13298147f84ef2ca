"""Google Chat from Takeout: a folder per conversation, dates in the words of the account's language, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import PNG, part_archives
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "deleted")
ROOT = "Takeout/Google Chat"


def _email(person: Person) -> str:
    return person.email


def _human(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "user_type": "Human"}


def _date(at_ms: int, form: int) -> str:
    """Three accounts: American with a narrow space, British, American with a plain space."""
    t = clock.utc(at_ms)
    day, month = clock.DAYS[t[6]], clock.MONTHS[t[1] - 1]
    if form == 1:
        return f"{day}, {t[2]} {month} {t[0]} at {t[3]:02}:{t[4]:02}:{t[5]:02} UTC"
    hour, half = clock.half_day(t[3])
    space = " " if form else "\u202f"
    return f"{day}, {month} {t[2]}, {t[0]} at {hour}:{t[4]:02}:{t[5]:02}{space}{half} UTC"


def _message(chat: Chat, line: Line, form: int, noise: bool) -> dict[str, Any]:
    topic = f"t{line.number}{line.kind[0]}"
    ids = {"topic_id": topic, "message_id": f"{folder_id(chat)}/{topic}/{topic}"}
    date = _date(line.at_ms, form)
    if line.kind == "deleted":
        return {**ids, "message_state": "DELETED", "deleted_date": date}
    found: dict[str, Any] = {"creator": _human(line.sender)}
    edited = noise and line.kind == "text" and not (line.dice >> 50) & 63
    found["updated_date" if edited else "created_date"] = date
    if line.kind == "media":
        return {**found, "attached_files": [{"original_name": "a.png", "export_name": "File-a.png"}], **ids}
    found["text"] = line.text
    if noise and not (line.dice >> 44) & 63:
        found["attached_files"] = [{"original_name": "a.png", "export_name": "File-a.png"}]
    if noise and not (line.dice >> 56) & 31:
        found["quoted_message_metadata"] = {"creator": _human(chat.others[0]), "text": "words that are quoted"}
    return {**found, **ids}


def folder_id(chat: Chat) -> str:
    return f"inv{chat.number:05}ABC"


def _messages(chat: Chat, form: int, noise: bool) -> Iterator[bytes]:
    yield b'{\n  "messages": ['
    joint = b"\n"
    for line in chat.walk(KINDS if noise else ()):
        yield joint + orjson.dumps(_message(chat, line, form, noise))
        joint = b",\n"
    yield b"\n  ]\n}"


def _group_info(chat: Chat) -> bytes:
    info: dict[str, Any] = {"name": chat.title} if chat.is_group else {}
    return orjson.dumps({**info, "members": [_human(p) for p in chat.people]}, option=orjson.OPT_INDENT_2)


def _user_info(world: World) -> bytes:
    rooms = [
        {"group_name": c.title, "group_id": f"{'Space' if c.is_group else 'DM'} {folder_id(c)}"} for c in world.dialogues
    ]
    info = {"user": _human(world.owner), "membership_info": [{**r, "membership_state": "MEMBER_JOINED"} for r in rooms]}
    return orjson.dumps(info, option=orjson.OPT_INDENT_2)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    form = world.seed % 3
    with part_archives(out, parts, "-{:03}") as archives:
        for chat in world.dialogues:
            archive = archives[chat.number % len(archives)]
            folder = f"{ROOT}/Groups/{'Space' if chat.is_group else 'DM'} {folder_id(chat)}"
            archive.put(f"{folder}/group_info.json", _group_info(chat))
            archive.stream(f"{folder}/messages.json", _messages(chat, form, noise))
            if noise:
                archive.put(f"{folder}/File-a.png", PNG)
        archives[0].put(f"{ROOT}/Users/User {world.owner.uid}/user_info.json", _user_info(world))


GENERATORS = {"googlechat": Generator(write, ".zip", 1, sender_id=_email)}
