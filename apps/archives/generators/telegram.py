"""Telegram Desktop's result.json, of an account and of a single chat, one space of indentation per level."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import write_one
from apps.archives.generators.jsontext import quoted
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "forwarded")
MOSCOW = 3 * clock.HOUR  # the clock of the exporting computer, the same in summer and winter
LINK = re.compile(r"https://\S+")
NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
Quote = Callable[[str], str]
ESCAPES = {i: f"\\x{i:02X}" for i in range(32)} | {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 92: "\\\\"}
ESCAPES |= {0x2028: "\\u2028", 0x2029: "\\u2029"}


def telegram_quoted(text: str) -> str:
    """Telegram's own writer: control characters become an escape that JSON does not know."""
    return f'"{text.translate(ESCAPES)}"'


def sender_id(person: Person) -> str:
    return f"user{person.uid}"


def _entities(line: Line, noise: bool) -> list[tuple[str, str]]:
    """The text cut into pieces by kind; joined without anything between they are the text."""
    text = line.text
    link = LINK.search(text)
    if link:
        cut = [("plain", text[: link.start()]), ("link", link.group()), ("plain", text[link.end() :])]
        return [(kind, part) for kind, part in cut if part]
    if noise and not (line.dice >> 45) & 31:
        place = len(text) // 2
        cut = [("plain", text[:place]), ("bold", text[place:])]
        return [(kind, part) for kind, part in cut if part]
    return [("plain", text)]


def _listed(pieces: list[tuple[str, str]], pad: str, q: Quote, plain_bare: bool) -> str:
    rows = []
    for kind, part in pieces:
        if plain_bare and kind == "plain":
            rows.append(f"{pad} {q(part)}")
        else:
            rows.append(f'{pad} {{\n{pad}  "type": "{kind}",\n{pad}  "text": {q(part)}\n{pad} }}')
    return "[\n" + ",\n".join(rows) + f"\n{pad}]"


def _text(line: Line, pad: str, q: Quote, noise: bool) -> str:
    pieces = _entities(line, noise)
    whole = q(line.text) if len(pieces) == 1 else _listed(pieces, pad, q, plain_bare=True)
    return f'{pad}"text": {whole},\n{pad}"text_entities": {_listed(pieces, pad, q, plain_bare=False)}'


def _times(line: Line, pad: str) -> str:
    return f'{pad}"date": "{clock.iso(line.at_ms, MOSCOW)}",\n{pad}"date_unixtime": "{line.at_ms // 1000}",\n'


def _who(line: Line, pad: str, q: Quote) -> str:
    return f'{pad}"from": {q(line.sender.name)},\n{pad}"from_id": "user{line.sender.uid}",\n'


def _picture(pad: str) -> str:
    return f'{pad}"photo": "{NOT_INCLUDED}",\n{pad}"width": 960,\n{pad}"height": 1280,\n'


def _reactions(line: Line, pad: str) -> str:
    return (
        f',\n{pad}"reactions": [\n{pad} {{\n{pad}  "type": "emoji",\n{pad}  "count": {line.dice % 3 + 1},\n'
        f'{pad}  "emoji": "👍"\n{pad} }}\n{pad}]'
    )


def _said(line: Line, number: int, pad: str, q: Quote, noise: bool) -> str:
    extra = after = ""
    if noise:
        if not (line.dice >> 50) & 15:
            extra += f'{pad}"reply_to_message_id": {max(number - 1 - line.dice % 5, 1)},\n'
        if not (line.dice >> 44) & 63:
            extra += _picture(pad)
        if not (line.dice >> 54) & 15:
            after = _reactions(line, pad)
    return f'{pad}"type": "message",\n{_times(line, pad)}{_who(line, pad, q)}{extra}{_text(line, pad, q, noise)}{after}'


def _empty(pad: str) -> str:
    return f'{pad}"text": "",\n{pad}"text_entities": []'


