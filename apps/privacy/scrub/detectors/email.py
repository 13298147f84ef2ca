"""E-mail addresses (RFC 5321 in the shape people write; letters of any script in the domain)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])")
_LOCAL = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@")
_DOT = r"(?:dot|punkt|punto|ponto|point|точка|kropka|te[cč]ka|punct)"
#: The sign by the names that it has and nothing else.
_SIGN = r"(?:arroba|chiocciol(?:a|etta)|arobase|соба(?:ка|ку|чка|чку)|klammeraffe|apenstaartje|ma[lł]pa|zavin[aá][cč])"
#: Behind a word: what stands before it is no password.
SIGN_BEHIND = re.compile(rf"\s{_SIGN}\s", re.I)
#: What nobody writes by chance: a sign or a dot in brackets, a dot as a word, a sign as a word of its own before a domain.
_BRACKETED = re.compile(rf"[(\[{{<]\s?(?:at|@|ät|a|\.|{_DOT}|{_SIGN})\s?[)\]}}>]", re.I)
_DOTTED = re.compile(rf"\s{_DOT}\s", re.I)
#: How such words begin, in small letters: most texts have none of them.
_SPOKEN = re.compile(r"\s(?:dot|pun|pon|poi|точ|kro|te[cč]|arr|chi|aro|соб|kla|ape|ma[lł]|zav)")
_SIGNED = re.compile(rf"\w\s{_SIGN}\s[\w.-]{{2,60}}\.[a-z]{{2}}", re.I)
_TOP = r"(?:com|org|net|edu|gov|info|io|me|dev|app|co\.uk|co|eu|de|at|ch|fr|es|it|pt|br|com\.br|ru|uk|us|nl|be|pl|se|no|fi|dk|cz|in|ua|tr|jp|ca|mx|ar|ру|ком|нет|орг|рф|уа)"
_BETWEEN = rf"(?:\s?[(\[{{<]?\s?(?:\.|{_DOT})\s?[)\]}}>]?\s?)"
#: "bob (at) example dot org": the sign or the dot must be written in a way that nobody uses by chance.
_SPELLED = re.compile(
    rf"(?<![\w.+-])[\w+-]{{1,40}}(?:(?:\.|\s?[(\[{{<]?\s?{_DOT}\s?[)\]}}>]?\s?)[\w+-]{{1,30}}){{0,3}}"
    rf"(?:\s?[(\[{{<]\s?(?:at|@|ät|{_SIGN}|a)\s?[)\]}}>]\s?(?:[\w-]{{2,40}}{_BETWEEN}){{1,3}}"
    rf"|\s(?:at|ät)\s(?:[\w-]{{2,40}}(?:\s?[(\[{{<]?\s?(?:\.|{_DOT})\s?[)\]}}>]\s?|\s{_DOT}\s)){{1,3}}"
    rf"|\s{_SIGN}\s(?:[\w-]{{2,40}}(?:\.|\s?[(\[{{<]\s?(?:\.|{_DOT})\s?[)\]}}>]\s?|\s{_DOT}\s)){{1,3}})"
    rf"{_TOP}(?![\w-])",
    re.I,
)


def gate(view: View) -> bool:
    plain = view.plain
    if "@" in plain:
        return True
    return len(plain) > 12 and (_BRACKETED.search(plain) is not None or _SPOKEN.search(view.lower) is not None)


def _spelled(plain: str) -> bool:
    """Whether a sign or a dot stands there as people spell them."""
    return any(pattern.search(plain) is not None for pattern in (_BRACKETED, _DOTTED, _SIGNED))


def find(view: View) -> Iterator[Finding]:
    for start, end in _addresses(view.plain):
        yield Finding(start, end, "email", 60)
    if _spelled(view.plain):
        for match in _SPELLED.finditer(view.plain):
            yield Finding(match.start(), match.end(), "email", 61)


def _addresses(plain: str) -> Iterator[tuple[int, int]]:
    """Where `_ADDRESS` matches: only what stands around a sign can be one, and most signs stand before a name."""
    free, at = 0, plain.find("@")  # no address begins before `free`
    while at >= 0:
        before = plain[at - 1 : at]
        if before.isalnum() or (before and before in "_%+-."):
            begins = _LOCAL.search(plain, max(free, at - 64), at + 1)
            whole = begins and _ADDRESS.match(plain, begins.start())
            if whole:
                yield whole.span()
                at = whole.end() - 1
        free = at + 1
        at = plain.find("@", free)
