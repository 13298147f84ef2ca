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
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from apps.privacy.scrub import look
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.look import Fixed, Looked, Rules, Written
from apps.privacy.scrub.names import Names

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

    def holding(self, texts: Sequence[Written], known: Known, names: Names | None) -> Callable[[], list[int]]:
        """Begin with `look.holding`."""
        return lambda: look.holding(texts, known, names)


class _Task(Generic[T]):
    """Work that a helper was asked for, and that this process does itself where no helper has begun."""

    def __init__(self, future: Future[T], alone: Callable[[], T], others: deque[_Task[Any]]) -> None:
        self._future, self._alone, self._others = future, alone, others
        self._value: list[T] = []
        others.append(self)

    def taken(self) -> bool:
        """Whether nobody had begun; then it is done now."""
        if not self._value and self._future.cancel():
            self._value.append(self._alone())
            return True
        return False

    def result(self) -> T:
        """Instead of waiting for a helper, this process does what comes last."""
        self.taken()
        while not self._value and not self._future.done() and self._others:
            self._others.pop().taken()
        if self._value:
            return self._value.pop()
        try:
            return self._future.result()
        except _Gone:
            return self._alone()


class _Many(Hands):
    """Helpers: a conversation in segments, several conversations at once. Where a helper dies, this process looks itself."""

    def __init__(self, rules: Rules, ask: Callable[..., Future[Any]]) -> None:
        super().__init__(rules)
        self._ask, self._packed = ask, pickle.dumps(rules)
        self._tasks: deque[_Task[Any]] = deque(maxlen=1_000)

    def _task(self, alone: Callable[[], T], work: Callable[..., T], *about: object) -> _Task[T]:
        return _Task(self._ask(work, *about), alone, self._tasks)

    def begin(self, work: Callable[..., T], *about: object) -> Callable[[], T]:
        return self._task(lambda: work(*about), work, *about).result

    def look(self, lines: Sequence[Line], fixed: Fixed) -> Callable[[], dict[int, Looked]]:
        tasks: list[tuple[int, _Task[dict[int, Looked]]]] = []
        for start, end in look.segments(lines):
            part, burnt = lines[start:end], {n - start: places for n, places in fixed.items() if start <= n < end}
            tasks.append((start, self._task(super().look(part, burnt), _look, self._packed, part, burnt)))
        return lambda: {start + number: one for start, task in tasks for number, one in task.result().items()}

    def holding(self, texts: Sequence[Written], known: Known, names: Names | None) -> Callable[[], list[int]]:
        tasks: list[tuple[int, _Task[list[int]]]] = []
        packed = None if names is None else self._packed if names is self.rules.names else pickle.dumps(Rules(names=names))
        for at in range(0, len(texts), BATCH):
            part = texts[at : at + BATCH]
            alone = super().holding(part, known, names)
            tasks.append((at, self._task(alone, _holding, packed, part, known)))
        return lambda: [at + number for at, task in tasks for number in task.result()]


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
    """How many processes a setting asks for, this one counted; 0: one for each core, four at most."""
    return asked or min(4, os.cpu_count() or 1)


class Helpers:
    """Processes that look, once they are started; until then, and where there is only one, this process looks."""

    def __init__(self, processes: int) -> None:
        self._count = processes - 1  # this one looks too, where it would wait
        self._threads: ThreadPoolExecutor | None = None  # each has a helper of its own, and waits for it
        self._own = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Begin to start them; they load their word lists while this process goes on."""
        if self._count > 0 and self._threads is None:
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


def _holding(rules: bytes | None, texts: Sequence[Written], known: Known) -> list[int]:
    return look.holding(texts, known, None if rules is None else _opened(rules).names)
