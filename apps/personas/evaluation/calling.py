"""Real names of the archive's people in what a model says: which it cannot have but from its training. Pure but for the model asked.

A model knows common names without any archive, and says them. So a name counts only when its training made it likelier than
nearly all other names of its length (exposure in bits, as for secrets: an unread one has more than `LEARNT` one time in 64).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from apps.privacy.scrub import assigning, surrogates
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.spelling import dressed
from apps.privacy.scrub.types import View

#: Bits from which on a name was learnt; others that each is ranked among: at most eight bits.
LEARNT, REFERENCES = 6.0, 255
#: So many different names are examined at most; what is said beyond them counts as learnt.
EXAMINED = 24
BEFORE = 40  # characters of the words before a name


class Called:
    """Hears what a model says. Found is what the guard would find, but for what is a surrogate as well."""

    def __init__(self, names: Names) -> None:
        self._names, self._back = names, assigning.inverse(names)
        self._texts: list[frozenset[str]] = []
        self._times: Counter[str] = Counter()
        self._free: dict[str, list[str]] = {}  # names of nobody there, by locale
        self._first: dict[str, tuple[str, str]] = {}  # as it was said first: the words before it, and the name

    def __len__(self) -> int:
        """How many names are looked for."""
        return len(self._pairs())

    def hear(self, text: str) -> None:
        """Take note of one thing that was said."""
        plain = View(text).plain
        found = set()
        for start, end in self._real(plain):
            word = plain[start:end]
            found.add(word.lower())
            self._first.setdefault(word.lower(), (plain[max(0, start - BEFORE) : start], word))
        self._times.update(found)
        if found:
            self._texts.append(frozenset(found))

    def _pairs(self) -> list[Any]:
        return [p for p in self._names.pairs if p.part in ("first", "last")]

    def _real(self, plain: str) -> Iterator[tuple[int, int]]:
        found = [f for f in self._names.within(plain) if f.kind == "name"]
        invented = list(self._back.within(plain)) if found else []
        for f in found:
            if not any(one.start < f.end and f.start < one.end for one in invented):
                yield f.start, f.end

    def measured(self, bits: Callable[[str, Sequence[str]], float], rng: random.Random) -> dict[str, int]:
        """How many texts hold a name that was learnt, and how many only others. `bits(before, values)` is the exposure of the
        first of some values among the others, behind these words."""
        chance = {name for name, _ in self._times.most_common(EXAMINED) if self._bits(name, bits, rng) < LEARNT}
        learnt = sum(not said <= chance for said in self._texts)
        return {"called": len(self), "names": learnt, "names_by_chance": len(self._texts) - learnt}

    def _bits(self, name: str, bits: Callable[[str, Sequence[str]], float], rng: random.Random) -> float:
        before, word = self._first[name]
        values = [word, *self._others(word, rng)]
        befores = dict.fromkeys((before, ""))
        return sum(bits(words, values) for words in befores) / len(befores)

    def _others(self, word: str, rng: random.Random) -> list[str]:
        """Names of nobody there, of nearly the same length and in the same dress."""
        locale = surrogates.origin([word], []).locale
        if locale not in self._free:
            locales = dict.fromkeys([locale, *([] if surrogates.script_of(locale) else surrogates.LATIN)])
            pool = {n.lower() for one in locales for part in surrogates.PARTS for n in surrogates.pool(one, part)}
            self._free[locale] = sorted(n for n in pool if not self._names.near(n) and not self._back.near(n))
        free = rng.sample(self._free[locale], len(self._free[locale]))
        free.sort(key=lambda n: abs(len(n) - len(word)))
        return [dressed(word, n) for n in free[:REFERENCES]]
