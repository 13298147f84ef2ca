"""Numbers without a checksum that only the word beside them gives away: passports, licences, accounts, bookings, plates, birth dates."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import ordinary

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|ene|abr|ago|dic|janv|févr|avr|juin|juil|août|déc|gen|mag|giu|lug|set|ott|fev|out"
    r"|mrt|maart|mei|maj|styczn|lut(?:y|ego)|kwie[ct]|czerw|lip(?:iec|ca)|sierp|wrze[sś]|pa[zź]dz|listopad|grud(?:zie[nń]|nia)|led(?:en|na)|[uú]nor|b[rř]ez(?:en|na)|dub(?:en|na)|kv[eě]t(?:en|na)|[cč]erv(?:en|na)|srp(?:en|na)|z[aá][rř][ií]|[rř][ií]j(?:en|na)|prosin"
    r"|ianuar|iuni|iuli|noiem|ocak|[sş]ubat|mart|nisan|may[ıi]s|haziran|temmuz|a[gğ]ustos|eyl[uü]l|ekim|kas[ıi]m|aral[ıi]k"
    r"|січ(?:ень|ня)|лют(?:ий|ого)|берез(?:ень|ня)|квіт(?:ень|ня)|трав(?:ень|ня)|черв(?:ень|ня)|лип(?:ень|ня)|серп(?:ень|ня)|верес(?:ень|ня)|жовт(?:ень|ня)|листопад|груд(?:ень|ня)"
    r"|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]*\.?"
)
#: "12051990", in the three orders of the world.
_IN_DIGITS = (
    r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
DATE = re.compile(
    rf"(?<![\w.])(?:{_IN_DIGITS}|\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?(?:19|20)?\d{{2}}|(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?\s+(?:of |de |di )?{_MONTH},?(?:\s+(?:de |del |of )?(?:19|20)\d{{2}})?|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+(?:19|20)\d{{2}})?)(?![\w/-])",
    re.I,
)
SHAPES: dict[str, re.Pattern[str]] = {
    "passport": re.compile(r"(?<!\w)(?:[A-Z]{1,3}[ -]?\d{6,8}|\d{2}[ ]?\d{2}[ №]{0,3}\d{6}|\d{9}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}|\d{2}[A-Z]{2}\d{5}|[A-Z]{3}\d{6}[A-Z]?)(?!\w)", re.I),
    "licence": re.compile(r"(?<!\w)(?=[A-Za-z0-9 -]{6,24}\d)(?:[A-Z0-9]{1,16}(?:[ -][A-Z0-9]{2,9}){0,3})(?!\w)", re.I),
    "bank": re.compile(r"(?<![\w.])\d{2}[- ]\d{2}[- ]\d{2}(?!\d|-\d)|(?<![\w.,])\d(?:[ -]?\d){5,25}(?:-[\dXx]|/\d{4})?(?![\w]|[.,]\d)"),
    "booking": re.compile(r"(?<!\w)(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{5,10}(?:-[A-Za-z0-9]{2,8})?(?!\w)|(?<!\w)[A-Z]{6}(?!\w)|(?<![\w.])\d{6,12}(?![\w.]\d)"),
    "plate": re.compile(
        r"(?<!\w)(?:(?-i:[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?\d{1,4}[EH]?)|[A-Z]{2}\d{2}[ ]?[A-Z]{3}|[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{4}[ -]?[A-Z]{3}|[A-Z]{3}[- ]?\d{3,4}|[A-Z]{3}\d[A-Z]\d{2}|\d[A-Z]{3}\d{3}"
        r"|(?-i:[A-Z]{2,3}\s?\d{4,5}|\d[A-Z]\d\s?\d{4}|[A-Z]{1,2}[ -]?\d{2,3}[ -]?[A-Z]{3}|\d{2}\s?[A-Z]{1,3}\s?\d{2,4}|[A-ZА-ЯІ]{2}\s?\d{4}\s?[A-ZА-ЯІ]{2}|(?=[\d-]{1,8}[A-Z])(?:[A-Z]{1,3}|\d{1,3})-(?:[A-Z]{2,3}|\d{2,3})-(?:[A-Z]{1,2}|\d{1,2}))"
        r"|(?-i:[A-Z]{2} \d{2} [A-Z]{2}|\d{2} [A-Z]{2} \d{2}|\d{2} \d{2} [A-Z]{2})|[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}"
        r"|[АВЕКМНОРСТУХABEKMHOPCTYX]\s?\d{3}\s?[АВЕКМНОРСТУХABEKMHOPCTYX]{2}\s?\d{2,3})(?!\w)",
        re.I,
    ),
    "birthdate": DATE,  # `_born`
}  # fmt: skip
_RANKS = {"passport": 73, "licence": 70, "bank": 71, "booking": 58, "plate": 57, "birthdate": 62}
_REACH = {"passport": 50, "licence": 40, "bank": 45, "booking": 40, "plate": 40, "birthdate": 45}
_NAMED = frozenset(SHAPES)
_CAPITALS, _VOWEL, _FOUR_CONSONANTS, _DRAWN = map(re.compile, (r"[A-Z]{6}", r"[AEIOUY]", r"[^AEIOUY]{4}", r"(.)\1\1"))


def gate(view: View) -> bool:
    return bool(view.named & _NAMED) and (view.digits >= 1 or "booking" in view.named)


def _usable(kind: str, value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    if kind == "booking":
        return digits >= 1 or lettered(value)
    if kind == "licence":
        return digits >= 4 and len(re.sub(r"\W", "", value)) >= 6
    return kind != "passport" or digits >= 5


def lettered(value: str) -> bool:
    """Whether six capitals are a booking's: none that anybody could say, as words, towns and names are ("KRAKOW"), or draws out."""
    sayable = len(_VOWEL.findall(value)) > 1 and not _FOUR_CONSONANTS.search(value)
    return _CAPITALS.fullmatch(value) is not None and not (sayable or _DRAWN.search(value) or ordinary(value))


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    for kind, shape in SHAPES.items():
        if kind not in view.named:
            continue
        if kind == "birthdate":
            yield from _born(plain)
            continue
        for word in cues.spoken(kind, plain):
            yield from _after(plain, kind, shape, word)
    for branch in _BRANCH.finditer(plain) if "bank" in view.named else ():
        yield Finding(branch.start(1), branch.end(1), "bank", 71)


