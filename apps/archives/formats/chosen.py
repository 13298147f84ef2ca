"""Files that were chosen one by one: what folder they lay in is not told, and which came first says nothing about them. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

_UPLOAD = re.compile(r"^upload \d+/")
#: Where such files seemed to lie to readers of before, alone and beside others; kept chats may still be known by it.
ONCE = ("", *(f"upload {number}" for number in range(1, 10)))
#: Of so many people at most, who had written when an older export was made is tried.
MOST = 100


def plain(name: str) -> str:
    """A member's name, whatever came with it."""
    return _UPLOAD.sub("", name)


def folder(name: str) -> str:
    """The name of the folder that a member lay in, "" where it was chosen without one."""
    return plain(name).rpartition("/")[0].rpartition("/")[2]


def mark(*said: str) -> str:
    """A short mark of some words, by which a conversation is told from others of the same people."""
    return f"{zlib.crc32(chr(0).join(said).encode()):08x}"


def by_people(people: Iterable[str], mark: str) -> str:
    """A name for a chat that has none: everybody in it, and what tells it from others of the same people."""
    return f"people:{'|'.join(sorted(people))}|{mark}"


def earlier(people: list[str], mark: str) -> Iterator[str]:
    """By which names an older export knew the same chat: `people`, in the order in which they first wrote, were fewer then."""
    yield from (by_people(people[:count], mark) for count in range(1, min(len(people), MOST)))
