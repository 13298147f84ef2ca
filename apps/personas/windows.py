"""Turns → windows of a length that a model reads at once, so that every token is learnt once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Protocol

from apps.personas.language import Encoded, Turn


class Codec(Protocol):
    """How dialogues become tokens for one family of models."""

    def encode(
        self, others: Sequence[str], turns: Sequence[Turn], *, own: float, theirs: float, heads: float, figures: bool = False
    ) -> Encoded:
        """Token ids with the weight of learning each; figures weigh nothing, unless `figures` says so."""
        ...


def head(coded: Encoded, opening: Sequence[str], turn: Turn, codec: Codec) -> int:
    """How many tokens of a window that begins with this turn stand before its words."""
    wordless = codec.encode(opening, (replace(turn, bubbles=()),), own=0, theirs=0, heads=0).ids
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(coded.ids, wordless, strict=False)))


def parted(sample: Encoded, length: int, head: int = 0) -> Iterator[Encoded]:
    """A turn that is longer than `length` in pieces of at most that many tokens to learn from; each token is learnt once.

    Every later piece begins with the end of the head and with what stood right before it, both a quarter at most; they weigh
    nothing.
    """
    quarter = max(1, length // 4)
    first = sample.ids[max(0, head - quarter) : head]
    room, at = length + 1 - len(first) - quarter, length + 1
    yield replace(sample, ids=sample.ids[:at], weights=sample.weights[:at])
    while at < len(sample.ids):
        ids, weights = sample.ids[at - quarter : at + room], sample.weights[at : at + room]
        yield replace(sample, ids=[*first, *ids], weights=[0.0] * (len(first) + quarter) + weights)
        at += room


def windows(opening: Sequence[str], turns: Sequence[Turn], codec: Codec, length: int) -> Iterator[tuple[list[Turn], int]]:
    """(turns, how many of them are repeated context): as much of it as leaves room for the next turn.

    A turn that is longer than `length` is a window of its own.
    """
    first = len(codec.encode(opening, (), own=0, theirs=0, heads=0).ids)
    sizes = [len(codec.encode(opening, (t,), own=0, theirs=0, heads=0).ids) - first for t in turns]
    start = context = 0
    while start + context < len(sizes):
        end, total = start, first
        while end < len(sizes) and (total + sizes[end] <= length or end == start + context):
            total += sizes[end]
            end += 1
        yield list(turns[start:end]), context
        context = min(2, end - start - 1) if end < len(sizes) else 0
        while context and first + sum(sizes[end - context : end + 1]) > length:
            context -= 1
        start = end - context
