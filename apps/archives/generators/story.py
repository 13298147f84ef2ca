"""The invented world: who talks with whom, and a pure function that says what was said as the i-th line of a chat."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from math import gcd
from typing import NamedTuple

from apps.archives.generators import people, texts
from apps.archives.generators.people import Person

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
SITTING = 16  # lines that are said in one go
DAY = 86_400_000
YEARS = 4 * 365 * DAY
LONGEST_SILENCE = 5 * DAY
SLOWEST = 75_000


class Line(NamedTuple):
    sender: Person
    at_ms: int
    text: str
    kind: str
    number: int
    dice: int  # random bits for the writer: reactions, captions, edits


@dataclass(slots=True)
class Chat:
    number: int
    title: str
    others: list[Person]
    owner: Person
    is_group: bool
    count: int
    start: int
    salt: int
    speakers: list[Person]
    pool: list[str]
    step: int
    offset: int
    stride: int = field(init=False)
    gap: int = field(init=False)

    def __post_init__(self) -> None:
        sittings = -(-self.count // SITTING)
        self.stride = min(max(YEARS // max(sittings, 1), SITTING * 4_000), LONGEST_SILENCE)
        self.gap = min(self.stride // SITTING, SLOWEST)

    @property
    def people(self) -> list[Person]:
        return [*self.others, self.owner]

    def line(self, i: int) -> Line:
        """The i-th thing said. Times only grow; every speaker has spoken after the first few lines."""
        n = (self.salt + i * GOLDEN) & MASK
        n = ((n ^ (n >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        n ^= n >> 29
        speakers = self.speakers
        at = self.start + (i >> 4) * self.stride + (i & 15) * self.gap + (n & 0x1FFFF) % self.gap
        place = (i * self.step + self.offset) % len(self.pool)
        text = self.pool[place]
        if not place & 3:
            text = f"{text} {i}"
        sender = speakers[i % len(speakers) if i < len(speakers) else (n >> 20) % len(speakers)]
        return Line(sender, at, text, "text", i, n)

    def aside(self, line: Line, kinds: tuple[str, ...]) -> Line | None:
        """Now and then something that is not somebody's own words follows, at the very same moment."""
        if not kinds or (line.dice >> 40) & 15:
            return None
        kind = kinds[(line.dice >> 44) % len(kinds)]
        sender = self.speakers[(line.dice >> 48) % len(self.speakers)]
        text = self.pool[(line.dice >> 24) % len(self.pool)]
        return Line(sender, line.at_ms, text, kind, line.number, line.dice * GOLDEN & MASK)

    def walk(
        self, kinds: tuple[str, ...] = (), *, backwards: bool = False, first: int = 0, last: int | None = None
    ) -> Iterator[Line]:
        """Lines `first` to `last` (not included) with their extras, in order or newest first."""
        end = self.count if last is None else last
        for i in range(end - 1, first - 1, -1) if backwards else range(first, end):
            line = self.line(i)
            extra = self.aside(line, kinds)
            if extra is None:
                yield line
            elif backwards:
                yield extra
                yield line
            else:
                yield line
                yield extra


@dataclass(frozen=True)
class World:
    messages: int
    seed: int = 1
    chats: int = 5
    groups: int = 2
    plain: bool = False  # only simple texts
    own_only: bool = False  # all lines are the owner's
    since: int = 2019
    avoid: frozenset[str] = frozenset()

    @cached_property
    def people(self) -> list[Person]:
        return people.invent(random.Random(f"people {self.seed}"), self.chats + 9)

    @property
    def owner(self) -> Person:
        return self.people[0]

    @cached_property
    def pool(self) -> list[str]:
        return texts.pool(self.seed, self.avoid, self.plain)

    @cached_property
    def dialogues(self) -> list[Chat]:
        """Chats and groups in turn, the first with the most lines; what would stay empty is left out."""
        casts = self._casts()
        weights = [1 / (k + 1) for k in range(len(casts))]
        counts = [max(int(self.messages * w / sum(weights)), 1) for w in weights]
        made, left = [], self.messages
        for k, (title, others) in enumerate(casts):
            count = min(counts[k] if k else max(self.messages - sum(counts[1:]), 1), left)
            if count:
                made.append(self._chat(k, title, others, count))
            left -= count
        return made

    def _casts(self) -> list[tuple[str, list[Person]]]:
        pairs = [(p.name, [p]) for p in self.people[1 : self.chats + 1]]
        groups = list(zip(people.group_titles(self.groups), self._members(), strict=True))
        mixed: list[tuple[str, list[Person]]] = []
        while pairs or groups:
            mixed += pairs[:2] + groups[:1]
            del pairs[:2], groups[:1]
        return mixed

    def _members(self) -> list[list[Person]]:
        rng, seen = random.Random(f"groups {self.seed}"), set()
        found: list[list[Person]] = []
        while len(found) < self.groups:
            members = rng.sample(self.people[1:], min(2 + len(found) % 4 + rng.randrange(2), len(self.people) - 1))
            key = frozenset(members)
            if key not in seen:
                seen.add(key)
                found.append(members)
        return found

    def _chat(self, number: int, title: str, others: list[Person], count: int) -> Chat:
        rng = random.Random(f"chat {self.seed} {number}")
        pool = self.pool
        step = rng.randrange(1, len(pool))
        while gcd(step, len(pool)) > 1:
            step += 1
        begun = int(datetime(self.since, 1, 20, 7, tzinfo=UTC).timestamp() * 1000)
        return Chat(
            number=number,
            title=title,
            others=others,
            owner=self.owner,
            is_group=len(others) > 1,
            count=count,
            start=begun + number % 8 * DAY + rng.randrange(DAY // 2),
            salt=rng.getrandbits(64),
            speakers=[self.owner] if self.own_only else [*others, self.owner],
            pool=pool,
            step=step,
            offset=rng.randrange(len(pool)),
        )
