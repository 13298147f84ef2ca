"""Google Hangouts from Takeout: Hangouts.json of 2018 and later, and the older conversation_state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators.dialect import Generator, by_uid
from apps.archives.generators.files import Archive, part_paths, write_bare
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system")
PAGE = "<html><head><title>Archive</title></head><body>Hangouts</body></html>"


def _id(person: Person) -> dict[str, str]:
    return {"gaia_id": str(person.uid), "chat_id": str(person.uid)}


def _words(text: str) -> Iterator[dict[str, Any]]:
    """A line as words and links."""
    plain: list[str] = []
    for word in text.split(" "):
        if word.startswith("https://"):
            if plain:
                yield {"type": "TEXT", "text": " ".join(plain) + " "}
            yield {"type": "LINK", "text": word, "link_data": {"link_target": word}}
            plain = [""]
        else:
            plain.append(word)
    if plain != [""]:
        yield {"type": "TEXT", "text": " ".join(plain)}


def segments(line: Line, noise: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for k, row in enumerate(line.text.split("\n")):
        if k:
            found.append({"type": "LINE_BREAK", "text": "\n"} if line.dice & 1 else {"type": "LINE_BREAK"})
        if "https://" in row:
            found += _words(row)
        elif row and noise and not (line.dice >> 45) & 31:
            half = len(row) // 2
            pieces = [p for p in (row[:half], row[half:]) if p]
            found += [{"type": "TEXT", "text": p, "formatting": {"bold": bool(i)}} for i, p in enumerate(pieces)]
        elif row:
            found.append({"type": "TEXT", "text": row})
    return found


def _photo(line: Line, old: bool) -> dict[str, Any]:
    picture = {"url": f"https://example.org/photos/{line.number}.jpg", "media_type": "PHOTO"}
    key = "embeds.PlusPhoto.plus_photo" if old else "plus_photo"
    return {"embed_item": {"type": ["PLUS_PHOTO"], key: picture}, "id": f"photo-{line.number}"}


def _body(chat: Chat, line: Line, noise: bool, old: bool) -> dict[str, Any]:
    if line.kind == "text":
        content: dict[str, Any] = {"segment": segments(line, noise)}
        if noise and not (line.dice >> 50) & 31:
            content["attachment"] = [_photo(line, old)]
        kind = "SMS" if noise and not (line.dice >> 55) & 15 else "REGULAR_CHAT_MESSAGE"
        return {"chat_message": {"message_content": content}, "event_type": kind}
    if line.kind == "media":
        content = {"attachment": [_photo(line, old)]}
        return {"chat_message": {"message_content": content}, "event_type": "REGULAR_CHAT_MESSAGE"}
    if line.kind == "call":
        started = {"event_type": "START_HANGOUT", "participant_id": [_id(p) for p in chat.people]}
        return {"hangout_event": started, "event_type": "HANGOUT_EVENT"}
    if chat.is_group:
        renamed = {"new_name": chat.title, "old_name": ""}
        return {"conversation_rename": renamed, "event_type": "RENAME_CONVERSATION"}
    return {"event_otr": "OFF_THE_RECORD", "event_type": "OTR_MODIFICATION"}


def _event(chat: Chat, line: Line, noise: bool, old: bool) -> bytes:
    head = {
        "conversation_id": {"id": conversation_id(chat)},
        "sender_id": _id(line.sender),
        "timestamp": f"{line.at_ms}000",
        "self_event_state": {"user_id": _id(chat.owner), "notification_level": "RING"},
    }
    event_id = f"{line.kind[0]}-H{chat.number}-{line.number}"
    return laid_out({**head, **_body(chat, line, noise, old), "event_id": event_id}, 5 if old else 3)


def laid_out(value: Any, level: int) -> bytes:
    """JSON as Takeout writes it: two spaces a level."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n" + b"  " * level)


