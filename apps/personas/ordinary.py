"""Words that can be no part of anything the guard looks for, so that most of a reply need not be looked at. Pure.

What the detectors of the guard find ends in a digit, a sign, capitals, a long run without a blank or one of a dozen words of a
list, or something leads to it ("the password is …", "at example dot …"), or it was stored. A short word of letters that is none of these
is ordinary; each is examined once for all. A test holds the guard with and without this against each other.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from apps.personas.spoken import DIGIT_WORDS, DOTS
from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import seed
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.known_words import pieces
from apps.privacy.scrub.types import View

#: Letters, a piece after an apostrophe, what ends a sentence, or signs that are no ASCII (emoji), or a smile. Keys and random words
#: are longer.
_SHORT = re.compile(r"[^\W\d_]{1,12}(?:['’][^\W\d_]{1,3})?[,.!?…]{0,3}|[^\w\s!-~]{1,12}|[,.!?…]{1,3}|[:;]'?-?[()DPp]{1,3}")
#: Behind these an ordinary word may be a password, or the end of an address. One alternative more costs nothing, a pattern of its own does.
_LEADS = cues.searcher(*(cues.NAMES[kind] for kind in cues.SECRETS), "|".join((*DOTS, "-p")))
#: More words at once were held back because they may be a phrase, or nothing of them was looked at yet.
FEW = 8
#: So many texts of so many characters are remembered for one account: some 300 KB.
MET, SHORT = 2_048, 16
#: Shorter ones in capitals are no codes.
_SHOUTED = 4


class Reading(IntEnum):
    """What a text must be looked at for."""

    NOTHING = 0
    PHRASE = 1  #: the same, but a phrase of a wallet may have begun
    STORED = 2  #: no form can stand in it, but words that were stored do
    EVERYTHING = 3


class Read(NamedTuple):
    """How a text of whole words reads."""

    what: Reading
    listed: int = 0  #: words at its end that may be those of a phrase, never fewer than there are
    whole: bool = False  #: all of its words are such
    opened: int | None = None  #: the word with which something stored may have begun that goes on


_NOTHING = Read(Reading.NOTHING)


class Ordinary:
    """Which words are ordinary beside the secrets of one account."""

    def __init__(self, known: Known) -> None:
        self._known = known
        #: Most words of a person are a few hundred, said again and again. Never longer texts: they are not.
        self._met: dict[str, Read] = {}

    def reading(self, text: str) -> Read:
        """What a text of whole words must be looked at for; the same text reads the same, so short ones are remembered."""
        met = self._met.get(text)
        if met is None:
            met = self._read(text)
            if len(text) <= SHORT:
                if len(self._met) >= MET:
                    self._met.clear()
                self._met[text] = met
        return met

    def _read(self, text: str) -> Read:
        words = text.split()
        if len(words) > FEW:
            return Read(Reading.EVERYTHING, len(words), whole=True)
        found, listed, unlisted = Reading.NOTHING if words else Reading.PHRASE, 0, 0  # blanks end no phrase
        opens, stored = self._known.words.opens, False
        for word in words:
            form, _, bare = examined(word)
            if form is Reading.EVERYTHING:
                return Read(Reading.EVERYTHING, len(words), whole=True)
            stored = stored or opens(bare)
            if form is Reading.NOTHING:
                listed, unlisted = 0, unlisted + 1
            else:
                listed, found = listed + 1, form
        if stored:
            return self._beside_stored(words, Read(found, listed, not unlisted))
        return Read(found, listed, not unlisted) if found else _NOTHING

    def _beside_stored(self, words: list[str], read: Read) -> Read:
        """The same, with what is stored or may have begun in the words."""
        low: list[str] = []
        bare: list[str] = []
        owners: list[int] = []
        for number, word in enumerate(words):
            _, lows, bares = examined(word)
            low += lows
            bare += bares
            owners += [number] * len(bares)
        stands, opened = self._known.words.standing(low, bare)
        return read._replace(
            what=Reading.STORED if stands else read.what, opened=owners[opened] if opened < len(bare) else None
        )

    @staticmethod
    def led(text: str) -> bool:
        """Whether something in a text may lead to a secret that looks like an ordinary word."""
        return bool(_LEADS.Match(text.encode("utf-8", "replace")))


Pieces = tuple[str, ...]


@lru_cache(maxsize=65_536)
def examined(word: str) -> tuple[Reading, Pieces, Pieces]:
    """What a word must be looked at for whatever is stored, and its pieces as secrets are remembered; once for all accounts."""
    bare = word.rstrip(",.!?…").lower()
    shouted = len(bare) >= _SHOUTED and word.upper() == word and word.lower() != word
    if not _SHORT.fullmatch(word) or View(word).plain != word or shouted or bare in DIGIT_WORDS or bare in DOTS:
        return Reading.EVERYTHING, (), ()
    in_a_phrase = seed.listed(bare) or not bare  # a sign may part two words of it
    return Reading.PHRASE if in_a_phrase else Reading.NOTHING, *pieces(word)
