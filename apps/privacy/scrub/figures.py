"""Digits as words, in the languages that are looked after: "four eight two one". Pure."""

from __future__ import annotations

import re

_NUMBERS = (
    "zero oh one two three four five six seven eight nine|null - eins zwei drei vier fünf sechs sieben acht neun|zéro - un deux trois quatre cinq six sept huit neuf"
    "|cero - uno dos tres cuatro cinco seis siete ocho nueve|zero - uno due tre quattro cinque sei sette otto nove|zero - um dois três quatro cinco seis sete oito nove"
    "|ноль - один два три четыре пять шесть семь восемь девять"
)
DIGIT_WORDS: dict[str, str] = {}
for _row in _NUMBERS.split("|"):
    _zero, _oh, *_rest = _row.split()
    DIGIT_WORDS |= {_zero: "0", **({_oh: "0"} if _oh != "-" else {}), **{word: str(n) for n, word in enumerate(_rest, 1)}}
_ONE = "|".join(sorted(map(re.escape, DIGIT_WORDS), key=len, reverse=True))
#: At least three digits as words with nothing but signs between them; "one by one by one" has more.
RUN = re.compile(rf"(?<!\w)(?:{_ONE})(?:[\s,.\-]{{1,3}}(?:{_ONE})){{2,11}}(?!\w)", re.I)


def count(run: str) -> int:
    """How many digits a run of `RUN` has."""
    return len(re.findall(r"\w+", run))
