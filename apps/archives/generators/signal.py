"""Signal: its own main.jsonl, and the folders that signal-export writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator, by_phone
from apps.archives.generators.files import Archive, write_one
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "deleted")
GROUP_IDS = 1_000_000


def _contact(person: Person) -> dict[str, Any]:
    number = str(person.number + 1)
    if not person.number:
        return {"recipient": {"id": number, "self": {}}}
    about = {"e164": person.phone[1:], "profileGivenName": person.name, "profileFamilyName": ""}
    return {"recipient": {"id": number, "contact": {"aci": f"aci-{person.uid}", **about, "registered": {}}}}


def _recipient(chat: Chat) -> str:
    return str(GROUP_IDS + chat.number if chat.is_group else chat.others[0].number + 1)


def _item(chat: Chat, line: Line, noise: bool) -> dict[str, Any]:
    mine = line.sender is chat.owner
    way = "outgoing" if mine else "incoming"
    item: dict[str, Any] = {
        "chatId": str(chat.number + 1),
        "authorId": str(line.sender.number + 1),
        "dateSent": str(line.at_ms),
    }
    if line.kind in ("call", "system"):
        inside = {"individualCall": {}} if line.kind == "call" else {"expirationTimerChange": {"expiresInMs": "0"}}
        return {**item, "directionless": {}, "updateMessage": inside}
    item[way] = {"sendStatus": [], "dateReceived": str(line.at_ms + 300)}
    if line.kind == "deleted":
        return {**item, "remoteDeletedMessage": {}}
    if line.kind == "media":
        if line.dice & 1:
            return {**item, "stickerMessage": {"sticker": {"emoji": "🙂"}, "reactions": []}}
        return {**item, "standardMessage": {"attachments": [{"pointer": {"contentType": "image/png"}}], "reactions": []}}
    return {**item, "standardMessage": _standard(chat, line, noise)}


def _standard(chat: Chat, line: Line, noise: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"text": {"body": line.text}, "attachments": [], "reactions": []}
    if noise and not (line.dice >> 44) & 63:
        found["attachments"] = [{"pointer": {"contentType": "image/png"}}]
    if noise and not (line.dice >> 50) & 15:
        found["quote"] = {"authorId": str(chat.others[0].number + 1), "text": {"body": "words that are quoted"}}
    if noise and not (line.dice >> 56) & 15:
        found["reactions"] = [{"emoji": "👍", "authorId": "1", "sentTimestamp": str(line.at_ms)}]
    return found


def _frames(world: World, noise: bool) -> Iterator[bytes]:
    newline = orjson.OPT_APPEND_NEWLINE
    yield orjson.dumps({"version": "1", "backupTimeMs": "1700000000000"}, option=newline)
    for person in world.people:
        yield orjson.dumps(_contact(person), option=newline)
    for chat in world.dialogues:
        if chat.is_group:
            snapshot = {"title": {"title": chat.title}, "members": []}
            group = {"masterKey": "", "snapshot": snapshot}
            yield orjson.dumps({"recipient": {"id": _recipient(chat), "group": group}}, option=newline)
        yield orjson.dumps({"chat": {"id": str(chat.number + 1), "recipientId": _recipient(chat)}}, option=newline)
    for chat in world.dialogues:
        for line in chat.walk(KINDS if noise else ()):
            yield orjson.dumps({"chatItem": _item(chat, line, noise)}, option=newline)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "signal-export-2026-01-02/main.jsonl", _frames(world, noise))


def _who(chat: Chat, line: Line) -> str:
    return "Me" if line.sender is chat.owner else line.sender.name


def _markdown(chat: Chat, noise: bool) -> Iterator[bytes]:
    for line in chat.walk(("media",) if noise else ()):
        words = "![a.png](./media/a.png)" if line.kind == "media" else line.text
        liked = " (- Me: 👍 -)" if noise and line.kind == "text" and not (line.dice >> 50) & 15 else ""
        yield f"[{clock.iso(line.at_ms, joint=' ')}] {_who(chat, line)}: {words}{liked}\n".encode()


def _data(chat: Chat, noise: bool) -> Iterator[bytes]:
    for line in chat.walk(("media",) if noise else ()):
        media = line.kind == "media"
        liked = noise and not media and not (line.dice >> 50) & 15
        row = {
            "date": clock.iso(line.at_ms, joint=" "),
            "sender": _who(chat, line),
            "body": "" if media else line.text,
            "quote": "",
            "sticker": "",
            "reactions": [{"name": "Me", "reaction": "👍"}] if liked else [],
            "attachments": [{"name": "a.png", "path": "./media/a.png"}] if media else [],
        }
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def write_folders(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    with Archive(out) as archive:
        for chat in world.dialogues:
            archive.stream(f"signal-chats/{chat.title}/chat.md", _markdown(chat, noise))
            archive.stream(f"signal-chats/{chat.title}/data.json", _data(chat, noise))
            if noise:
                archive.put(f"signal-chats/{chat.title}/index.html", "<html><body>the same again</body></html>")


GENERATORS = {
    "signal": Generator(write, ".jsonl", owner_written="", sender_id=by_phone),
    "signal-export": Generator(
        write_folders, ".zip", 1, tz_known=False, owner_written="Me", avoid=frozenset({"quote", "blankline"})
    ),
}
