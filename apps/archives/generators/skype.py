"""Skype's tar with one messages.json, newest first, words dressed in Skype's own tags."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import blocks, write_bare
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "deleted")


def user_id(person: Person) -> str:
    return f"8:live:{person.handle}"


def thread_id(chat: Chat) -> str:
    return f"19:invented{chat.number:08}@thread.skype" if chat.is_group else user_id(chat.others[0])


def _dressed(line: Line, noise: bool) -> str:
    words = escape(line.text, quote=False).replace('"', "&quot;").replace("'", "&apos;")
    link = line.text.find("https://")
    if link >= 0:
        url = escape(line.text[link:].split()[0], quote=False)
        words = words.replace(url, f'<a href="{url}">{url}</a>')
    elif noise and not (line.dice >> 45) & 31:
        words = f'<b raw_pre="*" raw_post="*">{words}</b>'
    else:
        words = words.replace(":)", '<ss type="smile">:)</ss>')
    if noise and not (line.dice >> 50) & 31:
        words = (
            '<quote author="live:somebody" authorname="Somebody" timestamp="1546300800"><legacyquote>[1546300800] Somebody: '
            f"</legacyquote>words that are quoted<legacyquote>\n\n&lt;&lt;&lt; </legacyquote></quote>{words}"
        )
    if noise and not (line.dice >> 56) & 31:
        words += f'<e_m ts="{line.at_ms // 1000}" ts_ms="{line.at_ms}" a="{line.sender.handle}" t="61"/>'
    return words


def _kind_and_content(chat: Chat, line: Line) -> tuple[str, str]:
    if line.kind == "media":
        return "RichText/UriObject", '<URIObject type="Picture.1" uri="https://example.org/1"><Title/>a.png</URIObject>'
    if line.kind == "call":
        return "Event/Call", '<partlist type="ended" alt=""><part><name>x</name><duration>9</duration></part></partlist>'
    if line.kind == "system" and chat.is_group:
        return "ThreadActivity/TopicUpdate", f"<topicupdate><value>{escape(chat.title)}</value></topicupdate>"
    if line.kind == "system":
        return "Notice", "[]"
    return "RichText", ""


def _message(chat: Chat, line: Line, noise: bool) -> bytes:
    kind, content = _kind_and_content(chat, line)
    properties: dict[str, Any] | None = None
    if line.kind == "text":
        content = _dressed(line, noise)
    elif line.kind == "deleted":
        properties = {"deletetime": str(line.at_ms + 1000)}
    arrived = clock.iso(line.at_ms) if not line.at_ms % 1000 else clock.iso_ms(line.at_ms)
    found = {
        # Ids are times; what comes at the moment of a line has a longer one, for equal ids mean an edit.
        "id": f"{line.at_ms}{'' if line.kind == 'text' else 1}",
        "displayName": None if line.sender is chat.owner else line.sender.name,
        "originalarrivaltime": f"{arrived}Z",
        "messagetype": kind,
        "version": line.at_ms,
        "content": content,
        "conversationid": thread_id(chat),
        "from": user_id(line.sender),
        "properties": properties,
        "amsreferences": None,
    }
    return orjson.dumps(found)


def _conversation(chat: Chat, noise: bool) -> Iterator[bytes]:
    members = orjson.dumps([user_id(p) for p in chat.people]).decode()
    about: dict[str, Any] = {
        "id": thread_id(chat),
        "displayName": chat.title,
        "version": 1_500_000_000_000.0,
        "properties": {"conversationblocked": False, "lastimreceivedtime": None},
        "threadProperties": {"membercount": len(chat.people), "members": members, "topic": chat.title}
        if chat.is_group
        else None,
    }
    yield orjson.dumps(about)[:-1] + b',"MessageList":['
    joint = b"\n"
    for line in chat.walk(KINDS if noise else (), backwards=True):
        yield joint + _message(chat, line, noise)
        joint = b",\n"
    yield b"]}"


def _document(world: World, noise: bool) -> Iterator[bytes]:
    yield b'{"userId":' + orjson.dumps(user_id(world.owner)) + b',"exportDate":"2024-01-02T03:04","conversations":['
    joint = b"\n"
    for chat in world.dialogues:
        yield joint
        yield from _conversation(chat, noise)
        joint = b",\n"
    yield b"]}"


def _tar(out: Path, name: str, pieces: Iterator[bytes]) -> None:
    """The size comes first in a tar: it is filled in at the end."""
    info = tarfile.TarInfo(name)
    with out.open("wb") as file:
        file.write(bytes(tarfile.BLOCKSIZE))
        for block in blocks(pieces):
            info.size += len(block)
            file.write(block)
        file.write(bytes(-info.size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
        file.write(bytes(-file.tell() % tarfile.RECORDSIZE))
        file.seek(0)
        file.write(info.tobuf(tarfile.GNU_FORMAT))


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    pieces = _document(world, noise)
    if out.suffix == ".json":
        return write_bare(out, pieces)
    _tar(out, "messages.json", pieces)


GENERATORS = {"skype": Generator(write, ".tar", owner_written="", sender_id=user_id)}
