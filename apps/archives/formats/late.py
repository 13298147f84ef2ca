"""Large expressions that are compiled when they are first asked.

Every upload is read by a process of its own, which imports all readers and uses one of them: to compile what the others ask
takes longer than to start Python.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    def __init__(self, pattern: str, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """A method of the pattern; from then on it is this object's own."""
        found = getattr(re.compile(*self._given), name)
        self.__dict__[name] = found
        return found


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, compiled at the first use. A wrong pattern raises `re.error` only then."""
    return cast("re.Pattern[str]", _Late(pattern, flags))
