"""How somebody writes, in a few numbers, and how far two ways of writing are apart. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from apps.personas.likeness import HABITS

Reply = Sequence[str]  # the messages of one turn

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_EMOJI = re.compile("[\U0001f1e6-\U0001faff\u2600-\u27bf\u2b50\u2b55]|(?<!\\w)[:;=]['\\-]?[)(DPpO/|]")


def measured(replies: Sequence[Reply]) -> dict[str, float]:
    """Means over messages: log2 of characters, messages a turn, shares of messages with each habit, distinct pairs of words."""
    texts = [text for reply in replies for text in reply if text]
    if not texts:
        return dict.fromkeys(HABITS, 0.0)
    count = len(texts)
    return {
        "length": sum(math.log2(1 + len(t)) for t in texts) / count,
        "bubbles": count / max(1, len(replies)),
        "punctuation": sum(t.rstrip()[-1:] == "." for t in texts) / count,
        "questions": sum("?" in t for t in texts) / count,
        "exclamations": sum("!" in t for t in texts) / count,
        "emoji": sum(bool(_EMOJI.search(t)) for t in texts) / count,
        "lower": sum(t[:1].islower() for t in texts) / count,
        "distinct": distinct(texts),
    }


def distinct(texts: Sequence[str], window: int = 400) -> float:
    """Different pairs of words over all pairs (distinct-2, Li et al. 2016), within the first `window` pairs: longer texts repeat."""
    pairs = [pair for t in texts for words in [_words(t)] for pair in pairwise(words)][:window]
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def favourites(texts: Sequence[str], everybody: Counter[str], most: int = 30) -> set[str]:
    """The words that somebody uses most beyond their share in everybody's (log-odds with a prior, Monroe et al. 2008)."""
    own = Counter(w for t in texts for w in _words(t))
    total, prior = sum(own.values()), sum(everybody.values())
    if not total or not prior:
        return set()

    def odds(word: str) -> float:
        mine, all_of_them = own[word] + 0.5, everybody[word] + 0.5
        return (math.log(mine / total) - math.log(all_of_them / prior)) / math.sqrt(1 / mine + 1 / all_of_them)

    return set(sorted((w for w in own if own[w] >= 2), key=lambda w: (-odds(w), w))[:most])


def counted(texts: Sequence[str]) -> Counter[str]:
    """Words and how often they stand in texts."""
    return Counter(w for t in texts for w in _words(t))


def distances(own: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """For each feature |own − other| over the larger of the two (0 = the same, 1 = one of them never does it)."""
    return {k: abs(own[k] - other[k]) / max(own[k], other[k], 1e-9) if max(own[k], other[k]) > 0 else 0.0 for k in HABITS}
