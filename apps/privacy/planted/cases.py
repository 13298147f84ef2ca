"""Cases of every group: short chats, deterministic by seed, with the place of every secret."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from apps.privacy.planted.chance import pick
from apps.privacy.planted.phrases import lines, under
from apps.privacy.planted.render import Draw, Line, render
from apps.privacy.planted.split import PIECES, spread
from apps.privacy.planted.types import LANGUAGES, Case, Said, Span

START = 1_500_000_000  # July 2017; the clock of a case starts within nine years from there
YEARS = 280_000_000


@dataclass(slots=True)
class Chat:
    """Collects the messages of one case."""

    draw: Draw
    at: float
    said: list[Said] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def say(self, who: int, line: Line, longest: float = 240.0) -> None:
        self.at += self.draw.rng.uniform(1.5, longest)
        self.spans.extend(Span(len(self.said), *mark) for mark in line.marks)
        self.said.append(Said(who, line.text, round(self.at, 3)))

    def phrase(self, who: int, section: str, secret: str = "") -> None:
        self.say(who, render(self.draw.rng.choice(lines(self.draw.language, section)), self.draw, secret))

    def small_talk(self, most: int) -> None:
        for _ in range(self.draw.rng.randint(0, most)):
            self.phrase(self.draw.rng.randint(0, 1), "talk")


def aliased(group: str, kind: str) -> str:
    """Outside of `formats` a telephone number is written as between neighbours."""
    return "local" if kind == "phone" and group in ("next_turn", "cued") else kind


def formats(chat: Chat, kind: str) -> None:
    """With a carrier of its kind, or dropped into the chat without a word about what it is."""
    section = pick(chat.draw.rng, {f"formats.{kind}": 6, "plain": 3})
    chat.phrase(chat.draw.rng.randint(0, 1), section, kind)


def context(chat: Chat, kind: str) -> None:
    chat.phrase(chat.draw.rng.randint(0, 1), f"context.{kind}", kind)


def cued(chat: Chat, kind: str) -> None:
    chat.phrase(chat.draw.rng.randint(0, 1), f"cue.{kind}", aliased("cued", kind))


def next_turn(chat: Chat, kind: str) -> None:
    """A question, and the bare answer of the other one."""
    asker = chat.draw.rng.randint(0, 1)
    chat.phrase(asker, f"ask.{kind}")
    chat.phrase(1 - asker, "reply", aliased("next_turn", kind))


def split(chat: Chat, kind: str) -> None:
    """One sender, two or three bubbles, within two minutes."""
    who = chat.draw.rng.randint(0, 1)
    asked = kind in under(chat.draw.language, "ask") and chat.draw.rng.random() < 0.5
    if asked:
        chat.phrase(1 - who, f"ask.{kind}")
    for line in spread(chat.draw, kind, asked):
        chat.say(who, line, 38.0)


def innocent(chat: Chat, kind: str) -> None:
    """Nothing to hide, though it looks like it."""
    who = chat.draw.rng.randint(0, 1)
    if kind == "line":
        chat.say(who, render(chat.draw.rng.choice(lines("any", "innocent")), chat.draw))
    elif kind == "shrug":
        asked = under(chat.draw.language, "ask")
        chat.phrase(who, f"ask.{chat.draw.rng.choice(tuple(asked))}")
        chat.phrase(1 - who, "shrug")
    else:
        chat.phrase(who, "innocent")


TALKS: dict[str, Callable[[Chat, str], None]] = {
    "formats": formats,
    "context": context,
    "next_turn": next_turn,
    "split": split,
    "cued": cued,
    "innocent": innocent,
}
GROUPS = tuple(TALKS)


def kinds_of(group: str) -> tuple[str, ...]:
    """What a group goes round: the kinds its English phrases are written for."""
    if group == "innocent":
        return ("own", "line", "shrug")
    if group == "split":
        return PIECES
    return tuple(under("en", "ask" if group == "next_turn" else "cue" if group == "cued" else group))


def one(rng: Random, group: str, kind: str, language: str) -> Case:
    draw = Draw(rng, language)
    chat = Chat(draw, START + rng.random() * YEARS)
    chat.small_talk(2)
    TALKS[group](chat, kind)
    chat.small_talk(2)
    return Case(group, draw.language, tuple(chat.said), tuple(chat.spans))


def cases(
    seed: int, count: int, groups: Iterable[str] | None = None, languages: Sequence[str] = LANGUAGES
) -> Iterator[Case]:
    """The groups in turn, and within each group its kinds in turn; the language is drawn."""
    chosen = GROUPS if groups is None else tuple(groups)
    unknown = set(chosen) - set(GROUPS)
    if unknown:
        raise ValueError(f"unknown groups: {sorted(unknown)}")
    rounds = {group: kinds_of(group) for group in chosen}
    for number in range(count):
        group = chosen[number % len(chosen)]
        kind = rounds[group][number // len(chosen) % len(rounds[group])]
        rng = Random(f"planted:{seed}:{number}:{group}:{kind}")
        yield one(rng, group, kind, rng.choice(languages))
