"""An era: who somebody was between two dates. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apps.personas.dataset import Chat, boundaries
from apps.personas.language import Me

Held = tuple[float, float, float]


def within(chat: Chat, era: tuple[float, float], held: Held | None = None) -> list[int]:
    """Leave only what was written in an era, [from, before); returns the places of what stays.

    What was frozen to be measured on stays it; where none of it lies in the era, what an earlier version of the era `held` out, and
    for the first one the era's own last tenth.
    """
    kept = [n for n, line in enumerate(chat.lines) if line.at is not None and era[0] <= line.at < era[1]]
    chat.lines = [chat.lines[n] for n in kept]
    own = [line.at for line in chat.lines if isinstance(line.speaker, Me) and line.at is not None]
    if not any(chat.validate_from <= at <= chat.test_to for at in own):
        chat.validate_from, chat.test_from, chat.test_to = held or boundaries(chat.lines)
    return kept


def words(config: dict[str, Any]) -> str:
    """The period of a version for people, both days in it; empty for all years."""
    first, last = _day(config.get("since")), _day(config.get("until"), -1)
    return f"{first} to {last}" if first and last else f"from {first}" if first else f"until {last}" if last else ""


def _day(at: Any, seconds: int = 0) -> str:
    """The day of a moment and so many seconds; empty where it is none."""
    try:
        return datetime.fromtimestamp(at + seconds, UTC).date().isoformat() if at is not None else ""
    except (TypeError, ValueError, OverflowError, OSError):  # a number beyond all calendars, or none at all
        return ""
