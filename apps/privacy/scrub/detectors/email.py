"""E-mail addresses (RFC 5321 in the shape people write; letters of any script in the domain)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])")


def gate(plain: str) -> bool:
    return "@" in plain


def find(view: View) -> Iterator[Finding]:
    for match in _ADDRESS.finditer(view.plain):
        yield Finding(match.start(), match.end(), "email", 60)
