"""The only door to torch: what workers talk to, chosen by the setting PERSONA_ENGINE. Nothing here imports torch by itself."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings

from apps.jobs.causes import Expected
from apps.personas import controls
from apps.personas.clock import Clock
from apps.personas.language import Speaker, Turn
from apps.personas.memory import Encoder
from apps.personas.wire import Unanswered, Weights


class Engine(Protocol):
    """What an engine offers. Each call yields (kind, value) pairs as `inference.generate.Op` describes them.

    `others` and `heads` are as the version was told of people (`introducing`), `seats` and speakers are names.
    """

    def reply(
        self,
        spec: Weights,
        others: Sequence[str],
        turns: Sequence[Turn],
        sampling: Any,
        stop: Callable[[], bool],
        veto: Callable[[str], bool] = ...,
        talk: str = ...,
    ) -> Iterator[Any]: ...

    def converse(
        self,
        spec: Weights,
        seats: Sequence[Speaker],
        turns: Sequence[Turn],
        count: int,
        sampling: Any,
        stop: Callable[[], bool],
        veto: Callable[[str], bool] = ...,
        present: Sequence[str] = ...,
        heads: Sequence[str] = ...,
        clock: Clock | None = ...,
    ) -> Iterator[Any]: ...

    def complete(
        self,
        spec: Weights,
        others: Sequence[str],
        turns: Sequence[Turn],
        begun: str,
        sampling: Any,
        stop: Callable[[], bool],
    ) -> str: ...

    def completions(
        self,
        spec: Weights,
        others: Sequence[str],
        turns: Sequence[Turn],
        begun: str,
        sampling: Any,
        count: int,
        stop: Callable[[], bool],
        talk: str = ...,
    ) -> list[str]: ...

    def forget(self, key: str) -> None: ...


log = logging.getLogger(__name__)
_open: dict[str, Engine] = {}
_encoders: dict[str, Encoder | None] = {}
_lock = threading.Lock()


def door() -> Engine:
    """The engine of this worker process, opened on first use."""
    with _lock:
        if "engine" not in _open:
            _open["engine"] = _remote() if settings.REPLY_RUNTIME == controls.VLLM else _local()
        return _open["engine"]


def warm() -> None:
    """Open the engine before anybody asks: torch and transformers take seconds to load. What fails is told to whoever asks."""
    try:
        door()
    except Exception as error:
        log.warning("the engine did not open yet: %s", type(error).__name__)


def _local() -> Engine:
    engine: Engine = import_module(settings.PERSONA_ENGINE).open_engine(
        settings.MODELS_DIR, settings.TORCH_THREADS, settings.REPLY_RUNTIME
    )
    return engine


def _remote() -> Engine:
    from apps.personas.inference import vllm

    place = vllm.Place(
        settings.VLLM_URL, settings.VLLM_FOLDER, settings.VLLM_KEY, settings.VLLM_ADAPTERS, settings.VLLM_FALLBACK
    )
    return vllm.open_engine(settings.MODELS_DIR, settings.TORCH_THREADS, place)


@contextmanager
def telling() -> Iterator[None]:
    """What an engine cannot do now is told to the user."""
    try:
        yield
    except Unanswered as error:
        raise Expected(str(error)) from error


def offered(base: str) -> controls.Controls:
    """What the runtime of a base lets people set."""
    return controls.of(settings.REPLY_RUNTIME, base)


def forget(key: str) -> None:
    """Drop a voice, where an engine is open at all."""
    if "engine" in _open:
        _open["engine"].forget(key)


def sampling(values: dict[str, Any]) -> Any:
    """Sampling settings from plain values; unknown ones are ignored, wild ones brought to sense."""
    from apps.personas.inference.sampling import Sampling

    known = {k: v for k, v in values.items() if k in Sampling.__dataclass_fields__}
    return Sampling(**known).clamped()


def encoder() -> Encoder | None:
    """The sentence encoder of MEMORY_ENCODER, opened on first use; None where none is set, or it cannot be read."""
    if not settings.MEMORY_ENCODER:
        return None
    with _lock:
        if settings.MEMORY_ENCODER not in _encoders:
            try:
                made = import_module("apps.personas.inference.encoding").Encoder(settings.MEMORY_ENCODER)
            except (OSError, ValueError) as error:
                log.error("MEMORY_ENCODER cannot be read (%s); memory goes by words alone", type(error).__name__)
                made = None
            _encoders[settings.MEMORY_ENCODER] = made
        return _encoders[settings.MEMORY_ENCODER]


def examiner_command() -> list[str]:
    """How to start the process that looks for leaks and compares a persona with its person."""
    return [sys.executable, "-m", "apps.personas.evaluation.process"]


def trainer_command() -> list[str]:
    """How to start a trainer process."""
    return [sys.executable, "-m", "apps.personas.training.process"]
