"""Chats in which the people of an archive are mentioned, with the place of every mention; deterministic by seed.

A span covers the name alone: not the # of a hashtag, not the 's or -s of a genitive; Russian case endings belong to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from apps.privacy.planted import cast, russian, spellings
from apps.privacy.planted.cases import START, YEARS, Chat
from apps.privacy.planted.cast import Person
from apps.privacy.planted.chance import pick
from apps.privacy.planted.phrases import lines
from apps.privacy.planted.render import FIELD, Draw, Line, render, roughen
from apps.privacy.planted.types import LANGUAGES, Case

# fmt: off
VARIANTS = (
    "first", "lower", "full", "last", "possessive", "caps", "hashtag", "nickname", "typo", "elongated",
)
# fmt: on
NEGATIVES = ("ordinary", "homonym", "near")
GENITIVES = ("en", "de", "ru")  # elsewhere owning is said with a preposition: "de Ana" is just a first name
PEOPLE = 40
ROLES: dict[str, dict[str, int]] = {
    "full": {"full": 1},
    "last": {"last": 1},
    "nickname": {"nick": 1},
    "lower": {"first": 4, "last": 1},
    "possessive": {"first": 6, "last": 1},
    "caps": {"first": 6, "full": 1, "last": 1},
    "hashtag": {"first": 3, "full": 2},
    "typo": {"first": 3, "last": 1},
    "elongated": {"first": 2, "nick": 1},
}
TAILS = (" 😂", "!!", " haha", "...", " ❤️", " 🙈", " ok?")


@dataclass(frozen=True, slots=True)
class Roster:
    """An archive: who writes, as exports show them, its cases, and beside each case whom its mention may mean.

    Senders and whom are places in people; several may share a name, and negatives mean nobody.
    """

    language: str
    people: tuple[str, ...]
    cases: tuple[Case, ...]
    whom: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Who is meant, by which of their names."""

    person: Person
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The dice and people of an archive while it is made."""

    draw: Draw
    people: tuple[Person, ...]

    def chat(self) -> Chat:
        return Chat(self.draw, START + self.draw.rng.random() * YEARS)

    def whom(self, name: str) -> tuple[int, ...]:
        return tuple(place for place, person in enumerate(self.people) if name.casefold() in person.names())


def variants(language: str) -> tuple[str, ...]:
    return tuple(kind for kind in VARIANTS if kind != "possessive" or language in GENITIVES)


@cache
def idle(language: str) -> tuple[str, ...]:
    """Chat lines without anybody's name in them."""
    found = lines(language, "talk") + lines(language, "innocent") + lines(language, "shrug")
    return tuple(line for line in found if "{name}" not in line)


def names(person: Person, role: str) -> tuple[str, ...]:
    if role == "nick":
        return person.nicks
    return tuple(filter(None, ({"first": person.first, "last": person.last, "full": person.full}[role],)))


def fits(variant: str, name: str) -> bool:
    """Slips are for names of five letters and more, drawing out for one word."""
    letters = sum(char.isalpha() for char in name)
    if variant == "typo":
        return letters >= 5
    return variant != "elongated" or (letters >= 3 and " " not in name)


def mention(scene: Scene, variant: str) -> Mention:
    """Anybody who has such a name."""
    rng = scene.draw.rng
    while True:
        person, role = rng.choice(scene.people), pick(rng, ROLES.get(variant, {"first": 1}))
        found = [name for name in names(person, role) if fits(variant, name)]
        if found:
            return Mention(person, role, rng.choice(found))


def section(rng: Random, language: str, variant: str) -> str:
    """Which carriers; Russian surnames, full names and short forms also come in cases, as they do."""
    if variant == "possessive":
        return "oblique" if language == "ru" else "possessive"
    if language == "ru" and variant in ("full", "last", "nickname") and rng.random() < 0.35:
        return "oblique"
    return rng.choice(("start", "middle", "end"))


def inflected(rng: Random, meant: Mention, slot: str) -> str:
    """The Russian form that the slot asks for."""
    person, name = meant.person, meant.name
    if slot == "v" and meant.role == "nick" and rng.random() < 0.4:
        return russian.called(name)
    if slot not in russian.CASES:
        return name
    if meant.role == "last":
        return russian.last(name, slot, person.woman)
    if meant.role == "full":
        first, last = (russian.first(person.first, slot, person.woman), russian.last(person.last, slot, person.woman))
        return f"{first} {last}"
    return russian.first(name, slot, person.woman)


