"""Invented people: no name here belongs to anybody, and no two people of one world share one."""

from __future__ import annotations

import random
import re
import unicodedata
from typing import NamedTuple

OWNER = "Noémi Farrowdale"
SPECIAL = (
    "Zoë Brändtkvist",
    "Мира Полозовская",
    "Wren Hallovar, PhD",
    "Pixie Thornwick 🦊",
    "Kestrelle",
    "Łucja Świętoborek",
    "Anh-Đào Quillnam",
)
FIRST = [
    "Tamsine",
    "Orlo",
    "Ybbe",
    "Maridel",
    "Quentrell",
    "Sunniva",
    "Bexley",
    "Corvane",
    "Delphira",
    "Eskild",
    "Fenwick",
    "Gisla",
    "Hadrian",
    "Isolde",
    "Jorunn",
    "Kaspian",
    "Liora",
    "Morwenna",
    "Nestor",
    "Odalys",
    "Pernella",
    "Quilla",
    "Rosmund",
    "Severin",
    "Tindra",
    "Ulric",
    "Vesna",
    "Wystan",
    "Ximena",
    "Yorick",
    "Zelda",
    "Alaric",
    "Briony",
    "Cosmo",
    "Dagny",
    "Elowen",
    "Florian",
    "Greer",
    "Hollis",
    "Idony",
]
LAST = [
    "Ashgrove",
    "Birkenfell",
    "Cradlemoor",
    "Dunmarrow",
    "Elderwick",
    "Fairholt",
    "Glimmerford",
    "Hollinbeck",
    "Inkpenn",
    "Jarrowby",
    "Kettlemarsh",
    "Larkhollow",
    "Mistlethorn",
    "Nettlecombe",
    "Oxenbury",
    "Pellingworth",
    "Quarrendale",
    "Ravensdyke",
    "Saltmarrow",
    "Thistledon",
    "Underbough",
    "Velmere",
    "Wintersedge",
    "Yarrowfield",
    "Zephyrholm",
    "Amberley-Voss",
    "Bramblecot",
    "Copperdene",
    "Drizzleby",
    "Emberlake",
]
GROUPS = (
    "Sunday hikers",
    "Flat 12 🏠",
    "Книжный клуб",
    "Film night, the sequel",
    "Allotment & compost",
    "Ferienplanung Österreich",
    "Board games",
    "Running late",
)


class Person(NamedTuple):
    number: int
    name: str
    first: str
    last: str
    uid: int
    phone: str
    handle: str
    email: str


def slug(text: str, fallback: str = "x") -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower()) or fallback


def _person(number: int, name: str, salt: int) -> Person:
    first, _, last = name.partition(" ")
    handle = f"{slug(name, 'someone')}{number}"
    uid = 100_000_000 + salt % 10_000 * 10_000 + number
    return Person(number, name, first, last, uid, f"+1555{2_000_000 + number}", handle, f"{handle}@example.org")


def invent(rng: random.Random, count: int) -> list[Person]:
    """The owner first, then those with a difficult name, then as many others as asked for."""
    pairs = [f"{first} {last}" for first in FIRST for last in LAST]
    rng.shuffle(pairs)
    names = [OWNER, *SPECIAL, *pairs][:count]
    names += [f"{pairs[i % len(pairs)]} {i // len(pairs) + 2}" for i in range(count - len(names))]
    salt = rng.randrange(1, 10_000)
    return [_person(number, name, salt) for number, name in enumerate(names)]


def group_titles(count: int) -> list[str]:
    return [GROUPS[i] if i < len(GROUPS) else f"{GROUPS[i % len(GROUPS)]} {i // len(GROUPS) + 1}" for i in range(count)]
