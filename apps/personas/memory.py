"""What a persona may remember: passages of the talks that it learnt from, found by the words that were just said. Pure.

BM25 (Robertson and Zaragoza 2009, through bm25s) over windows of a few turns, joined with the nearest by meaning where a version
has vectors of its passages, and with the nearest in time where a day was chosen, by reciprocal rank fusion (Cormack et al. 2009).
The passages that fit best stand before the talk as something that was said earlier. Texts are scrubbed ones, and the index is made
in memory from a sealed file.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
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
POOL = 50  # of each order that is joined
RANK = 60  # softens the first places of an order
_VECTORS = b"passages with vectors 1\n"
_WORD = re.compile(r"[^\W_]+")
Vectors = npt.NDArray[Any]


def words(text: str) -> list[str]:
    """Words of a text as they are compared."""
    return [w for w in _WORD.findall(text.casefold()) if len(w) > 1]


@dataclass(frozen=True)
class Passage:
    """Some turns of one talk, and how well they fit."""

    others: tuple[str, ...]
    turns: tuple[Turn, ...]
    score: float = 0.0
    number: int = -1  # its place in the memory

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


class Encoder(Protocol):
    """A model of the meaning of sentences; `name` tells vectors of one from those of another."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text."""


def packed(dialogues: Iterable[Dialogue], encoder: Encoder | None = None) -> bytes:
    """What is kept of the talks, to be sealed; with an encoder the vectors of the passages come first."""
    found = passages(dialogues)
    plain = wire.packed(found)
    if encoder is None or not found:
        return plain
    vectors = encoder.encode([_text(p) for p in found]).astype("<f2")
    head = json.dumps({"encoder": encoder.name, "count": len(vectors), "width": vectors.shape[1]}).encode() + b"\n"
    return _VECTORS + head + vectors.tobytes() + plain


def _opened(data: bytes) -> tuple[list[Dialogue], str, Vectors | None]:
    if not data.startswith(_VECTORS):
        (plain,) = wire.unpacked(data)
        return plain, "", None
    end = data.index(b"\n", len(_VECTORS))
    head = json.loads(data[len(_VECTORS) : end])
    size = 2 * head["width"] * head["count"]
    (plain,) = wire.unpacked(data[end + 1 + size :])
    vectors = np.frombuffer(data[end + 1 : end + 1 + size], "<f2").reshape(-1, head["width"])
    return plain, str(head["encoder"]), vectors


def _text(passage: Dialogue) -> str:
    return " ".join(t.text for t in passage.turns)


class Memory:
    """Passages that can be asked. Opening costs about a second for 10,000 of them."""

    def __init__(self, data: bytes) -> None:
        self._passages, self.encoder, self._vectors = _opened(data)
        texts = [words(_text(p)) for p in self._passages]
        self._index = BM25()
        if texts:
            self._index.index(texts, show_progress=False)

    def __len__(self) -> int:
        return len(self._passages)

    def find(
        self, text: str, most: int = FIRST, *, day: float | None = None, encoder: Encoder | None = None
    ) -> list[Passage]:
        """The passages that fit best, the best first: by words, by meaning where the `encoder` is the one that made the vectors,
        and nearest to a `day` (seconds). By words alone none that share no word."""
        orders = [self._by_words(text)]
        if encoder is not None and self._vectors is not None and encoder.name == self.encoder and text.strip():
            orders.append(self._by_meaning(encoder.encode([text])[0]))
        if day is not None:
            orders.append(self._by_day(day, [n for order in orders for n in order] or range(len(self))))
        found: list[Passage] = []
        for number, score in joined(orders):
            passage = self._passages[number]
            if not any(_overlap(passage, f) for f in found):  # neighbours hold the same turns
                found.append(Passage(passage.others, passage.turns, score, number))
        return found[:most]

    def _by_words(self, text: str) -> list[int]:
        asked = [w for w in words(text) if w in self._index.vocab_dict] if self._passages else []
        if not asked:
            return []
        scores = np.asarray(self._index.get_scores(asked))
        return [n for n in np.argsort(-scores, kind="stable")[:POOL].tolist() if scores[n] > 0]

    def _by_meaning(self, asked: Vectors) -> list[int]:
        assert self._vectors is not None
        near = self._vectors.astype(np.float32) @ asked
        return [int(n) for n in np.argsort(-near, kind="stable")[:POOL]]

    def _by_day(self, day: float, numbers: Iterable[int]) -> list[int]:
        known = ((n, at) for n in dict.fromkeys(numbers) if (at := _time(self._passages[n])) is not None)
        return [n for n, _ in sorted(known, key=lambda pair: abs(pair[1] - day))[:POOL]]

    def numbered(self, numbers: Iterable[int]) -> list[Passage]:
        """Passages by their places; those that are not there are left out."""
        known = ((n, self._passages[n]) for n in numbers if 0 <= n < len(self))
        return [Passage(p.others, p.turns, 0.0, n) for n, p in known]

    def recalled(self, text: str, day: float | None = None, encoder: Encoder | None = None) -> list[Passage]:
        """What stands before a talk: of the best those that fit into `CHARACTERS`."""
        room, chosen = CHARACTERS, []
        for passage in self.find(text, day=day, encoder=encoder):
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


def joined(orders: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: what stands far ahead in several orders comes first. One order alone stays as it is."""
    scores: dict[int, float] = {}
    for order in orders:
        for rank, number in enumerate(order, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def _time(passage: Dialogue) -> float | None:
    return next((b.at for t in passage.turns for b in t.bubbles if b.at is not None), None)


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
