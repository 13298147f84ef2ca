"""Whose words are these? A classifier of authors by their letters, and how often it takes a persona's words for its person's.

Method: multinomial naive Bayes over runs of one to three characters within words (Keselj et al. 2003 for character n-grams,
Koppel et al. 2009 for authorship); messages of a group are judged together, their log-likelihoods added.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import MultinomialNB

GROUP = 20
ROUNDS = 400
FEATURES = 2**16
#: Fewer messages than this say little about anybody.
LEAST = 60


class Authors:
    """Learns who writes how. Every author counts alike, however much they wrote."""

    def __init__(self, texts: Mapping[str, Sequence[str]], seed: int = 1) -> None:
        rng = random.Random(seed)
        self.names = sorted(texts)
        fewest = min(len(texts[n]) for n in self.names)
        chosen = {n: rng.sample(list(texts[n]), fewest) for n in self.names}
        self._letters = HashingVectorizer(
            analyzer="char_wb", ngram_range=(1, 3), lowercase=False, alternate_sign=False, norm=None, n_features=FEATURES
        )
        self._model = MultinomialNB(alpha=0.1, fit_prior=False)
        rows = [text for n in self.names for text in chosen[n]]
        self._model.fit(self._letters.transform(rows), [n for n in self.names for _ in chosen[n]])

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """[texts, authors]: log-likelihood of every text under every author."""
        found: NDArray[np.float64] = np.asarray(self._model.predict_joint_log_proba(self._letters.transform(texts)))
        return found


@dataclass(frozen=True)
class Attributed:
    """How often groups of messages were given to the right author: share, and its 5th and 95th percentile."""

    share: float
    low: float
    high: float
    group: int
    messages: int


def attributed(authors: Authors, name: str, texts: Sequence[str], group: int = GROUP, seed: int = 1) -> Attributed:
    """Draw groups of `group` messages and ask whose they are; the range comes from drawing the messages anew (bootstrap)."""
    scores = authors.scores(texts)
    right = authors.names.index(name)
    rng = np.random.default_rng(seed)
    group = min(group, max(1, len(texts) // 2))

    def share(rows: NDArray[np.float64], rounds: int) -> float:
        picks = np.stack([rng.choice(len(rows), group, replace=False) for _ in range(rounds)])
        return float((rows[picks].sum(1).argmax(1) == right).mean())

    whole = share(scores, ROUNDS)
    again = [share(scores[rng.integers(0, len(scores), len(scores))], 50) for _ in range(100)]
    low, high = np.quantile(again, [0.05, 0.95])
    return Attributed(whole, float(low), float(high), group, len(texts))
