"""Street addresses and postcodes: by their form (`streets`), or beside the word that names them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import streets
from apps.privacy.scrub.types import Finding, View

_LATIN = (streets.ENGLISH, streets.GERMAN, streets.ROMANCE_NUMBER_FIRST, streets.ROMANCE)
_STREETS = (*_LATIN, streets.RUSSIAN, streets.RUSSIAN_NAME_FIRST)
_POSTCODES = {
    "uk": re.compile(
        r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}|(?i:[a-z]{1,2}\d[a-z\d]?\s\d[abd-hjlnp-uw-z]{2}))(?!\w)"
    ),
    "canada": re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d(?!\w)"),
    "brazil": re.compile(r"(?<![\w.])\d{5}-\d{3}(?![\w-])"),
    "netherlands": re.compile(r"(?<!\w)[1-9]\d{3}\s[A-Z]{2}(?!\w)"),
}
CUED = re.compile(
    r"(?<![\w.,])(?:[A-Z]{1,2}-)?(?:\d{8}|\d{4,6}(?:-\d{3,4})?)(?![\w]|[.,]\d)|(?<![\w.,-])(?:\d{2}-\d{3}|\d{3} \d{2})(?![\w-]|[.,]\d)|(?<!\w)(?i:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}|[a-z]\d[a-z]\s?\d[a-z]\d)(?!\w)"
)


def gate(view: View) -> bool:
    return view.digits >= 1


def _streets(plain: str) -> Iterator[tuple[int, int]]:
    for pattern in _STREETS if not plain.isascii() else _LATIN:
        for match in pattern.finditer(plain):
            yield match.start(), match.end()


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    for start, end in _streets(plain) if view.lower != plain.upper() else ():  # no street without a letter
        yield Finding(start, end, "address", 64)
    for pattern in streets.SAID if "address" in view.named else ():
        for match in pattern.finditer(plain):
            yield Finding(match.start(1), match.end(1), "address", 63)
    for name, pattern in _POSTCODES.items():
        for match in pattern.finditer(plain):
            if (
                name == "uk"
                and match[0].islower()
                and not cues.near("postcode", plain, match.start())
                and not cues.near("address", plain, match.start())
            ):
                continue
            yield Finding(match.start(), match.end(), "postcode", 55)
    for word in cues.spoken("postcode", plain) if "postcode" in view.named else ():
        code = cues.within(CUED, plain, word.end(), 30)
        if code is not None:
            yield Finding(code.start(), code.end(), "postcode", 59)
