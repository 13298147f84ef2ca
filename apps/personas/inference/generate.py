"""Word by word: from a prompt to bubbles and turns, for every family of models, one token at a time.

`Voice` holds a model ready to talk. Its methods yield `Op`s, which is all that the layers above know of generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from apps.personas.clock import Clock
from apps.personas.inference.families import Family
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.sampling import Sampler, Sampling
from apps.personas.language import (
    BANNED_IDS,
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


Stop = Callable[[], bool]
#: Says no to a text whose last word must not be said after the others.
Veto = Callable[[str], bool]
TRIES = 3
#: Room kept for what is said in the built-in context of 1,024 tokens.
REPLY_ROOM = 256


def never() -> bool:
    """Nobody asks to stop."""
    return False


def nothing(text: str) -> bool:
    """Nothing is forbidden."""
    return False


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


class Voice:
    """A model that talks. Not safe for several threads at once (a lock around each step is the caller's) unless `together`."""

    together = False

    def __init__(self, family: Family) -> None:
        self.family = family
        self.model: Any = family.model
        self.model.train(False)
        self.language = family.language
        self.context = int(getattr(family.model.config, "max_position_embeddings", 1_024) or 1_024)
        self._first: dict[int, bool] = {}

    @property
    def size(self) -> int:
        """Bytes that this voice keeps in memory."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

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

    def _drawn_of(self, prompt: list[int], among: list[int], temperature: float, seed: int | None) -> int:
        """Which of some tokens comes next, as its place in `among`."""
        logits = self._forward(prompt, None)[0].float()
        weights = torch.softmax(logits[torch.tensor(among)] / temperature, -1)
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return int(torch.multinomial(weights, 1, generator=generator))

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

    def ends(self, token: int) -> bool:
        """Whether a token ends a bubble."""
        if isinstance(self.language, HubLanguage):
            return token in self.language.ends
        return token in (BUBBLE_ID, END_ID, TURN_ID, ME_ID)

    @torch.inference_mode()
    def _tokens(self, prompt: list[int], sampling: Sampling, stop: Stop, veto: Veto = nothing) -> Iterator[int]:
        """Tokens one by one, with a cache of keys and values; ends at the limit, the stop, or the end of the context.

        With a `veto` tokens come word by word: a word that it forbids is taken back and chosen anew without its first token,
        `TRIES` times (the way of MemFree decoding, Ippolito et al. 2022); then nothing more is said.
        """
        banned = () if isinstance(self.language, HubLanguage) else BANNED_IDS
        sequences = self.language.banned() if isinstance(self.language, HubLanguage) else []
        sampler = Sampler(sampling, banned)
        said: list[int] = []
        logits, cache = self._forward(prompt, None)
        limit = min(sampler.sampling.max_tokens * self.language.scale, self.context - len(prompt) - 1)
        back = self.language.looks_back
        forbidden: list[int] = []
        given = tries = 0
        while len(said) < limit and not stop():
            also = forbidden if len(said) == given else []
            token = sampler(logits, said[-back:] if back else (), [*_completing(sequences, said), *also])
            if veto is not nothing and self.begins(token) and len(said) > given:
                if veto(self.said(said)):
                    while given < len(said) - 1 and self._blank(
                        said[given]
                    ):  # what is taken back is the word, not the blank
                        yield said[given]
                        given, forbidden, tries = given + 1, [], 0
                    tries += 1
                    if tries > TRIES:
                        return
                    forbidden = [*forbidden, said[given]]
                    del said[given:]
                    logits, cache = self._forward([*prompt, *said], None)
                    continue
                yield from said[given:]
                given, forbidden, tries = len(said), [], 0
            said.append(token)
            if veto is nothing or self.ends(token):
                yield from said[given:]
                given = len(said)
            logits, cache = self._forward([token], cache)
        if not (given < len(said) and veto(self.said(said))):
            yield from said[given:]

    def finals(self) -> list[int]:
        """Tokens after which nothing of the turn follows."""
        return sorted(self.language.ends) if isinstance(self.language, HubLanguage) else [END_ID, TURN_ID, ME_ID]

    def said(self, ids: list[int]) -> str:
        """The words of a turn so far, bubbles parted by a blank."""
        if isinstance(self.language, HubLanguage):
            return self.language.shown(self.language.decode(ids))
        pieces: list[list[int]] = [[]]
        for token in ids:
            pieces.append([]) if token == BUBBLE_ID else pieces[-1].append(token)
        return " ".join(self.language.decode(piece) for piece in pieces)

    def _blank(self, token: int) -> bool:
        return self.language.decode([token]) == " "

    def begins(self, token: int) -> bool:
        """Whether a token begins a new word (or ends the last one)."""
        if token not in self._first:
            piece = self.language.decode([token])
            raw = self.language.token(token)
            self._first[token] = not piece or not (piece[0].isalnum() or piece[0] in "'’_") or raw[:1] in "ĠĊ▁"
        return self._first[token]

    @torch.inference_mode()
    def _forward(self, ids: list[int], cache: Any) -> tuple[Tensor, Any]:
        device = self.model.device
        out = self.model(
            input_ids=torch.tensor([ids], device=device), past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        return out.logits[0, -1].cpu(), out.past_key_values


def _completing(sequences: list[list[int]], said: list[int]) -> list[int]:
    """Tokens that would finish a banned sequence."""
    return [s[-1] for s in sequences if s and said[len(said) - len(s) + 1 :] == s[:-1] and len(said) >= len(s) - 1]


def _shifted(sampling: Sampling, number: int) -> Sampling:
    """A seed of its own for each turn."""
    if sampling.seed is None:
        return sampling
    values = {**sampling.__dict__, "seed": sampling.seed + number}
    return Sampling(**values)


def _mirrored(turns: Sequence[Turn], speaker: Speaker) -> list[Turn]:
    """The dialogue from another seat: that speaker becomes the assistant, everybody else the user."""
    return [Turn(ME_SPEAKER if t.speaker == speaker else "…", t.bubbles) for t in turns]
