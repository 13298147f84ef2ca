"""What an invented conversation is set in: a topic, a day, and whether its lines have times. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from apps.personas import clock

LONGEST_TOPIC = 200
#: Years that a clock may show.
FIRST, LAST = clock.read("1900-01-01") or 0.0, clock.read("2200-01-01") or 0.0


@dataclass(frozen=True)
class Scene:
    """`topic` as a model may read it and as its owner `typed` it; `start` in seconds of `clock`, `dated` where its owner chose it."""

    topic: str = ""
    typed: str = ""
    start: float | None = None
    dated: bool = False
    times: bool = False

    @property
    def day(self) -> float | None:
        """The day that the owner chose."""
        return self.start if self.dated else None

    @property
    def field(self) -> str:
        """The chosen day as a browser's field for a date and a time takes it."""
        return clock.exact(self.start)[:16] if self.dated and self.start is not None else ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Setting:
    """What the owner chose for a scene: a topic in their words, a day as the browser's field gives it, times or none."""

    topic: str = ""
    day: str = ""
    times: bool = False


PLAIN = Setting()


def of(seats: dict[str, Any]) -> Scene:
    """The scene of a conversation; an empty one where none was set."""
    return Scene(**seats.get("scene", {}))


def day(text: str) -> float | None:
    """What somebody chose as a date and a time; None for nothing. Raises ValueError for what is no day between 1900 and 2200."""
    if not text.strip():
        return None
    at = clock.read(text)
    if at is None or not FIRST <= at <= LAST:
        raise ValueError
    return at
