"""Dates as people's languages write them: "dimanche 4 décembre 2016, 13:54 UTC-07", "Oct 19, 2019 at 2:37 PM", "2026年5月29日".

Month names come from CLDR (babel). Which language, and whether day or month comes first, is decided once for all dates
of a file: one export is written in one language. Wall clocks without a zone are given as if they were UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from babel import Locale

#: In the order in which they are asked when a month's name means different months in different languages.
LOCALES = (
    "en", "es", "de", "de_AT", "fr", "pt", "it", "ru", "nl", "pl", "tr", "sv", "da", "nb", "nn", "fi", "cs", "sk", "hu", "ro", "hr", "sr",
    "sr_Latn", "bs", "sl", "bg", "uk", "el", "lt", "lv", "et", "ca", "id", "ms", "vi", "th", "he", "ar", "fa", "hi", "ko", "ja", "zh", "kk", "az", "ka", "hy", "sq", "mk", "is", "fil",
    "fr_CA", "be", "gl", "af", "uz", "sw", "ur", "bn", "ta", "te", "mr", "gu", "ml", "kn", "pa", "ne",
)  # fmt: skip
_AM = r"a\.?\s?m\.?|上午|午前|凌晨|清晨|早上|午夜|오전|vorm\.|ÖÖ|π\.?\s?μ\.?|ص|fm|pg|p\.d\.|ਪੂ\.ਦੁ\."
_PM = r"p\.?\s?m\.?|下午|午後|中午|傍晚|晚上|오후|nachm\.|nachmittags|mittags|abends|ÖS|μ\.?\s?μ\.?|م|em|ptg|m\.d\.|ਬਾ\.ਦੁ\."
_TIME = re.compile(
    rf"(?P<before>{_AM}|{_PM})?\s?(?<!\d)(?P<h>\d{{1,2}})(?P<sep>[:.])(?P<m>\d{{2}})(?:(?P=sep)(?P<s>\d{{2}}))?(?!\d)(?:[.,]\d+)?"
    rf"\s?(?P<after>(?:{_AM}|{_PM})(?!\w))?",
    re.I,
)
#: A clock in words: "10 h 11 min 12 s", "10시 11분 12초", "10時11分", "10 นาฬิกา 11 นาที 12 วินาที".
_SPOKEN = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:h|시|[時时点點]|นาฬิกา)\s?(\d{1,2})(?!\d)(?:\s?(?:min(?!\w)|[分분]|นาที)(?:\s?(\d{1,2})\s?(?:s|[秒초]|วินาที)(?!\w))?)?",
    re.I,
)
_IS_PM = re.compile(_PM, re.I)
_OFFSET = re.compile(r"\b(?:UTC|GMT)\s?([+\-−]\d{1,2})(?::?(\d{2}))?", re.I)
_UTC = re.compile(r"\b(?:UTC|GMT)\b", re.I)
#: Hours from UTC. "CDT", "CST" and "BST" mean different zones to different people: such times stay without a zone.
_ZONES = {
    "PDT": -7,
    "PST": -8,
    "MDT": -6,
    "MST": -7,
    "EDT": -4,
    "EST": -5,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
}
_ZONE = re.compile(r"\b(" + "|".join(_ZONES) + r")\b")
#: Python counts no vowel signs among letters, but they are most of what tells one Thai or Hindi month from another.
_SIGNS = "".join(chr(c) for c in range(0x300, 0x1100) if unicodedata.category(chr(c)).startswith("M"))
_WORD = re.compile(rf"[ก-๎]+\.[ก-๎]+\.?|(?:[^\W\d_][{_SIGNS}]*)+\.?")
_NUMBER = re.compile(r"\d+")
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")

#: A month by its number, wherever it stands: "6月 02, 2024", "thg 6 02, 2024".
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])\s?[月월]|(?<!\w)(?:thg|tháng)\.?\s?(1[0-2]|0?[1-9])(?!\d)", re.I)
_VIETNAMESE = re.compile(r"(?<!\w)(?:thg|tháng)(?!\w)", re.I)
#: There "SA" is the morning and "CH" the afternoon; in German "Sa" is a Saturday.
_HALVES = re.compile(r"(?<=\d)\s?(SA|CH)(?!\w)", re.I)

_BUDDHIST = 543  # years before ours; Thai accounts may count them

Moment = tuple[float, bool]  # seconds since 1970, whether they are UTC


@cache
def _names(locale: str) -> dict[str, int]:
    """The words of a language that name one month. Those in the names of several, as in "tháng 3", name none."""
    months = Locale.parse(locale).months
    found: dict[str, set[int]] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in months[context][width].items():
                for word in _WORD.findall(str(name).lower()) or [str(name).lower()]:
                    found.setdefault(word.rstrip("."), set()).add(number)
    named = {word: numbers.pop() for word, numbers in found.items() if len(numbers) == 1}
    return named | {f"ב{word}": number for word, number in named.items()} if locale == "he" else named


@cache
def _meanings(word: str) -> dict[str, int]:
    """The months a word may name, by language; English alone when it knows the word and no other disagrees."""
    return {locale: names[word] for locale in LOCALES if word in (names := _names(locale))}


def _month_words(text: str) -> list[str]:
    """The longest first: "mar" may be a Tuesday beside "diciembre", and "de" is no December."""
    words = [w.lower().rstrip(".") for w in _WORD.findall(text)]
    months = [w for w in words if (len(w) > 2 or not w.isascii()) and (w in _names("en") or _meanings(w))]
    return sorted(months, key=len, reverse=True)


class Written:
    """How the dates of a file are written, learnt from all of them: a file that is larger than memory is gone through twice."""

    def __init__(self) -> None:
        self._spoken: Counter[str] = Counter()
        self._day_first: bool | None = None
        self._ranked: list[str] | None = None

    def learn(self, text: str) -> None:
        self._look(_parts(text))

    def moment(self, text: str) -> Moment | None:
        """A text as a moment, or None for what is no date; once all were learnt."""
        return self._moment(_parts(text))

    def moments(self, texts: Iterable[str]) -> list[Moment | None]:
        """Each of a file's texts, all of them learnt before the first is told."""
        parsed = [_parts(text) for text in texts]
        for part in parsed:
            self._look(part)
        return [self._moment(part) for part in parsed]

    def _look(self, part: _Parts | None) -> None:
        if part is None:
            return
        for word in part.words:
            self._spoken.update(_meanings(word).keys())
        if self._day_first is None and not part.words and part.date is None and part.month is None:
            self._day_first = _day_first(part.numbers)

    def _moment(self, part: _Parts | None) -> Moment | None:
        if part is None:
            return None
        if self._ranked is None:
            self._ranked = sorted(self._spoken, key=lambda name: (-self._spoken[name], LOCALES.index(name)))
        return part.moment(self._ranked, day_first=self._day_first is not False)


