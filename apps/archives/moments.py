"""Seconds since 1970 as a moment of the calendar, where there is one. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: float | None) -> datetime | None:
    """None for a message without a time, and for a time before the year 1 or after the year 9999."""
    try:
        return None if at is None else datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError, ValueError):
        return None
