"""E-mail addresses (RFC 5321 in the shape people write; letters of any script in the domain)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])")
_LOCAL = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@")
#: What nobody writes by chance: a sign or a dot in brackets, a dot as a word.
_BRACKETED = re.compile(
    r"[(\[{<]\s?(?:at|@|ät|a|\.|dot|punkt|punto|ponto|point|точка|arroba|chiocciola|arobase|собака)\s?[)\]}>]", re.I
)
_DOTTED = re.compile(r"\s(?:dot|punkt|punto|ponto|point|точка)\s", re.I)
_TOP = r"(?:com|org|net|edu|gov|info|io|me|dev|app|co\.uk|co|eu|de|at|ch|fr|es|it|pt|br|com\.br|ru|uk|us|nl|be|pl|se|no|fi|dk|cz|in|ua|tr|jp|ca|mx|ar)"
#: "bob (at) example dot org": the sign or the dot must be written in a way that nobody uses by chance.
_SPELLED = re.compile(
    rf"(?<![\w.+-])[\w+-]{{1,40}}(?:(?:\.|\s?[(\[{{<]?\s?(?:dot|punkt|punto|ponto|point|точка)\s?[)\]}}>]?\s?)[\w+-]{{1,30}}){{0,3}}"
    rf"(?:\s?[(\[{{<]\s?(?:at|@|ät|arroba|chiocciola|arobase|собака|a)\s?[)\]}}>]\s?(?:[\w-]{{2,40}}(?:\s?[(\[{{<]?\s?(?:\.|dot|punkt|punto|ponto|point|точка)\s?[)\]}}>]?\s?)){{1,3}}"
    rf"|\s(?:at|ät|arroba|chiocciola|arobase|собака)\s(?:[\w-]{{2,40}}(?:\s?[(\[{{<]\s?(?:\.|dot|punkt|punto|ponto|point|точка)\s?[)\]}}>]\s?|\s(?:dot|punkt|punto|ponto|point|точка)\s)){{1,3}})"
    rf"{_TOP}(?![\w-])",
    re.I,
)


def gate(view: View) -> bool:
    return "@" in view.plain or (len(view.plain) > 12 and _spelled(view.plain))


def _spelled(plain: str) -> bool:
    """Whether a sign or a dot stands there as people spell them."""
    return _BRACKETED.search(plain) is not None or _DOTTED.search(plain) is not None


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
