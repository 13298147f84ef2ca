"""Templates into chat lines: fields become values with their places, the words around them get chat manners."""

import re
from dataclasses import dataclass, field
from random import Random

from apps.privacy.planted import people
from apps.privacy.planted.fillers import FILLERS
from apps.privacy.planted.values import FIELDS

FIELD = re.compile(r"\{(\w+)\}")
WORD = re.compile(r"[^\W\d_]{5,}")
Mark = tuple[int, int, str]


@dataclass(slots=True)
class Draw:
    """The dice of one case; the national id keeps its name between a question and its answer."""

    rng: Random
    language: str
    national: tuple[str, str] | None = None

    def papers(self) -> tuple[str, str]:
        self.national = self.national or people.national(self.rng, self.language)
        return self.national

    def value(self, name: str) -> str:
        return self.papers()[1] if name == "id" else FIELDS[name][1](self.rng, self.language)

    def filler(self, name: str) -> str:
        return self.papers()[0] if name == "idname" else FILLERS[name](self.rng)


@dataclass(slots=True)
class Line:
    """A message in the making and the secrets in it."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)

    def add(self, text: str, kind: str = "") -> None:
        if kind:
            self.marks.append((len(self.text), len(self.text) + len(text), kind))
        self.text += text


def typo(rng: Random, words: str) -> str:
    """Two neighbours swapped inside one longer word."""
    found = list(WORD.finditer(words))
    if not found:
        return words
    at = rng.choice(found).start() + rng.randint(1, 3)
    return words[:at] + words[at + 1] + words[at] + words[at + 2 :]


def roughen(rng: Random, words: str, first: bool) -> str:
    """How a thumb would type the words around a secret; the secret itself is left alone."""
    if rng.random() < 0.03:
        words = typo(rng, words)
    if first and rng.random() < 0.3:
        return words[:1].upper() + words[1:]
    return words.replace("'", "’") if rng.random() < 0.1 else words


def render(template: str, draw: Draw, secret: str = "") -> Line:
    """Fill a template; {v} stands for the field named secret."""
    line = Line()
    for place, piece in enumerate(FIELD.split(template)):
        if place % 2 == 0:
            line.add(roughen(draw.rng, piece, place == 0))
            continue
        name = secret if piece == "v" else piece
        if name in FIELDS:
            line.add(draw.value(name), FIELDS[name][0])
        else:
            line.add(draw.filler(name))
    return line
