"""An engine that takes its time: what PERSONA_ENGINE may name. It needs no model; it counts who is written for at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WORDS, SECONDS = 6, 0.1


@dataclass
class Op:
    kind: str
    value: str = ""


class Slow:
    """Six words in 0.6 seconds. `order` are the talks as they began, `together` those that were written for at each beginning."""

    def __init__(self) -> None:
        self.live: set[str] = set()
        self.order: list[str] = []
        self.together: list[frozenset[str]] = []
        self.lock = threading.Lock()

    def reply(self, *_: Any, talk: str = "", **__: Any) -> Iterator[Op]:
        with self.lock:
            self.live.add(talk)
            self.order.append(talk)
            self.together.append(frozenset(self.live))
        try:
            yield Op("turn")
            yield Op("bubble")
            for number in range(WORDS):
                time.sleep(SECONDS)
                yield Op("text", f"word{number} ")
        finally:
            with self.lock:
                self.live.discard(talk)

    def forget(self, key: str) -> None: ...


def open_engine(*_: Any) -> Slow:
    return Slow()
