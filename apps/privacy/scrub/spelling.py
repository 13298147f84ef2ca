"""How a word is written: its dress, letters drawn out, slips, endings. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from apps.privacy.scrub import surrogates
from apps.privacy.scrub.declension import Stem, stem
from apps.privacy.scrub.wording import ORDINARY, accented, frequency, ordinary

#: Zipf frequency from which a form of a name is a word that people use, where the name itself is rarer.
_USED = 3.0


#: Letters with a stroke, without their dot, or joined, which no normal form takes apart.
_STRUCK = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
#: Letters as they are typed without the keys for them.
_TYPED = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "đ": "dj", "þ": "th", "ð": "dh",
})  # fmt: skip


def plain(word: str) -> str:
    """Without accents and strokes, in small letters."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in bare if not unicodedata.combining(c) or c == "\u0306").translate(_STRUCK)


def accents(word: str) -> str:
    """Its letters that are not of the plain alphabet."""
    return "" if word.isascii() else "".join(sorted(c for c in word if not c.isascii()))


@cache
def _typed_bare() -> frozenset[str]:
    """Ordinary words with accents as they are typed without them."""
    return frozenset(plain("\n".join(accented())).split("\n"))


def everyday(low: str) -> bool:
    """Whether it is an ordinary word, in small letters, of any language, also typed without its accents: "cely" for "celý"."""
    return ordinary(low) or low in _typed_bare()


def in_two_letters(word: str) -> str:
    """Letters as they are typed without the keys for them: "jürgen" as "juergen", "søren" as "soeren"."""
    return word if word.isascii() else plain(word.translate(_TYPED))


#: Letters that one name is written with or without, or by others; first the longer ones.
_SAME = (("ph", "f"), ("th", "t"), ("chr", "kr"), ("c", "k"), ("y", "i"))
#: What a first or second letter of `folded` may be written as.
_WRITTEN = {"k": "kc", "f": "fp", "i": "iy", "s": "sz"}


@lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """What the spellings of one name in Latin letters have in common: "elizabeth" and "elisabet", "lizzie" and "lizzy", "karl" and
    "carl". "" of a name in others, and of a short one: four letters are the fewest."""
    low = plain(name)
    if len(low) < 4 or not low.isascii():
        return ""
    for one, other in _SAME:
        low = low.replace(one, other)
    low = squeezed(low[0] + low[1:].replace("z", "s"))
    if low.endswith(("ie", "ei")):
        low = low[:-2] + "i"
    low = low[:-1] if low.endswith("ah") else low
    return low if len(low) > 1 else ""  # "Aaaa"


def openings(key: str) -> set[str]:
    """The first two letters of all words that are `folded` to a key."""
    firsts, seconds = (_WRITTEN.get(letter, letter) for letter in key[:2])
    return {a + b for a in firsts for b in seconds} | ({"ph"} if key[0] == "f" else set())


def squeezed(word: str) -> str:
    """With every run of one letter as that letter."""
    return re.sub(r"(.)\1+", r"\1", word)


def dressed(like: str, word: str, drawn: int = 0) -> str:
    """`word` in the case of `like`, its last letter drawn out by `drawn`."""
    word += word[-1] * drawn if drawn > 0 else ""
    if like.isupper() and len(like) > 1:
        return word.upper()
    if like[:1].isupper():
        return word[:1].upper() + (_inner(like, word) if not like[1:].islower() else word[1:])
    return word if like.islower() or not like.isupper() else word.capitalize()


def _inner(like: str, word: str) -> str:
    """ "AnnaKovac" keeps a capital in the middle: where, is a matter of taste."""
    middle = next((n for n, c in enumerate(like) if n and c.isupper()), 0)
    place = round(len(word) * middle / len(like))
    return word[1:place] + word[place : place + 1].upper() + word[place + 1 :] if place else word[1:]


def declined(form: str, mine: Stem, theirs: Stem, stand: str) -> str:
    if mine.kind == "-" or mine.kind != theirs.kind or not form.startswith(mine.stem):
        return stand
    return theirs.like(form[len(mine.stem) :])


def cuts(word: str) -> Iterator[str]:
    return (word[:n] + word[n + 1 :] for n in range(len(word)))


def runs(word: str) -> list[tuple[str, int]]:
    return [(m[1], len(m[0])) for m in re.finditer(r"(.)\1*", word)]


def one_apart(one: str, other: str) -> bool:
    """Whether one edit makes them equal: insert, delete, exchange, or swap neighbours (Damerau)."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def run_together(token: str) -> bool:
    """Scripts that write no blanks between words."""
    name = unicodedata.name(token[0], "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "HANGUL", "LAO", "KHMER"))


def takes_s(name: str) -> bool:
    """Whether the name with an s behind it is its genitive (or a slip of one), and no other name or word."""
    return not surrogates.is_name(name + "s") and frequency(name + "s", ("en",)) < ORDINARY


def is_another_word(form: str, name: str) -> bool:
    """Whether a form of a name, both in small letters, is a word that is said more often than the name: "люди" of "Люда"."""
    often = max(frequency(name), frequency(name.replace("ё", "е")), _USED)
    return frequency(form) > often and not surrogates.is_name(form)


@cache
def has_word_among_forms(name: str, *, last: bool = False) -> bool:
    """Whether a case of a name, the name with an s or without its accents is another word: "gracias" of "Gracia", "back" of
    "Bäck". Coming back, each such word might become somebody's name."""
    cases = {name, *stem(name, last=last).forms}
    cases |= {case.replace("ё", "е") for case in cases}
    return any(is_another_word(form, name) for form in cases | {plain(name), in_two_letters(name), name + "s"})
