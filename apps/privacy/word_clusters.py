"""Clusters of words that stand in the same places, from open dialogues: what lets small letters be read as names. Pure."""

from __future__ import annotations

import json
import lzma
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Sets whose licences allow it (NOTICE); share-alike sets and texts of unclear origin stay out.
SETS = (
    "self_dialogue", "gitter", "irc_ubuntu", "casino", "synthetic_persona_chat", "star",
    "taskmaster3", "taskmaster4", "qmsum_meetings", "spacelog", "gitter_multilingual",
)  # fmt: skip
CONTEXTS, WORDS, LEAST = 1_500, 25_000, 8
FINE, COARSE, WIDTH, ROUNDS = 400, 60, 64, 25
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]|\d+")
_ENDS = frozenset(".!?\"':-")

Matrix = NDArray[np.float32]


def texts(folder: Path) -> Iterator[str]:
    """The first 400 characters of every message of the sets in `folder`."""
    for name in SETS:
        path = folder / f"dialogues-{name}.jsonl.xz"
        if not path.exists():
            continue
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from (text[:400] for _, text in json.loads(line)["turns"])


class Counts:
    """Words, their capitals in the middle of sentences, and the messages as numbers."""

    def __init__(self, all_texts: Iterable[str]) -> None:
        self.seen: Counter[str] = Counter()
        self.middle: Counter[str] = Counter()
        self.capital: Counter[str] = Counter()
        self.stream = array("i")
        self._number: dict[str, int] = {"": 0}
        for text in all_texts:
            self._add(_TOKEN.findall(text))

    def _add(self, words: list[str]) -> None:
        lower = [word.lower() for word in words]
        self.seen.update(lower)
        self.stream.extend(self._number.setdefault(word, len(self._number)) for word in lower)
        self.stream.append(0)
        if 2 * sum(word[0].isupper() for word in words) > len(words):
            return  # titles and shouting say nothing about capitals
        for before, word, low in zip(words, words[1:], lower[1:], strict=False):
            if word[0].isalpha() and before not in _ENDS:
                self.middle[low] += 1
                self.capital[low] += word[0].isupper()

    def vocabulary(self) -> list[str]:
        return [word for word, count in self.seen.most_common(WORDS) if count >= LEAST]

    def capitals(self, word: str) -> int:
        """0 (never) to 4 (always); 9 for words not seen enough."""
        return min(4, 5 * self.capital[word] // self.middle[word]) if self.middle[word] > 4 else 9

    def neighbours(self, words: list[str]) -> Matrix:
        """How often each word stood beside each of the most common ones: left, then right; edges of messages count as one."""
        contexts = min(CONTEXTS, len(words))
        row = np.full(len(self._number), -1)
        row[[self._number[word] for word in words]] = np.arange(len(words))
        column = np.where((row >= 0) & (row < contexts), row, -1)
        column[0] = contexts
        stream = np.frombuffer(self.stream, dtype=np.int32)
        rows, columns = row[stream], column[stream]
        counts = np.zeros((len(words), 2 * (contexts + 1)), dtype=np.float32)
        for own, near, side in ((rows[1:], columns[:-1], 0), (rows[:-1], columns[1:], contexts + 1)):
            both = (own >= 0) & (near >= 0)
            np.add.at(counts, (own[both], near[both] + side), 1)
        return counts


def vectors(counts: Matrix, seed: int) -> Matrix:
    """Unit vectors from positive pointwise mutual information by a randomised singular value decomposition."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    base = counts.sum(axis=0, keepdims=True) ** 0.75
    mutual = np.maximum(0, np.log((share + 1e-12) / (base / base.sum() + 1e-12))).astype(np.float32)
    width = min(WIDTH, *mutual.shape)
    probe = np.random.default_rng(seed).standard_normal((mutual.shape[1], width)).astype(np.float32)
    basis, _ = np.linalg.qr(mutual @ probe)
    for _ in range(3):
        basis, _ = np.linalg.qr(mutual @ (mutual.T @ basis))
    left, size, _ = np.linalg.svd(basis.T @ mutual, full_matrices=False)
    return _unit((basis @ left) * np.sqrt(size))


def _unit(rows: Matrix) -> Matrix:
    made: Matrix = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return made


def k_means(points: Matrix, count: int, seed: int) -> NDArray[Any]:
    """The number of the nearest of `count` centres for each unit vector (spherical k-means from random points)."""
    count = min(count, len(points))
    centres = points[np.random.default_rng(seed).permutation(min(len(points), 6_000))[:count]]
    near = np.zeros(len(points), dtype=np.int64)
    for _ in range(ROUNDS):
        near = (points @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, near, points)
        centres = _unit(sums)
    return near


def table(all_texts: Iterable[str], seed: int = 1) -> str:
    """The file that `features.clusters` reads: a line per fine cluster, its coarse one, its words each with a digit for capitals."""
    counts = Counts(all_texts)
    words = counts.vocabulary()
    points = vectors(counts.neighbours(words), seed)
    fine, coarse = k_means(points, FINE, seed), k_means(points, COARSE, seed)
    lines: dict[int, list[str]] = {}
    middle: dict[int, Counter[int]] = {}
    for word, number, wide in zip(words, fine.tolist(), coarse.tolist(), strict=True):
        if word[0].isalpha():
            lines.setdefault(number, []).append(f"{word}{counts.capitals(word)}")
            middle.setdefault(number, Counter())[wide] += 1
    rows = (f"{middle[n].most_common(1)[0][0]} {' '.join(sorted(lines[n]))}" for n in sorted(lines))
    return "# Made by train_names from open dialogues (NOTICE): coarse cluster, then words, each with its share of capitals.\n" + "\n".join(rows) + "\n"  # fmt: skip
