"""What is said in a roundabout way: digits as words, addresses with "at" and "dot"; and where one has been begun. Pure."""

from __future__ import annotations

import re

from apps.privacy.scrub.figures import DIGIT_WORDS as DIGIT_WORDS
from apps.privacy.scrub.figures import WORD as _WORD

#: Signs of an address written as words.
DOTS = ("dot", "punkt", "punto", "ponto", "point", "точка")
_WORDS_DOT, _WORDS_AT = "|".join(DOTS), "at|ät|arroba|chiocciola|arobase|собака"
_DOT = rf"(?:\s?[(\[{{<]\s?(?:\.|{_WORDS_DOT})\s?[)\]}}>]\s?|\s(?:{_WORDS_DOT})\s)"
_AT = rf"\s?[(\[{{<]\s?(?:{_WORDS_AT}|@|a)\s?[)\]}}>]\s?"
_SOME = r"[\w.+-]{1,40}"
_BEHIND = rf"(?:{_SOME}(?:{_DOT}{_SOME}){{0,3}}{_DOT}?)?"
#: The beginning of an address that is spelled in a way that nobody uses by chance: after its first sign.
_BEGUN = re.compile(
    rf"(?<![\w.+-]){_SOME}(?:(?:{_DOT}{_SOME}){{0,3}}(?:{_AT}{_BEHIND}|{_DOT})|(?:{_DOT}{_SOME}){{1,3}}(?:\s(?:{_WORDS_AT})\s{_BEHIND})?)\s*$",
    re.I,
)
_SIGN = re.compile(rf"[(\[{{<]|\b(?:{_WORDS_DOT})\b", re.I)
#: Characters that an address may take.
_REACH = 160


def address_begun(text: str, end: int) -> int:
    """Where an address begins that has been begun before `end` and may go on; `end` where none has."""
    first = max(0, end - _REACH)
    found = _BEGUN.search(text, first, end) if _SIGN.search(text, first, end) else None
    return found.start() if found else end


def counts(text: str) -> bool:
    """Whether there is a digit in a text, or a word for one."""
    return any(word in DIGIT_WORDS or word.isdecimal() for word in _WORD.findall(text.lower()))
