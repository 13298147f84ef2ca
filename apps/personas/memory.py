"""What a persona may remember: passages of the talks that it learnt from, found by the words that were just said. Pure.

BM25 (Robertson and Zaragoza 2009, through bm25s) over windows of a few turns; the passages that fit best stand before the talk as
something that was said earlier. Texts are scrubbed ones, and the index is made in memory from a sealed file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from bm25s import BM25

from apps.personas import wire
from apps.personas.dataset import Dialogue
from apps.personas.language import Me, Turn

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells every index that it builds
TURNS = 4  # of a passage
STEP = 2
FIRST = 5  # that are looked at
CHARACTERS = 600  # of passages that stand before a talk
MOST = 50_000  # passages of one persona
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Words of a text as they are compared."""
    return [w for w in _WORD.findall(text.casefold()) if len(w) > 1]


@dataclass(frozen=True)
class Passage:
    """Some turns of one talk, and how well they fit."""

    others: tuple[str, ...]
    turns: tuple[Turn, ...]
    score: float = 0.0

    @property
    def size(self) -> int:
        """Characters."""
        return sum(len(b.text) for t in self.turns for b in t.bubbles)


def passages(dialogues: Iterable[Dialogue]) -> list[Dialogue]:
    """Windows of `TURNS` turns, each beginning `STEP` after the one before; the newest are kept when there are too many."""
    found = [
        Dialogue(d.others, d.turns[at : at + TURNS])
        for d in dialogues
        for at in range(0, max(1, len(d.turns) - STEP), STEP)
        if any(words(t.text) for t in d.turns[at : at + TURNS])
    ]
    return found[-MOST:]


def packed(dialogues: Iterable[Dialogue]) -> bytes:
    """What is kept of the talks, to be sealed."""
    return wire.packed(passages(dialogues))


class Memory:
    """Passages that can be asked. Opening costs about a second for 10,000 of them."""

    def __init__(self, data: bytes) -> None:
        (self._passages,) = wire.unpacked(data)
        texts = [words(" ".join(t.text for t in p.turns)) for p in self._passages]
        self._index = BM25()
        if texts:
            self._index.index(texts, show_progress=False)

    def __len__(self) -> int:
        return len(self._passages)

    def find(self, text: str, most: int = FIRST) -> list[Passage]:
        """The passages that fit best, the best first; none that share no word."""
        asked = [w for w in words(text) if w in self._index.vocab_dict] if self._passages else []
        if not asked:
            return []
        scores = np.asarray(self._index.get_scores(asked))
        best = np.argsort(-scores, kind="stable")[: most * STEP]
        found: list[Passage] = []
        for number in best.tolist():
            passage = self._passages[number]
            if scores[number] > 0 and not any(_overlap(passage, f) for f in found):  # neighbours hold the same turns
                found.append(Passage(passage.others, passage.turns, float(scores[number])))
        return found[:most]

    def recalled(self, text: str) -> list[Passage]:
        """What stands before a talk: of the best those that fit into `CHARACTERS`."""
        room, chosen = CHARACTERS, []
        for passage in self.find(text):
            if passage.size <= room:
                chosen.append(passage)
                room -= passage.size
        return chosen

    def nearest(self, reply: str, most: int = 3) -> list[tuple[str, float]]:
        """Real replies that are most like this one, with the share of its words that stand in a row in them."""
        own = words(reply)
        found = {said for p in self.find(reply, 20) for t in p.turns if isinstance(t.speaker, Me) for said in [t.text]}
        rows = [(said, copied(own, words(said))) for said in found]
        return sorted((r for r in rows if r[1] > 0), key=lambda r: (-r[1], r[0]))[:most]


def _overlap(one: Dialogue, other: Passage) -> bool:
    return any(t is u or t == u for t in one.turns for u in other.turns)


def copied(own: Sequence[str], other: Sequence[str]) -> float:
    """The longest run of words that both have, over the words of `own`: 1 is a copy, 0 nothing in common."""
    if not own or not other:
        return 0.0
    best, before = 0, [0] * (len(other) + 1)
    for word in own:
        now = [0] * (len(other) + 1)
        for n, theirs in enumerate(other, 1):
            if word == theirs:
                now[n] = before[n - 1] + 1
                best = max(best, now[n])
        before = now
    return best / len(own)
