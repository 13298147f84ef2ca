"""Messenger's JSON: the download of 2024 and later, and the flat zip of end-to-end encrypted chats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from apps.archives.generators import meta
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import PNG, Archive, part_archives
from apps.archives.generators.jsontext import quoted, quoted_mojibake
from apps.archives.generators.people import slug
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "deleted")
LAYOUT = meta.Layout("your_facebook_activity", ("inbox", "inbox", "inbox", "archived_threads", "inbox", "e2ee_cutover"))
E2EE_KINDS = ("media", "deleted", "system")

JUNK = {
    "autofill_information.json": '{"autofill_information_v2":{"FULL_NAME":[]}}',
    "chat_invites_received.json": '{"chat_invites_received":[]}',
    "messaging_settings.json": '{"messaging_settings":{"e2ee":true}}',
    "secret_conversations.json": '{"secret_conversations_v2":{"tincan_devices":[]}}',
    "support_messages.json": '[{"timestamp":1546300800,"messages":[{"subject":"Ticket"}]}]',
    "your_responsiveness_in_messaging_threads.json": '[{"label_values":[{"label":"messages","value":"few"}]}]',
    "encrypted_messaging_backup_settings.json": "[]",
}


def _profile(world: World) -> str:
    owner = world.owner
    return (
        '{\n  "profile_v2": {\n    "name": {\n'
        f'      "full_name": {quoted_mojibake(owner.name)},\n      "first_name": {quoted_mojibake(owner.first)},\n'
        f'      "middle_name": "",\n      "last_name": {quoted_mojibake(owner.last)}\n    }},\n'
        '    "registration_timestamp": 1230768000\n  }\n}'
    )


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    with part_archives(out, parts) as archives:
        for chat in world.dialogues:
            meta.thread(archives, chat, LAYOUT, KINDS if noise else (), noise)
        archives[0].put("personal_information/profile_information/profile_information.json", _profile(world))
        if noise:
            for name, content in JUNK.items():
                archives[-1].put(f"{LAYOUT.root}/messages/{name}", content)


def _sealed_record(chat: Chat, line: Line, noise: bool) -> str:
    text, media, kind, unsent = line.text, "[]", "text", "false"
    if line.kind == "media":
        uri = "Failed to download media" if line.dice & 1 else "./media/photo.png"
        text, kind, media = "", "media", f'[\n        {{\n          "uri": "{uri}"\n        }}\n      ]'
    elif line.kind == "deleted":
        text, kind, unsent = "User unsent a message", "placeholder", "true"
    elif line.kind == "system":
        text, kind = "", "placeholder"
    reactions = "[]"
    if noise and line.kind == "text" and not (line.dice >> 50) & 15:
        actor = chat.people[line.dice % len(chat.people)].name
        reactions = f'[\n        {{\n          "actor": {quoted(actor)},\n          "reaction": "👍"\n        }}\n      ]'
    return (
        f'    {{\n      "isUnsent": {unsent},\n      "media": {media},\n      "reactions": {reactions},\n'
        f'      "senderName": {quoted(line.sender.name)},\n      "text": {quoted(text)},\n'
        f'      "timestamp": {line.at_ms},\n      "type": "{kind}"\n    }}'
    )


def _sealed_thread(chat: Chat, name: str, noise: bool) -> Iterator[bytes]:
    people = ",\n".join(f"    {quoted(p.name)}" for p in chat.people)
    yield f'{{\n  "participants": [\n{people}\n  ],\n  "threadName": {quoted(name)},\n  "messages": [\n'.encode()
    joint = ""
    for line in chat.walk(E2EE_KINDS if noise else ()):
        yield (joint + _sealed_record(chat, line, noise)).encode()
        joint = ",\n"
    yield b"\n  ]\n}"


def _empty_thread(name: str, owner: str) -> str:
    return f'{{\n  "participants": [\n    {quoted(owner)}\n  ],\n  "threadName": "{name}",\n  "messages": []\n}}'


def write_e2ee(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    with Archive(out) as archive:
        for chat in world.dialogues:
            name = f"{chat.title}_{chat.number + 1}"
            archive.stream(f"{name}.json", _sealed_thread(chat, name, noise))
        if noise:
            archive.put("media/photo.png", PNG)
            for k in range(900, 904):
                archive.put(f"{slug('Nobody')}_{k}.json", _empty_thread(f"nobody_{k}", world.owner.name))


GENERATORS = {
    "facebook": Generator(write, ".zip"),
    # A genuine "Ã©" cannot be told from spoilt letters in this variant, which exists both ways.
    "facebook-e2ee": Generator(write_e2ee, ".zip", titles=False, owner_known=False, avoid=frozenset({"marks"})),
}
