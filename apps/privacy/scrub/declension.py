"""How Russian names decline: words of one class take the same endings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_ENDINGS = {
    "кий": ("кий", "кого", "кому", "ким", "ком", "кая", "кой", "кую", "кие", "ких"),
    "ов": ("", "а", "у", "ым", "е", "ой", "ою", "ы", "ых", "ыми"),
    "ия": ("ия", "ии", "ию", "ией", "ие"),
    "я": ("я", "и", "е", "ю", "ей", "ёй", "ь"),
    "а": ("а", "ы", "и", "е", "у", "ой", "ою"),
    "ий": ("ий", "ия", "ию", "ием", "ии"),
    "й": ("й", "я", "ю", "ем", "е"),
    "ь": ("ь", "я", "ю", "ем", "ём", "е"),
    "": ("", "а", "у", "ом", "ем", "е"),
}
#: Before "а": these take "и" for "ы" …
_SOFT = frozenset("гкхжшчщ")
#: … and these "ей" for "ой" ("Сашей").
_HUSHING = frozenset("жшчщц")
_CYRILLIC = range(0x400, 0x530)
_FLEETING = {"павел": "павл", "лев": "льв", "пётр": "петр"}


@dataclass(frozen=True)
class Stem:
    """A name without its ending; `kind` "-" does not decline."""

    stem: str
    kind: str
    ending: str

    @property
    def forms(self) -> tuple[str, ...]:
        """All its written forms, in small letters."""
        if self.kind == "-":
            return (self.stem,)
        more = tuple(_FLEETING[self.stem] + e for e in _ENDINGS[""][1:]) if self.stem in _FLEETING else ()
        if self.kind == "а" and self.stem[-1] in _HUSHING:
            more = (self.stem + "ей", self.stem + "ею")
        return (*(self.stem + e for e in _ENDINGS[self.kind]), *more)

    def like(self, ending: str) -> str:
        """The form of this name in the case that an ending of another one of its class has."""
        if self.kind != "а":
            return self.stem + ending
        if ending in ("ы", "и"):
            ending = "и" if self.stem[-1] in _SOFT else "ы"
        elif ending[1:] in ("й", "ю"):
            ending = ("е" if self.stem[-1] in _HUSHING else "о") + ending[1:]
        return self.stem + ending


@lru_cache(maxsize=65_536)
def stem(token: str, *, last: bool = False) -> Stem:
    """How a name declines, as far as it is written in Cyrillic letters; others do not."""
    low = token.lower()
    if len(low) < 3 or not all(ord(c) in _CYRILLIC for c in low):
        return Stem(low, "-", "")
    if low.endswith(("ский", "ская", "цкий", "цкая")):
        return Stem(low[:-3], "кий", low[-3:])
    if last and (low.endswith(("ов", "ев", "ёв", "ин", "ын")) or low.endswith(("ова", "ева", "ёва", "ина", "ына"))):
        return Stem(low.removesuffix("а"), "ов", "а" if low.endswith("а") else "")
    for kind in ("ия", "я", "а", "ий", "й", "ь"):
        if low.endswith(kind):
            return Stem(low[: -len(kind)], kind, kind)
    return Stem(low, "", "") if low[-1] not in "аеёиоуыэюя" else Stem(low, "-", "")
