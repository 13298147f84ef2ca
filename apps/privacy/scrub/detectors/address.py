"""Street addresses and postcodes, by the grammars of the languages people write them in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View

_TOWN = r"(?:,?\s+(?:in\s|à\s|a\s|en\s)?(?:(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?\s+[^\W\d_][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?|(?i:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})(?!\w)|(?:[A-Z]{1,2}-)?\d{4,6}(?!\w)|[A-ZÀ-Þ][\w'’-]{2,}(?:\s[A-ZÀ-Þ][\w'’-]+)?(?:,?\s(?i:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]{2}\s\d{5})(?!\w))?|(?<=,\s)[^\W\d_]{3,}(?:\s(?i:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}))?(?=\s*$|[,.!]))){0,2}"
_UNIT = r"(?:,?\s+\d{1,3}\s?[º°ª]\s?\w{0,4}|,?\s+(?:apt|apartment|unit|flat|suite|ste|#|apto\.?|piso|int\.?|scala|interno|appt\.?|bât\.?|whg\.?|кв\.?|квартира)\s?\.?#?\s?[\w-]{1,5})?"
_LONG = r"(?:street|road|avenue|lane|drive|boulevard|terrace|crescent|gardens|grove|highway|parkway|mews)"
_SHORT = r"(?:(?i:rd|ave|blvd|ln)|(?:st|dr|ct|pl|sq|court|square)(?=,|\s*$)|St|Rd|Ave|Ln|Dr|Ct|Court|Blvd|Way|Pl|Place|Sq|Square|Close|Hill|Row|Park|Cres|Ter|Hwy|Pkwy)"
_ENGLISH = re.compile(
    rf"(?<![\w.:/$€£])\d{{1,5}}[A-Za-z]?\s+(?:(?:[NSEW]\.?\s+)?(?:[A-Za-z][\w'.-]+\s+){{1,3}}(?:(?i:{_LONG})\b|{_SHORT}\b\.?)){_UNIT}{_TOWN}"
)
_GERMAN = re.compile(
    rf"(?<!\w)(?:(?:[A-ZÄÖÜ][\wäöüß-]+\s){{0,2}}(?:[\wäöüß-]*(?:straße|strasse|str\.|gasse|allee|straat|laan|gracht)|[A-ZÄÖÜ][\wäöüß-]*(?:str|weg|platz|ring|damm|ufer|chaussee|plein|kade))"
    rf"|(?:Am|An der|Auf dem|Im|Zum|Zur|Unter den)\s[A-ZÄÖÜ][\wäöüß]+(?:\s[A-ZÄÖÜ][\wäöüß]+)?)\s\d{{1,4}}\s?[a-z]?(?!\w|[.,:]\d)(?:/\d+)?{_TOWN}",
)
_ROMANCE_NUMBER_FIRST = re.compile(
    rf"(?<!\w)\d{{1,4}}\s?(?:bis|ter)?,?\s+(?i:rue|avenue|av\.|boulevard|bd\.?|place|chemin|impasse|allée|quai|cours|route|passage)\s+(?:(?i:de|du|des|la|le|les|l'|d')\s?){{0,3}}[\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+){{0,3}}{_TOWN}"
)
_ROMANCE = re.compile(
    rf"(?<!\w)(?i:calle|cl\.?|pl(?:aza|\.)|c/|avenida|avda\.?|av\.|paseo|plaza|camino|carrer|ronda|via|viale|piazza|piazzale|corso|largo|vicolo|strada|rua|travessa|praça|alameda|estrada)\s+"
    rf"(?:(?i:de|del|de la|de los|della|delle|dei|degli|do|da|dos|das|la|el|san|santa)\s+){{0,2}}[^\W\d][\w'’ªº.-]*(?:\s+(?!\d)[\w'’.-]+){{0,3}}?(?:,\s*|\s+)(?i:n[º°.]?\s*|número\s+|nº\s*)?\d{{1,5}}(?:\s?[A-Za-z]\b)?(?!\w|[.:]\d){_UNIT}{_TOWN}"
)
_RUSSIAN = re.compile(
    r"(?<!\w)(?:\d{6},?\s*)?(?:(?:г\.\s?)?[А-ЯЁ][а-яё-]+,?\s+)?(?i:ул\.?|улица|улице|пр-?к?т\.?|проспект[е]?|пер\.?|переул[а-я]+|шоссе|наб\.?|набережн[а-я]+|бульвар[е]?|б-р|площад[ьи]|пл\.|проезд[е]?)(?:(?<=\.)|(?!\w))\s*[А-ЯЁа-яё][\w-]*(?:\s+[А-ЯЁ][\w-]+){0,2},?\s*(?i:д\.?|дом)?\s*\d{1,4}\s?(?:[а-я](?!\w))?"
    r"(?:[,/]?\s*(?i:к(?:орп)?\.?|стр\.?|кв\.?|квартира|подъезд)\s*\d+)*"
)
_STREETS = (_ENGLISH, _GERMAN, _ROMANCE_NUMBER_FIRST, _ROMANCE, _RUSSIAN)
_POSTCODES = {
    "uk": re.compile(
        r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}|(?i:[a-z]{1,2}\d[a-z\d]?\s\d[abd-hjlnp-uw-z]{2}))(?!\w)"
    ),
    "canada": re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d(?!\w)"),
    "brazil": re.compile(r"(?<![\w.])\d{5}-\d{3}(?![\w-])"),
    "netherlands": re.compile(r"(?<!\w)[1-9]\d{3}\s[A-Z]{2}(?!\w)"),
}
CUED = re.compile(
    r"(?<![\w.,])(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?(?![\w]|[.,]\d)|(?<!\w)(?i:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}|[a-z]\d[a-z]\s?\d[a-z]\d)(?!\w)"
)


def gate(view: View) -> bool:
    return view.digits >= 1


def _streets(plain: str) -> Iterator[tuple[int, int]]:
    for pattern in _STREETS if not plain.isascii() else _STREETS[:-1]:
        for match in pattern.finditer(plain):
            yield match.start(), match.end()


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    for start, end in _streets(plain) if view.lower != plain.upper() else ():  # no street without a letter
        yield Finding(start, end, "address", 64)
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
    for word in cues.WORDS["postcode"].finditer(plain) if "postcode" in view.named else ():
        code = CUED.search(plain, word.end(), word.end() + 30)
        if code is not None:
            yield Finding(code.start(), code.end(), "postcode", 59)
