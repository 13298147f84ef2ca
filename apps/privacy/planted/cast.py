"""Invented people of an archive: frequent and rare names per language, as exports of chats show them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from apps.privacy.planted import russian
from apps.privacy.planted.chance import pick
from apps.privacy.planted.phrases import Sections, sections

FOLDER = Path(__file__).with_name("names")
ENTRY = re.compile(r"([^(]+?)\s*(?:\(([^)]*)\))?$")
EMOJI = ("🌸", "❤️", "🔥", "✨", "🦊", "🎸", "😎", "🌻")
TITLES = {
    "de": ("Dr.", "Dr."),
    "es": ("Dra.", "Dr."),
    "fr": ("Dr", "Dr"),
    "it": ("Dott.ssa", "Dott."),
    "pt": ("Dra.", "Dr."),
}
STYLES = {
    "full": 44,
    "first": 12,
    "turned": 8,
    "lower": 7,
    "emoji": 8,
    "quoted": 6,
    "title": 3,
    "caps": 2,
    "initial": 5,
    "short": 6,
    "long": 5,
}


@dataclass(frozen=True, slots=True)
class Person:
    """One writer; last is empty when the export shows only the first name."""

    first: str
    last: str
    nicks: tuple[str, ...]
    woman: bool
    shown: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}" if self.last else ""

    def names(self) -> set[str]:
        """Everything this person answers to, in lower case."""
        return {name.casefold() for name in (self.first, self.last, self.full, *self.nicks) if name}


def data(language: str) -> Sections:
    return sections(language, FOLDER)


@cache
def firsts(language: str, section: str) -> dict[str, tuple[str, ...]]:
    """First name to its well known short forms."""
    found = {}
    for entry in ", ".join(data(language)[section]).split(", "):
        if matched := ENTRY.match(entry):
            found[matched[1]] = tuple((matched[2] or "").split())
    return found


@cache
def lasts(language: str, section: str = "last") -> tuple[str, ...]:
    return tuple(", ".join(data(language)[section]).split(", "))


@cache
def known(language: str) -> frozenset[str]:
    """Every name, short form and pet name of a language, folded for comparing."""
    found = {name.casefold() for name in lasts(language, "pet")}
    for section in ("women", "men", "women.rare", "men.rare"):
        for name, nicks in firsts(language, section).items():
            found.update(word.casefold() for word in (name, *nicks))
    surnames = lasts(language) + lasts(language, "last.rare")
    found.update(name.casefold() for name in surnames)
    found.update(russian.feminine(name).casefold() for name in surnames)
    return frozenset(found)


@cache
def keys(language: str) -> frozenset[str]:
    """Names that the negatives play on."""
    lines = data(language)["homonyms"] + data(language)["near"]
    return frozenset(line.partition(": ")[0].casefold() for line in lines)


def rarity(rng: Random) -> str:
    return ".rare" if rng.random() < 0.25 else ""


def first_name(rng: Random, language: str, tricky: bool) -> tuple[str, tuple[str, ...], bool]:
    """A first name, its short forms, and whether a woman's; tricky: a name that is also a word, or close to one."""
    woman = rng.random() < 0.5
    gender = "women" if woman else "men"
    found = firsts(language, gender + rarity(rng))
    if tricky:
        both = firsts(language, gender) | firsts(language, gender + ".rare")
        found = {name: nicks for name, nicks in both.items() if name.casefold() in keys(language)}
    name = rng.choice(tuple(found))
    return name, found[name], woman


def last_name(rng: Random, language: str, woman: bool, tricky: bool) -> str:
    found = lasts(language, "last" + rarity(rng))
    if tricky:
        both = lasts(language) + lasts(language, "last.rare")
        found = tuple(name for name in both if name.casefold() in keys(language))
    name = rng.choice(found)
    return russian.feminine(name) if language == "ru" and woman else name


def two_surnames(rng: Random, person: Person, language: str) -> str:
    """Spanish and Portuguese names in full; people are called by the first surname, or by the last."""
    second = rng.choice(lasts(language))
    if language == "es":
        return f"{person.full} {second}"
    return f"{person.first} {second} {person.last}" if language == "pt" else person.full


def shown(rng: Random, person: Person, style: str, language: str) -> str:
    first, last, full = person.first, person.last, person.full
    turned = f"{last} {first}" if language == "ru" and rng.random() < 0.6 else f"{last}, {first}"
    nick = person.nicks[0] if person.nicks else first
    title = TITLES.get(language, ("Dr.", "Dr."))[not person.woman]
    return {
        "first": first,
        "turned": turned,
        "lower": full.lower(),
        "emoji": f"{rng.choice((first, full))} {rng.choice(EMOJI)}",
        "quoted": f"{first} {rng.choice(('“{}”', chr(34) + '{}' + chr(34), '({})')).format(nick)} {last}",
        "title": full if language == "ru" else f"{title} {full}",
        "caps": full.upper(),
        "initial": f"{first} {last[:1].upper()}.",
        "long": two_surnames(rng, person, language),
    }.get(style, full)


def told(person: Person, text: str) -> Person:
    """With the name as shown; a surname that is not shown is not part of it."""
    seen = re.search(rf"\b{re.escape(person.last)}\b", text, re.IGNORECASE)
    last = person.last if seen and (person.first != person.last or text != person.first) else ""
    return Person(person.first, last, person.nicks, person.woman, text)


def nicknamed(rng: Random, person: Person, style: str, language: str) -> Person:
    """`short`: shown under a short form, and the full form is what else they are called. `quoted`: may bring a pet name."""
    first, nicks = person.first, person.nicks
    if style == "short" and nicks:
        first, nicks = nicks[0], (first, *nicks[1:])
    elif style == "quoted" and (not nicks or rng.random() < 0.4):
        nicks = (rng.choice(lasts(language, "pet")), *nicks)
    return Person(first, person.last, nicks, person.woman, "")


def person(rng: Random, language: str, tricky: str = "") -> Person:
    """tricky: '', 'first' or 'last', the part that is also a word."""
    first, nicks, woman = first_name(rng, language, tricky == "first")
    made = Person(first, last_name(rng, language, woman, tricky == "last"), nicks, woman, "")
    style = rng.choice(("full", "full", "turned", "emoji")) if tricky == "first" else pick(rng, STYLES)
    made = nicknamed(rng, made, "full" if tricky == "last" else style, language)
    return told(made, shown(rng, made, "full" if tricky == "last" else style, language))


def origin(rng: Random, language: str) -> str:
    """Now and then somebody from abroad; Russian chats spell such names in Cyrillic, so there all are at home."""
    return rng.choice(("en", "de", "es", "fr", "pt", "it")) if language != "ru" and rng.random() < 0.1 else language


def people(rng: Random, language: str, count: int) -> tuple[Person, ...]:
    """No two are shown alike; a quarter of them have names that are words too, or nearly."""
    found: dict[str, Person] = {}
    while len(found) < count:
        place = len(found)
        tricky = "first" if place < count // 6 else "last" if place < count // 4 else ""
        made = person(rng, language if tricky else origin(rng, language), tricky)
        found.setdefault(made.shown, made)
    ordered = list(found.values())
    rng.shuffle(ordered)
    return tuple(ordered)
