"""What people call secrets, how they ask for them and speak round them, by language: the tables of `said_in/`. Pure.

A section holds alternatives of one pattern, a line each, matched as whole words without case:

`== pin`: names, which join those of `cues.NAMES`. `== ask pin`: questions that name nothing ("how do i get in?"), which a bare
answer may follow. `== give phone`: words before a value that is given away, which are no question. `== with pin`: what is done
with a value that is not named ("opens with …"). `== of password`: what one is for, beside which only a value that looks like nothing else
counts.

`:door = door|gate` is a word of one's own for a group; `{door}` in the lines below it stands for the group. Lookarounds are not
to be used: RE2 reads these patterns too.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

LANGUAGES = ("en", "de", "ru")
_WORD = re.compile(r"\{([a-z]+)\}")


@cache
def tables() -> dict[str, str]:
    """The patterns of all languages by section. KeyError: a group that no line above explains."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        folder = resources.files("apps.privacy.scrub.said_in")
        _read((folder / f"{language}.txt").read_text(encoding="utf-8"), found)
    return {section: "|".join(lines) for section, lines in found.items()}


def _read(text: str, found: dict[str, list[str]]) -> None:
    words: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("== "):
            section = line[3:]
        elif line.startswith(":"):
            name, _, group = line[1:].partition(" = ")
            words[name] = f"(?:{group})"
        elif line and line[0] != "#":
            found.setdefault(section, []).append(_WORD.sub(lambda match: words[match[1]], line))


def under(group: str) -> dict[str, str]:
    """The patterns of one group ("ask", "give", "with"; "" for names) by kind."""
    pairs = ((section.rpartition(" "), pattern) for section, pattern in tables().items())
    return {kind: pattern for (of, _, kind), pattern in pairs if of == group}
