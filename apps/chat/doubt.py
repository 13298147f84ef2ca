"""How much a sentence sounds like a doubt whether this is a machine: a linear model over words, letters and concepts. Pure.

Every word is brought to its concept first ("bot", "siri": machine; "sei", "ты": you), so that what is learnt of one
language serves the others: "my brother says you are a bot" is `they doubt you machine` in each. Features are single
concepts, pairs and triples of neighbours, pairs anywhere, words, pairs of words and runs of 3 to 5 letters; each is
hashed into one of 32,768 weights (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"). The
score is the logarithm of the odds; `reasons` says which features made it. `learning` makes the weights from `doubt.tsv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import log1p
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("doubt.npz")
BUCKETS = 1 << 15
LONGEST_PHRASE = 4
#: How much one feature of a kind counts; a word has many runs of letters.
CONCEPT, WORD, LETTERS = 0.8, 0.5, 0.1

Concepts = Mapping[str, str]
Features = dict[str, float]


def concepts(words: Sequence[str], known: Concepts) -> list[str]:
    """The concepts of a sentence in order, the longest phrase first; a word without one is `_`, a filler nothing."""
    made: list[str] = []
    at = 0
    while at < len(words):
        for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
            concept = known.get(" ".join(words[at : at + size]))
            if concept is not None:
                break
        else:
            size, concept = 1, "_"
        if concept and not (concept == "_" and made and made[-1] == "_"):
            made.append(concept)
        at += size
    return made


def features(words: Sequence[str], known: Concepts) -> Features:
    """What the model looks at: name of the feature, how much it counts; letters once for each different word."""
    found = _joint(words, known)
    for word in dict.fromkeys(words):
        for name, value in _spelt(word).items():
            found[name] = found.get(name, 0.0) + value
    return found


def _joint(words: Sequence[str], known: Concepts) -> Features:
    """The features of the words together."""
    line = ["^", *concepts(words, known), "$"]
    found: Features = {"bias": 1.0}
    for n, one in enumerate(line):
        found["c " + one] = CONCEPT
        for size in (2, 3):
            if n + size <= len(line):
                found["c " + " ".join(line[n : n + size])] = CONCEPT
    here = sorted(set(line) - {"^", "$", "_"})
    for n, one in enumerate(here):
        for other in here[n + 1 :]:
            found[f"c {one} & {other}"] = CONCEPT
    found["c length"] = log1p(len(words)) / 3
    for one, other in pairwise(words):
        found[f"w {one} {other}"] = WORD
    return found


def _spelt(word: str) -> Features:
    """The word and its runs of 3 to 5 letters."""
    padded = f" {word} "
    found = {"l " + padded[at : at + size]: LETTERS for size in (3, 4, 5) for at in range(len(padded) - size + 1)}
    return {"w " + word: WORD, **found}


def score(words: Sequence[str], known: Concepts) -> float:
    """Logarithm of the odds that the words ask."""
    return _total(_joint(words, known)) + sum(_spelt_score(word) for word in dict.fromkeys(words))


def _total(found: Features) -> float:
    weights = _weights()
    return sum(weights[bucket(name)] * value for name, value in found.items())


@lru_cache(maxsize=20_000)
def _spelt_score(word: str) -> float:
    return _total(_spelt(word))


def reasons(words: Sequence[str], known: Concepts, most: int = 8) -> list[tuple[str, float]]:
    """The features that moved the score most, with what each added."""
    added = [(name, _weights()[bucket(name)] * value) for name, value in features(words, known).items()]
    return sorted(added, key=lambda one: (-abs(one[1]), one[0]))[:most]


def bucket(name: str) -> int:
    """Which weight a feature uses."""
    return crc32(name.encode()) % BUCKETS


@cache
def _weights() -> list[float]:
    """A list: picking single numbers out of an array is slower."""
    with np.load(WEIGHTS) as stored:
        return [float(w) for w in stored["weights"].astype(np.float32)]


def use(weights: NDArray[np.float16]) -> None:
    """Store weights and score with them from now on."""
    np.savez_compressed(WEIGHTS, weights=weights)
    _weights.cache_clear()
    _spelt_score.cache_clear()
