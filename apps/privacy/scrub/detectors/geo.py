"""Places on the map: decimal degrees, degrees with minutes and seconds, plus codes, links of maps with coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_DECIMAL = re.compile(
    r"(?<![\d.\w])([-+]?\d{1,2}\.\d{3,12})°?\s?[NSns]?\s?[,;/ ]\s?([-+]?\d{1,3}\.\d{3,12})°?\s?[EWew]?(?![\d.]\d|\w)"
)
_DMS = re.compile(
    r"\d{1,2}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?(?:[\"″”]|'')\s?)?[NSns]\s?[,;]?\s?\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?(?:[\"″”]|'')\s?)?[EWOewo]"
)
_PLUS = re.compile(r"(?<!\w)[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)")
_URI = re.compile(r"\bgeo:[-+]?\d{1,2}(?:\.\d+)?,[-+]?\d{1,3}(?:\.\d+)?\S*", re.I)
_MAP = re.compile(
    r"\b(?:https?://)?(?:www\.)?(?:maps\.google\.[a-z.]{2,6}|google\.[a-z.]{2,6}/maps|maps\.app\.goo\.gl|goo\.gl/maps|maps\.apple\.com|openstreetmap\.org|osm\.org|yandex\.\w{2,3}/maps|waze\.com|bing\.com/maps|what3words\.com|w3w\.co)(?:/|\?)[^\s<>\"]{3,500}",
    re.I,
)

#: Each with what stands in all that it finds.
_SIGNED = ((_DMS, "°", 75), (_PLUS, "+", 60), (_URI, "geo:", 83), (_MAP, ".", 99))


def gate(view: View) -> bool:
    return view.digits >= 4 or "map" in view.lower or "w3w" in view.lower


def _on_earth(match: re.Match[str]) -> bool:
    """Whether it is a place; two numbers below one are shares or losses, the sea off Ghana but for that."""
    north, east = abs(float(match[1])), abs(float(match[2]))
    return north <= 90 and east <= 180 and (north >= 1 or east >= 1 or "°" in match[0] or match[0][-1].isalpha())


def find(view: View) -> Iterator[Finding]:
    for match in _DECIMAL.finditer(view.plain):
        if _on_earth(match):
            yield Finding(match.start(), match.end(), "geo", 75)
    for pattern, sign, rank in _SIGNED:
        for match in pattern.finditer(view.plain) if sign in view.lower else ():
            if pattern is not _PLUS or any(c.isalpha() for c in match[0]):
                yield Finding(match.start(), match.start() + len(match[0].rstrip(".,;:!?)")), "geo", rank)
