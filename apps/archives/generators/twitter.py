"""X's archive: JavaScript files with JSON in them, newest first, people only as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator, by_uid
from apps.archives.generators.files import Archive
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "system")


def conversation_id(chat: Chat) -> str:
    if chat.is_group:
        return str(1_200_000_000_000_000_000 + chat.number)
    return f"{chat.others[0].uid}-{chat.owner.uid}"


def title(chat: Chat) -> str:
    return chat.title if chat.is_group else str(chat.others[0].uid)


def _at(line: Line) -> str:
    return clock.iso_ms(line.at_ms) + "Z"


def _id(line: Line) -> str:
    return str((line.at_ms - 1_288_834_974_657 << 22) | line.number << 1 & 0x3FFFFE | (line.kind != "text"))


def _created(chat: Chat, line: Line, text: str, urls: list[dict[str, str]], media: list[str]) -> bytes:
    found: dict[str, Any] = {}
    if not chat.is_group:
        other = chat.others[0] if line.sender is chat.owner else chat.owner
        found["recipientId"] = str(other.uid)
    found |= {
        "reactions": [],
        "urls": urls,
        "text": escape(text, quote=False),
        "mediaUrls": media,
        "senderId": str(line.sender.uid),
        "id": _id(line),
        "createdAt": _at(line),
        "editHistory": [],
    }
    return orjson.dumps({"messageCreate": found})


def _picture(line: Line) -> tuple[dict[str, str], str]:
    short = f"https://t.co/p{line.number}"
    expanded = f"https://twitter.com/messages/media/{_id(line)}"
    return {"url": short, "expanded": expanded, "display": f"pic.twitter.com/p{line.number}"}, short


def _said(chat: Chat, line: Line, noise: bool) -> bytes:
    text, urls, media = line.text, [], []
    link = text.find("https://")
    if link >= 0:
        url, short = text[link:].split()[0], f"https://t.co/u{line.number}"
        urls.append({"url": short, "expanded": url, "display": url[8:30]})
        text = text.replace(url, short)
    if noise and not (line.dice >> 44) & 63:
        picture, short = _picture(line)
        urls.append(picture)
        media.append(f"https://ton.twitter.com/dm/{line.number}/1/a.jpg")
        text = f"{text} {short}"
    return _created(chat, line, text, urls, media)


def _event(chat: Chat, line: Line, noise: bool) -> bytes:
    if line.kind == "text":
        return _said(chat, line, noise)
    if line.kind == "media":
        picture, short = _picture(line)
        return _created(chat, line, f" {short}", [picture], [f"https://ton.twitter.com/dm/{line.number}/1/a.jpg"])
    if not chat.is_group:
        welcome = {"text": "An automatic welcome", "senderId": str(line.sender.uid), "id": _id(line), "createdAt": _at(line)}
        return orjson.dumps({"welcomeMessageCreate": welcome})
    return orjson.dumps({"participantsLeave": {"userIds": [str(line.sender.uid)], "createdAt": _at(line)}})


def _named(chat: Chat) -> bytes:
    at = clock.iso_ms(chat.start) + "Z"
    named = {"name": chat.title, "initiatingUserId": str(chat.owner.uid), "createdAt": at}
    joined = {"initiatingUserId": str(chat.owner.uid), "participantsSnapshot": [str(p.uid) for p in chat.people]}
    return (
        orjson.dumps({"conversationNameUpdate": named})
        + b","
        + orjson.dumps({"joinConversation": {**joined, "createdAt": at}})
    )


def _conversation(chat: Chat, noise: bool) -> Iterator[bytes]:
    yield b'{\n  "dmConversation" : {\n    "conversationId" : "' + conversation_id(chat).encode() + b'",\n    "messages" : ['
    joint = b"\n      "
    for line in chat.walk(KINDS if noise else (), backwards=True):
        yield joint + _event(chat, line, noise)
        joint = b",\n      "
    if chat.is_group:
        yield joint + _named(chat)
    yield b"\n    ]\n  }\n}"


def _script(name: str, part: int, chats: list[Chat], noise: bool) -> Iterator[bytes]:
    yield f"window.YTD.{name}.part{part} = [".encode()
    joint = b""
    for chat in chats:
        yield joint
        yield from _conversation(chat, noise)
        joint = b","
    yield b"]\n"


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    """X cuts inside the zip: direct-messages.js, direct-messages-part1.js and so on."""
    owner = world.owner
    account = {"account": {"accountId": str(owner.uid), "username": owner.handle, "accountDisplayName": owner.name}}
    with Archive(out) as archive:
        archive.put("data/account.js", b"window.YTD.account.part0 = " + orjson.dumps([account]))
        for stem, grouped in (("direct-messages", False), ("direct-messages-group", True)):
            chats = [c for c in world.dialogues if c.is_group == grouped]
            for part in range(max(parts, 1)):
                name = f"data/{stem}{f'-part{part}' if part else ''}.js"
                archive.stream(name, _script(stem.replace("-", "_"), part, chats[part :: max(parts, 1)], noise))
        if noise:
            headers = "window.YTD.direct_message_headers.part0 = [ ]"
            archive.put("data/direct-message-headers.js", headers)
            archive.put("data/manifest.js", f'window.__THAR_CONFIG = {{"userInfo":{{"accountId":"{owner.uid}"}}}}')


GENERATORS = {
    "twitter": Generator(write, ".zip", names=False, sender=by_uid, sender_id=by_uid, title=title),
}
