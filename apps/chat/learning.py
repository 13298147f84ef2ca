"""Learns the weights of `doubt` from the lines beside it: who asks for a machine, and who only talks of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.chat import disclosure, doubt

LINES = Path(__file__).with_name("doubt.tsv")
EPOCHS, RATE, DECAY = 12, 0.12, 3e-5
Row = tuple[NDArray[np.int64], NDArray[np.float64], bool]


@dataclass(frozen=True)
class Line:
    """One invented message; `kind` is the way of asking, or what it is about."""

    language: str
    asks: bool
    kind: str
    text: str


def read(path: Path = LINES) -> list[Line]:
    """Language, `ask` or `talk` and a kind, and the text, parted by tabs; `#` opens a remark."""
    rows = (row.split("\t") for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("#"))
    return [Line(code, sort.startswith("ask "), sort.partition(" ")[2], text) for code, sort, text in rows]


def lines() -> list[Line]:
    """All that is learnt from: the lines of the file, and the examples beside the words, which may not be missed, thrice."""
    kept = ((section == "asks", disclosure.examples(section)) for section in ("asks", "talks"))
    examples = [Line(code, asks, "example", s) for asks, by in kept for code, said in by.items() for s in said]
    return examples * 3 + read()


def fit(learnt: Iterable[Line], seed: int = 7) -> NDArray[np.float16]:
    """Logistic regression by AdaGrad (Duchi et al. 2011), the mean of the later half of the epochs; (BUCKETS,) weights."""
    rows = [row for line in learnt for row in _rows(line)]
    weights, squares, total = np.zeros(doubt.BUCKETS), np.full(doubt.BUCKETS, 1e-2), np.zeros(doubt.BUCKETS)
    draw = np.random.default_rng(seed)
    for epoch in range(EPOCHS):
        for n in draw.permutation(len(rows)):
            _step(weights, squares, rows[n])
        if epoch >= EPOCHS // 2:
            total += weights
    return (total / (EPOCHS - EPOCHS // 2)).astype(np.float16)


def _step(weights: NDArray[np.float64], squares: NDArray[np.float64], row: Row) -> None:
    places, values, asks = row
    likely = 1 / (1 + np.exp(-np.sum(weights[places] * values)))
    slope = (likely - asks) * values + DECAY * weights[places]
    squares[places] += slope * slope
    weights[places] -= RATE * slope / np.sqrt(squares[places])


def _rows(line: Line) -> Iterator[Row]:
    """The line, the same without its question marks, and the sentences of one that does not ask each for itself."""
    said = disclosure.sentences(line.text, line.language)
    whole = [word for sentence in said for word in sentence]
    variants = [whole]
    if len(whole) > 4:
        variants.append(["." if word == "?" else word for word in whole])
    if not line.asks and len(said) > 1:
        variants += said
    return (_row(words, line) for words in variants)


def _row(words: list[str], line: Line) -> Row:
    """Every bucket once, with the sum of the values in it."""
    places: dict[int, float] = {}
    for name, value in doubt.features(words, disclosure.concepts(line.language)).items():
        at = doubt.bucket(name)
        places[at] = places.get(at, 0.0) + value
    return np.array(list(places), dtype=np.int64), np.array(list(places.values())), line.asks