def spelled(rng: Random, variant: str, name: str, language: str) -> str:
    """The name as the variant types it."""
    if language == "ru" and rng.random() < 0.7:
        name = name.replace("ё", "е").replace("Ё", "Е")
    lazy = 0.25 if variant in ("full", "last", "possessive", "nickname", "typo") else 0.0
    if variant == "typo":
        name = spellings.typo(rng, name, language, cast.known(language))
    elif variant == "elongated":
        name = spellings.elongated(rng, rng.choice((name, name.lower(), name.upper())))
    elif variant == "hashtag":
        name = spellings.tag(rng, name)
    elif variant == "lower":
        name = spellings.lazily(rng, name.lower(), language)
    elif variant == "caps":
        name = name.upper()
    return name.lower() if rng.random() < lazy else name


def elided(template: str, name: str) -> str:
    """French: `de {n}` -> `d'{n}` before a vowel."""
    if spellings.plain(name[:1]).lower() not in set("aeiouyh") - {"y"}:
        return template
    return re.sub(r"\b(d|qu)e \{n\}", r"\1'{n}", template)


def said(scene: Scene, meant: Mention, variant: str) -> Line:
    """A carrier with the mention in its slot."""
    draw, rng, language = scene.draw, scene.draw.rng, scene.draw.language
    template = rng.choice(cast.data(language)[section(rng, language, variant)])
    if language == "fr" and variant != "hashtag":
        template = elided(template, meant.name)
    line = Line()
    for place, piece in enumerate(FIELD.split(template)):
        if place % 2 == 0:
            line.add(roughen(rng, piece, place == 0))
        elif len(piece) > 1:
            line.add(draw.filler(piece))
        else:
            line.add("#" if variant == "hashtag" else "")
            line.add(spelled(rng, variant, inflected(rng, meant, piece), language), variant)
            line.add(spellings.genitive(rng, meant.name, language) if piece == "s" else "")
    line.add(rng.choice(TAILS) if rng.random() < 0.15 else "")
    return line


def case(scene: Scene, group: str, line: Line) -> Case:
    """Two of the roster talk; up to one idle message on either side."""
    rng, chat = scene.draw.rng, scene.chat()
    pair = rng.sample(range(len(scene.people)), 2)
    before, after = rng.randint(0, 1), rng.randint(0, 1)
    for place in range(before + 1 + after):
        chat.say(rng.choice(pair), line if place == before else chatter(scene))
    return Case(group, scene.draw.language, tuple(chat.said), tuple(chat.spans))


def chatter(scene: Scene) -> Line:
    return render(scene.draw.rng.choice(idle(scene.draw.language)), scene.draw)


def played(scene: Scene, group: str) -> tuple[str, ...]:
    """The lines that play on a name somebody here has."""
    names = frozenset[str]().union(*(person.names() for person in scene.people))
    found = (line.partition(": ") for line in cast.data(scene.draw.language)["homonyms" if group == "homonym" else group])
    return tuple(text for key, _, text in found if key.casefold() in names)


def nobody(scene: Scene, group: str) -> Line:
    """A message that mentions no one."""
    if group == "ordinary":
        return chatter(scene)
    rng = scene.draw.rng
    text = rng.choice(played(scene, group))
    line = Line()
    line.add(text[:1].upper() + text[1:] if rng.random() < 0.3 else text)
    line.add(rng.choice(TAILS) if rng.random() < 0.3 else "")
    return line


def roster(rng: Random, language: str, mentions: int) -> Roster:
    scene = Scene(Draw(rng, language), cast.people(rng, language, PEOPLE))
    cases: list[Case] = []
    whom: list[tuple[int, ...]] = []
    for _ in range(mentions):
        for variant in variants(language):
            meant = mention(scene, variant)
            cases.append(case(scene, variant, said(scene, meant, variant)))
            whom.append(scene.whom(meant.name))
        for group in NEGATIVES:
            cases.append(case(scene, group, nobody(scene, group)))
            whom.append(())
    return Roster(language, tuple(person.shown for person in scene.people), tuple(cases), tuple(whom))


def rosters(seed: int, count: int, mentions: int = 200) -> Iterator[Roster]:
    """Archives in the languages in turn; mentions: how many cases of each variant and of each group of negatives."""
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        yield roster(Random(f"roster:{seed}:{number}:{language}"), language, mentions)
