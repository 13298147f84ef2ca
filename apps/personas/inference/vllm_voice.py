"""A voice whose words are made by a vLLM server: prompts go there as token ids, tokens come back one by one, the guard looks at every word.

A word that it forbids ends the request, and the next one goes on from the corrected prefix; its first token is asked for apart,
with the refused ones pushed away. What the server cannot forbid exactly is looked at here as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from apps.personas.inference.decoding import Stop, Veto, completing, never, nothing
from apps.personas.inference.drafts import Draft, Took
from apps.personas.inference.families import Family
from apps.personas.inference.generate import Voice
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.vllm_server import AWAY, Away, Body, Forgotten
from apps.personas.inference.vllm_shelf import Shelf
from apps.personas.language import BANNED_IDS
from apps.personas.wire import Weights

NEVER = -100.0  # the largest that the API takes; what comes through all the same is refused here
PRESENCE = 12.0  # what `repetition` takes from a logit of this size
TRIES = 8
_SALT = secrets.token_bytes(32)


class VllmVoice(Voice):
    """Talks through a server; safe for any number of threads at once."""

    together = True

    def __init__(
        self,
        family: Family,
        shelf: Shelf,
        spec: Weights,
        context: int,
        instead: Callable[[], Voice] | None = None,
        talk: str = "",
    ) -> None:
        """`family` gives the language, `context` is the server's; `instead`: who goes on when the server is away."""
        super().__init__(family)
        self.context = min(self.context, context)
        self.shelf, self.spec, self.instead, self.talk = shelf, spec, instead, talk

    @property
    def size(self) -> int:
        """Nothing is kept here."""
        return 0

    def _tokens(self, prompt: list[int], sampling: Sampling, stop: Stop, veto: Veto = nothing) -> Iterator[int]:
        """As `Voice._tokens` says. Repetition is counted from the last rewinding."""
        sampling = sampling.clamped()
        limit = min(sampling.max_tokens, self.context - len(prompt) - 1)
        draft = Written(self, limit, veto, self.finals(), self._never(), self._sequences())
        try:
            yield from self._asking(prompt, sampling, stop, draft)
        except Away:
            if self.instead is None or stop():
                raise
            yield from self._elsewhere(self.instead(), prompt, sampling, stop, draft)
        finally:
            draft.open = False

    def _elsewhere(self, voice: Voice, prompt: list[int], sampling: Sampling, stop: Stop, draft: Written) -> Iterator[int]:
        """Go on from what was given out already."""
        said = draft.said[: draft.given]
        before, veto = self.said(said), draft.veto
        rest = replace(sampling, max_tokens=max(1, draft.limit - len(said)))
        also = veto if veto is nothing or not said else lambda text: veto(f"{before}{text}")
        yield from voice._tokens([*prompt, *said], rest, stop, also)

    def _asking(self, prompt: list[int], sampling: Sampling, stop: Stop, draft: Written) -> Iterator[int]:
        salt, lost = self._salt(), ""
        with self.shelf.held(self.spec) as kept:
            while draft.open and not stop():
                name = kept.name
                running = self.shelf.server.say(self._asked(name, prompt, sampling, draft, salt), draft)
                try:
                    yield from draft.words(stop)
                except Forgotten:
                    if lost:
                        raise Away(AWAY) from None
                    lost, draft.runs = name, draft.runs - 1
                    self.shelf.again(kept, self.spec, name)
                finally:
                    running.cancel()

    def _asked(self, name: str, prompt: list[int], sampling: Sampling, draft: Written, salt: str) -> Body:
        """A request from where the draft stands; only its first token when some must not be chosen there."""
        refused = draft.begin()
        body: Body = {
            "model": name, "prompt": [*prompt, *draft.said], "stream": True, "return_token_ids": True,
            "max_tokens": 1 if refused else draft.limit - len(draft.said),
            "stop_token_ids": self.finals(), "ignore_eos": True, "cache_salt": salt,
            "logit_bias": {str(token): NEVER for token in [*draft.never, *refused]},
            **_drawn(sampling),
        }  # fmt: skip
        if sampling.seed is not None:
            body["seed"] = (sampling.seed + draft.runs - 1) % 2**62
        return body

    def _salt(self) -> str:
        """Within one conversation what was read is used again, never across: the server's prefix cache is asked by this name."""
        if not self.talk:
            return secrets.token_hex(16)
        return blake2b(f"{self.spec.key}:{self.talk}".encode(), key=_SALT, digest_size=16).hexdigest()

    def _never(self) -> Collection[int]:
        return () if isinstance(self.language, HubLanguage) else BANNED_IDS

    def _sequences(self) -> list[list[int]]:
        return self.language.banned() if isinstance(self.language, HubLanguage) else []

    def _drawn_of(self, prompt: list[int], among: list[int], temperature: float, seed: int | None) -> int:
        draft = Written(self, 1, nothing, (), (), [])
        sampling = Sampling(temperature=temperature, top_k=0, top_p=1.0, repetition=1.0, max_tokens=1, seed=seed)
        with self.shelf.held(self.spec) as kept:
            body = {**self._asked(kept.name, prompt, sampling, draft, self._salt()), "allowed_token_ids": sorted({*among})}
            running = self.shelf.server.say(body, draft)
            try:
                token = next(draft.words(never), among[0])
            finally:
                running.cancel()
        places = [place for place, one in enumerate(among) if one == token]
        return places[secrets.randbelow(len(places)) if seed is None else seed % len(places)]


class Written(Draft):
    """A draft that also refuses what the server should not have chosen: single tokens, and those that complete a sequence."""

    def __init__(
        self,
        voice: Voice,
        limit: int,
        veto: Veto,
        finals: Collection[int],
        never: Collection[int],
        sequences: list[list[int]],
    ) -> None:
        super().__init__(voice, limit, veto, finals)
        self.never, self.sequences = never, sequences
        self.runs = self._start = 0
        self._short = False
        self._not_here: list[int] = []

    def begin(self) -> list[int]:
        """A request begins; tokens that must not come first in it."""
        refused = [*self.refused(), *self._not_here]
        self.runs, self._start, self._short = self.runs + 1, len(self.said), bool(refused)
        return refused

    def take(self, token: int) -> Took:
        if self.open and (token in self.never or token in completing(self.sequences, self.said)):
            self._not_here.append(token)
            self.open = len(self._not_here) < TRIES
            return Took.REWOUND if self.open else self.finish()
        self._not_here = []
        return super().take(token)

    def ended(self) -> None:
        """The server says no more: only after a request for one token there is another one."""
        if self.open and not (self._short and len(self.said) > self._start):
            self.finish()


def _drawn(sampling: Sampling) -> dict[str, Any]:
    """Sampling as vLLM calls it. Its own repetition penalty counts the words of the prompt too, so the one for what was said is used."""
    return {
        "temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p, "min_p": sampling.min_p,
        "presence_penalty": min(2.0, PRESENCE * (1 - 1 / sampling.repetition)), "repetition_penalty": 1.0, "frequency_penalty": 0.0,
    }  # fmt: skip
