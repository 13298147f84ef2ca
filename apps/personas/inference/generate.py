"""Word by word: from a prompt to bubbles and turns, for every family of models, one token at a time.

`Voice` holds a model ready to talk. Its methods yield `Op`s, which is all that the layers above know of generation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from apps.personas.clock import Clock
from apps.personas.inference.decoding import Decoder, Stop, Veto, never, nothing
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.sampling import Sampling
from apps.personas.language import (
    BUBBLE_ID,
    END_ID,
    ME_ID,
    ME_SPEAKER,
    TURN_ID,
    Bubble,
    Language,
    Me,
    Speaker,
    Turn,
)  # fmt: skip


class Op(NamedTuple):
    """One thing that happens while a model writes: a turn begins (`value` = name, "" = the persona), a bubble begins
    (`value` = its time in seconds, where there is one), text is added."""

    kind: Literal["turn", "bubble", "text"]
    value: str = ""


#: Room kept for what is said in the built-in context of 1,024 tokens.
REPLY_ROOM = 256


@dataclass
class _Stream:
    """Tokens of the running bubble, given out as whole characters."""

    language: Language | HubLanguage
    ids: list[int]
    given: str = ""

    def add(self, token: int) -> str:
        self.ids.append(token)
        text = self.language.shown(self.language.decode(self.ids))
        while text.endswith("\ufffd"):
            text = text[:-1]
        fresh = text[len(self.given) :]
        self.given = text
        return fresh


class Voice(Decoder):
    """A model that talks."""

    # what people ask for

    def reply(
        self,
        others: Sequence[str],
        turns: Sequence[Turn],
        sampling: Sampling,
        stop: Stop = never,
        veto: Veto = nothing,
    ) -> Iterator[Op]:
        """The persona's next turn."""
        if isinstance(self.language, HubLanguage):
            yield from self._hub_reply(self.language, others, turns, sampling, stop, veto)
        else:
            yield from self._turn(others, turns, ME_SPEAKER, sampling, stop, veto)

    def complete(
        self, others: Sequence[str], turns: Sequence[Turn], begun: str, sampling: Sampling, stop: Stop = never
    ) -> str:
        """How the persona would go on after `begun`, up to the end of the bubble (at most `max_tokens`)."""
        head = begun.rstrip()
        ids: list[int] = []
        for token in self._tokens(self._begun(others, turns, head), sampling, stop):
            ids.append(token)
            if self.ends(token) or "\n" in self.language.decode(ids[-4:]):
                break
        return self._continued(ids, spaced=begun != head)

    def completions(
        self,
        others: Sequence[str],
        turns: Sequence[Turn],
        begun: str,
        sampling: Sampling,
        count: int,
        stop: Stop = never,
        talk: str = "",
    ) -> list[str]:
        """`count` ways to go on, one after the other; fewer when stopped. Within one `talk` what was read may be kept."""
        made: list[str] = []
        for number in range(count):
            if stop():
                break
            made.append(self.complete(others, turns, begun, _shifted(sampling, number), stop))
        return made

    def _begun(self, others: Sequence[str], turns: Sequence[Turn], head: str) -> list[int]:
        """The prompt of a bubble that begins with `head`."""
        if isinstance(self.language, HubLanguage):
            prompt = self.language.prompt(others, turns, ME_SPEAKER) + self.language.encode_text(head)
        else:
            prompt = [*self._fitting(others, turns, ME_SPEAKER), BUBBLE_ID, *self.language.encode_text(head)]
        return prompt[-self.context + 64 :]

    def _continued(self, ids: list[int], *, spaced: bool) -> str:
        """The text of a bubble's rest: up to its end, in one line."""
        end = next((n for n, token in enumerate(ids) if self.ends(token)), len(ids))
        text = self.language.decode(ids[:end]).rstrip("\ufffd").split("\n")[0]
        return text.lstrip() if spaced else text

    def drawing(self, seed: int | None) -> AbstractContextManager[Voice]:
        """This voice for all turns of one conversation; a runtime that opens something for each reply opens it once here."""
        return nullcontext(self)

    def converse(
        self,
        seats: Sequence[Speaker],
        turns: Sequence[Turn],
        count: int,
        sampling: Sampling,
        stop: Stop = never,
        veto: Veto = nothing,
        present: Sequence[str] = (),
        heads: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> Iterator[Op]:
        """A conversation that never was: the next `count` turns of these seats.

        Somebody else writes for those who are `present` without a seat. All are introduced by their names, or as `heads` says.
        With a `clock` every bubble has a time.
        """
        said = list(turns)
        others = list(dict.fromkeys(heads or [*(s for s in seats if isinstance(s, str)), *present]))
        for number in range(count):
            if stop():
                return
            speaker = self._next_speaker(seats, others, said, sampling, number)
            yield Op("turn", "" if isinstance(speaker, Me) else speaker)
            at = clock.turn() if clock else None
            bubbles: list[Bubble] = []
            for op in self._speak(others, said, speaker, sampling, stop, veto, number, at):
                if op.kind == "bubble":
                    at = clock.bubble(float(op.value) if op.value else None) if clock and bubbles else at
                    bubbles.append(Bubble("", at=at))
                    yield Op("bubble", "" if at is None else str(at))
                    continue
                if op.kind == "text" and bubbles:
                    bubbles[-1] = replace(bubbles[-1], text=bubbles[-1].text + op.value)
                yield op
            said.append(Turn(speaker, tuple(b for b in bubbles if b.text.strip()) or (Bubble("…", at=at),)))

    # how it is done

    def _speak(
        self,
        others: Sequence[str],
        turns: Sequence[Turn],
        speaker: Speaker,
        sampling: Sampling,
        stop: Stop,
        veto: Veto,
        number: int,
        at: float | None,
    ) -> Iterator[Op]:
        sampling = _shifted(sampling, number)
        if isinstance(self.language, HubLanguage):
            shown = turns if isinstance(speaker, Me) else _mirrored(turns, speaker)
            yield from self._hub_reply(self.language, others, shown, sampling, stop, veto, at)
        else:
            yield from self._turn(others, turns, speaker, sampling, stop, veto)

    def _next_speaker(
        self, seats: Sequence[Speaker], others: Sequence[str], turns: Sequence[Turn], sampling: Sampling, number: int
    ) -> Speaker:
        last = turns[-1].speaker if turns else None
        free = [s for s in seats if s != last] or list(seats)
        if len(free) == 1 or isinstance(self.language, HubLanguage):
            return free[number % len(free)]
        prompt = [*self._fitting(others, turns, None), TURN_ID]
        heads = [self.language.head(s)[1:] for s in free]
        if not all(heads):  # the version does not know names
            return free[number % len(free)]
        seed = None if sampling.seed is None else sampling.seed + 7_919 * number + len(turns)
        return free[self._drawn_of(prompt, [head[0] for head in heads], max(0.5, sampling.temperature), seed)]

    def _fitting(
        self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None, at: float | None = None
    ) -> list[int]:
        """The prompt with as many of the newest turns as the context has room for; a script with times ends `at` one."""
        kept = list(turns)
        prompt = self._prompt(others, kept, speaker, at)
        room = self.context - min(REPLY_ROOM, self.context // 3)
        while len(prompt) > room and len(kept) > 1:
            kept = kept[max(1, len(kept) // 8) :]
            prompt = self._prompt(others, kept, speaker, at)
        return prompt[-room:]

    def _prompt(self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None, at: float | None) -> list[int]:
        if at is not None and isinstance(self.language, HubLanguage):
            return self.language.prompt_at(others, turns, at)
        return self.language.prompt(others, turns, speaker)

    def _turn(
        self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker, sampling: Sampling, stop: Stop, veto: Veto
    ) -> Iterator[Op]:
        """One turn of the built-in language: begins with a bubble, ends with `<|end|>`."""
        prompt = [*self._fitting(others, turns, speaker), BUBBLE_ID]
        yield Op("bubble")
        stream = _Stream(self.language, [])
        bubbles = 1
        for token in self._tokens(prompt, sampling, stop, veto):
            if token in (END_ID, TURN_ID, ME_ID):
                return
            if token == BUBBLE_ID:
                bubbles += 1
                if bubbles > sampling.max_bubbles:
                    return
                stream = _Stream(self.language, [])
                yield Op("bubble")
            elif piece := stream.add(token):
                yield Op("text", piece)

    def _hub_reply(
        self,
        language: HubLanguage,
        others: Sequence[str],
        turns: Sequence[Turn],
        sampling: Sampling,
        stop: Stop,
        veto: Veto,
        at: float | None = None,
    ) -> Iterator[Op]:
        """One turn of a hub model: lines are bubbles, its own end token ends it."""
        prompt = self._fitting(others, turns, ME_SPEAKER, at)
        yield Op("bubble")
        stream = _Stream(language, [])
        bubbles, empty = 1, True
        for token in self._tokens(prompt, sampling, stop, veto):
            if token in language.ends:
                return
            first, *more = stream.add(token).split("\n")
            if language.over(language.decode(stream.ids)):
                return
            first = first.lstrip() if empty else first
            if first:
                empty = False
                yield Op("text", first)
            for line in more:
                if empty or bubbles >= sampling.max_bubbles:
                    if not empty:
                        return
                    continue
                bubbles += 1
                empty = not line.strip()
                yield Op("bubble", language.written(language.decode(stream.ids)))
                if not empty:
                    yield Op("text", line.lstrip())


def _shifted(sampling: Sampling, number: int) -> Sampling:
    """A seed of its own for each turn."""
    if sampling.seed is None:
        return sampling
    values = {**sampling.__dict__, "seed": sampling.seed + number}
    return Sampling(**values)


def _mirrored(turns: Sequence[Turn], speaker: Speaker) -> list[Turn]:
    """The dialogue from another seat: that speaker becomes the assistant, everybody else the user."""
    return [Turn(ME_SPEAKER if t.speaker == speaker else "…", t.bubbles) for t in turns]
