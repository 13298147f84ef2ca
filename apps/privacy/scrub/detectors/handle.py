"""User names: @names, and what stands after "my insta is"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import ordinary

_AT = re.compile(r"(?<![\w@./])@(?=[\w.]*[^\W\d_])[\w](?:[\w.]{1,30}\w)?(?:-[^\W_]{2,20}){0,2}(?![\w@])(?!\.[a-z]{2,})")
_IS = re.compile(
    rf"(?<!\w)(?:my|mine|his|her|mein|mi|mon|ma|mio|il mio|meu|o meu|add me|follow me|find me|hit me up|moi|мой|моя|meine?)\W+(?:\w+\W+){{0,3}}?(?:{cues.NAMES['handle']})(?:\s+(?:name|id|tag|account|ist))?{cues.LINK}(@?[\w][\w.\-#]{{2,31}})",
    re.I,
)
_COLON = re.compile(rf"(?<!\w)(?:{cues.NAMES['handle']})\s*(?::|=)\s*(@?[\w][\w.\-#]{{2,31}})", re.I)
#: Where an account is spoken of, a word of letters with a digit or underscore inside is its name.
_MIXED = re.compile(r"(?<![\w@./:-])@?(?=\w*[A-Za-z])(?=[A-Za-z]+\w*[_\d]|_)[A-Za-z_][\w]{3,30}(?![\w/@]|\.\w)")
#: Where one of the programs is named that has such names: "anna#1234", "$annakov".
_NUMBERED = re.compile(r"(?<![\w#/])[\w.]{2,32}#\d{4}(?!\w)")
_NUMBERS = re.compile(r"(?<!\w)(?:discord|battle ?(?:net|tag)|bnet|blizzard|riot)(?!\w)", re.I)
_PAID = re.compile(r"(?<![\w$])\$[A-Za-z][\w-]{2,19}(?!\w)")
_PAYS = re.compile(r"(?<!\w)cash ?(?:app|tag)(?!\w)", re.I)
_FOLLOWED = re.compile(r"[ \t]+[^\W\d_]{2,}")
_ORDINARY = frozenset(
    """
    the not same private down broken full open closed called now just really still gone new old public better hacked deleted fun awesome cool back
    maybe yes yeah yep nope nah lol lmao haha idk none nothing never sure okay please thanks sorry what when where why who how this that there here also only
    vielleicht nein klar nicht nichts keins später quizás talvez nada peut-être rien oui forse niente да нет может потом
    """.split()  # noqa: SIM905
)


def gate(view: View) -> bool:
    return "@" in view.plain or "handle" in view.named or "$" in view.plain


#: Everybody of a channel, who is nobody.
_EVERYBODY = frozenset(["@everyone", "@here", "@channel", "@all", "@team", "@alle", "@todos", "@tous", "@tutti", "@все"])


def find(view: View) -> Iterator[Finding]:
    at = view.plain.find("@")
    while at >= 0:  # the library would try its pattern at every letter
        match = _AT.match(view.plain, at)
        if match is not None and match[0].lower() not in _EVERYBODY:
            yield Finding(at, match.end(), "handle", 40)
        at = view.plain.find("@", at + 1 if match is None else match.end())
    if "handle" in view.named:
        for match in _MIXED.finditer(view.plain):
            yield Finding(match.start(), match.end(), "handle", 41)
        if "#" in view.plain and _NUMBERS.search(view.plain):
            for match in _NUMBERED.finditer(view.plain):
                yield Finding(match.start(), match.end(), "handle", 43)
    if "$" in view.plain and _PAYS.search(view.plain):
        for match in _PAID.finditer(view.plain):
            yield Finding(match.start(), match.end(), "handle", 43)
    for pattern in (_IS, _COLON) if "handle" in view.named else ():
        for match in pattern.finditer(view.plain):
            value = match[1].rstrip(".-")
            last = not _FOLLOWED.match(view.plain, match.end())
            if not (pattern is _COLON and last) and ordinary(value):
                continue  # "her insta is amazing", "discord: because …"
            if value.lower().lstrip("@") not in _ORDINARY and (pattern is _COLON or not value.isalpha() or len(value) > 5):
                yield Finding(match.start(1), match.start(1) + len(value), "handle", 42)
