"""Digits as words, in the languages that are looked after: "four eight two one". Pure."""

from __future__ import annotations

import re
import unicodedata

from apps.privacy.scrub.cues import searcher

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
#: A word, or one digit: what `figures` reads.
WORD, _LETTERS = re.compile(r"[^\W\d_]+|\d"), re.compile(r"[^\W\d_]+")


#: Whether there is such a run, roughly: every message comes by.
_SEVERAL = searcher(rf"(?:{_ONE})(?:[\s,.\-]{{1,3}}(?:{_ONE})){{2}}")


def several(text: str) -> bool:
    """Whether three digits or more may be written as words there, one behind the other."""
    return bool(_SEVERAL.Match(text.encode("utf-8", "replace")))


def count(run: str) -> int:
    """How many digits a run of `RUN` has."""
    return len(re.findall(r"\w+", run))


def worded(text: str) -> bool:
    """Whether a digit is written as a word."""
    return not DIGIT_WORDS.keys().isdisjoint(_LETTERS.findall(text.lower()))


def figures(text: str) -> str:
    """Digits of other scripts and those written as words, as figures; everything else as it is."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return WORD.sub(lambda m: DIGIT_WORDS.get(m[0].lower(), m[0]), text) if worded(text) else text


class Figured:
    """A text with its digits as figures, and the way back for many places at once, in linear time."""

    def __init__(self, plain: str) -> None:
        self.text = figures(plain)
        self._starts: list[int] | None = None  # where in `plain` each character begins; None where nothing is longer there
        if len(self.text) != len(plain):
            self._starts, at = [], 0
            for match in WORD.finditer(plain):
                if len(match[0]) > 1 and match[0].lower() in DIGIT_WORDS:
                    self._starts += [*range(at, match.start()), match.start()]
                    at = match.end()
            self._starts += range(at, len(plain) + 1)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """What `text[start:end]` stands for in the text as given."""
        return (start, end) if self._starts is None else (self._starts[start], self._starts[end])
