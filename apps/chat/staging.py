"""Invented conversations: what is set up for them, what their model reads before it writes, and whose turn it is with visitors.

A visitor is the persona of another user. It is written by its own version behind its own guard, reads every other seat under
the names that its owner's models know, and what its owner remembers stays with them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Vault
from apps.archives import naming
from apps.chat import recalling, scene, script, selectors, visiting
from apps.chat.models import Conversation, Turn
from apps.chat.scene import Scene, Setting
from apps.chat.visiting import Visitor
from apps.jobs.causes import Expected
from apps.personas import clock, engines, introducing, resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.clock import Clock
from apps.personas.guard import Guard, Said
from apps.personas.language import ME_SPEAKER, Me, Speaker
from apps.personas.language import Turn as Spoken
from apps.personas.models import Version

LOOK_SECONDS = 0.5
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Stage:
    """Who is written for, who is there besides, how all are introduced, what was said (before it what it is about), the clock."""

    people: list[Speaker]
    present: list[str]
    heads: tuple[str, ...]
    before: list[Spoken]
    said: list[Spoken]
    clock: Clock | None


def chosen(owner_id: UUID, setting: Setting) -> Scene:
    """A scene as a conversation keeps it. Raises `Expected` for a day that is none."""
    try:
        start = scene.day(setting.day)
    except ValueError:
        raise Expected("That day cannot be read. Choose one between 1900 and 2200, or leave it open.") from None
    topic = " ".join(setting.topic.split())[: scene.LONGEST_TOPIC]
    hidden = naming.of(open_vault(owner_id)).hidden(topic)
    now = clock.read(timezone.localtime().strftime("%Y-%m-%d %H:%M"))
    return Scene(hidden, topic, now if start is None and setting.times else start, start is not None, setting.times)


def placed(conversation: Conversation, parent: Turn | None, client_id: UUID, body: script.Body) -> script.Body:
    """What the user says in an invented conversation: behind the opening line where it is the first, with times where lines have them."""
    if conversation.kind == Conversation.Kind.CHAT:
        return body
    vault = open_vault(conversation.owner_id)
    bodies = [selectors.body(vault, conversation, t) for t in selectors.until(conversation, parent.pk if parent else None)]
    first = opening(selectors.seats(vault, conversation)) if parent is None else script.empty()
    version = selectors.answering(conversation)
    ticks = ticking(vault, conversation, version, [*bodies, first], client_id.int % 2**31)
    return {"lines": [*first["lines"], *(script.timed(body, ticks) if ticks else body)["lines"]]}


def ticking(
    vault: Vault, conversation: Conversation, version: Version | None, bodies: Sequence[script.Body], seed: int
) -> Clock | None:
    """The clock of an invented conversation after what was said; None where its lines have no times."""
    set_in = scene.of(selectors.seats(vault, conversation))
    if not set_in.times or set_in.start is None:
        return None
    rhythm = version.facts.get("rhythm") if version else None
    return Clock(rhythm, set_in.start, script.last_time(bodies), seed)


def opening(seats: dict[str, Any]) -> script.Body:
    """The first line, where its owner wrote one."""
    if not seats.get("opening"):
        return script.empty()
    body = script.said(seats.get("opener", ""), seats["opening"], seats.get("typed", ""))
    set_in = scene.of(seats)
    return script.timed(body, Clock(None, set_in.start)) if set_in.times and set_in.start is not None else body


def of(vault: Vault, conversation: Conversation, turn: Turn, version: Version) -> Stage:
    """Everything that the next turns are written from."""
    seats = selectors.seats(vault, conversation)
    bodies = [selectors.body(vault, conversation, t) for t in selectors.before(turn)] or [opening(seats)]
    everybody: list[Speaker] = [*seats["others"], ME_SPEAKER]
    taken = turn.request.get("taken")
    people = [one for place, one in enumerate(everybody) if place != taken]
    present = [one for place, one in enumerate(everybody) if place == taken and isinstance(one, str)]
    guests = [one["seat"] for one in seats.get("visitors", [])]
    ticks = ticking(vault, conversation, version, bodies, turn.pk.int % 2**31)
    anybody = next((one for one in everybody if isinstance(one, str)), next(iter(guests), "Sam"))
    before = recalling.about(vault, version, scene.of(seats), anybody)
    names = dict.fromkeys([*(one for one in people if isinstance(one, str)), *present, *guests])
    heads = introducing.introduced(vault, version, names)
    return Stage(people, [*present, *guests], heads, before, _heard(vault, script.turns(bodies), guests), ticks)


@dataclass(frozen=True)
class Teller:
    """Who answers in fixed words: as whom, what they imitate, and when by the clock of the conversation (or "")."""

    speaker: str
    name: str
    at: str = ""


def teller(vault: Vault, conversation: Conversation, turn: Turn) -> Teller | None:
    """Who answers in place of `turn`: the persona, or where it was its seat that was taken, somebody whose lines a model writes.

    The others of a room are written by the persona's model; a visitor imitates somebody else. None where nobody is there.
    """
    name = personas.name(vault, conversation.persona)
    bodies = [selectors.body(vault, conversation, t) for t in selectors.before(turn)]
    ticks = ticking(vault, conversation, selectors.answering(conversation), bodies, turn.pk.int % 2**31)
    at = str(ticks.turn()) if ticks else ""
    if conversation.kind == Conversation.Kind.CHAT or bodies[-1]["lines"][-1]["speaker"]:
        return Teller("", name, at)
    written = [Teller(one, name, at) for one in selectors.seats(vault, conversation)["others"]]
    present = [one.seat for one in selectors.visitors(vault, conversation) if not one.away]
    return next(iter([*written, *(Teller(one, one, at) for one in present)]), None)


def _heard(vault: Vault, said: list[Spoken], guests: list[str]) -> list[Spoken]:
    """What visitors said, as the host's models may read it."""
    hide = naming.of(vault).hidden
    return [_reworded(one, hide) if one.speaker in guests else one for one in said]


