"""Discord: the data package (the owner's words only) and DiscordChatExporter's JSON and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator, by_handle
from apps.archives.generators.files import Archive, write_bare
from apps.archives.generators.jsontext import quoted
from apps.archives.generators.linkedin import quoted_row
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "forwarded")
EPOCH = 1_420_070_400_000
BERLIN = 2 * clock.HOUR  # the exporter's fixed zone


def snowflake(line: Line) -> int:
    return (line.at_ms - EPOCH << 22) | line.number << 1 & 0x3FFFFE | (line.kind != "text")


def user_id(person: Person) -> str:
    return str((person.uid - 90_000_000 << 34) + 900_000_000_000_000_000)


def channel_id(chat: Chat) -> str:
    return str(1_100_000_000_000_000_000 + chat.number)


def index_title(chat: Chat) -> str:
    return f"general in {chat.title}" if chat.is_group else f"Direct Message with {chat.others[0].handle}#0"


def _package_rows(chat: Chat, noise: bool) -> Iterator[bytes]:
    joint = b"["
    for line in chat.walk(("media",) if noise else (), backwards=True):
        media = line.kind == "media"
        row = {
            "ID": snowflake(line),
            "Timestamp": clock.iso(line.at_ms, joint=" "),
            "Contents": "" if media else line.text,
            "Attachments": "https://cdn.discordapp.com/attachments/1/2/a.png" if media else "",
        }
        yield joint + orjson.dumps(row)
        joint = b",\n"
    yield b"]"


def _channel(chat: Chat) -> bytes:
    if chat.is_group:
        guild = {"id": "1000000000000000001", "name": chat.title}
        return orjson.dumps({"id": channel_id(chat), "type": "GUILD_TEXT", "name": "general", "guild": guild})
    return orjson.dumps({"id": channel_id(chat), "type": "DM", "recipients": [user_id(p) for p in chat.people]})


def _user(owner: Person) -> bytes:
    user = {"id": user_id(owner), "username": owner.handle, "discriminator": 0, "global_name": owner.name}
    return orjson.dumps({**user, "email": owner.email, "ip": "192.0.2.1", "payments": []}, option=orjson.OPT_INDENT_2)


def write_package(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    index: dict[str, str | None] = {channel_id(c): index_title(c) for c in world.dialogues}
    if noise:
        index["1199999999999999999"] = None
    with Archive(out) as archive:
        archive.put("package/messages/index.json", orjson.dumps(index))
        archive.put("package/account/user.json", _user(world.owner))
        for chat in world.dialogues:
            folder = f"package/messages/c{channel_id(chat)}"
            archive.put(f"{folder}/channel.json", _channel(chat))
            archive.stream(f"{folder}/messages.json", _package_rows(chat, noise))
        if noise:
            archive.put("package/servers/index.json", "{}")
            archive.put("package/activity/analytics/events-2024-00000-of-00001.json", '{"event":1}\n{"event":2}\n{"cut')


def _author(person: Person) -> str:
    return (
        f'{{\n        "id": "{user_id(person)}",\n        "name": {quoted(person.handle)},\n'
        f'        "discriminator": "0000",\n        "nickname": {quoted(person.name)},\n        "color": null,\n'
        '        "isBot": false,\n        "roles": [],\n'
        '        "avatarUrl": "https://cdn.discordapp.com/embed/avatars/3.png"\n      }'
    )


ATTACHMENT = (
    '[\n        {\n          "id": "1",\n          "url": "https://cdn.discordapp.com/attachments/1/2/a.png",\n'
    '          "fileName": "a.png",\n          "fileSizeBytes": 70\n        }\n      ]'
)
SYSTEM = (
    ("ChannelPinnedMessage", "Pinned a message."),
    ("RecipientAdd", "Added somebody to the group."),
    ("ChannelNameChange", "Changed the channel name."),
)


def _content(line: Line, noise: bool) -> tuple[str, str, str, str]:
    """Type, content, attachments and what follows."""
    if line.kind == "media":
        return "Default", "", ATTACHMENT, ""
    if line.kind == "call":
        return "Call", f"Started a call that lasted {line.dice % 50 + 2} minutes.", "[]", ""
    if line.kind == "system":
        return (*SYSTEM[line.dice % 3], "[]", "")
    reference = f'{{\n        "messageId": "{snowflake(line) - 4}",\n        "channelId": "1",\n        "guildId": null'
    if line.kind == "forwarded":
        words = f'"forwardedMessage": {{\n        "content": {quoted(line.text)},\n        "attachments": []\n      }}'
        return (
            "Default",
            "",
            "[]",
            f',\n      "reference": {reference},\n        "type": "Forward"\n      }},\n      {words}',
        )
    if noise and not (line.dice >> 50) & 15:
        return "Reply", line.text, "[]", f',\n      "reference": {reference}\n      }}'
    return "Default", line.text, ATTACHMENT if noise and not (line.dice >> 44) & 63 else "[]", ""


def _dce_message(line: Line, authors: dict[int, str], noise: bool) -> str:
    kind, content, files, after = _content(line, noise)
    edited = f'"{clock.iso_ms(line.at_ms + 5000, BERLIN)}+02:00"' if noise and not (line.dice >> 56) & 31 else "null"
    return (
        f'    {{\n      "id": "{snowflake(line)}",\n      "type": "{kind}",\n'
        f'      "timestamp": "{clock.iso_ms(line.at_ms, BERLIN)}+02:00",\n      "timestampEdited": {edited},\n'
        f'      "callEndedTimestamp": null,\n      "isPinned": false,\n      "content": {quoted(content)},\n'
        f'      "author": {authors[line.sender.number]},\n      "attachments": {files},\n      "embeds": [],\n'
        f'      "stickers": [],\n      "reactions": [],\n      "mentions": []{after},\n      "inlineEmojis": []\n    }}'
    )


def _dce(chat: Chat, noise: bool) -> Iterator[bytes]:
    kind = "DirectGroupTextChat" if chat.is_group else "DirectTextChat"
    yield (
        '{\n  "guild": {\n    "id": "0",\n    "name": "Direct Messages",\n'
        '    "iconUrl": "https://cdn.discordapp.com/embed/avatars/0.png"\n  },\n'
        f'  "channel": {{\n    "id": "{channel_id(chat)}",\n    "type": "{kind}",\n    "categoryId": "0",\n'
        f'    "category": "Private",\n    "name": {quoted(chat.title)},\n    "topic": null\n  }},\n'
        '  "dateRange": {\n    "after": null,\n    "before": null\n  },\n'
        '  "exportedAt": "2024-01-02T03:04:05.678+02:00",\n  "messages": [\n'
    ).encode()
    authors = {p.number: _author(p) for p in chat.people}
    joint, count = "", 0
    for line in chat.walk(KINDS if noise else ()):
        yield (joint + _dce_message(line, authors, noise)).encode()
        joint, count = ",\n", count + 1
    yield f'\n  ],\n  "messageCount": {count}\n}}'.encode()


def _dce_csv(chat: Chat, noise: bool) -> Iterator[bytes]:
    yield b"AuthorID,Author,Date,Content,Attachments,Reactions\n"
    for line in chat.walk(("media",) if noise else ()):
        media = line.kind == "media"
        date = f"{clock.iso_ms(line.at_ms, BERLIN)}0000+02:00"
        reactions = "👍 (2)" if noise and not (line.dice >> 50) & 15 else ""
        picture = "https://cdn.discordapp.com/attachments/1/2/a.png" if media else ""
        words = "" if media else line.text
        yield quoted_row([user_id(line.sender), line.sender.handle, date, words, picture, reactions])


def _exported(world: World, out: Path, ending: str, pieces: Callable[[Chat, bool], Iterator[bytes]], noise: bool) -> None:
    """One file per channel; several are put in a zip."""
    chats = world.dialogues
    if len(chats) == 1 and out.suffix == ending:
        return write_bare(out, pieces(chats[0], noise))
    with Archive(out) as archive:
        for chat in chats:
            name = f"Direct Messages - Private - {chat.title} [{channel_id(chat)}]{ending}"
            archive.stream(name, pieces(chat, noise))


def write_dce(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _exported(world, out, ".json", _dce, noise)


def write_dce_csv(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _exported(world, out, ".csv", _dce_csv, noise)


GENERATORS = {
    "discord-package": Generator(write_package, ".zip", own_only=True, titles=False, sender_id=user_id),
    "discord-dce": Generator(write_dce, ".zip", owner_known=False, sender_id=user_id),
    "discord-dce-csv": Generator(
        write_dce_csv, ".zip", titles=False, owner_known=False, sender=by_handle, sender_id=user_id
    ),
}
