"""Names that stand in for names: of the same locale, gender and declension, chosen with the user's key, never a real one. Pure.

The pools are those of the Faker library; nothing of Faker but its lists is used.
"""

from __future__ import annotations

import hmac
import importlib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import count

import wordfreq

from apps.privacy.scrub import lexicon
from apps.privacy.scrub.declension import stem

#: Where names are looked for, the more frequent locales first.
LOCALES = (
    "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "ru_RU", "nl_NL", "pl_PL", "uk_UA", "tr_TR", "cs_CZ", "sv_SE", "da_DK",
    "no_NO", "fi_FI", "hu_HU", "ro_RO", "hr_HR", "bg_BG", "el_GR", "es_MX", "pt_PT", "de_AT", "fr_CA", "sl_SI", "lt_LT", "he_IL",
    "ar_SA", "ja_JP", "ko_KR", "zh_CN", "th_TH",
)  # fmt: skip
FEMALE, MALE, LAST = "female", "male", "last"
PARTS = (FEMALE, MALE, LAST)
_LISTS = {FEMALE: "first_names_female", MALE: "first_names_male", LAST: "last_names"}
_SCRIPTS = {"CYRILLIC": "ru_RU", "GREEK": "el_GR", "HEBREW": "he_IL", "ARABIC": "ar_SA", "HANGUL": "ko_KR", "THAI": "th_TH"}
#: Locales that write in Latin letters and have most names.
LATIN = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL")
_KANA = ("HIRAGANA", "KATAKANA")


@cache
def pool(locale: str, part: str) -> tuple[str, ...]:
    """Names of a locale: `part` is female, male or last."""
    try:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError:
        return ()
    names = sorted(set(getattr(provider, _LISTS[part], ())))
    return tuple(n for n in names if n.isalpha() and 2 <= len(n) <= 12 and n[0].isupper() | (not n.isascii()))


