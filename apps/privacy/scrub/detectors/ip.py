"""Internet addresses, version 4 and 6; dotted version numbers are told apart by their neighbours."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_FOUR = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)")
_SIX = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F]*:)[0-9a-fA-F:]{6,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_VERSION = re.compile(
    r"(?:\bv|\bversion|\bver\.?|kernel|release|build|firmware|update|upgrade[d]?|back|aggiorna\w*|actualiza\w*|обнов\w*)(?: to| auf| a| à| до| на)?\s*$",
    re.I,
)
#: Four small numbers are a version, unless networks are spoken of.
_NET = re.compile(
    r"(?<!\w)(?:ip|ssh|ping|server|host|dns|router|gateway|vpn|subnet|lan|wifi|port|addr\w*|inet|http\w*|ftp|telnet|сервер|адрес)(?!\w)|@\d",
    re.I,
)


def gate(view: View) -> bool:
    return view.plain.count(".") >= 3 or view.plain.count(":") >= 2


def _valid(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def find(view: View) -> Iterator[Finding]:
    for match in _FOUR.finditer(view.plain):
        small = all(int(part) < 32 for part in match[0].split(".")) and not _NET.search(view.plain)
        if _valid(match[0]) and not small and not _VERSION.search(view.plain, max(0, match.start() - 16), match.start()):
            yield Finding(match.start(), match.end(), "ip", 50)
    for match in _SIX.finditer(view.plain):
        if _valid(match[0]) and re.search(r"[0-9a-fA-F]{2}", match[0]):
            yield Finding(match.start(), match.end(), "ip", 50)
