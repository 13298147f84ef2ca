"""Looking with several processes: the same code and the same results as alone, in less time on more cores.

The helpers get texts and rules and nothing else: no key, no database. They end with the process that began them.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

from apps.privacy.scrub import look
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.look import Fixed, Looked, Rules, Written

#: Below so many messages starting helpers (a second of a core each) costs more than it saves.
WORTH = 20_000
BATCH = 5_000
_rules: Rules = Rules()
T = TypeVar("T")


class Hands:
    """Whoever looks: this process, when it is asked for a result."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def begin(self, work: Callable[..., T], *about: object) -> Callable[[], T]:
        """Begin any other pure work; what is returned waits for the result."""
        return lambda: work(*about)

    def look(self, lines: Sequence[Line], fixed: Fixed) -> Callable[[], dict[int, Looked]]:
        """Begin to look at a conversation."""
        return lambda: look.look(lines, fixed, self.rules)

    def holding(self, texts: Sequence[Written], known: Known, *, names: bool) -> Callable[[], list[int]]:
        """Begin with `look.holding`, with the rules' names or without."""
        return lambda: look.holding(texts, known, self.rules.names if names else None)


class _Many(Hands):
    """Helpers: a conversation in segments, several conversations at once. Where a helper dies, this process looks itself."""

    def __init__(self, rules: Rules, pool: ProcessPoolExecutor) -> None:
        super().__init__(rules)
        self._pool = pool

    def begin(self, work: Callable[..., T], *about: object) -> Callable[[], T]:
        future = self._asked(work, *about)
        return lambda: _told(future, lambda: work(*about))

    def look(self, lines: Sequence[Line], fixed: Fixed) -> Callable[[], dict[int, Looked]]:
        parts = [
            (start, lines[start:end], {n - start: places for n, places in fixed.items() if start <= n < end})
            for start, end in look.segments(lines)
        ]
        asked = [self._asked(_look, part, burnt) for _, part, burnt in parts]
        alone = super().look

        def result() -> dict[int, Looked]:
            found: dict[int, Looked] = {}
            for (start, part, burnt), future in zip(parts, asked, strict=True):
                told = _told(future, alone(part, burnt))
                found.update((start + number, one) for number, one in told.items())
            return found

        return result

    def holding(self, texts: Sequence[Written], known: Known, *, names: bool) -> Callable[[], list[int]]:
        parts = [(at, texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        asked = [self._asked(_holding, part, known, names) for _, part in parts]
        alone = super().holding

        def result() -> list[int]:
            found: list[int] = []
            for (at, part), future in zip(parts, asked, strict=True):
                found += (at + number for number in _told(future, alone(part, known, names=names)))
            return found

        return result

    def _asked(self, work: Callable[..., T], *about: object) -> Future[T] | None:
        try:
            return self._pool.submit(work, *about)
        except BrokenProcessPool:
            return None


def _told(future: Future[T] | None, alone: Callable[[], T]) -> T:
    try:
        return alone() if future is None else future.result()
    except BrokenProcessPool:
        return alone()


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """While hundreds of thousands of messages are held, looking for garbage among them again and again takes a fifth of the time."""
    before = gc.get_threshold()
    _collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _collect_rarely() -> None:
    gc.freeze()  # word lists and automata stay: nobody need walk through them
    gc.set_threshold(200_000, 20, 100)


def wanted(asked: int) -> int:
    """How many processes a setting asks for; 0: one for each core, four at most."""
    return asked or min(4, os.cpu_count() or 1)


@contextmanager
def hands(rules: Rules, processes: int, messages: int) -> Iterator[Hands]:
    """Helpers for so many messages, where there are processes for them; else this process alone."""
    if processes < 2 or messages < WORTH:
        yield Hands(rules)
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(rules, os.getpid()))
    try:
        yield _Many(rules, pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(rules: Rules, parent: int) -> None:
    """In a helper: keep the rules, and end with the parent, even by kill -9 (Linux)."""
    global _rules
    _rules = rules
    _collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(0)  # it died before we could ask to be told


def _look(lines: Sequence[Line], fixed: Fixed) -> dict[int, Looked]:
    return look.look(lines, fixed, _rules)


def _holding(texts: Sequence[Written], known: Known, names: bool) -> list[int]:
    return look.holding(texts, known, _rules.names if names else None)
