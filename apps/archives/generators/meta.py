"""The threads of Messenger and Instagram in JSON: newest first, ten thousand to a file, letters spoilt as Meta spoils them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from apps.archives.generators.files import APPLE_JUNK, PNG, Archive
from apps.archives.generators.jsontext import quoted_mojibake as q
from apps.archives.generators.people import Person, slug
from apps.archives.generators.story import Chat, Line

PER_FILE = 10_000
PICTURES = 3  # real files per chat; the other pictures are only named
REACTIONS = ("❤", "😂", "👍", "😮")


@lru_cache(4096)
def _name(person: Person) -> str:
    return q(person.name)


@dataclass(frozen=True)
class Layout:
    """What differs between the two networks and between versions."""

    root: str
    folders: tuple[str, ...] = ("inbox",)
    types: bool = False

    def path(self, chat: Chat) -> str:
        folder = self.folders[chat.number % len(self.folders)]
        return f"{folder}/{slug(chat.title, '')}_{1000000000 + chat.number * 7919}"


def record(line: Line, fields: str) -> str:
    return (
        f'    {{\n      "sender_name": {_name(line.sender)},\n      "timestamp_ms": {line.at_ms},\n{fields}'
        '      "is_geoblocked_for_viewer": false,\n'
        '      "is_unsent_image_by_messenger_kid_parent": false\n    }'
    )


def _content(text: str) -> str:
    return f'      "content": {q(text)},\n'


def _picture(path: str, line: Line) -> str:
    uri = q(f"{path}/photos/{line.number}.png")
    return f'      "photos": [\n        {{\n          "uri": {uri},\n          "creation_timestamp": {line.at_ms // 1000}\n        }}\n      ],\n'


def _reaction(chat: Chat, line: Line) -> str:
    actor = chat.people[line.dice % len(chat.people)]
    mark = REACTIONS[(line.dice >> 9) % len(REACTIONS)]
    return (
        '      "reactions": [\n        {\n'
        f'          "reaction": {q(mark)},\n          "actor": {_name(actor)}\n        }}\n      ],\n'
    )


def _media(path: str, line: Line) -> str:
    shape = line.dice % 5
    stamp = line.at_ms // 1000
    if shape == 0:
        return f'      "sticker": {{\n        "uri": "{path}/stickers/{line.number}.webp",\n        "ai_stickers": []\n      }},\n'
    if shape == 1:
        return (
            f'      "audio_files": [\n        {{\n          "uri": "{path}/audio/{line.number}.mp4",\n'
            f'          "creation_timestamp": {stamp}\n        }}\n      ],\n'
        )
    if shape == 2:
        said = _content(f"{line.sender.name} sent an attachment.")
        return said + '      "share": {\n        "link": "https://example.org/shared"\n      },\n'
    return _picture(path, line)


def _call(line: Line) -> str:
    length = line.dice % 900
    said = f"{line.sender.name} called you." if length else f"You missed a call from {line.sender.name}."
    missed = "" if length else '      "missed": true,\n'
    return _content(said) + f'      "call_duration": {length},\n{missed}'


def _system(chat: Chat, line: Line) -> str:
    who = line.sender.name
    if chat.is_group:
        said = (f"{who} named the group {chat.title}.", f"{who} left the group.", f"{who} waved at you!")
    else:
        said = ("You are now connected on Messenger.", "Liked a message", "Reacted 😂 to your message ")
    return _content(said[line.dice % 3])


def _fields(chat: Chat, line: Line, path: str, noise: bool) -> str:
    if line.kind == "text":
        fields = _content(line.text)
        if noise and not (line.dice >> 50) & 15:
            fields += _reaction(chat, line)
        if noise and not (line.dice >> 44) & 63:
            fields += _picture(path, line)
        return fields
    if line.kind == "media":
        return _media(path, line)
    if line.kind == "call":
        return _call(line)
    if line.kind == "deleted":
        return _content(line.text) + '      "is_unsent": true,\n'
    return _system(chat, line)


def _head(chat: Chat) -> str:
    people = ",\n".join(f'    {{\n      "name": {_name(p)}\n    }}' for p in chat.people)
    return f'{{\n  "participants": [\n{people}\n  ],\n  "messages": [\n'


def _tail(chat: Chat, layout: Layout) -> str:
    group = (
        '  "image": {\n    "uri": "photos/group.jpg",\n    "creation_timestamp": 1546300800\n  },\n'
        '  "joinable_mode": {\n    "mode": 1,\n    "link": ""\n  },\n'
    )
    return (
        f'\n  ],\n  "title": {q(chat.title)},\n  "is_still_participant": true,\n'
        f'  "thread_path": "{layout.path(chat)}",\n  "magic_words": [],\n{group if chat.is_group else ""}'
        '  "is_privacy_mode": false\n}'
    )


def _pieces(chat: Chat, layout: Layout, lines: Iterator[Line], noise: bool) -> Iterator[bytes]:
    yield _head(chat).encode()
    path = f"{layout.root}/messages/{layout.path(chat)}"
    joint = ""
    for line in lines:
        yield (joint + record(line, _fields(chat, line, path, noise))).encode()
        joint = ",\n"
    yield _tail(chat, layout).encode()


def thread(archives: list[Archive], chat: Chat, layout: Layout, kinds: tuple[str, ...], noise: bool) -> None:
    """One conversation: its files go to the parts in turn."""
    lines = chat.walk(kinds, backwards=True)
    folder = f"{layout.root}/messages/{layout.path(chat)}"
    for number, line in enumerate(lines, 1):
        of_this_file = islice(chain([line], lines), PER_FILE)
        archive = archives[(chat.number + number - 1) % len(archives)]
        archive.stream(f"{folder}/message_{number}.json", _pieces(chat, layout, of_this_file, noise), big=False)
    if noise:
        for i in range(min(PICTURES, chat.count)):
            archives[-1].put(f"{folder}/photos/{i}.png", PNG)
        archives[0].put(f"__MACOSX/{folder}/._message_1.json", APPLE_JUNK)
