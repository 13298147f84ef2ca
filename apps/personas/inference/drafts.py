"""What is being said by one voice: tokens come in, words that may be said go out, a forbidden word is taken back."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Collection, Iterator
from enum import Enum

from apps.personas.inference.decoding import TRIES, Veto, nothing
from apps.personas.inference.generate import Voice

#: Tokens that are made faster than this are handed over together: waking a thread for each costs a fifth of the speed.
HAND_SECONDS = 0.008
WAIT_SECONDS = 0.2  # between looks whether it is still wanted


class Took(Enum):
    """What became of a token: kept; the last word was taken back with it; or nothing more follows."""

    KEPT = "kept"
    REWOUND = "rewound"
    OVER = "over"


class Draft:
    """`take` and `end` are called by the engine, `words` by who listens; `open`: more is to come.

    With a `veto` tokens go out word by word: a word that it forbids is taken back and chosen anew without its first token,
    `TRIES` times (MemFree decoding, Ippolito et al. 2022); then nothing more is said.
    """

    def __init__(self, voice: Voice, limit: int, veto: Veto, finals: Collection[int]) -> None:
        """`limit` in tokens; after one of `finals` nothing follows."""
        self.voice, self.limit, self.veto, self.finals = voice, limit, veto, finals
        self._out: queue.SimpleQueue[list[int] | BaseException | None] = queue.SimpleQueue()
        self._ready: list[int] = []
        self._handed = 0.0
        self.said: list[int] = []
        self.given = self.tries = 0
        self._refused: list[int] = []
        self.open = limit > 0

    def refused(self) -> list[int]:
        """Tokens that must not be chosen next."""
        return self._refused if len(self.said) == self.given else []

    def take(self, token: int) -> Took:
        """The next token. Whatever the veto raises comes through."""
        if not self.open:
            return Took.OVER
        if self.veto is not nothing and len(self.said) > self.given and self.voice.begins(token):
            if self.veto(self.voice.said(self.said)):
                return self._rewind()
            self._give()
        self.said.append(token)
        if self.veto is nothing or self.voice.ends(token):
            self._give()
        if token in self.finals or len(self.said) >= self.limit:
            return self.finish()
        return Took.KEPT

    def _rewind(self) -> Took:
        self.tries += 1
        self._refused.append(self.said[self.given])
        del self.said[self.given :]
        self.open = self.tries <= TRIES
        return Took.REWOUND if self.open else Took.OVER

    def finish(self) -> Took:
        """Nothing more is made: the last word goes out, if it may."""
        if self.given < len(self.said) and not self.veto(self.voice.said(self.said)):
            self._give()
        self.open = False
        return Took.OVER

    def _give(self) -> None:
        self._ready += self.said[self.given :]
        if time.monotonic() - self._handed > HAND_SECONDS:
            self._hand()
        self.given, self.tries, self._refused = len(self.said), 0, []

    def _hand(self) -> None:
        self._out.put(self._ready)
        self._ready, self._handed = [], time.monotonic()

    def end(self, error: BaseException | None = None) -> None:
        """A run of the engine is over, perhaps by an error; what is ready is handed over first."""
        self._hand()
        self._out.put(error)

    def words(self, stop: Callable[[], bool]) -> Iterator[int]:
        """Tokens of one run as they may be said, until it ends or `stop`. Raises what went wrong in the engine."""
        while True:
            try:
                tokens = self._out.get(timeout=WAIT_SECONDS)
            except queue.Empty:  # in the queue, or a slow model
                tokens = []
                if stop():
                    self.open = False
                    return
            if tokens is None:
                return
            if isinstance(tokens, BaseException):
                raise tokens
            for token in tokens:
                if stop():
                    self.open = False
                    return
                yield token
