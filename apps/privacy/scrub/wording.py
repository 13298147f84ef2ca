"""Whether a name is a word as well: by lists, by frequency, and by how often it is met in these very texts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import log10
from typing import Any

import wordfreq

from apps.privacy.scrub import lexicon, surrogates

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ru")
#: Those of which the scrubber knows what secrets are called, and no more.
OTHERS = ("nl", "pl", "cs", "ro", "sv", "tr", "uk")
#: Zipf frequency (occurrences per billion words, logarithm) from which a word that is in no list of names is an ordinary one.
ORDINARY = 4.0
#: From here on a slip in such a word is taken for one in the word, not in the name.
COMMON = 4.5
#: From here on a name of another language is taken for the word that it is in this one.
VERY_COMMON = 5.2


@cache
def vocabulary(cyrillic: bool) -> frozenset[str]:
    """Ordinary words of the languages that are looked after (wordfreq's small lists)."""
    chosen = ("ru",) if cyrillic else tuple(code for code in LANGUAGES if code != "ru")
    return frozenset(word for code in chosen for word in wordfreq.get_frequency_dict(code, "small"))


@cache
def _words_elsewhere() -> frozenset[str]:
    """The ordinary words of `OTHERS`. Read when first asked for, and only that far: the lists are long."""
    paths = wordfreq.available_languages("small")
    last = round((9 - ORDINARY) * 100)  # from the most frequent down, in steps of a hundredth of a magnitude
    return frozenset(word for code in OTHERS for step in wordfreq.read_cBpack(paths[code])[: last + 1] for word in step)


def said_elsewhere(word: str) -> bool:
    """Whether it is an ordinary word in one of `OTHERS`."""
    return word in _words_elsewhere()


def ordinary(word: str) -> bool:
    """Whether a word of letters alone stands in one of the lists of ordinary words."""
    low = word.lower()
    return low.isalpha() and (low in vocabulary(low >= "а") or said_elsewhere(low))


def accented() -> Iterator[str]:
    """All ordinary words of Latin letters that have accents."""
    return (word for word in vocabulary(False) | _words_elsewhere() if not word.isascii() and word < "Ͱ")


@cache
def is_word(token: str, languages: tuple[str, ...] = LANGUAGES) -> bool:
    """Whether a name is an ordinary word as well, which then counts only where it is used as a name."""
    if any(token in lexicon.words(code) for code in languages):
        return True
    label = token in lexicon.kin()  # by which contacts are saved: few of those who are called so are talked about
    if not surrogates.is_name(token) or (label and not surrogates.is_first(token)):
        return frequency(token, languages) >= ORDINARY
    often = ORDINARY if label else VERY_COMMON
    return any(frequency(token, (code,)) >= often and not surrogates.is_name(token, code) for code in languages)


def is_label(token: str, languages: tuple[str, ...]) -> bool:
    """Whether a name is a word by which people are called without a name, and nobody's first: "Mann", "Schatz"."""
    return token in lexicon.kin() and not surrogates.is_first(token) and is_word(token, languages)


@cache
def frequency(token: str, languages: tuple[str, ...] = LANGUAGES) -> float:
    """How frequent a word is where it is most frequent (Zipf scale: the logarithm of its uses in a billion words)."""
    return max((wordfreq.zipf_frequency(token, code, "small") for code in languages if code in LANGUAGES), default=0.0)


def _count(counter: Counter[str], found: Iterable[str]) -> None:
    """One more of each: for a few words `update` takes several times as long, and every message comes by."""
    for one in found:
        counter[one] = counter.get(one, 0) + 1


#: Letters of scripts in which names of Latin letters are written as well.
_SCRIPTS = {"cyrillic": re.compile("[А-яЁёІіЇїЄєҐґ]{3}"), "greek": re.compile("[Ά-ώ]{3}")}


@dataclass
class Usage:
    """How often words were met that may be names, among how many: who is talked about shows in the numbers.

    `languages` are those that are spoken there; a word of another language is no reason to doubt a name. `scripts` are those of
    `_SCRIPTS` that were met; None where nobody has looked, and then there may be any. Of the `strict` tokens those that are a word in
    any language count only where the place is certain, however often they are met, and ordinary words that nobody is called only with
    a capital: what is replaced then can not be put back.
    """

    words: Counter[str] = field(default_factory=Counter)
    capitals: Counter[str] = field(default_factory=Counter)  # inside of a sentence
    total: int = 0
    languages: tuple[str, ...] = LANGUAGES
    scripts: frozenset[str] | None = None
    strict: frozenset[str] = frozenset()

    @property
    def written(self) -> frozenset[str]:
        """The scripts in which a name of Latin letters may stand as well."""
        return frozenset(_SCRIPTS) if self.scripts is None else self.scripts

    def look(self, text: str) -> None:
        """Count a message."""
        if self.scripts is None:
            self.scripts = frozenset()
        if not text.isascii() and len(self.scripts) < len(_SCRIPTS):
            self.scripts |= {name for name, letters in _SCRIPTS.items() if letters.search(text)}
        tokens = text.split()
        self.total += len(tokens)
        if met := surrogates.mentioned(map(str.lower, tokens)):
            _count(self.words, met)
            if text[1:] != text[1:].lower():
                inside = {
                    low
                    for one, next_ in pairwise(tokens)
                    if next_[0].isupper() and one[-1] not in ".!?:" and (low := next_.lower()) in met
                }
                _count(self.capitals, inside)

    def doubtful(self, token: str) -> bool:
        """Whether a name is a word, and is not met far more often than that word would be."""
        if token in self.strict:
            return is_word(token)
        if not is_word(token, self.languages):
            return False
        expected = self.total * 10 ** (frequency(token, self.languages) - 9)
        noun = "de" in self.languages and token in lexicon.words("de")  # written with a capital anyway
        proper = self.capitals[token] >= 2 and not noun and self.words[token] <= 4 * self.capitals[token]
        return not proper and self.words[token] < 20 + 10 * expected

    def taken_for_word(self, token: str) -> tuple[bool, bool]:
        """Whether a name is a word in the languages that are spoken there, and doubtful."""
        return is_word(token, self.languages), self.doubtful(token)

    def leaning(self, token: str) -> float:
        """What the archive itself says for a word being a name: met oftener than the word would be, with capitals."""
        if token in self.strict:
            return 0.0
        expected = self.total * 10 ** (frequency(token, self.languages) - 9)
        return min(1.0, log10((self.words[token] + 1) / (expected + 1)))

    def of_names(self, names: Iterable[str]) -> dict[str, Any]:
        """What is worth keeping: the counts of these names and their short forms, as JSON."""
        tokens = {low for name in names for low in (name.lower(), *lexicon.nicknames().get(name.lower(), ()))}
        strict = {"strict": sorted(self.strict)} if self.strict else {}
        return strict | {
            "words": {t: n for t, n in self.words.items() if t in tokens},
            "capitals": {t: n for t, n in self.capitals.items() if t in tokens},
            "total": self.total, "languages": list(self.languages), "scripts": sorted(self.written),
        }  # fmt: skip

    @classmethod
    def opened(cls, kept: dict[str, Any]) -> Usage:
        """What `of_names` kept."""
        scripts = frozenset(kept["scripts"]) if "scripts" in kept else None  # nobody looked before there were any
        strict = frozenset(kept.get("strict", ()))
        return cls(
            Counter(kept["words"]), Counter(kept["capitals"]), kept["total"], tuple(kept["languages"]), scripts, strict
        )

    def with_earlier(self, other: Usage) -> Usage:
        """Counts of both; languages of both, where the other has counted anything."""
        if not other.total:
            return self
        spoken = tuple(dict.fromkeys((*other.languages, *self.languages))) if self.total else other.languages
        scripts = self.written | other.written if self.total else other.scripts
        return Usage(self.words + other.words, self.capitals + other.capitals, self.total + other.total, spoken, scripts)
