"""How a name is typed: slips of the thumb, drawn out vowels, hashtags, dropped accents."""

import re
import unicodedata
from collections.abc import Callable
from random import Random

VOWELS = "aeiouyаеёиоуыэюя"
ROWS = {
    "en": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "ru": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
}


def plain(text: str) -> str:
    """Without accents; й stays a letter of its own."""
    letters = (char if char in "йЙ" else unicodedata.normalize("NFD", char)[0] for char in text)
    return "".join(letters).replace("ß", "ss")


def lazily(rng: Random, text: str, language: str) -> str:
    """As typed in a hurry: German umlauts as two letters, other accents left out."""
    if rng.random() < 0.5:
        return text
    if language == "de":
        for umlaut, pair in zip("äöüÄÖÜ", ("ae", "oe", "ue", "Ae", "Oe", "Ue"), strict=True):
            text = text.replace(umlaut, pair)
    return plain(text)


def neighbour(rng: Random, char: str, language: str) -> str:
    """A key beside this one; none for letters without a key of their own."""
    for row in ROWS.get(language, ROWS["en"]):
        place = row.find(char.lower())
        if place >= 0:
            key = rng.choice([row[at] for at in (place - 1, place + 1) if 0 <= at < len(row)])
            return key.upper() if char.isupper() else key
    return char


def swapped(rng: Random, text: str, at: int, language: str) -> str:
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :] if at > 1 else text


def missing(rng: Random, text: str, at: int, language: str) -> str:
    return text[:at] + text[at + 1 :]


def doubled(rng: Random, text: str, at: int, language: str) -> str:
    return text[:at] + text[at] + text[at:]


def wrong(rng: Random, text: str, at: int, language: str) -> str:
    return text[:at] + neighbour(rng, text[at], language) + text[at + 1 :]


SLIPS: tuple[Callable[[Random, str, int, str], str], ...] = (swapped, missing, doubled, wrong)


def typo(rng: Random, text: str, language: str, taken: frozenset[str]) -> str:
    """One edit after the first letter that changes the name and gives no other name."""
    places = [at for at, char in enumerate(text) if at and char.isalpha() and text[at - 1].isalpha()]
    while True:
        found = rng.choice(SLIPS)(rng, text, rng.choice(places), language)
        if found != text and found.casefold() not in taken:
            return found


def elongated(rng: Random, text: str) -> str:
    """One or two letters, vowels if there are any, held for three to six."""
    places = [at for at, char in enumerate(text) if plain(char).lower() in VOWELS] or [len(text) - 1]
    chosen = {places[-1] if rng.random() < 0.6 else rng.choice(places)}
    if rng.random() < 0.3:
        chosen.add(rng.choice(places))
    return "".join(char * (rng.randint(3, 6) if at in chosen else 1) for at, char in enumerate(text))


def tag(rng: Random, text: str) -> str:
    """Letters only; AnnaKovac or annakovac."""
    joined = re.sub(r"[\W_]", "", text)
    return joined if rng.random() < 0.4 else joined.lower()


def genitive(rng: Random, name: str, language: str) -> str:
    """What follows a name that owns something."""
    if language == "de":
        return "'" if name[-1].lower() in "sxzß" else "s"
    return rng.choice(("'s", "'s", "'s", "’s", "s", "s"))
