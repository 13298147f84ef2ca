"""Display names taken apart, and put together from surrogates. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from apps.privacy.scrub import lexicon, surrogates

WORD = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TITLE = frozenset("dr prof mr mrs ms miss herr frau sr sra dott ing mag jr ii iii phd md".split())  # noqa: SIM905
#: Small words that lead a last name and are none themselves; those of the second line only inside of a name: some people are called so.
_LEADS = frozenset("von van der den de di da del la le dos bin ibn al el dell della dello dall dei degli d l o".split())  # noqa: SIM905
_INSIDE = frozenset("do das du des lo st ter ten zu zum zur".split())  # noqa: SIM905


class Parts(msgspec.Struct, frozen=True):
    """A display name taken apart; `lead` are the small words before the last name ("de", "la")."""

    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    lead: tuple[str, ...] = ()


def parts(display: str) -> Parts:
    """First and last names in a display name: "Kovač, Ana 🌸" and "Dr. Ana Kovač (work)" are the same."""
    text = unicodedata.normalize("NFC", _BRACKETS.sub(" ", display))
    before, comma, after = text.partition(",")
    words = WORD.findall(f"{after} {before}" if comma else text)
    kept = [n for n in range(len(words)) if _counts(words, n) and not _leads(words, n)]
    if len(kept) < 2:
        return Parts(tuple(words[n] for n in kept), ())
    start = kept[-1]
    while start and _leads(words, start - 1):
        start -= 1
    return Parts(tuple(words[n] for n in kept[:-1]), (words[kept[-1]],), tuple(w.lower() for w in words[start : kept[-1]]))


def _counts(words: list[str], at: int) -> bool:
    """Whether a word is a name. One by which contacts are saved is where somebody is called so: "Ben", "Thomas Mann"; no "Cousin Peter"."""
    if _is_name(words[at]):
        return True
    label = words[at].lower() in lexicon.kin() and surrogates.is_name(words[at])
    before, after = words[:at], words[at + 1 :]
    called = any(map(_is_name, (*before, *after))) or any(w.lower() in _TITLE for w in before)
    return label and called and not any(map(surrogates.is_first, after))


def _is_name(word: str) -> bool:
    """Whether a word is a name whatever stands beside it."""
    low = word.lower()
    return len(low) > 1 and low not in _TITLE and (low not in lexicon.kin() or surrogates.is_first(low))


def _leads(words: list[str], at: int) -> bool:
    """Whether a word only leads the name behind it."""
    low = words[at].lower()
    return low in _LEADS or (low in _INSIDE and 0 < at < len(words) - 1)


def leads(displays: Iterable[Parts]) -> dict[str, frozenset[tuple[str, ...]]]:
    """What leads each last name, in small letters: "torre" is led by ("de", "la")."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for one in displays:
        if one.lead:
            found.setdefault(one.lasts[0].lower(), set()).add(one.lead)
    return {last: frozenset(some) for last, some in found.items()}


def called(display: str, stands: dict[str, str], otherwise: str) -> str:
    """A display name in surrogates: token by token, in its order; `otherwise` where it holds no name at all."""
    found = parts(display)
    words = [stands.get(t.lower(), "") for t in (*found.firsts, *found.lasts)]
    kept = [w for w in words if w]
    if not (found.firsts or found.lasts) and (kin := [w for w in WORD.findall(display) if w.lower() in lexicon.kin()]):
        return " ".join(kin)
    return " ".join(kept) or otherwise