def moments(texts: Sequence[str]) -> list[Moment | None]:
    """Each text as a moment, or None for what is no date; language and order are decided over all of them."""
    return Written().moments(texts)


def looks_like_a_date(text: str) -> bool:
    """Whether a short text is nothing but a date with a time: beside numbers only months, weekdays and small words."""
    if len(text) > 60:
        return False
    text = _plain(text)
    if not _TIME.search(text) or moments([text])[0] is None:
        return False
    text = _MONTH.sub(" ", text)
    words = [
        w.lower().rstrip(".") for w in _WORD.findall(_ZONE.sub(" ", _OFFSET.sub(" ", _UTC.sub(" ", _TIME.sub(" ", text)))))
    ]
    strange = [w for w in words if len(w) > 3 and not _meanings(w) and not any(w in _days(name) for name in LOCALES)]
    return not strange and len(words) <= 7


@cache
def _days(locale: str) -> frozenset[str]:
    days = Locale.parse(locale).days
    return frozenset(
        str(name).lower().rstrip(".") for context in days.values() for width in ("wide", "abbreviated") for name in context[width].values()
    )  # fmt: skip


def _day_first(numbers: list[int]) -> bool | None:
    """Whether a date of numbers alone has the day before the month; None where it may be either."""
    if len(numbers) >= 2 and numbers[0] < 1000 and numbers[0] != numbers[1]:
        if numbers[0] > 12:
            return True
        if numbers[1] > 12:
            return False
    return None


