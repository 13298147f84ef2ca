"""Which language a conversation is in, told by py3langid from a sample of its words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import py3langid
from babel import Locale, UnknownLocaleError

SAMPLE = 4_000  # characters are plenty
LEAST = 40


def of(texts: Iterable[str]) -> str:
    """The ISO 639-1 code of texts taken together; "" where there is too little to tell."""
    words = " ".join(_sample(texts))
    return str(py3langid.classify(words)[0]) if sum(map(str.isalpha, words)) >= LEAST else ""


def _sample(texts: Iterable[str]) -> Iterable[str]:
    left = SAMPLE
    for text in texts:
        piece = text[:200].strip()
        if left <= 0:
            return
        if piece:
            left -= len(piece)
            yield piece


def name(code: str) -> str:
    """What a language is called in English."""
    try:
        return Locale.parse(code).get_display_name("en") or code
    except (ValueError, UnknownLocaleError):
        return code or "too short to tell"


def named(codes: Iterable[str]) -> str:
    """Several languages in English: "Czech, Dutch or Polish"."""
    *names, last = [*sorted(map(name, codes))] or [""]
    return " or ".join([", ".join(names), last]) if names else last


def spoken(texts: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Which of the known languages a tenth of the texts is in, twenty taken together; all known ones where it cannot be told."""
    found = Counter(of(texts[at : at + 20]) for at in range(0, len(texts), 20))
    total = found.total() - found[""]
    return tuple(code for code in known if total and found[code] >= 0.1 * total) or tuple(known)
