"""What fuzzing begins with: the files of small generated exports, one by one and all of an export together.

An input is members one behind the other. Each begins with `PART` and a byte that says which of the names it has, so that
bytes which are put in or taken out move no member. What stands before the first `PART` is a member, too.
"""

from __future__ import annotations

import io
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from apps.archives.formats import container, registry
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World

#: Which generators' files a reader is seeded with.
SEEDS = {
    "facebook": ["facebook", "facebook-e2ee"], "instagram": ["instagram"], "meta_pages": ["facebook-html", "instagram-html"],
    "facebook_2018": ["facebook-htm"], "telegram": ["telegram", "telegram-chat", "telegram-control"], "telegram_pages": ["telegram-html"],
    "linkedin": ["linkedin", "linkedin-old"], "hangouts": ["hangouts", "hangouts-old"], "googlechat": ["googlechat"],
    "whatsapp": ["whatsapp-android", "whatsapp-android-us"], "discord": ["discord-package", "discord-dce", "discord-dce-csv"],
    "slack": ["slack"], "sms": ["sms"], "twitter": ["twitter"], "imessage": ["imessage-db", "imessage-txt", "imessage-html"],
    "signal": ["signal", "signal-export"], "skype": ["skype"], "dating": ["tinder", "hinge"], "jsonl": ["jsonl", "dialogues"],
}  # fmt: skip
PART = b"\n~PART~"


@dataclass(frozen=True)
class Given:
    """A member whose bytes the fuzzer chose; the name is one the format knows."""

    name: str
    data: bytes
    upload: str = "fuzz.zip"

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.data)


@dataclass(frozen=True)
class Names:
    """The names that members may have, and which of them a reader claims; the others are evidence beside."""

    all: list[str]
    claimed: set[str]

    def packed(self, members: list[Given]) -> bytes:
        return b"".join(PART + bytes([self.all.index(m.name)]) + m.data for m in members)

    def unpacked(self, data: bytes) -> tuple[list[Given], list[Given]]:
        """(members of the reader, others). A name that comes twice is that of the later one."""
        first, *parts = data.split(PART)
        made = [(len(data), first)] if first or not parts else []
        made += [(part[0], part[1:]) for part in parts if part]
        found = {(name := self.all[number % len(self.all)]): Given(name, content) for number, content in made}
        return [m for m in found.values() if m.name in self.claimed], [
            m for m in found.values() if m.name not in self.claimed
        ]


def members(path: Path) -> list[Given]:
    """The textual files of a generated export."""
    found: list[Given] = []
    for member in container.open_all([(path.name, path)]):
        if container.textual(member.name):
            with member.open() as stream:
                found.append(Given(member.name, b"".join(iter(lambda: stream.read(1 << 20), b""))))
    return found


def small_pages(database: Path) -> None:
    """The same database in an eighth of the bytes, most of which were empty."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.execute("VACUUM")
    connection.close()


def exported(generator: str, folder: Path) -> list[Given]:
    """A small export with everything that real ones hold beside words."""
    path = folder / f"seed{GENERATORS[generator].suffix}"
    GENERATORS[generator].write(World(messages=24, seed=1, chats=2, groups=1), path)
    if path.suffix == ".db":
        small_pages(path)
    found = members(path)
    path.unlink()
    return found


def seeds(reader: str, folder: Path) -> tuple[Names, dict[str, bytes]]:
    """The names, and inputs by what they are called: every claimed member alone, and every export whole."""
    exports = {generator: exported(generator, folder) for generator in SEEDS[reader]}
    given = [m for export in exports.values() for m in export]
    claimed = {m.name for m in given if registry.taker_of(m, m.data[:4_096]) == reader}
    names = Names(list(dict.fromkeys(m.name for m in given)), claimed)
    made = {f"{generator}-whole": names.packed(export) for generator, export in exports.items()}
    for generator, export in exports.items():
        made |= {f"{generator}-{n}": names.packed([m]) for n, m in enumerate(export) if m.name in claimed}
    return names, made
