"""Ways to go on with a sentence at 8 bits: what was read of a talk is kept between two keys, and the likeliest words are followed.

Each way begins with another word: the model's own probabilities say with which, also in the middle of a word that is
being typed (tokens that only go on with it count, "token healing"). Behind its first word every way is the likeliest one, so
nothing is drawn, and the same letters give the same ways. CTranslate2 keeps the state of a static prompt per instance.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Talks whose state one voice keeps, and for how long after the last key.
MOST_TALKS, KEEP_SECONDS = 4, 120.0
#: Of a word that is being typed, how many tokens are looked at again.
HALF_WORD = 4
BLANKS = "Ġ▁"  # how tokens spell the blank before a word
REPETITION = 1.1
Scores = NDArray[np.float32]


class Kept:
    """Instances that have read the beginning of a talk, by talk; while one is in use it is nobody else's."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._talks: OrderedDict[str, tuple[list[str], Any, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._talks)

    def take(self, talk: str, known: list[str]) -> tuple[Any, bool]:
        """An instance for a talk that begins with `known`, and whether it has read that: never one of another talk."""
        with self._lock:
            self._drop(time.monotonic() - KEEP_SECONDS)
            found = self._talks.pop(talk, None) if talk else None
        if found is not None and found[0] == known:
            return found[1], True
        return self._make(), False  # an instance would keep every prompt it was ever given

    def put(self, talk: str, known: list[str], instance: Any) -> None:
        """Keep it until the next key."""
        if talk:
            with self._lock:
                self._talks[talk] = (known, instance, time.monotonic())
                while len(self._talks) > MOST_TALKS:
                    self._talks.popitem(last=False)

    def _drop(self, before: float) -> None:
        for talk in [t for t, (_, _, used) in self._talks.items() if used < before]:
            del self._talks[talk]


class Ahead:
    """One look ahead: an instance of a model, what it has read, and what must not be said."""

    def __init__(self, instance: Any, known: list[str], banned: list[list[str]], finals: list[int]) -> None:
        self._instance, self._known, self._last = instance, known[:-1], known[-1:]  # something must be left to ask behind
        self._banned, self._finals = banned, [str(t) for t in finals]
        self._never = [int(b[0]) for b in banned if len(b) == 1]

    def _common(self) -> dict[str, Any]:
        return {
            "static_prompt": self._known, "cache_static_prompt": True, "include_prompt_in_result": False, "sampling_topk": 1,
            "suppress_sequences": self._banned, "end_token": self._finals,
        }  # fmt: skip

    def likely(self, head: Sequence[int]) -> Scores:
        """Log-probabilities [vocabulary] of what follows `head`."""
        made = self._instance.generate_batch(
            [[*self._last, *map(str, head)]], max_length=1, return_logits_vocab=True, **self._common()
        )
        logits = np.asarray(made[0].logits[0], np.float32).reshape(-1)
        logits[self._never] = -np.inf
        shifted = logits - logits.max()
        scores: Scores = shifted - np.log(np.exp(shifted).sum())
        return scores

    def follow(
        self, firsts: list[list[int]], most: int, ends: Callable[[int], bool], stop: Callable[[], bool]
    ) -> list[list[int]]:
        """The likeliest tokens behind each beginning, at most `most`; what was made so far when stopped."""
        rows: list[list[int]] = [[] for _ in firsts]
        asked, gone = -1, False

        def take(step: Any) -> bool:
            nonlocal asked, gone
            if step.step > asked:  # once for all rows
                asked, gone = step.step, gone or stop()
            rows[step.batch_id].append(step.token_id)
            return gone or ends(step.token_id)

        named = [[*self._last, *map(str, first)] for first in firsts]
        self._instance.generate_batch(named, max_length=most, callback=take, repetition_penalty=REPETITION, **self._common())
        return rows


def best(scores: Scores, count: int, among: Sequence[int] | None = None) -> list[tuple[float, int]]:
    """The `count` likeliest tokens with their scores."""
    places = np.asarray(among, np.int64) if among is not None else np.arange(len(scores))
    order = places[np.argsort(scores[places])[::-1][:count]]
    return [(float(scores[n]), int(n)) for n in order if np.isfinite(scores[n])]
