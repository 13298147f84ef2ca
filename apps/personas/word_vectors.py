"""Word vectors of one archive: words that stand in like places get like vectors (word2vec, Mikolov et al. 2013, through gensim). Pure.

They are learnt from scrubbed texts, cleaned like those that the question-and-answer family reads; it begins with them instead of
random numbers. One thread and a seed, so that the same texts give the same vectors.
"""

from __future__ import annotations

import io
import logging
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.personas.dataset import Dialogue
from apps.personas.language import FIGURES, Bubble

logging.getLogger("gensim").setLevel(logging.WARNING)  # it tells every step
Array = np.ndarray[Any, Any]
#: Words seen fewer times have no vector; more than `MOST` are not kept; a text of fewer words teaches nothing.
RARE, MOST, LEAST = 5, 6_000, 2
WINDOW, EPOCHS, SEED = 5, 10, 1
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def words(text: str) -> list[str]:
    """Words of a text in small letters; what has figures in it is none."""
    return [w.replace("’", "'") for w in _WORD.findall(FIGURES.sub(" ", text.lower())) if not any(c.isdigit() for c in w)]


def bare(bubble: Bubble) -> str:
    """A message without what stands for something that was taken out."""
    pieces, at = [], 0
    for mark in bubble.marks:
        pieces.append(bubble.text[at : mark.start])
        at = mark.end
    return " ".join([*pieces, bubble.text[at:]])


@dataclass(frozen=True)
class Vectors:
    """`words`, the most frequent first, `counts` of them, and a row of `rows` (length 1) for each."""

    words: tuple[str, ...]
    counts: tuple[int, ...]
    rows: Array

    def packed(self) -> bytes:
        """To be sealed: it tells what words an archive has."""
        file = io.BytesIO()
        text = np.frombuffer("\n".join(self.words).encode(), np.uint8)
        np.savez(file, words=text, counts=np.array(self.counts, np.int64), rows=self.rows.astype(np.float16))
        return file.getvalue()

    @classmethod
    def opened(cls, data: bytes) -> Vectors:
        """What `packed` gave."""
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            text = held["words"].tobytes().decode()
            return cls(
                tuple(text.split("\n")) if text else (), tuple(held["counts"].tolist()), held["rows"].astype(np.float32)
            )

    def near(self, word: str, most: int = 8) -> list[tuple[str, float]]:
        """The words nearest to one, with the cosine of the angle between them; nothing for a word that has no vector."""
        try:
            number = self.words.index(word)
        except ValueError:
            return []
        likeness = self.rows @ self.rows[number]
        likeness[number] = -np.inf
        best = np.argsort(-likeness, kind="stable")[:most]
        return [(self.words[n], float(likeness[n])) for n in best if likeness[n] > 0]

    def of(self, word: str) -> Array | None:
        """The vector of one word."""
        return self.rows[self.words.index(word)] if word in self.words else None


def learn(dialogues: Iterable[Dialogue], width: int, epochs: int = EPOCHS) -> Vectors:
    """Vectors of `width` numbers for the words of these dialogues; none where there is too little to read.

    What one side says without a pause is read as one text, with what was answered to it.
    """
    from gensim.models import Word2Vec  # the web process only looks at vectors

    texts = [t for d in dialogues for t in _texts(d) if len(t) >= LEAST]
    counts = Counter(w for t in texts for w in t)
    kept = sorted((w for w, n in counts.items() if n >= RARE), key=lambda w: (-counts[w], w))[:MOST]
    if len(kept) < 2:
        return Vectors((), (), np.zeros((0, width), np.float32))
    known = set(kept)
    model = Word2Vec(
        [[w for w in t if w in known] for t in texts], vector_size=width, window=WINDOW, min_count=RARE, sg=1, negative=5,
        sample=_sample(sum(counts.values())), epochs=epochs, seed=SEED, workers=1, hashfxn=_hash,
    )  # fmt: skip
    rows = np.stack([model.wv[w] for w in kept]).astype(np.float32)
    rows -= rows.mean(0)  # what all words share says nothing about any (Mu and Viswanath 2018)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return Vectors(tuple(kept), tuple(counts[w] for w in kept), rows)


def _texts(dialogue: Dialogue) -> Iterable[list[str]]:
    said = [[w for b in turn.bubbles for w in words(bare(b))] for turn in dialogue.turns]
    yield from ([*before, *after] for before, after in zip([[], *said], said, strict=False))


def _sample(total: int) -> float:
    """How much frequent words are passed over: less in small archives, where every word counts."""
    return 1e-2 if total < 50_000 else 1e-3


def _hash(word: str) -> int:
    """The same in every process, unlike Python's own."""
    return zlib.crc32(word.encode())


def begun(vectors: Vectors, pieces: Sequence[str], rows: Array, first: int) -> int:
    """Put vectors into `rows` [pieces behind the first `first`, width], scaled to what stands there; how many pieces got one."""
    found = {w: n for n, w in enumerate(vectors.words)}
    scale = float(np.sqrt((rows**2).mean())) * math.sqrt(rows.shape[1])
    count = 0
    for number, piece in enumerate(pieces):
        place = found.get(piece.strip().lower())
        if place is not None and len(piece.strip()) > 1:
            rows[first + number] = vectors.rows[place] * scale
            count += 1
    return count
