"""Names in other letters: Cyrillic and Greek ones as they are written in Latin letters, and Latin ones in these. Pure.

People spell as they like ("Aleksandr", "Alexandr", "Alexander"; "Yulia", "Iulia", "Julia"): from Cyrillic all usual ways are made; towards it
a list of names is asked first, whose spelling is known, then the letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, product

from apps.privacy.scrub import lexicon, surrogates
from apps.privacy.scrub.spelling import plain

LATIN, CYRILLIC, GREEK = "latin", "cyrillic", "greek"
#: Those that are looked after besides Latin.
OTHERS = frozenset((CYRILLIC, GREEK))
#: Spellings of one name at most, and fewest letters of a name that is looked for in others.
MOST, SHORTEST = 24, 3

#: Pieces of names in Cyrillic letters as they are written in Latin ones, the most usual first; longer pieces go first. "$" is the end.
_RUSSIAN = {
    "ий$": "y iy i ij", "ый$": "y yi", "ия$": "iya ia ija", "ья$": "ya ia ja", "ей$": "ey ei ej", "ай$": "ay ai aj", "ой$": "oy oi",
    "андр": "andr ander", "кс": "ks x", "дж": "j dzh", "^е": "e ye", "ье": "ye ie", "чё": "che cho", "шё": "she sho", "щё": "shche", "жё": "zhe",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo e io", "ж": "zh j", "з": "z", "и": "i", "й": "y i j", "к": "k c", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f ph", "х": "kh h", "ц": "ts c tz", "ч": "ch", "ш": "sh",
    "щ": "shch sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu iu ju", "я": "ya ia ja", "і": "i", "ї": "yi i", "є": "ie ye e", "ґ": "g", "ў": "u",
    "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj", "џ": "dz",
}  # fmt: skip
#: Where Ukrainians write otherwise.
_UKRAINIAN = _RUSSIAN | {"г": "h", "и": "y", "ий$": "yi yy y", "ія$": "iya ia iia", "й": "y i", "кс": "ks", "х": "kh h"}
_GREEK = {
    "μπ": "b mp", "ντ": "nt d", "γκ": "gk g", "γγ": "ng", "γχ": "nch", "τζ": "tz j", "ου": "ou u", "ευ": "ev ef eu", "αυ": "av af au", "ει": "ei i", "οι": "oi i",
    "αι": "ai e", "α": "a", "β": "v b", "γ": "g y", "δ": "d", "ε": "e", "ζ": "z", "η": "i e", "θ": "th", "ι": "i", "κ": "k c", "λ": "l", "μ": "m", "ν": "n",
    "ξ": "x ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y i", "φ": "f ph", "χ": "ch h", "ψ": "ps", "ω": "o",
}  # fmt: skip
#: The other way, for names that no list has.
_TO_CYRILLIC = {
    "shch": "щ", "sch": "ш", "tsch": "ч", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц", "ck": "к", "ph": "ф", "th": "т", "ee": "и", "oo": "у",
    "qu": "кв", "yu": "ю", "ju": "ю", "ya": "я", "ja": "я", "yo": "ё", "iya$": "ия", "ia$": "ия", "iy$": "ий", "ey$": "ей", "ay$": "ай", "oy$": "ой", "y$": "и",
    "a": "а", "b": "б", "c": "к", "d": "д", "^e": "э", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н",
    "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з",
}  # fmt: skip
_TO_GREEK = {
    "th": "θ", "ph": "φ", "ch": "χ", "ps": "ψ", "ou": "ου", "ks": "ξ", "mp": "μπ", "nt": "ντ", "s$": "ς", "a": "α", "b": "μπ", "c": "κ", "d": "δ", "e": "ε",
    "f": "φ", "g": "γ", "h": "χ", "i": "ι", "j": "τζ", "k": "κ", "l": "λ", "m": "μ", "n": "ν", "o": "ο", "p": "π", "q": "κ", "r": "ρ", "s": "σ", "t": "τ",
    "u": "ου", "v": "β", "w": "β", "x": "ξ", "y": "υ", "z": "ζ",
}  # fmt: skip
_RULES = {CYRILLIC: _TO_CYRILLIC, GREEK: _TO_GREEK}
_LOCALES = {CYRILLIC: ("ru_RU", "uk_UA"), GREEK: ("el_GR",)}
#: Spellings that are taken for one where a name is looked up in a list; in this order.
_ALIKE = (
    ("shch", "1"), ("sch", "1"), ("ander", "andr"), ("ph", "f"), ("x", "ks"), ("ck", "k"), ("zh", "2"), ("kh", "h"), ("ts", "3"), ("tz", "3"), ("sh", "4"), ("ch", "5"),
    ("c", "k"), ("w", "v"), ("yo", "e"), ("ye", "e"), ("yu", "6"), ("iu", "6"), ("ju", "6"), ("iya", "ia"), ("ija", "ia"), ("iia", "ia"), ("ya", "ia"), ("ja", "ia"),
    ("iy", "i"), ("ij", "i"), ("yi", "i"), ("yy", "i"), ("y", "i"), ("j", "i"), ("ii", "i"),
)  # fmt: skip


def script(word: str) -> str:
    """The script of a word: one of those that are looked after, "" for others and mixtures."""
    low = word.lower()
    if all("Ѐ" <= c <= "ԯ" for c in low):
        return CYRILLIC
    if all("Ͱ" <= c <= "Ͽ" or "ἀ" <= c <= "῾" for c in low):
        return GREEK
    return LATIN if all(c <= "ɏ" and c.isalpha() for c in low) else ""


def in_others(word: str, scripts: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Another script, and how a name may be written in it, in small letters, the usual way first: Latin for all others, and of
    `scripts` those that a Latin name may stand in."""
    low, own = word.lower(), script(word)
    if len(low) < SHORTEST or not own:
        return
    for other in sorted(scripts & OTHERS) if own == LATIN else (LATIN,):
        if found := spelled(low, other):
            yield other, found


