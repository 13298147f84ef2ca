"""Words that can be no part of anything the guard looks for, so that most of a reply need not be looked at. Pure.

What the detectors of the guard find ends in a digit, a sign, capitals, a long run without a blank or one of a dozen words of a
list, or something leads to it ("the password is …", "at example dot …"), or it was stored. A short word of letters that is none of these
is ordinary; each is examined once. A test holds the guard with and without this against each other.
"""

from __future__ import annotations

import re
from enum import IntEnum

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import seed
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.types import View

#: Letters, a piece after an apostrophe, what ends a sentence, or signs that are no ASCII (emoji), or a smile. Keys and random words
#: are longer.
_SHORT = re.compile(r"[^\W\d_]{1,12}(?:['’][^\W\d_]{1,3})?[,.!?…]{0,3}|[^\w\s!-~]{1,12}|[,.!?…]{1,3}|[:;]'?-?[()DPp]{1,3}")
#: Signs of an address written as words.
_SPELLED = frozenset(["dot", "punkt", "punto", "ponto", "point", "точка"])
#: Behind these an ordinary word may be a password, or the end of an address.
_LEADS = cues.searcher(*(cues.NAMES[kind] for kind in cues.SECRETS), "|".join(_SPELLED))
_REMEMBERED = 50_000
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
    """Remembers which words are ordinary beside the secrets of one account; `figures` are words that stand for digits."""

    def __init__(self, known: Known, figures: frozenset[str]) -> None:
        self._known, self._figures = known, figures
        self._quiet: set[str] = set()
        self._read: dict[str, Reading] = {}

    def reading(self, text: str) -> Reading:
        """What a text of whole words must be looked at for."""
        words = text.split()
        if len(words) > FEW:
            return Reading.EVERYTHING
        return Reading.NOTHING if self._quiet.issuperset(words) else max(map(self._of, words))

    @staticmethod
    def led(text: str) -> bool:
        """Whether something in a text may lead to a secret that looks like an ordinary word."""
        return bool(_LEADS.Match(text.encode("utf-8", "replace")))

    def _of(self, word: str) -> Reading:
        reading = self._read.get(word)
        if reading is None:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
                self._quiet.clear()
            reading = self._read[word] = self._examined(word)
            if reading is Reading.NOTHING:
                self._quiet.add(word)
        return reading

    def _examined(self, word: str) -> Reading:
        bare = word.rstrip(",.!?…").lower()
        shouted = len(bare) >= _SHOUTED and word.upper() == word and word.lower() != word
        if not _SHORT.fullmatch(word) or View(word).plain != word or shouted or bare in self._figures or bare in _SPELLED:
            return Reading.EVERYTHING
        if self._known.opens(word):
            return Reading.STORED
        return Reading.PHRASE if seed.listed(bare) else Reading.NOTHING
