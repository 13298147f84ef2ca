"""Seed phrases of wallets: runs of words of one BIP-39 list (from `mnemonic`), with a right checksum or of a right length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from unicodedata import normalize

from mnemonic import Mnemonic

from apps.privacy.scrub.types import Finding, View

LENGTHS = (24, 21, 18, 15, 12)
LANGUAGES = ("english", "spanish", "french", "italian", "portuguese", "russian", "czech")
_WORD = re.compile(r"[^\W\d_]+")
#: Characters that the longest phrase may take.
REACH = 400
_SIGNS = ",;.-|/"
_GAP = re.compile(r"[\s,;.\-|/]*(?:\d{1,2}[.):]?\s*)?")


class _Numbered(list[str]):
    """A list of words that knows where each stands: the library looks for it in all 2,048."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(words)
        self._places = {word: place for place, word in enumerate(words)}

    def index(self, word: str, *_: object) -> int:
        if word not in self._places:
            raise ValueError("not in this list")
        return self._places[word]


@cache
def _lists() -> dict[str, tuple[Mnemonic, frozenset[str]]]:
    made = {name: Mnemonic(name) for name in LANGUAGES}
    for checker in made.values():
        checker.wordlist = _Numbered(checker.wordlist)
    # the library keeps accents apart from their letters, texts do not
    return {name: (one, frozenset(normalize("NFC", word) for word in one.wordlist)) for name, one in made.items()}


@cache
def _any() -> frozenset[str]:
    """The words of all lists."""
    return frozenset().union(*(known for _, known in _lists().values()))


def gate(view: View) -> bool:
    return (
        len(view.plain) > 40
        and view.plain.count(" ") + view.plain.count("\n") + view.plain.count(",") + view.plain.count("-") >= 11
    )


def find(view: View) -> Iterator[Finding]:
    if not _long_enough(_WORD.findall(view.lower)):
        return  # most long messages end here
    words = [(m.start(), m.end(), m[0].lower()) for m in _WORD.finditer(view.plain)]
    for checker, known in _lists().values():
        if sum(word in known for _, _, word in words) < 12:
            continue
        for run in _runs(view.plain, words, known):
            if len(run) in LENGTHS or any(_right(checker, run, n) for n in LENGTHS if n <= len(run)):
                yield Finding(run[0][0], run[-1][1], "seed", 97)


def _long_enough(words: list[str]) -> bool:
    """Whether twelve listed words follow each other: then one of them is the twelfth of the text, the twenty-fourth, …"""
    known = _any()
    for at in range(11, len(words), 12):
        if words[at] in known:
            first = last = at
            while first and words[first - 1] in known:
                first -= 1
            while last + 1 < len(words) and words[last + 1] in known:
                last += 1
            if last - first >= 11:
                return True
    return False


def listed(word: str) -> bool:
    """Whether a word, in small letters, stands in one of the lists."""
    return word in _any()


def begun(text: str) -> list[int]:
    """Where the words begin that end a text and may become a phrase: listed ones with nothing but gaps between them."""
    bare = [word for token in text.rsplit(None, 8)[-8:] if (word := token.strip(_SIGNS))]
    for word in bare[-3:]:
        if not listed(word.lower()) and not word[0].isdigit():
            return []  # as nearly always
    starts: list[int] = []
    behind = len(text)
    for found in reversed(list(_WORD.finditer(text, max(0, len(text) - REACH)))):
        if not listed(found[0].lower()) or not _GAP.fullmatch(text, found.end(), behind):
            break
        starts.append(behind := found.start())
    return starts[::-1]


def _runs(plain: str, words: list[tuple[int, int, str]], known: frozenset[str]) -> Iterator[list[tuple[int, int, str]]]:
    run: list[tuple[int, int, str]] = []
    for word in words:
        if word[2] in known and (not run or _GAP.fullmatch(plain, run[-1][1], word[0])):
            run.append(word)
            continue
        if len(run) >= 12:
            yield run
        run = [word] if word[2] in known else []
    if len(run) >= 12:
        yield run


def _right(checker: Mnemonic, run: list[tuple[int, int, str]], length: int) -> bool:
    words = [w for _, _, w in run]
    return any(checker.check(" ".join(words[at : at + length])) for at in range(min(len(words) - length + 1, 40)))
