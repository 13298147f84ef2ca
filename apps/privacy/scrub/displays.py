"""Display names taken apart, and put together from surrogates. Pure."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from apps.privacy.scrub import lexicon

WORD = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TITLE = frozenset(
    [
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "miss",
        "herr",
        "frau",
        "sr",
        "sra",
        "dott",
        "ing",
        "mag",
        "jr",
        "ii",
        "iii",
        "phd",
        "md",
        "von",
        "van",
        "der",
        "den",
        "de",
        "di",
        "da",
        "del",
        "la",
        "le",
        "dos",
        "bin",
        "ibn",
        "al",
        "el",
    ]
)
#: Behind these stands a noun, not a name, by language.


class Parts(msgspec.Struct, frozen=True):
    """A display name taken apart."""

    firsts: tuple[str, ...]
    lasts: tuple[str, ...]


def parts(display: str) -> Parts:
    """First and last names in a display name: "Kovač, Ana 🌸" and "Dr. Ana Kovač (work)" are the same."""
    text = unicodedata.normalize("NFC", _BRACKETS.sub(" ", display))
    before, comma, after = text.partition(",")
    words = [w for w in WORD.findall(f"{after} {before}" if comma else text) if _counts(w)]
    if len(words) < 2:
        return Parts(tuple(words), ())
    return Parts(tuple(words[:-1]), (words[-1],))


def _counts(word: str) -> bool:
    low = word.lower()
    return len(word) > 1 and low not in _TITLE and low not in lexicon.kin()


def called(display: str, stands: dict[str, str], otherwise: str) -> str:
    """A display name in surrogates: token by token, in its order; `otherwise` where it holds no name at all."""
    found = parts(display)
    words = [stands.get(t.lower(), "") for t in (*found.firsts, *found.lasts)]
    kept = [w for w in words if w]
    if not kept and (kin := [w for w in WORD.findall(display) if w.lower() in lexicon.kin()]):
        return " ".join(kin)
    return " ".join(kept) or otherwise