class _Parts:
    """A text taken apart: clock, zone, numbers, words that may be months."""

    def __init__(self, clock: tuple[int, int, int], zone: timezone | None, rest: str) -> None:
        self.clock, self.zone = clock, zone
        found = _CJK.search(rest)
        self.date = tuple(int(n) for n in found.groups()) if found else None
        told = None if found else _MONTH.search(rest)
        self.month = int(told[1] or told[2]) if told else None
        rest = rest[: told.start()] + " " + rest[told.end() :] if told else rest
        self.numbers = [int(n[:6]) for n in _NUMBER.findall(rest)]
        self.words = [] if found else _month_words(rest)

    def moment(self, ranked: list[str], *, day_first: bool) -> Moment | None:
        date = self.date or self._date(ranked, day_first=day_first)
        if date is None:
            return None
        try:
            year, month, day = date[:3]
            made = datetime(year, month, day, *self.clock, tzinfo=self.zone or UTC)
        except (ValueError, TypeError):
            return None
        return made.timestamp(), self.zone is not None

    def _date(self, ranked: list[str], *, day_first: bool) -> tuple[int, ...] | None:
        years = [n - _BUDDHIST if 2400 < n < 2700 else n for n in self.numbers if n >= 1000]
        small = [n for n in self.numbers if n < 100]
        if self.month is not None:
            return self._in_month(self.month, years, small)
        for word in self.words:
            meanings = _meanings(word)
            month = next((meanings[name] for name in ranked if name in meanings), None)
            if month is not None and len(small) >= 1:
                return self._in_month(month, years, small)
        if len(years) == 1 and len(small) == 2:
            if self.numbers[0] >= 1000:
                return years[0], small[0], small[1]
            return (years[0], small[1], small[0]) if day_first else (years[0], small[0], small[1])
        if not years and len(small) == 3:
            return (_century(small[2]), *((small[1], small[0]) if day_first else (small[0], small[1])))
        return None

    @staticmethod
    def _in_month(month: int, years: list[int], small: list[int]) -> tuple[int, ...] | None:
        year = years[0] if years else _century(small[1]) if len(small) > 1 else None
        return None if year is None or not small else (year, month, small[0])


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _plain(text: str) -> str:
    """With our digits, single spaces, and the clock with colons."""
    if not text.isascii():
        text = "".join(str(unicodedata.digit(c)) if c.isdecimal() and not c.isascii() else c for c in text)
    text = " ".join(text.split())
    text = _halves(text)
    return _SPOKEN.sub(lambda m: f"{m[1]}:{int(m[2]):02}:{int(m[3] or 0):02}", text)


def _halves(text: str) -> str:
    """With "AM" and "PM" for the halves of a day in Vietnamese."""
    if not _VIETNAMESE.search(text):
        return text
    return _HALVES.sub(lambda m: " PM" if m[1].upper() == "CH" else " AM", text)


def _parts(text: str) -> _Parts | None:
    text = _plain(text)
    zone, offset = None, _OFFSET.search(text)
    if offset:
        hours = int(offset[1].replace("−", "-"))
        minutes = int(offset[2] or 0)
        zone = timezone(timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes)) if abs(hours) < 24 else None
        text = _OFFSET.sub(" ", text)
    elif _UTC.search(text):
        zone, text = UTC, _UTC.sub(" ", text)
    elif named := _ZONE.search(text):
        zone = timezone(timedelta(hours=_ZONES[named[1]]))
    text = _ZONE.sub(" ", text)
    times = list(_TIME.finditer(text))
    time = next((t for t in times if t["sep"] == ":"), times[-1] if times else None)
    if time is None:
        return None
    told = clock(int(time["h"]), int(time["m"]), int(time["s"] or 0), time["before"] or time["after"] or "")
    return _Parts(told, zone, text[: time.start()] + " " + text[time.end() :])


def clock(hour: int, minute: int, second: int, half: str) -> tuple[int, int, int]:
    """A clock of 24 hours; "13:00 PM" and "00:04 AM" exist, there the number counts."""
    half = half.strip()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if _IS_PM.fullmatch(half) else 0)
    return hour, minute, second