def conversation_id(chat: Chat) -> str:
    return f"Ug{chat.number:08}invented"


def _participants(chat: Chat, noise: bool) -> list[dict[str, Any]]:
    """In groups the name of somebody who also has a chat of their own may be missing."""
    found = []
    for person in chat.people:
        entry: dict[str, Any] = {"id": _id(person), "fallback_name": person.name, "participant_type": "GAIA"}
        if noise and chat.is_group and person is chat.owner:
            del entry["fallback_name"]
        found.append(entry)
    return found


def _conversation(chat: Chat, noise: bool) -> dict[str, Any]:
    last = chat.line(chat.count - 1).at_ms
    read = {"participant_id": _id(chat.owner), "latest_read_timestamp": f"{last}000"}
    found: dict[str, Any] = {
        "id": {"id": conversation_id(chat)},
        "type": "GROUP" if chat.is_group else "STICKY_ONE_TO_ONE",
        "self_conversation_state": {"self_read_state": read, "status": "ACTIVE", "view": ["INBOX_VIEW"]},
        "read_state": [read],
        "current_participant": [_id(p) for p in chat.people],
        "participant_data": _participants(chat, noise),
        "fork_on_external_invite": False,
    }
    if chat.is_group:
        found["name"] = chat.title
    return found


def _events(chat: Chat, noise: bool, old: bool) -> Iterator[bytes]:
    margin = b"\n" + b"  " * (5 if old else 3)
    joint = margin
    for line in chat.walk(KINDS if noise else ()):
        yield joint + _event(chat, line, noise, old)
        joint = b"," + margin


def _new(world: World, noise: bool) -> Iterator[bytes]:
    yield b'{\n  "conversations": ['
    joint = b"\n    "
    for chat in world.dialogues:
        about = {"conversation_id": {"id": conversation_id(chat)}, "conversation": _conversation(chat, noise)}
        yield joint + b'{\n      "conversation": ' + laid_out(about, 3) + b',\n      "events": ['
        yield from _events(chat, noise, old=False)
        yield b"\n      ]\n    }"
        joint = b",\n    "
    yield b"\n  ]\n}"


def _old(world: World, noise: bool) -> Iterator[bytes]:
    header = {"status": "OK", "debug_url": "", "request_trace_id": "-1", "current_server_time": "1400000000000000"}
    yield (
        b'{\n  "response_header": '
        + laid_out(header, 1)
        + b',\n  "continuation_end_timestamp": "0",\n  "conversation_state": ['
    )
    joint = b"\n    "
    for chat in world.dialogues:
        ids = laid_out({"id": conversation_id(chat)}, 3)
        yield (
            joint + b'{\n      "conversation_id": ' + ids + b',\n      "conversation_state": {\n        "conversation_id": '
        )
        yield laid_out({"id": conversation_id(chat)}, 4)
        yield b',\n        "conversation": ' + laid_out(_conversation(chat, noise), 4) + b',\n        "event": ['
        yield from _events(chat, noise, old=True)
        yield b"\n        ]\n      }\n    }"
        joint = b",\n    "
    yield b"\n  ]\n}"


def _takeout(out: Path, pieces: Iterator[bytes], parts: int) -> None:
    """Takeout cuts between files: one part holds the whole JSON."""
    if out.suffix != ".zip":
        return write_bare(out, pieces)
    for number, path in enumerate(part_paths(out, parts, "-{:03}")):
        with Archive(path) as archive:
            if number == 0:
                archive.stream("Takeout/Hangouts/Hangouts.json", pieces)
            archive.put("Takeout/archive_browser.html", PAGE)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _takeout(out, _new(world, noise), parts)


def write_old(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _takeout(out, _old(world, noise), parts)


GENERATORS = {
    "hangouts": Generator(write, ".zip", since=2016, sender_id=by_uid),
    "hangouts-old": Generator(write_old, ".zip", since=2013, sender_id=by_uid),
}
