"""Words that can be no part of anything the guard looks for, so that most of a reply need not be looked at. Pure.

What the detectors of the guard find ends in a digit, a sign, capitals, a long run without a blank or one of a dozen words of a
list, or something leads to it ("the password is …", "at example dot …"), or it was stored. A short word of letters that is none of these
is ordinary; each is examined once for all. A test holds the guard with and without this against each other.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import seed
from apps.privacy.scrub.known import Known, pieces
from apps.privacy.scrub.types import View

#: Digits as words.
_NUMBERS = (
    "zero oh one two three four five six seven eight nine|null - eins zwei drei vier fünf sechs sieben acht neun|zéro - un deux trois quatre cinq six sept huit neuf"
    "|cero - uno dos tres cuatro cinco seis siete ocho nueve|zero - uno due tre quattro cinque sei sette otto nove|zero - um dois três quatro cinco seis sete oito nove"
    "|ноль - один два три четыре пять шесть семь восемь девять"
)
DIGIT_WORDS: dict[str, str] = {}
for _row in _NUMBERS.split("|"):
    _zero, _oh, *_rest = _row.split()
    DIGIT_WORDS |= {_zero: "0", **({_oh: "0"} if _oh != "-" else {}), **{word: str(n) for n, word in enumerate(_rest, 1)}}
#: Letters, a piece after an apostrophe, what ends a sentence, or signs that are no ASCII (emoji), or a smile. Keys and random words
#: are longer.
_SHORT = re.compile(r"[^\W\d_]{1,12}(?:['’][^\W\d_]{1,3})?[,.!?…]{0,3}|[^\w\s!-~]{1,12}|[,.!?…]{1,3}|[:;]'?-?[()DPp]{1,3}")
#: Signs of an address written as words.
_SPELLED = frozenset(["dot", "punkt", "punto", "ponto", "point", "точка"])
#: Behind these an ordinary word may be a password, or the end of an address.
_LEADS = cues.searcher(*(cues.NAMES[kind] for kind in cues.SECRETS), "|".join(_SPELLED))
#: More words at once were held back because they may be a phrase, or nothing of them was looked at yet.
FEW = 8
#: Shorter ones in capitals are no codes.
_SHOUTED = 4


class Reading(IntEnum):
    """What a text must be looked at for."""

    NOTHING = 0
    PHRASE = 1  #: the same, but a phrase of a wallet may have begun
    STORED = 2  #: no form can stand in it, but words that were stored may
    EVERYTHING = 3


class Ordinary:
    """Which words are ordinary beside the secrets of one account."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def reading(self, text: str) -> Reading:
        """What a text of whole words must be looked at for."""
        words = text.split()
        if len(words) > FEW:
            return Reading.EVERYTHING
        found = Reading.NOTHING if words else Reading.PHRASE  # blanks end no phrase
        opens = self._known.opens
        for word in words:
            form, pieces = examined(word)
            if form is Reading.EVERYTHING:
                return form
            if opens(pieces):
                found = Reading.STORED
            elif form > found:
                found = form
        return found

    @staticmethod
    def led(text: str) -> bool:
        """Whether something in a text may lead to a secret that looks like an ordinary word."""
        return bool(_LEADS.Match(text.encode("utf-8", "replace")))


@lru_cache(maxsize=65_536)
def examined(word: str) -> tuple[Reading, tuple[str, ...]]:
    """What a word must be looked at for whatever is stored, and its pieces as secrets are remembered; once for all accounts."""
    bare = word.rstrip(",.!?…").lower()
    shouted = len(bare) >= _SHOUTED and word.upper() == word and word.lower() != word
    if not _SHORT.fullmatch(word) or View(word).plain != word or shouted or bare in DIGIT_WORDS or bare in _SPELLED:
        return Reading.EVERYTHING, ()
    in_a_phrase = seed.listed(bare) or not bare  # a sign may part two words of it
    return Reading.PHRASE if in_a_phrase else Reading.NOTHING, pieces(word)