@lru_cache(maxsize=65_536)
def spelled(low: str, other: str) -> tuple[str, ...]:
    """How a name in small letters is written in another script."""
    if other != LATIN:
        return _listed(other).get(_key(plain(low))) or ("".join(p[0] for p in _pieces(plain(low), _RULES[other])),)
    rules = (
        (_GREEK,) if script(low) == GREEK else (_UKRAINIAN, _RUSSIAN) if set(low) & set("іїєґ") else (_RUSSIAN, _UKRAINIAN)
    )
    bare = plain(low) if rules[0] is _GREEK else low
    return tuple(dict.fromkeys(way for table in rules for way in islice(_ways(_pieces(bare, table)), MOST)))


def like(stand: str, other: str) -> str:
    """What stands for a name, in another script, as names are written."""
    return spelled(stand.lower(), other)[0].capitalize() if script(stand) else stand


def _pieces(low: str, table: dict[str, str]) -> list[tuple[str, ...]]:
    """The ways to write each piece of a word, from the left, the longest piece first; unknown characters as they are."""
    marked = f"^{low}$"
    found: list[tuple[str, ...]] = []
    at = 1
    while at < len(marked) - 1:
        begun = marked[: at + 4] if at == 1 else ""
        for piece in (*(begun[: n + 1] for n in range(4, 0, -1)), *(marked[at : at + n] for n in range(5, 0, -1))):
            if piece in table and piece != "^":
                found.append(tuple(table[piece].split()) or ("",))
                at += len(piece.strip("^$"))
                break
        else:
            found.append((marked[at],))
            at += 1
    return found


def _ways(pieces: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """All ways to put them together, those with the fewest odd choices first."""
    numbered = list(islice(product(*(enumerate(piece) for piece in pieces)), 4_096))
    for way in sorted(numbered, key=lambda way: sum(n for n, _ in way)):
        yield "".join(piece for _, piece in way)


def _key(latin: str) -> str:
    for these, one in _ALIKE:
        latin = latin.replace(these, one)
    return latin


def is_known(low: str) -> bool:
    """Whether a list has such a name, first, last or short."""
    return (
        surrogates.is_name(low)
        or low in lexicon.nicknames()
        or low in _told()
        or (script(low) == LATIN and _key(low) in _listed(CYRILLIC))
    )


@cache
def _told() -> frozenset[str]:
    return frozenset(name for _, line in lexicon.entries("scripts.txt") for name in line.partition(": ")[2].split())


@cache
def _listed(other: str) -> dict[str, tuple[str, ...]]:
    """Known names of a script by their spelling in Latin letters, simplified."""
    found: dict[str, dict[str, None]] = {}
    for section, line in lexicon.entries("scripts.txt"):
        if section == other:
            latin, names = line.split(": ")
            found.setdefault(_key(latin), {}).update(dict.fromkeys(names.split()))
    for name in _names(other):
        for key in _keys(name):
            found.setdefault(key, {}).setdefault(name)
    full = frozenset(found)
    for name in lexicon.nicknames():
        for key in _keys(name) - full if script(name) == other else ():  # "Юля" is no spelling of "Yulia"
            found.setdefault(key, {}).setdefault(name)
    return {key: tuple(names)[:3] for key, names in found.items()}


def _names(other: str) -> Iterator[str]:
    for locale in _LOCALES[other]:
        for part in surrogates.PARTS:
            yield from (name.lower() for name in surrogates.pool(locale, part))


def _keys(name: str) -> frozenset[str]:
    greek = script(name) == GREEK
    tables = (_GREEK,) if greek else (_RUSSIAN, _UKRAINIAN)
    return frozenset(_key("".join(p[0] for p in _pieces(plain(name) if greek else name, table))) for table in tables)
