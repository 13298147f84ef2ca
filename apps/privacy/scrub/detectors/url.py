"""Links: plain ones become `link`; those that carry a secret (password, token, signature, long random path) `url`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2

from apps.privacy.scrub.types import Finding, View

_LINK = re.compile(
    r"(?:\b(?:https?|ftp|wss?|ssh|tg|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp)://|\bwww\.)[^\s<>\"“”«»]{2,2000}",
    re.I,
)
_NAMED = re.compile(
    r"[?&#;/](?:[\w-]*(?:token|secret|passw(?:or)?d|pwd|auth|apikey|api_key|session|signature|credential|invite)[\w-]*"
    r"|key|sig|code|otp|pin|hash|sid|jwt|pass)=[^&#\s]{4,}",
    re.I,
)
_USERINFO = re.compile(r"://[^/\s@]+:[^/\s@]+@")
_PIECE = re.compile(r"[A-Za-z0-9_-]{20,}")
#: A link without its beginning, which only counts when it carries something.
_BARE = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,12}/[^\s<>\"“”«»]{0,300}[?&#;][^\s<>\"“”«»]{3,500}", re.I
)
_TRAILING = ".,;:!?)]}'\"…"


def _random(piece: str) -> bool:
    kinds = bool(re.search(r"\d", piece)) + bool(re.search(r"[a-z]", piece)) + bool(re.search(r"[A-Z]", piece))
    entropy = -sum(n * log2(n) for n in (piece.count(c) / len(piece) for c in set(piece)))
    return (kinds == 3 and entropy > 3.5) or (kinds >= 2 and entropy > 3.2 and len(piece) >= 32 and "-" not in piece[8:9])


def gate(view: View) -> bool:
    return "://" in view.plain or "www." in view.lower or ("/" in view.plain and "=" in view.plain)


def find(view: View) -> Iterator[Finding]:
    for match in _LINK.finditer(view.plain):
        link = match[0].rstrip(_TRAILING)
        host_end = link.find("/", link.find("://") + 3)
        path = link[host_end:] if host_end > 0 else ""
        secret = _USERINFO.search(link) or _NAMED.search(link) or any(_random(p) for p in _PIECE.findall(path))
        yield Finding(
            match.start(), match.start() + len(link), "url" if secret else "link", 98
        )  # nothing inside counts apart
    for match in _BARE.finditer(view.plain):
        if _NAMED.search(match[0]):
            yield Finding(match.start(), match.start() + len(match[0].rstrip(_TRAILING)), "url", 97)
