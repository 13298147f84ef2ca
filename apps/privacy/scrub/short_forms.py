"""Short and fond forms of first names that no list has, by how such forms are made: "Steffi", "Fefe", "Nando". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What is put behind the beginning of a name, the longest first; a letter may be doubled before it ("Debbie").
_ENDS = (
    "ушка", "юшка", "енька", "онька", "очка", "ечка", "уся", "юся", "уля", "юля", "юша", "уша", "аша", "яша", "ик", "ка", "ша", "ся", "ня", "я", "а",
    "chen", "lein", "inho", "inha", "zinho", "zinha", "ito", "ita", "cito", "cita", "uccio", "uccia", "etto", "etta", "ette", "ino", "ina",
    "ou", "ie", "ey", "le", "li", "i", "y", "o", "a", "u", "e", "s", "z",
)  # fmt: skip
#: The fewest letters of the beginning that must be left; of an ending that stands for the name ("Beth", "Nando"); of a form.
BEGINNING, ENDING, SHORTEST = 3, 4, 3
_DOUBLED = re.compile(r"(.)\1$")


class ShortForms:
    """Which of some first names a word may be made of."""

    def __init__(self) -> None:
        self._begin: dict[str, str] = {}
        self._end: dict[str, str] = {}

    def add(self, bare: str, name: str) -> None:
        """Learn a first name in small letters, `bare` of accents; of two that share a beginning the first one is meant."""
        for length in range(BEGINNING, len(bare)):
            self._begin.setdefault(bare[:length], name)
        for start in range(2, len(bare) - ENDING + 1):
            self._end.setdefault(bare[start:], name)

    def parts(self) -> Iterable[str]:
        """What a form is compared with: all beginnings and ends."""
        return (*self._begin, *self._end)

    def of(self, low: str, cut: bool = False) -> str:
        """The name that this word, in small letters, is a form of, or with `cut` its beginning or end; "" when it is of none."""
        if len(low) < SHORTEST or cut:
            return self._begin.get(low) or self._end.get(low, "")
        if name := self._begin.get(low) or self._end.get(low) or self._twice(low):
            return name
        for ending in _ENDS:
            if (
                low.endswith(ending)
                and len(rest := low[: -len(ending)]) >= BEGINNING
                and len(rest) + len(ending) >= SHORTEST
            ):
                bare = _DOUBLED.sub(r"\1", rest)
                if made := self._begin.get(rest) or self._begin.get(bare, ""):
                    return made
        return ""

    def _twice(self, low: str) -> str:
        """ "Juju", "Lolo": the first syllable said twice."""
        twin = len(low) == 4 and low[:2] == low[2:]
        return next((name for begin, name in self._begin.items() if begin.startswith(low[:2])), "") if twin else ""
