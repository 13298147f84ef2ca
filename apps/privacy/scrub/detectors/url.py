"""Links: plain ones become `link`; those that carry a secret (password, token, signature, long random path) `url`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2
from urllib.parse import unquote

from apps.privacy.scrub.detectors.named import is_key
from apps.privacy.scrub.types import Finding, View

_LINK = re.compile(
    r"(?:\b(?:https?|ftp|wss?|ssh|tg|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp)://|\bwww\.)[^\s<>\"“”«»]{2,2000}",
    re.I,
)
_NAMED = re.compile(
    r"[?&#;/](?:[\w-]*(?:token|secret|passw(?:or)?d|pwd|auth(?!or(?!i[sz])|user)|apikey|api_key|session|signature|credential|invite)[\w-]*"
    r"|key|sig|code|otp|pin|hash|sid|jwt|pass)=([^&#\s]{4,})",
    re.I,
)
_PASSWORD = re.compile(r"[?&#;/][\w-]*(?:passw(?:or)?d|pwd)=([^&#\s]{6,})", re.I)
_USERINFO = re.compile(r"://[^/\s@]+:([^/\s@]+)@")
_PIECE = re.compile(r"[A-Za-z0-9_-]{20,}")
#: A link without its beginning, which only counts when it carries something.
_BARE = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,12}/[^\s<>\"“”«»]{0,300}[?&#;][^\s<>\"“”«»]{3,500}", re.I
)
#: Where people and their papers are: such a link counts without its beginning.
_HOSTS = re.compile(
    r"(?<![\w@./-])(?:[a-z]{2,3}\.|m\.|mobile\.)?(?:wa\.me|t\.me|telegram\.me|m\.me|fb\.me|fb\.com|facebook\.com|instagram\.com|threads\.net|tiktok\.com|snapchat\.com|twitter\.com|x\.com|vk\.com|ok\.ru"
    r"|linkedin\.com|xing\.com|paypal\.me|paypal\.com|venmo\.com|cash\.app|revolut\.me|docs\.google\.com|drive\.google\.com|meet\.google\.com|calendar\.google\.com|photos\.app\.goo\.gl|zoom\.us|discord\.gg|discord\.com"
    r"|dropbox\.com|icloud\.com|1drv\.ms|onedrive\.live\.com|wetransfer\.com|we\.tl|calendly\.com|chat\.whatsapp\.com|signal\.me|signal\.group|teams\.microsoft\.com|open\.spotify\.com|steamcommunity\.com|twitch\.tv)"
    r"/[^\s<>\"“”«»]{2,2000}",
    re.I,
)
_TRAILING = ".,;:!?)]}'\"…"


def _random(piece: str) -> bool:
    kinds = bool(re.search(r"\d", piece)) + bool(re.search(r"[a-z]", piece)) + bool(re.search(r"[A-Z]", piece))
    entropy = -sum(n * log2(n) for n in (piece.count(c) / len(piece) for c in set(piece)))
    return (kinds == 3 and entropy > 3.5) or (kinds >= 2 and entropy > 3.2 and len(piece) >= 32 and "-" not in piece[8:9])


def secrets(link: str) -> list[str]:
    """What a link carries that is told elsewhere, too: the password before its host, one that is named so and is no word, and what
    only a program can have made. Other values are words that were looked for, dates and numbers of pages."""
    carried = [match[1] for match in _USERINFO.finditer(link)]
    carried += [match[1] for match in _PASSWORD.finditer(link) if is_key(unquote(match[1]))]
    carried += [match[1] for match in _NAMED.finditer(link) if _PIECE.fullmatch(match[1]) and _random(match[1])]
    return list(dict.fromkeys(map(unquote, carried)))


def gate(view: View) -> bool:
    return "://" in view.plain or "www." in view.lower or ("/" in view.plain and ("=" in view.plain or "." in view.plain))


def find(view: View) -> Iterator[Finding]:
    for match in _LINK.finditer(view.plain):
        yield _finding(match)
    for match in _HOSTS.finditer(view.plain) if "." in view.plain else ():
        yield _finding(match)
    for match in _BARE.finditer(view.plain) if "=" in view.plain else ():
        if _NAMED.search(match[0]):
            yield Finding(match.start(), match.start() + len(match[0].rstrip(_TRAILING)), "url", 97)


def _finding(match: re.Match[str]) -> Finding:
    """Nothing inside of it counts apart."""
    link = match[0].rstrip(_TRAILING)
    begin = link.find("://")
    host_end = link.find("/", begin + 3 if begin >= 0 else 0)
    path = link[host_end:] if host_end > 0 else ""
    secret = _USERINFO.search(link) or _NAMED.search(link) or any(_random(p) for p in _PIECE.findall(path))
    return Finding(match.start(), match.start() + len(link), "url" if secret else "link", 98)
