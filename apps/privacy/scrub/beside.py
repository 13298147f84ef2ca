"""Whether a name that is a word as well stands where a name stands: what the words beside it say (facts/beside.txt). Pure."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

from apps.privacy.scrub import lexicon

#: How much what stands there says for a name, or, below nothing, for the word: a word that people stand beside, a verb that
#: things stand before too, an article or a pronoun, a word that goes on ("mark it"), a comma as in "mark, are you there".
PERSON, THING, ARTICLE, GOES_ON, COMMA = 2.0, 1.0, -3.0, -1.5, 1.5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]*)*")
_WH = frozenset(
    """
    why where when how what who and but or so wann wo warum wie pourquoi où quand comment cuándo dónde cómo
    perché quando dove come onde como
    """.split()  # noqa: SIM905
)
#: Who is asked about stands behind these verbs where a word of `_WH` is before them.
_HOW_IS = frozenset({"está", "es", "era", "sta", "è", "va", "vai", "anda"})
_AND = frozenset({"and", "und", "et", "y", "e", "и"})
_ME = frozenset({"me", "i", "ich", "moi", "yo", "io", "eu", "я"})
_OF = frozenset({"of", "von", "de", "di", "del", "da", "do"})
_STOPS = frozenset(".!?…\n;")


class _Facts(NamedTuple):
    before: frozenset[str]
    after: frozenset[str]
    subject: frozenset[str]
    articles: frozenset[str]
    not_before: frozenset[str]
    not_after: frozenset[str]
    asks: frozenset[str]
    bare: frozenset[str]
    owned: frozenset[str]


class Place(NamedTuple):
    """What is around a word, in small letters; "" where a sentence begins or ends."""

    two_before: str
    before: str
    after: str
    two_after: str
    comma_before: bool
    comma_after: bool
    genitive: bool


@cache
def facts(languages: tuple[str, ...]) -> _Facts:
    """The table of these languages together."""
    text = (resources.files("apps.privacy.scrub.facts") / "beside.txt").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {name: set() for name in _Facts._fields}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            code, _, name = line.strip("[]").partition(" ")
            section = name.replace("-", "_") if code in languages else ""
        elif section and line and line[0] != "#":
            found[section].update(line.split())
    return _Facts(**{name: frozenset(words) for name, words in found.items()})


def place(text: str, start: int, end: int) -> Place:
    """What stands around `text[start:end]`."""
    left = text[max(0, start - 60) : start]
    words = list(_WORD.finditer(left))[-2:]
    gap = left[words[-1].end() :] if words else left
    before = _low(words[-1]) if words and _STOPS.isdisjoint(gap) else ""
    two = _low(words[0]) if before and len(words) > 1 and _STOPS.isdisjoint(left[words[0].end() : words[1].start()]) else ""
    genitive = text[end : end + 2] in ("'s", "’s")
    end += 2 * genitive
    after, gap_after, at = _next(text, end)
    two_after = _next(text, at)[0] if after else ""
    return Place(two, before, after, two_after, "," in gap, "," in gap_after or ":" in gap_after, genitive)


def _next(text: str, end: int) -> tuple[str, str, int]:
    """The next word of the sentence, what stands before it, and its end."""
    match = _WORD.search(text, end, end + 60)
    gap = text[end : match.start()] if match else text[end : end + 60]
    return (_low(match), gap, match.end()) if match and _STOPS.isdisjoint(gap) else ("", gap, end)


def _low(match: re.Match[str]) -> str:
    return match[0].lower().replace("’", "'")


def weight(word: str, at: Place, languages: tuple[str, ...], genitive: bool = False) -> float:
    """How much the place says that `word` is a name there; below nothing: that it is the word. `genitive`: ends so itself."""
    known = facts(languages)
    if genitive:
        return (
            PERSON
            if known.owned.union(lexicon.kin()) & {at.after, at.two_after} and at.before not in known.articles
            else ARTICLE
        )
    if at.genitive:
        return _owner(word, at, known)
    total = _before(at, known) if at.before else COMMA if at.comma_after else 0.0
    if at.after and not at.comma_after:
        return total + _after(word, at, known)
    return total + (COMMA if at.comma_before and at.before else 0.0)


def _owner(word: str, at: Place, known: _Facts) -> float:
    """ "mark's car", "mark's late": verbs may stand before it, articles not."""
    if at.before in known.articles:
        return ARTICLE
    return 0.0 if word in known.bare and at.after not in known.owned else PERSON


def _before(at: Place, known: _Facts) -> float:
    asked = at.before in known.asks and not at.two_before
    asked |= at.two_before in _WH and (at.before in known.asks or at.before in _HOW_IS)
    together = at.before in _AND and at.two_before in _ME
    picked = at.before == "up" and at.two_before in known.before
    belongs = at.before in _OF and at.two_before in known.owned
    if asked or together or picked or belongs:
        return PERSON
    thing = at.before in known.not_before or at.before in known.articles
    person = at.before in known.before or (not thing and at.before in lexicon.kin())
    if at.comma_before:
        return PERSON if person else 0.0
    if person != thing:
        return PERSON if person else ARTICLE
    apart = at.two_before in known.articles and at.two_before not in known.before
    return -THING if apart and not person else 0.0


def _after(word: str, at: Place, known: _Facts) -> float:
    if at.after in _AND and at.two_after in _ME:
        return PERSON
    person, thing = at.after in known.after, at.after in known.not_after
    if person != thing:
        return PERSON if person else GOES_ON
    if at.after in known.subject and not person:
        return 0.0 if word in known.bare else THING
    return 0.0