def _other(chat: Chat, line: Line, pad: str, q: Quote) -> str:
    actor = f'{pad}"actor": {q(line.sender.name)},\n{pad}"actor_id": "user{line.sender.uid}",\n'
    head = f'{pad}"type": "message",\n{_times(line, pad)}{_who(line, pad, q)}'
    service = f'{pad}"type": "service",\n{_times(line, pad)}{actor}'
    if line.kind == "media":
        sticker = f'{pad}"file": "{NOT_INCLUDED}",\n{pad}"media_type": "sticker",\n{pad}"sticker_emoji": "🙂",\n'
        return head + (sticker if line.dice & 1 else _picture(pad)) + _empty(pad)
    if line.kind == "forwarded":
        source = "null" if line.dice & 1 else '"A Channel That Is Not"'
        return f'{head}{pad}"forwarded_from": {source},\n{_text(line, pad, q, False)}'
    if line.kind == "call":
        return f'{service}{pad}"action": "phone_call",\n{pad}"duration_seconds": {line.dice % 600},\n{_empty(pad)}'
    if not line.dice & 3:
        return f'{pad}"type": "unsupported"'
    action = (
        f'"edit_group_title",\n{pad}"title": {q(chat.title)}'
        if chat.is_group
        else f'"set_messages_ttl",\n{pad}"period": 86400'
    )
    return f'{service}{pad}"action": {action},\n{_empty(pad)}'


def _messages(chat: Chat, depth: int, q: Quote, noise: bool) -> Iterator[bytes]:
    edge, pad = " " * depth, " " * (depth + 1)
    joint = ""
    for number, line in enumerate(chat.walk(KINDS if noise else ()), 1):
        body = _said(line, number, pad, q, noise) if line.kind == "text" else _other(chat, line, pad, q)
        yield f'{joint}{edge}{{\n{pad}"id": {number},\n{body}\n{edge}}}'.encode()
        joint = ",\n"


def title(chat: Chat) -> str:
    return chat.title if chat.is_group else chat.others[0].first


def chat_id(chat: Chat) -> int:
    return 1_500_000_000 + chat.number if chat.is_group else chat.others[0].uid


def _chat(chat: Chat, depth: int, q: Quote, noise: bool) -> Iterator[bytes]:
    pad = " " * (depth + 1)
    kind = "private_group" if chat.is_group else "personal_chat"
    yield f'{{\n{pad}"name": {q(title(chat))},\n{pad}"type": "{kind}",\n{pad}"id": {chat_id(chat)},\n'.encode()
    yield f'{pad}"messages": [\n'.encode()
    yield from _messages(chat, depth + 2, q, noise)
    yield f"\n{pad}]\n{' ' * depth}}}".encode()


def _saved(world: World, q: Quote) -> bytes:
    """Saved Messages with one forwarded line: words of somebody else."""
    line = Line(world.owner, world.dialogues[0].start, "Somebody else's words, kept for later", "forwarded", 0, 1)
    body = _other(world.dialogues[0], line, " " * 6, q)
    return (
        f'  {{\n    "type": "saved_messages",\n    "id": {world.owner.uid},\n    "messages": [\n'
        f'     {{\n      "id": 1,\n{body}\n     }}\n    ]\n   }}'
    ).encode()


def _account(world: World, q: Quote, noise: bool) -> Iterator[bytes]:
    owner = world.owner
    yield (
        '{\n "about": "Here is the data you requested.",\n "personal_information": {\n'
        f'  "user_id": {owner.uid},\n  "first_name": {q(owner.first)},\n  "last_name": {q(owner.last)},\n'
        f'  "phone_number": "{owner.phone}",\n  "username": "@{owner.handle}",\n  "bio": ""\n }},\n'
    ).encode()
    if noise:
        yield b' "contacts": {\n  "about": "Your contacts.",\n  "list": []\n },\n "stories": [],\n'
    yield b' "chats": {\n  "about": "This page lists all chats from this export.",\n  "list": [\n'
    joint = b"   "
    for chat in world.dialogues:
        yield joint
        yield from _chat(chat, 3, q, noise)
        joint = b",\n   "
    if noise:
        yield b",\n " + _saved(world, q)
    yield b"\n  ]\n }\n}"


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "DataExport_2024-01-02/result.json", _account(world, quoted, noise))


def write_control(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "DataExport_2024-01-02/result.json", _account(world, telegram_quoted, noise))


def write_chat(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "ChatExport_2024-01-02/result.json", _chat(world.dialogues[0], 0, quoted, noise))


CONTROL = frozenset({"control"})
GENERATORS = {
    "telegram": Generator(write, ".json", 1, avoid=CONTROL, sender_id=sender_id, title=title),
    # As above with control characters in texts; then the file is not valid JSON, as from Telegram itself.
    "telegram-control": Generator(write_control, ".json", 1, sender_id=sender_id, title=title),
    "telegram-chat": Generator(write_chat, ".json", 1, one_chat=True, avoid=CONTROL, sender_id=sender_id, title=title),
}
