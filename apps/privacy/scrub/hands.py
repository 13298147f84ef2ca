"""Looking with several processes: the same code and the same results as alone, in less time on more cores.

The helpers get texts and rules and nothing else: no key, no database. They end with the process that began them.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from apps.privacy.scrub import look
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.look import Fixed, Looked, Rules, Written

#: Below so many messages starting helpers (a second of a core each) costs more than it saves.
WORTH = 20_000
BATCH = 5_000
ROOT = Path(__file__).resolve().parents[3]
_rules: tuple[bytes, Rules] = b"", Rules()
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

    def __init__(self, rules: Rules, ask: Callable[..., Future[Any]]) -> None:
        super().__init__(rules)
        self._ask, self._packed = ask, pickle.dumps(rules)

    def begin(self, work: Callable[..., T], *about: object) -> Callable[[], T]:
        future: Future[T] = self._ask(work, *about)
        return lambda: _told(future, lambda: work(*about))

    def look(self, lines: Sequence[Line], fixed: Fixed) -> Callable[[], dict[int, Looked]]:
        parts = [
            (start, lines[start:end], {n - start: places for n, places in fixed.items() if start <= n < end})
            for start, end in look.segments(lines)
        ]
        asked = [self._ask(_look, self._packed, part, burnt) for _, part, burnt in parts]
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
        asked = [self._ask(_holding, self._packed, part, known, names) for _, part in parts]
        alone = super().holding

        def result() -> list[int]:
            found: list[int] = []
            for (at, part), future in zip(parts, asked, strict=True):
                found += (at + number for number in _told(future, alone(part, known, names=names)))
            return found

        return result


def _told(future: Future[T], alone: Callable[[], T]) -> T:
    try:
        return future.result()
    except _Gone:
        return alone()


class _Gone(Exception):
    """A helper died. What it was asked is done by this process; whatever comes next, by another helper."""


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


class Helpers:
    """Processes that look, once they are started; until then, and where there is only one, this process looks."""

    def __init__(self, processes: int) -> None:
        self._count = processes
        self._threads: ThreadPoolExecutor | None = None  # each has a helper of its own, and waits for it
        self._own = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Begin to start them; they load their word lists while this process goes on."""
        if self._count > 1 and self._threads is None:
            self._threads = ThreadPoolExecutor(self._count)
            for _ in range(self._count):
                self._ask(_warm)

    def under(self, rules: Rules) -> Hands:
        """Whoever looks, by these rules."""
        return Hands(rules) if self._threads is None else _Many(rules, self._ask)

    def end(self) -> None:
        """Let them go, whatever they are at."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]

    def _ask(self, work: Callable[..., T], *about: object) -> Future[T]:
        assert self._threads is not None
        return self._threads.submit(self._asked, work, about)

    def _asked(self, work: Callable[..., T], about: tuple[object, ...]) -> T:
        process: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if process is None or process.poll() is not None:
            process = self._own.process = _started()
            self._all.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump((work, about), process.stdin, protocol=5)
            process.stdin.flush()
            well, answer = pickle.load(process.stdout)  # noqa: S301 - from our own child
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            process.kill()
            raise _Gone from None
        if not well:
            raise answer
        return cast(T, answer)


def _started() -> subprocess.Popen[bytes]:
    """It gets what Python needs of the environment, and no secrets."""
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TMPDIR", "OMP_WAIT_POLICY")}
    return subprocess.Popen(
        [sys.executable, "-m", "apps.privacy.scrub.helper", str(os.getpid())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**environment, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
    )  # fmt: skip


@contextmanager
def helpers(processes: int, messages: int = 0) -> Iterator[Helpers]:
    """Helpers that end with the block; started already where so many messages are worth it."""
    made = Helpers(processes)
    if messages >= WORTH:
        made.start()
    try:
        yield made
    finally:
        made.end()


def _warm() -> None:
    """Load what every look needs."""
    look.look([Line("a", None, "Warm the lists up, my pin is 4821, please call Ann")], {}, Rules())


def _opened(rules: bytes) -> Rules:
    """Rules come with every piece of work; they are opened when they are others than before."""
    global _rules
    if _rules[0] != rules:
        _rules = rules, pickle.loads(rules)  # noqa: S301 - from our own parent
    return _rules[1]


def _look(rules: bytes, lines: Sequence[Line], fixed: Fixed) -> dict[int, Looked]:
    return look.look(lines, fixed, _opened(rules))


def _holding(rules: bytes, texts: Sequence[Written], known: Known, names: bool) -> list[int]:
    return look.holding(texts, known, _opened(rules).names if names else None)
