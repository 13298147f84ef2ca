"""Secrets to be hidden in somebody's own conversations: every kind told, asked for and answered, or in pieces. Deterministic by seed.

Their sentences (`hidden/`) are no others than these: none that a detector is measured with or was made with. What they tell of a
scrubber is worth something only as long as nobody looks at single misses of theirs and mends these.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from apps.privacy.planted.cases import START, YEARS, Chat, aliased
from apps.privacy.planted.phrases import Sections, sections
from apps.privacy.planted.render import Draw, Line, render, roughen
from apps.privacy.planted.split import PIECES, runs_of
from apps.privacy.planted.types import KINDS, LANGUAGES, Case

FOLDER = Path(__file__).with_name("hidden")
GROUPS = ("told", "answered", "split")


def lines(language: str) -> Sections:
    """The sentences of a language, by section."""
    return sections(language, FOLDER)


def kinds_of(group: str) -> tuple[str, ...]:
    """What a group goes round."""
    asked = tuple(kind for kind in KINDS if f"ask.{kind}" in lines(LANGUAGES[0]))
    return {"told": KINDS, "answered": asked, "split": PIECES}[group]


def hidden(seed: int, languages: Sequence[str]) -> Iterator[Case]:
    """Cases without an end: all kinds of all groups in an order of their own, again and again; the language of each is drawn."""
    rng = Random(f"hidden:{seed}")
    whole = [(group, kind) for group in GROUPS for kind in kinds_of(group)]
    while True:
        rng.shuffle(whole)
        for group, kind in whole:
            yield _one(rng, group, kind, rng.choice(languages))


def _one(rng: Random, group: str, kind: str, language: str) -> Case:
    draw = Draw(rng, language)
    chat = Chat(draw, START + rng.random() * YEARS)
    _TALKS[group](chat, kind)
    return Case(group, language, tuple(chat.said), tuple(chat.spans))


def _line(chat: Chat, section: str, secret: str = "") -> Line:
    return render(chat.draw.rng.choice(lines(chat.draw.language)[section]), chat.draw, secret)


def _told(chat: Chat, kind: str) -> None:
    """In one message; what has a form of its own may come with words that say nothing of it."""
    own = f"told.{kind}" if f"told.{kind}" in lines(chat.draw.language) else "told.any"
    chat.say(chat.draw.rng.randint(0, 1), _line(chat, own, aliased("cued", kind)))


def _answered(chat: Chat, kind: str) -> None:
    """A question, and mostly the bare answer of the other one; now and then it has to be looked up first."""
    asker = chat.draw.rng.randint(0, 1)
    chat.say(asker, _line(chat, f"ask.{kind}"))
    if chat.draw.rng.random() < 0.2:
        chat.say(1 - asker, _line(chat, "pause"), 60.0)
    chat.say(1 - asker, _line(chat, "answer", aliased("next_turn", kind)))


def _split(chat: Chat, kind: str) -> None:
    """In two or three messages of one sender within two minutes; a code only where it was asked for."""
    who, draw = chat.draw.rng.randint(0, 1), chat.draw
    if kind == "code":
        chat.say(1 - who, _line(chat, "ask.code"))
    for place, run in enumerate(runs_of(draw, kind)):
        line = Line()
        if place == 0 and draw.rng.random() < 0.3:
            line.add(roughen(draw.rng, draw.rng.choice(lines(draw.language)["head"]), True) + " ")
        line.add(run, kind)
        chat.say(who, line, 38.0)


_TALKS: dict[str, Callable[[Chat, str], None]] = {"told": _told, "answered": _answered, "split": _split}
