"""What a message speaks of that people would not like to read again: flagged for review, never rewritten. Pure.

Phrases stand in `phrases/`, a file for each language; all languages are looked for at once, because people mix them.

    gate (one automaton for a group of languages) → phrases that only sound like it are taken out → which topics
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import re2

TOPICS = ("health", "sexuality", "religion", "politics", "crime", "minors", "confidence")
FOLDER = Path(__file__).parent / "phrases"
#: Longer messages are looked at up to here, in characters.
LONGEST = 20_000
MEMORY = (
    128 << 20
)  # the most for one automaton, which grows as messages come; measured: 110 MB for a whole process on chat, 217 MB on hostile text

#: Languages of one automaton.
GROUPS = {
    "english": ("en",),
    "latin": ("de", "fr", "es", "it", "pt", "nl", "pl", "tr", "sv", "cs", "ro"),
    "cyrillic": ("ru", "uk"),
}
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_NONE: frozenset[str] = frozenset()
_NAMED = r"(?-i:\p{Lu}\p{Ll}+)"
_PAIRS = {"ł": "l", "ı": "i", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"}
_TWO = {"ä": "ae", "ö": "oe", "ü": "ue"}
_LIST = re.compile(r"\{([^\W\d]+)\}")


@dataclass(frozen=True)
class _Group:
    """The automata of some lexicons: any phrase, phrases that only sound like a topic, and one for each topic."""

    gate: re2.Set
    innocent: re2._Regexp
    topics: dict[str, re2._Regexp]


def topics(text: str) -> frozenset[str]:
    """Which of `TOPICS` a message speaks of; mostly none."""
    text = text[:LONGEST]
    raw = text.encode("utf-8", "replace")  # once for all automata, which would each do it anew
    found = [_told(text, group) for group in _groups(_CYRILLIC.search(text) is not None) if group.gate.Match(raw)]
    return frozenset().union(*found) if found else _NONE


def _told(text: str, group: _Group) -> set[str]:
    text = group.innocent.sub(" ~ ", text)
    return {topic for topic, phrases in group.topics.items() if phrases.search(text)}


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = MEMORY
    options.never_capture = True
    return options


@lru_cache(maxsize=2)
def _groups(cyrillic: bool) -> tuple[_Group, ...]:
    """The lexicons that a message can be in, by its script. One automaton for all would not fit, one each would be slow."""
    return tuple(_group(name) for name in GROUPS if cyrillic or name != "cyrillic")


@lru_cache
def _group(name: str) -> _Group:
    phrases: dict[str, list[str]] = {}
    for language in GROUPS[name]:
        for topic, phrase in read((FOLDER / f"{language}.txt").read_text("utf-8")):
            phrases.setdefault(topic, []).append(phrase)
    innocent = phrases.pop("!")
    gate = [phrase for some in phrases.values() for phrase in some]
    return _Group(_any(gate), _compiled(innocent), {topic: _compiled(some) for topic, some in phrases.items()})


def _compiled(phrases: list[str]) -> re2._Regexp:
    return re2.compile(_alone(phrases), _options())


def _any(phrases: list[str]) -> re2.Set:
    """Whether any of them stands in a text: a set of one, since the search of a pattern also looks for where."""
    found = re2.Set.SearchSet(_options())
    found.Add(_alone(phrases))
    found.Compile()
    return found


def _alone(phrases: list[str]) -> str:
    return rf"(?:^|[^\pL\pN_])(?:{'|'.join(phrases)})(?:$|[^\pL\pN_])"


def read(text: str) -> list[tuple[str, str]]:
    """(topic, or "!" for a phrase that only sounds like one, and its pattern) of a lexicon. Raises ValueError."""
    lists = {"named": _NAMED}
    found: list[tuple[str, str]] = []
    topic = ""
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("= "):
            name, _, words = line[2:].partition(" ")
            lists[name] = _filled(words, lists)
        elif line.startswith("["):
            topic = line.strip("[]")
            if topic not in TOPICS:
                raise ValueError(f"{topic} is not a topic")
        elif line.startswith("! "):
            found.append(("!", _pattern(_filled(line[2:], lists))))
        else:
            found.append((topic, _pattern(_filled(line, lists))))
    return found


def _filled(line: str, lists: dict[str, str]) -> str:
    return _LIST.sub(lambda m: lists[m[1]], line)


def _pattern(phrase: str) -> str:
    """A phrase as people type it: blanks of any length, apostrophes and accents left away."""
    out: list[str] = []
    for at, letter in enumerate(phrase):
        if letter == " ":
            out.append(r"\s*" if _shortened(phrase, at + 1) else r"\s+")
        elif letter == "'":
            needed = phrase[at - 1 : at] in ("(", "|") and phrase[at + 1 : at + 2] in ("s", "r")  # "is" is not "i's"
            out.append("['’ʼ]" if needed else "['’ʼ]?")
        else:
            out.append(_letter(letter))
    return "".join(out)


def _shortened(phrase: str, at: int) -> bool:
    """Whether the group that opens there begins, in one of its cases, with a word grown onto the one before (i'm, we've)."""
    if phrase[at : at + 1] != "(":
        return False
    depth = 0
    for here, letter in enumerate(phrase[at:], at):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return False
        if depth == 1 and letter in "(|" and phrase[here + 1 : here + 2] == "'":
            return True
    return False


def _letter(letter: str) -> str:
    """A letter and what it becomes on a keyboard without it."""
    if letter.isascii():
        return letter
    if letter in _TWO:
        return f"(?:{letter}|{_TWO[letter]}|{unicodedata.normalize('NFD', letter)[0]})"
    plain = _PAIRS.get(letter) or unicodedata.normalize("NFD", letter)[0]
    plain = "е" if letter == "ё" else plain if letter != "й" else letter
    return letter if plain == letter else f"(?:{letter}|{plain})"
