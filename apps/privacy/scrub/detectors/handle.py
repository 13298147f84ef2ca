"""User names: @names, and what stands after "my insta is"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View

_AT = re.compile(r"(?<![\w@./])@(?=[\w.]*[^\W\d_])[\w](?:[\w.]{1,30}\w)?(?![\w@])(?!\.[a-z]{2,})")
_IS = re.compile(
    rf"(?<!\w)(?:my|mine|his|her|mein|mi|mon|ma|mio|il mio|meu|o meu|add me|follow me|find me|hit me up|moi|мой|моя|meine?)\W+(?:\w+\W+){{0,3}}?(?:{cues.NAMES['handle']})(?:\s+(?:name|id|tag|account|ist))?{cues.LINK}@?([\w][\w.\-#]{{2,31}})",
    re.I,
)
_COLON = re.compile(rf"(?<!\w)(?:{cues.NAMES['handle']})\s*(?::|=)\s*@?([\w][\w.\-#]{{2,31}})", re.I)
#: Where an account is spoken of, a word of letters with a digit or underscore inside is its name.
_MIXED = re.compile(r"(?<![\w@./:-])@?(?=\w*[A-Za-z])(?=[A-Za-z]+\w*[_\d]|_)[A-Za-z_][\w]{3,30}(?![\w/@]|\.\w)")
_ORDINARY = frozenset(
    [
        "the",
        "not",
        "same",
        "private",
        "down",
        "broken",
        "full",
        "open",
        "closed",
        "called",
        "now",
        "just",
        "really",
        "still",
        "gone",
        "new",
        "old",
        "public",
        "better",
        "hacked",
        "deleted",
        "fun",
        "awesome",
        "cool",
        "back",
    ]
)


def gate(view: View) -> bool:
    return "@" in view.plain or "handle" in view.named


def find(view: View) -> Iterator[Finding]:
    at = view.plain.find("@")
    while at >= 0:  # the library would try its pattern at every letter
        match = _AT.match(view.plain, at)
        if match is not None:
            yield Finding(at, match.end(), "handle", 40)
        at = view.plain.find("@", at + 1 if match is None else match.end())
    if "handle" in view.named:
        for match in _MIXED.finditer(view.plain):
            yield Finding(match.start(), match.end(), "handle", 41)
    for pattern in (_IS, _COLON) if "handle" in view.named else ():
        for match in pattern.finditer(view.plain):
            value = match[1].rstrip(".-")
            if value.lower() not in _ORDINARY and (pattern is _COLON or not value.isalpha() or len(value) > 5):
                yield Finding(match.start(1), match.start(1) + len(value), "handle", 42)
