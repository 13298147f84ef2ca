"""A password that is named while a persona talks waits for its end, so that no word of it is said. Pure."""

from __future__ import annotations

import re

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import passphrase

#: So much of what was said already is looked at: a name of a password may have several words.
BACK = 24
_NAMED = cues.searcher(cues.NAMES["password"])
_PASSWORD, _LOOSE = cues.WORDS["password"], cues.WORDS["loose"]
#: From a name to the password, and the quote that opens before it.
_LINKED = re.compile(rf"(?:{cues.LINK}|[^\n:=]{{0,24}}(?::|=)\s*)([\"'`“„«‘(\[]?)", re.I)
#: What may still become a link: "for the shed in the garden".
_UNDECIDED = re.compile(r"\s+[^\W\d_]{1,5}\s[^\n:=]{0,45}|[^\n:=]{0,24}")
#: The end of a sentence, of a line or of a bubble.
_STOP = re.compile(r"[.,;!?…)](?=\s|$)|[\n\x1e]|:(?=\s)")
_UNQUOTED = re.compile(r"(?<=[^\s\"'`“”«»‘’])[\"'`“”»’](?!\w)|[\n\x1e]")
#: A quote that a program opens behind the name of a secret: DB_PASSWORD="…
_ASSIGNED = re.compile(r"(?:pass\w{0,6}|pwd|pw|secret|token|key)[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3}([\"'])", re.I)
_ASSIGNED_LONGEST = 200


def begun(text: str, given: int, end: int) -> int:
    """Up to where `text[given:end]`, of whole words, may be said: `end`, or where a named password begins that may go on."""
    first = max(0, given - BACK)
    near = text[first:end]
    if _NAMED.Match(near.encode("utf-8", "replace")):
        for name in _PASSWORD.finditer(text, first, end):
            if _open(text, name, given, end):
                return max(given, name.start())
    if '"' in near or "'" in near:
        for match in _ASSIGNED.finditer(text, first, end):
            rest = text[match.end() : end]
            if match.start(1) >= given and match[1] not in rest and "\n" not in rest and len(rest) <= _ASSIGNED_LONGEST:
                return match.start(1)
    return end


def _open(text: str, name: re.Match[str], given: int, end: int) -> bool:
    """Whether a password may follow this name that is not over before `end`."""
    linked = _LINKED.match(text, name.end(), end)
    loose = _LOOSE.fullmatch(name[0]) is not None  # "pass" names one right before it only
    if linked is None:
        rest = text[name.end() : end]
        return not rest.strip() if loose else _UNDECIDED.fullmatch(rest) is not None and not _STOP.search(rest)
    if linked.end() < given or (loose and len(linked[0].split()) > 1):
        return False
    said = text[linked.end() : end]
    return not said.strip() or (len(said) <= passphrase.LONGEST and _goes_on(said, quoted=bool(linked[1])))


def _goes_on(said: str, *, quoted: bool) -> bool:
    """Whether a password that begins so may have more words, as `passphrase` counts them."""
    if quoted:
        return not _UNQUOTED.search(said)
    words = said.split()
    if _STOP.search(said) or len(words) > passphrase.MOST or not passphrase.SAID.isdisjoint(map(str.lower, words)):
        return False
    return len(words) == 1 or words[0].isalpha() or not words[-1].isalpha()  # "Sunfl0wer9 ok" is over
