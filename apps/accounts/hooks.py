"""How an app tells those above it, which it may not know, that something happens: when they are ready, they say whom to call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Hook(Generic[P]):
    """Called, it calls all who have registered, in their order; what one of them raises ends it."""

    def __init__(self) -> None:
        self._called: list[Callable[P, None]] = []

    def register(self, called: Callable[P, None]) -> None:
        """Called once by each app above when it is ready."""
        self._called.append(called)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for called in self._called:
            called(*args, **kwargs)
