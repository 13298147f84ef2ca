"""Bank accounts as IBAN (ISO 13616): country, length and check digits; any case, grouped or not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from apps.privacy.scrub.types import Finding, View

_SHAPE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ .\-\u00a0]?[A-Za-z0-9]){11,30}")


def gate(view: View) -> bool:
    return view.digits >= 4


def find(view: View) -> Iterator[Finding]:
    for match in _SHAPE.finditer(view.plain):
        ends = [m.end() for m in re.finditer(r"[A-Za-z0-9]", match[0])]
        for end in reversed(ends[14:]):
            candidate = re.sub(r"[^A-Za-z0-9]", "", match[0][:end])
            if iban.is_valid(candidate, check_country=False):
                yield Finding(match.start(), match.start() + end, "iban", 96)
                break