@cache
def _places() -> dict[str, frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for locale in LOCALES:
        for part in _LISTS:
            for name in pool(locale, part):
                found.setdefault(name.lower(), set()).add((locale, part))
    return {name: frozenset(places) for name, places in found.items()}


def is_name(token: str, language: str = "") -> bool:
    """Whether some locale (of a language) has such a first or last name."""
    return any(locale.startswith(language) for locale, _ in _places().get(token.lower(), ()))


def is_first(token: str) -> bool:
    """Whether some locale has such a first name."""
    return any(part != LAST for _, part in _places().get(token.lower(), ()))


@cache
def _known() -> frozenset[str]:
    return frozenset(_places()) | lexicon.words(None)


def mentioned(tokens: Iterable[str]) -> frozenset[str]:
    """Which of these words, in small letters, are names somewhere."""
    return _known().intersection(tokens)


@dataclass(frozen=True)
class Origin:
    """What a surrogate should resemble: a locale, and female or male where the first name tells."""

    locale: str
    gender: str = ""


def origin(firsts: Iterable[str], lasts: Iterable[str]) -> Origin:
    """Where somebody with these names is likely from."""
    votes: dict[str, float] = {}
    genders = {FEMALE: 0, MALE: 0}
    first_names, last_names = list(firsts), list(lasts)
    for token in first_names:
        for locale, part in _places().get(token.lower(), ()):
            if part != LAST:
                votes[locale] = votes.get(locale, 0) + 1
                genders[part] += 1
    for token in last_names:
        for locale, part in _places().get(token.lower(), ()):
            if part == LAST:
                votes[locale] = votes.get(locale, 0) + 1.5
    home = _script([*first_names, *last_names])
    best = max(votes, key=lambda v: (home == v, votes[v], -LOCALES.index(v))) if votes else home or LOCALES[0]
    gender = "" if genders[FEMALE] == genders[MALE] else max(genders, key=lambda g: genders[g])
    gender = gender or _of_short(first_names) or _of_last(last_names) or _by_ending(first_names)
    return Origin(home if home and not pool(best, LAST) else best, gender)


def _script(tokens: list[str]) -> str:
    for token in tokens:
        name = unicodedata.name(token[0], "").split()[0] if token else ""
        if name in _SCRIPTS:
            return _SCRIPTS[name]
        if name in _KANA:
            return "ja_JP"
        if name.startswith("CJK"):
            return "zh_CN"
    return ""


#: So much more frequent must the full names of one gender be for a short form to tell it: "Вася", but not "Саша".
_CLEAR = 4.0
#: Zipf frequency from which a short form is one that people use.
_HEARD = 3.0


def _of_short(firsts: list[str]) -> str:
    """The gender of the full names that a short form stands for: "Дима" is Дмитрий, or Вадим."""
    votes = {FEMALE: 0.0, MALE: 0.0}
    for short in (token.lower() for token in firsts):
        for full in lexicon.full_names().get(short, ()):
            often = 10 ** wordfreq.zipf_frequency(full, "en" if full.isascii() else "ru", "small")
            for part in _genders(full):
                votes[part] += often
    return next((one for one, other in ((FEMALE, MALE), (MALE, FEMALE)) if votes[one] > _CLEAR * votes[other]), "")


def _genders(name: str) -> set[str]:
    """Female, male or both, as far as a list has such a first name."""
    nowhere: frozenset[tuple[str, str]] = frozenset()
    places = _places().get(name, nowhere) or _places().get(name.replace("ё", "е"), nowhere)
    return {part for _, part in places if part != LAST}


def _of_last(lasts: list[str]) -> str:
    """The gender that a Slavic last name tells."""
    endings = [found.ending for token in lasts if (found := stem(token, last=True)).kind in ("ов", "кий")]
    return next((FEMALE if ending in ("а", "кая") else MALE for ending in endings), "")


def _by_ending(firsts: list[str]) -> str:
    """Slavic and Romance names in -a are mostly women's."""
    return (FEMALE if firsts[0][-1] in "aаяá" else MALE) if firsts and firsts[0][-1].isalpha() else ""


def choose(key: bytes, token: str, part: str, where: Origin, taken: Callable[[str], bool]) -> str:
    """A name for `token`: the same for the same key, but for what is `taken` already. `part` is first or last."""
    kinds = (LAST,) if part == "last" else (where.gender,) if where.gender else (FEMALE, MALE)
    wanted = stem(token, last=part == "last").kind
    need = _nick_kinds(token) if part == "first" else frozenset()
    for locale in dict.fromkeys([where.locale, *_family(where.locale)]):
        candidates = [n for kind in kinds for n in pool(locale, kind)]
        fitting = [n for n in candidates if stem(n, last=part == "last").kind == wanted]
        if part == "last":
            fitting = fitting or _like(wanted, candidates)
            candidates = _of_gender(where.gender, candidates)
        short = [n for n in _short_names(kinds) if stem(n).kind == wanted] if token in lexicon.full_names() else []
        able = [n for n in fitting if need and need <= _nick_kinds(n.lower())]
        known = [n for n in fitting if need and _nick_kinds(n.lower())]
        for names in (short, able, known, fitting, candidates):
            if names and (found := _drawn(key, token, names, taken)):
                return found
    return _made(key, token, taken)


def _like(kind: str, lasts: list[str]) -> list[str]:
    """Last names of a class of which no list has any: "Орловский" after "Орлов"."""
    return [n + "ский" for n in lasts if n.endswith("ов")] if kind == "кий" else []


def _of_gender(gender: str, lasts: list[str]) -> list[str]:
    """Without the last names that tell the other gender."""
    return [n for n in lasts if not gender or _of_last([n]) in ("", gender)]


@cache
def _short_names(genders: tuple[str, ...]) -> tuple[str, ...]:
    """Common short forms of Russian names that are all of these genders: "Гриша", but not "Гришка" or "Гришаня"."""
    found = []
    for short, fulls in lexicon.full_names().items():
        common = not short.endswith(("ка", "ха")) and wordfreq.zipf_frequency(short, "ru", "small") >= _HEARD
        if (
            common
            and stem(short).kind in ("а", "я")
            and all((told := _genders(full)) and told <= {*genders} for full in fulls)
        ):
            found.append(short.capitalize())
    return tuple(sorted(found))


@cache
def _nick_kinds(name: str) -> frozenset[str]:
    """How the short forms of a name decline: a surrogate should have some of each kind."""
    return frozenset(stem(nick).kind for nick in lexicon.nicknames().get(name, ()))


def _family(locale: str) -> tuple[str, ...]:
    """Where else to look when a locale has no free name left: the same language, then English."""
    same = tuple(other for other in LOCALES if other[:2] == locale[:2])
    return same if script_of(locale) else (*same, "en_US", "en_GB")


def script_of(locale: str) -> str:
    """The locale itself where it is not written in Latin letters, else nothing."""
    return locale if locale in (*_SCRIPTS.values(), "uk_UA", "bg_BG", "ja_JP", "zh_CN") else ""


def _drawn(key: bytes, token: str, names: list[str], taken: Callable[[str], bool]) -> str:
    first = keyed(key, token) % len(names)
    return next((n for n in (*names[first:], *names[:first]) if not taken(n.lower())), "")


_SYLLABLES = tuple("ba be da de ka ko la le li lo ma mi na ne no ra re ri sa ta ti va vi".split())  # noqa: SIM905


def _made(key: bytes, token: str, taken: Callable[[str], bool]) -> str:
    """When thousands of names are used up: an invented one."""
    for attempt in count():
        number = keyed(key, f"made\0{token}\0{attempt}")
        syllables: list[str] = []
        for _ in range(3 + attempt // 50):
            syllables.append(_SYLLABLES[number % len(_SYLLABLES)])
            number //= len(_SYLLABLES)
        if not taken(name := "".join(syllables)):
            return name.capitalize()
    raise AssertionError


def keyed(key: bytes, text: str) -> int:
    """A number that only the key tells."""
    return int.from_bytes(hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256")[:8], "big")