def _born(plain: str) -> Iterator[Finding]:
    """The date right before the word ("on the 8.5.72 is his birthday"), or the first after it. All dates are looked for once."""
    dates = [match.span() for match in DATE.finditer(plain)]
    for word in cues.spoken("birthdate", plain) if dates else ():
        at = bisect_right(dates, word.start(), key=itemgetter(1))  # the first that ends behind the beginning of the word
        if at and dates[at - 1][1] >= word.start() - 12:
            yield Finding(*dates[at - 1], "birthdate", _RANKS["birthdate"])
        elif at < len(dates) and word.end() <= dates[at][0] <= word.end() + _REACH["birthdate"]:
            yield Finding(*dates[at], "birthdate", _RANKS["birthdate"])


def _after(plain: str, kind: str, shape: re.Pattern[str], word: re.Match[str]) -> Iterator[Finding]:
    """The first value after the word, and what is joined to it ("sort 12-34-56 acc 12345678" has words of its own)."""
    for match in shape.finditer(plain, word.end(), min(len(plain), word.end() + _REACH[kind] + 24)):
        if match.start() - word.end() > _REACH[kind]:
            return
        if match[0].lower() == word[0].lower() or not _usable(kind, match[0]):
            continue
        if kind == "bank" and cues.COUNTED.match(plain, match.end()):
            continue
        yield Finding(match.start(), match.end(), kind, _RANKS[kind])
        return


#: Branches have short numbers, which count right behind their names only.
_BRANCH = re.compile(
    r"(?<!\w)(?:entidad|oficina|sucursal|succursale|filiale|sportello|agencia|code (?:guichet|banque)|guichet|banque|abi|cab|ag(?:[eê]ncia)?\.?|blz|cc|sort ?code|cl[eé] rib|filial)\s*(?:n[º°.]?|:|is|est|es|è|é|é a|es la)?\s*(\d[\d-]{3,12}\d?)(?!\w)",
    re.I,
)
