"""Wall clocks: names of days and months, twelve hours, and the summers of two continents."""

from __future__ import annotations

import calendar
import time
from functools import lru_cache

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT = tuple(month[:3] for month in MONTHS)
HOUR = 3600


def utc(at_ms: int, offset: int = 0) -> time.struct_time:
    """The clock `offset` seconds east of Greenwich."""
    return time.gmtime(at_ms // 1000 + offset)


def iso(at_ms: int, offset: int = 0, joint: str = "T") -> str:
    t = utc(at_ms, offset)
    return f"{t[0]:04}-{t[1]:02}-{t[2]:02}{joint}{t[3]:02}:{t[4]:02}:{t[5]:02}"


def iso_ms(at_ms: int, offset: int = 0, joint: str = "T") -> str:
    return f"{iso(at_ms, offset, joint)}.{at_ms % 1000:03}"


def half_day(hour: int) -> tuple[int, str]:
    return hour % 12 or 12, "AM" if hour < 12 else "PM"


@lru_cache(64)
def _sunday(year: int, month: int, nth: int) -> int:
    """Midnight (UTC) of the nth Sunday of a month; -1 is the last."""
    days = [week[6] for week in calendar.monthcalendar(year, month) if week[6]]
    return calendar.timegm((year, month, days[nth], 0, 0, 0))


def pacific(at_ms: int) -> tuple[int, str]:
    """Offset in seconds and the zone's short name on the American west coast."""
    now = at_ms // 1000
    year = time.gmtime(now)[0]
    summer = _sunday(year, 3, 1) + 10 * HOUR <= now < _sunday(year, 11, 0) + 9 * HOUR
    return (-7 * HOUR, "PDT") if summer else (-8 * HOUR, "PST")


def central_europe(at_ms: int) -> tuple[int, str]:
    now = at_ms // 1000
    year = time.gmtime(now)[0]
    summer = _sunday(year, 3, -1) + HOUR <= now < _sunday(year, 10, -1) + HOUR
    return (2 * HOUR, "UTC+02") if summer else (HOUR, "UTC+01")
