"""Hardware addresses (IEEE 802): six pairs, or three groups of four."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])|(?<![\w.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![\w.])"
)


def gate(view: View) -> bool:
    return view.digits >= 1 and (view.plain.count(":") >= 5 or view.plain.count("-") >= 5 or view.plain.count(".") >= 2)


def find(view: View) -> Iterator[Finding]:
    for match in _MAC.finditer(view.plain):
        yield Finding(match.start(), match.end(), "mac", 72)