def _reworded(turn: Spoken, change: Callable[[str], str]) -> Spoken:
    return replace(turn, bubbles=tuple(replace(b, text=change(b.text)) for b in turn.bubbles))


# a room with visitors: whose turn it is is drawn, and each side writes its own


@dataclass(frozen=True)
class Room:
    """One run of an invented conversation in which visitors take part."""

    vault: Vault
    conversation: Conversation
    version: Version
    stage: Stage
    visitors: list[Visitor]
    stopped: Stop
    guard: Guard

    def written(self, count: int, sampling: Any, spec: Any, veto: dict[str, Any]) -> Iterator[Said]:
        """The next turns; raises `Expected` when a visitor leaves in the middle of a word, or nobody is left to answer."""
        said = list(self.stage.said)
        dice = random.Random(sampling.seed)
        for number in range(count):
            if self.stopped():
                return
            seat = self._next(said[-1].speaker if said else None, dice)
            shifted = replace(sampling, seed=None if sampling.seed is None else sampling.seed + 7_919 * number)
            ops = (
                self._visitor(seat, said, shifted)
                if isinstance(seat, Visitor)
                else self._own(seat, said, shifted, spec, veto)
            )
            body = script.empty()
            for op in ops:
                script.apply(body, [(op.kind, op.value)])
                yield op
            said += _heard(self.vault, script.turns([script.tidy(body)]), [v.seat for v in self.visitors])

    def _next(self, last: Speaker | None, dice: random.Random) -> Speaker | Visitor:
        here = [v for v in self.visitors if not v.away]
        free: list[Speaker | Visitor] = [s for s in self.stage.people if s != last]
        free += [v for v in here if v.seat != last]
        if not free:
            away = next((v.away for v in self.visitors if v.away), "")
            raise Expected(f"{away} Nobody else is there. Take a seat yourself, or bring in somebody.".strip())
        return dice.choice(free)

    def _own(self, seat: Speaker, said: list[Spoken], sampling: Any, spec: Any, veto: dict[str, Any]) -> Iterator[Said]:
        present = [*self.stage.present, *(s for s in self.stage.people if isinstance(s, str))]
        before = [*self.stage.before, *said]
        ops = engines.door().converse(
            spec, [seat], before, 1, sampling, self.stopped,
            present=present, heads=self.stage.heads, clock=self.stage.clock, **veto,
        )  # fmt: skip
        yield from self.guard.watch(ops)

    def _visitor(self, visitor: Visitor, said: list[Spoken], sampling: Any) -> Iterator[Said]:
        persona = visitor.persona
        assert persona is not None
        try:
            vault = open_vault(persona.owner_id)
            version = personas.current(persona)
        except KeyGone:
            version = None
        if version is None:
            raise Expected(f"{visitor.seat} {visiting.SHUT}")
        guard = resident.guard(vault)
        more = guard.told(resident.copies(vault, version))
        present, read = self._seen_by(visitor, vault, said)
        spec = personas.weights(vault, version)
        ops = engines.door().converse(
            spec, [ME_SPEAKER], read, 1, sampling, self.stopped, present=present, clock=self.stage.clock, **more
        )
        try:
            yield from self._while_welcome(visitor, guard.watch(ops))
        finally:
            making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)
        visiting.porter().used(visitor.door)

    def _seen_by(self, visitor: Visitor, vault: Vault, said: list[Spoken]) -> tuple[list[str], list[Spoken]]:
        """Who is there and what was said, as the visitor's model may read it: it is `me`, the host's persona has a name."""
        hide = naming.of(vault).hidden
        host = hide(naming.of(self.vault).hidden(personas.name(self.vault, self.conversation.persona)))
        everybody = [*self.stage.people, *self.stage.present]
        present = [host if isinstance(one, Me) else hide(one) for one in everybody if one != visitor.seat]

        def seen(turn: Spoken) -> Spoken:
            if turn.speaker == visitor.seat:
                return replace(turn, speaker=ME_SPEAKER)
            who = host if isinstance(turn.speaker, Me) else hide(turn.speaker)
            return replace(_reworded(turn, hide), speaker=who)

        return list(dict.fromkeys(present)), [seen(turn) for turn in said]

    def _while_welcome(self, visitor: Visitor, ops: Iterator[Said]) -> Iterator[Said]:
        """Under its name in this room, as long as its owner lets it."""
        looked = time.monotonic()
        for op in ops:
            now = time.monotonic()
            if now - looked > LOOK_SECONDS:
                looked = now
                standing = visiting.porter().standing(visitor.door, self.vault.owner_id)
                if isinstance(standing, str):
                    raise Expected(f"{visitor.seat} {standing}")
            yield Said("turn", visitor.seat) if op.kind == "turn" else op
