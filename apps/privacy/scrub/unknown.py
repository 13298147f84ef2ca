"""Names, places and organisations that no list of the archive knows, by a small model (names_model/README.md). Pure.

Not one of the detectors: who calls it decides what its findings are worth.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Protocol

import pycrfsuite

from apps.privacy.scrub import features
from apps.privacy.scrub.taggers import Taggers
from apps.privacy.scrub.types import Finding, View

#: What the labels of the training text are called as kinds of findings.
KINDS = {"PER": "name", "LOC": "place", "ORG": "organisation"}
#: How likely a word must be part of a name, in messages with capitals and in those where capitals tell nothing; chosen by
#: `train_names` on parts of its training text that were held out (figures.json).
SURE, SURE_PLAIN = 0.4, 0.5
RANK = 5
#: A word is looked at when it is at least this likely a name without its neighbours …
PROMISE = 0.1
#: … together with so many words on either side.
AROUND = 4
#: … and a part with more words than that is read in pieces, each of them once.
LONGEST_PART = 128
_WORDS_KEPT = 50_000


class Finder(Protocol):
    """Anything that finds names in many texts: this model, or a neural one behind a setting (docs/decisions/0016)."""

    def names(self, texts: Sequence[str]) -> list[list[Finding]]: ...


class Model:
    """A conditional random field as crfsuite writes it."""

    def __init__(self, raw: bytes) -> None:
        self._taggers = Taggers(raw)
        known = frozenset(self._taggers.here().labels())
        self._kinds = [(kind, *(f"{how}-{kind}" if f"{how}-{kind}" in known else "" for how in "BI")) for kind in KINDS]
        self._promises: tuple[dict[str, float], dict[str, float]] = {}, {}

    def labels(self, words: Sequence[str], sure: float, start: int = 0, end: int | None = None, how: str = "") -> list[str]:
        """A label ("O", "B-PER", …) for each of `words[start:end]`: the likeliest kind where a name is likely enough."""
        tagger = self._taggers.here()
        tagger.set(features.features(words, start, end, how))
        out: list[str] = []
        for at, word in enumerate(words[start:end]):
            if features.is_handle(word) or (likely := 1 - tagger.marginal("O", at)) < sure:
                out.append("O")
                continue
            kind, begins, goes_on = self._likeliest(tagger, at, likely)
            follows = goes_on > begins and bool(out) and out[-1][2:] == kind
            out.append(f"{'I' if follows else 'B'}-{kind}")
        return out

    def _likeliest(self, tagger: pycrfsuite.Tagger, at: int, likely: float) -> tuple[str, float, float]:
        """The likeliest kind of a word that is a name with the probability `likely`; how likely it begins or goes on with one."""
        best = "", 0.0, 0.0
        for kind, begins, goes_on in self._kinds:
            one = kind, _chance(tagger, begins, at), _chance(tagger, goes_on, at)
            if not best[0] or one[1] + one[2] > best[1] + best[2]:
                best = one
            if best[1] + best[2] > 0.5 * likely + 1e-6:
                break  # the others have the rest between them
        return best

    def promise(self, word: str, first: bool) -> float:
        """How likely a word is part of a name, as the first of a sentence or inside one, whatever is around it."""
        if len(word) > features.LONGEST:
            return 0.0
        promises = self._promises[first]
        known = promises.get(word)
        if known is None:
            if len(promises) >= _WORDS_KEPT:
                promises.clear()
            known = promises[word] = self._weighed(word, first)
        return known

    def _weighed(self, word: str, first: bool) -> float:
        if not features.may_be_name(word):
            return 0.0
        tagger = self._taggers.here()
        tagger.set(features.features([word, "is"] if first else ["to", word, "."]))
        return float(1 - tagger.marginal("O", 0 if first else 1))

    def windows(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """The parts of a message that may hold names, in order, without overlaps; most messages have none."""
        parts: list[tuple[int, int]] = []
        first = True
        for at, word in enumerate(words):
            if self.promise(word, first) >= PROMISE:
                start, end = max(0, at - AROUND), at + AROUND + 1
                if parts and start <= parts[-1][1] and end - parts[-1][0] <= LONGEST_PART:
                    parts[-1] = (parts[-1][0], end)
                elif not parts or end > parts[-1][1]:
                    parts.append((max(start, parts[-1][1] if parts else 0), end))
            first = word in features.ENDS
        return parts

    def read(self, words: Sequence[str], sure: float) -> list[str]:
        """A label for each word of a message; empty where no word of it may be part of a name (most messages)."""
        parts = self.windows(words)
        if not parts:
            return []
        out = ["O"] * len(words)
        how, read = features.style(words), dict[tuple[int, int, tuple[str, ...]], list[str]]()
        for start, end in parts:
            before = min(2, start)  # features tell of two words on either side
            part = before, end - start, tuple(words[start - before : end + 2])
            if part not in read:
                read[part] = self.labels(words, sure, start, end, how)
            out[start:end] = read[part]
        return out


def _chance(tagger: pycrfsuite.Tagger, label: str, at: int) -> float:
    return float(tagger.marginal(label, at)) if label else 0.0  # labels that no word of the training text had


@cache
def model() -> Model:
    """The model that ships with the project, read once."""
    packed = resources.files("apps.privacy.scrub.names_model") / "names.crfsuite.xz"
    return Model(lzma.decompress(packed.read_bytes()))


def gate(view: View) -> bool:
    """Whether any word of the text may be part of a name."""
    return bool(model().windows(features.words(view.plain)))


def sureness(words: Sequence[str], cased: float = SURE, plain: float = SURE_PLAIN) -> float:
    """The threshold for a message: `plain` where all letters are small, or all large."""
    return cased if features.style(words) == "m" else plain


def find(view: View, sure: float | None = None, using: Model | None = None) -> Iterator[Finding]:
    """Spans of `view.plain` of the kinds name, place and organisation that are sure enough; @handles are left out."""
    words = features.words(view.plain)
    labels = (using or model()).read(words, sureness(words) if sure is None else sure)
    if labels:
        yield from _spans(features.tokens(view.plain), labels)


def _spans(tokens: Sequence[features.Token], labels: Sequence[str]) -> Iterator[Finding]:
    """Labels as findings; the sign of a hashtag and the 's behind a name are no part of it."""
    at = 0
    while at < len(labels):
        after = at + 1
        if labels[at] != "O":
            while after < len(labels) and labels[after][0] == "I":
                after += 1
            last = after - 1
            while last > at and not tokens[last].text[0].isalnum() and tokens[last].text[0] != "#":
                last -= 1
            begin = tokens[at].start + (tokens[at].text[0] == "#")
            if any(c.isalpha() for token in tokens[at : last + 1] for c in token.text):
                yield Finding(begin, tokens[last].end, KINDS[labels[at][2:]], RANK)
        at = after
